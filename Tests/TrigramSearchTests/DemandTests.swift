// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Demand")
struct DemandTests {
    @Test("it decides between documents that fit alike, and never lifts a worse text over a clearly better one")
    func nearTies() throws {
        let index = index([
            document(1, "Aida", inDays: 3), document(2, "Aida", inDays: 5), document(3, "Gala", venue: "Aida Hall"),
            document(4, "Aida Variations for Piano", inDays: 3),
        ])
        #expect(try index.find("aida") == [1, 2, 4, 3])
        index.setDemand([(2, 20), (3, 20), (4, 20)], version: 1)
        #expect(try index.find("aida") == [2, 1, 4, 3])
        index.setDemand([(1, 20)], version: 2)
        #expect(try index.find("aida") == [1, 2, 4, 3])
        index.setDemand([(1, 0), (2, 0), (3, 0), (4, 0)], version: 3)
        #expect(try index.find("aida") == [1, 2, 4, 3])
    }

    @Test("levels beyond the bounds are the bounds, and numbers without documents do no harm")
    func bounds() throws {
        let index = index([document(1, "Aida"), document(2, "Aida")])
        index.setDemand([(2, 1_000), (1, -5), (UInt32.max, 3), (70_000, 9)], version: 1)
        let hits = try index.makeReader().search(query("aida")).hits
        #expect(hits.map(\.number) == [2, 1])
        let most = SearchDemand.levelMax * Ranking.entire(.title) / 1000
        #expect((most - 1...most).contains(hits[0].score - hits[1].score))
    }

    /// Words over few names, so that long lists are ranked by bounds and not one by one.
    private static func world(_ random: inout Seeded, _ count: UInt32) -> [SearchDocument] {
        let names = ["aida", "aida gala", "tosca", "grand aida night", "carmen", "tosca and aida", "aidan"]
        return (0..<count).map { number in
            // Many names in a large world, so that what is near now is ranked before them.
            document(
                number, (names.randomElement(using: &random) ?? "") + (count > 1_000 ? " \(number % 800)" : ""),
                id: "e\(UInt32.random(in: 0..<50, using: &random))-\(number)",
                performers: Bool.random(using: &random) ? [names.randomElement(using: &random) ?? ""] : [],
                venue: ["hall", "aida hall", "arena"].randomElement(using: &random) ?? "",
                city: ["lyon", "aida", ""].randomElement(using: &random) ?? "",
                inDays: .random(in: -30...90, using: &random))
        }
    }

    /// The order by the rule: all documents that match, each by what its texts are worth, its date and its level.
    private static func order(
        _ documents: [SearchDocument], _ words: String, _ levels: [UInt32: Int]
    ) throws -> [SearchHit] {
        // Where all begin now, scores are what texts are worth.
        let timeless = index(
            documents.map {
                var document = $0
                document.startsMilliseconds = now
                return document
            })
        let found = try timeless.makeReader(cachedQueries: 0).candidates(query(words), limit: 100_000) { _ in true }
        #expect(!found.isPartial)
        let scored = found.hits.map { hit in
            SearchHit(
                number: hit.number,
                score: Ranking.score(
                    text: hit.score, startsMilliseconds: documents[Int(hit.number)].startsMilliseconds,
                    nowHours: now / 3_600_000, demand: levels[hit.number] ?? 0))
        }
        let strict = documents.filter { BruteForce.matches($0, words: words) }
        let isForgiving =
            strict.count < SearchReader.strictEnough
            && !strict.contains { ([$0.title, $0.venue] + $0.performers).contains(words) }
        if isForgiving { return try NameOrder.hits(query(words), among: documents, levels: levels) }
        return scored.sorted { left, right in
            if left.score != right.score { return left.score > right.score }
            return documents[Int(left.number)].id < documents[Int(right.number)].id
        }
    }

    @Test(
        "pages are those of a scan by the rule, however many documents there are",
        arguments: [30, 300, 1_200] as [UInt32])
    func againstTheRule(count: UInt32) throws {
        var random = Seeded(UInt64(count))
        let documents = Self.world(&random, count)
        let index = index(documents)
        let reader = index.makeReader(cachedQueries: 0)
        var levels: [UInt32: Int] = [:]
        for version in 0..<4 as Range<UInt32> {
            let told = (0..<Int(count) / [50, 3, 1][Int(version) % 3] + 1).map { _ in
                (number: UInt32.random(in: 0..<count, using: &random), level: Int.random(in: 0...20, using: &random))
            }
            for (number, level) in told { levels[number] = level }
            if version > 0 { index.setDemand(told, version: version) } else { levels = [:] }
            for words in ["aida", "aid", "tosca aida", "aida hall", "gala", "a", "grand night"] {
                let expected = try Self.order(documents, words, levels)
                for limit in [3, 40] {
                    let page = try reader.search(query(words, limit: limit))
                    try #require(
                        page.hits == Array(expected.prefix(limit)), "\(words) \(limit) in version \(version)")
                }
                var (found, cursor): ([SearchHit], String?) = ([], nil)
                repeat {
                    let page = try reader.search(query(words, limit: 90, cursor: cursor))
                    found += page.hits
                    cursor = page.cursor
                } while cursor != nil
                try #require(found == expected, "\(words) page by page in version \(version)")
            }
        }
    }

    @Test("later pages go on by the demand of the first, while it is among the latest versions")
    func stablePages() throws {
        var random = Seeded(3)
        let documents = Self.world(&random, 300)
        let index = index(documents)
        let reader = index.makeReader()
        var levels: [UInt32: Int] = [:]
        for version in 1...100 as ClosedRange<UInt32> {
            let told = (0..<20).map { _ in
                (number: UInt32.random(in: 0..<300, using: &random), level: Int.random(in: 0...20, using: &random))
            }
            for (number, level) in told { levels[number] = level }
            index.setDemand(told, version: version * 10)
            guard version % 25 == 0 else { continue }
            let expected = try Self.order(documents, "aida", levels).map(\.number)
            var (found, cursor, pages): ([UInt32], String?, UInt32) = ([], nil, 0)
            repeat {
                let page = try reader.search(query("aida", limit: 20, cursor: cursor))
                found += page.hits.map(\.number)
                cursor = page.cursor
                pages += 1
                // Others are asked, and sold, meanwhile.
                index.setDemand([(UInt32.random(in: 0..<300, using: &random), 20)], version: version * 10 + pages % 9)
                levels = [:]
            } while cursor != nil && pages < 12
            try #require(found == Array(expected.prefix(240)) && pages == 12)
            index.setDemand((0..<300).map { ($0, 0) }, version: version * 10 + 9)
        }
    }

    @Test("a kept answer is dropped when a version alters it, and only then")
    func keptExactly() throws {
        let index = index(
            (0..<40).map { document($0, "Gala", performers: [$0 < 30 ? "Aida" : "Tosca"], inDays: Int64($0) * 20) }
                + [document(40, "Carmen", inDays: 2)])
        let reader = index.makeReader()
        func drops(_ levels: [(number: UInt32, level: Int)], _ asked: SearchQuery, _ version: UInt32) throws -> Int {
            let before = try reader.search(asked)
            let dropped = reader.cacheUse.drops
            index.setDemand(levels, version: version)
            let after = try reader.search(asked)
            #expect(try after == index.makeReader(cachedQueries: 0).search(asked))
            let isDropped = reader.cacheUse.drops - dropped
            #expect(isDropped == 1 || after.hits == before.hits && after.total == before.total)
            return isDropped
        }
        let asked = query("aida", limit: 3)
        // Another name; one of the name that is too far away to be reached; one that is on the page; one that comes onto
        // it; nothing new.
        #expect(try drops([(35, 20), (40, 20)], asked, 1) == 0)
        #expect(try drops([(29, 20)], asked, 2) == 0)
        #expect(try drops([(2, 1)], asked, 3) == 1)
        #expect(try drops([(3, 20)], asked, 4) == 1)
        #expect(try drops([(3, 20)], asked, 5) == 0)
        // What was not on the page and is wanted less stays off it.
        #expect(try drops([(29, 0)], asked, 6) == 0)
        // Filters alone are answered in date order, without scores.
        #expect(try drops([(2, 20)], query(firstDay: Int32(now / day), limit: 5), 7) == 0)
        // In date order the score is told, but moves nothing.
        #expect(try drops([(20, 20)], query("aida", sort: .date, limit: 5), 8) == 0)
        #expect(try drops([(1, 20)], query("aida", sort: .date, limit: 5), 9) == 1)
        // More changes than are remembered one by one.
        #expect(try drops((1_000..<3_000).map { ($0, 1) }, asked, 10) == 1)
    }
}
