// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The runs of free seats in rows, and in groups of rows: what best-available looks at instead of at seats. All of it is
/// worked out from the states of the seats when it is asked for, and is no part of the state: neither journal nor
/// snapshot nor digest has it.
extension Books {
    /// Makes room for the rows of an event, or of all.
    mutating func addRows(_ count: Int) {
        rowRuns.append(repeating: Self.runsOutOfDate, count: count)
        rowFree.append(repeating: 0, count: count)
        // The last group has some of the new rows, if it was not full.
        if groupRuns.count > 0 { groupRuns[groupRuns.count - 1] = .max }
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

    private mutating func refreshRow(_ event: Int, _ row: Int, in plan: SeatPlan) {
        let base = Int(events[event].firstSeat)
        let range = plan.seatRange(ofRow: row)
        var runs: UInt64 = 0
        var free: UInt16 = 0
        var length = 0
        for seat in range {
            if seatStates[base + seat] == SeatState.free.rawValue {
                length += 1
                free += 1
                if !plan.isAisleAfter(SeatIndex(UInt32(seat))) { continue }
            }
            if length > 0 {
                runs |= 1 << UInt64(min(length, 63))
                length = 0
            }
        }
        if length > 0 { runs |= 1 << UInt64(min(length, 63)) }
        rowRuns[Int(events[event].firstRow) + row] = runs
        rowFree[Int(events[event].firstRow) + row] = free
    }

    // MARK: Groups

    /// Log 2 of the rows in a group.
    private static var groupShift: Int { 6 }
    private static var rowsPerGroup: Int { 1 << groupShift }

    /// The first row from `row` on that may have `count` neighbours free, or `end`: the rows of a group in which none has
    /// are passed over at once.
    ///
    /// What a group may have is a bit for each length, as for a row, and never too few of them; ``noteSearched(_:_:)``
    /// takes away what is too many. Bit 0 says that there may be such.
    ///
    /// - Complexity: O(rows / 64).
    func nextRow(from row: Int, to end: Int, withRunOf count: Int, _ event: Int) -> Int {
        let firstRow = Int(events[event].firstRow)
        var at = firstRow + row
        while at < firstRow + end {
            if groupRuns[at >> Self.groupShift] >> UInt64(min(count, 63)) != 0 { return at - firstRow }
            at = (at >> Self.groupShift + 1) << Self.groupShift
        }
        return end
    }

    /// Whether a row is the last of its group.
    func endsGroup(_ row: Int, _ event: Int) -> Bool {
        (Int(events[event].firstRow) + row + 1) & (Self.rowsPerGroup - 1) == 0
    }

    /// Notes what the group of a row has, after its rows were looked at one by one.
    ///
    /// - Complexity: O(64), and O(1) where nothing changed since it was noted last.
    mutating func noteSearched(_ row: Int, _ event: Int) {
        let group = (Int(events[event].firstRow) + row) >> Self.groupShift
        guard groupRuns[group] & Self.runsOutOfDate != 0 else { return }
        var runs: UInt64 = 0
        let first = group << Self.groupShift
        for at in first..<min(first + Self.rowsPerGroup, rowRuns.count) {
            // Rows of another event may not have been looked at.
            runs |= rowRuns[at] == Self.runsOutOfDate ? .max : rowRuns[at]
        }
        groupRuns[group] = runs
    }
}
