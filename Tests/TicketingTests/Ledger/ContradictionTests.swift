// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Contradictions in the books")
struct ContradictionTests {
    /// Books after some hundred bookings by few buyers at two events: held, paid, sold, cancelled, released, expired.
    private func books(seed: UInt64) throws -> Books {
        let desk = Desk([.row("stalls/A", "1-40"), .row("stalls/B", "1-40")])
        desk.checksEverything = false
        var random = Seeded(seed)
        for event in ["gala", "ball"] {
            desk("EVENT ADD \(event) venue=studio title=T starts=2031-05-01T19:30Z currency=EUR price=100 hold=60s")
            desk("EVENT OPEN \(event)")
        }
        var holds: [(id: String, buyer: String)] = []
        for _ in 0..<120 {
            let buyer = "b\(random.next() % 6)"
            let count = random.next() % 3 + 1
            let held = desk("HOLD \(random.next() % 2 == 0 ? "gala" : "ball") best=\(count)", as: buyer)
            if held.isOK { holds.append((held.hold, buyer)) }
            guard let hold = holds.randomElement(using: &random) else { continue }
            switch random.next() % 6 {
            case 0: desk("RELEASE \(hold.id)", as: hold.buyer)
            case 1: desk.advance(seconds: 7)
            case 2, 3:
                let total = desk("GET \(hold.id)", as: hold.buyer)[.total] ?? ""
                guard desk("PAY \(hold.id) amount=\(total) method=cash", as: hold.buyer).isOK else { continue }
                let order = desk("CONFIRM \(hold.id)", as: hold.buyer)
                if random.next() % 3 == 0 { desk("CANCEL \(order[.order] ?? "")", as: hold.buyer) }
            default: break
            }
        }
        var books = Books()
        var effects = Effects(isPublishing: false)
        for record in desk.journal { try books.apply(record.span, effects: &effects) }
        return books
    }

    /// What a buyer has at an event, as plainly as it can be said: everything is gone through for each of them.
    private func plainly(_ books: borrowing Books, _ standing: Standing) -> (seats: Int, openHolds: Int) {
        var seats = 0
        var openHolds = 0
        for slot in 0..<books.holds.count where books.holds[slot].serial != 0 {
            let hold = books.holds[slot]
            guard hold.event == standing.event, hold.buyer == standing.buyer else { continue }
            seats += Int(hold.itemCount)
            openHolds += 1
        }
        for number in 0..<books.tickets.count where books.tickets[number].state != .cancelled {
            let order = books.orders[Int(books.tickets[number].order)]
            if order.event == standing.event, order.buyer == standing.buyer { seats += 1 }
        }
        return (seats, openHolds)
    }

    @Test("what each buyer has at each event is counted as if it were counted for each by itself", arguments: 1...4)
    func standings(seed: UInt64) throws {
        let books = try books(seed: seed)
        #expect(books.standings.count > 6 && books.orders.count > 5 && books.openHoldCount > 3)
        #expect(books.findContradictions() == [])
        for number in 0..<books.standings.count {
            let standing = books.standings[number]
            let real = plainly(books, standing)
            #expect(real.seats == Int(standing.seats) && real.openHolds == Int(standing.openHolds))
        }
    }

    @Test("a standing with one seat too many, or one open hold too few, is named with both counts")
    func wrongStandings() throws {
        let sound = try books(seed: 5)
        for number in 0..<sound.standings.count {
            let standing = sound.standings[number]
            var books = try books(seed: 5)
            books.standings[number].seats += 1
            #expect(
                books.findContradictions().dropLast() == [
                    "buyer \(standing.buyer) has \(standing.seats) seats at event \(standing.event), not \(standing.seats + 1)"
                ])
            guard standing.openHolds > 0 else { continue }
            books.standings[number].seats -= 1
            books.standings[number].openHolds -= 1
            #expect(
                books.findContradictions().dropLast() == [
                    "buyer \(standing.buyer) has \(standing.seats) seats at event \(standing.event), not \(standing.seats)"
                ])
        }
    }
}
