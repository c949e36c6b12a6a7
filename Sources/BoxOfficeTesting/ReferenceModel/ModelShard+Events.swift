// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// EVENT, PRICE, BLOCK and UNBLOCK.
extension ModelShard {
    mutating func addEvent(_ request: ModelRequest, _ attachment: ModelAttachment?) -> ModelReply {
        if events[request.id] != nil { return .error("EXISTS", "event=\(request.id)") }
        guard let plan = attachment?.plan else {
            return .error("NOT_FOUND", "venue=\(request.keys["venue"] ?? "")")
        }
        if let missing = attachment?.missingPerformer, request.keys["performers"] != nil {
            return .error("NOT_FOUND", "performer=\(missing)")
        }
        var event = Event(title: "", currency: "", plan: plan, rows: plan.rows)
        for row in event.rows {
            for (place, category) in zip(row.places, row.categories) {
                event.seats[place] = .free
                event.categories[place] = category
            }
        }
        apply(request, to: &event)
        events[request.id] = event
        return .ok("event=\(request.id) seats=\(plan.placeCount)")
    }

    private func apply(_ request: ModelRequest, to event: inout Event) {
        if let title = request.keys["title"] { event.title = title }
        if let currency = request.keys["currency"] { event.currency = currency }
        if let hold = request.keys["hold"].flatMap(ModelRequest.seconds) { event.hold = hold }
        if let limit = request.integer("limit") { event.limit = Int(limit) }
        if let price = request.integer("price") { event.price = price }
        // A run of requests names this as milliseconds since 1970 too, for the model's sake.
        if let onsale = request.keys["onsale"].flatMap(Self.milliseconds) { event.onsale = onsale }
        event.sequence += 1
    }

    /// `2031-05-01T19:30:00Z`, in milliseconds since 1970.
    static func milliseconds(_ text: String) -> Int64? {
        let numbers = text.split { !$0.isNumber }.compactMap { Int64($0) }
        guard numbers.count >= 5 else { return nil }
        var days: Int64 = 0
        for year in 1970..<max(1970, numbers[0]) {
            days += year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
        }
        let isLeap = numbers[0] % 4 == 0 && (numbers[0] % 100 != 0 || numbers[0] % 400 == 0)
        let months = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int64]
        days += months.prefix(Int(numbers[1]) - 1).reduce(0, +) + numbers[2] - 1
        let seconds = numbers.count > 5 ? numbers[5] : 0
        return (((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + seconds) * 1_000
    }

    mutating func setEvent(_ request: ModelRequest, _ attachment: ModelAttachment?) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard var event = found else { return missing }
        if let missing = attachment?.missingPerformer, request.keys["performers"] != nil {
            return .error("NOT_FOUND", "performer=\(missing)")
        }
        let currency = request.keys["currency"] ?? event.currency
        if currency != event.currency || request.keys["onsale"] != nil, event.state != "draft" {
            return .error("WRONG_STATE", "state=\(event.state)")
        }
        apply(request, to: &event)
        events[request.id] = event
        return .ok("event=\(request.id)")
    }

    mutating func move(_ request: ModelRequest) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard let event = found else { return missing }
        let opens = request.verb == "EVENT OPEN"
        guard opens ? event.state == "draft" || event.state == "closed" : event.state == "onsale" else {
            return .error("WRONG_STATE", "state=\(event.state)")
        }
        if opens, event.currency.isEmpty { return .error("WRONG_STATE", "state=\(event.state) arg=currency") }
        if opens, let category = event.plan.categories.first(where: { event.price(of: $0) == nil }) {
            return .error("WRONG_STATE", "state=\(event.state) category=\(category)")
        }
        events[request.id]?.state = opens ? "onsale" : "closed"
        events[request.id]?.sequence += 1
        return .ok("event=\(request.id) state=\(opens ? "onsale" : "closed")")
    }

    mutating func cancelEvent(_ request: ModelRequest) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard let event = found else { return missing }
        if event.state == "cancelled" { return .error("WRONG_STATE", "state=cancelled") }
        let ended = open.filter { holds[$0]?.event == request.id }
        var refund: Int64 = 0
        for id in ended {
            switch holds[id]?.state {
            case .paid:
                refund += holds[id]?.total ?? 0
                end(id, "refunded", at: now)
            case .paying: lapse(id, byCancel: true)
            default: end(id, "cancelled", at: now)
            }
        }
        events[request.id]?.state = "cancelled"
        events[request.id]?.sequence += 1
        return .ok(
            "event=\(request.id) state=cancelled n=\(ended.count) refund=\(refund)"
                + (event.currency.isEmpty ? "" : " currency=\(event.currency)"))
    }

    mutating func setPrice(_ request: ModelRequest) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard let event = found, request.words.count > 2, let amount = Int64(request.words[2]) else { return missing }
        let category = request.words[1]
        guard event.plan.categories.contains(category) else {
            return .error("NOT_FOUND", "category=\(category)")
        }
        if event.state == "cancelled" { return .error("WRONG_STATE", "state=cancelled") }
        events[request.id]?.prices[category] = amount
        events[request.id]?.sequence += 1
        return .ok(
            "event=\(request.id) category=\(category) amount=\(amount)"
                + (event.currency.isEmpty ? "" : " currency=\(event.currency)"))
    }

    mutating func block(_ request: ModelRequest) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard let event = found else { return missing }
        var places: [String] = []
        switch resolve(request.words.count > 1 ? request.words[1] : "", at: event) {
        case .refused(let refusal): return refusal
        case .places(let resolved): places = resolved
        }
        if event.state == "cancelled" { return .error("WRONG_STATE", "state=cancelled") }
        let blocks = request.verb == "BLOCK"
        let wrong = places.filter { isSeat($0) && event.seats[$0] != (blocks ? .free : .blocked) }
        if !wrong.isEmpty {
            return .error(blocks ? "SEAT_TAKEN" : "WRONG_STATE", "seats=\(wrong.joined(separator: ","))")
        }
        for area in places where !isSeat(area) {
            let there = blocks ? free(area, of: request.id) : event.blocked[area] ?? 0
            if there >= places.count(where: { $0 == area }) { continue }
            return blocks
                ? .error("NOT_ENOUGH_SEATS", "area=\(area) free=\(there)")
                : .error("WRONG_STATE", "area=\(area) blocked=\(there)")
        }
        for area in places where !isSeat(area) {
            events[request.id]?.blocked[area, default: 0] += blocks ? 1 : -1
        }
        set(places, of: request.id, to: blocks ? .blocked : .free)
        return .ok("event=\(request.id) n=\(places.count)")
    }
}
