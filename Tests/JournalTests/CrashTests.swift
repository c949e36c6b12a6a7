// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

/// What a process had done when its disk went away under it.
struct Promises {
    /// Records in the order of their appending, recovered ones first.
    var appended: [[UInt8]] = []
    /// How many of them were known to be durable.
    var acknowledged = 0
    var journalFailed = false
}

/// What is on the disk before the work begins.
enum Beginning: CaseIterable {
    case nothing
    /// A journal that was trimmed behind an older snapshot than the one it is opened with: its first segments are gone,
    /// the next ones are only known, and the position lies within one after them.
    case trimmed

    func prepare() throws -> Prepared {
        guard self == .trimmed else { return Prepared(disk: SimulatedDisk(), position: 0, promises: Promises()) }
        let disk = try diskWithBlocks(Array(repeating: 2, count: 30), recordBytes: 900)
        let segments = try survey(disk).survey.segments
        let journal = try openJournal(disk).journal
        try journal.trim(through: try #require(segments[1].blocks).upperBound)
        let last = try #require(segments.last { $0.blocks != nil }?.blocks)
        #expect(try survey(disk).survey.segments.count >= 4, "some are gone, some not read, some read")
        // The operations so far are none of the work's.
        let position = last.lowerBound + 1
        let records = try survey(disk, startingAfter: position).records
        return Prepared(
            disk: disk.copy(), position: position,
            promises: Promises(appended: records, acknowledged: records.count))
    }
}

struct Prepared {
    var disk: SimulatedDisk
    /// The position of the snapshot to open the journal with.
    var position: UInt64
    /// What is durable behind the position.
    var promises: Promises
}

/// Opens the journal and appends `count` records in groups of random size, looking for completions now and then, as a
/// shard does; ends early where the disk fails.
func work(
    _ disk: SimulatedDisk, seed: UInt64, count: Int, position: UInt64 = 0, promises: inout Promises
) throws {
    var random = SeededRandom(seed: seed)
    let opened = try openJournal(disk, seed: seed, startingAfter: position)
    let journal = opened.journal
    promises.appended = opened.records
    promises.acknowledged = opened.records.count
    var sequences = [UInt64](repeating: 0, count: opened.records.count)

    func note() {
        while promises.acknowledged < sequences.count, sequences[promises.acknowledged] <= journal.durable {
            promises.acknowledged += 1
        }
        promises.journalFailed = journal.failure != nil
    }

    for number in 0..<count where journal.failure == nil {
        let record = numbered(number, bytes: Int.random(in: 8...1_800, using: &random))
        promises.appended.append(record)
        sequences.append(journal.append(record))
        if Int.random(in: 0..<3, using: &random) == 0 { journal.flush() }
        if Int.random(in: 0..<3, using: &random) == 0 { journal.poll() }
        if Int.random(in: 0..<12, using: &random) == 0 { journal.vouch() }
        if Int.random(in: 0..<12, using: &random) == 0 { journal.retryPreparation() }
        note()
    }
    for _ in 0..<3 where journal.failure == nil {
        // A preparation that failed does not heal by waiting.
        do { try journal.settle() } catch is StorageError { journal.retryPreparation() } catch {}
        note()
    }
}

/// Opens after a crash and checks that nothing acknowledged is lost and nothing else appears. Returns the records.
@discardableResult
func recover(
    _ disk: SimulatedDisk, _ promises: Promises, position: UInt64 = 0, _ comment: Comment
) throws -> [[UInt8]] {
    let records = try openJournal(disk, identity: .foundedAs(testID), startingAfter: position).records
    #expect(records.count >= promises.acknowledged, "\(comment): acknowledged records are gone")
    #expect(records == Array(promises.appended.prefix(records.count)), "\(comment): other records than appended")
    return records
}

func waysOfLosing(_ seed: Int) -> [SimulatedDisk.Keeping] {
    [.nothing, .everything, .prefixes(seed: UInt64(seed)), .anySectors(seed: UInt64(seed) &+ 1_000)]
}

@Suite("A crash at every storage operation")
struct CrashTests {
    static let recordCount = 50

    private func operations(
        seed: UInt64, from beginning: Prepared
    ) throws -> Int {
        let disk = beginning.disk.copy()
        var promises = Promises()
        try work(disk, seed: seed, count: Self.recordCount, position: beginning.position, promises: &promises)
        #expect(promises.acknowledged == promises.appended.count && promises.acknowledged >= Self.recordCount)
        #expect(disk.fileNames.count > 3, "the work fills several segments")
        return disk.operations.count
    }

    @Test(
        "no acknowledged record is lost, wherever the power goes and whatever it takes along", arguments: [1, 2],
        Beginning.allCases)
    func crashAnywhere(seed: UInt64, beginning: Beginning) throws {
        let base = try beginning.prepare()
        let position = base.position
        let points = try operations(seed: seed, from: base)
        print("coverage: journal (\(beginning), seed \(seed)): \(points + 1) crash points, 4 ways of losing writes")
        for point in 0...points {
            for keeping in waysOfLosing(point) {
                let disk = base.disk.copy()
                var promises = base.promises
                disk.crashAtOperation = point
                do {
                    try work(disk, seed: seed, count: Self.recordCount, position: position, promises: &promises)
                } catch {}
                disk.crash(keeping: keeping)
                let comment: Comment = "seed \(seed), power gone before operation \(point), keeping \(keeping)"
                let records = try recover(disk, promises, position: position, comment)
                // The journal that was recovered works: it takes more, and gives all of it again.
                var more = Promises()
                try work(disk, seed: seed &+ 7, count: 8, position: position, promises: &more)
                #expect(more.acknowledged == records.count + 8, "\(comment)")
                disk.crash(keeping: .nothing)
                try recover(disk, more, position: position, comment)
            }
        }
    }

    @Test("recovery gives the same when the power goes during it too", arguments: Beginning.allCases)
    func crashDuringRecovery(beginning: Beginning) throws {
        let seed: UInt64 = 3
        let base = try beginning.prepare()
        let position = base.position
        let points = try operations(seed: seed, from: base)
        for point in stride(from: 0, through: points, by: 3) {
            for keeping in waysOfLosing(point) {
                let broken = base.disk.copy()
                var promises = base.promises
                broken.crashAtOperation = point
                do {
                    try work(broken, seed: seed, count: Self.recordCount, position: position, promises: &promises)
                } catch {}
                broken.crash(keeping: keeping)
                let straight = broken.copy()
                let records = try recover(straight, promises, position: position, "straight")
                let recoveryOperations = straight.operations.count
                for second in 0..<recoveryOperations {
                    let disk = broken.copy()
                    disk.crashAtOperation = second
                    _ = try? openJournal(disk, startingAfter: position)
                    disk.crash(keeping: waysOfLosing(second)[second % 4])
                    let comment: Comment = "power gone before \(point) (\(keeping)), and before \(second) of recovery"
                    let again = try recover(disk, promises, position: position, comment)
                    #expect(again == records, "\(comment): recovery depends on where it was interrupted")
                }
            }
        }
    }

    @Test(
        "a fault at any operation loses nothing that was acknowledged",
        arguments: [
            SimulatedDisk.Fault.errno(5), .errno(28), .errno(4), .short, .delay(3),
        ], Beginning.allCases)
    func faultAnywhere(fault: SimulatedDisk.Fault, beginning: Beginning) throws {
        let seed: UInt64 = 4
        let base = try beginning.prepare()
        let position = base.position
        let points = try operations(seed: seed, from: base)
        print("coverage: journal (\(beginning)): \(points) cells of \(fault)")
        for point in 0..<points {
            let disk = base.disk.copy()
            var promises = base.promises
            disk.faults[point] = fault
            do {
                try work(disk, seed: seed, count: Self.recordCount, position: position, promises: &promises)
            } catch is JournalError {}
            disk.faults = [:]
            let failed = disk.operations.indices.contains(point) ? disk.operations[point].kind : .list
            if failed == .submit, fault != .delay(3) {
                #expect(promises.journalFailed, "a block's write failed at \(point), and the journal went on")
            }
            disk.crash(keeping: waysOfLosing(point)[point % 4])
            try recover(disk, promises, position: position, "\(fault) at operation \(point) (\(failed))")
        }
    }

    @Test("a sync that failed is not tried again", arguments: Beginning.allCases)
    func noSecondSync(beginning: Beginning) throws {
        let seed: UInt64 = 4
        let base = try beginning.prepare()
        var syncs = 0
        for point in 0..<(try operations(seed: seed, from: base)) {
            let disk = base.disk.copy()
            var promises = base.promises
            disk.faults[point] = .errno(5)
            do {
                try work(disk, seed: seed, count: Self.recordCount, position: base.position, promises: &promises)
            } catch is JournalError {}
            let failed = disk.operations[point]
            guard failed.kind == .sync || failed.kind == .syncDirectory else { continue }
            syncs += 1
            // Of a file, what is done with it next; of the directory, what is done next at all.
            let next = disk.operations[(point + 1)...].first { $0.file == failed.file || failed.kind != .sync }
            #expect(next?.kind != failed.kind, "\(failed) at \(point) failed and was tried again")
        }
        #expect(syncs > 5)
    }

    @Test("the same calls and completions give the same operations and bytes")
    func deterministic() throws {
        func run() throws -> ([SimulatedDisk.Operation], [[UInt8]?]) {
            let disk = SimulatedDisk()
            var promises = Promises()
            try work(disk, seed: 5, count: 100, promises: &promises)
            return (disk.operations, disk.fileNames.map(disk.content(of:)))
        }
        let (first, firstBytes) = try run()
        let (second, secondBytes) = try run()
        #expect(first == second)
        #expect(firstBytes == secondBytes)
    }
}
