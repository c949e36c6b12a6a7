// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Foundation
import Testing
import Ticketing

@testable import Audit
@testable import Journal

/// Bytes that no box office wrote: whatever they are, they are reported and nothing traps. `BOXOFFICE_FUZZ=N` multiplies
/// the rounds.
@Suite("Fuzzing")
struct FuzzTests {
    private static let rounds: Int = {
        let factor = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap { Int($0) } ?? 1
        return 40 * max(1, factor)
    }()

    /// True records to begin with.
    private static func records(_ seed: UInt64) -> (shard: [[UInt8]], catalogue: [[UInt8]]) {
        var run = RandomSales(seed: seed)
        for _ in 0..<150 { run.step() }
        return (run.office.records, run.office.catalogueRecords)
    }

    /// Flips, cuts, grows, doubles, drops and swaps.
    private static func mutate(_ records: inout [[UInt8]], _ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard let index = records.indices.randomElement(using: &random) else { return }
            switch Int.random(in: 0..<9, using: &random) {
            case 0:
                records[index] = Array(records[index].prefix(Int.random(in: 0...records[index].count, using: &random)))
            case 1:
                records[index] += (0..<Int.random(in: 1...20, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
            case 2: records.remove(at: index)
            case 3: records.insert(records[index], at: records.indices.randomElement(using: &random) ?? 0)
            case 4: records.swapAt(index, records.indices.randomElement(using: &random) ?? index)
            case 5:
                records[index] = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
            case 6:
                // A number at its edge, in any field.
                let at = Int.random(in: 0...max(0, records[index].count - 1), using: &random)
                let edge: UInt8 = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                for offset in at..<min(records[index].count, at + ([1, 2, 4, 8].randomElement(using: &random) ?? 1)) {
                    records[index][offset] = edge
                }
            default:
                guard !records[index].isEmpty else { continue }
                records[index][Int.random(in: 0..<records[index].count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
    }

    @Test("a shard's records, mutated, are proven or reported, and shown", arguments: 1...4 as ClosedRange<UInt64>)
    func shard(seed: UInt64) {
        let truth = Self.records(seed).shard
        var random = SeededRandom(seed: seed &+ 1_000)
        for _ in 0..<Self.rounds {
            var records = truth
            Self.mutate(&records, &random)
            _ = findings(in: records)
            var description = RecordDescription()
            for record in records {
                var item = InspectedItem("record")
                description.describe(record.span, into: &item)
                _ = item.text
                _ = item.json.text
            }
        }
    }

    @Test(
        "the catalogue's records, mutated, are proven or reported, and shown", arguments: 1...4 as ClosedRange<UInt64>)
    func catalogue(seed: UInt64) {
        let truth = Self.records(seed).catalogue
        var random = SeededRandom(seed: seed &+ 2_000)
        for _ in 0..<Self.rounds * 4 {
            var records = truth
            Self.mutate(&records, &random)
            var proof = CatalogueProof(journal: "catalogue")
            var description = RecordDescription()
            for record in records {
                proof.take(record.span, at: JournalPosition(sequence: 1, record: 0, segment: 1, offset: 4_096))
                var item = InspectedItem("record")
                description.describe(record.span, into: &item)
            }
        }
    }

    @Test(
        "the frames of a ledger's snapshot, mutated, are read or refused, and shown",
        arguments: 1...4 as ClosedRange<UInt64>)
    func snapshot(seed: UInt64) throws {
        var run = RandomSales(seed: seed)
        for _ in 0..<150 { run.step() }
        let capture = StateCapture()
        run.office.ledger.beginCapture(into: capture)
        while !run.office.ledger.captureSome(bytesMax: 1 << 16) {}
        var truth: [[UInt8]] = []
        for piece in capture.takePieces() { piece.forEachFrame { truth.append(Array($0)) } }
        var random = SeededRandom(seed: seed &+ 3_000)
        for _ in 0..<Self.rounds {
            var frames = truth
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                guard let index = frames.indices.randomElement(using: &random), !frames[index].isEmpty else { continue }
                let at = Int.random(in: 0..<frames[index].count, using: &random)
                frames[index][at] =
                    [0, 0xFF, frames[index][at] ^ 1, frames[index][at] &+ 1].randomElement(using: &random) ?? 0
            }
            var columns = SnapshotColumns(contentBytes: UInt64(truth.reduce(0) { $0 + $1.count }))
            do {
                for frame in frames { try frame.withUnsafeBytes { try columns.take($0) } }
            } catch { continue }
            LedgerContent(columns: columns).forEachItem { item, _ in _ = item.text }
            _ = try? ShardProof(journal: "shard-000", from: columns).openHolds
        }
    }

    @Test("a reply kept beside a key, mutated, is shown or called malformed")
    func replies() {
        let bodies = Self.records(7).shard.filter { $0[0] == 4 }.map { Array($0.dropFirst(9 + 24)) }
        var random = SeededRandom(seed: 4_000)
        for _ in 0..<Self.rounds * 20 {
            var changed = [bodies.randomElement(using: &random) ?? []]
            Self.mutate(&changed, &random)
            for body in changed {
                _ = RedactedReply.text(body.span)
                _ = KeptReply(body.span)?.amount(.total)
            }
        }
    }
}
