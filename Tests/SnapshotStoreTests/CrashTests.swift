// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

func waysOfLosing(_ seed: Int) -> [SimulatedDisk.Keeping] {
    [.nothing, .everything, .prefixes(seed: UInt64(seed)), .anySectors(seed: UInt64(seed) &+ 1_000)]
}

@Suite("A crash at every storage operation of writing, promoting, retiring and trimming")
struct CrashTests {
    /// Recovers and checks that nothing acknowledged is lost, nothing else appears, and every generation is good.
    @discardableResult
    private func recover(_ disk: SimulatedDisk, _ promises: Promises, _ comment: Comment) throws -> World {
        let world = try World.recover(disk)
        #expect(world.records.count >= promises.acknowledged, "\(comment): acknowledged records are gone")
        #expect(
            world.records == Array(promises.appended.prefix(world.records.count)),
            "\(comment): other records than appended")
        let newest = world.shelf.newest?.sequence ?? 0
        #expect(
            newest == promises.promoted || newest == promises.promoting,
            "\(comment): snapshot \(newest), and \(promises.promoted) was promoted")
        #expect(world.began ?? 0 == newest, "\(comment): no crash makes recovery fall back: \(world.said)")
        #expect(disk.fileNames.allSatisfy { !SnapshotFormat.isTemporaryName($0) }, "\(comment): leftovers")
        let snapshots = disk.fileNames.compactMap(SnapshotFormat.sequence(ofName:))
        #expect(snapshots.sorted(by: >) == world.shelf.candidates.map(\.sequence), "\(comment)")
        try checkGenerations(disk, world.records, comment)
        return world
    }

    private func operations(seed: UInt64, keep: Int64) throws -> Int {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: seed, keepMilliseconds: keep, promises: &promises)
        #expect(promises.failures.isEmpty && promises.acknowledged == 16 && promises.wasTrimmed)
        #expect(disk.fileNames.first != "00000001.journal", "the journal was trimmed")
        return disk.operations.count
    }

    @Test("the newest snapshot or the one before is there, with its journal", arguments: [0, 15] as [Int64])
    func crashAnywhere(keep: Int64) throws {
        let points = try operations(seed: 1, keep: keep)
        print("coverage: snapshots (keeping \(keep) ms): \(points + 1) crash points, 4 ways of losing writes")
        for point in 0...points {
            for keeping in waysOfLosing(point) {
                let disk = SimulatedDisk()
                var promises = Promises()
                disk.crashAtOperation = point
                do { try work(disk, seed: 1, keepMilliseconds: keep, promises: &promises) } catch {}
                disk.crash(keeping: keeping)
                let comment: Comment = "power gone before operation \(point), keeping \(keeping)"
                let world = try recover(disk, promises, comment)
                // What was recovered works, and takes its snapshots.
                var more = Promises()
                try work(disk, seed: 9, rounds: 2, keepMilliseconds: keep, promises: &more)
                #expect(more.failures.isEmpty && more.acknowledged == world.records.count + 8, "\(comment)")
                disk.crash(keeping: .nothing)
                more.promoting = more.promoted
                try recover(disk, more, comment)
            }
        }
    }

    @Test("recovery gives the same when the power goes during it too")
    func crashDuringRecovery() throws {
        let points = try operations(seed: 2, keep: 0)
        for point in stride(from: 0, through: points, by: 2) {
            let keeping = waysOfLosing(point)[point / 2 % 4]
            let broken = SimulatedDisk()
            var promises = Promises()
            broken.crashAtOperation = point
            do { try work(broken, seed: 2, promises: &promises) } catch {}
            broken.crash(keeping: keeping)
            let straight = broken.copy()
            let records = try World.recover(straight).records
            for second in 0..<straight.operations.count {
                let disk = broken.copy()
                disk.crashAtOperation = second
                _ = try? World.recover(disk)
                disk.crash(keeping: waysOfLosing(second)[(second + point) % 4])
                let comment: Comment = "power gone before \(point) (\(keeping)), and before \(second) of recovery"
                #expect(try recover(disk, promises, comment).records == records, "\(comment)")
            }
        }
    }

    @Test(
        "a fault at any operation loses nothing, keeps the old snapshot and is said",
        arguments: [SimulatedDisk.Fault.errno(5), .errno(28), .errno(4), .short, .delay(3)])
    func faultAnywhere(fault: SimulatedDisk.Fault) throws {
        let points = try operations(seed: 3, keep: 0)
        print("coverage: snapshots: \(points) cells of \(fault)")
        for point in 0..<points {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = fault
            var stopped: (any Error)?
            do { try work(disk, seed: 3, promises: &promises) } catch { stopped = error }
            disk.faults = [:]
            let operation = disk.operations[point]
            let isOurs =
                operation.file.hasPrefix(SnapshotFormat.manifestName) || operation.file.contains(".snapshot")
            let isFailure = if case .errno = fault { true } else { fault == .short && operation.kind == .write }
            if isFailure, isOurs {
                #expect(stopped != nil || !promises.failures.isEmpty, "\(fault) at \(operation) was not said")
            }
            disk.crash(keeping: waysOfLosing(point)[point % 4])
            let world = try World.recover(disk)
            let comment: Comment = "\(fault) at operation \(point): \(operation)"
            #expect(world.records.count >= promises.acknowledged, "\(comment)")
            #expect(world.records == Array(promises.appended.prefix(world.records.count)), "\(comment)")
            #expect(world.shelf.newest?.sequence ?? 0 >= promises.promoted, "\(comment)")
            try checkGenerations(disk, world.records, comment)
        }
    }

    @Test("a fault at any operation of recovery gives the same state or an error, and falling back is said")
    func faultInRecovery() throws {
        let whole = SimulatedDisk()
        var promises = Promises()
        try work(whole, seed: 4, promises: &promises)
        let straight = whole.copy()
        let newest = try World.recover(straight).began
        for (point, operation) in straight.operations.enumerated() {
            for fault in [SimulatedDisk.Fault.errno(5), .errno(28), .errno(4)] {
                let disk = whole.copy()
                disk.faults[point] = fault
                do {
                    let world = try World.recover(disk)
                    #expect(world.records == promises.appended, "\(operation)")
                    #expect(world.began == newest || !world.said.isEmpty, "\(operation)")
                    let isReadingSnapshot = operation.file.hasSuffix(".snapshot") && operation.kind != .remove
                    #expect((world.began == newest) == !isReadingSnapshot, "\(operation)")
                } catch is SnapshotError {} catch is JournalError {}
                disk.faults = [:]
                disk.crash(keeping: .nothing)
                #expect(try World.recover(disk).records == promises.appended, "\(operation)")
                try checkGenerations(disk, promises.appended, afterDamage: true, "\(operation)")
            }
        }
    }

    @Test("a sync that failed is not tried again")
    func noSecondSync() throws {
        var syncs = 0
        for point in 0..<(try operations(seed: 3, keep: 0)) {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = .errno(5)
            do { try work(disk, seed: 3, promises: &promises) } catch {}
            let failed = disk.operations[point]
            guard failed.kind == .sync || failed.kind == .syncDirectory else { continue }
            syncs += 1
            // Of a file, what is done with it next; of the directory, what is done next at all.
            let next = disk.operations[(point + 1)...].first { $0.file == failed.file || failed.kind != .sync }
            #expect(next?.kind != failed.kind, "\(failed) at \(point) failed and was tried again")
        }
        #expect(syncs > 10)
    }

    @Test("the same calls give the same operations and bytes")
    func deterministic() throws {
        func run() throws -> ([SimulatedDisk.Operation], [[UInt8]?]) {
            let disk = SimulatedDisk()
            var promises = Promises()
            try work(disk, seed: 5, promises: &promises)
            return (disk.operations, disk.fileNames.map(disk.content(of:)))
        }
        let (first, firstBytes) = try run()
        let (second, secondBytes) = try run()
        #expect(first == second)
        #expect(firstBytes == secondBytes)
    }
}
