// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import Testing
import Ticketing

/// What a snapshot makes superfluous, on a disk that does not let it go at once.
@Suite("A removal that failed")
struct RemovalTests {
    /// Segments of fifteen blocks: a snapshot and the next lie within one.
    private static let roomy = JournalConfiguration(
        firstSegmentBytes: 65_536, largestSegmentBytes: 65_536, blockBytesMax: 4_096, writesInFlightMax: 2)
    private static let first = JournalFormat.segmentName(1)

    private func shard(_ disk: SimulatedDisk, isFounded: Bool = true) throws -> ShardRig {
        try ShardRig(disk, isFounded: isFounded, configuration: Self.roomy)
    }

    /// Goes over to the second segment, and takes two snapshots within it: after that nobody needs the first.
    private func work(_ disk: SimulatedDisk) throws -> ShardRig {
        let rig = try shard(disk, isFounded: false)
        var number = 0
        func add() {
            #expect(rig.ask("PERFORMER ADD p\(number) name=P")?.hasPrefix("OK") == true)
            number += 1
        }
        while rig.core.journal.position.segment < 2, number < 50 { add() }
        add()
        #expect(rig.ask("SNAPSHOT") == "OK snapshot")
        add()
        #expect(rig.ask("SNAPSHOT") == "OK snapshot")
        rig.turns(5)
        #expect(rig.core.journal.position.segment == 2)
        return rig
    }

    /// The same on a disk on which the operation that `isMeant` picks fails. Everything else does what it did.
    private func workFailing(
        at isMeant: @escaping (SimulatedDisk.Operation) -> Bool
    ) throws -> (disk: SimulatedDisk, rig: ShardRig) {
        let clean = SimulatedDisk()
        _ = try work(clean)
        #expect(!clean.fileNames.contains(Self.first))
        let point = try #require(clean.operations.firstIndex(where: isMeant))
        let disk = SimulatedDisk()
        disk.faults[point] = .errno(5)
        let rig = try work(disk)
        #expect(disk.faultsInjected == 1)
        return (disk, rig)
    }

    private func isFirstSegmentsEnd(_ operation: SimulatedDisk.Operation) -> Bool {
        operation.kind == .remove && operation.file == Self.first
    }

    @Test("of a journal's segment, is made good after the next snapshot, also where that sets no other one free")
    func nextSnapshot() throws {
        let (disk, rig) = try workFailing(at: isFirstSegmentsEnd)
        #expect(disk.fileNames.contains(Self.first))
        #expect(rig.ask("PERFORMER ADD later name=P")?.hasPrefix("OK") == true)
        #expect(rig.core.journal.position.segment == 2, "nothing else is to go")
        #expect(rig.ask("SNAPSHOT") == "OK snapshot")
        rig.turns(5)
        #expect(!disk.fileNames.contains(Self.first))
        #expect(disk.fileNames.contains(JournalFormat.segmentName(2)))
    }

    @Test("of a journal's segment, is made good by the next start, without another snapshot")
    func nextStart() throws {
        let (disk, _) = try workFailing(at: isFirstSegmentsEnd)
        disk.crash(keeping: .everything)
        let snapshots = disk.fileNames.filter { $0.hasSuffix(".snapshot") }
        let again = try shard(disk)
        #expect(disk.fileNames.contains(Self.first), "opening itself changes nothing: another shard may refuse")
        again.turns(5)
        #expect(!disk.fileNames.contains(Self.first))
        #expect(disk.fileNames.filter { $0.hasSuffix(".snapshot") } == snapshots && snapshots.count == 2)
        let count = again.core.machine.performerCount
        disk.crash(keeping: .nothing)
        #expect(try shard(disk).core.machine.performerCount == count)
    }

    @Test("of a segment whose directory could not be synced, is synced again after the next snapshot")
    func syncFails() throws {
        var wasRemoved = false
        let (disk, rig) = try workFailing { operation in
            if isFirstSegmentsEnd(operation) { wasRemoved = true }
            return wasRemoved && operation.kind == .syncDirectory
        }
        #expect(rig.ask("PERFORMER ADD later name=P")?.hasPrefix("OK") == true)
        #expect(rig.ask("SNAPSHOT") == "OK snapshot")
        rig.turns(5)
        disk.crash(keeping: .nothing)
        #expect(!disk.fileNames.contains(Self.first))
        _ = try shard(disk)
    }

    @Test("of an old snapshot, is made good by the next start, and of the journal behind it too")
    func oldSnapshot() throws {
        let clean = SimulatedDisk()
        let straight = try work(clean)
        _ = straight.ask("PERFORMER ADD later name=P")
        _ = straight.ask("SNAPSHOT")
        let oldest = try #require(
            clean.operations.firstIndex { $0.kind == .remove && $0.file.hasSuffix(".snapshot") })
        let name = clean.operations[oldest].file
        let disk = SimulatedDisk()
        disk.faults[oldest] = .errno(5)
        let rig = try work(disk)
        _ = rig.ask("PERFORMER ADD later name=P")
        #expect(rig.ask("SNAPSHOT") == "OK snapshot")
        #expect(disk.fileNames.contains(name))
        disk.crash(keeping: .everything)
        let again = try shard(disk)
        again.turns(5)
        #expect(!disk.fileNames.contains(name))
        #expect(!disk.fileNames.contains(Self.first))
    }
}
