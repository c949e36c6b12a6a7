// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Foundation
import Testing

@Suite("A sale, from hold to ticket")
struct SaleTests {
    @Test("a seat is held, paid and confirmed, and its ticket lets in once", arguments: [1, 3])
    func wholeSale(shards: Int) async throws {
        try await TestHouse.run(shards: shards) { house in
            await house.openGala()
            await house.say("AS ada", is: "OK as=ada")
            let held = await house.say("HOLD gala stalls/A/3-4 key=c1", is: "OK hold=H")
            #expect(field("seats", of: held.last) == "stalls/A/3,stalls/A/4")
            #expect(field("total", of: held.last) == "9000")
            let hold = try #require(field("hold", of: held.last))
            await house.say("HOLD gala stalls/A/3", is: "ERR SEAT_TAKEN seats=stalls/A/3")
            await house.say("AS -", is: "OK as=-")
            await house.say("PAY \(hold) amount=9000 method=cash", is: "OK hold=\(hold) payment=P")
            let sold = await house.say("CONFIRM \(hold)", is: "OK order=O")
            let code = try #require(field("codes", of: sold.last)?.split(separator: ",").first)
            await house.say("CHECKIN \(code) gate=north", is: "OK ticket=T")
            await house.say("CHECKIN \(code)", is: "ERR WRONG_STATE state=checked-in")
            let view = await house.say("VIEW gala", is: "OK seq=")
            #expect(view.contains { $0.hasPrefix("* row stalls/A ") && $0.hasSuffix("map=..xx......") })
        }
    }

    @Test("what was answered OK is there after the house was closed and opened again")
    func reopening() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let held = await house.say("HOLD gala best=2", is: "OK hold=")
            let hold = try #require(field("hold", of: held.last))
            await house.say("PAY \(hold) amount=9000 method=cash", is: "OK")
            let before = await house.say("VIEW gala")
            try await house.reopen()
            #expect(await house.say("VIEW gala") == before)
            await house.say("CONFIRM \(hold)", is: "OK order=O")
            await house.say("SEARCH obrein", is: "OK n=1 total=1")
        }
    }

    @Test("a hold that ended is free at that very instant")
    func expiry() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let held = await house.say("HOLD gala stalls/A/1", is: "OK hold=")
            await house.advance(seconds: 599)
            await house.say("HOLD gala stalls/A/1", is: "ERR SEAT_TAKEN")
            await house.advance(seconds: 1)
            await house.say("HOLD gala stalls/A/1", is: "OK hold=")
            let hold = try #require(field("hold", of: held.last))
            await house.say("GET \(hold)", is: "ERR HOLD_EXPIRED")
        }
    }

    @Test("before its onsale= an event says when the sale opens, and then it does")
    func opensByTheClock() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say(
                "EVENT ADD soon venue=globe title=Soon starts=2031-05-01T19:30Z currency=EUR price=1 "
                    + "onsale=2030-03-17T18:00Z", is: "OK event=soon")
            let refused = await house.say("HOLD soon stalls/A/1", is: "ERR NOT_ON_SALE state=draft")
            #expect(field("onsale", of: refused.last) == "2030-03-17T18:00:00Z")
            await house.say("CLOCK ADVANCE 800s", is: "OK time=2030-03-17T18:00:00Z")
            await house.say("HOLD soon stalls/A/1", is: "OK hold=")
        }
    }

    @Test("the same key gives the first answer again, over a restart too")
    func keys() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let first = await house.say("HOLD gala stalls/A/1 key=k1", is: "OK hold=")
            let again = await house.say("HOLD gala stalls/A/1 key=k1", is: "OK hold=")
            #expect(again.last == (first.last ?? "") + " replayed=yes")
            await house.say("HOLD gala stalls/A/2 key=k1", is: "ERR KEY_MISMATCH")
            try await house.reopen()
            let later = await house.say("HOLD gala stalls/A/1 key=k1", is: "OK hold=")
            #expect(later == again)
        }
    }

    @Test("two hundred sessions want every seat, and each seat gets one owner")
    func everybodyWantsEverything() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            var won: [String] = []
            var refused = 0
            await withTaskGroup(of: [[String]].self) { group in
                for _ in 0..<200 {
                    guard let session = await house.anotherSession() else { continue }
                    group.addTask {
                        let lines = ["A", "B", "C"].flatMap { row in (1...10).map { "HOLD gala stalls/\(row)/\($0)" } }
                        return await session.requests(lines)
                    }
                }
                for await replies in group {
                    for reply in replies {
                        if let seat = field("seats", of: reply.last), reply.last?.hasPrefix("OK") == true {
                            won.append(seat)
                        } else {
                            #expect(reply.last?.hasPrefix("ERR SEAT_TAKEN") == true, "\(reply)")
                            refused += 1
                        }
                    }
                }
            }
            #expect(won.count == 30)
            #expect(Set(won).count == 30)
            #expect(refused == 200 * 30 - 30)
        }
    }
}
