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
                await house.say("EVENT ADD e\(number) venue=globe title=E\(number) starts=2031-05-01T19:30Z currency=EUR price=100 limit=1000")
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
                "EVENT OPEN gala", "HOLD gala stalls/A/1", "VIEW gala", "PRICE SET gala standard 5", "HOLD gala stalls/A/2",
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

    @Test("RESET forgets everything, and the same names can be used again")
    func reset() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            await house.say("RESET", is: "OK")
            await house.say("VIEW gala", is: "ERR NOT_FOUND")
            await house.say("SEARCH obrein", is: "OK n=0 total=0")
            await house.openGala()
            await house.say("HOLD gala stalls/A/1", is: "OK hold=")
            try await house.reopen()
            await house.say("HOLD gala stalls/A/1", is: "ERR SEAT_TAKEN")
            await house.say("SEARCH obrein", is: "OK n=1 total=1")
        }
    }
}
