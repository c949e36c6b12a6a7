// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// HOLD best=N: the seats that a box office would offer.
///
/// Neighbours in one row that leave no orphan, then neighbours that do; among them the first row as added, then nearest
/// to the row's middle, then the lower position. An orphan is a single free seat newly left between taken seats, aisles
/// or row ends. How rows are split where neighbours do not suffice is told in `Clerk+BestSplit.swift`.
extension Clerk {
    /// What `best=` may take.
    struct BestFilter {
        var rows: Range<Int>
        /// Bits by category of the plan.
        var categories = InlineArray<4, UInt64>(repeating: .max)
        var isAccessible = false
        /// The same, folded as the plan has them by row: bit `c % 64` for category `c`.
        var categoryBits = UInt64.max
        /// Whether a seat must be looked at: else the runs of a row say all.
        var looksAtSeats = false

        func allows(category: Int) -> Bool {
            categories[category >> 6] >> UInt64(category & 63) & 1 == 1
        }

        /// Whether a row may have seats that are allowed.
        func mayAllow(row: Int, in plan: SeatPlan) -> Bool {
            !looksAtSeats || plan.categoryBits(ofRow: row, accessible: isAccessible) & categoryBits != 0
        }

        /// Whether every seat of a row is known to be allowed.
        func allowsAll(row: Int, in plan: SeatPlan) -> Bool {
            !looksAtSeats
                || (!isAccessible && plan.categories.count <= 64
                    && plan.categoryBits(ofRow: row, accessible: false) & ~categoryBits == 0)
        }

        func allows(_ seat: SeatIndex, in plan: SeatPlan) -> Bool {
            !looksAtSeats
                || (allows(category: plan.category(of: seat)) && (!isAccessible || plan.isAccessible(seat)))
        }
    }

    /// Fills `chosen` with the best `count` places. False after a refusal.
    mutating func chooseBest(
        _ count: Int, _ event: Int, _ plan: SeatPlan, _ ask: Ask, _ reply: inout ReplyWriter
    ) -> Bool {
        var filter = BestFilter(rows: 0..<plan.rows.count)
        guard readFilter(&filter, event, plan, ask, &reply) else { return false }
        chosen.removeAll()
        if let slot = ask.slot(.section) {
            if let section = plan.sectionIndex(labelled: ask.bytes(slot)) {
                filter.rows = plan.sections[section].rowRange
            } else if let area = plan.areaIndex(labelled: ask.bytes(slot)) {
                return chooseInAreas(count, area..<(area + 1), filter, event, plan, &reply)
            } else {
                reply.error(.notFound)
                reply.field(.section, ask.bytes(slot))
                reply.field(.hint, "VIEW shows the sections and areas there are")
                return false
            }
        } else if !hasSeats(filter, plan) {
            return chooseInAreas(count, 0..<plan.areas.count, filter, event, plan, &reply)
        }
        if let (row, seat) = bestNeighbours(count, filter, event, plan) {
            chooseSeats(seat..<(seat + count), row, event, plan)
            return true
        }
        let free = freeSeats(filter, event, plan)
        if free >= count, !ask.isYes(.together) {
            countFree(filter, event, plan, atMost: count)
            chooseSplit(count, filter, event, plan)
            return true
        }
        reply.error(.notEnoughSeats, retry: .later)
        reply.field(.free, Int64(free))
        reply.field(
            .hint,
            ask.isYes(.together)
                ? "ask for fewer seats, or leave together= out to have them in several rows"
                : "ask for fewer seats, or leave filters out")
        return false
    }

    private func readFilter(
        _ filter: inout BestFilter, _ event: Int, _ plan: SeatPlan, _ ask: Ask, _ reply: inout ReplyWriter
    ) -> Bool {
        filter.isAccessible = ask.isYes(.accessible)
        filter.looksAtSeats = filter.isAccessible
        let max = ask.slot(.max)?.value
        var wanted: Int?
        if let slot = ask.slot(.category) {
            guard let category = plan.categoryIndex(named: ask.bytes(slot)) else {
                reply.error(.notFound)
                reply.field(.category, ask.bytes(slot))
                reply.field(.hint, "VIEW shows the categories and their prices")
                return false
            }
            wanted = category
        }
        guard wanted != nil || max != nil else { return true }
        filter.looksAtSeats = true
        filter.categories = InlineArray(repeating: 0)
        for category in 0..<plan.categories.count where wanted == nil || wanted == category {
            if let max, let price = books.price(event, category: category), price > max { continue }
            filter.categories[category >> 6] |= 1 << UInt64(category & 63)
        }
        filter.categoryBits = (0..<4).reduce(0) { $0 | filter.categories[$1] }
        return true
    }

    /// Whether any seat, free or not, is what the filter asks for.
    private func hasSeats(_ filter: BestFilter, _ plan: SeatPlan) -> Bool {
        if !filter.looksAtSeats || plan.areas.isEmpty { return plan.seatCount > 0 }
        for row in 0..<plan.rows.count where filter.mayAllow(row: row, in: plan) {
            let seats = plan.seatRange(ofRow: row)
            if seats.contains(where: { filter.allows(SeatIndex(UInt32($0)), in: plan) }) { return true }
        }
        return false
    }

    // MARK: Neighbours

    /// The best neighbours in one row: the row and the first seat.
    ///
    /// - Complexity: O(rows / 64) for those that are in groups without a run that is long enough, O(1) for a row that has
    ///   none or only seats that the filter does not allow, and O(seats) for one that could have them or that changed since
    ///   this was asked last: for each, the first time after a start.
    private mutating func bestNeighbours(
        _ count: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan
    ) -> (row: Int, seat: Int)? {
        var withOrphan: (row: Int, seat: Int)?
        let end = filter.rows.upperBound
        var next = filter.rows.lowerBound
        while true {
            let row = books.nextRow(from: next, to: end, withRunOf: count, event)
            guard row < end else { return withOrphan }
            next = row + 1
            guard filter.mayAllow(row: row, in: plan) else { continue }
            let runs = books.runs(ofRow: row, event, in: plan)
            if books.endsGroup(row, event) { books.noteSearched(row, event) }
            guard runs >> UInt64(min(count, 63)) != 0 else { continue }
            if Self.mayFitWithoutOrphan(count, runs: runs),
                let seat = bestStart(count, row, filter, event, plan, allowsOrphan: false)
            {
                return (row, seat)
            }
            if withOrphan == nil, let seat = bestStart(count, row, filter, event, plan, allowsOrphan: true) {
                withOrphan = (row, seat)
            }
        }
    }

    /// Whether a row with these runs has a place for `count` neighbours that leaves no orphan: a run of just that
    /// length, or one with room for two more at an end. Runs of 63 seats and more share a bit, so there it may err to
    /// yes.
    static func mayFitWithoutOrphan(_ count: Int, runs: UInt64) -> Bool {
        if count >= 61 { return runs >> UInt64(min(count, 63)) != 0 }
        return runs >> UInt64(count) & 1 == 1 || runs >> UInt64(count + 2) != 0
    }

    /// Where in a row `count` neighbours begin best: nearest to the row's middle, then lower.
    func bestStart(
        _ count: Int, _ row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan, allowsOrphan: Bool
    ) -> Int? {
        let seats = plan.seatRange(ofRow: row)
        var best: Int?
        var bestDistance = Int.max
        var run = seats.lowerBound
        while run < seats.upperBound {
            let end = endOfRun(from: run, to: seats.upperBound, event, plan)
            // The first seat of the stretch that the filter allows without a break.
            var allowedFrom = run
            var seat = run
            while seat < end {
                if !filter.allows(SeatIndex(UInt32(seat)), in: plan) { allowedFrom = seat + 1 }
                let start = seat + 1 - count
                if start >= allowedFrom, allowsOrphan || (start - run != 1 && end - seat - 1 != 1) {
                    let distance = abs(2 * (start - seats.lowerBound) + count - seats.count)
                    if distance < bestDistance {
                        best = start
                        bestDistance = distance
                    }
                }
                seat += 1
            }
            run = max(end, run + 1)
        }
        return best
    }

    /// The seat after the run of free seats that begins at `start`; `start` itself where it is not free.
    func endOfRun(from start: Int, to end: Int, _ event: Int, _ plan: SeatPlan) -> Int {
        var seat = start
        while seat < end {
            let index = SeatIndex(UInt32(seat))
            guard books.seatState(event, index) == .free else { return seat }
            seat += 1
            if plan.isAisleAfter(index) { return seat }
        }
        return seat
    }

    mutating func chooseSeats(_ seats: Range<Int>, _ row: Int, _ event: Int, _ plan: SeatPlan) {
        for seat in seats {
            let index = SeatIndex(UInt32(seat))
            choose(Place(seat: index), category: plan.category(of: index), event)
        }
    }

    // MARK: Areas

    /// Takes places of the first area, as added, that has them all.
    private mutating func chooseInAreas(
        _ count: Int, _ areas: Range<Int>, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan,
        _ reply: inout ReplyWriter
    ) -> Bool {
        var mostFree = 0
        for area in areas where filter.allows(category: plan.areas[area].category) && !filter.isAccessible {
            let free = books.areaFree(event, area, in: plan)
            mostFree = max(mostFree, free)
            guard free >= count else { continue }
            for _ in 0..<count { choose(Place(area: area), category: plan.areas[area].category, event) }
            return true
        }
        reply.error(.notEnoughSeats, retry: .later)
        reply.field(.free, Int64(mostFree))
        reply.field(.hint, "ask for fewer places, or leave filters out")
        return false
    }
}
