// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Orders, tickets, the door, and keys")
struct LedgerOrderTests {
    @Test("cancelling some tickets and then the rest refunds each once")
    func cancelling() {
        let desk = Desk().openGala()
        let sold = desk.sell("stalls/A/1-4", to: "ada")
        #expect(desk("CANCEL \(sold.order) \(sold.tickets[2]),\(sold.tickets[0])", as: "ada")[.refund] == "9000")
        #expect(desk.map() == ".x.x...... ..........")
        let left = desk("GET \(sold.order)", as: "ada")
        #expect(left.seats == ["stalls/A/2", "stalls/A/4"])
        #expect(left.tickets == [sold.tickets[1], sold.tickets[3]])
        #expect(left[.total] == "18000")
        #expect(left[.refund] == "9000")
        #expect(desk("CANCEL \(sold.order) \(sold.tickets[0])", as: "ada").code == .wrongState)
        #expect(desk("CANCEL \(sold.order) \(sold.tickets[1]),\(sold.tickets[1])", as: "ada").code == .badArgument)
        #expect(desk("CANCEL \(sold.order) T0000000000000", as: "ada").code == .notFound)
        let other = desk.sell("stalls/B/1", to: "ada")
        #expect(desk("CANCEL \(sold.order) \(other.tickets[0])", as: "ada").code == .notFound)
        #expect(desk("CANCEL \(sold.order)", as: "ada")[.refund] == "9000")
        #expect(desk("CANCEL \(sold.order)", as: "ada").code == .wrongState)
        #expect(desk("GET \(sold.tickets[0])", as: "ada")[.state] == "cancelled")
        #expect(desk("CHECKIN \(sold.codes[0])")[.state] == "cancelled")
    }

    @Test("who is in the house cannot cancel the ticket, but an operator can")
    func cancellingCheckedIn() {
        let desk = Desk().openGala()
        let sold = desk.sell("stalls/A/1-2", to: "ada")
        desk("CHECKIN \(sold.codes[0])", role: .gate)
        let refused = desk("CANCEL \(sold.order)", as: "ada")
        #expect(refused.code == .wrongState)
        #expect(refused[.state] == "checked-in")
        #expect(refused[.ticket] == sold.tickets[0])
        #expect(desk("CANCEL \(sold.order) \(sold.tickets[1])", as: "ada").isOK)
        #expect(desk("CANCEL \(sold.order)").isOK)
    }

    @Test("a ticket lets in once, and again after undo")
    func checkingIn() {
        let desk = Desk().openGala()
        let sold = desk.sell("stalls/A/1", to: "ada")
        #expect(desk("CHECKIN \(sold.codes[0]) undo=yes").code == .wrongState)
        #expect(desk("CHECKIN \(sold.codes[0]) gate=north")[.ticket] == sold.tickets[0])
        let at = String(desk.now.milliseconds)
        desk.advance(seconds: 5)
        let second = desk("CHECKIN \(sold.codes[0]) gate=south")
        #expect(second[.at] == at)
        #expect(second[.gate] == "north")
        let shown = desk("GET \(sold.tickets[0])")
        #expect(shown[.state] == "checked-in")
        #expect(shown[.at] == at)
        #expect(desk("CHECKIN \(sold.codes[0]) undo=yes").isOK)
        #expect(desk("CHECKIN \(sold.codes[0]) gate=south").isOK)
        #expect(desk("CHECKIN \(sold.codes[0]) gate=\(String(repeating: "x", count: 65))").code == .badArgument)
    }

    @Test("MINE lists open holds and orders, the oldest first, of all events or of one")
    func mine() {
        let desk = Desk().openGala("limit=99")
        desk("EVENT ADD other venue=studio title=O starts=2031-05-01T19:30Z currency=USD price=100")
        desk("EVENT OPEN other")
        let first = desk("HOLD gala stalls/A/1", as: "ada").hold
        let second = desk("HOLD other stalls/A/1-2", as: "ada").hold
        desk("HOLD gala stalls/A/9", as: "bob")
        let sold = desk.sell("stalls/B/1", to: "ada")
        let sold2 = desk.sell("stalls/B/2", to: "ada", event: "other")
        let mine = desk("MINE", as: "ada")
        #expect(mine.items.map { $0.fields[.id] } == [first, second, sold.order, sold2.order])
        #expect(mine.items.map { $0.fields[.event] } == ["gala", "other", "gala", "other"])
        #expect(mine.items[1].fields[.total] == "200")
        #expect(mine.items[1].fields[.currency] == "USD")
        #expect(mine.items[2].fields[.tickets] == sold.tickets[0])
        #expect(mine[.count] == "4")
        #expect(desk("MINE event=other", as: "ada").items.map { $0.fields[.id] } == [second, sold2.order])
        #expect(desk("MINE event=nothing", as: "ada")[.count] == "0")
        #expect(desk("MINE", as: "stranger")[.count] == "0")
        desk("RELEASE \(first)", as: "ada")
        #expect(desk("MINE", as: "ada")[.count] == "3")
    }

    @Test("MINE shows the newest of very many, and says that there are more")
    func mineOfMany() {
        let desk = Desk([.area("lawn", 2_000)]).openGala()
        let first = desk("HOLD gala lawn:1").hold
        for _ in 1..<Limits.pageItemsMax { desk("HOLD gala lawn:1") }
        #expect(desk("MINE")[.count] == "1000")
        #expect(desk("MINE")[.partial] == nil)
        #expect(desk("MINE").items.first?.fields[.id] == first)
        let last = desk("HOLD gala lawn:1").hold
        let mine = desk("MINE event=gala")
        #expect(mine[.count] == "1000")
        #expect(mine[.partial] == "yes")
        #expect(mine.items.first?.fields[.id] != first)
        #expect(mine.items.last?.fields[.id] == last)
    }

    @Test("releasing some seats keeps the rest at their price")
    func releasing() {
        let desk = Desk([.row("s/A", "1-5"), .area("lawn", 5)]).openGala()
        let hold = desk("HOLD gala s/A/1-3,lawn:3", as: "ada").hold
        let some = desk("RELEASE \(hold) s/A/2,lawn:2", as: "ada")
        #expect(some.seats == ["s/A/1", "s/A/3", "lawn:1"])
        #expect(some[.total] == "13500")
        #expect(desk.map() == "h.h..")
        #expect(desk("RELEASE \(hold) s/A/2,s/A/1", as: "ada")[.seats] == "s/A/2")
        #expect(desk("RELEASE \(hold) lawn:2", as: "ada")[.seats] == "lawn:2")
        let rest = desk("RELEASE \(hold) s/A/1,s/A/3,lawn", as: "ada")
        #expect(rest.seats == [])
        #expect(desk("GET \(hold)", as: "ada")[.ended] == "released")
        #expect(desk("RELEASE \(hold)", as: "ada").code == .holdExpired)
    }

    // MARK: Keys

    @Test("the same key and arguments give the first answer again, even where it has lapsed")
    func keys() throws {
        let desk = Desk().openGala()
        let first = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        var again = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(again[.replayed] == "yes")
        #expect(again.hold == first.hold)
        #expect(desk("HOLD gala stalls/A/2 key=k", as: "ada").code == .keyMismatch)
        #expect(desk("HOLD gala stalls/A/2 key=k", as: "bob")[.replayed] == nil, "another asker's key is another key")
        desk.advance(seconds: 601)
        let other = try desk.reopened()
        #expect(other.ledger.digest == desk.ledger.digest)
        again = other("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(again[.replayed] == "yes" && again.hold == first.hold)
        other.advance(seconds: 86_400)
        #expect(other("HOLD gala stalls/A/1 key=k", as: "ada")[.replayed] == nil)
    }

    @Test("a key is its buyer's own, and the operator's own where nobody is acted for")
    func keysOfBuyers() {
        let desk = Desk().openGala()
        let ada = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(ada.isOK)
        let bob = desk("HOLD gala stalls/A/1 key=k", as: "bob")
        #expect(bob.code == .seatTaken && bob[.replayed] == nil, "\(bob)")
        #expect(desk("HOLD gala stalls/A/2 key=k", as: "cy").isOK, "neither ada's nor bob's key is cy's")
        #expect(desk("HOLD gala stalls/A/3 key=k").isOK)
        #expect(desk("HOLD gala stalls/A/1 key=k", as: "ada")[.replayed] == "yes")
        #expect(desk("HOLD gala stalls/A/1 key=k", as: "bob")[.replayed] == "yes")
    }

    @Test("a refusal that the house led to is kept beside its key, others are not")
    func keyedRefusals() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "bob").hold
        #expect(desk("HOLD gala stalls/A/1 key=k", as: "ada").code == .seatTaken)
        desk("RELEASE \(hold)", as: "bob")
        let again = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(again.code == .seatTaken)
        #expect(again[.replayed] == "yes")
        #expect(desk("HOLD gala stalls/A/ key=k2", as: "ada").code == .badArgument)
        #expect(desk("HOLD gala stalls/A/1 key=k2", as: "ada").isOK)
    }

    @Test("every change takes a key")
    func everyChange() {
        let desk = Desk()
        var lines = [
            "EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR price=5",
            "EVENT SET gala limit=9", "PRICE SET gala standard 7", "EVENT OPEN gala", "BLOCK gala stalls/A/1",
            "UNBLOCK gala stalls/A/1", "HOLD gala best=2",
        ]
        func twice(_ line: String) -> Answer {
            let first = desk("\(line) key=k")
            let journal = desk.journal.count
            let second = desk("\(line) key=k")
            #expect(first.isOK, "\(line): \(first)")
            #expect(second[.replayed] == "yes", "\(line): \(second)")
            #expect(desk.journal.count == journal)
            var without = second
            without.lines[without.lines.count - 1].fields[.replayed] = nil
            #expect(without == first)
            return first
        }
        var hold = ""
        for line in lines { hold = twice(line).hold }
        lines = ["EXTEND \(hold)", "RELEASE \(hold) stalls/A/5", "PAY \(hold) amount=7 method=cash"]
        for line in lines { _ = twice(line) }
        let order = twice("CONFIRM \(hold)")
        _ = twice("CHECKIN \(order.codes[0])")
        _ = twice("CANCEL \(order.order)")
        _ = twice("EVENT CLOSE gala")
        _ = twice("EVENT CANCEL gala")
        #expect(desk("HOLD gala best=2 key=\"\"").code == .badArgument)
        #expect(desk("EVENT OPEN gala key=\(String(repeating: "k", count: 65))").code == .badArgument)
    }
}
