// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Payments, orders, tickets, and the door.
extension Books {
    /// Body: serial of the hold (8), serial of the payment (4), method (1), state (1: 2 being paid, 3 paid), total (8),
    /// when the outcome will be known (8), whether it will succeed (1).
    mutating func applyPaid(
        _ reader: inout RecordReader, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let slot = try readHold(&reader, .paid)
        let payment = reader.read(UInt32.self)
        let methodByte = reader.read(UInt8.self)
        let stateByte = reader.read(UInt8.self)
        let total = reader.read(Int64.self)
        let outcome = reader.read(Int64.self)
        let succeeds = reader.read(UInt8.self)
        guard !reader.isMalformed, holds[slot].state == .held, lastPayment < .max, payment == lastPayment + 1,
            let method = PaymentMethod(rawValue: methodByte), method != .none,
            let state = HoldState(rawValue: stateByte), state == .paying || state == .paid, succeeds <= 1,
            total == holds[slot].totalMinor || (method == .comp && total == 0),
            state == .paid
                ? outcome == Instant.never.milliseconds
                : outcome >= now.milliseconds && outcome <= Instant.latest.adding(seconds: 1 << 32).milliseconds
        else { throw .malformed(type: LedgerRecord.paid.rawValue, what: "the hold cannot be paid so") }
        movePlaces(of: slot, .pay, owner: { _ in UInt32(slot) }, effects: &effects)
        if total == 0 { giveAway(hold: slot) }
        update(hold: slot) { hold in
            hold.state = state
            hold.method = method
            hold.payment = payment
            hold.totalMinor = total
            hold.outcomeMilliseconds = outcome
            if succeeds == 1 { hold.flags |= HoldEntry.willSucceed } else { hold.flags &= ~HoldEntry.willSucceed }
        }
        digest.replace(.counter, 1, UInt64(lastPayment), by: UInt64(payment))
        lastPayment = payment
        schedule(hold: slot, now: now)
    }

    /// A complimentary hold costs nothing, so that its tickets are worth nothing when they are cancelled.
    private mutating func giveAway(hold slot: Int) {
        let hold = holds[slot]
        for at in Int(hold.items)..<(Int(hold.items) + Int(hold.itemCount)) where items[at].priceMinor != 0 {
            let place = items[at].place
            dropItem(at)
            setItem(at, HeldItem(place, priceMinor: 0))
        }
    }

    /// Body: serial of the hold (8), serial of the order (8), serial of its first ticket (8).
    mutating func applyConfirmed(
        _ reader: inout RecordReader, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let slot = try readHold(&reader, .confirmed)
        let order = orders.count
        let firstTicket = tickets.count
        let hold = holds[slot]
        guard reader.read(UInt64.self) == firstOrderSerial + UInt64(order),
            reader.read(UInt64.self) == firstTicketSerial + UInt64(firstTicket), !reader.isMalformed,
            hold.state == .paid || (hold.state == .held && hold.totalMinor == 0)
        else { throw .malformed(type: LedgerRecord.confirmed.rawValue, what: "the hold cannot be confirmed so") }
        var entry = OrderEntry(
            at: now, event: hold.event, buyer: hold.buyer, firstTicket: UInt32(firstTicket),
            ticketCount: hold.itemCount, method: hold.method)
        entry.olderOfBuyer = buyers[Int(hold.buyer)].lastOrder
        orders.append(entry)
        digest.add(Digest.of(.order, UInt64(order), entry))
        buyers[Int(hold.buyer)].lastOrder = UInt32(order) + 1
        for index in 0..<Int(hold.itemCount) {
            let ticket = TicketEntry(item: items[Int(hold.items) + index], order: UInt32(order))
            tickets.append(ticket)
            digest.add(Digest.of(.ticket, UInt64(firstTicket + index), ticket))
        }
        movePlaces(of: slot, .sell, owner: { UInt32(firstTicket + $0) }, effects: &effects)
        // The seats go on to count in the buyer's standing, as sold.
        update(standing: Int(hold.standing)) { $0.openHolds -= 1 }
        unlink(hold: slot)
        end(hold: slot, .confirmed, at: now, order: order)
    }

    /// Body: serial of the order (8), count (1), and which of its tickets, by position, ascending (1 each).
    mutating func applyTicketsCancelled(
        _ reader: inout RecordReader, effects: inout Effects
    ) throws(RecordError) {
        let serial = reader.read(UInt64.self)
        let count = Int(reader.read(UInt8.self))
        guard !reader.isMalformed, let order = orderIndex(serial: serial), count >= 1, reader.remaining >= count else {
            throw .malformed(type: LedgerRecord.ticketsCancelled.rawValue, what: "it names no order")
        }
        let entry = orders[order]
        let event = Int(entry.event)
        let plan = plan(of: event)
        var mover = PlaceMover(event: event, sequence: beginChange(event), move: .refund)
        var last = -1
        for _ in 0..<count {
            let position = Int(reader.read(UInt8.self))
            let ticket = Int(entry.firstTicket) + position
            guard position > last, position < Int(entry.ticketCount), tickets[ticket].state != .cancelled else {
                throw .malformed(type: LedgerRecord.ticketsCancelled.rawValue, what: "a ticket cannot be cancelled")
            }
            last = position
            update(ticket: ticket) { $0.state = .cancelled }
            mover.move(tickets[ticket].item.place, owner: 0, in: plan, books: &self, effects: &effects)
        }
        mover.finish(books: &self, effects: &effects)
        update(order: order) { $0.cancelledCount += UInt8(count) }
        if let standing = findStanding(event: event, buyer: Int(entry.buyer)) {
            update(standing: standing) { $0.seats -= UInt32(count) }
        }
    }

    /// Body: serial of the ticket (8), number of the gate (2), and its name where the number is new.
    mutating func applyCheckedIn(
        _ reader: inout RecordReader, _ record: Span<UInt8>, at now: Instant
    ) throws(RecordError) {
        let serial = reader.read(UInt64.self)
        let gate = Int(reader.read(UInt16.self))
        guard !reader.isMalformed, let ticket = ticketIndex(serial: serial), tickets[ticket].state == .valid,
            gate <= gates.count
        else { throw .malformed(type: LedgerRecord.checkedIn.rawValue, what: "the ticket cannot be checked in") }
        if gate == gates.count {
            let name = reader.readTextRange()
            guard !reader.isMalformed, !name.isEmpty, name.count <= Limits.idBytesMax, gate < Int(UInt16.max),
                gates.find(record.extracting(name)) == nil
            else { throw .malformed(type: LedgerRecord.checkedIn.rawValue, what: "its gate has no name") }
            gates.add(record.extracting(name))
            digest.add(Digest.word(.gate, UInt64(gate), Mix.hash(record.extracting(name), seed: 0)))
        }
        update(ticket: ticket) { ticket in
            ticket.state = .checkedIn
            ticket.at = now
            ticket.gate = UInt16(gate)
        }
    }

    /// Body: serial of the ticket (8).
    mutating func applyCheckInUndone(_ reader: inout RecordReader) throws(RecordError) {
        let serial = reader.read(UInt64.self)
        guard !reader.isMalformed, let ticket = ticketIndex(serial: serial), tickets[ticket].state == .checkedIn else {
            throw .malformed(type: LedgerRecord.checkInUndone.rawValue, what: "the ticket is not checked in")
        }
        update(ticket: ticket) { $0.state = .valid }
    }
}
