// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What the frames of a ledger's snapshot hold, as items: the head, events, open holds, orders, tickets, people.
struct LedgerContent {
    let columns: SnapshotColumns
    private let ids: [String]

    init(columns: SnapshotColumns) {
        self.columns = columns
        let entries = columns[.events]
        let texts = columns[.eventTexts].bytes
        // EventEntry: 32 where the texts lie (8), 80 their bytes (4).
        ids = (0..<entries.count).map { event in
            let start = Int(clamping: entries.integer(event, 32, as: UInt64.self))
            let length = Int(entries.integer(event, 80, as: UInt32.self))
            guard start <= texts.count, length <= texts.count - start,
                let parts = EventTextRanges(texts.span, start..<(start + length))
            else { return "#\(event)" }
            return texts.span.text(parts[.id])
        }
    }

    typealias Show = (_ item: InspectedItem, _ event: (number: Int, id: String?)?) -> Void

    func forEachItem(_ show: Show) {
        guard let head = columns.head else { return }
        showHead(head, show)
        for event in ids.indices { show(item(ofEvent: event), (event, ids[event])) }
        showHolds(head, show)
        showSales(head, show)
        showNames(.buyers, .buyerNames, "buyer", show)
        showNames(.gates, .gateNames, "gate", show)
    }

    private func showHead(_ head: SnapshotHead, _ show: Show) {
        var item = InspectedItem("head")
        item.add("shard", head.shard)
        item.add("shards", head.shards)
        item.add("secret", "redacted")
        item.add("lastRecorded", Clock.text(head.lastRecorded))
        item.add("digest", String(head.digest &+ head.keysDigest, radix: 16))
        for (name, count) in zip(SnapshotHead.countNames, head.counts) { item.add(name, count) }
        for (name, count) in zip(["free", "held", "paying", "sold", "blocked"], head.seatCounts) {
            item.add(name, count)
        }
        item.add("lastPayment", head.lastPayment)
        item.add("firstOrder", head.firstOrder)
        item.add("firstTicket", head.firstTicket)
        show(item, nil)
    }

    // EventEntry: starts (8), 40 first seat (8), 72 sequence (8), 84 plan (4), 96 currency (4), 106 state (1).
    private func item(ofEvent event: Int) -> InspectedItem {
        let entries = columns[.events]
        var item = InspectedItem("event")
        item.add("event", event)
        item.add("id", ids[event])
        let state: UInt8 = entries.integer(event, 106)
        item.add("state", EventState(rawValue: state).map { "\($0.word)" } ?? String(state))
        item.add("starts", Clock.text(entries.integer(event, 0)))
        item.addIfAny("currency", CurrencyCode.text(of: entries.integer(event, 96)))
        item.add("seq", entries.integer(event, 72, as: UInt64.self))
        let plan = Int(entries.integer(event, 84, as: UInt32.self))
        let first = Int(clamping: entries.integer(event, 40, as: UInt64.self))
        let states = columns[.seatStates].bytes
        guard plan < columns.plans.count, first + columns.plans[plan].seatCount <= states.count else { return item }
        var counts = [Int](repeating: 0, count: 256)
        for state in states[first..<(first + columns.plans[plan].seatCount)] { counts[Int(state)] += 1 }
        for state in SeatState.allCases { item.add("\(state)", counts[Int(state.rawValue)]) }
        return item
    }

    private func address(_ place: RecordedPlace, at event: Int) -> String {
        let plan = event < columns[.events].count ? Int(columns[.events].integer(event, 84, as: UInt32.self)) : .max
        guard plan < columns.plans.count else { return "#\(place.number)" }
        let its = columns.plans[plan]
        if place.isArea { return place.number < its.areas.count ? its.areas[place.number].label : "#\(place.number)" }
        return place.number < its.seatCount ? its.address(of: SeatIndex(UInt32(place.number))) : "#\(place.number)"
    }

    private func id(_ event: Int) -> String? { event < ids.count ? ids[event] : nil }

    // HoldEntry and HeldItem: see ShardProof+Snapshot.swift; 36 buyer (4), 44 payment (4).
    private func showHolds(_ head: SnapshotHead, _ show: Show) {
        let entries = columns[.holds]
        let held = columns[.items]
        for slot in 0..<entries.count {
            let serial: UInt64 = entries.integer(slot, 0)
            guard serial != 0 else { continue }
            let event = Int(entries.integer(slot, 32, as: UInt32.self))
            let first = Int(entries.integer(slot, 48, as: UInt32.self))
            let count = Int(entries.integer(slot, 68, as: UInt8.self))
            var item = InspectedItem("hold")
            item.add("hold", serial)
            item.add("holdID", head.clientIDs.text(.hold, serial))
            item.add("event", event)
            if let id = id(event) { item.add("id", id) }
            item.add("buyer", name(entries.integer(slot, 36), .buyers, .buyerNames))
            let standing: UInt8 = entries.integer(slot, 70)
            item.add("state", HoldStanding(rawValue: standing).map { "\($0)" } ?? String(standing))
            item.add("ends", Clock.text(entries.integer(slot, 8)))
            item.add("total", entries.integer(slot, 16, as: Int64.self))
            let payment: UInt32 = entries.integer(slot, 44)
            if payment != 0 { item.add("payment", payment) }
            if first + count <= held.count {
                item.add(
                    "seats",
                    (first..<(first + count)).map {
                        address(RecordedPlace(rawValue: held.integer($0, 0)), at: event)
                    })
                item.add("prices", (first..<(first + count)).map { String(held.integer($0, 4, as: Int64.self)) })
            }
            show(item, (event, id(event)))
        }
    }

    // OrderEntry: at (8), event (4), buyer (4), first ticket (4), 24 tickets (1), cancelled (1).
    private func showSales(_ head: SnapshotHead, _ show: Show) {
        let entries = columns[.orders]
        let tickets = columns[.tickets]
        for index in 0..<entries.count {
            let event = Int(entries.integer(index, 8, as: UInt32.self))
            let serial = head.firstOrder + UInt64(index)
            var item = InspectedItem("order")
            item.add("order", serial)
            item.add("orderID", head.clientIDs.text(.order, serial))
            item.add("event", event)
            if let id = id(event) { item.add("id", id) }
            item.add("buyer", name(entries.integer(index, 12), .buyers, .buyerNames))
            item.add("at", Clock.text(entries.integer(index, 0)))
            item.add("firstTicket", head.firstTicket + UInt64(entries.integer(index, 16, as: UInt32.self)))
            item.add("tickets", entries.integer(index, 24, as: UInt8.self))
            item.add("cancelled", entries.integer(index, 25, as: UInt8.self))
            show(item, (event, id(event)))
        }
        for ticket in 0..<tickets.count {
            let order = Int(tickets.integer(ticket, 12, as: UInt32.self))
            let event = order < entries.count ? Int(entries.integer(order, 8, as: UInt32.self)) : .max
            let serial = head.firstTicket + UInt64(ticket)
            var item = InspectedItem("ticket")
            item.add("ticket", serial)
            item.add("ticketID", head.clientIDs.text(.ticket, serial))
            item.add("order", head.firstOrder + UInt64(order))
            if let id = id(event) { item.add("id", id) }
            item.add("seat", address(RecordedPlace(rawValue: tickets.integer(ticket, 0)), at: event))
            item.add("price", tickets.integer(ticket, 4, as: Int64.self))
            let standing: UInt8 = tickets.integer(ticket, 26)
            item.add("state", ["", "valid", "checked-in", "cancelled"][standing < 4 ? Int(standing) : 0])
            show(item, (event, id(event)))
        }
    }

    // NameTable.Entry: position (8), length (4).
    private func name(_ number: UInt32, _ entries: SnapshotContent.Kind, _ texts: SnapshotContent.Kind) -> String {
        guard number != 0 else { return "" }
        let column = columns[entries]
        let bytes = columns[texts].bytes
        guard Int(number) < column.count else { return "#\(number)" }
        let start = Int(clamping: column.integer(Int(number), 0, as: UInt64.self))
        let length = Int(column.integer(Int(number), 8, as: UInt32.self))
        guard start <= bytes.count, length <= bytes.count - start else { return "#\(number)" }
        return bytes.span.text(start..<(start + length))
    }

    private func showNames(
        _ entries: SnapshotContent.Kind, _ texts: SnapshotContent.Kind, _ kind: String, _ show: Show
    ) {
        let count = columns[entries].count
        guard count > 1 else { return }
        for number in 1..<count {
            var item = InspectedItem(kind)
            item.add("number", number)
            item.add("name", name(UInt32(number), entries, texts))
            show(item, nil)
        }
    }
}
