// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import CAllocationCounter
import Glibc
import LineProtocol
import Ticketing

// Counts what a HOLD allocates on its way through parser, domain and renderer. Only a release build says anything: run
//
//     swift run -c release count-allocations
//
// Exit code 1 where a command in the steady state allocates.

/// The way of a booking through parser and domain, without journal and sockets.
private final class Path {
    let ledger = TicketLedger()
    var parser = RequestParser(table: CommandTable())
    let batch = RequestBatch()
    var record = RecordWriter()
    var reply = ReplyWriter()
    var effects = Effects(isPublishing: true)
    var rendered: [UInt8] = []
    var now = Instant(milliseconds: 1_900_000_000_000)

    init() {
        ledger.found(secret: Array(0..<32), shard: 0, shards: 1, at: now, record: &record)
        let catalogue = Catalogue()
        record.removeAll()
        catalogue.found(secret: Array(0..<32), shard: .max, shards: 1, at: now, record: &record)
        for line in [
            "VENUE ADD arena name=Arena", "SECTION ADD arena/floor rows=1-100 seats=1-150",
            "AREA ADD arena/pit capacity=100000",
        ] { run(line) { catalogue.decide($0, in: batch, at: now, record: &record, reply: &reply, effects: &effects) } }
        run("EVENT ADD gala venue=arena title=Gala starts=2031-05-01T19:30Z currency=EUR price=100") {
            catalogue.decide($0, in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        }
        guard let forward = effects.forwards.first else { fatalError("the event was refused") }
        batch.attachments = [forward.attachment]
        batch.requests[0].attachment = 1
        ledger.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        say("EVENT OPEN gala")
    }

    func run(_ line: String, _ decide: (Request) -> Void) {
        batch.removeAll()
        record.removeAll()
        reply.removeAll()
        effects.removeAll()
        var bytes = Array(line.utf8)
        bytes.withUnsafeMutableBytes { take(UnsafeRawBufferPointer($0), decide) }
    }

    @discardableResult
    func say(_ line: String) -> String {
        run(line) { ledger.decide($0, in: batch, at: now, record: &record, reply: &reply, effects: &effects) }
        return String(decoding: rendered, as: UTF8.self)
    }

    /// One request: parsed, decided, applied, rendered.
    func take(_ line: UnsafeRawBufferPointer, _ decide: (Request) -> Void) {
        guard case .request = parser.parse(line, role: .operator) else { return }
        let nobody: [UInt8] = []
        parser.append(to: batch, client: 1, ticket: 1, role: .operator, buyer: nobody.span)
        reply.begin(client: 1, ticket: 1)
        decide(batch.requests[batch.requests.count - 1])
        reply.end()
        rendered.removeAll(keepingCapacity: true)
        let frame = reply.bytes
        TextRenderer.render(frame.span.extracting(reply.bodyRange), tag: .none, to: &rendered)
    }
}

/// Tables grow by chunks of many entries, so a run of thousands sees a few allocations, and a command none. Chunks are of
/// some 16 KiB: four thousand holds of four places fill some forty.
let chunksAllowed: UInt64 = 56
let rounds = 4_000

func line(_ kind: String, _ number: Int) -> String {
    switch kind {
    case "seats": "HOLD gala floor/\(number / 150 + 1)/\(number % 150 + 1)"
    case "best": "HOLD gala best=1"
    case "taken": "HOLD gala floor/1/1"
    default: "HOLD gala pit:4"
    }
}

var failed = false
for kind in ["seats", "best", "taken", "area"] {
    let path = Path()
    // Lines are made before anything is counted.
    let lines = (0..<(2 * rounds)).map { Array(line(kind, $0).utf8) }
    func hold(_ line: [UInt8]) {
        path.batch.removeAll()
        path.record.removeAll()
        path.reply.removeAll()
        path.effects.removeAll()
        line.withUnsafeBytes { bytes in
            path.take(bytes) {
                path.ledger.decide(
                    $0, in: path.batch, at: path.now, record: &path.record, reply: &path.reply, effects: &path.effects)
            }
        }
    }
    for line in lines[..<rounds] { hold(line) }
    let before = box_thread_allocations()
    for line in lines[rounds...] { hold(line) }
    let allocations = box_thread_allocations() - before
    let last = String(decoding: path.rendered, as: UTF8.self)
    let expected = kind == "taken" ? "ERR SEAT_TAKEN" : "OK hold="
    let isGood = allocations <= chunksAllowed && last.hasPrefix(expected)
    if !isGood { failed = true }
    print("HOLD \(kind): \(allocations) allocations in \(rounds) commands\(isGood ? "" : ", too many, or: " + last)")
}

// A counter that never counts proves nothing.
let before = box_thread_allocations()
var array: [Int] = []
for number in 0..<100 { array = Array(repeating: number, count: number + 1) }
if box_thread_allocations() - before < 50 || array.count != 100 {
    print("the counter does not count")
    failed = true
}
exit(failed ? 1 : 0)
