// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Snapshots of a ledger")
struct LedgerSnapshotTests {
    /// A house of several thousand seats over two events, so that its columns have many chunks, with everything that
    /// can happen to a seat happening in it.
    struct Trade {
        var desk = Desk([
            .row("s/A", "1-4", categories: "1-4:dear"), .row("s/B", "1-300"), .row("s/C", "1-300"),
            .area("lawn", 300, category: "cheap"),
        ])
        var random: Seeded
        var holds: [String] = []
        var orders: [String] = []
        var codes: [String] = []
        var number = 0

        init(seed: UInt64, events: Int = 10) {
            random = Seeded(seed)
            desk.checksEverything = false
            for event in 0..<events {
                desk("EVENT ADD e\(event) venue=studio title=E\(event) starts=2031-05-01T19:30Z currency=EUR price=5")
                desk("EVENT OPEN e\(event)")
            }
        }

        mutating func step() {
            number += 1
            let event = "e\(random.next() % 10)"
            let buyer = "buyer\(random.next() % 400)"
            switch random.next() % 16 {
            case 0...5:
                let row = random.next() % 2 == 0 ? "B" : "C"
                let key = random.next() % 4 == 0 ? " key=k\(number)" : ""
                let answer = desk("HOLD \(event) s/\(row)/\(random.next() % 300 + 1)\(key)", as: buyer)
                if let hold = answer[.hold] { holds.append(hold) }
            case 6:
                if let hold = desk("HOLD \(event) lawn:2", as: buyer)[.hold] { holds.append(hold) }
            case 7:
                if let hold = pick(holds) { desk("RELEASE \(hold)") }
            case 8...10:
                guard let hold = pick(holds) else { return }
                let total = desk("GET \(hold)")[.total] ?? "0"
                desk(
                    "PAY \(hold) amount=\(total) method=test token=\(random.next() % 3 == 0 ? "declined:30s" : "paid")")
            case 11...12:
                guard let hold = pick(holds) else { return }
                let answer = desk("CONFIRM \(hold)")
                if let order = answer[.order] { orders.append(order) }
                if let code = answer[.codes] { codes.append(String(code.split(separator: ",")[0])) }
            case 13:
                if let order = pick(orders) { desk("CANCEL \(order)") }
            case 14:
                if let code = pick(codes) { desk("CHECKIN \(code) gate=g\(random.next() % 5)") }
            default:
                desk.advance(milliseconds: Int64(random.next() % 20_000))
                if random.next() % 8 == 0 { desk("PRICE SET \(event) dear \(random.next() % 900)") }
                if random.next() % 8 == 0 { desk("BLOCK \(event) s/A/\(random.next() % 4 + 1)") }
                if random.next() % 16 == 0 {
                    desk("EVENT ADD n\(number) venue=studio title=N starts=2031-05-01T19:30Z onsale=2031-04-01T10:00Z")
                }
                if random.next() % 40 == 0 { desk.advance(seconds: 86_400 / 3) }
            }
        }

        private mutating func pick(_ items: [String]) -> String? {
            items.isEmpty ? nil : items[Int(random.next() % UInt64(items.count))]
        }
    }

    @Test("a ledger captured while it works is the ledger of the cut, and goes on as it", arguments: 1...12)
    func whileWorking(seed: UInt64) throws {
        var trade = Trade(seed: seed)
        for _ in 0..<1_500 { trade.step() }
        let cut = trade.desk.journal.count
        let digest = trade.desk.ledger.digest
        let ledger = trade.desk.ledger
        // Small steps, so that most chunks change before their turn has come.
        let frames = try #require(ledger.captured(stepBytes: 3_000) { for _ in 0..<20 { trade.step() } })
        let restored = try TicketLedger.restored(frames)
        #expect(restored.digest == digest)
        #expect(restored.findContradictions() == [])

        // What came after the cut leads to the same books again.
        try restored.apply(trade.desk.journal[cut...])
        #expect(restored.digest == trade.desk.ledger.digest)
        #expect(restored.findContradictions() == [])
        var figures = restored.figures
        figures.bytes = trade.desk.ledger.figures.bytes
        #expect(figures == trade.desk.ledger.figures)
        #expect(restored.nextDue <= trade.desk.ledger.nextDue || trade.desk.ledger.nextDue <= trade.desk.now)
    }

    @Test("a snapshot does not depend on what happens while it is taken, nor on how it is stepped")
    func equalBytes() throws {
        var trade = Trade(seed: 77)
        for _ in 0..<1_000 { trade.step() }
        let still = try #require(trade.desk.ledger.captured())
        let ledger = trade.desk.ledger
        let moving = try #require(ledger.captured(stepBytes: 2_000) { for _ in 0..<30 { trade.step() } })
        for kind in SnapshotContent.Kind.allCases {
            #expect(try still.bytes(of: kind) == moving.bytes(of: kind), "\(kind)")
        }
        #expect(still != moving, "chunks that changed early come early")
    }

    @Test("a replayed ledger's snapshot has the same bytes as the live one's")
    func sameBytesOnReplay() throws {
        var trade = Trade(seed: 5)
        for _ in 0..<1_000 { trade.step() }
        let again = TicketLedger()
        again.testModeEnabled = true
        try again.apply(trade.desk.journal)
        #expect(again.captured() == trade.desk.ledger.captured())
    }

    @Test("a ledger that was restored decides as the one that was captured", arguments: 20...26)
    func decidesTheSame(seed: UInt64) throws {
        var trade = Trade(seed: seed)
        for _ in 0..<800 { trade.step() }
        let restored = try TicketLedger.restored(try #require(trade.desk.ledger.captured()))
        // Records of both, request by request, in step.
        let cut = trade.desk.journal.count
        let twin = try trade.desk.reopened(ledger: restored)
        var left = trade
        var right = trade
        right.desk = twin
        for _ in 0..<500 {
            left.step()
            right.step()
        }
        #expect(left.desk.journal.count > cut)
        let difference = zip(left.desk.journal, right.desk.journal).first { $0 != $1 }
        #expect(difference == nil, "\(String(describing: difference))")
        #expect(left.desk.journal.count == right.desk.journal.count)
    }

    @Test("RESET makes a capture void, and the next one is of what came after")
    func reset() throws {
        var trade = Trade(seed: 3)
        for _ in 0..<300 { trade.step() }
        let ledger = trade.desk.ledger
        var isFirst = true
        let frames = ledger.captured(stepBytes: 1_000) {
            if isFirst { trade.desk("RESET") }
            isFirst = false
        }
        #expect(frames == nil)
        let after = try #require(ledger.captured())
        let restored = try TicketLedger.restored(after)
        #expect(restored.digest == ledger.digest && restored.eventCount == 0)
    }

    @Test("a capture given up leaves nothing behind", arguments: [0, 5_000])
    func abandoned(bytes: Int) throws {
        var trade = Trade(seed: 4)
        for _ in 0..<300 { trade.step() }
        let ledger = trade.desk.ledger
        let capture = StateCapture()
        ledger.beginCapture(into: capture)
        _ = ledger.captureSome(bytesMax: bytes)
        ledger.abandonCapture()
        let copied = capture.bytesCopied
        for _ in 0..<200 { trade.step() }
        #expect(capture.bytesCopied == copied)
        let restored = try TicketLedger.restored(try #require(ledger.captured()))
        #expect(restored.digest == ledger.digest)
    }

    @Test("an empty ledger has a snapshot too")
    func empty() throws {
        let desk = Desk()
        let restored = try TicketLedger.restored(try #require(desk.ledger.captured()))
        #expect(restored.digest == desk.ledger.digest)
        #expect(restored.lastRecorded == desk.ledger.lastRecorded)
    }

    @Test("before a change, no more than the chunks it touches is copied")
    func copiesLittle() {
        var trade = Trade(seed: 9)
        for _ in 0..<2_000 { trade.step() }
        let capture = StateCapture()
        trade.desk.ledger.beginCapture(into: capture)
        let before = capture.bytesCopied
        trade.desk("HOLD e3 s/A/1-2", as: "somebody")
        let copied = capture.bytesCopied - before
        #expect(copied > 0 && copied <= 160 << 10, "\(copied) bytes")
        trade.desk("HOLD e3 s/A/3", as: "somebody")
        #expect(capture.bytesCopied - before - copied <= 16 << 10, "the chunks are copied once")
        trade.desk.ledger.abandonCapture()
    }

    @Test("every bit of a small snapshot's content flipped is an error or changes nothing that is asked")
    func flippedBits() throws {
        let desk = Desk()
        desk.openGala()
        let hold = desk("HOLD gala stalls/A/3-4 key=a", as: "ada")[.hold] ?? ""
        desk("PAY \(hold) amount=9000 method=cash")
        desk("CONFIRM \(hold)")
        desk("HOLD gala stalls/B/1", as: "bob")
        let frames = try #require(desk.ledger.captured())
        var accepted = 0
        for number in frames.frames.indices {
            for at in frames.frames[number].indices {
                var flipped = frames
                flipped.frames[number][at] ^= 1 << UInt8(at % 8)
                guard let restored = try? TicketLedger.restored(flipped) else { continue }
                accepted += 1
                // What no digest covers is derived: all that one covers, keys included, is as it was.
                #expect(restored.digest == desk.ledger.digest, "byte \(at) of frame \(number)")
            }
        }
        #expect(accepted < frames.frames.reduce(0) { $0 + $1.count } / 2)
    }

    @Test("cut, doubled and swapped frames are errors")
    func wrongFrames() throws {
        var trade = Trade(seed: 11)
        for _ in 0..<2_500 { trade.step() }
        let frames = try #require(trade.desk.ledger.captured())
        #expect(frames.frames.count > 2)
        for number in frames.frames.indices {
            var less = frames
            less.frames.remove(at: number)
            #expect(throws: (any Error).self, "without frame \(number)") { try TicketLedger.restored(less) }
            var more = frames
            more.frames.insert(frames.frames[number], at: number)
            #expect(throws: (any Error).self, "frame \(number) twice") { try TicketLedger.restored(more) }
            var cut = frames
            cut.frames[number].removeLast(3)
            #expect(throws: (any Error).self, "frame \(number) cut") { try TicketLedger.restored(cut) }
        }
    }
}
