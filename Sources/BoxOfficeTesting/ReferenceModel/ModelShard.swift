// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One shard's bookings written a second time, as plainly as possible: dictionaries, strings, a loop over everything.
///
/// It answers a request as the box office should. What the box office chooses freely (the ids that it makes, and how
/// `best=` splits a party that fits no row) is taken from the answer seen, and checked for what was promised of it.
public struct ModelShard: Hashable, Sendable {
    public enum Seat: Hashable, Sendable {
        case free, held, paying, sold, blocked

        var mark: Character {
            switch self {
            case .free: "."
            case .held: "h"
            case .paying: "p"
            case .sold: "x"
            case .blocked: "b"
            }
        }
    }

    public struct Event: Hashable, Sendable {
        var title: String
        var state = "draft"
        var currency: String
        var hold: Int64 = 600
        var limit = 8
        var price: Int64?
        var prices: [String: Int64] = [:]
        var onsale: Int64?
        var plan: ModelPlan
        var rows: [ModelPlan.Row]
        var seats: [String: Seat] = [:]
        /// Category of each seat.
        var categories: [String: String] = [:]
        /// Places blocked, by area.
        var blocked: [String: Int] = [:]
        /// Changes so far.
        var sequence = 0

        func price(of category: String) -> Int64? { prices[category] ?? price }
        var isComplete: Bool { !currency.isEmpty && plan.categories.allSatisfy { price(of: $0) != nil } }
        func category(of place: String) -> String {
            categories[place] ?? plan.areas.first { $0.label == place }?.category ?? ""
        }
    }

    public struct Item: Hashable, Sendable {
        /// `stalls/A/3`, or the label of an area.
        var place: String
        var price: Int64
    }

    public struct Hold: Hashable, Sendable {
        enum State: Hashable, Sendable {
            case held, paying, paid
            /// Its seats are free again, and a payment is still under way.
            case lapsed(byCancel: Bool)
            case confirmed(order: Int)
            case ended(String)
        }
        var event: String
        var buyer: String
        var items: [Item]
        var state = State.held
        var ends: Int64
        var endedAt: Int64 = 0
        var isExtended = false
        /// When the payment under way comes out, and how.
        var outcome: Outcome?

        var total: Int64 { items.reduce(0) { $0 + $1.price } }
    }

    struct Outcome: Hashable, Sendable {
        var at: Int64
        var succeeds: Bool
    }

    public struct Ticket: Hashable, Sendable {
        var id: String?
        var item: Item
        var state = "valid"
        var at: Int64 = 0
        var gate = ""
    }

    public struct Order: Hashable, Sendable {
        /// Nil where the box office confirmed by itself and nobody was told yet.
        var id: String?
        var event: String
        var buyer: String
        var tickets: [Ticket]

        var standing: [Ticket] { tickets.filter { $0.state != "cancelled" } }
    }

    struct TicketPlace: Hashable, Sendable {
        var order: Int
        var ticket: Int
    }

    public internal(set) var events: [String: Event] = [:]
    public internal(set) var holds: [String: Hold] = [:]
    /// Holds whose places are theirs, in the order in which they got them.
    var open: [String] = []
    /// Holds whose seats are free again while their payment is under way.
    var lapsed: [String] = []
    public internal(set) var orders: [Order] = []
    var orderNumbers: [String: Int] = [:]
    var ticketPlaces: [String: TicketPlace] = [:]
    var codes: [String: TicketPlace] = [:]
    var payments: Set<String> = []
    var keys: [ModelRequest.Scope: ModelKept] = [:]
    /// The shard's time, in milliseconds since 1970.
    public internal(set) var now: Int64 = 0

    public init() {}

    // MARK: Answering

    /// Answers a request decided at `time`, after all that was due until then.
    ///
    /// - Parameters:
    ///   - seen: What the box office answered.
    ///   - attachment: What the catalogue looked up for it.
    ///   - mayBeFull: Whether the disk may be full, so that changes may be refused.
    public mutating func answer(
        _ request: ModelRequest, at time: Int64, seen: ModelReply, attachment: ModelAttachment? = nil,
        mayBeFull: Bool = false
    ) -> ModelReply {
        advance(to: time)
        if let kept = ModelKept.answer(request, in: keys, at: now) { return kept }
        if mayBeFull, request.isChange, seen.code == "READ_ONLY" { return seen }
        let reply = carryOut(request, seen, attachment)
        ModelKept.keep(reply, of: request, in: &keys, at: now)
        return reply
    }

    private mutating func carryOut(
        _ request: ModelRequest, _ seen: ModelReply, _ attachment: ModelAttachment?
    ) -> ModelReply {
        switch request.verb {
        case "HOLD": hold(request, seen)
        case "EXTEND": extend(request, seen)
        case "RELEASE": release(request, seen)
        case "PAY": pay(request, seen)
        case "CONFIRM": confirm(request, seen)
        case "CANCEL": cancel(request)
        case "CHECKIN": checkIn(request)
        case "GET": get(request, seen)
        case "MINE": mine(request, seen)
        case "BLOCK", "UNBLOCK": block(request)
        case "PRICE SET": setPrice(request)
        case "EVENT OPEN", "EVENT CLOSE": move(request)
        case "EVENT CANCEL": cancelEvent(request)
        case "EVENT ADD": addEvent(request, attachment)
        case "EVENT SET": setEvent(request, attachment)
        case "CLOCK ADVANCE": .ok("time=\(ModelReply.time(now))")
        default: .error("INTERNAL")
        }
    }

    // MARK: What there is

    /// Places of an area that nobody has.
    func free(_ area: String, of event: String) -> Int {
        let plan = events[event]?.plan.areas.first { $0.label == area }
        let counts = counts(area, of: event)
        return (plan?.capacity ?? 0) - counts.held - counts.sold
    }

    /// Places of an area held (or being paid, or blocked) and sold.
    func counts(_ area: String, of event: String) -> (held: Int, sold: Int) {
        var held = events[event]?.blocked[area] ?? 0
        var sold = 0
        for id in open where holds[id]?.event == event {
            held += holds[id]?.items.count { $0.place == area } ?? 0
        }
        for order in orders where order.event == event { sold += order.standing.count { $0.item.place == area } }
        return (held, sold)
    }

    func isSeat(_ place: String) -> Bool { place.contains("/") }

    /// Seats and places that a buyer holds and bought at an event.
    func has(_ buyer: String, at event: String) -> Int {
        var count = 0
        for id in open {
            if let hold = holds[id], hold.buyer == buyer, hold.event == event { count += hold.items.count }
        }
        for order in orders where order.buyer == buyer && order.event == event { count += order.standing.count }
        return count
    }

    mutating func set(_ places: [String], of event: String, to state: Seat) {
        for place in places where isSeat(place) { events[event]?.seats[place] = state }
        events[event]?.sequence += 1
    }

    /// Places as replies name them: those of an area together.
    static func addresses(_ places: [String]) -> String {
        var parts: [String] = []
        var index = 0
        while index < places.count {
            let place = places[index]
            var count = 1
            index += 1
            guard !place.contains("/") else {
                parts.append(place)
                continue
            }
            while index < places.count, places[index] == place {
                count += 1
                index += 1
            }
            parts.append("\(place):\(count)")
        }
        return ModelReply.quoted(parts.joined(separator: ","))
    }

    /// What `VIEW` shows of an event, as far as it is compared.
    public struct View: Hashable, Sendable {
        public var state: String
        public var prices: [String: Int64] = [:]
        /// Maps by row.
        public var maps: [String: String] = [:]
        /// Free, held and sold by area.
        public var areas: [String: [Int]] = [:]
        public var sequence = 0
        public var free = 0
    }

    /// What a viewer sees of an event; nil where there is none, or it is a draft and the viewer no operator.
    public func view(_ id: String, section: String? = nil, seesDrafts: Bool) -> View? {
        guard let event = events[id], seesDrafts || event.state != "draft" else { return nil }
        var view = View(state: event.state)
        for category in event.plan.categories { view.prices[category] = event.price(of: category) }
        for part in event.plan.sections where section == nil || section == part.label {
            for row in part.rows {
                var map = ""
                for label in row.seats {
                    let state = event.seats[row.address + "/" + label] ?? .free
                    if state == .free { view.free += 1 }
                    map.append(state.mark)
                    if row.gaps.contains(label) { map.append("_") }
                }
                view.maps[row.address] = map
            }
        }
        for area in event.plan.areas where section == nil || section == area.label {
            let counts = counts(area.label, of: id)
            let free = area.capacity - counts.held - counts.sold
            view.areas[area.label] = [free, counts.held, counts.sold]
            view.free += free
        }
        view.sequence = event.sequence
        return view
    }

    /// State and free places of each event: what lists and searches show.
    public func listing(seesDrafts: Bool) -> [String: String] {
        var listing: [String: String] = [:]
        for (id, event) in events where seesDrafts || event.state != "draft" {
            listing[id] = "\(event.state) \(view(id, seesDrafts: true)?.free ?? 0)"
        }
        return listing
    }

    // MARK: Contradictions

    /// What must never be, found by looking at everything: a seat with two owners, an area overfull, a map that says
    /// something else than holds and tickets do.
    public func findContradictions() -> [String] {
        var found: [String] = []
        var owners: [String: [String]] = [:]
        for id in open {
            guard let hold = holds[id] else { continue }
            for item in hold.items where isSeat(item.place) {
                owners[hold.event + " " + item.place, default: []].append(id)
            }
        }
        for (number, order) in orders.enumerated() {
            for ticket in order.standing where isSeat(ticket.item.place) {
                owners[order.event + " " + ticket.item.place, default: []].append("order \(number)")
            }
        }
        for (seat, who) in owners where who.count > 1 { found.append("\(seat) belongs to \(who)") }
        for (id, event) in events {
            for (seat, state) in event.seats {
                let isOwned = owners[id + " " + seat] != nil
                if isOwned != (state == .held || state == .paying || state == .sold) {
                    found.append("\(seat) of \(id) is \(state)")
                }
            }
            for area in event.plan.areas where free(area.label, of: id) < 0 {
                found.append("\(area.label) of \(id) is overfull")
            }
        }
        return found.sorted()
    }
}
