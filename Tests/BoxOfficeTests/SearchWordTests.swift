// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

/// `SEARCH` and `SUGGEST` as they are said on a connection.
@Suite("Searching, completing, correcting")
struct SearchWordTests {
    @Test("SUGGEST completes names as one types: events, venues, cities, the limit kept")
    func suggest() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            let all = await house.say("SUGGEST l", is: "OK n=2")
            #expect(all.contains { $0.hasPrefix("* suggestion Lyon type=city n=1") }, "\(all)")
            #expect(all.contains { $0.hasPrefix(#"* suggestion "Le Globe" type=venue"#) }, "\(all)")
            let gala = await house.say("SUGGEST obr", is: "OK n=1")
            #expect(gala.first?.hasPrefix(#"* suggestion "O'Brien Gala" type=event n=1"#) == true, "\(gala)")
            await house.say("SUGGEST gala", is: "OK n=1")
            await house.say("SUGGEST l limit=1", is: "OK n=1")
            await house.say("SUGGEST zebra", is: "OK n=0")
            await house.say("EVENT CANCEL gala", is: "OK")
            await house.say("SUGGEST obr", is: "OK n=0")
        }
    }

    @Test("did= names what was found in the place of what was typed, and nothing where it is the same")
    func corrections() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let wrong = await house.say("SEARCH obrein", is: "OK n=1 total=1")
            #expect(field("did", of: wrong.last) == "obrien", "\(wrong)")
            let twice = await house.say("SEARCH obreihn glala", is: "OK n=1 total=1")
            #expect(field("did", of: twice.last) == "obrien gala", "\(twice)")
            let cheapest = await house.say("SEARCH obrein sort=price", is: "OK n=1 total=1")
            #expect(field("did", of: cheapest.last) == "obrien", "\(cheapest)")
            for right in [
                "SEARCH obrien", "SEARCH obrien sort=price", "SEARCH O'BRIEN", "SEARCH obr", "SEARCH \"gala o'brien\"",
            ] {
                let reply = await house.say(right, is: "OK n=1 total=1")
                #expect(field("did", of: reply.last) == nil, "\(right): \(reply)")
            }
            let none = await house.say("SEARCH zebra", is: "OK n=0 total=0")
            #expect(field("did", of: none.last) == nil)
        }
    }

    @Test("a kept answer shows what was sold and what it costs now, and filters by it")
    func live() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            for _ in 0..<3 { await house.say("SEARCH obrien price=..5000 free=yes", is: "OK n=1 total=1") }
            await house.say("PRICE SET gala standard 6000", is: "OK")
            await house.say("SEARCH obrien price=..5000", is: "OK n=0 total=0")
            let dear = await house.say("SEARCH obrien price=..6000", is: "OK n=1")
            #expect(field("price", of: dear.first) == "6000", "\(dear)")
            await house.say("HOLD gala stalls/A/1", is: "OK")
            let held = await house.say("SEARCH obrien", is: "OK n=1")
            #expect(field("free", of: held.first) == "129", "\(held)")
            await house.say("EVENT SET gala title=Carmen", is: "OK")
            await house.say("SEARCH obrien", is: "OK n=0 total=0")
            await house.say("SEARCH carmen", is: "OK n=1 total=1")
        }
    }

    @Test("what cannot be answered is told, each by its own argument")
    func badInput() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            for (line, argument) in [
                ("SEARCH ...", "words"), ("SEARCH x after=nonsense", "after"), ("SUGGEST ?!", "words"),
                ("SEARCH x colour=red", "colour"), ("SEARCH x date=2031-05-02..2031-05-01", "date"),
                ("SEARCH x price=50..10", "price"),
            ] {
                let reply = await house.say(line, is: "ERR BAD_ARG")
                #expect(field("arg", of: reply.last) == argument, "\(line) got \(reply)")
                #expect(field("hint", of: reply.last) != nil, "\(line) got \(reply)")
            }
            for line in ["SEARCH x date=2031-05-02..2031-05-01", "SEARCH x price=50..10"] {
                let reply = await house.say(line)
                #expect(field("hint", of: reply.last)?.contains("ends before it begins") == true, "\(reply)")
            }
            await house.say("SEARCH price=10..10 date=2031-05-01..2031-05-01", is: "OK n=0 total=0")
            await house.say("SEARCH", is: "OK n=1 total=1")
            await house.say(#"SEARCH "" "#, is: "OK n=1 total=1")
        }
    }
}
