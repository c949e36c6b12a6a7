// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import SnapshotStore
import Testing
import Ticketing

/// The two kinds of shard.
enum ShardKind: CaseIterable {
    case catalogue, tickets

    var machine: any RigMachine.Type {
        switch self {
        case .catalogue: Catalogue.self
        case .tickets: TicketLedger.self
        }
    }
}

/// A shard as the daemon runs it, with its snapshots and the trimming of its journal, on a disk that goes away or
/// refuses at every operation there is.
@Suite("A shard on a disk that fails at every operation")
struct ShardCrashTests {
    /// What was answered before the disk went away.
    private struct Promises {
        var asked = 0
        /// Whether anything was answered at all.
        var isFounded = false
        /// What was answered to each change.
        var acknowledged: [Int: String] = [:]
        var snapshots = 0
        var failedSnapshots = 0
    }

    /// Makes changes one by one, and takes a snapshot after every third.
    private func work<Machine: RigMachine>(
        _ machine: Machine.Type, _ disk: SimulatedDisk, seed: UInt64, count: Int = 14, _ promises: inout Promises
    ) throws {
        let rig = try MachineRig<Machine>(disk, seed: seed, isFounded: false)
        for line in Machine.preparation {
            guard rig.ask(line)?.hasPrefix("OK") == true else { return }
            promises.isFounded = true
        }
        for number in 0..<count {
            promises.asked += 1
            guard let answer = rig.ask(Machine.change(number)) else { return }
            promises.isFounded = true
            if answer.hasPrefix("OK") { promises.acknowledged[number] = answer }
            guard number % 3 == 2 else { continue }
            guard let snapshot = rig.ask("SNAPSHOT") else { return }
            if snapshot.hasPrefix("OK") { promises.snapshots += 1 } else { promises.failedSnapshots += 1 }
        }
        rig.turns(20)
    }

    /// Recovers and checks that everything that was answered is there: asked again with its key, it is the same answer.
    @discardableResult
    private func expectPromises<Machine: RigMachine>(
        _ machine: Machine.Type, _ disk: SimulatedDisk, _ promises: Promises, _ comment: Comment
    ) throws -> MachineRig<Machine> {
        let rig = try MachineRig<Machine>(disk, isFounded: promises.isFounded)
        #expect(rig.core.machine.changeCount >= promises.acknowledged.count, "\(comment)")
        #expect(rig.core.machine.changeCount <= promises.asked, "\(comment): more than was asked for")
        for (number, answered) in promises.acknowledged.sorted(by: { $0.key < $1.key }) {
            let answer = rig.ask(Machine.change(number))
            #expect(answer == answered + " replayed=yes", "\(comment): change \(number)")
        }
        return rig
    }

    private func operations<Machine: RigMachine>(
        _ machine: Machine.Type, seed: UInt64
    ) throws -> [SimulatedDisk.Operation] {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(machine, disk, seed: seed, &promises)
        #expect(promises.acknowledged.count == 14 && promises.snapshots == 4)
        #expect(!disk.fileNames.contains("00000001.journal"), "the journal was trimmed")
        return disk.operations
    }

    private static func waysOfLosing(_ seed: Int) -> [SimulatedDisk.Keeping] {
        [.nothing, .everything, .prefixes(seed: UInt64(seed)), .anySectors(seed: UInt64(seed) &+ 1_000)]
    }

    @Test(
        "nothing that was answered is lost, wherever the power goes and whatever it takes along",
        arguments: ShardKind.allCases)
    func crashAnywhere(kind: ShardKind) throws { try crashAnywhere(kind.machine) }

    private func crashAnywhere<Machine: RigMachine>(_ machine: Machine.Type) throws {
        let points = try operations(machine, seed: 1).count
        for point in 0...points {
            for keeping in Self.waysOfLosing(point) {
                let disk = SimulatedDisk()
                var promises = Promises()
                disk.crashAtOperation = point
                do { try work(machine, disk, seed: 1, &promises) } catch {}
                disk.crash(keeping: keeping)
                let comment: Comment = "power gone before operation \(point), keeping \(keeping)"
                let rig = try expectPromises(machine, disk, promises, comment)
                #expect(rig.ask("SNAPSHOT") == "OK snapshot", "\(comment): what was recovered takes its snapshots")
            }
        }
        print("coverage: shard (\(machine)): \(points + 1) crash points, 4 ways of losing writes")
    }

    @Test("the same when the power goes during recovery too", arguments: ShardKind.allCases)
    func crashDuringRecovery(kind: ShardKind) throws { try crashDuringRecovery(kind.machine) }

    private func crashDuringRecovery<Machine: RigMachine>(_ machine: Machine.Type) throws {
        let points = try operations(machine, seed: 2).count
        var recoveries = 0
        for point in stride(from: 0, through: points, by: 9) {
            let keeping = Self.waysOfLosing(point)[point / 9 % 4]
            let broken = SimulatedDisk()
            var promises = Promises()
            broken.crashAtOperation = point
            do { try work(machine, broken, seed: 2, &promises) } catch {}
            broken.crash(keeping: keeping)
            let straight = broken.copy()
            _ = try MachineRig<Machine>(straight, isFounded: promises.isFounded)
            for second in 0..<straight.operations.count {
                let disk = broken.copy()
                disk.crashAtOperation = second
                _ = try? MachineRig<Machine>(disk, isFounded: promises.isFounded)
                disk.crash(keeping: Self.waysOfLosing(second)[(second + point) % 4])
                try expectPromises(
                    machine, disk, promises, "power gone before \(point), and before \(second) of recovery")
                recoveries += 1
            }
        }
        print("coverage: shard (\(machine)): \(recoveries) crash points during recovery")
    }

    @Test(
        "a fault at any operation loses nothing that was answered, and a snapshot that failed is said",
        arguments: ShardKind.allCases, [SimulatedDisk.Fault.errno(5), .errno(28), .errno(4), .short, .delay(3)])
    func faultAnywhere(kind: ShardKind, fault: SimulatedDisk.Fault) throws {
        try faultAnywhere(kind.machine, fault)
    }

    private func faultAnywhere<Machine: RigMachine>(_ machine: Machine.Type, _ fault: SimulatedDisk.Fault) throws {
        let points = try operations(machine, seed: 3)
        for point in points.indices {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = fault
            do { try work(machine, disk, seed: 3, &promises) } catch {}
            disk.faults = [:]
            let operation = disk.operations[point]
            let isFailure = if case .errno = fault { true } else { fault == .short && operation.kind == .write }
            let writesSnapshot = operation.file.hasSuffix(".snapshot.new") && operation.kind != .remove
            if isFailure, writesSnapshot { #expect(promises.failedSnapshots == 1, "\(fault) at \(operation)") }
            disk.crash(keeping: Self.waysOfLosing(point)[point % 4])
            try expectPromises(machine, disk, promises, "\(fault) at operation \(point): \(operation)")
        }
        print("coverage: shard (\(machine)): \(points.count) cells of \(fault)")
    }

    @Test(
        "each removal is made durable before the next, and nothing is synced again after it failed",
        arguments: ShardKind.allCases)
    func order(kind: ShardKind) throws { try order(kind.machine) }

    private func order<Machine: RigMachine>(_ machine: Machine.Type) throws {
        let all = try operations(machine, seed: 3)
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
            do { try work(machine, disk, seed: 3, &promises) } catch {}
            let failed = all[point]
            let next = disk.operations[(point + 1)...].first { $0.file == failed.file || failed.kind != .sync }
            #expect(next?.kind != failed.kind, "\(all[point]) failed and was tried again")
        }
    }

    @Test("where older snapshots could not be retired, no segment of the journal goes", arguments: ShardKind.allCases)
    func retiringFails(kind: ShardKind) throws { try retiringFails(kind.machine) }

    private func retiringFails<Machine: RigMachine>(_ machine: Machine.Type) throws {
        let all = try operations(machine, seed: 3)
        var cases = 0
        for point in all.indices where all[point].file == "manifest.new" && all[point].kind == .create {
            let disk = SimulatedDisk()
            var promises = Promises()
            disk.faults[point] = .errno(5)
            try work(machine, disk, seed: 3, count: 9, &promises)
            guard disk.operations.count > point else { continue }
            cases += 1
            disk.faults = [:]
            disk.crash(keeping: .nothing)
            // Each snapshot that is named has the journal behind it.
            let storage = SimulatedStorage(disk)
            let shelf = try SnapshotShelf.open(
                storage, journal: ShardRig.id, kind: Machine.snapshotKind, syncing: false)
            for candidate in shelf.candidates {
                _ = try JournalReader.walk(storage, startingAfter: candidate.sequence) { _, _ in }
            }
        }
        #expect(cases > 2)
    }
}
