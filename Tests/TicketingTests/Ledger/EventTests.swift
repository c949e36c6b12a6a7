// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Events: added, changed, opened, closed, cancelled")
struct LedgerEventTests {
    @Test("an event begins as a draft and says how many places it has")
    func adding() {
        let desk = Desk([.row("s/A", "1-4"), .area("lawn", 6)])
        desk.performers = ["jose", "bjork"]
        let added = desk(
            """
            EVENT ADD gala venue=studio title="O'Brien Gala" starts=2031-05-01T19:30Z ends=2031-05-01T22:00Z \
            currency=eur price=4500 type=concert performers=jose,bjork description="A night" hold=5m limit=3
            """)
        #expect(added[.event] == "gala")
        #expect(added[.seatCount] == "10")
        let facts = desk.facts[0]
        #expect(facts?.title == "O'Brien Gala")
        #expect(facts?.state == .draft)
        #expect(facts?.currency == "EUR")
        #expect(facts?.performerIDs == ["jose", "bjork"])
        #expect(facts?.prices == [4500])
        #expect(facts?.holdSeconds == 300)
        #expect(facts?.limit == 3)
        #expect(facts?.type == "concert")
        #expect(facts?.description == "A night")
        #expect(facts?.venueID == "studio")
        #expect(facts?.starts.milliseconds == 1_935_430_200_000)
        #expect(facts?.sequence == 1)
        #expect(desk("EVENT ADD gala venue=studio title=X starts=2031-05-01T19:30Z").code == .exists)
    }

    @Test("an event of 1842 without seats and currency is an event like others")
    func archive() {
        let desk = Desk()
        let added = desk(#"EVENT ADD vienna venue=nowhere title="Erstes Konzert" starts=1842-03-28T12:30Z"#)
        #expect(added[.seatCount] == "0")
        #expect(desk("EVENT OPEN vienna")[.argument] == "currency")
        #expect(desk("EVENT OPEN vienna")[.hint] == "set the currency first: EVENT SET vienna currency=EUR")
        desk("EVENT SET vienna currency=ATS")
        #expect(desk("EVENT OPEN vienna")[.state] == "onsale")
        #expect(desk("HOLD vienna best=1").code == .notEnoughSeats)
        #expect(desk.facts[0]?.starts.milliseconds == -4_031_811_000_000)
    }

    @Test("what is missing or out of range is named")
    func badArguments() {
        let desk = Desk()
        let good = [
            "venue=studio", "title=Gala", "starts=2031-05-01T19:30Z",
        ]
        for (index, name) in ["venue", "title", "starts"].enumerated() {
            var parts = good
            parts.remove(at: index)
            let answer = desk("EVENT ADD gala \(parts.joined(separator: " "))")
            #expect(answer.code == .badArgument)
            #expect(answer[.argument] == name)
        }
        let long = String(repeating: "x", count: 4_097)
        for (more, argument) in [
            ("ends=2031-05-01T19:29Z", "ends"), ("currency=EURO", "currency"), ("currency=E1R", "currency"),
            ("price=-1", "price"), ("price=1000000000001", "price"), ("hold=0s", "hold"), ("hold=86401s", "hold"),
            ("limit=0", "limit"), ("description=\(long)", "description"), ("type=\(long.prefix(65))", "type"),
            ("performers=\((0..<65).map { "p\($0)" }.joined(separator: ","))", "performers"),
            ("performers=jose,bjork,jose", "performers"),
        ] {
            let answer = desk("EVENT ADD gala \(good.joined(separator: " ")) \(more)")
            #expect(answer.code == .badArgument, "\(more): \(answer)")
            #expect(answer[.argument] == argument)
        }
        #expect(desk("EVENT ADD gala venue=none title=G starts=2031-05-01T19:30Z")[.venue] == "none")
        let missing = desk("EVENT ADD gala \(good.joined(separator: " ")) performers=nobody")
        #expect(missing.code == .notFound)
        #expect(missing[.performer] == "nobody")
        for more in ["price=1000000000000", "hold=1s", "hold=86400s", "limit=1"] {
            #expect(desk("EVENT ADD g-\(more.filter { $0 != "=" }) \(good.joined(separator: " ")) \(more)").isOK)
        }
    }

    @Test("OPEN names the category that has no price")
    func openWithoutPrice() {
        let desk = Desk([.row("s/A", "1-4", categories: "1-2:vip"), .area("lawn", 3, category: "green")])
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR")
        for category in ["vip", "standard", "green"] {
            let answer = desk("EVENT OPEN gala")
            #expect(answer.code == .wrongState)
            #expect(answer[.category] == category)
            #expect(answer[.hint] == "price this category first: PRICE SET gala \(category) amount, in minor units")
            #expect(desk("PRICE SET gala \(category) 100")[.amount] == "100")
        }
        #expect(desk("EVENT OPEN gala")[.state] == "onsale")
        #expect(desk("EVENT OPEN gala").code == .wrongState)
        #expect(desk("PRICE SET gala gold 100").code == .notFound)
        #expect(desk("PRICE SET gala vip -1")[.argument] == "amount")
        #expect(desk("PRICE SET gala vip 1000000000001")[.argument] == "amount")
        #expect(desk("PRICE SET gala vip 1000000000000").isOK)
    }

    @Test("an operator who acts for a buyer prepares drafts all the same, and sells none of their seats")
    func preparingForBuyer() {
        let desk = Desk([.row("s/A", "1-4")])
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR", as: "ada")
        #expect(desk("HOLD gala s/A/1", as: "ada").code == .notFound)
        #expect(desk("PRICE SET gala standard 100", as: "ada")[.amount] == "100")
        #expect(desk("BLOCK gala s/A/4", as: "ada").isOK)
        #expect(desk("EVENT SET gala title=Gala", as: "ada").isOK)
        #expect(desk("EVENT OPEN gala", as: "ada")[.state] == "onsale")
        #expect(desk("HOLD gala s/A/1", as: "ada").isOK)
    }

    @Test("price= is that of each category without a price of its own")
    func defaultPrice() {
        let desk = Desk([.row("s/A", "1-4", categories: "1-2:vip")])
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR price=10")
        desk("PRICE SET gala vip 90")
        #expect(desk.facts[0]?.prices == [90, 10])
        desk("EVENT SET gala price=20")
        #expect(desk.facts[0]?.prices == [90, 20])
        desk("EVENT OPEN gala")
        #expect(desk("HOLD gala s/A/2-3")[.total] == "110")
    }

    @Test("SET changes what is given and keeps the rest; currency and onsale only while it is a draft")
    func setting() {
        let desk = Desk()
        desk("EVENT ADD gala venue=studio title=Gala starts=2031-05-01T19:30Z description=Old type=opera price=5")
        let sequence = desk.facts[0]?.sequence
        #expect(desk("EVENT SET gala")[.argument] == "title")
        #expect(desk("EVENT SET gala key=k")[.argument] == "title")
        #expect(desk.facts[0]?.sequence == sequence, "nothing was changed")
        #expect(desk("EVENT SET gala title=Newer currency=usd")[.event] == "gala")
        #expect(desk.facts[0]?.title == "Newer")
        #expect(desk.facts[0]?.description == "Old")
        #expect(desk.facts[0]?.type == "opera")
        #expect(desk.facts[0]?.currency == "USD")
        #expect(desk("EVENT SET gala venue=nowhere")[.argument] == "venue")
        #expect(desk("EVENT SET gala venue=studio").isOK)
        #expect(desk("EVENT SET nothing title=X").code == .notFound)
        desk("EVENT OPEN gala")
        #expect(desk("EVENT SET gala currency=EUR").code == .wrongState)
        #expect(desk("EVENT SET gala currency=USD title=Newest limit=2").isOK)
        #expect(desk("EVENT SET gala onsale=2031-01-01T00:00Z").code == .wrongState)
        #expect(desk.facts[0]?.limit == 2)
    }

    @Test("onsale= opens a draft by the clock, to the millisecond")
    func onsale() {
        let desk = Desk()
        desk.now = Instant(milliseconds: 1_935_430_200_000 - 1)
        desk(
            "EVENT ADD gala venue=studio title=G starts=2031-06-01T19:30Z currency=EUR price=5 onsale=2031-05-01T19:30Z"
        )
        #expect(desk.ledger.nextDue.milliseconds == 1_935_430_200_000)
        #expect(desk("HOLD gala stalls/A/1").code == .notOnSale)
        desk.now = Instant(milliseconds: 1_935_430_200_000)
        #expect(desk("HOLD gala stalls/A/1").isOK)
    }

    @Test("a draft that is not complete when its time comes opens as soon as it is")
    func lateOnsale() {
        let desk = Desk([.row("s/A", "1-4", categories: "1-2:vip")])
        desk("EVENT ADD gala venue=studio title=G starts=2031-06-01T19:30Z onsale=2020-05-01T19:30Z")
        desk("EVENT SET gala currency=EUR")
        desk("PRICE SET gala vip 5")
        #expect(desk.facts[0]?.state == .draft)
        desk("PRICE SET gala standard 5")
        desk.runDue()
        #expect(desk.facts[0]?.state == .onSale)
        desk("EVENT CLOSE gala")
        desk.advance(seconds: 1)
        #expect(desk.facts[0]?.state == .closed, "the clock leaves alone what was closed by hand")
        #expect(desk("EVENT OPEN gala")[.state] == "onsale")
    }

    @Test("blocked seats and places are neither free nor sold")
    func blocking() {
        let desk = Desk([.row("s/A", "1-4"), .area("lawn", 5)]).openGala()
        #expect(desk("BLOCK gala s/A/1-2,lawn:3")[.count] == "5")
        #expect(desk.map() == "bb..")
        #expect(desk.published[0]?.areas[0] == [3, 0])
        #expect(desk("HOLD gala lawn:3")[.free] == "2")
        #expect(desk("BLOCK gala s/A/2-3").seats == ["s/A/2"])
        #expect(desk("BLOCK gala lawn:3").code == .notEnoughSeats)
        #expect(desk("UNBLOCK gala s/A/1-3").seats == ["s/A/3"])
        #expect(desk("UNBLOCK gala lawn:4")[.blocked] == "3")
        #expect(desk("UNBLOCK gala s/A/1-2,lawn:3").isOK)
        #expect(desk("HOLD gala s/A/1-4,lawn:5", as: "").isOK)
    }

    @Test("venues of one layout share their plan, and a large plan is journalled in parts")
    func plans() throws {
        let desk = Desk((0..<60).map { .row("s/\($0)", "1-400", gaps: "7,9") })
        desk.checksEverything = false
        desk.openGala()
        let records = desk.journal.count
        desk("EVENT ADD second venue=studio title=G starts=2031-05-01T19:30Z")
        #expect(desk.journal.count == records + 1)
        desk.addVenue("other", [.row("s/A", "1-2")])
        desk("EVENT ADD third venue=other title=G starts=2031-05-01T19:30Z")
        #expect(desk.ledger.figures.plans == 2)
        #expect(desk.journal.allSatisfy { $0.count <= Limits.recordBytesMax })
        let other = try desk.reopened()
        #expect(other.ledger.digest == desk.ledger.digest)
        #expect(other.facts[1]?.plan.contentHash == desk.facts[1]?.plan.contentHash)
    }

    @Test("a plan of which only some parts were written is written again from its first")
    func cutPlan() throws {
        // Labels that follow no rule are written out, so that this plan takes more than one part.
        let labels = (0..<400).map { "seat-number-\($0 * 7919 % 400)".replacing("-", with: ".") }.joined(separator: ",")
        let desk = Desk((0..<30).map { .row("s/\($0)", labels) })
        desk.checksEverything = false
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z")
        let partRecords = desk.journal.filter { $0[0] == LedgerRecord.planPart.rawValue }
        #expect(partRecords.count > 1)
        let ledger = TicketLedger()
        var effects = Effects(isPublishing: false)
        for record in [desk.journal[0], partRecords[0]] + desk.journal.dropFirst() {
            try ledger.apply(record: record.span, effects: &effects)
        }
        #expect(ledger.digest == desk.ledger.digest)
    }

    @Test("RESET forgets everything, and no id from before means anything after")
    func resetting() throws {
        let desk = Desk().openGala()
        let sold = desk.sell("stalls/A/1", to: "ada")
        let held = desk("HOLD gala stalls/A/2 key=k", as: "ada").hold
        #expect(desk("RESET").isOK)
        #expect(desk.ledger.figures.events == 0)
        #expect(desk.ledger.figures.seatsFree == 0)
        #expect(desk("MINE", as: "ada")[.count] == "0")
        desk.openGala()
        let again = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(again.isOK && again[.replayed] == nil)
        // As many orders, tickets and holds again: none of them may be taken for an old one.
        let soldAgain = desk.sell("stalls/A/5", to: "bob")
        #expect(soldAgain.isOK && soldAgain.codes != sold.codes)
        #expect(desk("GET \(held)", as: "ada").code == .notFound)
        #expect(desk("GET \(sold.order)").code == .notFound)
        #expect(desk("GET \(sold.tickets[0])").code == .notFound)
        #expect(desk("CHECKIN \(sold.codes[0])").code == .notFound)
        #expect(again.hold != held)
        #expect(try desk.reopened().ledger.digest == desk.ledger.digest)
        desk.advance(seconds: 1_000)
        #expect(desk.map() == "....x..... ..........")
    }

    @Test("a change of an event has one number, shared by all that is published of it")
    func sequences() {
        let desk = Desk().openGala("limit=99")
        #expect(desk.published[0] == nil)
        let before = desk.facts[0]?.sequence ?? 0
        desk("HOLD gala stalls/A/1-5,stalls/B/1")
        #expect(desk.published[0]?.sequence == before + 1)
        desk("HOLD gala stalls/A/6")
        #expect(desk.published[0]?.sequence == before + 2)
        desk("HOLD gala stalls/A/6")
        #expect(desk.published[0]?.sequence == before + 2, "a refusal changes nothing")
    }
}
