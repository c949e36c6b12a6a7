// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import Ticketing

/// Records that no ledger wrote, the same in every run. `BOXOFFICE_FUZZ` sets how many inputs each test takes.
@Suite("Fuzzing of records")
struct RecordFuzzTests {
    private static let executions = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap(Int.init) ?? 2_000

    /// Cuts, grows and changes a record behind its type and time, which are kept more often than not.
    private static func mutated(_ record: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var record = record
        for _ in 0...(random.next() % 3) {
            let first = random.next() % 8 == 0 ? 0 : min(9, record.count)
            let position = first + Int(random.next() % UInt64(record.count - first + 1))
            switch random.next() % 6 {
            case 0: record = Array(record[..<position])
            case 1: record.insert(UInt8(truncatingIfNeeded: random.next()), at: position)
            case 2: if position < record.count { record[position] ^= 1 << UInt8(random.next() % 8) }
            case 3: if position < record.count { record.remove(at: position) }
            default:
                let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
                for at in position..<min(record.count, position + [1, 2, 4, 8][Int(random.next() % 4)]) {
                    record[at] = edges[Int(random.next() % 5)]
                }
            }
            if record.isEmpty { return record }
        }
        return record
    }

    @Test("any record is a decision that leaves the books in order, or an error, and never traps")
    func records() throws {
        let journal = LedgerRecordTests.life().journal
        var random = Seeded(11)
        var taken = 0
        var done = 0
        while done < Self.executions {
            // Several are tried on one state; after an error, and after a change, the books begin anew.
            let index = Int(random.next() % UInt64(journal.count - 1)) + 1
            var ledger = try LedgerRecordTests.replay(journal, upTo: index - 1, then: journal[index - 1])
            for _ in 0..<8 where done < Self.executions {
                done += 1
                let record = Self.mutated(journal[index], &random)
                var effects = Effects(isPublishing: true)
                do {
                    try ledger.apply(record: record.span, effects: &effects)
                    taken += 1
                    if done % 16 == 0 { #expect(ledger.findContradictions() == [], "input \(done): \(record)") }
                    break
                } catch {
                    ledger = try LedgerRecordTests.replay(journal, upTo: index - 1, then: journal[index - 1])
                }
            }
        }
        #expect(taken > Self.executions / 50, "the fuzzer must reach good records too: \(taken)")
    }
}
