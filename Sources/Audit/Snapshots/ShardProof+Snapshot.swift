// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// A proof that begins with the state in a snapshot: what it says is taken for granted where it contradicts nothing.
extension ShardProof {
    /// - Throws: where a column refers to what is not there.
    init(journal: String, from columns: SnapshotColumns) throws {
        self.init(journal: journal)
        guard let head = columns.head else { throw Self.problem("it has no head") }
        isFounded = true
        lastTime = head.lastRecorded
        lastPayment = head.lastPayment
        firstOrder = head.firstOrder
        firstTicket = head.firstTicket
        firstHold = head.tracesStart
        buyerCount = Int(clamping: head.end(of: .buyers))
        gateCount = Int(clamping: head.end(of: .gates))
        for plan in columns.plans { add(plan, as: plan.contentHash) }
        try takeEvents(columns)
        try takeNames(columns)
        try takeHolds(columns)
        try takeSales(columns)
        try takeSeats(columns)
        for key in columns.keys { _ = keys.keep(key.scope, at: key.kept) }
    }

    private static func problem(_ what: StaticStringText) -> RecordError { .malformed(type: 0, what: what) }

    // EventEntry: 80 bytes of texts (4), 84 plan (4), 32 where the texts lie (8), 96 currency (4), 106 state (1).
    private mutating func takeEvents(_ columns: SnapshotColumns) throws {
        let entries = columns[.events]
        let texts = columns[.eventTexts]
        let areaEntries = columns[.areas]
        for event in 0..<entries.count {
            let start: UInt64 = entries.integer(event, 32)
            let length = Int(entries.integer(event, 80, as: UInt32.self))
            let plan = Int(entries.integer(event, 84, as: UInt32.self))
            guard plan < plans.count, start <= UInt64(texts.bytes.count), length <= texts.bytes.count - Int(start),
                let parts = EventTextRanges(texts.bytes.span, Int(start)..<(Int(start) + length))
            else { throw Self.problem("an event refers to what is not there") }
            append(
                event: texts.bytes.span.text(parts[.id]), plan: plan, currency: entries.integer(event, 96))
            events[event].state = entries.integer(event, 106)
        }
        // AreaEntry: held, sold, blocked (4 each).
        guard areaEntries.count == areas.count, columns[.seatStates].count == owners.count else {
            throw Self.problem("its events have other seats than there are")
        }
        for area in areas.indices {
            areas[area].held = Int(areaEntries.integer(area, 0, as: UInt32.self))
            areas[area].sold = Int(areaEntries.integer(area, 4, as: UInt32.self))
            areas[area].blocked = Int(areaEntries.integer(area, 8, as: UInt32.self))
        }
    }

    // NameTable.Entry: position (8), length (4).
    private mutating func takeNames(_ columns: SnapshotColumns) throws {
        for (entries, bytes, isBuyers) in [
            (columns[.buyers], columns[.buyerNames], true), (columns[.gates], columns[.gateNames], false),
        ] where entries.count > 1 {
            for index in 1..<entries.count {
                let start: UInt64 = entries.integer(index, 0)
                let length = Int(entries.integer(index, 8, as: UInt32.self))
                guard start <= UInt64(bytes.bytes.count), length <= bytes.bytes.count - Int(start) else {
                    throw Self.problem("a name is not there")
                }
                let name = bytes.bytes.span.text(Int(start)..<(Int(start) + length)).hashValue
                if isBuyers { buyerNames.insert(name) } else { gateNames.insert(name) }
            }
        }
    }

    // HoldTrace: slot (4), buyer (4), end (8: how in the lowest byte, 0 while it is open).
    // HoldEntry: serial (8), ends (8), total (8), outcome (8), event (4), 48 items (4), 68 count (1), 70 state (1), 71 flags (1).
    // HeldItem: place (4), price (8).
    private mutating func takeHolds(_ columns: SnapshotColumns) throws {
        let traces = columns[.traces]
        let entries = columns[.holds]
        let held = columns[.items]
        for index in 0..<traces.count {
            let how: UInt8 = traces.integer(index, 8)
            if how != 0 {
                holdPlaces.append(HoldPlace(HoldPlace.Ending(rawValue: how) ?? .unknown))
                continue
            }
            let entry = Int(traces.integer(index, 0, as: UInt32.self))
            guard entry < entries.count, entries.integer(entry, 0) == firstHold + UInt64(index) else {
                throw Self.problem("an open hold is not there")
            }
            let first = Int(entries.integer(entry, 48, as: UInt32.self))
            let count = Int(entries.integer(entry, 68, as: UInt8.self))
            let event = Int(entries.integer(entry, 32, as: UInt32.self))
            guard event < events.count, first + count <= held.count, count <= Limits.seatsPerHoldMax,
                let standing = HoldStanding(rawValue: entries.integer(entry, 70))
            else { throw Self.problem("a hold refers to what is not there") }
            let flags: UInt8 = entries.integer(entry, 71)
            var line = HoldLine(
                serial: entries.integer(entry, 0), ends: entries.integer(entry, 8), total: entries.integer(entry, 16),
                event: Int32(event), firstItem: items.take(max(1, count)), itemCount: count, itemRoom: max(1, count),
                money: events[event].money)
            line.outcome = entries.integer(entry, 24)
            line.standing = standing
            line.isExtended = flags & 1 != 0
            line.succeeds = flags & 2 != 0
            line.isLapsedByCancel = flags & 4 != 0
            if standing == .paid {
                line.received = line.total
                if money.indices.contains(Int(line.money)) {
                    money[Int(line.money)].received = money[Int(line.money)].received.addingClamped(line.total)
                }
            }
            for item in 0..<count {
                items[line.firstItem + item] = HeldPlace(
                    place: RecordedPlace(rawValue: held.integer(first + item, 0)), price: held.integer(first + item, 4))
                guard isPlace(items[line.firstItem + item].place, of: event) else {
                    throw Self.problem("a hold has a place that is not there")
                }
            }
            let slot = holds.count
            holds.append(line)
            holdPlaces.append(HoldPlace(slot: slot))
            openHolds += 1
            if standing != .lapsed { link(slot) }
            schedule(slot)
        }
    }

    // OrderEntry: 8 event (4), 16 first ticket (4), 24 tickets (1).
    // TicketEntry: place (4), price (8), order (4), 26 state (1).
    private mutating func takeSales(_ columns: SnapshotColumns) throws {
        let entries = columns[.orders]
        let sold = columns[.tickets]
        for index in 0..<entries.count {
            let event = Int(entries.integer(index, 8, as: UInt32.self))
            let first = Int(entries.integer(index, 16, as: UInt32.self))
            let count = Int(entries.integer(index, 24, as: UInt8.self))
            guard event < events.count, first == tickets.count, first + count <= sold.count else {
                throw Self.problem("an order refers to what is not there")
            }
            var order = OrderLine(
                event: Int32(event), firstTicket: first, ticketCount: Int32(count), money: events[event].money, paid: 0)
            for ticket in first..<(first + count) {
                guard let standing = TicketLine.Standing(rawValue: sold.integer(ticket, 26)),
                    Int(sold.integer(ticket, 12, as: UInt32.self)) == index
                else { throw Self.problem("a ticket is not its order's") }
                var line = TicketLine(
                    price: sold.integer(ticket, 4), place: RecordedPlace(rawValue: sold.integer(ticket, 0)),
                    order: Int32(index))
                line.standing = standing
                guard isPlace(line.place, of: event) else {
                    throw Self.problem("a ticket has a place that is not there")
                }
                tickets.append(line)
                order.paid = order.paid.addingClamped(line.price)
                if standing == .cancelled { order.refunded = order.refunded.addingClamped(line.price) }
            }
            if money.indices.contains(Int(order.money)) {
                let line = money[Int(order.money)]
                money[Int(order.money)].received = line.received.addingClamped(order.paid)
                money[Int(order.money)].refunded = line.refunded.addingClamped(order.refunded)
            }
            orders.append(order)
        }
        guard tickets.count == sold.count else { throw Self.problem("a ticket has no order") }
    }

    /// The states of seats are 0 free, 1 held, 2 being paid, 3 sold, 4 blocked; their owners a hold's slot or a ticket.
    private mutating func takeSeats(_ columns: SnapshotColumns) throws {
        let states = columns[.seatStates]
        let slots = columns[.seatOwners]
        let entries = columns[.holds]
        guard slots.count == states.count else { throw Self.problem("its seats have other owners than states") }
        for seat in owners.indices {
            let owner = Int(slots.integer(seat, 0, as: UInt32.self))
            switch states.bytes[seat] {
            case 0: break
            case 1, 2:
                guard owner < entries.count else { throw Self.problem("a seat's hold is not there") }
                owners[seat] = Owner(hold: entries.integer(owner, 0))
            case 3:
                guard owner < tickets.count else { throw Self.problem("a seat's ticket is not there") }
                owners[seat] = Owner(ticket: firstTicket + UInt64(owner))
            case 4: owners[seat] = .house
            default: throw Self.problem("a seat is in a state that there is not")
            }
        }
    }
}
