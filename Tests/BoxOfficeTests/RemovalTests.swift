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
        firstSegmentBytes: 65_536, largestSegmentBytes: 65_536, blockBytesMax: 4_096, writesInFlightMax: 2,
        besideBytesMin: 0)
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

    @Test("of a journal's segment, is made good by the first snapshot after the next start")
    func nextStart() throws {
        let (disk, _) = try workFailing(at: isFirstSegmentsEnd)
        disk.crash(keeping: .everything)
        let again = try shard(disk)
        again.turns(5)
        #expect(disk.fileNames.contains(Self.first), "a start decides nothing about the past")
        #expect(again.ask("PERFORMER ADD later name=P")?.hasPrefix("OK") == true)
        #expect(again.ask("SNAPSHOT") == "OK snapshot")
        again.turns(5)
        #expect(!disk.fileNames.contains(Self.first))
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

    @Test("a start drops nothing of a past that was kept, however little it is told to keep itself")
    func startDropsNothing() throws {
        let disk = SimulatedDisk()
        func rig(keeping milliseconds: Int64, isFounded: Bool = true) throws -> ShardRig {
            try ShardRig(disk, isFounded: isFounded, configuration: Self.roomy, keeping: milliseconds)
        }
        let keeping = try rig(keeping: 1 << 40, isFounded: false)
        var number = 0
        func add(_ rig: ShardRig) {
            #expect(rig.ask("PERFORMER ADD p\(number) name=P")?.hasPrefix("OK") == true)
            number += 1
        }
        for _ in 0..<4 {
            for _ in 0..<20 { add(keeping) }
            #expect(keeping.ask("SNAPSHOT") == "OK snapshot")
            keeping.turns(5)
        }
        #expect(disk.fileNames.contains(Self.first))
        disk.crash(keeping: .everything)
        let names = disk.fileNames.filter { !$0.hasSuffix(".temporary") }
        let heedless = try rig(keeping: 0)
        heedless.turns(5)
        #expect(Set(names).isSubset(of: disk.fileNames))
        // It is its own next snapshot that drops what it was not told to keep.
        add(heedless)
        #expect(heedless.ask("SNAPSHOT") == "OK snapshot")
        heedless.turns(5)
        #expect(!disk.fileNames.contains(Self.first))
    }

    @Test("of an old snapshot, is made good by the next start, and of the journal behind it with the next snapshot")
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
        #expect(!disk.fileNames.contains(name))
        #expect(again.ask("PERFORMER ADD again name=P")?.hasPrefix("OK") == true)
        #expect(again.ask("SNAPSHOT") == "OK snapshot")
        again.turns(5)
        #expect(!disk.fileNames.contains(Self.first))
    }
}
