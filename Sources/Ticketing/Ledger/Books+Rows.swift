// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The runs of free seats in rows, and in groups of rows: what best-available looks at instead of at seats. All of it is
/// worked out from the states of the seats when it is asked for, and is no part of the state: neither journal nor
/// snapshot nor digest has it.
extension Books {
    /// Makes room for the rows of an event, or of all.
    mutating func addRows(_ count: Int) {
        rowRuns.append(repeating: Self.runsOutOfDate, count: count)
        rowFree.append(repeating: 0, count: count)
        rowCategories.append(repeating: RowCategories(), count: count)
        // A group that is not full yet was never noted: it may have any run.
        let groups = (rowRuns.count + Self.rowsPerGroup - 1) >> Self.groupShift
        groupRuns.append(repeating: .max, count: groups - groupRuns.count)
    }

    /// Stands in `rowRuns` for what must be worked out before it is used: a run of no seats, which there never is.
    static var runsOutOfDate: UInt64 { 1 }

    /// Notes that seats of a row became free or were taken. Most bookings name their seats, and nobody asks for the runs:
    /// they are worked out when ``runs(ofRow:_:in:)`` is asked for them.
    @inline(__always)
    mutating func markRow(_ event: Int, _ row: Int, isFreeing: Bool) {
        let at = Int(events[event].firstRow) + row
        rowRuns[at] = Self.runsOutOfDate
        groupRuns[at >> Self.groupShift] |= isFreeing ? .max : Self.runsOutOfDate
    }

    /// Which lengths the runs of free seats in a row have, a bit each; the last bit is 63 seats and more.
    ///
    /// - Complexity: O(1), or O(seats of the row) where it changed since it was asked for last.
    mutating func runs(ofRow row: Int, _ event: Int, in plan: SeatPlan) -> UInt64 {
        let at = Int(events[event].firstRow) + row
        if rowRuns[at] == Self.runsOutOfDate { refreshRow(event, row, in: plan) }
        return rowRuns[at]
    }

    /// How many seats of a row are free.
    ///
    /// - Complexity: As ``runs(ofRow:_:in:)``.
    mutating func free(inRow row: Int, _ event: Int, in plan: SeatPlan) -> Int {
        _ = runs(ofRow: row, event, in: plan)
        return Int(rowFree[Int(events[event].firstRow) + row])
    }

    /// The categories of the free seats of a row.
    ///
    /// - Complexity: As ``runs(ofRow:_:in:)``.
    mutating func freeCategories(inRow row: Int, _ event: Int, in plan: SeatPlan) -> RowCategories {
        _ = runs(ofRow: row, event, in: plan)
        return rowCategories[Int(events[event].firstRow) + row]
    }

    private mutating func refreshRow(_ event: Int, _ row: Int, in plan: SeatPlan) {
        var runs: UInt64 = 0
        var free: UInt16 = 0
        var categories = RowCategories()
        let ofRow = plan.categories(ofRow: row)
        let isOfOneKind = ofRow.accessible == 0 && ofRow.all.nonzeroBitCount == 1
        forEachRun(ofRow: row, event, in: plan) { run in
            runs |= 1 << UInt64(min(run.count, 63))
            free += UInt16(truncatingIfNeeded: run.count)
            if isOfOneKind { return }
            for seat in run {
                let index = SeatIndex(UInt32(seat))
                categories.insert(category: plan.category(of: index), isAccessible: plan.isAccessible(index))
            }
        }
        if isOfOneKind, free > 0 { categories = ofRow }
        let at = Int(events[event].firstRow) + row
        rowRuns[at] = runs
        rowFree[at] = free
        rowCategories[at] = categories
    }

    /// The runs of a row in order: free seats side by side, with no aisle between.
    @inline(__always)
    func forEachRun(ofRow row: Int, _ event: Int, in plan: SeatPlan, _ body: (Range<Int>) -> Void) {
        let seats = plan.seatRange(ofRow: row)
        let base = Int(events[event].firstSeat)
        let flags = plan.columns.flagsBySeat
        var start = seats.lowerBound
        _ = seatStates.firstIndex(in: (base + seats.lowerBound)..<(base + seats.upperBound)) { at, state in
            let seat = at - base
            if state != SeatState.free.rawValue {
                if seat > start { body(start..<seat) }
                start = seat + 1
            } else if flags[seat].contains(.aisleAfter) {
                body(start..<(seat + 1))
                start = seat + 1
            }
            return false
        }
        if start < seats.upperBound { body(start..<seats.upperBound) }
    }

    // MARK: Groups

    /// Log 2 of the rows in a group.
    static var groupShift: Int { 6 }
    private static var rowsPerGroup: Int { 1 << groupShift }

    /// The first row from `row` on that may have `count` neighbours free, or `end`: rows that were looked at and have none
    /// are passed over, and so are those of a group in which none has, all at once.
    ///
    /// What a group may have is a bit for each length, as for a row. The longest is never too short; where it is too long,
    /// which bit 0 says that it may be, that is mended when the group's end is reached here.
    ///
    /// - Complexity: O(rows / 64), and O(1) for each row of a group that may have some.
    mutating func nextRow(from row: Int, to end: Int, withRunOf count: Int, _ event: Int) -> Int {
        let firstRow = Int(events[event].firstRow)
        let length = UInt64(min(count, 63))
        var at = firstRow + row
        while at < firstRow + end {
            let group = at >> Self.groupShift
            let groupEnd = (group + 1) << Self.groupShift
            if groupRuns[group] >> length != 0 {
                let rows = at..<min(groupEnd, firstRow + end)
                let found = rowRuns.firstIndex(in: rows) { _, runs in
                    runs == Self.runsOutOfDate || runs >> length != 0
                }
                if let found { return found - firstRow }
                if rows.upperBound == groupEnd { noteRows(ofGroup: group) }
            }
            at = groupEnd
        }
        return end
    }

    /// Notes what the rows of a group have, if some changed since it was noted last and all of them were looked at.
    private mutating func noteRows(ofGroup group: Int) {
        guard groupRuns[group] & Self.runsOutOfDate != 0 else { return }
        var noted: UInt64 = 0
        let first = group << Self.groupShift
        let outOfDate = rowRuns.firstIndex(in: first..<(first + Self.rowsPerGroup)) { _, runs in
            noted |= runs
            return runs == Self.runsOutOfDate
        }
        if outOfDate == nil { groupRuns[group] = noted }
    }
}
