// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// HOLD best=N where no row has N neighbours: the fewest rows, near each other.
///
/// The rule: k is the least number of rows whose free seats suffice. Of all sets of k rows that suffice, one is taken
/// from the shortest stretch of rows, in the order in which they were added; among equally short stretches, from the
/// first. In that stretch the rows with the most free seats are taken, the first of equals before. Each but the
/// smallest of them gives all its free seats (k being the least, they do not suffice), the smallest gives the rest: as
/// neighbours where it has them (see `Clerk+Best.swift`), else from its longest runs.
extension Clerk {
    /// Free seats that the filter allows in a row.
    private mutating func freeSeats(inRow row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan) -> Int {
        guard filter.looksAtSeats else { return books.free(inRow: row, event, in: plan) }
        guard filter.mayAllow(plan.categories(ofRow: row)) else { return 0 }
        let free = books.free(inRow: row, event, in: plan)
        let categories = books.freeCategories(inRow: row, event, in: plan)
        guard free > 0, filter.mayAllow(categories) else { return 0 }
        if filter.allowsAll(categories, in: plan) { return free }
        var count = 0
        for seat in plan.seatRange(ofRow: row) {
            let index = SeatIndex(UInt32(seat))
            if books.seatState(event, index) == .free, filter.allows(index, in: plan) { count += 1 }
        }
        return count
    }

    /// All free seats that the filter allows.
    ///
    /// - Complexity: O(rows), or O(rows / 64) where all is taken.
    mutating func freeSeats(_ filter: BestFilter, _ event: Int, _ plan: SeatPlan) -> Int {
        var free = 0
        var next = filter.rows.lowerBound
        while true {
            let row = books.nextRow(from: next, to: filter.rows.upperBound, withRunOf: 1, event)
            guard row < filter.rows.upperBound else { return free }
            next = row + 1
            free += freeSeats(inRow: row, filter, event, plan)
        }
    }

    /// Notes for each row how many free seats it could give, `count` at most.
    mutating func countFree(_ filter: BestFilter, _ event: Int, _ plan: SeatPlan, atMost count: Int) {
        rowCounts.removeAll(keepingCapacity: true)
        for row in filter.rows {
            rowCounts.append(UInt16(truncatingIfNeeded: min(freeSeats(inRow: row, filter, event, plan), count)))
        }
    }

    /// How many rows give so many seats: by number of seats, up to the most that one hold takes. It is handed on
    /// `inout` though nothing changes it: so it is never copied.
    private typealias Histogram = InlineArray<101, Int32>

    /// Fills `chosen` from several rows. ``countFree(_:_:_:atMost:)`` has counted, and there are enough.
    mutating func chooseSplit(_ count: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan) {
        var all = Histogram(repeating: 0)
        for free in rowCounts { all[Int(free)] += 1 }
        let rowsNeeded = Self.rowsNeeded(for: count, in: &all)
        let window = shortestWindow(count, rowsNeeded: rowsNeeded)
        takeRows(rowsNeeded, of: window)
        var missing = count
        for (index, row) in numbers.enumerated() {
            if index < numbers.count - 1 {
                takeAll(ofRow: filter.rows.lowerBound + row, filter, event, plan)
                missing -= Int(rowCounts[row])
            } else {
                // Counts stop at what is asked for: this row may have more free seats than are missing.
                take(missing, ofRow: filter.rows.lowerBound + row, filter, event, plan)
            }
        }
        sortChosen()
    }

    /// The least number of rows that have `count` seats between them.
    private static func rowsNeeded(for count: Int, in histogram: inout Histogram) -> Int {
        var missing = count
        var rows = 0
        for free in stride(from: count, to: 0, by: -1) {
            var left = histogram[free]
            while left > 0, missing > 0 {
                missing -= free
                rows += 1
                left -= 1
            }
        }
        return rows
    }

    /// Whether the `rows` largest of a window have `count` seats between them.
    private static func suffices(_ rows: Int, _ count: Int, _ histogram: inout Histogram) -> Bool {
        var missing = count
        var left = rows
        var free = count
        while free > 0, left > 0, missing > 0 {
            let taken = min(Int(histogram[free]), left)
            missing -= taken * free
            left -= taken
            free -= 1
        }
        return missing <= 0
    }

    /// The shortest stretch of rows, of those counted, in which `rowsNeeded` rows suffice; the first of equals.
    ///
    /// - Complexity: O(rows × count) at worst: 100,000 seats in 4,000 rows are some hundred thousand steps.
    private func shortestWindow(_ count: Int, rowsNeeded: Int) -> Range<Int> {
        var histogram = Histogram(repeating: 0)
        var best = 0..<rowCounts.count
        var start = 0
        var sum = 0
        for row in 0..<rowCounts.count where rowCounts[row] > 0 {
            histogram[Int(rowCounts[row])] += 1
            sum += Int(rowCounts[row])
            while sum >= count, Self.suffices(rowsNeeded, count, &histogram) {
                while rowCounts[start] == 0 { start += 1 }
                if row + 1 - start < best.count { best = start..<(row + 1) }
                histogram[Int(rowCounts[start])] -= 1
                sum -= Int(rowCounts[start])
                start += 1
            }
            if best.count == rowsNeeded { break }
        }
        return best
    }

    /// Puts the fullest rows of a stretch into `numbers`, the fullest first.
    private mutating func takeRows(_ rows: Int, of window: Range<Int>) {
        numbers.removeAll(keepingCapacity: true)
        var free = Limits.seatsPerHoldMax
        while free > 0, numbers.count < rows {
            for row in window where Int(rowCounts[row]) == free && numbers.count < rows { numbers.append(row) }
            free -= 1
        }
    }

    private mutating func takeAll(ofRow row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan) {
        for seat in plan.seatRange(ofRow: row) {
            let index = SeatIndex(UInt32(seat))
            if books.seatState(event, index) == .free, filter.allows(index, in: plan) {
                chooseSeats(seat..<(seat + 1), row, event, plan)
            }
        }
    }

    /// Takes `count` seats of a row that has so many or more.
    private mutating func take(_ count: Int, ofRow row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan) {
        let best = bestStart(count, row, filter, event, plan)
        if let start = best.withoutOrphan ?? best.withOrphan {
            return chooseSeats(start..<(start + count), row, event, plan)
        }
        // Longest stretches first, the lower of equals before; a stretch is what the filter allows without a break.
        var missing = count
        var longest = Int.max
        var after = -1
        while missing > 0, let stretch = nextStretch(row, filter, event, plan, longest: &longest, after: &after) {
            let taken = min(missing, stretch.count)
            chooseSeats(stretch.lowerBound..<(stretch.lowerBound + taken), row, event, plan)
            missing -= taken
        }
    }

    /// The stretch of free seats that follows, in the order of falling length and rising position, the one of length
    /// `longest` at `after`.
    private func nextStretch(
        _ row: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan, longest: inout Int, after: inout Int
    ) -> Range<Int>? {
        var best: Range<Int>?
        let seats = plan.seatRange(ofRow: row)
        var start = seats.lowerBound
        while start < seats.upperBound {
            let end = endOfStretch(from: start, to: seats.upperBound, filter, event, plan)
            let length = end - start
            let follows = length < longest || (length == longest && start > after)
            if length > 0, follows, length > best?.count ?? 0 { best = start..<end }
            start = max(end, start + 1)
        }
        if let best {
            longest = best.count
            after = best.lowerBound
        }
        return best
    }

    private func endOfStretch(
        from start: Int, to end: Int, _ filter: BestFilter, _ event: Int, _ plan: SeatPlan
    ) -> Int {
        var seat = start
        while seat < end {
            let index = SeatIndex(UInt32(seat))
            guard books.seatState(event, index) == .free, filter.allows(index, in: plan) else { return seat }
            seat += 1
            if plan.isAisleAfter(index) { return seat }
        }
        return seat
    }

    /// Puts the chosen seats in the order of the plan. By insertion: there are a hundred at most, and the library's
    /// sort allocates.
    private mutating func sortChosen() {
        guard chosen.count > 1 else { return }
        for index in 1..<chosen.count {
            let item = chosen[index]
            var at = index
            while at > 0, chosen[at - 1].place.rawValue > item.place.rawValue {
                chosen[at] = chosen[at - 1]
                at -= 1
            }
            chosen[at] = item
        }
    }
}
