// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A tour's dates as one hit.
extension SearchReader {
    /// Tells a document's tour, the same number for documents with the same title and performers, and when it begins: for
    /// a caller that orders what it was given as candidates. Nil where there is no such document.
    ///
    /// - Complexity: O(names of the document and length of its title).
    public func tour(of number: UInt32) -> (key: UInt64, startsMilliseconds: Int64)? {
        guard let (part, document) = place(of: number) else { return nil }
        let tables = parts[part].tables
        return (tables.tour(document), tables.starts[document])
    }

    /// Folds what a run gathered: of each tour the entry that comes first. Puts the page and the total into the outcome,
    /// and returns the tours of the page's hits.
    func fold(_ outcome: inout SearchRun.Outcome, _ request: SearchRun.Request) -> [SearchTour] {
        let tables = parts.map(\.tables)
        var numbers = IdentityTable()
        var best: [HitCollector.Entry] = []
        var tours: [SearchTour] = []
        // Says which of two entries comes first.
        let order = HitOrder(tables: tables)
        for entry in outcome.gathered {
            let starts = tables[entry.part].starts[entry.document]
            let number = Int(numbers.number(of: tables[entry.part].tour(entry.document)))
            if number == best.count {
                best.append(entry)
                tours.append(SearchTour(dates: 1, lastStartsMilliseconds: starts))
                continue
            }
            if order.isBefore(entry, best[number]) { best[number] = entry }
            tours[number].dates += 1
            tours[number].lastStartsMilliseconds = max(tours[number].lastStartsMilliseconds, starts)
        }
        outcome.total = best.count
        var collector = HitCollector(limit: request.limit, after: request.after, tables: tables)
        for entry in best { collector.add(entry) }
        var page = collector.sorted()
        if page.count > request.limit {
            page.removeLast()
            outcome.next = page.last.map {
                HitCollector.Position(key: $0.key, id: Array(tables[$0.part].id($0.document)))
            }
        }
        outcome.hits = page.map { SearchHit(number: tables[$0.part].numbers[$0.document], score: $0.score) }
        return page.map { tours[Int(numbers.number(of: tables[$0.part].tour($0.document)))] }
    }

    /// Lets the later hits of each name give way, of those that are wanted.
    func ordered(_ all: SearchResult, _ claims: [NameClaim], _ isWanted: [Bool]) -> [SearchHit] {
        var collector = HitCollector(limit: all.hits.count, after: nil, tables: parts.map(\.tables))
        for claim in claims where isWanted[claim.hit] {
            guard let (part, document) = place(of: all.hits[claim.hit].number) else { continue }
            collector.add(
                HitCollector.Entry(key: Int64(-claim.score), part: part, document: document, score: claim.score),
                name: claim.name)
        }
        return collector.sorted().map {
            SearchHit(number: parts[$0.part].tables.numbers[$0.document], score: Int(-$0.key))
        }
    }
}
