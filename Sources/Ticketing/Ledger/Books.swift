// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The books of one shard: everything that a booking is decided by, and nothing that a journal does not say.
///
/// Columns of plain integers, no objects for seats, holds or tickets. Only `apply` (see `Books+Apply.swift`) changes
/// them, live and on replay; the rest looks. It is one value with one owner, so that a decision is one access.
struct Books: ~Copyable {
    private let place = StaysInPlace()

    var founding: FoundingRecord?
    var shard: UInt8 = 0
    var keys = IssuedIDKeys(secret: [])

    /// The time of the last record.
    var lastRecorded = Instant.earliest
    var digest = Digest()

    // Events, and the stretches of columns that they share.
    var events = ChunkedColumn<EventEntry>(chunkShift: 7)
    var eventTable = IndexTable()
    var eventTexts = ChunkedBytes()
    var seatStates = ChunkedColumn<UInt8>(chunkShift: 14)
    /// The slot of the hold, or the ticket, that a seat belongs to.
    var seatOwners = ChunkedColumn<UInt32>(chunkShift: 12)
    /// By row, worked out from the states of its seats when it is asked for: see `runs(ofRow:_:in:)`.
    var rowRuns = ChunkedColumn<UInt64>(chunkShift: 10)
    var rowFree = ChunkedColumn<UInt16>(chunkShift: 12)
    var rowCategories = ChunkedColumn<RowCategories>(chunkShift: 10)
    /// By groups of 64 rows, whichever event they belong to: see `nextRow(from:to:withRunOf:_:)`.
    var groupRuns = ChunkedColumn<UInt64>(chunkShift: 6)
    var areas = ChunkedColumn<AreaEntry>(chunkShift: 8)
    /// A price of its own by category of each event's plan; -1 where there is none.
    var prices = ChunkedColumn<Int64>(chunkShift: 10)

    // Seat plans, each once however many events use it.
    var plans: [SeatPlan] = []
    var planNumbers: [PlanHash: Int] = [:]
    var incomingPlan: IncomingPlan?

    // People.
    var buyers = NameTable()
    var gates = NameTable()
    var standings = ChunkedColumn<Standing>(chunkShift: 10)
    var standingTable = IndexTable()

    // Holds.
    var traces = ChunkedWindow<HoldTrace>(startingAt: 1, chunkShift: 10)
    var holds = ChunkedColumn<HoldEntry>(chunkShift: 8)
    var items = ItemSlab()
    /// The first free slot of `holds`, plus one; a free slot names the next in `olderOfEvent`.
    var freeHold: UInt32 = 0
    var openHoldCount = 0
    var lastPayment: UInt32 = 0
    var due = DueQueue()

    // Orders and tickets. Serials are their index plus a first one, which `RESET` moves on.
    var orders = ChunkedColumn<OrderEntry>(chunkShift: 9)
    var tickets = ChunkedColumn<TicketEntry>(chunkShift: 9)
    var firstOrderSerial: UInt64 = 1
    var firstTicketSerial: UInt64 = 1
    /// The first hold that `RESET` did not forget.
    var firstHoldSerial: UInt64 = 1

    // Idempotency keys.
    var keyTable = KeyTable()

    /// Seats by state, over all events.
    var seatCounts = InlineArray<5, Int>(repeating: 0)

    /// How far the capture of a snapshot has come; nil where there is none.
    var capture: BooksCapture?

    init() {}

    var isFounded: Bool { founding != nil }

    /// A seat plan of which not all parts have come.
    struct IncomingPlan {
        var hash: PlanHash
        var total: Int
        var bytes: [UInt8]
    }
}

// MARK: - Looking up

extension Books {
    /// The event of this id.
    ///
    /// - Complexity: O(length of the id).
    func findEvent(_ id: Span<UInt8>) -> Int? {
        eventTable.find(hash: UInt32(truncatingIfNeeded: Mix.hash(id, seed: keys.hashSeed))) { number in
            let texts = eventTexts.span(at: events[number].texts, count: Int(events[number].textBytes))
            return EventTexts.id(of: texts).holdsSameBytes(as: id)
        }
    }

    func plan(of event: Int) -> SeatPlan {
        plans[Int(events[event].plan)]
    }

    /// The same without a reference being counted, for the path that every booking takes. Plans stay until everything is
    /// forgotten.
    @inline(__always)
    func unretainedPlan(of event: Int) -> Unmanaged<SeatPlan> {
        .passUnretained(plans[Int(events[event].plan)])
    }

    func seatState(_ event: Int, _ seat: SeatIndex) -> SeatState {
        SeatState(rawValue: seatStates[Int(events[event].firstSeat) + Int(seat.rawValue)]) ?? .blocked
    }

    func seatOwner(_ event: Int, _ seat: SeatIndex) -> UInt32 {
        seatOwners[Int(events[event].firstSeat) + Int(seat.rawValue)]
    }

    func area(_ event: Int, _ area: Int) -> AreaEntry {
        areas[Int(events[event].firstArea) + area]
    }

    func areaFree(_ event: Int, _ area: Int, in plan: SeatPlan) -> Int {
        plan.areas[area].capacity - self.area(event, area).taken
    }

    /// The price of a category at an event, in minor units; nil where none was set.
    func price(_ event: Int, category: Int) -> Int64? {
        let own = prices[Int(events[event].firstPrice) + category]
        let price = own >= 0 ? own : events[event].defaultPrice
        return price >= 0 ? price : nil
    }

    /// The first category of its plan that has no price, or nil where each has one.
    func firstUnpricedCategory(_ event: Int, in plan: SeatPlan) -> Int? {
        for category in plan.categories.indices where price(event, category: category) == nil { return category }
        return nil
    }

    /// Whether the event has what it needs to go on sale.
    func isComplete(_ event: Int) -> Bool {
        events[event].currency != 0 && firstUnpricedCategory(event, in: plan(of: event)) == nil
    }

    func findStanding(event: Int, buyer: Int) -> Int? {
        standingTable.find(hash: standingHash(event: event, buyer: buyer)) { number in
            standings[number].event == UInt32(event) && standings[number].buyer == UInt32(buyer)
        }
    }

    func standingHash(event: Int, buyer: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: Mix.finalize((UInt64(event) << 32 | UInt64(buyer)) ^ keys.hashSeed))
    }

    func holdID(_ serial: UInt64) -> IssuedID { IssuedID(kind: .hold, shard: shard, serial: serial) }
    func orderID(_ order: Int) -> IssuedID {
        IssuedID(kind: .order, shard: shard, serial: firstOrderSerial + UInt64(order))
    }
    func ticketID(_ ticket: Int) -> IssuedID {
        IssuedID(kind: .ticket, shard: shard, serial: firstTicketSerial + UInt64(ticket))
    }

    /// The order of this serial, if it was ever issued and not forgotten by `RESET`.
    func orderIndex(serial: UInt64) -> Int? {
        guard serial >= firstOrderSerial, serial - firstOrderSerial < UInt64(orders.count) else { return nil }
        return Int(serial - firstOrderSerial)
    }

    func ticketIndex(serial: UInt64) -> Int? {
        guard serial >= firstTicketSerial, serial - firstTicketSerial < UInt64(tickets.count) else { return nil }
        return Int(serial - firstTicketSerial)
    }
}
