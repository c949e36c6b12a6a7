// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import BoxOffice

@Suite("Lists of venues and performers")
struct ListTests {
    /// An id that counts how often it is compared.
    private struct CountedID: Comparable {
        final class Comparisons { var count = 0 }
        let number: Int
        let comparisons: Comparisons
        static func == (one: CountedID, other: CountedID) -> Bool { one.number == other.number }
        static func < (one: CountedID, other: CountedID) -> Bool {
            one.comparisons.count += 1
            return one.number < other.number
        }
    }

    @Test("whatever order ids come in, each page holds those that come next", arguments: 0..<40)
    func pages(seed: Int) {
        // Every number below a prime once, in another order for each seed; small ones, and ones of several blocks.
        let prime = [2, 3, 7, 13, 509, 521, 1_031, 4_099][seed % 8]
        let step = seed < 8 ? 1 : seed < 16 ? prime - 1 : seed * 7_919 % (prime - 1) + 1
        var order = IDOrder<Int>()
        for index in 0..<prime { order.insert(index * step % prime * 2) }
        #expect(order.count == prime)
        for limit in [1, 2, 500, 512, 513, 5_000] {
            var listed: [Int] = []
            var hasMore = true
            while hasMore, listed.count <= prime {
                let page = order.page(after: listed.last, limit: limit)
                #expect(page.hasMore ? page.ids.count == limit : page.ids.count <= limit)
                listed += page.ids
                hasMore = page.hasMore
                if limit == 1, listed.count == 20 { break }
            }
            #expect(listed == (0..<(limit == 1 ? min(prime, 20) : prime)).map { $0 * 2 })
        }
        // After what is not there, too.
        for after in stride(from: -1, to: prime * 2, by: max(1, prime / 5)) {
            let expected = (0..<prime).map { $0 * 2 }.filter { $0 > after }
            let page = order.page(after: after, limit: 3)
            #expect(page.ids == Array(expected.prefix(3)) && page.hasMore == (expected.count > 3))
        }
    }

    @Test("a page costs what is on it, however many there are, and a new id what a search for its place does")
    func costs() {
        let comparisons = CountedID.Comparisons()
        func id(_ number: Int) -> CountedID { CountedID(number: number, comparisons: comparisons) }
        var order = IDOrder<CountedID>()
        let count = 100_003
        for index in 0..<count { order.insert(id(index * 7_919 % count)) }
        #expect(comparisons.count < count * 22)
        comparisons.count = 0
        let page = order.page(after: id(49_999), limit: 1_000)
        #expect(page.ids.map(\.number) == Array(50_000..<51_000) && page.hasMore)
        #expect(comparisons.count < 22)
        comparisons.count = 0
        #expect(order.page(after: nil, limit: 1).ids.first?.number == 0)
        #expect(comparisons.count == 0)
        // What comes in order is appended.
        for number in 0..<10_000 { order.insert(id(count + number)) }
        #expect(comparisons.count == 10_000)
    }

    @Test("a list names each once, in order of the bytes of their ids, and begins anew after RESET")
    func lists() async throws {
        try await TestHouse.run { house in
            let ids = ["b", "B", "a.b", "a-b", "a_b", "ab", "a", "9", "0a", "Z"]
            for id in ids {
                await house.say("PERFORMER ADD \(id) name=\(id)", is: "OK")
                await house.say("VENUE ADD \(id) name=\(id)", is: "OK")
            }
            await house.say("PERFORMER SET a genre=folk", is: "OK")
            await house.say("VENUE SET a city=Lyon", is: "OK")
            let sorted = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for verb in ["PERFORMER", "VENUE"] {
                #expect(BoxOfficeTests.ids(await house.say("\(verb) LIST", is: "OK n=10")) == sorted)
                #expect(
                    BoxOfficeTests.ids(await house.say("\(verb) LIST limit=4 after=Z", is: "OK n=4 after=a_b"))
                        == ["a", "a-b", "a.b", "a_b"])
                await house.say("\(verb) LIST after=b", is: "OK n=0")
            }
            await house.say("RESET", is: "OK")
            await house.say("PERFORMER LIST", is: "OK n=0")
            await house.say("VENUE ADD a name=A", is: "OK")
            await house.say("VENUE LIST", is: "OK n=1")
        }
    }
}
