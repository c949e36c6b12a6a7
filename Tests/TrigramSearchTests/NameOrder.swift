// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The order of hits as the rule says it: the oracle for the ways by which the index comes to its first page.

@testable import TrigramSearch

enum NameOrder {
    /// All hits of a query, in order: each document is compared with the whole query, and where errors are forgiven, the
    /// best document of each name has its place by that name, and what is the best of none gives way.
    static func hits(
        _ asked: SearchQuery, among documents: some Collection<SearchDocument>, levels: [UInt32: Int] = [:],
        where isWanted: (UInt32) -> Bool = { _ in true }
    ) throws -> [SearchHit] {
        let index = index(Array(documents))
        var query = asked
        query.limit = 1
        // A cursor says which errors were forgiven; where there is none, there is no order either.
        let cursor = try index.makeReader().search(query).cursor
        let forgiveness = try cursor.map { try SearchCursor(text: $0, of: query).forgiveness } ?? .none
        var folded = FoldedText()
        var prepared = try PreparedQuery(query, &folded)
        let parts = index.current.parts.map(PublishedPart.init)
        guard let tables = parts.first?.tables else { return [] }
        var planner = QueryPlanner()
        try planner.settlePunctuation(&prepared, parts)
        let plan = planner.plans(prepared, parts, documents.count, forgiveness).segments[0]
        var matcher = PartMatcher()
        defer { matcher.deallocate() }
        matcher.reserve(documents: tables.documentCount, names: tables.nameCount)
        var work = 0
        matcher.begin(plan, tables, mayList: false, work: &work)
        _ = matcher.find(in: 0..<tables.documentCount, work: &work)
        matcher.keepType()
        var order = NameOrder.Claims()
        matcher.found.visit { document in
            guard isWanted(tables.numbers[document]) else { return }
            func score(_ text: Int) -> Int {
                Ranking.score(
                    text: text, startsMilliseconds: tables.starts[document], nowHours: prepared.nowHours,
                    demand: levels[tables.numbers[document]] ?? 0)
            }
            let text = matcher.score(document, work: &work)
            let hit = Hit(number: tables.numbers[document], id: Array(tables.id(document)), score: score(text))
            var names = matcher.wholeNames.map { (key: $0.key, score: score($0.worth)) }
            if names.allSatisfy({ $0.score < hit.score }) { names.append((Int(tables.tourMarks[document]), hit.score)) }
            order.hits.append((hit, names))
        }
        return order.sorted(givesWay: forgiveness > .none)
    }

    struct Hit {
        var number: UInt32
        var id: [UInt8]
        var score: Int

        func isBefore(_ other: Hit) -> Bool {
            score != other.score ? score > other.score : id.lexicographicallyPrecedes(other.id)
        }

        func with(_ score: Int) -> Hit {
            var hit = self
            hit.score = score
            return hit
        }
    }

    struct Claims {
        var hits: [(hit: Hit, names: [(key: Int, score: Int)])] = []

        func sorted(givesWay: Bool) -> [SearchHit] {
            var best: [Int: Hit] = [:]
            for (hit, names) in hits {
                for name in names where best[name.key].map({ hit.with(name.score).isBefore($0) }) ?? true {
                    best[name.key] = hit.with(name.score)
                }
            }
            return hits.map { hit, names in
                guard givesWay else { return hit }
                let kept = names.filter { best[$0.key]?.number == hit.number }.map(\.score).max() ?? 0
                return hit.with(max(kept, hit.score * Ranking.later / 1000))
            }.sorted { $0.isBefore($1) }.map { SearchHit(number: $0.number, score: $0.score) }
        }
    }
}
