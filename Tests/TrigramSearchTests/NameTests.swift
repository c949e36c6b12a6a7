// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Names, where errors are forgiven")
struct NameTests {
    @Test(
        "where an error is forgiven, later dates of a name give way to another name that is as near to what was typed")
    func laterDates() throws {
        var documents = (0..<12).map { document($0, "Carmen", performers: ["Anna"], inDays: Int64($0)) }
        documents.append(document(12, "Carmel", performers: ["Bruno"], inDays: 300))
        let reader = index(documents).makeReader()
        let hits = try reader.search(query("carmex", limit: 10)).hits
        #expect(hits.map(\.number) == [0, 12, 1, 2, 3, 4, 5, 6, 7, 8])
        // Whoever types no error wants what was typed.
        #expect(try reader.search(query("carme", limit: 10)).hits.map(\.number) == Array(0..<10))
        // What is sold out is no date of the tour.
        let late = try reader.search(query("carmex", limit: 3)) { $0 > 4 }
        #expect(late.hits.map(\.number) == [5, 12, 6] && late.total == 8)
    }

    @Test("a document that is the best of a longer name too comes before the later dates of the short one")
    func severalNames() throws {
        var documents = (0..<12).map { document($0, "Gala", performers: ["Carmen Ruiz"], inDays: 60 + Int64($0)) }
        documents.append(document(12, "Carmen Ruiz & Friends", performers: ["Anna"], inDays: 1))
        documents.append(document(13, "Benefit", performers: ["Anna"], venue: "Carmen Ruiz", inDays: 1))
        documents.append(document(14, "Carmen Ruiz Live", performers: ["Carmen Ruiz"], inDays: 80))
        let hits = try index(documents).makeReader().search(query("carmex ruiz", limit: 5)).hits
        #expect(hits.map(\.number) == [0, 12, 13, 14, 1])
    }

    @Test(
        "page by page, hits come where comparing all documents puts them, however the index is divided",
        arguments: 0..<8 as Range<UInt64>)
    func byPage(seed: UInt64) throws {
        var random = Seeded(seed + 100)
        let index = SearchIndex()
        var documents: [UInt32: SearchDocument] = [:]
        func update(_ number: UInt32, _ random: inout Seeded) {
            let document = TourTests.date(number, &random)
            documents[number] = document
            index.update(document)
        }
        for number in 0..<400 as Range<UInt32> where number % 3 > 0 || seed % 2 == 0 { update(number, &random) }
        index.publish()
        let reader = index.makeReader()
        var levels: [UInt32: Int] = [:]
        for round in 0..<10 as Range<UInt32> {
            // Young parts hold some documents of a name, and the best of all may be in any.
            for number in (0..<400 as Range<UInt32>).shuffled(using: &random).prefix([3, 1, 40][Int(round) % 3]) {
                update(number, &random)
            }
            index.publish()
            let told = (0..<30).map { _ in
                (number: UInt32.random(in: 0..<400, using: &random), level: Int.random(in: 0...20, using: &random))
            }
            for (number, level) in told { levels[number] = level }
            index.setDemand(told, version: round + 1)
            for asked in [query("aidq"), query("tosxa", type: "opera"), query("carmon"), query("aidx galq")] {
                let isOdd = Bool.random(using: &random)
                let isWanted: (UInt32) -> Bool = { isOdd ? $0 % 2 == 1 : true }
                let expected = try NameOrder.hits(asked, among: documents.values, levels: levels, where: isWanted)
                let first = isOdd ? try reader.search(asked, where: isWanted) : try reader.search(asked)
                try #require(first.hits == expected && first.total == expected.count, "\(asked)")
                var (found, cursor): ([SearchHit], String?) = ([], nil)
                repeat {
                    var page = asked
                    page.limit = Int.random(in: 1...9, using: &random)
                    page.cursor = cursor
                    let result = isOdd ? try reader.search(page, where: isWanted) : try reader.search(page)
                    try #require(result.total == expected.count)
                    found += result.hits
                    cursor = result.cursor
                } while cursor != nil
                try #require(found == expected, "\(asked)")
            }
        }
    }
}
