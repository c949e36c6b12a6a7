// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import BoxOfficeTesting

@Suite("The reference model")
struct ModelTests {
    /// A shard with one event on sale: two rows of four seats, and a lawn of three places.
    private func gala(limit: Int = 4) -> ModelShard {
        var catalogue = ModelCatalogue()
        for line in [
            "VENUE ADD globe name=Globe", "SECTION ADD globe/stalls rows=A-B seats=1-4",
            "AREA ADD globe/lawn capacity=3",
        ] {
            let reply = catalogue.answer(ModelRequest(line), at: 0, seen: ModelReply("OK"), mayBeFull: false)
            #expect(reply.isOK, "\(line): \(reply.text)")
        }
        var shard = ModelShard()
        let add = ModelRequest("EVENT ADD gala venue=globe title=Gala currency=EUR price=100 limit=\(limit) hold=60s")
        let added = shard.answer(add, at: 0, seen: ModelReply("OK"), attachment: catalogue.attachment(for: add))
        #expect(added.last == "OK event=gala seats=11")
        #expect(shard.answer(ModelRequest("EVENT OPEN gala"), at: 0, seen: ModelReply("OK")).isOK)
        return shard
    }

    private let hold = "HAAAAAAAAAAAAA"
    private let otherHold = "HBBBBBBBBBBBBB"

    private func seen(_ hold: String, _ seats: String, _ total: Int, at second: Int) -> ModelReply {
        ModelReply(
            "OK hold=\(hold) seats=\(seats) total=\(total) currency=EUR ttl=60 expires=1970-01-01T00:01:0\(second)Z")
    }

    @Test("a hold is predicted but for its id, and frees its seats at the very moment at which it ends")
    func holds() {
        var shard = gala()
        let request = ModelRequest("HOLD gala stalls/A/2-3", as: "ada")
        let seen = seen(hold, "stalls/A/2,stalls/A/3", 200, at: 0)
        #expect(shard.answer(request, at: 0, seen: seen) == seen)
        #expect(shard.view("gala", seesDrafts: false)?.maps["stalls/A"] == ".hh.")
        let taken = shard.answer(ModelRequest("HOLD gala stalls/A/3"), at: 59_999, seen: ModelReply("OK"))
        #expect(taken.text == "ERR SEAT_TAKEN seats=stalls/A/3")
        let again = self.seen(otherHold, "stalls/A/3", 100, at: 0)
        #expect(shard.answer(ModelRequest("HOLD gala stalls/A/3"), at: 60_000, seen: again).last.hasPrefix("OK hold="))
        #expect(shard.findContradictions().isEmpty)
    }

    @Test("an id that was given out before is not accepted for something new")
    func idsAreNew() {
        var shard = gala()
        let seen = seen(hold, "stalls/A/1", 100, at: 0)
        #expect(shard.answer(ModelRequest("HOLD gala stalls/A/1"), at: 0, seen: seen) == seen)
        let same = self.seen(hold, "stalls/A/2", 100, at: 0)
        #expect(shard.answer(ModelRequest("HOLD gala stalls/A/2"), at: 0, seen: same) != same)
    }

    @Test("best= is predicted to the seat where neighbours are to be had, and more seats than asked for are refused")
    func best() {
        var shard = gala(limit: 30)
        let seen = seen(hold, "stalls/A/3,stalls/A/4", 200, at: 0)
        #expect(
            shard.answer(ModelRequest("HOLD gala best=2"), at: 0, seen: seen).last.contains(
                "seats=stalls/A/1,stalls/A/2"))
        #expect(shard.answer(ModelRequest("BLOCK gala stalls/A/3,stalls/B/1"), at: 0, seen: seen).isOK == true)
    }

    @Test("what a crash left open is decided by a look, or by asking again with the same key")
    func worlds() {
        var history = ModelHistory(gala())
        history.settle(through: history.end)
        let request = ModelRequest("HOLD gala stalls/A/1 key=k", as: "ada")
        let seen = seen(hold, "stalls/A/1", 100, at: 0)
        func decide(_ history: inout ModelHistory<ModelShard>, _ seen: ModelReply) -> ModelReply? {
            history.decide(ModelDecision(request: request, time: 0, seen: seen, attachment: nil, mayBeFull: false))
        }
        #expect(decide(&history, seen) == nil)
        history.crash()
        #expect(history.latest.count == 2)

        var looked = history
        #expect(looked.look("h...") { $0.view("gala", seesDrafts: true)?.maps["stalls/A"] ?? "" })
        #expect(looked.latest.count == 1)
        #expect(decide(&looked, seen.replayed) == nil, "it was there, so the key gives the same answer")

        var asked = history
        #expect(decide(&asked, seen) == nil, "it was lost, so the seat is held now")
        #expect(asked.latest.count == 1)

        var wrong = history
        #expect(decide(&wrong, ModelReply("ERR SEAT_TAKEN seats=stalls/A/1")) != nil)
        #expect(!wrong.look("x...") { $0.view("gala", seesDrafts: true)?.maps["stalls/A"] ?? "" })
    }

    @Test("what somebody was told of is not undone by a crash")
    func acknowledged() {
        var history = ModelHistory(gala())
        history.settle(through: history.end)
        let request = ModelRequest("HOLD gala stalls/A/1", as: "ada")
        let seen = seen(hold, "stalls/A/1", 100, at: 0)
        #expect(
            history.decide(ModelDecision(request: request, time: 0, seen: seen, attachment: nil, mayBeFull: false))
                == nil)
        history.settle(through: history.end)
        history.crash()
        #expect(history.latest.count == 1)
        #expect(!history.look("....") { $0.view("gala", seesDrafts: true)?.maps["stalls/A"] ?? "" })
    }

    @Test(
        "times are written as replies write them",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_999, "2000-02-29T00:00:00Z"),
            (1_935_430_200_000, "2031-05-01T19:30:00Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        #expect(ModelReply.time(milliseconds) == text)
        #expect(ModelShard.milliseconds(text) == milliseconds / 1_000 * 1_000)
    }
}
