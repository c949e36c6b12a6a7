// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

/// What is sold enters the ranking by the minute.
@Suite("Demand in the ranking")
struct DemandTests {
    /// So many events of one performer, all at the same time: a lawn of 100 places each.
    private func openShows(_ count: Int, _ house: TestHouse) async {
        await house.say("VENUE ADD park name=Park")
        await house.say("AREA ADD park/lawn capacity=100")
        await house.say("PERFORMER ADD star name=Estrella")
        for show in 10..<(10 + count) {
            await house.say(
                "EVENT ADD s\(show) venue=park title=\"Show \(show)\" starts=2031-05-01T19:30Z currency=EUR price=4500 performers=star limit=1000",
                is: "OK")
            await house.say("EVENT OPEN s\(show)", is: "OK")
        }
    }

    @Test("a sale moves nothing within its minute, nor what is shown beside it; in the next minute it does")
    func byTheMinute() async throws {
        // Forty seconds into a minute.
        try await TestHouse.run(shards: 2) { house in
            await openShows(3, house)
            let before = await house.say("SEARCH estrella", is: "OK n=3")
            #expect(ids(before) == ["s10", "s11", "s12"])
            await house.say("HOLD s12 lawn:50", is: "OK")
            await house.say("HOLD s11 lawn:20", is: "OK")
            await house.advance(seconds: 19)
            let sold = await house.say("SEARCH estrella", is: "OK n=3")
            #expect(ids(sold) == ["s10", "s11", "s12"])
            #expect(sold.map { field("score", of: $0) } == before.map { field("score", of: $0) })
            #expect(sold.map { field("free", of: $0) } == ["100", "80", "50", nil])
            await house.advance(seconds: 1)
            let moved = await house.say("SEARCH estrella", is: "OK n=3")
            #expect(ids(moved) == ["s12", "s11", "s10"])
            #expect(field("score", of: moved.last { $0.contains("s10") }) == field("score", of: before.first))
            // In date order it moves nothing.
            #expect(ids(await house.say("SEARCH estrella sort=date")) == ["s10", "s11", "s12"])
            // What ended gives its demand back.
            await house.say("CLOCK ADVANCE 601s", is: "OK")
            #expect(ids(await house.say("SEARCH estrella")) == ["s10", "s11", "s12"])
        }
    }

    @Test("a restart, and a search engine begun anew, rank as before")
    func restart() async throws {
        try await TestHouse.run(shards: 2) { house in
            await openShows(4, house)
            await house.say("HOLD s12 lawn:5", is: "OK")
            await house.say("HOLD s13 lawn:99", is: "OK")
            let before = await house.say("SEARCH estrella", is: "OK n=4")
            #expect(ids(before) == ["s13", "s12", "s10", "s11"])
            try await house.reopen()
            #expect(await house.say("SEARCH estrella") == before)
        }
    }

    @Test("places that are kept from being sold are not wanted")
    func blocked() async throws {
        try await TestHouse.run { house in
            await house.openGala(id: "gala")
            await house.say("VENUE ADD hall name=Hall")
            await house.say("SECTION ADD hall/stalls rows=A-B seats=1-10")
            for id in ["a", "b"] {
                await house.say(
                    "EVENT ADD \(id) venue=hall title=Recital starts=2031-05-01T19:30Z currency=EUR price=1 limit=100",
                    is: "OK")
                await house.say("EVENT OPEN \(id)", is: "OK")
            }
            await house.say("BLOCK b stalls/A/1-10", is: "OK")
            #expect(ids(await house.say("SEARCH recital")) == ["a", "b"])
            await house.say("HOLD a stalls/A/1-4", is: "OK")
            await house.say("HOLD b stalls/B/1-4", is: "OK")
            await house.advance(seconds: 60)
            // Four of ten are more than four of twenty.
            #expect(ids(await house.say("SEARCH recital")) == ["b", "a"])
            await house.say("UNBLOCK b stalls/A/1-10", is: "OK")
            await house.advance(seconds: 60)
            #expect(ids(await house.say("SEARCH recital")) == ["a", "b"])
        }
    }

    @Test("places of an area that are kept from being sold are not wanted either")
    func blockedArea() async throws {
        try await TestHouse.run { house in
            await openShows(2, house)
            await house.say("BLOCK s11 lawn:60", is: "OK")
            await house.advance(seconds: 60)
            #expect(ids(await house.say("SEARCH estrella")) == ["s10", "s11"])
            await house.say("HOLD s10 lawn:20", is: "OK")
            await house.say("HOLD s11 lawn:20", is: "OK")
            await house.advance(seconds: 60)
            // Twenty of forty are more than twenty of a hundred.
            #expect(ids(await house.say("SEARCH estrella")) == ["s11", "s10"])
            await house.say("UNBLOCK s11 lawn:60", is: "OK")
            await house.advance(seconds: 60)
            #expect(ids(await house.say("SEARCH estrella")) == ["s10", "s11"])
        }
    }

    @Test("under random sales the order is that of the shares taken when the minute was first searched")
    func randomSales() async throws {
        try await TestHouse.run(shards: 2) { house in
            await openShows(12, house)
            var random = SeededRandom(seed: 5)
            var taken = Array(repeating: 0, count: 12)
            var holds: [(show: Int, id: String, places: Int)] = []
            for _ in 0..<40 {
                // The minute's first search, then sales and searches.
                let levels = taken.map { $0 * 20 / 100 }
                let expected = (0..<12).sorted { levels[$0] != levels[$1] ? levels[$0] > levels[$1] : $0 < $1 }
                    .map { "s\($0 + 10)" }
                for _ in 0..<4 {
                    #expect(ids(await house.say("SEARCH estrella", is: "OK n=12")) == expected)
                    if !holds.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
                        let hold = holds.remove(at: Int.random(in: 0..<holds.count, using: &random))
                        await house.say("RELEASE \(hold.id)", is: "OK")
                        taken[hold.show] -= hold.places
                    } else {
                        let (show, places) = (
                            Int.random(in: 0..<12, using: &random), Int.random(in: 1...30, using: &random)
                        )
                        let reply = await house.say("HOLD s\(show + 10) lawn:\(places)")
                        guard let id = field("hold", of: reply.last) else { continue }
                        holds.append((show, id, places))
                        taken[show] += places
                        await house.say("EXTEND \(id)", is: "OK")
                    }
                }
                await house.advance(seconds: 60)
                // Some of the holds have ended by then.
                for index in holds.indices.reversed() {
                    let reply = await house.say("GET \(holds[index].id)")
                    if reply.last?.hasPrefix("OK") == true, reply.first?.contains("state=held") == true { continue }
                    taken[holds[index].show] -= holds[index].places
                    holds.remove(at: index)
                }
            }
        }
    }
}
