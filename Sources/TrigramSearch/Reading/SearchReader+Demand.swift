// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which version of the demand ranks a page, and which kept answers a new one alters.
extension SearchReader {
    /// More documents than this are not asked whether they match a kept query: it is asked anew.
    private static let askedMax = 64

    /// The version that the first page was ranked by, where it is still known; else the newest.
    func demand(of cursor: SearchCursor) -> DemandLevels { demand(of: cursor.demandVersion) }

    private func demand(of version: UInt32) -> DemandLevels {
        demands.last { $0.levels.version == version }?.levels ?? demand
    }

    /// Whether a kept answer, right but for the demand, still is what would be found: no document whose level changed
    /// since is among its hits, nor could come to be.
    func isRankedAlike(_ entry: QueryCache.Entry) -> Bool {
        if !entry.query.isText { return true }
        if let version = entry.cursorDemand { return demand(of: version).version == entry.demand }
        if entry.demand == demand.version { return true }
        // Every version since must be known.
        guard let first = demands.firstIndex(where: { $0.previous == entry.demand }) else { return false }
        var rising: [UInt32] = []
        for version in demands[first...] {
            guard let changes = version.changes else { return false }
            for change in changes {
                // The score that is told with the hit changes, whatever the order.
                if entry.answer.result.hits.contains(where: { $0.number == change.number }) { return false }
                // What is wanted less, and was not on the page, does not come onto it.
                if change.after > change.before { rising.append(change.number) }
            }
        }
        if entry.query.isDateOrdered { return true }
        let isFull = entry.answer.result.total > entry.answer.result.hits.count
        // All that matches is on the page; of a folded tour perhaps not the document that is wanted more.
        if !isFull, !entry.query.foldsTours { return true }
        // Another limit than none shows something.
        guard let last = entry.answer.result.hits.last else { return true }
        return !couldReach(entry, rising, past: isFull ? last.score : 0)
    }

    /// Whether one of the documents could match, and with the best of texts have this score.
    private func couldReach(_ entry: QueryCache.Entry, _ numbers: [UInt32], past score: Int) -> Bool {
        var left = Self.askedMax
        var plans: [Int: [SegmentPlan]] = [:]
        for number in numbers {
            guard let (part, document) = place(of: number) else { continue }
            let tables = parts[part].tables
            let isNamed = tables.id(document).elementsEqual(entry.query.typed)
            let reachable = Ranking.score(
                text: isNamed ? Ranking.named : Ranking.entire(.performer),
                startsMilliseconds: tables.starts[document], nowHours: entry.query.nowHours, demand: demand[number])
            if reachable < score { continue }
            left -= 1
            if left < 0 { return true }
            let planned = plans[part] ?? plansToTell(entry, tables)
            plans[part] = planned
            if planned.contains(where: { couldFind(document, entry.query, $0, tables) }) { return true }
        }
        return false
    }
}
