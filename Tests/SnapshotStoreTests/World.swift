// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A small machine with a journal and snapshots, as a shard is one: its state is the list of all records so far, and a
// snapshot holds just that list.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

extension JournalConfiguration {
    /// Segments of two blocks of a page each.
    static let tiny = JournalConfiguration(
        firstSegmentBytes: 12_288, largestSegmentBytes: 12_288, blockBytesMax: 4_096, writesInFlightMax: 4,
        besideBytesMin: 0, waitingBytesMax: 32_768, reserveBytesMax: 4_096)
}

/// What a process had done when its disk went away under it.
struct Promises {
    /// Records in the order of their appending.
    var appended: [UInt64] = []
    /// How many of them were known to be durable.
    var acknowledged = 0
    /// The newest snapshot that was promoted, and the one being promoted.
    var promoted: UInt64 = 0
    var promoting: UInt64 = 0
    /// Snapshots that failed, and were said to.
    var failures: [SnapshotError] = []
    var wasTrimmed = false
}

/// A machine that was recovered.
struct World {
    let storage: SimulatedStorage
    let shelf: SnapshotShelf
    let journal: Journal
    var records: [UInt64]
    /// What recovery met on its way, in the words of the log.
    var said: [String]
    /// The snapshot that it began with.
    var began: UInt64?
    var removed: [String] = []

    /// Recovers as a shard does: the newest snapshot that can be read, then the journal behind it.
    static func recover(_ disk: SimulatedDisk, seed: UInt64 = 0) throws -> World {
        let storage = SimulatedStorage(disk, seed: seed)
        let shelf = try SnapshotShelf.open(storage, journal: testID, kind: testKind)
        var said = shelf.findings.map(\.description)
        var records: [UInt64] = []
        var began: UInt64?
        for candidate in shelf.candidates {
            do {
                records = try state(of: candidate, on: shelf)
                began = candidate.sequence
                break
            } catch let error as SnapshotError where error.permitsOlder {
                said.append(error.description)
            }
        }
        let journal = try Journal.open(
            storage, identity: .foundedAs(testID), configuration: .tiny, startingAfter: began ?? 0
        ) { record, _ in records.append(number(record)) }
        var world = World(
            storage: storage, shelf: shelf, journal: journal, records: records, said: said, began: began)
        world.removed = try shelf.confirm(recoveredFrom: began)
        return world
    }

    static func state(of candidate: SnapshotFile, on shelf: SnapshotShelf) throws -> [UInt64] {
        var content: [UInt8] = []
        let read = try shelf.reader(of: candidate).readFrames { content.append(contentsOf: $0) }
        let records = stride(from: 0, to: content.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(content[start + $1]) << UInt64(8 * $1) }
        }
        #expect(read.stateDigest == digest(records), "the digest is not that of the state")
        return records
    }

    private static func number(_ record: Span<UInt8>) -> UInt64 {
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(record[$1]) << UInt64(8 * $1) }
    }

    static func digest(_ records: [UInt64]) -> UInt64 { records.reduce(17) { $0 &* 31 &+ $1 } }

    func append(_ number: UInt64) {
        var record = [UInt8](repeating: 0, count: 1_500)
        for byte in 0..<8 { record[byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)) }
        journal.append(record.span)
    }

    /// A snapshot of `records`, as of the journal's block `sequence`, under its temporary name.
    func write(_ records: [UInt64], sequence: UInt64, time: Int64) throws(SnapshotError) -> SnapshotFile {
        let writer = try SnapshotWriter(storage, header: header(sequence, time: time))
        for start in stride(from: 0, to: records.count, by: 5) {
            var frame: [UInt8] = []
            for record in records[start..<min(start + 5, records.count)] {
                frame += (0..<8).map { UInt8(truncatingIfNeeded: record >> UInt64(8 * $0)) }
            }
            try writer.append(frame: frame)
        }
        return try writer.finish(stateDigest: Self.digest(records))
    }
}

/// Recovers, and then in each of `rounds` appends some records and takes a snapshot of them, with what belongs to it;
/// ends early where the journal fails.
func work(
    _ disk: SimulatedDisk, seed: UInt64, rounds: Int = 4, keepMilliseconds: Int64 = 0, promises: inout Promises
) throws {
    var world = try World.recover(disk, seed: seed)
    promises.appended = world.records
    promises.acknowledged = world.records.count
    for round in 0..<rounds where world.journal.failure == nil {
        for _ in 0..<3 {
            let number = UInt64(promises.appended.count)
            promises.appended.append(number)
            world.append(number)
        }
        world.records = promises.appended
        let cut = world.journal.cut()
        // What comes after the line is not in the snapshot, and may be in the journal before it is written.
        promises.appended.append(UInt64(promises.appended.count))
        world.append(promises.appended[promises.appended.count - 1])
        world.journal.flush()
        let time = Int64(round + 1) * 10 + Int64(world.shelf.newest?.timeMilliseconds ?? 0) / 10 * 10
        let newest = world.shelf.newest
        do {
            let written = try world.write(world.records, sequence: cut, time: time)
            do { try world.journal.drain() } catch is StorageError { world.journal.retryPreparation() }
            if world.journal.isIdle { promises.acknowledged = promises.appended.count }
            promises.promoting = cut
            try world.shelf.promote(written, journalDurableThrough: world.journal.durable)
            promises.promoted = cut
            let retirement = try world.shelf.retire(now: time, keepMilliseconds: keepMilliseconds)
            if retirement.trimJournalThrough > 0 {
                promises.wasTrimmed = true
                try world.journal.trim(through: retirement.trimJournalThrough)
            }
        } catch let error as SnapshotError {
            promises.failures.append(error)
            #expect(
                world.shelf.newest?.sequence ?? 0 >= newest?.sequence ?? 0, "a failed snapshot took the old one along")
        } catch is JournalFailure {
        } catch let error as StorageError {
            // Trimming failed: it is tried again after the next snapshot.
            promises.failures.append(.storage(error))
        }
    }
}

/// Checks what must hold of a disk at any time: each snapshot that counts, with the journal behind it, gives the same
/// state, and where there are fewer than two of them, the journal alone does (unless a generation was damaged).
func checkGenerations(
    _ disk: SimulatedDisk, _ records: [UInt64], afterDamage: Bool = false, _ comment: Comment
) throws {
    let storage = SimulatedStorage(disk)
    let shelf = try SnapshotShelf.open(storage, journal: testID, kind: testKind, syncing: false)
    #expect(shelf.findings.isEmpty, "\(comment)")
    for candidate in shelf.candidates {
        var state = try World.state(of: candidate, on: shelf)
        _ = try JournalReader.walk(storage, id: testID, startingAfter: candidate.sequence) { record, _ in
            state.append((0..<8).reduce(UInt64(0)) { $0 | UInt64(record[$1]) << UInt64(8 * $1) })
        }
        #expect(state == records, "\(comment): the state from snapshot \(candidate.sequence) on")
    }
    if shelf.candidates.count < 2, !afterDamage {
        var state: [UInt64] = []
        _ = try JournalReader.walk(storage, id: testID, startingAfter: 0) { record, _ in
            state.append((0..<8).reduce(UInt64(0)) { $0 | UInt64(record[$1]) << UInt64(8 * $1) })
        }
        #expect(state == records, "\(comment): the state from the journal alone")
    }
}
