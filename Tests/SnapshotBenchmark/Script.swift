// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Glibc
import Journal
import LineProtocol
import Ring
import Ticketing

/// What is asked of the shard: lines, parsed as the door would.
final class Script {
    private let events: Int
    private let rows: Int
    private var parser = RequestParser(table: CommandTable(testMode: true))
    private let plan: SeatPlan
    private let keys = IssuedIDKeys(secret: Rig.secret)
    private var pool: [Parcel] = []
    private var line: [UInt8] = []
    private var state: UInt64 = 42

    // How far each stretch has come.
    private var eventsAdded = 0
    private var soldEvent = 0
    private var soldStart = 0
    /// The serial that the next hold gets.
    private var nextHold: UInt64 = 1
    private var open: [UInt64] = []
    private var openAt = 0
    private var nextSeat: [Int]

    init(events: Int, seats: Int) {
        self.events = events
        rows = seats / 100
        nextSeat = Array(repeating: 0, count: events)
        let catalogue = Catalogue()
        var record = RecordWriter()
        var reply = ReplyWriter()
        var effects = Effects(isPublishing: false)
        let now = Instant(milliseconds: 1_900_000_000_000)
        catalogue.found(secret: Rig.secret, shards: 1, at: now, record: &record)
        let batch = RequestBatch()
        for text in ["VENUE ADD v name=V", "SECTION ADD v/s rows=1-\(rows) seats=1-100"] {
            batch.removeAll()
            record.removeAll()
            Script.parse(text, &parser, into: batch, buyer: [])
            reply.begin(client: 0, ticket: 0)
            catalogue.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
            reply.end()
        }
        plan = catalogue.venue("v")?.layout.plan ?? SeatPlan()
        precondition(plan.seatCount == seats, "the venue has \(plan.seatCount) seats")
    }

    private static func parse(_ text: String, _ parser: inout RequestParser, into batch: RequestBatch, buyer: [UInt8]) {
        var bytes = Array(text.utf8)
        bytes.withUnsafeMutableBytes { line in
            guard case .request = parser.parse(UnsafeRawBufferPointer(line), role: .operator) else {
                preconditionFailure("a line of the benchmark does not parse: \(text)")
            }
        }
        parser.append(to: batch, client: 0, ticket: 0, role: .operator, buyer: buyer.span)
    }

    private func parcel() -> Parcel { pool.popLast() ?? Parcel() }

    func take(back parcel: Parcel) {
        parcel.reset()
        pool.append(parcel)
    }

    private func add(_ text: String, buyer: String = "", to parcel: Parcel) {
        Self.parse(text, &parser, into: parcel.requests, buyer: Array(buyer.utf8))
    }

    private func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private func id(_ serial: UInt64) -> String {
        var writer = ReplyWriter()
        writer.begin(client: 0, ticket: 0)
        writer.line(.ok)
        writer.beginText(.hold)
        IssuedID(kind: .hold, shard: 0, serial: serial).append(to: &writer, keys: keys)
        writer.endText()
        writer.end()
        var out: [UInt8] = []
        let bytes = writer.bytes
        TextRenderer.render(bytes.span.extracting(writer.bodyRange), tag: .none, to: &out)
        return String(decoding: out.dropFirst("OK hold=".utf8.count).dropLast(), as: UTF8.self)
    }

    // MARK: Stretches

    func addEvents() -> Parcel? {
        guard eventsAdded < events else { return nil }
        let parcel = parcel()
        for _ in 0..<min(16, events - eventsAdded) {
            add(
                "EVENT ADD e\(eventsAdded) venue=v title=\"Event \(eventsAdded)\" starts=2031-05-01T19:30Z currency=EUR price=\(Rig.price) limit=1000000 hold=24h",
                to: parcel)
            parcel.requests.attachments.append(CatalogueAttachment(plan: plan, missingPerformer: nil))
            parcel.requests.attach(
                UInt32(parcel.requests.attachments.count), toRequestAt: parcel.requests.count - 1)
            add("EVENT OPEN e\(eventsAdded)", to: parcel)
            eventsAdded += 1
        }
        return parcel
    }

    /// Sells every other row, four seats to an order.
    func sell() -> Parcel? {
        guard soldEvent < events else { return nil }
        let parcel = parcel()
        for _ in 0..<21 where soldEvent < events {
            let row = soldStart / 100 * 2 + 1
            let seat = soldStart % 100 + 1
            let buyer = "buyer-\(random(500_000))@example.org"
            add("HOLD e\(soldEvent) s/\(row)/\(seat)-\(seat + 3)", buyer: buyer, to: parcel)
            let hold = id(nextHold)
            nextHold += 1
            add("PAY \(hold) amount=\(4 * Rig.price) method=cash", to: parcel)
            add("CONFIRM \(hold)", to: parcel)
            soldStart += 4
            if soldStart >= rows / 2 * 100 {
                soldStart = 0
                soldEvent += 1
            }
        }
        return parcel
    }

    /// One seat at a random event held, and the oldest hold of some ten thousand released: a load that goes on for ever.
    func trade() -> Parcel {
        let parcel = parcel()
        for _ in 0..<32 {
            let event = random(events)
            // Seats of the rows that are not sold, in turn: long before one comes again, it is free again.
            let seat = nextSeat[event] % (rows / 2 * 100)
            nextSeat[event] += 1
            add("HOLD e\(event) s/\(seat / 100 * 2 + 2)/\(seat % 100 + 1)", buyer: "b\(random(1_000))", to: parcel)
            open.append(nextHold)
            nextHold += 1
            if open.count - openAt > 10_000 {
                add("RELEASE \(id(open[openAt]))", to: parcel)
                openAt += 1
                if openAt > 100_000 {
                    open.removeFirst(openAt)
                    openAt = 0
                }
            }
        }
        return parcel
    }

    func snapshot() -> Parcel {
        let parcel = parcel()
        add("SNAPSHOT", to: parcel)
        return parcel
    }
}
