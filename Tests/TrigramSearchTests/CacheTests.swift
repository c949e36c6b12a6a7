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
