// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Testing

@Suite("The order of replies, and barriers")
struct OrderTests {
    @Test("replies come in the order of the requests, whatever shard or desk answers", arguments: [1, 4])
    func order(shards: Int) async throws {
        try await TestHouse.run(shards: shards) { house in
            await house.openGala()
            for number in 1...8 {
                await house.say(
                    "EVENT ADD e\(number) venue=globe title=E\(number) starts=2031-05-01T19:30Z currency=EUR price=100 limit=1000"
                )
                await house.say("EVENT OPEN e\(number)", is: "OK")
            }
            guard let session = await house.anotherSession() else { return }
            var lines: [String] = []
            for round in 0..<40 {
                lines.append("@r\(round) HOLD e\(round % 8 + 1) best=1")
                lines.append("@p\(round) PING")
            }
            let replies = await session.requests(lines)
            for (line, reply) in zip(lines, replies) {
                let tag = line.split(separator: " ")[0]
                #expect(reply.last?.hasPrefix("\(tag) OK") == true, "\(line) got \(reply)")
            }
        }
    }

    @Test("a look sees every change that its connection asked for before it")
    func looksWait() async throws {
        try await TestHouse.run(shards: 2) { house in
            guard let session = await house.anotherSession() else { return }
            let replies = await session.requests([
                "VENUE ADD globe name=Globe", "SECTION ADD globe/stalls rows=A-A seats=1-4",
                "EVENT ADD gala venue=globe title=Gala starts=2031-05-01T19:30Z currency=EUR price=1",
                "EVENT OPEN gala", "HOLD gala stalls/A/1", "VIEW gala", "PRICE SET gala standard 5",
                "HOLD gala stalls/A/2",
                "SEARCH gala", "GET nonsense", "MINE",
            ])
            #expect(replies[5].contains { $0.hasSuffix("map=h...") })
            #expect(field("total", of: replies[7].last) == "5")
            #expect(replies[8].first?.hasPrefix("* event gala ") == true)
            #expect(replies[9].last?.hasPrefix("ERR NOT_FOUND") == true)
            #expect(replies[10].last == "OK n=2")
        }
    }

    @Test("CLOCK ADVANCE answers when what is then due has run and is published")
    func clockAdvance() async throws {
        try await TestHouse.run(shards: 3) { house in
            await house.openGala()
            await house.say("HOLD gala stalls/A/1", is: "OK")
            await house.say("CLOCK ADVANCE 600s", is: "OK time=")
            let view = await house.say("VIEW gala")
            #expect(view.contains { $0.hasPrefix("* row stalls/A ") && $0.hasSuffix("map=..........") })
        }
    }

    @Test("TIME says what CLOCK ADVANCE on the same connection led to")
    func timeAfterAdvance() async throws {
        try await TestHouse.run(shards: 2) { house in
            guard let session = await house.anotherSession() else { return }
            let replies = await session.requests(["TIME", "CLOCK ADVANCE 3600s", "TIME"])
            #expect(replies[0].last == "OK time=2030-03-17T17:46:40Z")
            #expect(replies[1].last == "OK time=2030-03-17T18:46:40Z")
            #expect(replies[2].last == "OK time=2030-03-17T18:46:40Z")
            try await house.reopen()
            await house.say("TIME", is: "OK time=2030-03-17T18:46:40Z")
        }
    }

    @Test("a thousand looks are answered, one at a time and all at once")
    func manyLooks() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            for number in 0..<200 { await house.say(number % 2 == 0 ? "VIEW gala" : "PING", is: "OK") }
            guard let session = await house.anotherSession() else { return }
            let replies = await session.requests(Array(repeating: "VIEW gala", count: 1_000))
            #expect(replies.filter { $0.last?.hasPrefix("OK seq=") == true }.count == 1_000)
        }
    }

    @Test("a draft is seen by an operator, and not while acting for a buyer")
    func drafts() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("EVENT ADD secret venue=globe title=Secret starts=2031-05-01T19:30Z", is: "OK")
            await house.say("EVENT LIST", is: "OK n=2")
            await house.say("VIEW secret", is: "OK")
            await house.say("SEARCH secret", is: "OK n=1")
            await house.say("AS ada", is: "OK")
            await house.say("EVENT LIST", is: "OK n=1")
            await house.say("VIEW secret", is: "ERR NOT_FOUND event=secret")
            await house.say("EVENT GET secret", is: "ERR NOT_FOUND event=secret")
            await house.say("SEARCH secret", is: "OK n=0")
        }
    }

    @Test("a great many bookings at once are all answered", arguments: [true, false])
    func manyAtOnce(usesRing: Bool) async throws {
        try await TestHouse.run(usesRing: usesRing) { house in
            await house.openGala()
            await house.say("AREA ADD globe/field capacity=100000", is: "OK")
            await house.say(
                "EVENT ADD fair venue=globe title=Fair starts=2031-05-01T19:30Z currency=EUR price=1", is: "OK")
            await house.say("EVENT OPEN fair", is: "OK")
            let answered = await withTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    guard let session = await house.anotherSession() else { continue }
                    group.addTask {
                        let lines = (0..<1_500).map { "HOLD fair field:1 key=k\(number)-\($0)" }
                        return await session.requests(lines).filter { $0.last?.hasPrefix("OK hold=") == true }.count
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(answered == 12 * 1_500)
            // All of them end together, over many steps of the timer.
            await house.say("CLOCK ADVANCE 601s", is: "OK time=")
            let view = await house.say("VIEW fair section=field")
            #expect(field("free", of: view.last) == "100000", "\(view)")
        }
    }

    @Test("RESET forgets everything, and the same names can be used again")
    func reset() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            await house.say("RESET", is: "OK")
            await house.say("VIEW gala", is: "ERR NOT_FOUND")
            await house.say("SEARCH obrein", is: "OK n=0 total=0")
            await house.openGala()
            await house.say("SEARCH obrein", is: "OK n=1 total=1")
            await house.say("HOLD gala stalls/A/1", is: "OK hold=")
            try await house.reopen()
            await house.say("HOLD gala stalls/A/1", is: "ERR SEAT_TAKEN")
            await house.say("SEARCH obrein", is: "OK n=1 total=1")
        }
    }

    @Test("MINE says that there is more where one shard of several has more than it shows")
    func partialMine() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            await house.say("AREA ADD globe/field capacity=2000", is: "OK")
            await house.say("EVENT ADD fair venue=globe title=Fair starts=2031-05-01T19:30Z currency=EUR price=1")
            await house.say("EVENT OPEN fair", is: "OK")
            let session = try #require(await house.anotherSession())
            let held = await session.requests(Array(repeating: "HOLD fair field:1", count: 1_000))
            #expect(held.allSatisfy { $0.last?.hasPrefix("OK hold=") == true })
            #expect(await house.say("MINE").last == "OK n=1000")
            await house.say("HOLD fair field:1", is: "OK")
            #expect(await house.say("MINE").last == "OK n=1000 partial=yes")
        }
    }
}
