// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import TrigramSearch

#if canImport(Glibc)
import Glibc
#endif

@Suite("Kept answers")
struct CacheTests {
    /// `BOXOFFICE_SEARCH_STEPS=1000000 swift test -c release --filter CacheTests` goes on for longer.
    private static let steps = getenv("BOXOFFICE_SEARCH_STEPS").flatMap { Int(String(cString: $0)) } ?? 12_000

    /// What the index does not know: what is sold, and for how much.
    private struct Sales {
        var free: [UInt32: Int] = [:]
        var price: [UInt32: Int] = [:]

        func admits(_ number: UInt32, onlyFree: Bool, priceMost: Int) -> Bool {
            (!onlyFree || free[number, default: 5] > 0) && price[number, default: 20] <= priceMost
        }
    }

    @Test("after any change, sale or new price, what is answered is what a reader that keeps nothing finds")
    func neverStale() throws {
        var world = SmallWorld(seed: 21)
        var sales = Sales()
        let index = SearchIndex()
        let (keeping, forgetting) = (index.makeReader(cachedQueries: 64), index.makeReader(cachedQueries: 0))
        var queries = (0..<90).map { _ in someQuery(&world) }
        for number in 0..<250 as Range<UInt32> { index.update(world.document(number)) }
        index.publish()
        var (stale, compared, version) = (0, 0, UInt32(0))
        for step in 0..<Self.steps {
            let number = UInt32.random(in: 0..<260, using: &world.random)
            switch Int.random(in: 0..<40, using: &world.random) {
            case 0:
                var document = world.document(number)
                document.isHidden = Int.random(in: 0..<4, using: &world.random) == 0
                index.update(document)
                index.publish()
            case 1 where step % 3 == 0:
                index.remove(number)
                index.publish()
            case 2: index.merge()
            case 3: queries[Int.random(in: 0..<queries.count, using: &world.random)] = someQuery(&world)
            case 4 where step % 50 == 0:
                for _ in 0..<40 { index.update(world.document(UInt32.random(in: 0..<260, using: &world.random))) }
                index.publish()
            case 4 where step % 4 == 1:
                version += UInt32.random(in: 1...2, using: &world.random)
                let count = Int.random(in: 1...(step % 3 == 0 ? 200 : 3), using: &world.random)
                index.setDemand(
                    (0..<count).map { _ in
                        (.random(in: 0..<270, using: &world.random), .random(in: 0...22, using: &world.random))
                    }, version: version)
            case 5, 6: sales.free[number] = Int.random(in: 0...3, using: &world.random)
            case 7, 8: sales.price[number] = Int.random(in: 1...40, using: &world.random)
            default:
                // The first are asked far more often.
                let uniform = Double.random(in: 0..<1, using: &world.random)
                let asked = queries[Int(uniform * uniform * Double(queries.count))]
                let (kept, found): (SearchResult, SearchResult)
                if Bool.random(using: &world.random) {
                    let (onlyFree, most) = (Bool.random(using: &world.random), 25)
                    let now = sales
                    kept = try keeping.search(asked) { now.admits($0, onlyFree: onlyFree, priceMost: most) }
                    found = try forgetting.search(asked) { now.admits($0, onlyFree: onlyFree, priceMost: most) }
                } else {
                    kept = try keeping.search(asked)
                    found = try forgetting.search(asked)
                }
                compared += 1
                stale += kept == found ? 0 : 1
                #expect(kept == found, "\(asked)")
            }
        }
        let use = keeping.cacheUse
        print("kept answers: \(compared) compared, \(stale) stale, \(use.hits) hits, \(use.drops) drops")
        #expect(stale == 0 && use.hits > compared / 8 && use.drops > compared / 100)
    }

    private func someQuery(_ world: inout SmallWorld) -> SearchQuery {
        var query = world.query()
        query.limit = Int.random(in: 1...30, using: &world.random)
        query.seesHidden = Int.random(in: 0..<4, using: &world.random) == 0
        query.foldsTours = Int.random(in: 0..<4, using: &world.random) == 0
        return query
    }

    @Test("an answer is kept while only other documents change, and dropped when one could come or go")
    func exactness() throws {
        let index = TrigramSearchTests.index([
            document(1, "Aida", inDays: 1), document(2, "Tosca", inDays: 2), document(3, "Carmen", inDays: 3),
        ])
        let reader = index.makeReader()
        func ask(_ words: String) throws -> [UInt32] { try reader.search(query(words)).hits.map(\.number) }
        #expect(try ask("aida") == [1])
        index.update(document(2, "Tosca", venue: "Hall", inDays: 2))
        index.publish()
        #expect(try ask("aida") == [1])
        #expect(reader.cacheUse == (1, 0))
        index.update(document(4, "Aidas", inDays: 2))
        index.publish()
        #expect(try ask("aida") == [1, 4])
        #expect(reader.cacheUse == (1, 1))
        index.update(document(4, "Norma", inDays: 2))
        index.publish()
        #expect(try ask("aida") == [1])
        #expect(reader.cacheUse == (1, 2))
    }

    @Test("the hottest stay when there is room for few")
    func hottest() throws {
        let index = TrigramSearchTests.index((0..<50).map { document($0, "Show \($0)") })
        let reader = index.makeReader(cachedQueries: 8)
        for round in 0..<400 {
            for hot in 0..<4 { _ = try reader.search(query("show \(hot)")) }
            _ = try reader.search(query("show \(4 + round % 46)"))
        }
        #expect(reader.cacheUse.hits > 1_500)
    }

    /// Documents that all have a word, each by two names.
    private func roses(_ count: UInt32) -> SearchIndex {
        TrigramSearchTests.index(
            (0..<count).map { document($0, "Rose \($0)", performers: ["Rose \($0 % 40) Band"], inDays: 1) })
    }

    @Test("what is kept stays within its bytes, however long the answers are, and the last one asked for is among it")
    func boundedBytes() throws {
        let most = 600_000
        let reader = roses(600).makeReader(cachedQueries: 400, cachedBytes: most)
        func ask(_ number: Int32) throws {
            // An error forgiven and the caller asked: each hit is kept with what it scores by its names.
            let filtered = query("rosee", lastDay: 25_000 + number, limit: 3)
            let plain = query("rose", lastDay: 25_000 + number)
            for _ in 0..<2 { #expect(try reader.search(filtered) { $0 % 2 == 0 }.total == 300) }
            for _ in 0..<2 { #expect(try reader.search(plain).total == 600) }
        }
        try ask(0)
        let before = reader.cacheBytes
        try ask(1)
        #expect(reader.cacheBytes - before >= 600 * (16 + 2 * 24) + 600 * 16)
        for number in 2..<40 as Range<Int32> {
            try ask(number)
            #expect(reader.cacheBytes <= most && reader.cacheUse.hits == 2 * (number + 1))
        }
        #expect(reader.cacheBytes > most / 2)
    }

    @Test("of more hits than are asked about one by one, merely that they are so many is kept")
    func tooMany() throws {
        let reader = roses(1_001).makeReader(cachedQueries: 400)
        _ = try reader.search(query("rose", limit: 1))
        let before = reader.cacheBytes
        for number in 0..<20 as Range<Int32> {
            let asked = query("rose", lastDay: 25_000 + number, limit: 1)
            for _ in 0..<2 {
                let result = try reader.search(asked) { $0 < 700 }
                #expect(result.total == 700 && result.hits.count == 1 && result.cursor != nil)
            }
        }
        #expect(reader.cacheUse.hits == 20 && reader.cacheBytes - before < 20 * 2_000)
    }

    @Test("long queries are answered and not kept, and make room for nothing else")
    func longQueries() throws {
        let reader = roses(30).makeReader(cachedQueries: 400)
        _ = try reader.search(query("rose 0"))
        let before = reader.cacheBytes
        for number in 0..<20 { _ = try reader.search(query("rose " + String(repeating: "x", count: 600 + number))) }
        #expect(reader.cacheBytes == before)
        // Nor do shorter ones take what a longer one took.
        _ = try reader.search(query("rose 1 " + String(repeating: "x", count: 400)))
        let long = reader.cacheBytes
        for number in 2..<22 { _ = try reader.search(query("rose \(number)")) }
        #expect(reader.cacheBytes - long < 20 * 2_000)
    }

    @Test("hidden documents are found by those who ask for them only")
    func hidden() throws {
        var draft = document(1, "Aida")
        draft.isHidden = true
        let index = TrigramSearchTests.index([draft, document(2, "Aida")])
        let reader = index.makeReader()
        #expect(try reader.search(query("aida")).hits.map(\.number) == [2])
        var asked = query("aida")
        asked.seesHidden = true
        #expect(try reader.search(asked).total == 2)
        #expect(try reader.search(query()).total == 1)
        draft.isHidden = false
        index.update(draft)
        index.publish()
        #expect(try reader.search(query("aida")).total == 2)
    }
}
