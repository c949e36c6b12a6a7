// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What happens by itself: holds end, payments come out, paid holds are confirmed, sales open.
extension ModelShard {
    /// Does everything that is due until `time`, in order.
    public mutating func advance(to time: Int64) {
        while doNextDue(until: time) {}
        now = time
    }

    /// Does the one thing that is due first. False where nothing is due until `time`.
    mutating func doNextDue(until time: Int64) -> Bool {
        let now = time
        var next: (due: Int64, hold: String)?
        for id in open + lapsed {
            if let due = holds[id].flatMap(Self.due), due <= now, next.map({ due < $0.due }) ?? true {
                next = (due, id)
            }
        }
        var opening: (due: Int64, event: String)?
        for (id, event) in events where event.state == "draft" && event.isComplete {
            if let onsale = event.onsale, onsale <= now, opening.map({ (onsale, id) < ($0.due, $0.event) }) ?? true {
                opening = (onsale, id)
            }
        }
        if let opening, next.map({ opening.due < $0.due }) ?? true {
            events[opening.event]?.state = "onsale"
            events[opening.event]?.sequence += 1
            return true
        }
        guard let next else { return false }
        happen(next.hold, due: next.due, now: now)
        return true
    }

    /// When one of the open holds moves on by itself; nil where there is none.
    func someDue(using random: inout SeededRandom) -> Int64? {
        guard let id = (open + lapsed).randomElement(using: &random) else { return nil }
        return holds[id].flatMap(Self.due)
    }

    /// Whether anything is left to be done that was due by `time`.
    func hasDue(by time: Int64) -> Bool {
        var copy = self
        return copy.doNextDue(until: time)
    }

    private static func due(_ hold: Hold) -> Int64? {
        switch hold.state {
        case .held, .paid: hold.ends
        case .paying: min(hold.outcome?.at ?? .max, hold.ends + 120_000)
        case .lapsed: hold.outcome?.at
        case .confirmed, .ended: nil
        }
    }

    private mutating func happen(_ id: String, due: Int64, now: Int64) {
        guard let hold = holds[id] else { return }
        let places = hold.items.map(\.place)
        let isOutcome = hold.outcome?.at == due
        let succeeds = hold.outcome?.succeeds == true
        switch hold.state {
        case .held: end(id, "time", at: due)
        case .paid: _ = makeOrder(id, at: now)
        case .paying where !isOutcome: lapse(id, byCancel: false)
        case .paying where succeeds:
            holds[id]?.state = .paid
            holds[id]?.outcome = nil
        case .paying where due < hold.ends:
            holds[id]?.state = .held
            holds[id]?.outcome = nil
            set(places, of: hold.event, to: .held)
        case .paying: end(id, "time", at: due)
        case .lapsed where succeeds && canRetake(hold):
            lapsed.removeAll { $0 == id }
            open.append(id)
            holds[id]?.state = .paid
            holds[id]?.outcome = nil
            set(places, of: hold.event, to: .paying)
        case .lapsed(let byCancel): finish(id, succeeds ? "refunded" : byCancel ? "cancelled" : "time", at: due)
        case .confirmed, .ended: break
        }
    }

    private func canRetake(_ hold: Hold) -> Bool {
        guard let event = events[hold.event], event.state != "cancelled" else { return false }
        return hold.items.allSatisfy { item in
            isSeat(item.place)
                ? event.seats[item.place] == .free
                : free(item.place, of: hold.event) >= hold.items.count { $0.place == item.place }
        }
    }

    // MARK: Endings

    mutating func lapse(_ id: String, byCancel: Bool) {
        guard let hold = holds[id] else { return }
        set(hold.items.map(\.place), of: hold.event, to: .free)
        open.removeAll { $0 == id }
        lapsed.append(id)
        holds[id]?.state = .lapsed(byCancel: byCancel)
    }

    /// Gives the places of an open hold back and closes it.
    mutating func end(_ id: String, _ how: String, at time: Int64) {
        guard let hold = holds[id] else { return }
        set(hold.items.map(\.place), of: hold.event, to: .free)
        finish(id, how, at: time)
    }

    private mutating func finish(_ id: String, _ how: String, at time: Int64) {
        open.removeAll { $0 == id }
        lapsed.removeAll { $0 == id }
        holds[id]?.state = .ended(how)
        holds[id]?.endedAt = time
        holds[id]?.outcome = nil
    }

    /// Turns a hold into an order whose ids nobody knows yet, and gives its number.
    mutating func makeOrder(_ id: String, at time: Int64) -> Int {
        guard let hold = holds[id] else { return -1 }
        orders.append(
            Order(event: hold.event, buyer: hold.buyer, tickets: hold.items.map { Ticket(item: $0) }))
        set(hold.items.map(\.place), of: hold.event, to: .sold)
        open.removeAll { $0 == id }
        holds[id]?.state = .confirmed(order: orders.count - 1)
        holds[id]?.endedAt = time
        return orders.count - 1
    }
}
