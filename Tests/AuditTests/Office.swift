// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@testable import Audit
@testable import Journal

/// A box office of one shard and a catalogue, without disk and clock: takes request lines as from the wire, and keeps
/// the records that they led to.
///
///     let office = Office()
///     let hold = office("HOLD gala stalls/A/3-4", as: "ada")["hold"]
final class Office {
    static let secret = (0..<32).map { UInt8($0) }

    let ledger = TicketLedger()
    let catalogue = Catalogue()
    private(set) var records: [[UInt8]] = []
    private(set) var catalogueRecords: [[UInt8]] = []
    var now = Instant(milliseconds: 1_900_000_000_000)
    private var parser = RequestParser(table: CommandTable(testMode: true))

    /// An event `gala` on sale: two rows of ten and a lawn for twenty, and a second event in the same hall.
    init() {
        ledger.testModeEnabled = true
        var record = RecordWriter()
        ledger.found(secret: Self.secret, shard: 0, shards: 1, at: now, record: &record)
        records += Self.split(record)
        record.removeAll()
        catalogue.found(secret: Self.secret, shards: 1, at: now, record: &record)
        catalogueRecords += Self.split(record)
        for line in [
            "VENUE ADD hall name=Hall", "SECTION ADD hall/stalls rows=A-B seats=1-10",
            "AREA ADD hall/lawn capacity=20 category=lawn", "PERFORMER ADD band name=Band",
            "EVENT ADD gala venue=hall title=Gala starts=2031-05-01T19:30Z currency=EUR price=4500 hold=60s limit=30",
            "PRICE SET gala lawn 1000", "EVENT OPEN gala",
            "EVENT ADD ball venue=hall title=Ball starts=2031-06-01T19:30Z currency=SEK price=100 performers=band",
            "EVENT OPEN ball",
        ] {
            #expect(self(line).isOK, "\(line)")
        }
    }

    /// A reply's last line, taken apart.
    struct Reply {
        let lines: [String]
        var isOK: Bool { lines.last?.hasPrefix("OK") == true }

        subscript(field: String) -> String {
            for word in (lines.last ?? "").split(separator: " ") where word.hasPrefix(field + "=") {
                return String(word.dropFirst(field.count + 1))
            }
            return ""
        }
    }

    @discardableResult
    func callAsFunction(_ line: String, as buyer: String = "") -> Reply {
        var bytes = Array(line.utf8)
        let outcome = bytes.withUnsafeMutableBytes { parser.parse(UnsafeRawBufferPointer($0), role: .operator) }
        guard case .request = outcome else {
            Issue.record("not a request: \(line)")
            return Reply(lines: [])
        }
        let batch = RequestBatch()
        let name = Array(buyer.utf8)
        parser.append(to: batch, client: 1, ticket: 1, role: .operator, buyer: name.span)
        var reply = ReplyWriter()
        reply.begin(client: 1, ticket: 1)
        var effects = Effects(isPublishing: false)
        switch parser.verb {
        case .venueAdd, .venueSet, .sectionAdd, .rowAdd, .areaAdd, .performerAdd, .performerSet:
            decideInCatalogue(batch, &reply, &effects)
        case .eventAdd, .eventSet:
            decideInCatalogue(batch, &reply, &effects)
            if let forward = effects.forwards.first {
                batch.attachments = [forward.attachment]
                batch.requests[0].attachment = 1
                decideInLedger(batch, &reply)
            }
        default: decideInLedger(batch, &reply)
        }
        reply.end()
        var rendered: [UInt8] = []
        let frame = reply.bytes
        TextRenderer.render(frame.span.extracting(reply.bodyRange), tag: .none, to: &rendered)
        return Reply(lines: String(decoding: rendered, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    private func decideInCatalogue(_ batch: RequestBatch, _ reply: inout ReplyWriter, _ effects: inout Effects) {
        var record = RecordWriter()
        catalogue.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        catalogueRecords += Self.split(record)
    }

    private func decideInLedger(_ batch: RequestBatch, _ reply: inout ReplyWriter) {
        var record = RecordWriter()
        var effects = Effects(isPublishing: false)
        ledger.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        records += Self.split(record)
    }

    /// Lets time pass, and everything due happen.
    func advance(seconds: Int64) { advance(milliseconds: seconds * 1_000) }

    func advance(milliseconds: Int64) {
        now = Instant(milliseconds: now.milliseconds + milliseconds)
        var more = ledger.nextDue <= now
        while more {
            var record = RecordWriter()
            var effects = Effects(isPublishing: false)
            more = ledger.runDue(at: now, record: &record, effects: &effects)
            records += Self.split(record)
        }
    }

    /// Writes what the state's digest is now.
    func writeDigest() {
        var record = RecordWriter()
        ledger.writeDigestRecord(at: now, into: &record)
        records += Self.split(record)
    }

    static func split(_ writer: borrowing RecordWriter) -> [[UInt8]] {
        writer.ends.indices.map { Array(writer.bytes[writer.range(of: $0)]) }
    }

    // MARK: Sales in one line

    func hold(_ places: String, at event: String = "gala", as buyer: String = "") -> String {
        self("HOLD \(event) \(places)", as: buyer)["hold"]
    }

    /// Holds, pays and confirms. Returns the order and its tickets.
    @discardableResult
    func sell(_ places: String, at event: String = "gala") -> (order: String, tickets: [String], codes: [String]) {
        let held = self("HOLD \(event) \(places)")
        self("PAY \(held["hold"]) amount=\(held["total"]) method=cash")
        let order = self("CONFIRM \(held["hold"])")
        return (
            order["order"], order["tickets"].split(separator: ",").map(String.init),
            order["codes"].split(separator: ",").map(String.init)
        )
    }
}

/// What the independent proof says of records, as it would of a journal of a block each.
func findings(in records: [[UInt8]]) -> [String] {
    var proof = ShardProof(journal: "shard-000")
    for (index, record) in records.enumerated() {
        proof.take(
            record.span,
            at: JournalPosition(sequence: UInt64(index + 1), record: 0, segment: 1, offset: 4_096 * (index + 1)))
    }
    _ = proof.finish()
    return proof.findings.kept.map(\.description)
}
