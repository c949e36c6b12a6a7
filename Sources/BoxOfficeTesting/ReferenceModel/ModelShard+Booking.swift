// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// HOLD, EXTEND, RELEASE, PAY and CONFIRM.
extension ModelShard {
    // MARK: Naming

    /// The event that a request names, or the refusal. The operator knows of drafts, and sells none to a buyer.
    func find(event id: String, _ request: ModelRequest) -> (Event?, ModelReply) {
        let isBuyers = request.verb == "HOLD" && !request.buyer.isEmpty
        if let event = events[id], event.state != "draft" || !isBuyers { return (event, .ok("")) }
        return (nil, .error("NOT_FOUND", "event=\(id)"))
    }

    enum Places {
        case places([String])
        case refused(ModelReply)
    }

    /// Reads `stalls/A/3-6,lawn:4`: seats in the order asked for, then places of areas.
    func resolve(_ text: String, at event: Event) -> Places {
        var seats: [String] = []
        var areas: [String] = []
        var named: Set<String> = []
        var unknown: [String] = []
        var duplicate: String?
        func add(_ new: [String], _ part: String) {
            for seat in new {
                if named.insert(seat).inserted { seats.append(seat) } else { duplicate = duplicate ?? part }
            }
        }
        for part in text.split(separator: ",").map(String.init) {
            if !part.contains("/") {
                let pieces = part.split(separator: ":").map(String.init)
                let count = pieces.count > 1 ? Int(pieces[1]) ?? 1 : 1
                guard event.plan.areas.contains(where: { $0.label == pieces[0] }) else {
                    unknown.append(part)
                    continue
                }
                if !named.insert(pieces[0]).inserted { duplicate = duplicate ?? part }
                areas += Array(repeating: pieces[0], count: count)
                continue
            }
            let ends = part.split(separator: "-").map(String.init)
            let row = String(ends[0][..<(ends[0].lastIndex(of: "/") ?? ends[0].endIndex)])
            let places = event.rows.first { $0.address == row }?.places ?? []
            let last = ends.count > 1 ? row + "/" + ends[1] : ends[0]
            guard let from = places.firstIndex(of: ends[0]), let to = places.firstIndex(of: last) else {
                unknown.append(part)
                continue
            }
            add(Array(places[from...max(from, to)]), part)
        }
        if let duplicate { return .refused(.error("BAD_ARG", "arg=seats value=\(duplicate)")) }
        if !unknown.isEmpty { return .refused(.error("NOT_FOUND", "seats=\(unknown.joined(separator: ","))")) }
        return .places(seats + areas)
    }

    /// The hold that a request names, or the refusal.
    func findHold(_ request: ModelRequest) -> (Hold?, ModelReply) {
        guard let hold = holds[request.id] else { return (nil, .error("NOT_FOUND", "hold=\(request.id)")) }
        switch hold.state {
        case .ended, .confirmed:
            if now >= hold.endedAt + 86_400_000 { return (nil, .error("NOT_FOUND", "hold=\(request.id)")) }
        default: break
        }
        if !request.buyer.isEmpty, request.buyer != hold.buyer { return (nil, .error("FORBIDDEN")) }
        switch hold.state {
        case .ended(let how):
            return (nil, .error("HOLD_EXPIRED", "ended=\(how) at=\(ModelReply.time(hold.endedAt))"))
        case .lapsed(byCancel: true): return (nil, .error("HOLD_EXPIRED", "ended=cancelled"))
        case .lapsed(byCancel: false):
            return (nil, .error("HOLD_EXPIRED", "ended=time at=\(ModelReply.time(hold.ends))"))
        default: return (hold, .ok(""))
        }
    }

    mutating func wrongState(_ hold: Hold, _ seen: ModelReply) -> ModelReply {
        switch hold.state {
        case .paying: .error("WRONG_STATE", "state=paying")
        case .paid: .error("WRONG_STATE", "state=paid")
        case .confirmed(let order):
            // Of an order that the box office made by itself, this may be the first that is heard.
            learn(order, id: seen["order"])
                ? .error("WRONG_STATE", "state=confirmed order=\(orders[order].id ?? "")")
                : .error("WRONG_STATE", "state=confirmed order=(its id)")
        default: .error("WRONG_STATE", "state=held")
        }
    }

    private func currency(_ event: String) -> String { events[event]?.currency ?? "" }

    private func ttl(_ ends: Int64) -> String {
        "ttl=\(max(0, ends - now + 999) / 1_000) expires=\(ModelReply.time(ends))"
    }

    // MARK: HOLD

    mutating func hold(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = find(event: request.id, request)
        guard let event = found else { return missing }
        var places: [String] = []
        let best = request.integer("best").map { Int($0) }
        if best == nil {
            switch resolve(request.words.count > 1 ? request.words[1] : "", at: event) {
            case .refused(let refusal): return refusal
            case .places(let resolved): places = resolved
            }
        }
        let count = best ?? places.count
        guard event.state == "onsale" else {
            let onsale = event.state == "draft" ? event.onsale.map { " onsale=\(ModelReply.time($0))" } : nil
            return .error("NOT_ON_SALE", "state=\(event.state)\(onsale ?? "")")
        }
        if count > 100 { return .error("LIMIT_EXCEEDED", "limit=100") }
        if !request.buyer.isEmpty {
            let has = has(request.buyer, at: request.id)
            if has + count > event.limit { return .error("LIMIT_EXCEEDED", "limit=\(event.limit) held=\(has)") }
            if open.count(where: { holds[$0]?.buyer == request.buyer && holds[$0]?.event == request.id }) >= 20 {
                return .error("LIMIT_EXCEEDED", "limit=20")
            }
        }
        if best != nil {
            switch chooseBest(count, request, event, seen) {
            case .refused(let refusal): return refusal
            case .places(let chosen): places = chosen
            }
        } else if let refusal = taken(places, request.id, event) {
            return refusal
        }
        guard let id = fresh(seen["hold"], "H", holds[seen["hold"] ?? ""] == nil) else {
            return .ok("hold=(a new id) seats=\(Self.addresses(places))")
        }
        let items = places.map { Item(place: $0, price: event.price(of: event.category(of: $0)) ?? 0) }
        let hold = Hold(event: request.id, buyer: request.buyer, items: items, ends: now + event.hold * 1_000)
        holds[id] = hold
        open.append(id)
        set(places, of: request.id, to: .held)
        return .ok(
            "hold=\(id) seats=\(Self.addresses(places)) total=\(hold.total) currency=\(event.currency) "
                + ttl(hold.ends))
    }

    /// An id seen, if it is one of this kind that was not there before.
    func fresh(_ id: String?, _ kind: String, _ isNew: Bool) -> String? {
        guard let id, id.hasPrefix(kind), id.utf8.count == 14, isNew else { return nil }
        return id
    }

    private func taken(_ places: [String], _ id: String, _ event: Event) -> ModelReply? {
        let taken = places.filter { isSeat($0) && event.seats[$0] != .free }
        if !taken.isEmpty { return .error("SEAT_TAKEN", "seats=\(taken.joined(separator: ","))") }
        for area in places where !isSeat(area) {
            let free = free(area, of: id)
            if free < places.count(where: { $0 == area }) {
                return .error("NOT_ENOUGH_SEATS", "area=\(area) free=\(free)")
            }
        }
        return nil
    }

    // MARK: EXTEND, RELEASE

    mutating func extend(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = findHold(request)
        guard let hold = found else { return missing }
        guard hold.state == .held else { return wrongState(hold, seen) }
        if hold.isExtended { return .error("LIMIT_EXCEEDED", "limit=1") }
        let ends = now + (events[hold.event]?.hold ?? 0) * 1_000
        holds[request.id]?.isExtended = true
        holds[request.id]?.ends = ends
        return .ok("hold=\(request.id) " + ttl(ends))
    }

    mutating func release(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = findHold(request)
        guard let hold = found, let event = events[hold.event] else { return missing }
        guard hold.state == .held else { return wrongState(hold, seen) }
        var places: [String] = []
        if request.words.count > 1 {
            switch resolve(request.words[1], at: event) {
            case .refused(let refusal): return refusal
            case .places(let resolved): places = resolved
            }
            let missing = places.filter { place in
                places.count { $0 == place } > hold.items.count { $0.place == place }
            }
            if !missing.isEmpty { return .error("NOT_FOUND", "seats=\(Self.addresses(missing))") }
        }
        var left = hold.items
        for place in places {
            if let at = left.firstIndex(where: { $0.place == place }) { left.remove(at: at) }
        }
        if places.isEmpty || left.isEmpty {
            end(request.id, "released", at: now)
            return .ok("hold=\(request.id) seats=\"\"")
        }
        holds[request.id]?.items = left
        set(places, of: hold.event, to: .free)
        return .ok(
            "hold=\(request.id) seats=\(Self.addresses(left.map(\.place))) "
                + "total=\(left.reduce(0) { $0 + $1.price }) currency=\(event.currency)")
    }

    // MARK: PAY, CONFIRM

    mutating func pay(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = findHold(request)
        guard let hold = found else { return missing }
        guard hold.state == .held else { return wrongState(hold, seen) }
        let method = request.keys["method"] ?? ""
        let wanted = method == "comp" ? 0 : hold.total
        if request.integer("amount") != wanted {
            return .error("AMOUNT_MISMATCH", "total=\(wanted) currency=\(currency(hold.event))")
        }
        let token = (request.keys["token"] ?? "paid").split(separator: ":").map(String.init)
        let seconds = token.count > 1 ? ModelRequest.seconds(token[1]) ?? 0 : 0
        let succeeds = token[0] == "paid"
        if !succeeds, seconds == 0 { return .error("PAYMENT_DECLINED") }
        guard let payment = fresh(seen["payment"], "P", !payments.contains(seen["payment"] ?? "")) else {
            return .ok("hold=\(request.id) payment=(a new id)")
        }
        payments.insert(payment)
        if method == "comp" { for index in hold.items.indices { holds[request.id]?.items[index].price = 0 } }
        holds[request.id]?.state = seconds > 0 ? .paying : .paid
        if seconds > 0 { holds[request.id]?.outcome = Outcome(at: now + seconds * 1_000, succeeds: succeeds) }
        set(hold.items.map(\.place), of: hold.event, to: .paying)
        return .ok("hold=\(request.id) payment=\(payment) state=\(seconds > 0 ? "paying" : "paid")")
    }

    mutating func confirm(_ request: ModelRequest, _ seen: ModelReply) -> ModelReply {
        let (found, missing) = findHold(request)
        guard let hold = found else { return missing }
        guard hold.state == .paid || (hold.state == .held && hold.total == 0) else { return wrongState(hold, seen) }
        let order = makeOrder(request.id, at: now)
        guard learn(order, id: seen["order"], tickets: seen.list("tickets")) else {
            return .ok("order=(a new id) tickets=(\(hold.items.count) new ids)")
        }
        let seenCodes = seen.list("codes")
        guard seenCodes.count == hold.items.count, Set(seenCodes).count == seenCodes.count,
            seenCodes.allSatisfy({ codes[$0] == nil })
        else { return .ok("order=… tickets=… codes=(\(hold.items.count) new codes)") }
        for (index, code) in seenCodes.enumerated() { codes[code] = TicketPlace(order: order, ticket: index) }
        return .ok(
            "order=\(orders[order].id ?? "") tickets=\(orders[order].tickets.map { $0.id ?? "" }.joined(separator: ",")) "
                + "codes=\(seenCodes.joined(separator: ","))")
    }

    /// Takes in the ids of an order that was made, if they are new; those known must be the same. An order's tickets
    /// are learned where all are named.
    mutating func learn(_ number: Int, id: String?, tickets: [String] = []) -> Bool {
        if orders[number].id == nil {
            guard let id = fresh(id, "O", orderNumbers[id ?? ""] == nil) else { return false }
            orders[number].id = id
            orderNumbers[id] = number
        }
        guard orders[number].id == id else { return false }
        guard !tickets.isEmpty, tickets.count == orders[number].tickets.count, orders[number].tickets[0].id == nil
        else { return true }
        for (index, ticket) in tickets.enumerated() {
            guard let ticket = fresh(ticket, "T", ticketPlaces[ticket] == nil) else { return false }
            orders[number].tickets[index].id = ticket
            ticketPlaces[ticket] = TicketPlace(order: number, ticket: index)
        }
        return true
    }
}
