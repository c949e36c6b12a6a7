// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing
import Ticketing

@testable import Audit
@testable import Journal

@Suite("The proof over what the ledger writes")
struct RandomSalesTests {
    @Test("random sales are proven without a finding, and come to what replay comes to", arguments: 1...24)
    func randomSales(seed: UInt64) {
        var run = RandomSales(seed: seed)
        for _ in 0..<500 { run.step() }
        #expect(findings(in: run.office.records) == [], "seed \(seed)")
        expectAgreement(run.office, "seed \(seed)")
    }

    private func expectAgreement(_ office: Office, _ comment: Comment) {
        var proof = ShardProof(journal: "shard-000")
        for record in office.records {
            proof.take(record.span, at: JournalPosition(sequence: 1, record: 0, segment: 1, offset: 4_096))
        }
        let tally = proof.finish()
        let figures = office.ledger.figures
        #expect(tally.openHolds == figures.openHolds, comment)
        #expect(tally.orders == figures.orders && tally.tickets == figures.tickets, comment)
        #expect(tally.seatsFree == figures.seatsFree && tally.seatsHeld == figures.seatsHeld, comment)
        #expect(tally.seatsPaying == figures.seatsPaying && tally.seatsSold == figures.seatsSold, comment)
        #expect(tally.keys == figures.keys && tally.buyers == figures.buyers, comment)
    }
}

/// Asks a box office for random things, so that every kind of record is written.
struct RandomSales {
    let office = Office()
    private var random: SeededRandom
    private var holds: [(id: String, total: String)] = []
    private var orders: [(id: String, tickets: [String])] = []
    private var codes: [String] = []
    private var stepNumber = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    private mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &random)] }

    private mutating func place() -> String {
        if chance(4) { return "lawn:\(Int.random(in: 1...4, using: &random))" }
        let first = Int.random(in: 1...9, using: &random)
        return "stalls/\(pick(["A", "B"]))/\(first)" + (chance(2) ? "-\(first + 1)" : "")
    }

    mutating func step() {
        stepNumber += 1
        if chance(3) { office.advance(milliseconds: pick([1, 1_000, 30_000, 59_999, 60_000, 180_000])) }
        if chance(150) { office.advance(seconds: 90_000) }
        if chance(25) { office.writeDigest() }
        let buyer = pick(["", "ada", "bob", "cy"])
        let key = chance(5) ? " key=k\(stepNumber)" : ""
        let event = pick(["gala", "gala", "ball"])
        switch Int.random(in: 0..<22, using: &random) {
        case 0...5:
            let wanted = chance(4) ? "best=\(Int.random(in: 1...3, using: &random))" : place()
            let held = office("HOLD \(event) \(wanted)\(key)", as: buyer)
            if held.isOK { holds.append((held["hold"], held["total"])) }
        case 6: someHold { "EXTEND \($0.id)\(key)" }
        case 7...8:
            let some = chance(2) ? " \(place())" : ""
            someHold { "RELEASE \($0.id)\(some)\(key)" }
        case 9...12:
            let method = pick([
                "cash", "comp", "test", "test token=paid:30s", "test token=paid:200s", "test token=declined:30s",
                "test token=declined:200s", "test token=paid:100s",
            ])
            someHold { "PAY \($0.id) amount=\(method == "comp" ? "0" : $0.total) method=\(method)\(key)" }
        case 13...15:
            guard !holds.isEmpty else { return }
            let order = office("CONFIRM \(pick(Array(holds.suffix(6))).id)\(key)")
            guard order.isOK else { return }
            orders.append((order["order"], order["tickets"].split(separator: ",").map(String.init)))
            codes += order["codes"].split(separator: ",").map(String.init)
        case 16:
            guard !orders.isEmpty else { return }
            let order = pick(orders)
            office("CANCEL \(order.id) \(chance(2) ? pick(order.tickets) : "")\(key)")
        case 17:
            guard !codes.isEmpty else { return }
            office("CHECKIN \(pick(codes)) \(chance(3) ? "undo=yes" : "gate=\(pick(["north", "south"]))")\(key)")
        case 18: office("\(chance(2) ? "BLOCK" : "UNBLOCK") \(event) \(place())\(key)")
        case 19: office("EVENT \(chance(3) ? "CLOSE" : "OPEN") \(event)\(key)")
        case 20: office("EVENT SET \(event) title=T\(stepNumber)\(key)")
        default: rareThing()
        }
    }

    private mutating func someHold(_ line: ((id: String, total: String)) -> String) {
        guard !holds.isEmpty else { return }
        office(line(pick(Array(holds.suffix(6)))))
    }

    private mutating func rareThing() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: office("RESET")
        case 1: office("EVENT CANCEL \(pick(["gala", "ball"]))")
        case 2: office("PRICE SET ball lawn \(Int.random(in: 0...500, using: &random))")
        case 3: office("PRICE SET gala standard 0")
        default: return
        }
        // Where an event is gone, another one takes its name's place, so that the sale goes on.
        for event in ["gala", "ball"] where !office("EVENT OPEN \(event)").isOK {
            office(
                "EVENT ADD \(event) venue=hall title=Again starts=2031-05-01T19:30Z currency=EUR price=300 limit=30")
            office("EVENT OPEN \(event)")
        }
    }
}
