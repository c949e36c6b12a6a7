// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Holding, paying, confirming")
struct LedgerSaleTests {
    @Test("a seat is held, paid, confirmed and checked in once")
    func wholeSale() {
        let desk = Desk().openGala()
        let held = desk("HOLD gala stalls/A/3-4", as: "ada")
        #expect(held.seats == ["stalls/A/3", "stalls/A/4"])
        #expect(held[.total] == "9000")
        #expect(held[.currency] == "EUR")
        #expect(held[.ttl] == "600")
        #expect(desk.map() == "..hh...... ..........")
        #expect(desk("HOLD gala stalls/A/3", as: "bob").code == .seatTaken)
        #expect(desk("HOLD gala stalls/A/2-4", as: "bob").seats == ["stalls/A/3", "stalls/A/4"])
        let paid = desk("PAY \(held.hold) amount=9000 method=cash", as: "ada")
        #expect(paid[.state] == "paid")
        #expect(desk.map() == "..pp...... ..........")
        let order = desk("CONFIRM \(held.hold)", as: "ada")
        #expect(order.tickets.count == 2)
        #expect(order.codes.count == 2)
        #expect(desk.map() == "..xx...... ..........")
        #expect(desk("CHECKIN \(order.codes[0]) gate=north")[.seat] == "stalls/A/3")
        let again = desk("CHECKIN \(order.codes[0])")
        #expect(again.code == .wrongState)
        #expect(again[.state] == "checked-in")
        #expect(again[.gate] == "north")
        #expect(desk.publishedMap() == desk.map())
    }

    @Test("a hold that ended is free at that very instant")
    func expiry() {
        let desk = Desk().openGala("hold=60s")
        let held = desk("HOLD gala stalls/A/1", as: "ada")
        desk.advance(milliseconds: 59_999)
        #expect(desk("HOLD gala stalls/A/1", as: "bob").code == .seatTaken)
        // The ledger itself runs what is due before it decides: nobody has to have turned a timer.
        desk.turnsTimers = false
        desk.now = Instant(milliseconds: desk.now.milliseconds + 1)
        #expect(desk("HOLD gala stalls/A/1", as: "bob").isOK)
        let gone = desk("GET \(held.hold)", as: "ada")
        #expect(gone.code == .holdExpired)
        #expect(gone[.ended] == "time")
    }

    @Test("replay of the journal gives the same state and the same digest")
    func replay() throws {
        let desk = Desk().openGala()
        let first = desk("HOLD gala stalls/A/1-2", as: "ada")
        desk("PAY \(first.hold) amount=9000 method=cash", as: "ada")
        desk("CONFIRM \(first.hold)", as: "ada")
        desk("HOLD gala best=3 key=k1", as: "bob")
        desk.advance(seconds: 601)
        let other = try desk.reopened()
        #expect(other.ledger.digest == desk.ledger.digest)
        #expect(other.ledger.findContradictions() == [])
        #expect(other.ledger.figures.seatsSold == 2)
        #expect(other.publishedMap() == desk.map())
    }
}
