// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("A tour's dates")
struct TourTests {
    private func folded(_ query: SearchQuery) -> SearchQuery {
        var query = query
        query.foldsTours = true
        return query
    }

    @Test("the same title and performers are one hit, the nearest date, with how many there are and the last of them")
    func folds() throws {
        let index = index([
            document(1, "Live!", performers: ["Beyoncé"], venue: "Arena", inDays: 9),
            document(2, "LIVE", performers: ["Beyoncé"], venue: "Hall", inDays: 2),
            document(3, "Live", performers: ["Beyoncé"], venue: "Park", inDays: 30),
            document(4, "Live", performers: ["Beyoncé", "Jay"], inDays: 4),
            document(5, "Live", performers: ["Jay", "Beyoncé"], inDays: 5),
            document(6, "Live", inDays: 3), document(7, "Unplugged", performers: ["Beyoncé"], inDays: 1),
        ])
        let result = try index.makeReader().search(folded(query("live")))
        #expect(result.hits.map(\.number) == [2, 6, 4])
        #expect(result.total == 3 && !result.isPartial && result.cursor == nil)
        #expect(result.tours.map(\.dates) == [3, 1, 2])
        #expect(result.tours.map(\.lastStartsMilliseconds) == [30, 3, 5].map { now + $0 * day })
        // What filters leave out is no date of the tour.
        let park = try index.makeReader().search(folded(query("live", location: "park")))
        #expect(park.hits.map(\.number) == [3] && park.tours.map(\.dates) == [1])
        let late = try index.makeReader().search(folded(query("live"))) { $0 != 2 && $0 != 6 }
        #expect(late.hits.map(\.number) == [4, 1] && late.tours.map(\.dates) == [2, 2] && late.total == 2)
        #expect(try index.makeReader().search(query("live")).tours.isEmpty)
    }

    @Test("a date that comes to be wanted more stands for its tour, in a kept answer too")
    func wantedDate() throws {
        let index = index([document(1, "Aida", inDays: 5), document(2, "Aida", inDays: 6)])
        let reader = index.makeReader()
        #expect(try reader.search(folded(query("aida"))).hits.map(\.number) == [1])
        index.setDemand([(2, 20)], version: 1)
        #expect(try reader.search(folded(query("aida"))).hits.map(\.number) == [2])
    }

    @Test("long titles that differ at their end are no tour")
    func longTitles() throws {
        let long = (0..<40).map { "word\($0)" }.joined(separator: " ")
        let index = index([document(1, long + " one"), document(2, long + " two"), document(3, long + " one")])
        #expect(try index.makeReader().search(folded(query("word1"))).total == 2)
    }

    /// Few titles, performers and places, so that there are tours of every length.
    static func date(_ number: UInt32, _ random: inout Seeded) -> SearchDocument {
        let titles = ["aida", "Aida!", "tosca", "aida gala", "carmen", "la bohème", "La Boheme", "aida night"]
        let people = ["anna", "bruno", "clara aida"]
        return TrigramSearchTests.document(
            number, titles.randomElement(using: &random) ?? "", id: "e\(number % 7)-\(number)",
            performers: people.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.shuffled(using: &random),
            venue: ["hall", "arena", "aida hall"].randomElement(using: &random) ?? "",
            type: ["concert", "opera"].randomElement(using: &random) ?? "",
            inDays: .random(in: -9...60, using: &random))
    }

    private struct Tour: Hashable {
        var title: String
        var performers: Set<String>

        init(_ document: SearchDocument) {
            title = document.title.lowercased().replacing("!", with: "").replacing("è", with: "e")
            performers = Set(document.performers)
        }
    }

    @Test(
        "page by page, all tours come once, as a fold of all that is found without it says",
        arguments: 0..<6 as Range<UInt64>)
    func againstFoldingAll(seed: UInt64) throws {
        var random = Seeded(seed)
        var documents: [UInt32: SearchDocument] = [:]
        let index = SearchIndex()
        let reader = index.makeReader()
        for round in 0..<12 {
            for _ in 0..<[200, 5, 1, 60][round % 4] {
                let number = UInt32.random(in: 0..<400, using: &random)
                let document = Self.date(number, &random)
                documents[number] = document
                index.update(document)
            }
            index.publish()
            index.setDemand(
                (0..<9).map { _ in (.random(in: 0..<400, using: &random), .random(in: 0...20, using: &random)) },
                version: UInt32(round))
            for asked in [
                query("aida"), query("aida", sort: .date), query("boheme anna"), query(type: "opera"), query(),
                query("a"), query("tosca", type: "concert", sort: .date), query("hall", firstDay: Int32(now / day)),
            ] {
                let isOdd = Bool.random(using: &random)
                let isWanted: (UInt32) -> Bool = { isOdd ? $0 % 2 == 1 : true }
                // In order, what comes first of each tour stands for it.
                var (order, tours): ([SearchHit], [Tour: (first: Int, dates: Int, last: Int64)]) = ([], [:])
                let all = try reader.search(asked, where: isWanted)
                try #require(all.cursor == nil && !all.isPartial)
                for hit in all.hits {
                    let document = try #require(documents[hit.number])
                    let tour = Tour(document)
                    if tours[tour] == nil { order.append(hit) }
                    let known = tours[tour] ?? (order.count - 1, 0, .min)
                    tours[tour] = (known.first, known.dates + 1, max(known.last, document.startsMilliseconds))
                }
                var expected = order.map { _ in SearchTour(dates: 0, lastStartsMilliseconds: 0) }
                for tour in tours.values {
                    expected[tour.first] = SearchTour(dates: tour.dates, lastStartsMilliseconds: tour.last)
                }
                var (found, told, cursor): ([SearchHit], [SearchTour], String?) = ([], [], nil)
                repeat {
                    var page = folded(asked)
                    page.limit = Int.random(in: 1...7, using: &random)
                    page.cursor = cursor
                    let result = isOdd ? try reader.search(page, where: isWanted) : try reader.search(page)
                    try #require(result.total == order.count && result.hits.count == result.tours.count)
                    found += result.hits
                    told += result.tours
                    cursor = result.cursor
                } while cursor != nil
                try #require(found == order && told == expected, "\(asked)")
            }
        }
    }

    @Test("a cursor belongs to the folded query, or to the other")
    func cursors() throws {
        let index = index((0..<20).map { document($0, "Aida \($0)") })
        let reader = index.makeReader()
        let plain = try #require(try reader.search(query("aida", limit: 3)).cursor)
        let tours = try #require(try reader.search(folded(query("aida", limit: 3))).cursor)
        #expect(throws: SearchProblem.cursorOfAnotherQuery) {
            try reader.search(self.folded(query("aida", limit: 3, cursor: plain)))
        }
        #expect(throws: SearchProblem.cursorOfAnotherQuery) {
            try reader.search(query("aida", limit: 3, cursor: tours))
        }
    }

    @Test("so many dates that they are not all looked at make a partial answer, the same each time, whose pages differ")
    func bounded() throws {
        let index = index((0..<30_000).map { document($0, "Aida \($0 % 3_000)", inDays: Int64($0 % 700) - 300) })
        let reader = index.makeReader(cachedQueries: 0)
        for asked in [query("aida", limit: 50), query("aida", sort: .date, limit: 50), query(firstDay: 0, limit: 50)] {
            var (found, cursor, pages): ([UInt32], String?, Int) = ([], nil, 0)
            repeat {
                var page = folded(asked)
                page.cursor = cursor
                let result = try reader.search(page)
                #expect(try result == reader.search(page))
                #expect(result.isPartial && result.total <= 3_000 && result.total > 500)
                found += result.hits.map { $0.number % 3_000 }
                cursor = result.cursor
                pages += 1
            } while cursor != nil && pages < 100
            #expect(pages < 100 && Set(found).count == found.count && found.count > 500)
        }
    }
}
