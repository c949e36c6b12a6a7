// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import SnapshotStore
import Testing
import Ticketing

/// A shard as the daemon runs it, with its snapshots and the trimming of its journal, on a disk that goes away or
/// refuses at every operation there is.
@Suite("A shard on a disk that fails at every operation")
struct ShardCrashTests {
    /// What was answered before the disk went away.
    private struct Promises {
        var asked = 0
        var acknowledged: [Int] = []
        var snapshots = 0
        var failedSnapshots = 0
    }

    /// Adds performers one by one, and takes a snapshot after every third.
    private func work(
        _ disk: SimulatedDisk, seed: UInt64, isFounded: Bool = false, from first: Int = 0, count: Int = 14,
        _ promises: inout Promises
    ) throws {
        let rig = try ShardRig(disk, seed: seed, isFounded: isFounded)
        for number in first..<(first + count) {
            promises.asked += 1
            guard let answer = rig.ask("PERFORMER ADD p\(number) name=P key=k\(number)") else { return }
            if answer.hasPrefix("OK") { promises.acknowledged.append(number) }
            guard number % 3 == 2 else { continue }
            guard let snapshot = rig.ask("SNAPSHOT") else { return }
            if snapshot.hasPrefix("OK") { promises.snapshots += 1 } else { promises.failedSnapshots += 1 }
        }
        rig.turns(20)
    }

    /// Recovers and checks that everything that was answered is there: asked again with its key, it is the same answer.
    @discardableResult
    private func expectPromises(_ disk: SimulatedDisk, _ promises: Promises, _ comment: Comment) throws -> ShardRig {
        let rig = try ShardRig(disk, isFounded: !promises.acknowledged.isEmpty)
        #expect(rig.core.machine.performerCount >= promises.acknowledged.count, "\(comment)")
        #expect(rig.core.machine.performerCount <= promises.asked, "\(comment): more than was asked for")
        for number in promises.acknowledged {
            let answer = rig.ask("PERFORMER ADD p\(number) name=P key=k\(number)")
            #expect(answer == "OK performer=p\(number) replayed=yes", "\(comment): p\(number)")
        }
        return rig
    }

    private func operations(seed: UInt64) throws -> [SimulatedDisk.Operation] {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: seed, &promises)
        #expect(promises.acknowledged.count == 14 && promises.snapshots == 4)
        #expect(disk.fileNames.first != "00000001.journal", "the journal was trimmed")
        return disk.operations
    }

    private static func waysOfLosing(_ seed: Int) -> [SimulatedDisk.Keeping] {
        [.nothing, .everything, .prefixes(seed: UInt64(seed)), .anySectors(seed: UInt64(seed) &+ 1_000)]
    }

    @Test("nothing that was answered is lost, wherever the power goes and whatever it takes along")
    func crashAnywhere() throws {
        let points = try operations(seed: 1).count
        for point in 0...points {
            for keeping in Self.waysOfLosing(point) {
                let disk = SimulatedDisk()
                var promises = Promises()
                disk.crashAtOperation = point
                do { try work(disk, seed: 1, &promises) } catch {}
                disk.crash(keeping: keeping)
                let comment: Comment = "power gone before operation \(point), keeping \(keeping)"
                let rig = try expectPromises(disk, promises, comment)
                #expect(rig.ask("SNAPSHOT") == "OK snapshot", "\(comment): what was recovered takes its snapshots")
            }
        }
        print("coverage: shard: \(points + 1) crash points, 4 ways of losing writes")
    }

    @Test("the same when the power goes during recovery too")
    func crashDuringRecovery() throws {
        let points = try operations(seed: 2).count
        var recoveries = 0
        for point in stride(from: 0, through: points, by: 9) {
            let keeping = Self.waysOfLosing(point)[point / 9 % 4]
            let broken = SimulatedDisk()
            var promises = Promises()
            broken.crashAtOperation = point
            do { try work(broken, seed: 2, &promises) } catch {}
            broken.crash(keeping: keeping)
            let straight = broken.copy()
            _ = try ShardRig(straight, isFounded: !promises.acknowledged.isEmpty)
            for second in 0..<straight.operations.count {
                let disk = broken.copy()
                disk.crashAtOperation = second
                _ = try? ShardRig(disk, isFounded: !promises.acknowledged.isEmpty)
                disk.crash(keeping: Self.waysOfLosing(second)[(second + point) % 4])
                try expectPromises(disk, promises, "power gone before \(point), and before \(second) of recovery")
                recoveries += 1
            }
        }
        print("coverage: shard: \(recoveries) crash points during recovery")
    }

    @Test(
        "a fault at any operation loses nothing that was answered, and a snapshot that failed is said",
        arguments: [SimulatedDisk.Fault.errno(5), .errno(28), .errno(4), .short, .delay(3)])
    func faultAnywhere(fault: SimulatedDisk.Fault) throws {
        let points = try operations(seed: 3)
        for point in points.indices {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = fault
            do { try work(disk, seed: 3, &promises) } catch {}
            disk.faults = [:]
            let operation = disk.operations[point]
            let isFailure = if case .errno = fault { true } else { fault == .short && operation.kind == .write }
            let writesSnapshot = operation.file.hasSuffix(".snapshot.new") && operation.kind != .remove
            if isFailure, writesSnapshot { #expect(promises.failedSnapshots == 1, "\(fault) at \(operation)") }
            disk.crash(keeping: Self.waysOfLosing(point)[point % 4])
            try expectPromises(disk, promises, "\(fault) at operation \(point): \(operation)")
        }
        print("coverage: shard: \(points.count) cells of \(fault)")
    }

    @Test("each removal is made durable before the next, and nothing is synced again after it failed")
    func order() throws {
        let all = try operations(seed: 3)
        var removals = 0
        for (operation, next) in zip(all, all.dropFirst()) where operation.kind == .remove {
            #expect(next.kind == .syncDirectory, "\(operation)")
            removals += 1
        }
        #expect(removals > 4)
        for point in all.indices where all[point].kind == .sync || all[point].kind == .syncDirectory {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = .errno(5)
            do { try work(disk, seed: 3, &promises) } catch {}
            let failed = all[point]
            let next = disk.operations[(point + 1)...].first { $0.file == failed.file || failed.kind != .sync }
            #expect(next?.kind != failed.kind, "\(all[point]) failed and was tried again")
        }
    }

    @Test("where older snapshots could not be retired, no segment of the journal goes")
    func retiringFails() throws {
        let all = try operations(seed: 3)
        var cases = 0
        for point in all.indices where all[point].file == "manifest.new" && all[point].kind == .create {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = .errno(5)
            try work(disk, seed: 3, count: 9, &promises)
            guard disk.operations.count > point else { continue }
            cases += 1
            disk.faults = [:]
            disk.crash(keeping: .nothing)
            // Each snapshot that is named has the journal behind it.
            let storage = SimulatedStorage(disk)
            let shelf = try SnapshotShelf.open(
                storage, journal: ShardRig.id, kind: Catalogue.snapshotKind, syncing: false)
            for candidate in shelf.candidates {
                _ = try JournalReader.walk(storage, startingAfter: candidate.sequence) { _, _ in }
            }
        }
        #expect(cases > 2)
    }
}
