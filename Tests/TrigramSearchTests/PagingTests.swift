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

    @Test(
        "of words that are nothing but space, whichever, pages by date go on",
        arguments: ["", " ", "\u{A0}", "\u{3000}\t"])
    func blank(words: String) throws {
        let reader = index((0..<10).map { document($0, "Rose \($0)", inDays: Int64($0)) }).makeReader()
        let found = try pages(query(words, limit: 3), reader) { $0 != 4 }
        #expect(found.hits.map(\.number) == [0, 1, 2, 3, 5, 6, 7, 8, 9])
    }

    /// So many that the caller cannot be asked about all of them for one page. A third begins at the same instant.
    private static let many = (0..<20_000 as Range<UInt32>).map { number in
        document(number, "Event \(number % 4_000)", inDays: number % 3 == 0 ? 40 : Int64(number &* 7_919 % 90) + 1)
    }
    private static let whole = index(many)
    private static let divided: SearchIndex = {
        let index = SearchIndex()
        for document in many {
            index.update(document)
            if document.number % 7_000 == 6_999 { index.publish() }
        }
        index.publish()
        return index
    }()

    @Test(
        "by date, pages end and show each hit once, though no page pays for asking about all",
        arguments: [(false, ""), (false, "event"), (true, ""), (true, "event")])
    func manyDates(isDivided: Bool, words: String) throws {
        let reader = (isDivided ? Self.divided : Self.whole).makeReader(cachedQueries: 0)
        var expected: [UInt32: [UInt32]] = [:]
        let inOrder = Self.many.sorted { ($0.startsMilliseconds, $0.id) < ($1.startsMilliseconds, $1.id) }.map(\.number)
        // Few, and last of all; of one instant; and spread over all.
        for divisor in [7, 3_001, 5_000] as [UInt32] { expected[divisor] = inOrder.filter { $0 % divisor == 6 } }
        for (divisor, expected) in expected {
            let asked = query(words, sort: .date, limit: divisor == 7 ? 500 : 2)
            let found = try pages(asked, reader) { $0 % divisor == 6 }
            #expect(found.hits.map(\.number) == expected && found.isPartial, "\(divisor)")
        }
    }

    @Test("where a page is just full when the work ends, there is a next page")
    func justFull() throws {
        let reader = Self.whole.makeReader(cachedQueries: 0)
        let inOrder = Self.many.sorted { ($0.startsMilliseconds, $0.id) < ($1.startsMilliseconds, $1.id) }.map(\.number)
        let wanted = Set(inOrder.prefix(10) + inOrder.suffix(5))
        for limit in 9...11 {
            let found = try pages(query("event", sort: .date, limit: limit), reader) { wanted.contains($0) }
            #expect(found.hits.map(\.number) == inOrder.prefix(10) + inOrder.suffix(5), "\(limit)")
        }
    }

    @Test("by date, no tour comes on two pages, though the work does not suffice to ask about all of them")
    func manyTours() throws {
        for index in [Self.whole, Self.divided] {
            let reader = index.makeReader(cachedQueries: 0)
            var asked = query("event", sort: .date, limit: 20)
            asked.foldsTours = true
            let found = try pages(asked, reader) { $0 % 2 == 0 }
            let tours = found.hits.map { $0.number % 4_000 }
            #expect(found.isPartial && tours.count > 50 && Set(tours).count == tours.count)
        }
    }
}
