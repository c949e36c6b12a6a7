// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What earlier records said and later ones refer to by number: names of events, seats, venues, and which event a hold
/// is for. Where a journal is not seen from its beginning, numbers stay numbers.
struct RecordContext {
    private(set) var shard: UInt8 = 0
    private var clientIDs: ClientIDs?
    private var events: [Int: (id: String, plan: SeatPlan?)] = [:]
    private var nextEvent: Int?
    private var plans: [PlanHash: SeatPlan] = [:]
    private var incoming: [UInt8] = []
    private(set) var venues: [String] = []
    private(set) var performers: [String] = []
    private(set) var buyers: [Int: String] = [0: ""]
    private(set) var gates: [Int: String] = [0: ""]
    private var eventsOfHolds: [UInt64: Int] = [:]
    private var eventsOfOrders: [UInt64: Int] = [:]
    /// By the first ticket of an order, ascending.
    private var ordersOfTickets: [(first: UInt64, event: Int)] = []

    // MARK: Learning

    mutating func learn(founding: FoundingRecord) {
        shard = founding.shard
        clientIDs = ClientIDs(shard: founding.shard, secret: founding.secret)
        if founding.shard != FoundingRecord.catalogueShard { nextEvent = 0 }
    }

    mutating func reset() {
        let (shard, clientIDs) = (shard, clientIDs)
        self = RecordContext()
        self.shard = shard
        self.clientIDs = clientIDs
        nextEvent = 0
    }

    mutating func learn(planPart part: PlanPartRecord, _ record: Span<UInt8>) {
        if part.offset == 0 { incoming = [] }
        guard incoming.count == part.offset, part.total <= 1 << 28 else { return }
        for index in part.part { incoming.append(record[index]) }
        guard incoming.count == part.total, let plan = try? SeatPlan(decoding: incoming.span) else { return }
        plans[plan.contentHash] = plan
        incoming = []
    }

    /// Returns the event's number, where it is known.
    mutating func learn(event id: String, plan: PlanHash) -> Int? {
        guard let number = nextEvent else { return nil }
        events[number] = (id, plans[plan] ?? (plan == SeatPlan.empty.contentHash ? .empty : nil))
        nextEvent = number + 1
        return number
    }

    mutating func learn(buyer: Int, name: String) { buyers[buyer] = name }
    mutating func learn(gate: Int, name: String) { gates[gate] = name }
    mutating func learn(hold: UInt64, event: Int) { eventsOfHolds[hold] = event }
    mutating func learn(venue: String) { venues.append(venue) }
    mutating func learn(performer: String) { performers.append(performer) }

    /// The hold became an order: there is nothing more to say of the hold.
    mutating func learn(order: UInt64, of hold: UInt64, firstTicket: UInt64) {
        guard let event = eventsOfHolds.removeValue(forKey: hold) else { return }
        eventsOfOrders[order] = event
        ordersOfTickets.append((firstTicket, event))
    }

    // MARK: Knowing

    func event(_ number: Int) -> String? { events[number]?.id }
    func event(ofHold serial: UInt64) -> Int? { eventsOfHolds[serial] }
    func event(ofOrder serial: UInt64) -> Int? { eventsOfOrders[serial] }

    func event(ofTicket serial: UInt64) -> Int? {
        var low = 0
        var high = ordersOfTickets.count
        while low < high {
            let middle = (low + high) / 2
            if ordersOfTickets[middle].first <= serial { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? ordersOfTickets[low - 1].event : nil
    }

    /// The address of a place, or its bare number behind `#` where the plan is not known.
    func address(_ place: RecordedPlace, of event: Int?) -> String {
        guard let event, let plan = events[event]?.plan else { return "\(place.isArea ? "area" : "")#\(place.number)" }
        if place.isArea {
            return place.number < plan.areas.count ? plan.areas[place.number].label : "area#\(place.number)"
        }
        guard place.number < plan.seatCount else { return "#\(place.number)" }
        return plan.address(of: SeatIndex(UInt32(place.number)))
    }

    func category(_ number: Int, of event: Int) -> String {
        guard let plan = events[event]?.plan, number < plan.categories.count else { return "#\(number)" }
        return plan.categories[number]
    }

    /// The id as clients know it; nil where the founding was not seen.
    func id(_ kind: IssuedKind, _ serial: UInt64) -> String? {
        clientIDs?.text(kind, serial)
    }
}
