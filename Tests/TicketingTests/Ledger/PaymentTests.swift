// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Payments in time, late, and declined")
struct LedgerPaymentTests {
    /// A hold of 60 seconds on A/1, being paid with this token from its start.
    private func paying(_ token: String) -> (desk: Desk, hold: String) {
        let desk = Desk().openGala("hold=60s")
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        desk("PAY \(hold) amount=4500 method=test token=\(token)", as: "ada")
        return (desk, hold)
    }

    @Test("a payment under way keeps the seats for two minutes past the hold's end")
    func grace() {
        let (desk, hold) = paying("paid:500s")
        desk.advance(milliseconds: 179_999)
        #expect(desk("GET \(hold)", as: "ada")[.state] == "paying")
        #expect(desk.map().first == "p")
        desk.advance(milliseconds: 1)
        #expect(desk("GET \(hold)", as: "ada")[.ended] == "time")
        #expect(desk.map().first == ".")
    }

    @Test("a payment that succeeds after the grace takes the same seats, if they are free, and is confirmed at once")
    func lateAndFree() {
        let (desk, hold) = paying("paid:200s")
        desk.advance(seconds: 199)
        #expect(desk.map().first == ".")
        desk.advance(seconds: 1)
        #expect(desk.map().first == "x")
        #expect(desk("GET \(hold)", as: "ada")[.state] == "confirmed")
    }

    @Test("a payment that succeeds when its seats are taken is refunded")
    func lateAndTaken() {
        let (desk, hold) = paying("paid:200s")
        desk.advance(seconds: 180)
        #expect(desk("HOLD gala stalls/A/1", as: "bob").isOK)
        desk.advance(seconds: 20)
        #expect(desk("GET \(hold)", as: "ada")[.ended] == "refunded")
        #expect(desk.map().first == "h")
    }

    @Test("a late payment of places that are no longer free together is refunded")
    func lateArea() {
        let desk = Desk([.area("lawn", 3)]).openGala("hold=60s")
        let hold = desk("HOLD gala lawn:2", as: "ada").hold
        desk("PAY \(hold) amount=9000 method=test token=paid:200s", as: "ada")
        desk.advance(seconds: 181)
        #expect(desk("HOLD gala lawn:2", as: "bob").isOK)
        desk.advance(seconds: 20)
        #expect(desk("GET \(hold)", as: "ada")[.ended] == "refunded")
    }

    @Test("a decline in time gives the hold back, a decline after its end ends it")
    func declines() {
        let (desk, hold) = paying("declined:59s")
        desk.advance(seconds: 59)
        #expect(desk("GET \(hold)", as: "ada")[.state] == "held")
        #expect(desk.map().first == "h")
        desk.advance(seconds: 1)
        #expect(desk("GET \(hold)", as: "ada")[.ended] == "time")
        let (other, late) = paying("declined:60s")
        other.advance(seconds: 60)
        #expect(other("GET \(late)", as: "ada")[.ended] == "time")
        #expect(other.map().first == ".")
        let (third, later) = paying("declined:300s")
        third.advance(seconds: 300)
        #expect(third("GET \(later)", as: "ada")[.ended] == "time")
    }

    @Test("a paid hold never lapses: at its end the daemon confirms it")
    func autoConfirm() {
        let desk = Desk().openGala("hold=60s")
        let hold = desk("HOLD gala stalls/A/1-2", as: "ada").hold
        desk("PAY \(hold) amount=9000 method=cash", as: "ada")
        desk.advance(milliseconds: 59_999)
        #expect(desk("GET \(hold)", as: "ada")[.state] == "paid")
        desk.advance(milliseconds: 1)
        #expect(desk.map() == "xx........ ..........")
        let order = desk("GET \(hold)", as: "ada").order
        #expect(desk("GET \(order)", as: "ada").tickets.count == 2)
    }

    @Test("everything due is got round to in its order, however late")
    func catchingUp() {
        let (desk, hold) = paying("paid:30s")
        desk.advance(seconds: 100_000)
        #expect(desk.map().first == "x")
        #expect(desk.ledger.nextDue == .never || desk.ledger.nextDue > desk.now)
        #expect(desk("MINE", as: "ada").items.map(\.kind) == [.order])
        _ = hold
    }

    @Test("complimentary tickets cost nothing and refund nothing")
    func comp() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1-2", as: "ada").hold
        #expect(desk("PAY \(hold) amount=0 method=comp", as: "ada")[.state] == "paid")
        #expect(desk("GET \(hold)", as: "ada")[.total] == "0")
        let order = desk("CONFIRM \(hold)", as: "ada").order
        #expect(desk("CANCEL \(order)", as: "ada")[.refund] == "0")
    }

    @Test("a total of zero needs no PAY")
    func free() {
        let desk = Desk()
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR price=0")
        desk("EVENT OPEN gala")
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        #expect(desk("CONFIRM \(hold)", as: "ada").tickets.count == 1)
    }

    @Test("the price is fixed when the hold is made, and what is refunded is what was paid")
    func fixedPrice() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1-2", as: "ada").hold
        desk("PRICE SET gala standard 9900")
        #expect(desk("PAY \(hold) amount=9000 method=cash", as: "ada").isOK)
        let order = desk("CONFIRM \(hold)", as: "ada")
        let cancelled = desk("CANCEL \(order.order) \(order.tickets[1])", as: "ada")
        #expect(cancelled[.refund] == "4500")
        #expect(cancelled.seats == ["stalls/A/2"])
        #expect(desk("HOLD gala stalls/A/2", as: "ada")[.total] == "9900")
    }

    @Test("cancelling an event ends its holds, refunds paid ones, and leaves orders to be cancelled")
    func cancelledEvent() {
        let desk = Desk().openGala("hold=60s limit=99")
        let sold = desk.sell("stalls/A/1", to: "ada")
        let held = desk("HOLD gala stalls/A/2", as: "ada").hold
        let paid = desk("HOLD gala stalls/A/3", as: "ada").hold
        desk("PAY \(paid) amount=4500 method=cash", as: "ada")
        let paying = desk("HOLD gala stalls/A/4", as: "ada").hold
        desk("PAY \(paying) amount=4500 method=test token=paid:50s", as: "ada")
        let answer = desk("EVENT CANCEL gala")
        #expect(answer[.count] == "3")
        #expect(answer[.refund] == "4500")
        #expect(answer[.state] == "cancelled")
        #expect(desk.map() == "x......... ..........")
        #expect(desk("GET \(held)", as: "ada")[.ended] == "cancelled")
        #expect(desk("GET \(paid)", as: "ada")[.ended] == "refunded")
        #expect(desk("GET \(paying)", as: "ada")[.ended] == "cancelled")
        desk.advance(seconds: 50)
        #expect(desk("GET \(paying)", as: "ada")[.ended] == "refunded", "the money came after the event was gone")
        #expect(desk("CHECKIN \(sold.codes[0])").code == .wrongState)
        #expect(desk("CANCEL \(sold.order)")[.refund] == "4500")
        #expect(desk("CANCEL \(sold.order)").code == .wrongState)
        #expect(desk("GET \(sold.order)")[.state] == "cancelled")
    }
}
