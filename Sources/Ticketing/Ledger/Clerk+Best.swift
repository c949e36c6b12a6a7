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
        /// The same, folded: bit `c % 64` for category `c`.
        var categoryBits = UInt64.max
        var isAccessible = false
        /// Whether a seat must be looked at: else the runs of a row say all.
        var looksAtSeats = false

        func allows(category: Int) -> Bool {
            categories[category >> 6] >> UInt64(category & 63) & 1 == 1
        }

        /// Whether seats of these categories may be allowed.
        func mayAllow(_ categories: RowCategories) -> Bool {
            !looksAtSeats || (isAccessible ? categories.accessible : categories.all) & categoryBits != 0
        }

        /// Whether every seat of these categories is known to be allowed.
        func allowsAll(_ categories: RowCategories, in plan: SeatPlan) -> Bool {
            !looksAtSeats
                || (!isAccessible && plan.categories.count <= 64 && categories.all & ~categoryBits == 0)
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
                return chooseInAreas(count, area..<(area + 1), filter, event, plan, ask, &reply)
            } else {
                reply.error(.notFound)
                reply.field(.section, ask.bytes(slot))
                reply.field(.hint, "VIEW shows the sections and areas there are")
                return false
            }
        } else if !hasSeats(filter, plan) {
            return chooseInAreas(count, 0..<plan.areas.count, filter, event, plan, ask, &reply)
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
        refuseNotEnough(free: free, plan, ask, &reply)
        return false
    }

    /// Refuses because so many places that are free, fewer than were asked for, fit what was asked.
    private func refuseNotEnough(free: Int, _ plan: SeatPlan, _ ask: Ask, _ reply: inout ReplyWriter) {
        let isFiltered =
            ask.slot(.section) != nil || ask.slot(.category) != nil || ask.slot(.max) != nil || ask.isYes(.accessible)
        let hasNone = plan.seatCount == 0 && plan.areas.isEmpty
        reply.error(.notEnoughSeats, retry: hasNone ? .never : .later)
        reply.field(.free, Int64(free))
        let hint: StaticString =
            switch (free > 0, isFiltered) {
            case _ where hasNone:
                "this event has no seats, for its venue had none when it was added: add seats, then another event"
            case (true, _) where ask.isYes(.together):
                "ask for fewer seats, or leave together= out to have them in several rows"
            case (true, true): "ask for fewer seats, or leave filters out"
            case (true, false): "ask for fewer seats"
            case (false, true): "nothing that fits is free: leave filters out"
            case (false, false) where plan.seatCount > 0 && !plan.areas.isEmpty:
                "no seat is free now: try an area with section=, or try again later"
            case (false, false): "nothing is free now: what is held may come back, so try again later"
            }
        reply.field(.hint, hint)
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
        for row in 0..<plan.rows.count where filter.mayAllow(plan.categories(ofRow: row)) {
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
        firstNeighbours(count, filter, event, plan, allowsOrphan: false)
            ?? firstNeighbours(count, filter, event, plan, allowsOrphan: true)
    }

    /// The best neighbours of the first row that has some.
    private mutating func firstNeighbours(
        _ count: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan, allowsOrphan: Bool
    ) -> (row: Int, seat: Int)? {
        let end = filter.rows.upperBound
        var next = filter.rows.lowerBound
        while true {
            let row = books.nextRow(from: next, to: end, withRunOf: count, event)
            guard row < end else { return nil }
            next = row + 1
            if filter.looksAtSeats {
                guard filter.mayAllow(plan.categories(ofRow: row)),
                    filter.mayAllow(books.freeCategories(inRow: row, event, in: plan))
                else { continue }
            }
            let runs = books.runs(ofRow: row, event, in: plan)
            if allowsOrphan {
                // Here none without an orphan is left.
                if let seat = bestStart(count, row, filter, event, plan).withOrphan { return (row, seat) }
            } else if Self.mayFitWithoutOrphan(count, runs: runs) {
                if let seat = bestStart(count, row, filter, event, plan).withoutOrphan { return (row, seat) }
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

    /// Where neighbours begin best; nil where there are none.
    struct BestStart {
        fileprivate(set) var withoutOrphan: Int?
        fileprivate(set) var withOrphan: Int?
        private var distances = (Int.max, Int.max)

        /// Whether a start so far from the middle may yet be of use.
        @inline(__always)
        fileprivate func mayBeBettered(by start: Int, count: Int, of seats: Range<Int>) -> Bool {
            abs(2 * (start - seats.lowerBound) + count - seats.count) < distances.0
        }

        /// Considers a start; of two that are equally near to the row's middle, the lower is to come first.
        @inline(__always)
        fileprivate mutating func consider(_ start: Int, count: Int, in run: Range<Int>, of seats: Range<Int>) {
            let distance = abs(2 * (start - seats.lowerBound) + count - seats.count)
            if start - run.lowerBound == 1 || run.upperBound - start - count == 1 {
                if distance < distances.1 { (withOrphan, distances.1) = (start, distance) }
            } else if distance < distances.0 {
                (withoutOrphan, distances.0) = (start, distance)
            }
        }
    }

    /// Where in a row `count` neighbours begin best: nearest to the row's middle, then lower.
    ///
    /// - Complexity: O(seats of the row).
    mutating func bestStart(_ count: Int, _ row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan) -> BestStart
    {
        let seats = plan.seatRange(ofRow: row)
        let allowsAll =
            !filter.looksAtSeats || filter.allowsAll(books.freeCategories(inRow: row, event, in: plan), in: plan)
        let middle = seats.lowerBound + (seats.count - count) >> 1
        var best = BestStart()
        books.forEachRun(ofRow: row, event, in: plan) { run in
            let last = run.upperBound - count
            guard last >= run.lowerBound else { return }
            if allowsAll {
                // The nearest to the middle, or one beside it where that leaves an orphan.
                let nearest = min(max(middle, run.lowerBound), last)
                guard best.mayBeBettered(by: nearest, count: count, of: seats) else { return }
                for start in max(nearest - 1, run.lowerBound)...min(nearest + 1, last) {
                    best.consider(start, count: count, in: run, of: seats)
                }
                return
            }
            // The first seat of the stretch that the filter allows without a break.
            var allowedFrom = run.lowerBound
            for seat in run {
                if !filter.allows(SeatIndex(UInt32(seat)), in: plan) { allowedFrom = seat + 1 }
                let start = seat + 1 - count
                if start >= allowedFrom { best.consider(start, count: count, in: run, of: seats) }
            }
        }
        return best
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
        _ count: Int, _ areas: Range<Int>, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan, _ ask: Ask,
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
        refuseNotEnough(free: mostFree, plan, ask, &reply)
        return false
    }
}
