// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Promoting and retiring")
struct PromotionTests {
    private func openShelf(_ disk: SimulatedDisk) throws -> (storage: SimulatedStorage, shelf: SnapshotShelf) {
        let storage = SimulatedStorage(disk)
        return (storage, try SnapshotShelf.open(storage, journal: testID, kind: testKind))
    }

    /// Promotes snapshots of these sequences, each a minute after the one before.
    private func promote(_ sequences: ClosedRange<UInt64>, _ shelf: SnapshotShelf, _ storage: SimulatedStorage) throws {
        for sequence in sequences {
            let written = try write(frames([100]), header(sequence, time: Int64(sequence) * 60_000), on: storage)
            try shelf.promote(written, journalDurableThrough: sequence)
        }
    }

    @Test("a snapshot is renamed, then named, each durably, before anything goes")
    func order() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        let written = try write(frames([100]), header(1), on: storage)
        let before = disk.operations.count
        try shelf.promote(written, journalDurableThrough: 1)
        let changes = disk.operations[before...].filter { ![.open, .read, .size].contains($0.kind) }
        #expect(
            changes.map { "\($0.kind) \($0.file)" } == [
                "rename \(written.name).new", "syncDirectory the directory", "create manifest.new",
                "write manifest.new", "sync manifest.new", "rename manifest.new", "syncDirectory the directory",
            ])
        disk.crash(keeping: .nothing)
        #expect(disk.fileNames == [written.name, "manifest"])
        #expect(try openShelf(disk).shelf.candidates == [written])
    }

    @Test("old snapshots go only when the manifest without them is durable, each removal synced")
    func retiring() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(1...4, shelf, storage)
        let before = disk.operations.count
        let retirement = try shelf.retire(now: 300_000, keepMilliseconds: 0)
        #expect(retirement.trimJournalThrough == 3)
        #expect(retirement.removed == [2, 1].map(SnapshotFormat.snapshotName))
        let kinds = disk.operations[before...].map(\.kind).filter { ![.open, .read, .size].contains($0) }
        #expect(
            kinds == [
                .create, .write, .sync, .rename, .syncDirectory, .remove, .syncDirectory, .remove, .syncDirectory,
            ])
        #expect(try shelf.retire(now: 300_000, keepMilliseconds: 0).removed.isEmpty)
        #expect(shelf.newest?.sequence == 4)
        #expect(shelf.newest(notAfter: 3)?.sequence == 3)
        #expect(shelf.newest(notAfter: 2) == nil)
        #expect(shelf.newest(notAfterMilliseconds: 239_999)?.sequence == 3)
        #expect(shelf.newest(notAfterMilliseconds: 240_000)?.sequence == 4)
    }

    @Test("a snapshot ahead of the journal, as old as another, of another journal or kind is not promoted, and goes")
    func refusals() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(5...5, shelf, storage)
        let cases: [(SnapshotHeader, UInt64, SnapshotError)] = [
            (header(8), 7, .notDurable(file: SnapshotFormat.snapshotName(8), durable: 7)),
            (header(5), 9, .notNewer(file: SnapshotFormat.snapshotName(5), newest: 5)),
            (header(4), 9, .notNewer(file: SnapshotFormat.snapshotName(4), newest: 5)),
            (
                header(6, journal: otherID), 9,
                .foreign(file: SnapshotFormat.snapshotName(6), found: otherID, expected: testID)
            ),
            (
                header(6, kind: 1), 9, .otherKind(file: SnapshotFormat.snapshotName(6), found: 1, expected: testKind)
            ),
        ]
        let names = disk.fileNames
        let manifest = disk.content(of: "manifest")
        for (header, durable, error) in cases {
            let written = try write(frames([100]), header, on: storage)
            #expect(throws: error) { try shelf.promote(written, journalDurableThrough: durable) }
            #expect(disk.fileNames == names)
            #expect(disk.content(of: "manifest") == manifest)
        }
    }

    @Test("a manifest takes so many snapshots and no more")
    func limit() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(1...64, shelf, storage)
        #expect(try openShelf(disk).shelf.candidates.count == 64)
        #expect(throws: SnapshotError.tooMany(file: SnapshotFormat.snapshotName(65))) {
            try promote(65...65, shelf, storage)
        }
        _ = try shelf.retire(now: 0, keepMilliseconds: 0)
        try promote(65...65, shelf, storage)
        #expect(shelf.candidates.map(\.sequence) == [65, 64, 63])
    }

    @Test("a manifest of unknown fate is settled before anything that it may name goes")
    func uncertainManifest() throws {
        for way in 0..<4 {
            let disk = SimulatedDisk()
            let (storage, shelf) = try openShelf(disk)
            try promote(1...2, shelf, storage)
            let written = try write(frames([100]), header(3), on: storage)
            // The last operation of promoting: the sync of the directory behind the manifest's renaming.
            let last = disk.operations.count + 8
            disk.faults[last] = .errno(5)
            #expect(throws: SnapshotError.self) { try shelf.promote(written, journalDurableThrough: 3) }
            #expect(disk.operations[last].kind == .syncDirectory && disk.operations.count == last + 1)
            disk.faults = [:]
            #expect(shelf.newest?.sequence == 2, "it counts as failed")
            #expect(disk.fileNames.contains(written.name), "the manifest may name it: it stays")
            if way > 0 {
                // A crash now: whichever manifest survives, what it names is there.
                disk.crash(keeping: waysOfLosing(way)[way])
                #expect(try openShelf(disk).shelf.findings.isEmpty)
                continue
            }
            try promote(4...4, shelf, storage)
            let retirement = try shelf.retire(now: 0, keepMilliseconds: 0)
            #expect(retirement.removed.contains(written.name))
            #expect(shelf.candidates.map(\.sequence) == [4, 2])
            #expect(try openShelf(disk).shelf.candidates.map(\.sequence) == [4, 2])
        }
    }

    @Test("a failed removal is tried again, and the journal is not trimmed before it has worked")
    func failedRemoval() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(1...3, shelf, storage)
        let before = disk.operations.count
        let removal = before + 7
        disk.faults[removal] = .errno(5)
        #expect(throws: SnapshotError.self) { try shelf.retire(now: 0, keepMilliseconds: 0) }
        #expect(disk.operations[removal].kind == .remove)
        disk.faults = [:]
        #expect(shelf.leftovers == [SnapshotFormat.snapshotName(1)])
        let retirement = try shelf.retire(now: 0, keepMilliseconds: 0)
        #expect(retirement == SnapshotRetirement(trimJournalThrough: 2, removed: [SnapshotFormat.snapshotName(1)]))
    }

    @Test("a full disk fails the snapshot, leaves nothing of it, and the next one works when there is room")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(1...1, shelf, storage)
        let names = disk.fileNames
        disk.capacityBytes = 1_500_000
        let error = #expect(throws: SnapshotError.self) {
            try write(frames(Array(repeating: 262_144, count: 20)), header(2), on: storage, level: -7)
        }
        let expected = StorageError(.write, SnapshotFormat.temporaryName(of: SnapshotFormat.snapshotName(2)), errno: 28)
        #expect(error == .storage(expected))
        #expect(disk.fileNames == names)
        #expect(storage.openFileCount == 0)
        disk.capacityBytes = .max
        try promote(2...2, shelf, storage)
        #expect(shelf.candidates.map(\.sequence) == [2, 1])
    }

    @Test("looking with a shelf that does not sync changes nothing at all")
    func looking() throws {
        let disk = SimulatedDisk()
        let (storage, shelf) = try openShelf(disk)
        try promote(1...2, shelf, storage)
        disk.replace("manifest.new", with: [1])
        let before = disk.operations.count
        let looking = try SnapshotShelf.open(storage, journal: testID, kind: testKind, syncing: false)
        for candidate in looking.candidates { _ = try looking.reader(of: candidate).verify() }
        let kinds = Set(disk.operations[before...].map(\.kind))
        #expect(kinds.isSubset(of: [.list, .open, .size, .read]))
    }
}
