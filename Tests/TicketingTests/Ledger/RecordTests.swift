// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Records that are cut, bent or out of place")
struct LedgerRecordTests {
    /// A short life with every type of record in it.
    static func life() -> Desk {
        let desk = Desk([.row("s/A", "1-4", categories: "1-2:vip"), .area("lawn", 4)])
        desk.checksEverything = false
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR price=5 hold=60s key=a")
        desk("EVENT SET gala limit=50 title=Gala")
        desk("PRICE SET gala vip 9")
        desk("EVENT OPEN gala")
        desk("BLOCK gala s/A/4,lawn:1")
        desk("UNBLOCK gala s/A/4,lawn:1")
        let hold = desk("HOLD gala s/A/1-3,lawn:2", as: "ada").hold
        desk("EXTEND \(hold)", as: "ada")
        desk("RELEASE \(hold) s/A/2,lawn:1", as: "ada")
        desk("PAY \(hold) amount=19 method=test token=paid:30s", as: "ada")
        desk.advance(seconds: 30)
        let order = desk("CONFIRM \(hold)", as: "ada")
        desk("CHECKIN \(order.codes[0]) gate=north")
        desk("CHECKIN \(order.codes[0]) undo=yes")
        desk("CANCEL \(order.order) \(order.tickets[0])", as: "ada")
        desk("HOLD gala best=1", as: "bob")
        let late = desk("HOLD gala lawn:1", as: "cy").hold
        desk("PAY \(late) amount=5 method=test token=paid:200s", as: "cy")
        desk.advance(seconds: 300)
        var digest = RecordWriter()
        desk.ledger.writeDigestRecord(at: desk.now, into: &digest)
        desk.keep(digest)
        desk.advance(seconds: 90_000)
        desk("HOLD gala s/A/2", as: "bob")
        desk("EVENT CANCEL gala")
        desk("RESET")
        return desk
    }

    /// Applies all records before `index`, then this one in place of it.
    static func replay(
        _ journal: [[UInt8]], upTo index: Int, then record: [UInt8]
    ) throws(RecordError) -> TicketLedger {
        let ledger = TicketLedger()
        var effects = Effects(isPublishing: false)
        for earlier in journal[..<index] { try ledger.apply(record: earlier.span, effects: &effects) }
        try ledger.apply(record: record.span, effects: &effects)
        return ledger
    }

    @Test("a life has every type of record in it")
    func coverage() {
        let types = Set(Self.life().journal.map { $0[0] })
        for type in LedgerRecord.allCases { #expect(types.contains(type.rawValue), "\(type)") }
        for type in [
            RecordType.founding, RecordType.digest, RecordType.reset, RecordType.keyOutcome,
            RecordType.keysExpired,
        ] {
            #expect(types.contains(type))
        }
    }

    @Test("a record cut anywhere is an error, never a trap")
    func truncation() throws {
        let journal = Self.life().journal
        for (index, record) in journal.enumerated() {
            for length in 0..<record.count {
                #expect(throws: RecordError.self, "record \(index) of type \(record[0]) cut to \(length)") {
                    try Self.replay(journal, upTo: index, then: Array(record[..<length]))
                }
            }
        }
    }

    @Test("a record with a byte more is an error")
    func longer() throws {
        let journal = Self.life().journal
        // What a key keeps has no length of its own: it is read to the end, and its reply must end there.
        for (index, record) in journal.enumerated() {
            #expect(throws: RecordError.self, "record \(index) of type \(record[0])") {
                try Self.replay(journal, upTo: index, then: record + [0])
            }
        }
    }

    @Test("a record with any bit turned is an error or another decision, never a trap", arguments: 0..<8)
    func flips(bit: UInt8) {
        let journal = Self.life().journal
        for (index, record) in journal.enumerated() {
            for position in record.indices {
                var bent = record
                bent[position] ^= 1 << bit
                // Where it is taken for another decision, the books must still be in order.
                if let ledger = try? Self.replay(journal, upTo: index, then: bent) {
                    #expect(ledger.findContradictions() == [], "record \(index) of type \(record[0]), byte \(position)")
                }
            }
        }
    }

    @Test("random bytes behind a type are an error or a decision, never a trap")
    func randomBodies() {
        let journal = Self.life().journal
        var random = Seeded(7)
        for type in LedgerRecord.allCases {
            for _ in 0..<200 {
                var record = [type.rawValue]
                withUnsafeBytes(of: Instant(milliseconds: 2_000_000_000_000).milliseconds) { record += Array($0) }
                for _ in 0..<(random.next() % 40) {
                    record.append(random.next() % 3 == 0 ? UInt8(truncatingIfNeeded: random.next()) : 0)
                }
                _ = try? Self.replay(journal, upTo: journal.count / 2, then: record)
            }
        }
    }

    @Test("records out of their order are errors")
    func order() {
        let journal = Self.life().journal
        for (index, record) in journal.enumerated() where index > 1 {
            // Straight after the founding, nothing but what starts from nothing fits.
            let startsAnew = [
                LedgerRecord.planPart.rawValue, RecordType.keyOutcome, RecordType.reset,
            ].contains(record[0])
            if startsAnew { continue }
            #expect(throws: RecordError.self, "record \(index) of type \(record[0])") {
                try Self.replay(journal, upTo: 1, then: record)
            }
        }
        #expect(throws: RecordError.self) { try Self.replay(journal, upTo: 0, then: journal[1]) }
        #expect(throws: RecordError.self) { try Self.replay(journal, upTo: 1, then: journal[0]) }
    }

    @Test("time never goes backward in a journal")
    func backward() {
        let journal = Self.life().journal
        let last = journal.count - 1
        var bent = journal[last]
        for byte in 1..<9 { bent[byte] = 0 }
        #expect(throws: RecordError.self) { try Self.replay(journal, upTo: last, then: bent) }
    }

    @Test("an unknown type is said to be unknown")
    func unknownType() {
        let journal = Self.life().journal
        for type in UInt8.min...UInt8.max
        where LedgerRecord(rawValue: type) == nil && (type == 0 || type > 5) {
            #expect(throws: RecordError.unknownType(type)) {
                try Self.replay(journal, upTo: 1, then: [type] + journal[1][1...])
            }
        }
    }

    @Test("a digest that is another than the state's is found out")
    func digests() {
        let journal = Self.life().journal
        guard let index = journal.firstIndex(where: { $0[0] == RecordType.digest }) else {
            Issue.record("there is no digest in a life")
            return
        }
        var bent = journal[index]
        bent[9] ^= 1
        do {
            _ = try Self.replay(journal, upTo: index, then: bent)
            Issue.record("a wrong digest was believed")
        } catch {
            guard case .digestMismatch = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("a hold of one seat by a known buyer takes 56 bytes of the journal at most")
    func size() {
        let desk = Desk().openGala()
        desk("HOLD gala stalls/A/1", as: "ada")
        desk("HOLD gala stalls/A/2", as: "ada")
        #expect((desk.journal.last?.count ?? 0) <= 56)
    }

    @Test("lines of the books have no padding, for digests run over their bytes")
    func layout() {
        #expect(MemoryLayout<EventEntry>.size == 112 && MemoryLayout<EventEntry>.stride == 112)
        #expect(MemoryLayout<HoldEntry>.size == 72 && MemoryLayout<HoldEntry>.stride == 72)
        #expect(MemoryLayout<HoldTrace>.size == 16)
        #expect(MemoryLayout<AreaEntry>.size == 16)
        #expect(MemoryLayout<Standing>.size == 16)
        #expect(MemoryLayout<HeldItem>.size == 12)
        #expect(MemoryLayout<OrderEntry>.size == 28 && MemoryLayout<OrderEntry>.stride == 28)
        #expect(MemoryLayout<TicketEntry>.size == 28 && MemoryLayout<TicketEntry>.stride == 28)
    }

    @Test("a sold seat with its order and ticket takes 64 bytes, a free one 8")
    func footprint() {
        let free = 1 + 4 + 1  // state, owner, its share of the row's runs
        #expect(free <= 8)
        #expect(free + MemoryLayout<OrderEntry>.stride + MemoryLayout<TicketEntry>.stride <= 64)
    }
}
