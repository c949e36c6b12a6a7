// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

/// `SEARCH … tours=fold` as it is said on a connection.
@Suite("A tour's dates as one event")
struct TourTests {
    /// Twelve dates of four tours, the prices against the order of the dates.
    private func openTours(_ house: TestHouse) async {
        await house.say("VENUE ADD park name=Park city=Lyon")
        await house.say("AREA ADD park/lawn capacity=100")
        await house.say("PERFORMER ADD ada name=\"Ada Zelenka\"")
        await house.say("PERFORMER ADD bob name=Bob")
        let tours = [("Aida", "ada"), ("AÏDA", "ada,bob"), ("Tosca", "ada"), ("Aida!", "bob")]
        for date in 0..<12 {
            let (title, performers) = tours[date % 4]
            await house.say(
                "EVENT ADD e\(10 + date) venue=park title=\"\(title)\" starts=2031-05-\(10 + date)T19:30Z currency=EUR price=\(9000 - 100 * date) performers=\(performers)",
                is: "OK")
            await house.say("EVENT OPEN e\(10 + date)", is: "OK")
        }
    }

    @Test("one line a tour: its nearest date, how many there are and until when; total= counts tours")
    func folds() async throws {
        try await TestHouse.run(shards: 2) { house in
            await openTours(house)
            let each = await house.say("SEARCH aida", is: "OK n=9 total=9")
            #expect(each.first?.contains("dates=") == false)
            #expect(await house.say("SEARCH aida tours=each") == each)
            let folded = await house.say("SEARCH aida tours=fold", is: "OK n=3 total=3")
            #expect(ids(folded) == ["e10", "e11", "e13"])
            #expect(folded.first?.contains(" dates=3 until=2031-05-18T19:30:00Z score=") == true, "\(folded)")
            let short = await house.say("SEARCH aida tours=fold date=2031-05-14..2031-05-16", is: "OK n=2 total=2")
            #expect(ids(short) == ["e14", "e15"])
            #expect(field("dates", of: short.first) == "1" && field("until", of: short.first) == nil)
            let dated = await house.say("SEARCH tours=fold sort=date location=lyon", is: "OK n=4 total=4")
            #expect(ids(dated) == ["e10", "e11", "e12", "e13"])
            // What is sold out is no date for who asks for free seats, and the cheapest stands for its tour.
            await house.say("BLOCK e10 lawn:1")
            let cheap = await house.say("SEARCH aida tours=fold sort=price", is: "OK n=3 total=3")
            #expect(ids(cheap) == ["e21", "e19", "e18"])
            #expect(field("until", of: cheap.first) == "2031-05-21T19:30:00Z" && field("dates", of: cheap.first) == "3")
            let dear = await house.say("SEARCH aida tours=fold price=8600..", is: "OK n=3 total=3")
            #expect(ids(dear) == ["e10", "e11", "e13"] && field("dates", of: dear.first) == "2")
        }
    }

    @Test("pages of tours are disjoint and complete in every order, and a cursor belongs to its own query")
    func pages() async throws {
        try await TestHouse.run(shards: 2) { house in
            await openTours(house)
            for asked in ["aida", "aida sort=date", "aida sort=price", "price=8000..", "zelenka free=yes"] {
                let all = await house.say("SEARCH \(asked) tours=fold limit=100")
                var (found, cursor): ([String], String?) = ([], nil)
                repeat {
                    let page = await house.say(
                        "SEARCH \(asked) tours=fold limit=1" + (cursor.map { " after=\($0)" } ?? ""), is: "OK n=1")
                    #expect(field("total", of: page.last) == field("total", of: all.last), "\(asked)")
                    found += page.dropLast()
                    cursor = field("after", of: page.last)
                } while cursor != nil && found.count < 20
                #expect(found == all.dropLast(), "\(asked)")
                let first = await house.say("SEARCH \(asked) tours=fold limit=1")
                let after = field("after", of: first.last) ?? ""
                for other in ["\(asked)", "\(asked)x tours=fold", "\(asked) tours=fold type=opera"] {
                    if other.hasSuffix("x tours=fold"), asked != "aida" { continue }
                    let reply = await house.say("SEARCH \(other) after=\(after)", is: "ERR BAD_ARG arg=after")
                    #expect(field("hint", of: reply.last)?.contains("repeat") == true, "\(reply)")
                }
            }
            let priced = await house.say("SEARCH aida price=..8900 limit=1")
            let after = field("after", of: priced.last) ?? ""
            await house.say("SEARCH aida price=..8800 limit=1 after=\(after)", is: "ERR BAD_ARG arg=after")
            await house.say("SEARCH aida price=..8900 limit=1 after=\(after)", is: "OK n=1")
        }
    }

    @Test("as JSON, dates are a number; another word than fold or each is refused with both named")
    func forms() async throws {
        try await TestHouse.run { house in
            await openTours(house)
            let bad = await house.say("SEARCH aida tours=yes", is: "ERR BAD_ARG arg=tours")
            #expect(field("hint", of: bad.last)?.contains("fold") == true, "\(bad)")
            await house.say("SEARCH aida tours=", is: "ERR BAD_ARG arg=tours")
            await house.say("FORMAT json")
            let reply = await house.say("SEARCH aida tours=fold limit=1")
            #expect(reply.first?.contains(#""dates":3,"until":"2031-05-18T19:30:00Z""#) == true, "\(reply)")
        }
    }
}
