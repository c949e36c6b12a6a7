// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// CANCEL, CHECKIN, GET and MINE.
extension ModelShard {
    private func mayNot(_ buyer: String, _ request: ModelRequest) -> Bool {
        !request.buyer.isEmpty && request.buyer != buyer
    }

    mutating func cancel(_ request: ModelRequest) -> ModelReply {
        guard let number = orderNumbers[request.id] else { return .error("NOT_FOUND", "order=\(request.id)") }
        let order = orders[number]
        if mayNot(order.buyer, request) { return .error("FORBIDDEN") }
        var positions: [Int] = []
        for id in request.list {
            guard let place = ticketPlaces[id], place.order == number else {
                return .error("NOT_FOUND", "ticket=\(id)")
            }
            if positions.contains(place.ticket) { return .error("BAD_ARG", "arg=tickets") }
            positions.append(place.ticket)
        }
        positions.sort()
        if request.list.isEmpty {
            positions = order.tickets.indices.filter { order.tickets[$0].state != "cancelled" }
            if positions.isEmpty { return .error("WRONG_STATE", "state=cancelled") }
        }
        for position in positions {
            let ticket = order.tickets[position]
            if ticket.state == "valid" || (ticket.state == "checked-in" && request.buyer.isEmpty) { continue }
            return .error("WRONG_STATE", "ticket=\(ticket.id ?? "?") state=\(ticket.state)")
        }
        for position in positions { orders[number].tickets[position].state = "cancelled" }
        let items = positions.map { order.tickets[$0].item }
        set(items.map(\.place), of: order.event, to: .free)
        return .ok(
            "order=\(request.id) refund=\(items.reduce(0) { $0 + $1.price }) "
                + "currency=\(events[order.event]?.currency ?? "") seats=\(Self.addresses(items.map(\.place)))")
    }

    mutating func checkIn(_ request: ModelRequest) -> ModelReply {
        guard let place = codes[request.id] else { return .error("NOT_FOUND") }
        let order = orders[place.order]
        let ticket = order.tickets[place.ticket]
        if events[order.event]?.state == "cancelled", ticket.state != "cancelled" {
            return .error("WRONG_STATE", "state=cancelled")
        }
        let isUndo = request.isYes("undo")
        guard ticket.state == (isUndo ? "checked-in" : "valid") else {
            guard ticket.state == "checked-in" else { return .error("WRONG_STATE", "state=\(ticket.state)") }
            return .error("WRONG_STATE", "state=checked-in " + entry(ticket))
        }
        orders[place.order].tickets[place.ticket].state = isUndo ? "valid" : "checked-in"
        if !isUndo {
            orders[place.order].tickets[place.ticket].at = now
            orders[place.order].tickets[place.ticket].gate = request.keys["gate"] ?? ""
        }
        return .ok("ticket=\(ticket.id ?? "?") seat=\(ticket.item.place)")
    }

    private func entry(_ ticket: Ticket) -> String {
        "at=\(ModelReply.time(ticket.at))" + (ticket.gate.isEmpty ? "" : " gate=\(ticket.gate)")
    }

    // MARK: GET

    mutating func get(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        switch request.id.first {
        case "H": return getHold(request, seen)
        case "O":
            guard let number = orderNumbers[request.id] else { return .error("NOT_FOUND", "order=\(request.id)") }
            if mayNot(orders[number].buyer, request) { return .error("FORBIDDEN") }
            _ = learn(number, id: request.id, tickets: seen.list("tickets"))
            return .ok("order=\(request.id) " + describe(order: number, withBuyer: true))
        case "T":
            guard let place = ticketPlaces[request.id] else { return .error("NOT_FOUND", "ticket=\(request.id)") }
            let order = orders[place.order]
            if mayNot(order.buyer, request) { return .error("FORBIDDEN") }
            let ticket = order.tickets[place.ticket]
            return .ok(
                "ticket=\(request.id) order=\(order.id ?? "?") event=\(order.event) seat=\(ticket.item.place) "
                    + "state=\(ticket.state)" + (ticket.state == "checked-in" ? " " + entry(ticket) : ""))
        default: return .error("NOT_FOUND", "id=\(request.id)")
        }
    }

    private mutating func getHold(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = findHold(request)
        guard let hold = found else { return missing }
        if case .confirmed(let order) = hold.state {
            guard learn(order, id: seen["order"]) else {
                return .ok("hold=\(request.id) event=\(hold.event) state=confirmed order=(its id)")
            }
            return .ok(
                "hold=\(request.id) event=\(hold.event) state=confirmed order=\(orders[order].id ?? "")")
        }
        let ttl = max(0, hold.ends - now + 999) / 1_000
        return .ok(
            "hold=\(request.id) " + describe(hold) + " ttl=\(ttl) expires=\(ModelReply.time(hold.ends))")
    }

    private func describe(_ hold: Hold) -> String {
        let state = hold.state == .held ? "held" : hold.state == .paying ? "paying" : "paid"
        return "event=\(hold.event) state=\(state) seats=\(Self.addresses(hold.items.map(\.place))) "
            + "total=\(hold.total) currency=\(events[hold.event]?.currency ?? "")"
    }

    private func describe(order number: Int, withBuyer: Bool) -> String {
        let order = orders[number]
        let total = order.tickets.reduce(0) { $0 + $1.item.price }
        let refund = order.tickets.filter { $0.state == "cancelled" }.reduce(0) { $0 + $1.item.price }
        let tickets = order.standing.map { $0.id ?? "?" }.joined(separator: ",")
        return "event=\(order.event) " + (withBuyer ? "buyer=\(ModelReply.quoted(order.buyer)) " : "")
            + "state=\(order.standing.isEmpty ? "cancelled" : "confirmed") "
            + "seats=\(Self.addresses(order.standing.map(\.item.place))) tickets=\(ModelReply.quoted(tickets)) "
            + "total=\(total) currency=\(events[order.event]?.currency ?? "")"
            + (withBuyer ? " refund=\(refund)" : "")
    }

    // MARK: MINE

    /// This shard's part of the answer.
    mutating func mine(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let event = request.keys["event"]
        var items: [String] = []
        for id in open {
            guard let hold = holds[id], hold.buyer == request.buyer, event == nil || event == hold.event else {
                continue
            }
            items.append("* hold \(id) " + describe(hold) + " expires=\(ModelReply.time(hold.ends))")
        }
        for number in orders.indices {
            guard orders[number].buyer == request.buyer, event == nil || event == orders[number].event else {
                continue
            }
            // An order that the box office confirmed by itself is heard of here for the first time.
            if items.count < seen.items.count {
                let words = seen.items[items.count].split(separator: " ").map(String.init)
                let tickets = ModelReply.value("tickets", in: seen.items[items.count]) ?? ""
                if words.count > 2, words[1] == "order" {
                    _ = learn(number, id: words[2], tickets: tickets.split(separator: ",").map(String.init))
                }
            }
            items.append("* order \(orders[number].id ?? "?") " + describe(order: number, withBuyer: false))
        }
        return ModelReply("OK n=\(items.count)", items: items)
    }
}
