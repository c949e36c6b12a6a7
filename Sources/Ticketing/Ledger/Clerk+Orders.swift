// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// CANCEL and CHECKIN.
extension Clerk {
    /// The order that a text names, or nil where there is none.
    func findOrder(_ text: Span<UInt8>) -> Int? {
        issuedSerial(.order, text).flatMap { books.orderIndex(serial: $0) }
    }

    func findTicket(_ text: Span<UInt8>) -> Int? {
        issuedSerial(.ticket, text).flatMap { books.ticketIndex(serial: $0) }
    }

    mutating func cancel(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let slot = ask.slot(.id) else {
            return refuseArgument("id", "name the order as CONFIRM gave it", &reply)
        }
        guard let order = findOrder(ask.bytes(slot)) else { return refuseMissing(.order, slot, ask, &reply) }
        let entry = books.orders[order]
        guard owns(Int(entry.buyer), ask) else {
            return refuseStranger(&reply, "the order belongs to somebody else: MINE lists yours")
        }
        positions.removeAll(keepingCapacity: true)
        if let tickets = ask.slot(.tickets) {
            guard findTickets(ask.bytes(tickets), of: entry, &reply) else { return }
        } else {
            for index in 0..<Int(entry.ticketCount)
            where books.tickets[Int(entry.firstTicket) + index].state != .cancelled {
                positions.append(UInt8(index))
            }
            guard !positions.isEmpty else {
                reply.error(.wrongState)
                reply.field(.state, TicketState.cancelled.word)
                reply.field(.hint, "every ticket of the order is cancelled already")
                return
            }
        }
        guard mayCancel(entry, ask, &reply) else { return }
        begin(.ticketsCancelled, ask, &record)
        record.append(books.firstOrderSerial + UInt64(order))
        record.append(UInt8(positions.count))
        for position in positions { record.append(position) }
        commit(&record, &effects)
        var refund: Int64 = 0
        for position in positions { refund += books.tickets[Int(entry.firstTicket) + Int(position)].item.priceMinor }
        reply.line(.ok)
        append(books.orderID(order), .order, &reply)
        reply.field(.refund, refund)
        appendCurrency(Int(entry.event), &reply)
        appendPlaces(positions.count, books.plan(of: Int(entry.event)), &reply) {
            books.tickets[Int(entry.firstTicket) + Int(positions[$0])].item.place
        }
    }

    /// Puts the positions of the listed tickets in their order into `positions`, ascending. False after a refusal.
    private mutating func findTickets(_ text: Span<UInt8>, of order: OrderEntry, _ reply: inout ReplyWriter) -> Bool {
        var start = 0
        while start <= text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
            let id = text.extracting(start..<end)
            let first = Int(order.firstTicket)
            guard let ticket = findTicket(id), ticket >= first, ticket < first + Int(order.ticketCount) else {
                reply.error(.notFound)
                reply.field(.ticket, id)
                reply.field(.hint, "name tickets of this order: GET lists them")
                return false
            }
            let position = UInt8(ticket - first)
            var at = positions.count
            while at > 0, positions[at - 1] > position { at -= 1 }
            guard at == 0 || positions[at - 1] != position else {
                refuseArgument("tickets", "name each ticket once", &reply)
                return false
            }
            positions.insert(position, at: at)
            start = end + 1
        }
        return true
    }

    /// Whether the tickets in `positions` may be cancelled by who asks; else a refusal.
    private func mayCancel(_ order: OrderEntry, _ ask: Ask, _ reply: inout ReplyWriter) -> Bool {
        for position in positions {
            let ticket = Int(order.firstTicket) + Int(position)
            let state = books.tickets[ticket].state
            if state == .valid || (state == .checkedIn && !ask.actsForBuyer) { continue }
            reply.error(.wrongState)
            append(books.ticketID(ticket), .ticket, &reply)
            reply.field(.state, state.word)
            reply.field(
                .hint,
                state == .cancelled
                    ? "the ticket is cancelled already: leave it out"
                    : "a ticket that was checked in is cancelled by an operator: CHECKIN undo=yes takes it back")
            return false
        }
        return true
    }

    mutating func checkIn(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let slot = ask.slot(.code) else {
            return refuseArgument("code", "read the code that CONFIRM gave", &reply)
        }
        let gateName = ask.slot(.gate)
        if let gateName, gateName.text.length == 0 || Int(gateName.text.length) > Limits.idBytesMax {
            return refuseArgument("gate", "a gate's name is 1 to 64 bytes long", &reply)
        }
        guard let code = TicketCode.decode(ask.bytes(slot), keys: books.keys), code.shard == books.shard,
            let ticket = books.ticketIndex(serial: code.serial),
            UInt16(books.tickets[ticket].generation) == code.generation
        else {
            reply.error(.notFound)
            reply.field(.hint, "this is no valid code: read it again, or look the ticket up with GET")
            return
        }
        let entry = books.tickets[ticket]
        let event = Int(books.orders[Int(entry.order)].event)
        let isUndo = ask.isYes(.undo)
        if books.events[event].state == .cancelled, entry.state != .cancelled {
            reply.error(.wrongState)
            reply.field(.state, TicketState.cancelled.word)
            reply.field(.hint, "the event is cancelled: nobody is let in")
            return
        }
        guard entry.state == (isUndo ? .checkedIn : .valid) else { return refuseEntry(entry, &reply) }
        if isUndo {
            begin(.checkInUndone, ask, &record)
            record.append(code.serial)
        } else {
            let gate = gateName.map { books.gates.find(ask.bytes($0)) ?? books.gates.count } ?? 0
            guard gate < Int(UInt16.max) else {
                reply.error(.limitExceeded)
                reply.field(.limit, Int64(UInt16.max))
                reply.field(.hint, "there are too many gates: use a name that was used before")
                return
            }
            begin(.checkedIn, ask, &record)
            record.append(code.serial)
            record.append(UInt16(gate))
            if gate == books.gates.count, let gateName { record.append(text: ask.bytes(gateName)) }
        }
        commit(&record, &effects)
        reply.line(.ok)
        append(books.ticketID(ticket), .ticket, &reply)
        appendSeat(entry.item.place, books.plan(of: event), &reply)
    }

    private func refuseEntry(_ ticket: TicketEntry, _ reply: inout ReplyWriter) {
        reply.error(.wrongState)
        reply.field(.state, ticket.state.word)
        switch ticket.state {
        case .checkedIn:
            reply.field(.at, ticket.at)
            if ticket.gate > 0 { reply.field(.gate, books.gates.text(Int(ticket.gate))) }
            reply.field(.hint, "somebody came in with this code already: CHECKIN undo=yes takes it back")
        case .cancelled: reply.field(.hint, "the ticket was cancelled: it lets nobody in")
        case .valid: reply.field(.hint, "the ticket is not checked in: there is nothing to take back")
        }
    }

    func appendSeat(_ place: Place, _ plan: SeatPlan, _ reply: inout ReplyWriter) {
        reply.beginText(.seat)
        if let seat = place.seat { plan.appendAddress(of: seat, to: &reply) }
        if let area = place.area { plan.appendAreaAddress(area, count: nil, to: &reply) }
        reply.endText()
    }
}
