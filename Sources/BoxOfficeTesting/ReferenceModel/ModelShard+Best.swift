// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// HOLD best=N. Neighbours in one row are predicted to the seat; where a party must be split, the model checks what is
/// promised of the seats seen: as many as asked for, free, such as the filters allow, in the fewest rows.
extension ModelShard {
    func chooseBest(_ count: Int, _ request: ModelRequest, _ event: Event, _ seen: ModelReply) -> Places {
        let max = request.integer("max")
        let wanted = request.keys["category"]
        if let wanted, !event.plan.categories.contains(wanted) {
            return .refused(.error("NOT_FOUND", "category=\(wanted)"))
        }
        func allows(_ category: String) -> Bool {
            if let wanted, wanted != category { return false }
            if let max, let price = event.price(of: category), price > max { return false }
            return true
        }
        var rows = event.rows
        var areas = event.plan.areas
        var isInAreas = rows.flatMap(\.categories).allSatisfy { !allows($0) }
        if !areas.isEmpty || rows.isEmpty {} else { isInAreas = false }
        if let section = request.keys["section"] {
            if event.plan.sections.contains(where: { $0.label == section }) {
                rows = rows.filter { $0.address.hasPrefix(section + "/") }
                isInAreas = false
            } else {
                areas = areas.filter { $0.label == section }
                if areas.isEmpty { return .refused(.error("NOT_FOUND", "section=\(section)")) }
                isInAreas = true
            }
        }
        if isInAreas {
            let free = areas.filter { allows($0.category) }.map { ($0.label, self.free($0.label, of: request.id)) }
            if let area = free.first(where: { $0.1 >= count }) {
                return .places(Array(repeating: area.0, count: count))
            }
            return .refused(.error("NOT_ENOUGH_SEATS", "free=\(free.map(\.1).max() ?? 0)"))
        }
        for withOrphan in [false, true] {
            for row in rows {
                if let found = neighbours(count, in: row, event, allows, withOrphan: withOrphan) {
                    return .places(found)
                }
            }
        }
        let free = rows.map { row in
            zip(row.places, row.categories).filter { event.seats[$0] == .free && allows($1) }.map(\.0)
        }
        let all = free.flatMap { $0 }
        guard all.count >= count, !request.isYes("together") else {
            return .refused(.error("NOT_ENOUGH_SEATS", "free=\(all.count)"))
        }
        var missing = count
        var rowsNeeded = 0
        for size in free.map(\.count).sorted(by: >) where missing > 0 {
            missing -= size
            rowsNeeded += 1
        }
        let chosen = seen.list("seats")
        let isKept =
            Set(chosen).count == count && chosen.count == count && chosen == all.filter { chosen.contains($0) }
            && free.count { row in row.contains { chosen.contains($0) } } == rowsNeeded
        guard isKept else {
            return .refused(.ok("seats=(\(count) of \(all.joined(separator: ",")), in \(rowsNeeded) rows)"))
        }
        return .places(chosen)
    }

    /// Neighbours nearest to the row's middle, then lower. An orphan is a single free seat newly left beside them.
    private func neighbours(
        _ count: Int, in row: ModelPlan.Row, _ event: Event, _ allows: (String) -> Bool, withOrphan: Bool
    ) -> [String]? {
        let places = row.places
        /// Whether a free seat follows this one without an aisle.
        func goesOn(_ seat: Int) -> Bool {
            seat + 1 < places.count && !row.gaps.contains(row.seats[seat]) && event.seats[places[seat + 1]] == .free
        }
        func comesFrom(_ seat: Int) -> Bool {
            seat > 0 && !row.gaps.contains(row.seats[seat - 1]) && event.seats[places[seat - 1]] == .free
        }
        var best: (distance: Int, start: Int)?
        for start in 0..<max(0, places.count - count + 1) {
            let range = start..<(start + count)
            let isFree = range.allSatisfy { event.seats[places[$0]] == .free && allows(row.categories[$0]) }
            let isUnbroken = range.dropLast().allSatisfy(goesOn)
            guard isFree, isUnbroken else { continue }
            let leavesBefore = comesFrom(start) && !comesFrom(start - 1)
            let leavesAfter = goesOn(range.upperBound - 1) && !goesOn(range.upperBound)
            if !withOrphan, leavesBefore || leavesAfter { continue }
            let distance = abs(2 * start + count - places.count)
            if best.map({ distance < $0.distance }) ?? true { best = (distance, start) }
        }
        return best.map { Array(places[$0.start..<($0.start + count)]) }
    }
}
