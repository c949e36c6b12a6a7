// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import Testing
import Ticketing

/// A shard that is to stop while its snapshot is under way on a disk that takes its time.
@Suite("A shutdown during a snapshot")
struct ShutdownTests {
    private static let added = 12

    private func shard(_ disk: SimulatedDisk, isFounded: Bool = true) throws -> ShardRig {
        let segments = JournalConfiguration(
            firstSegmentBytes: 65_536, largestSegmentBytes: 65_536, blockBytesMax: 4_096, writesInFlightMax: 2,
            besideBytesMin: 0)
        return try ShardRig(disk, isFounded: isFounded, configuration: segments)
    }

    /// A shard with a snapshot, and changes after it that are not in it.
    private func filled(_ disk: SimulatedDisk) throws -> ShardRig {
        let rig = try shard(disk, isFounded: false)
        for number in 0..<Self.added {
            #expect(rig.ask("PERFORMER ADD p\(number) name=P")?.hasPrefix("OK") == true)
            if number == 2 { #expect(rig.ask("SNAPSHOT") == "OK snapshot") }
        }
        return rig
    }

    private func expectWhole(_ disk: SimulatedDisk, _ comment: Comment) throws {
        let again = try shard(disk)
        #expect(again.findings.isEmpty, comment)
        #expect(again.core.machine.performerCount == Self.added, comment)
        #expect(!disk.fileNames.contains { $0.hasSuffix(".new") }, comment)
        #expect(again.ask("SNAPSHOT") == "OK snapshot", comment)
    }

    @Test("writes and syncs nothing beyond the operation that is under way, and leaves no half file, wherever it comes")
    func anywhere() throws {
        let clean = SimulatedDisk()
        let straight = try filled(clean)
        let begun = clean.operationCount
        #expect(straight.ask("SNAPSHOT") == "OK snapshot")
        let renamed = try #require(
            clean.operations.indices.first {
                $0 > begun && clean.operations[$0].kind == .rename
                    && clean.operations[$0].file.hasSuffix(".snapshot.new")
            })
        #expect(renamed - begun > 5)
        var given = 0
        for point in begun..<clean.operationCount {
            let comment: Comment = "at \(clean.operations[point])"
            let disk = SimulatedDisk()
            let rig = try filled(disk)
            disk.beforeOperation = { number in
                guard number == point else { return }
                disk.beforeOperation = nil
                rig.core.stopSnapshots()
            }
            let answer = rig.ask("SNAPSHOT")
            #expect(answer?.hasPrefix("ERR DRAINING retry=later") == true, "\(comment): \(answer ?? "no answer")")
            rig.turns(3)
            #expect(rig.core.isIdle && rig.press.isIdle, comment)
            let snapshots = disk.fileNames.filter { $0.hasSuffix(".snapshot") }
            if point < renamed {
                given += 1
                #expect(snapshots.count == 1, comment)
                // Of what was begun, at most a little more is read.
                let after = disk.operations[(point + 1)...].map(\.kind).filter { $0 != .complete }
                #expect(
                    after.last == .remove && after.count <= 5
                        && after.dropLast().allSatisfy { $0 == .size || $0 == .read || $0 == .open },
                    "\(comment): \(after)")
            } else {
                #expect(snapshots.count == 2, "\(comment): what is being promoted is promoted")
            }
            #expect(!disk.fileNames.contains { $0.hasSuffix(".new") }, comment)
            disk.crash(keeping: .nothing)
            try expectWhole(disk, comment)
        }
        #expect(given > 5)
    }

    @Test("drops what was captured and not written, and answers whoever asks after it")
    func notBegun() throws {
        let disk = SimulatedDisk()
        let rig = try filled(disk)
        rig.pressesAtOnce = false
        var parcels = ["SNAPSHOT"].compactMap { rig.parcel($0) }
        for _ in 0..<20 { rig.turn(&parcels) }
        #expect(!rig.press.isIdle && !rig.core.isIdle)
        let before = disk.operationCount
        rig.core.stopSnapshots()
        #expect(rig.core.isIdle)
        while rig.press.performNext() {}
        #expect(disk.operationCount == before, "nothing of it was written")
        #expect(rig.ask("SNAPSHOT")?.hasPrefix("ERR DRAINING") == true)
        #expect(rig.ask("PERFORMER ADD p0 name=P")?.hasPrefix("ERR EXISTS") == true, "the rest goes on to its end")
        try expectWhole(disk, "never begun")
    }

    @Test("leaves the half file to the next start, where it cannot be removed")
    func notRemoved() throws {
        let disk = SimulatedDisk()
        let rig = try filled(disk)
        rig.pressesAtOnce = false
        var parcels = ["SNAPSHOT"].compactMap { rig.parcel($0) }
        rig.turn(&parcels)
        #expect(rig.press.performNext())
        #expect(disk.fileNames.contains { $0.hasSuffix(".snapshot.new") })
        rig.core.stopSnapshots()
        disk.faults[disk.operationCount] = .errno(5)
        while rig.press.performNext() {}
        #expect(disk.fileNames.contains { $0.hasSuffix(".snapshot.new") })
        disk.crash(keeping: .everything)
        try expectWhole(disk, "left behind")
    }
}
