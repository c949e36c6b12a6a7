// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import Ticketing

@testable import Audit

/// Each of these takes true records, makes one of them false, and expects the proof to say so in these words.
@Suite("Planted falsehoods")
struct FalsehoodTests {
    private let office = Office()

    /// The records with one of them replaced, doubled or dropped.
    private func changing(_ type: ShardRecordType, last: Bool = true, _ change: ([UInt8]) -> [[UInt8]]) -> [[UInt8]] {
        var records = office.records
        let indices = records.indices.filter { records[$0][0] == type.rawValue }
        guard let index = last ? indices.last : indices.first else {
            Issue.record("there is no \(type.word) record")
            return records
        }
        records.replaceSubrange(index...index, with: change(records[index]))
        return records
    }

    private func expect(_ records: [[UInt8]], says words: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = findings(in: records)
        #expect(found.contains { $0.contains(words) }, "\(found)", sourceLocation: sourceLocation)
    }

    private func with<Value: FixedWidthInteger>(_ record: [UInt8], _ offset: Int, _ value: Value) -> [UInt8] {
        var record = record
        for byte in 0..<(Value.bitWidth / 8) {
            record[offset + byte] = UInt8(truncatingIfNeeded: value >> Value(8 * byte))
        }
        return record
    }

    // Offsets below count type and time, 9 bytes.

    @Test("a seat held twice has two owners")
    func heldTwice() {
        _ = office.hold("stalls/A/1")
        _ = office.hold("stalls/A/2")
        // Of `held`: serial, event, buyer, ends, count, price, place.
        let records = changing(.held) { [with($0, 9 + 8 + 4 + 4 + 8 + 1 + 8, UInt32(0))] }
        expect(records, says: "two owners: hold 2 takes seat stalls/A/1 of gala while hold 1 has it")
    }

    @Test("a seat that was sold is not held again")
    func soldAndHeld() {
        office.sell("stalls/A/1")
        _ = office.hold("stalls/A/2")
        let records = changing(.held) { [with($0, 9 + 8 + 4 + 4 + 8 + 1 + 8, UInt32(0))] }
        expect(records, says: "two owners: hold 2 takes seat stalls/A/1 of gala while ticket 1 has it")
    }

    @Test("a blocked seat is not held, and a held one not blocked")
    func blockedAndHeld() {
        office("BLOCK gala stalls/A/1")
        _ = office.hold("stalls/A/2")
        expect(
            changing(.held) { [with($0, 9 + 8 + 4 + 4 + 8 + 1 + 8, UInt32(0))] },
            says: "hold 1 takes seat stalls/A/1 of gala while the house has it")
        office("BLOCK gala stalls/A/3")
        expect(
            changing(.blocked) { [with($0, 9 + 8, UInt32(1))] },
            says: "the house takes seat stalls/A/2 of gala while hold 1 has it")
    }

    @Test("an area has no more people than places")
    func overfull() {
        for _ in 0..<5 { _ = office.hold("lawn:4") }
        let records = office.records + [Self.again(office.records, .held, serial: 6)]
        expect(records, says: "area lawn of gala has 20 places, of which 24 are held")
    }

    /// The last record of a type once more, as that of another hold.
    private static func again(_ records: [[UInt8]], _ type: ShardRecordType, serial: UInt8) -> [UInt8] {
        var record = records.last { $0[0] == type.rawValue } ?? []
        record[9] = serial
        return record
    }

    @Test("a hold is released once")
    func releasedTwice() {
        office("RELEASE \(office.hold("stalls/A/1"))")
        expect(changing(.released) { [$0, $0] }, says: "hold 1 ended by release, and is released after that")
    }

    @Test("a hold that ended by time is not paid")
    func paidAfterEnd() {
        let hold = office.hold("stalls/A/1")
        office("PAY \(hold) amount=4500 method=cash")
        // Of `paid`, the time: a minute and more behind the hold's end, or just at it.
        let ends = office.now.milliseconds + 60_000
        expect(changing(.paid) { [with($0, 1, ends)] }, says: "hold 1 was due at")
        expect(changing(.paid) { [with($0, 1, ends)] }, says: "hold 1 is paid at")
    }

    @Test("a hold's end is not forgotten")
    func forgottenExpiry() {
        _ = office.hold("stalls/A/1")
        office.advance(seconds: 61)
        _ = office.hold("stalls/A/2")
        expect(changing(.holdMoved) { _ in [] }, says: "hold 1 was due at")
    }

    @Test("a hold ends at its end, not before")
    func earlyExpiry() {
        _ = office.hold("stalls/A/1")
        office.advance(seconds: 61)
        // Of `hold-moved`: serial, move, when.
        let when = office.now.milliseconds - 30_000
        expect(changing(.holdMoved) { [with($0, 9 + 9, when)] }, says: "hold 1 is expired as of")
    }

    @Test("a hold is not confirmed before it is paid")
    func confirmedUnpaid() {
        office.sell("stalls/A/1")
        expect(changing(.paid) { _ in [] }, says: "hold 1 is confirmed while it is held and costs 4500")
    }

    @Test("a payment is what the places cost")
    func paidTooLittle() {
        office.sell("stalls/A/1-2")
        // Of `paid`: serial, payment, method, state, total.
        let records = changing(.paid) { [with($0, 9 + 8 + 4 + 1 + 1, Int64(8_000))] }
        expect(records, says: "hold 1 is paid with 8000, and its places cost 9000")
        expect(records, says: "order 1 has tickets for 9000, and 8000 was paid for them")
        expect(records, says: "8000 EUR came in, 0 went back, and 9000 stands for tickets")
    }

    @Test("a ticket is refunded once")
    func refundedTwice() {
        let sold = office.sell("stalls/A/1-2")
        office("CANCEL \(sold.order) \(sold.tickets[0])")
        let records = changing(.ticketsCancelled) { [$0, $0] }
        expect(records, says: "ticket 1 is cancelled a second time")
        let three = changing(.ticketsCancelled) { [$0, $0, $0] }
        expect(three, says: "order 1 was paid with 9000, and 13500 is paid back")
    }

    @Test("a refund is answered as it was booked")
    func refundTooHigh() {
        let sold = office.sell("stalls/A/1-2")
        office("CANCEL \(sold.order) \(sold.tickets[0]) key=once")
        // The kept reply holds the refund as 8 bytes; no other bytes of it are these.
        let records = changing(.keyOutcome) { record in
            let refund: [UInt8] = [0x94, 0x11, 0, 0, 0, 0, 0, 0]
            let at = record.indices.first { record[$0...].starts(with: refund) }
            return [with(record, at ?? 0, Int64(9_000))]
        }
        expect(records, says: "a refund of 4500 was answered with refund=9000")
    }

    @Test("an order has its own tickets")
    func foreignTickets() {
        office.sell("stalls/A/1")
        office.sell("stalls/A/2")
        // Of `confirmed`: hold, order, first ticket.
        expect(
            changing(.confirmed) { [with($0, 9 + 16, UInt64(1))] }, says: "ticket 1 comes where ticket 2 belongs")
        expect(changing(.confirmed) { [with($0, 9 + 8, UInt64(1))] }, says: "order 1 comes where order 2 belongs")
        expect(
            changing(.confirmed) { [with($0, 9, UInt64(1))] },
            says: "hold 1 ended as an order, and is confirmed after that")
    }

    @Test("tickets are cancelled that the order has")
    func cancelledForeign() {
        let sold = office.sell("stalls/A/1")
        office("CANCEL \(sold.order)")
        expect(changing(.ticketsCancelled) { [with($0, 9 + 9, UInt8(3))] }, says: "order 1 has no ticket 3")
        expect(changing(.ticketsCancelled) { [with($0, 9, UInt64(7))] }, says: "order 7 never was")
    }

    @Test("time does not go back")
    func timeGoesBack() {
        _ = office.hold("stalls/A/1")
        office.advance(seconds: 1)
        _ = office.hold("stalls/A/2")
        expect(
            changing(.held) { [with($0, 1, Int64(office.now.milliseconds - 5_000))] },
            says: "time goes back: 2030-03-17T17:46:36Z comes after 2030-03-17T17:46:40Z"
        )
    }

    @Test("a record that is missing or comes twice is missed by its number")
    func droppedAndDoubled() {
        for seat in 1...3 { _ = office.hold("stalls/A/\(seat)") }
        expect(changing(.held, last: false) { _ in [] }, says: "hold 2 comes where hold 1 belongs")
        expect(changing(.held) { [$0, $0] }, says: "hold 3 comes where hold 4 belongs")
        office.sell("stalls/B/1")
        office.sell("stalls/B/2")
        expect(changing(.paid, last: false) { _ in [] }, says: "payment 2 of hold 5 comes where payment 1 belongs")
        expect(changing(.confirmed, last: false) { _ in [] }, says: "order 2 comes where order 1 belongs")
    }

    @Test("an event is added once, cancelled once, and sells nothing when it is not on sale")
    func events() {
        _ = office.hold("stalls/A/1")
        expect(changing(.eventAdded) { [$0, $0] }, says: "event ball is added a second time")
        expect(changing(.eventMoved, last: false) { _ in [] }, says: "made for event gala, which is not on sale")
        office("EVENT CANCEL ball")
        expect(changing(.eventCancelled) { [$0, $0] }, says: "event ball is cancelled a second time")
        expect(changing(.planPart) { _ in [] }, says: "its seat plan has not come")
    }

    @Test("a ticket is checked in once, and not when it was cancelled")
    func checkedIn() {
        let sold = office.sell("stalls/A/1-2")
        office("CHECKIN \(sold.codes[0]) gate=north")
        expect(changing(.checkedIn) { [$0, $0] }, says: "ticket 1 is checked in a second time")
        office("CANCEL \(sold.order) \(sold.tickets[1])")
        expect(office.records + [changingTicket(2)], says: "ticket 2 is checked in and was cancelled")
    }

    private func changingTicket(_ serial: UInt64) -> [UInt8] {
        let record = office.records.last { $0[0] == ShardRecordType.checkedIn.rawValue } ?? []
        // Gate 1 has its name already.
        return Array(with(record, 9, serial).prefix(9 + 8 + 2))
    }

    @Test("a key is answered once while it is remembered, and not forgotten early")
    func keys() {
        office("HOLD gala stalls/A/1 key=once")
        expect(changing(.keyOutcome) { [$0, $0] }, says: "a key is answered anew")
        var writer = RecordWriter()
        writer.begin(type: RecordType.keysExpired, at: office.now)
        writer.append(UInt32(1))
        writer.end()
        expect(office.records + Office.split(writer), says: "is forgotten before its time")
    }

    @Test("records that are cut, too long, unknown or before the founding are none")
    func forms() {
        _ = office.hold("stalls/A/1")
        expect(changing(.held) { [Array($0.dropLast(2))] }, says: "the held record is shorter than it says")
        expect(changing(.eventMoved) { [$0 + [0]] }, says: "the event-moved record is longer than it says")
        expect(office.records + [[0x3F] + office.records[0].dropFirst()], says: "records of type 63 are not known")
        expect(Array(office.records.dropFirst()), says: "a record comes before the founding")
        expect(office.records + [office.records[0]], says: "founded a second time")
        expect(office.records + [[0x18, 1]], says: "shorter than its head")
    }

    @Test("what is true is not reported")
    func truth() {
        let sold = office.sell("stalls/A/1-2")
        office("CHECKIN \(sold.codes[0]) gate=north")
        office("CANCEL \(sold.order) \(sold.tickets[1]) key=a")
        _ = office.hold("lawn:4", as: "ada")
        office.advance(seconds: 61)
        #expect(findings(in: office.records) == [])
    }
}
