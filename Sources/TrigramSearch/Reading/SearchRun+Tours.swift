// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Gathering all that matches, where tours are folded.
extension SearchRun {
    /// What telling a document's tour costs, in postings.
    private static let foldingWork = 40

    /// Gathers what was found for tours to be folded: where that is too much, what is nearest to now, or, in date order,
    /// what comes first.
    mutating func gather(_ number: Int, _ matcher: inout PartMatcher) {
        let tables = parts[number].tables
        let each = Self.foldingWork + (query.isText ? Self.judgingWork : 0)
        let affordable = max(64, (SearchLimits.workMax - work) / each)
        let count = matcher.found.count
        let isOutward = count > affordable && !isDateOrdered
        var walk = Walk(from: isOutward ? firstOfPage(number) : 0, isBackward: isOutward, matcher.found)
        if query.isText { matcher.noteAll(forDocuments: min(count, affordable), &work) }
        for _ in 0..<min(count, affordable) {
            guard let document = walk.next(tables, query.nowHours) else { break }
            work += Self.foldingWork
            let score = score(document, tables, &matcher)
            outcome.gathered.append(
                HitCollector.Entry(
                    key: isDateOrdered ? tables.starts[document] : Int64(-score), part: number, document: document,
                    score: score))
        }
        guard count > affordable else { return }
        isPartial = true
        if isDateOrdered, let last = outcome.gathered.last { lower(horizon: number, last.document) }
    }
}
