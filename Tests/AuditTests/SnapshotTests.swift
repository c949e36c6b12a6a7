// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Foundation
import SnapshotStore
import Testing
import Ticketing

@testable import Audit
@testable import Journal

@Suite("Snapshots and trimmed journals")
struct SnapshotTests {
    @Test("snapshots are compared with replay, and the past is shown from them")
    func comparedWithReplay() async throws {
        try await SoldHouse.with { house in
            let report = await HouseVerification(house.directory, house: house.file).run()
            #expect(report.isSound, "\(report.lines)")
            let shard = try #require(report.journals.first { $0.journal == house.journal })
            #expect(shard.snapshots.map(\.sequence) == house.snapshots.reversed())
            #expect(
                shard.snapshots.allSatisfy { $0.agreement.hasSuffix("comes to the same state") }, "\(shard.snapshots)")
            for (time, lines) in house.seen { #expect(try house.view(at: time) == lines, "at \(time)") }
        }
    }

    @Test("a snapshot of another state than that of its block is found out")
    func wrongState() async throws {
        try await SoldHouse.with { house in
            // The state of a later block under an earlier one's number.
            let shelf = try house.shelf()
            for name in shelf.candidates.map(\.name) + [SnapshotFormat.manifestName] { try house.remove(name) }
            try house.takeSnapshot(as: house.snapshots[1] - 20)
            let report = await HouseVerification(house.directory, house: house.file).run()
            #expect(
                report.journals.flatMap(\.findings).contains {
                    $0.kind == .disagreement && $0.what.hasSuffix("comes to another state")
                }, "\(report.lines)")
        }
    }

    @Test("a journal that was trimmed is proven from the oldest snapshot, shown as far back, and copied")
    func trimmed() async throws {
        try await SoldHouse.with { house in
            try house.remove(JournalFormat.segmentName(1))
            let report = await HouseVerification(house.directory, house: house.file).run()
            #expect(report.isSound, "\(report.lines)")
            let shard = try #require(report.journals.first { $0.journal == house.journal })
            #expect(shard.firstSequence > 1 && shard.snapshots.last?.agreement == "the proof begins with it")
            #expect(shard.figures.contains { $0.name == "seats_sold" && $0.value == 4 })
            #expect(shard.money.first?.standing == 18_000)

            #expect(throws: TimeTravelError.self) { try house.view(at: house.seen[0].time) }
            #expect(throws: TimeTravelError.self) { try TimeTravel(house.directory).view(of: "gala", at: .sequence(3)) }
            for (time, lines) in house.seen.dropFirst() { #expect(try house.view(at: time) == lines, "at \(time)") }

            let target = house.directory + "-copy"
            defer { try? FileManager.default.removeItem(atPath: target) }
            let copied = try await HouseCopy(from: house.directory, to: target, purpose: .backup).run()
            #expect(copied.parts.contains { $0.journal == house.journal && $0.snapshots == 2 }, "\(copied)")
            #expect(copied.verification.isSound)
        }
    }

    @Test("a falsehood behind a snapshot is found as well")
    func falsehoodBehindSnapshot() async throws {
        try await SoldHouse.with { house in
            let ledger = TicketLedger()
            let records = try house.records()
            let base = house.snapshots[0]
            var effects = Effects(isPublishing: false)
            for (record, sequence) in records where sequence <= base {
                try ledger.apply(record: record.span, effects: &effects)
            }
            var proof = try ShardProof(journal: "shard-000", from: ledger.columns())
            for (record, sequence) in records where sequence > base { proof.take(record.span, at: position(sequence)) }
            _ = proof.finish()
            #expect(proof.findings.count == 0, "\(proof.findings.kept)")

            // The first hold behind the snapshot takes a seat that was sold before it.
            var lying = try ShardProof(journal: "shard-000", from: ledger.columns())
            let first = try #require(records.first { $0.sequence > base && $0.record[0] == 0x18 })
            var record = first.record
            for byte in 0..<4 { record[9 + 8 + 4 + 4 + 8 + 1 + 8 + byte] = 0 }
            lying.take(record.span, at: position(first.sequence))
            #expect(lying.findings.kept.first?.what.contains("while ticket 1 has it") == true, "\(lying.findings.kept)")
        }
    }

    @Test("without a snapshot, a journal that was trimmed proves nothing, and that is said")
    func trimmedWithoutSnapshot() async throws {
        try await SoldHouse.with { house in
            for name in try house.shelf().candidates.map(\.name) + [SnapshotFormat.manifestName] {
                try house.remove(name)
            }
            try house.remove(JournalFormat.segmentName(1))
            let report = await HouseVerification(house.directory, house: house.file).run()
            #expect(report.journals.flatMap(\.findings).contains { $0.what.contains("no snapshot to begin with") })
        }
    }

    @Test("a byte that is flipped in a snapshot or a manifest is found and named")
    func flipped() async throws {
        try await SoldHouse.with { house in
            for name in try house.shelf().candidates.map(\.name) + [SnapshotFormat.manifestName] {
                let path = "\(house.path)/\(name)"
                let truth = try Data(contentsOf: URL(fileURLWithPath: path))
                var lie = truth
                lie[truth.count / 2] ^= 4
                try lie.write(to: URL(fileURLWithPath: path))
                let report = await HouseVerification(house.directory, house: house.file).run()
                #expect(
                    report.journals.flatMap(\.findings).contains { $0.kind == .damage && $0.file == name },
                    "\(name): \(report.lines)")
                try truth.write(to: URL(fileURLWithPath: path))
            }
        }
    }

    @Test("a snapshot is shown with its frames and what they hold")
    func inspected() async throws {
        try await SoldHouse.with { house in
            var lines: [String] = []
            let name = SnapshotFormat.snapshotName(house.snapshots[1])
            let isSound = try Inspection("\(house.path)/\(name)").run(asJSON: false) { lines.append($0) }
            #expect(isSound)
            #expect(lines.first?.hasPrefix("snapshot file=\(name) ") == true, "\(lines)")
            for start in [
                "frame number=0 ", "head shard=", "event event=0 id=gala state=onsale",
                "order order=1 orderID=O", "ticket ticket=1 ticketID=T", "hold hold=", "buyer number=1 name=ada",
                "footer sequence=\(house.snapshots[1]) ",
            ] { #expect(lines.contains { $0.hasPrefix(start) }, "\(start): \(lines)") }
            #expect(
                lines.contains { $0.hasSuffix(" order=1 id=gala seat=stalls/A/1 price=4500 state=valid") }, "\(lines)")
            var manifest: [String] = []
            _ = try Inspection("\(house.path)/manifest").run(asJSON: false) { manifest.append($0) }
            #expect(manifest.count == 1 && manifest[0].contains(name), "\(manifest)")
        }
    }

    @Test("an event's orders are shown by the ids that clients know, in a snapshot as in the journal")
    func orders() async throws {
        try await SoldHouse.with { house in
            var ids: [String: [String]] = [:]
            for line in try house.inspect(house.path, types: ["confirmed", "order"]).lines {
                ids[SoldHouse.field("order", of: line), default: []].append(SoldHouse.field("orderID", of: line))
            }
            // The third was sold, and cancelled, behind the newest snapshot.
            #expect(ids.mapValues(\.count) == ["1": 2, "2": 2, "3": 1], "\(ids)")
            #expect(ids.values.allSatisfy { $0[0].count == 14 && Set($0).count == 1 }, "\(ids)")
        }
    }

    @Test(
        "of a directory's snapshots only the newest one that can be read shows what it holds", arguments: [false, true])
    func newestOnly(asJSON: Bool) async throws {
        try await SoldHouse.with { house in
            let of = asJSON ? #""order":"# : " order="
            func orders(_ path: String, through last: UInt64 = .max) throws -> [String] {
                try house.inspect(path, types: ["order"], through: last, asJSON: asJSON).lines
            }
            let newest = try orders(house.path)
            #expect(newest.count == 2 && newest[0].contains("\(of)1") && newest[1].contains("\(of)2"), "\(newest)")
            #expect(try orders(house.directory).count == 2)
            let older = try orders(house.path, through: house.snapshots[0])
            #expect(older.count == 1 && older[0].contains("\(of)1"), "\(older)")
            let names = house.snapshots.map { SnapshotFormat.snapshotName($0) }
            #expect(try orders("\(house.path)/\(names[0])") == older)

            // Both are named, the newest first, and what is in the newest stands before the older one.
            let kinds: Set = ["snapshot", "frame", "head", "footer"]
            var said: [String] = []
            for line in try house.inspect(house.path, types: kinds, asJSON: asJSON).lines {
                let kind = kinds.first { line.hasPrefix($0 + " ") || line.hasPrefix(#"{"kind":"\#($0)""#) } ?? line
                if said.last != kind { said.append(kind) }
            }
            #expect(said == ["snapshot", "frame", "head", "footer", "snapshot", "footer"], "\(said)")

            let newestFile = URL(fileURLWithPath: "\(house.path)/\(names[1])")
            var rotten = try Data(contentsOf: newestFile)
            rotten[rotten.count / 2] ^= 4
            try rotten.write(to: newestFile)
            let (lines, isSound) = try house.inspect(house.path, types: ["order"], asJSON: asJSON)
            #expect(!isSound && lines.count > 1 && lines.last == older[0], "\(lines)")
        }
    }

    private func position(_ sequence: UInt64) -> JournalPosition {
        JournalPosition(sequence: sequence, record: 0, segment: 1, offset: 4_096)
    }
}

/// A data directory with sales on both sides of two snapshots, closed.
private struct SoldHouse {
    let directory: String
    let file: HouseFile
    let journal: String
    /// The blocks that the snapshots end with.
    var snapshots: [UInt64] = []
    /// What VIEW said before, between and behind the snapshots.
    var seen: [(time: String, lines: [String])] = []

    var path: String { "\(directory)/\(journal)" }

    static func with(_ body: (SoldHouse) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "boxoffice-audit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var house: SoldHouse?
        try await HouseOnDisk.run(in: directory) { office in
            try await office.openGala()
            let file = try #require(try HouseFile.read(in: directory))
            var sold = SoldHouse(
                directory: directory, file: file, journal: HouseFile.journalName(of: file.shard(of: "gala")))
            try await office.must("CLOCK ADVANCE 5s")
            for round in 0..<3 {
                // Enough blocks of their own that the first segment fills in the first round.
                for _ in 0..<(round == 0 ? 150 : 5) {
                    let held = try await office.must("HOLD gala stalls/B/\(round + 1)")
                    try await office.must("RELEASE \(Self.field("hold", of: held))")
                }
                try await office.sell("stalls/A/\(2 * round + 1)-\(2 * round + 2)", keeping: round < 2)
                try await office.must("AS ada")
                try await office.must("HOLD gala lawn:2")
                try await office.must("AS -")
                try await office.must("CLOCK ADVANCE 5s")
                sold.seen.append((try await office.time(), await office.session.request("VIEW gala")))
                try await office.must("CLOCK ADVANCE 5s")
                if round < 2 { sold.snapshots.append(try sold.takeSnapshot()) }
            }
            house = sold
        }
        try await body(try #require(house))
    }

    static func field(_ name: String, of line: String) -> String {
        for word in line.split(separator: " ") where word.hasPrefix(name + "=") {
            return String(word.dropFirst(name.count + 1))
        }
        return ""
    }

    func view(at time: String) throws -> [String] {
        let moment = try #require(TimeTravel.Moment(time: time))
        return try TimeTravel(directory).view(of: "gala", at: moment)
    }

    /// What is shown of gala, or of no event in particular where the types are those of files.
    func inspect(
        _ path: String, types: Set<String>, through last: UInt64 = .max, asJSON: Bool = false
    ) throws -> (lines: [String], isSound: Bool) {
        var filter = Inspection.Filter()
        filter.types = types
        if types.isSubset(of: ["confirmed", "order"]) { filter.event = "gala" }
        filter.sequences = 0...last
        var lines: [String] = []
        let isSound = try Inspection(path, filter: filter).run(asJSON: asJSON) { lines.append($0) }
        return (lines, isSound)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    func shelf() throws -> SnapshotShelf {
        try SnapshotShelf.open(
            try PosixDirectory(path), journal: file.journalID(of: file.shard(of: "gala")),
            kind: SnapshotContent.ledgerKind, syncing: false)
    }

    /// All records with the blocks that they lie in.
    func records() throws -> [(record: [UInt8], sequence: UInt64)] {
        var records: [(record: [UInt8], sequence: UInt64)] = []
        _ = try JournalReader.walk(try PosixDirectory(path)) { record, position in
            records.append((record.withUnsafeBufferPointer { Array($0) }, position.sequence))
        }
        return records
    }

    /// Writes and promotes a snapshot of what the journal holds. Returns the block that it ends with.
    @discardableResult
    func takeSnapshot(as sequence: UInt64? = nil) throws -> UInt64 {
        let ledger = TicketLedger()
        var effects = Effects(isPublishing: false)
        let storage = try PosixDirectory(path)
        var time: Int64 = 0
        let survey = try JournalReader.walk(storage) { record, _ in
            try ledger.apply(record: record, effects: &effects)
            time = RecordWriter.time(of: record)?.milliseconds ?? time
        }
        let shelf = try shelf()
        let writer = try SnapshotWriter(
            storage,
            header: SnapshotHeader(
                journal: shelf.journal, kind: shelf.kind, contentVersion: SnapshotContent.version,
                sequence: sequence ?? survey.lastSequence, timeMilliseconds: time))
        let capture = StateCapture()
        ledger.beginCapture(into: capture)
        while !ledger.captureSome(bytesMax: 1 << 20) {}
        for piece in capture.takePieces() { try piece.forEachFrame { try writer.append(frame: $0) } }
        let snapshot = try writer.finish(stateDigest: ledger.digest)
        try shelf.promote(snapshot, journalDurableThrough: survey.lastSequence)
        return snapshot.sequence
    }
}

extension HouseOnDisk {
    /// Holds, pays and confirms; and cancels the order again if it is not to be kept.
    fileprivate func sell(_ seats: String, keeping: Bool) async throws {
        let held = try await must("HOLD gala \(seats)")
        let hold = SoldHouse.field("hold", of: held)
        try await must("PAY \(hold) amount=\(SoldHouse.field("total", of: held)) method=cash")
        let order = try await must("CONFIRM \(hold)")
        if !keeping { try await must("CANCEL \(SoldHouse.field("order", of: order))") }
    }
}
