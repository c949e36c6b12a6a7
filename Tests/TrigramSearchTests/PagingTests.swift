// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Page by page")
struct PagingTests {
    /// All hits, page after page. Fails where pages do not end.
    private func pages(
        _ asked: SearchQuery, _ reader: SearchReader, most: Int = 1_000, where isWanted: (UInt32) -> Bool
    ) throws -> (hits: [SearchHit], tours: [SearchTour], isPartial: Bool) {
        var asked = asked
        var all: (hits: [SearchHit], tours: [SearchTour], isPartial: Bool) = ([], [], false)
        for _ in 0..<most {
            let page = try reader.search(asked, where: isWanted)
            try #require(page.hits.count <= asked.limit && (page.isPartial || all.hits.count < max(1, page.total)))
            all.hits += page.hits
            all.tours += page.tours
            all.isPartial = all.isPartial || page.isPartial
            guard let cursor = page.cursor else { return all }
            try #require(cursor != asked.cursor, "no further")
            asked.cursor = cursor
        }
        Issue.record("\(asked) does not end")
        return all
    }

    @Test(
        "in steps of one to three hits comes what is found at once: errors forgiven, filtered, by date, tours folded",
        arguments: 0..<6 as Range<UInt64>)
    func smallSteps(seed: UInt64) throws {
        var random = Seeded(seed)
        let words = ["rose", "roses", "rosen", "rosa", "ross", "mary", "maria", "band", "hall", "live"]
        func name(_ count: ClosedRange<Int>) -> String {
            (0..<Int.random(in: count, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined(separator: " ")
        }
        let names = (0..<12).map { _ in name(1...3) }
        func someName() -> String { names.randomElement(using: &random) ?? "" }
        let index = SearchIndex()
        for number in 0..<60 as Range<UInt32> {
            index.update(
                document(
                    number, someName(), performers: (0..<Int.random(in: 0...2, using: &random)).map { _ in someName() },
                    venue: someName(), inDays: .random(in: -20...40, using: &random)))
            if number % 23 == 22 { index.publish() }
        }
        index.publish()
        let reader = index.makeReader()
        for asked in [
            "ros", "roze", "rosne", "mray", "rose mray", "roes", "maira", "hal", "rosee bamd", "live roze", "rose",
        ] {
            for (sort, folds) in [(SearchSort.relevance, false), (.relevance, true), (.date, false), (.date, true)] {
                let divisor = UInt32.random(in: 1...3, using: &random)
                let isWanted: (UInt32) -> Bool = { $0 % divisor == 0 }
                var query = query(asked, sort: sort)
                query.foldsTours = folds
                let all = try reader.search(query, where: isWanted)
                query.limit = Int.random(in: 1...3, using: &random)
                let found = try pages(query, reader, where: isWanted)
                #expect(found.hits == all.hits && found.tours == all.tours, "\(query) of each \(divisor)")
                #expect(all.total == all.hits.count && !all.isPartial && !found.isPartial)
            }
        }
    }
}
