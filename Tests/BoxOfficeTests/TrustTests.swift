// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Foundation
import Journal
import SnapshotStore
import Testing
import Ticketing

@Suite("What a house is trusted with")
struct TrustTests {
    private func shard(_ count: Int, on disk: SimulatedDisk) throws -> ShardRig {
        let rig = try ShardRig(disk, isFounded: false)
        for number in 0..<count { #expect(rig.ask("PERFORMER ADD p\(number) name=P")?.hasPrefix("OK") == true) }
        return rig
    }

    @Test("every so many blocks a digest of the state goes into the journal")
    func digests() throws {
        let disk = SimulatedDisk()
        let rig = try ShardRig(disk, isFounded: false, configuration: .init())
        for number in 0..<4_200 { _ = rig.ask("PERFORMER SET p\(number % 2) name=P") }
        for number in 0..<4_200 { _ = rig.ask("PERFORMER ADD p\(number) name=P") }
        var digest = RecordWriter()
        rig.core.machine.writeDigestRecord(at: rig.clock.wall(), into: &digest)
        var digests = 0
        _ = try JournalReader.walk(SimulatedStorage(disk)) { record, _ in
            if record[0] == digest.bytes[0] { digests += 1 }
        }
        #expect(digests == 1)
    }

    @Test("a shard at rest vouches for its last records")
    func vouching() throws {
        let rig = try shard(2, on: SimulatedDisk())
        #expect(rig.core.journal.needsVouching)
        rig.turns(5)
        rig.clock.advance(seconds: 1)
        rig.turns(20)
        #expect(!rig.core.journal.needsVouching)
    }

    @Test("on a full disk a change is READ_ONLY before anything is promised, the reserve stays, and it heals by itself")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        // One segment of fifteen pages fits, and no second; a quarter of it is the reserve.
        disk.capacityBytes = 100_000
        let segments = JournalConfiguration(
            firstSegmentBytes: 65_536, largestSegmentBytes: 65_536, blockBytesMax: 4_096, writesInFlightMax: 2,
            besideBytesMin: 0)
        let rig = try ShardRig(disk, isFounded: false, configuration: segments)
        var answers: [String] = []
        for number in 0..<60 where answers.last?.hasPrefix("ERR") != true {
            answers.append(rig.ask("PERFORMER ADD p\(number) name=P") ?? "no answer")
        }
        #expect(answers.last?.hasPrefix("ERR READ_ONLY") == true, "\(answers)")
        #expect(answers.dropLast().allSatisfy { $0.hasPrefix("OK") } && answers.count > 2)
        #expect(rig.core.journal.durable >= rig.core.journal.appendedSequence, "nothing that was promised waits")
        #expect(rig.core.journal.room(reserved: true) == .open)
        disk.capacityBytes = .max
        rig.clock.advance(seconds: 2)
        rig.turns(60)
        #expect(rig.ask("PERFORMER ADD later name=P")?.hasPrefix("OK") == true)
    }

    @Test("a torn tail that was cut is said")
    func tornTail() throws {
        let disk = SimulatedDisk()
        let rig = try shard(3, on: disk)
        let end = rig.core.journal.position
        let name = JournalFormat.segmentName(end.segment)
        var content = try #require(disk.content(of: name))
        #expect(end.offset < content.count)
        content[end.offset + 9] = 1
        disk.replace(name, with: content)
        let findings = try ShardRig(disk).findings
        #expect(findings.count == 1 && findings[0].contains("torn tail"), "\(findings)")
        #expect(try ShardRig(disk).findings.isEmpty)
    }

    @Test("a snapshot that cannot be read is said, and the newest that can be is used")
    func fallingBack() throws {
        let disk = SimulatedDisk()
        let rig = try shard(2, on: disk)
        for number in 10..<12 {
            #expect(rig.ask("SNAPSHOT") == "OK snapshot")
            _ = rig.ask("PERFORMER ADD p\(number) name=P")
        }
        let names = disk.fileNames.filter { $0.hasSuffix(".snapshot") }
        #expect(names.count == 2)
        let clean = disk.copy()
        let begun = clean.operations.count
        #expect(try ShardRig(clean).findings.isEmpty)
        #expect(clean.fileNames.filter { $0.hasSuffix(".snapshot") } == names, "the newest was used, and both stay")
        let opened = clean.operations[begun...].filter { $0.kind == .open }.map(\.file)
        #expect(opened.contains(names[1]) && !opened.contains(names[0]))
        disk.flip(names[1], at: 70, mask: 1)
        let again = try ShardRig(disk)
        #expect(again.findings.contains { $0.contains(names[1]) && $0.contains("Using an older one") })
        #expect(again.core.machine.performerCount == 4)
    }

    @Test("a snapshot is promoted only when the journal is durable up to it, however slow the disk")
    func waitsForTheJournal() throws {
        let disk = SimulatedDisk()
        let rig = try shard(2, on: disk)
        // The write of the block that the next change is in, whichever of the next operations it is.
        for point in disk.operations.count..<(disk.operations.count + 40) { disk.faults[point] = .delay(200) }
        var parcels = ["PERFORMER ADD late name=P", "SNAPSHOT"].compactMap { rig.parcel($0) }
        rig.turn(&parcels)
        let cut = rig.core.journal.appendedSequence
        var turns = 0
        while rig.core.journal.durable < cut, turns < 1_000 {
            #expect(!disk.fileNames.contains { $0.hasSuffix(".snapshot") }, "promoted before block \(cut) was durable")
            rig.turns(1)
            turns += 1
        }
        #expect(turns > 20)
        rig.turns(50)
        #expect(disk.fileNames.contains(SnapshotFormat.snapshotName(cut)))
    }

    @Test("a snapshot with another digest than its state has is said, and not used")
    func wrongDigest() throws {
        let disk = SimulatedDisk()
        let rig = try shard(3, on: disk)
        let capture = StateCapture()
        let sequence = rig.core.journal.cut()
        rig.core.machine.beginCapture(into: capture)
        while !rig.core.machine.captureSome(bytesMax: 1 << 20) {}
        let header = SnapshotHeader(
            journal: ShardRig.id, kind: Catalogue.snapshotKind, contentVersion: 1, sequence: sequence,
            timeMilliseconds: 0)
        let storage = SimulatedStorage(disk)
        let writer = try SnapshotWriter(storage, header: header)
        for piece in capture.takePieces() {
            try piece.forEachFrame { (frame) throws(SnapshotError) in try writer.append(frame: frame) }
        }
        let file = try writer.finish(stateDigest: rig.core.machine.digest &+ 1)
        try SnapshotShelf.open(storage, journal: ShardRig.id, kind: Catalogue.snapshotKind)
            .promote(file, journalDurableThrough: sequence)
        let again = try ShardRig(disk)
        #expect(again.findings.count == 1 && again.findings[0].contains("cannot be used"), "\(again.findings)")
        #expect(again.core.machine.performerCount == 3)
    }

    @Test("a change and its key are in one block, wherever the block before ends")
    func keysWithTheirChange() throws {
        // Room for all of it at once, so that blocks fill up.
        let roomy = JournalConfiguration(
            firstSegmentBytes: 1 << 17, largestSegmentBytes: 1 << 17, blockBytesMax: 4_096, writesInFlightMax: 1)
        for number in 0..<12 {
            let disk = SimulatedDisk()
            let rig = try ShardRig(disk, isFounded: false, configuration: roomy)
            _ = rig.ask("PERFORMER ADD p0 name=P")
            let name = String(repeating: "n", count: 97 + number)
            var parcels = (0..<60).compactMap { rig.parcel("PERFORMER ADD q\($0) name=\(name) key=k\($0)") }
            rig.turn(&parcels)
            rig.turns(200)
            var blocks: [UInt64: Int] = [:]
            _ = try JournalReader.walk(SimulatedStorage(disk)) { _, position in
                blocks[position.sequence, default: 0] += 1
            }
            // The founding and the first performer lie alone; of the others a change and its key go together.
            let uneven = blocks.filter { $0.key > 3 && $0.value % 2 == 1 }
            #expect(uneven.isEmpty && blocks.count > 4, "names of \(97 + number) bytes: \(blocks)")
        }
    }

    @Test("a hold that ended is shown as free though nobody asks its shard for anything")
    func timer() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("HOLD gala stalls/A/1", is: "OK")
            await house.advance(seconds: 600)
            // What is published is looked at, which reaches no shard; the timer is waited for as long as it takes.
            var isFree = false
            for _ in 0..<600 where !isFree {
                isFree = await house.say("VIEW gala").contains {
                    $0.contains("stalls/A ") && $0.hasSuffix("map=..........")
                }
                if !isFree { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(isFree)
        }
    }

    @Test("a second house is told who has the data directory")
    func locked() async throws {
        try await TestHouse.run { house in
            do {
                try await house.open()
                Issue.record("two houses are open in one directory")
            } catch HouseError.inUse(_, let holder) {
                #expect(holder.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
            }
        }
    }

    @Test("a house whose journal is gone, or whose house file is, is never begun anew")
    func neverEmpty() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.close()
            let text = try String(contentsOfFile: house.directory + "/house", encoding: .utf8)
            #expect(text.contains("\nfounded yes\n"))
            for lost in ["shard-000", "house"] {
                let moved = house.directory + "-moved"
                let path = house.directory + "/" + lost
                try FileManager.default.moveItem(atPath: path, toPath: moved)
                await #expect(throws: HouseError.self, "without \(lost)") { try await house.open() }
                if lost == "house" { #expect(!FileManager.default.fileExists(atPath: path), "nothing was changed") }
                try? FileManager.default.removeItem(atPath: path)
                try FileManager.default.moveItem(atPath: moved, toPath: path)
            }
            try await house.open()
            await house.say("VIEW gala", is: "OK")
        }
    }
}
