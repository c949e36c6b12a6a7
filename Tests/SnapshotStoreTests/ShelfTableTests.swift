// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

/// A test for each row of the tables at ``SnapshotShelf``, in their order.
@Suite("What a shelf is found in")
struct ShelfTableTests {
    let manifest = SnapshotFormat.manifestName

    /// A disk with two generations and the journal behind the older one, all of it durable, and its records.
    private func prepare() throws -> (disk: SimulatedDisk, records: [UInt64], newest: String, older: String) {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: 1, promises: &promises)
        let names = disk.fileNames.filter { SnapshotFormat.sequence(ofName: $0) != nil }
        try #require(names.count == 2)
        #expect(disk.fileNames.first != "00000001.journal", "without its snapshots the journal is not enough")
        return (disk.copy(), promises.appended, names[1], names[0])
    }

    /// Recovers, and expects the state to be whole, each generation good, and everything durable.
    @discardableResult
    private func expectState(
        _ records: [UInt64], on disk: SimulatedDisk, from name: String?, saying: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> World {
        let world = try World.recover(disk)
        #expect(world.records == records, sourceLocation: sourceLocation)
        #expect(world.began == name.flatMap(SnapshotFormat.sequence(ofName:)), sourceLocation: sourceLocation)
        #expect(world.said.count == saying.count, "\(world.said)", sourceLocation: sourceLocation)
        for (said, part) in zip(world.said, saying) {
            #expect(said.contains(part), "\(said)", sourceLocation: sourceLocation)
        }
        disk.crash(keeping: .nothing)
        try checkGenerations(disk, records, afterDamage: !saying.isEmpty, "after recovery")
        #expect(try World.recover(disk).said.isEmpty, "it is settled, durably", sourceLocation: sourceLocation)
        return world
    }

    /// Expects opening to fail with `error`, and to change nothing.
    private func expectRefusal(
        _ disk: SimulatedDisk, _ error: SnapshotError, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let before = disk.fileNames.map(disk.content(of:))
        #expect(throws: error, sourceLocation: sourceLocation) { try World.recover(disk) }
        #expect(disk.fileNames.map(disk.content(of:)) == before, sourceLocation: sourceLocation)
        #expect(!error.permitsOlder)
    }

    // MARK: What a crash leaves

    @Test("no manifest and no snapshot: the journal from block 1, and nothing is written")
    func young() throws {
        let disk = SimulatedDisk()
        let world = try expectState([], on: disk, from: nil)
        #expect(world.shelf.candidates.isEmpty)
        #expect(disk.fileNames == ["00000001.journal"])
    }

    @Test("the directory and the manifest are synced before they are read")
    func syncedBeforeReading() throws {
        let (disk, _, _, _) = try prepare()
        let before = disk.operations.count
        _ = try SnapshotShelf.open(SimulatedStorage(disk), journal: testID, kind: testKind)
        #expect(disk.operations[before...].map(\.kind) == [.syncDirectory, .list, .open, .sync, .read])
        #expect(disk.operations[before + 3].file == manifest)
    }

    @Test("a manifest and its snapshots: the newest is used, and nothing is changed")
    func clean() throws {
        let (disk, records, newest, _) = try prepare()
        let before = disk.operations.count
        let world = try expectState(records, on: disk, from: newest)
        #expect(world.removed.isEmpty)
        let changes = disk.operations[before...].filter {
            [.create, .write, .rename, .remove].contains($0.kind) && !$0.file.contains(".journal")
        }
        #expect(changes.isEmpty)
    }

    @Test("what was being written is ignored, stays until recovery is confirmed, and then goes")
    func temporaryFiles() throws {
        let (disk, records, newest, _) = try prepare()
        let temporary = ["00000000000000000099.snapshot.new", "manifest.new"]
        for name in temporary { disk.replace(name, with: disk.content(of: newest)) }
        disk.replace("00000000000000000099.snapshot.txt", with: [1])
        let shelf = try SnapshotShelf.open(SimulatedStorage(disk), journal: testID, kind: testKind)
        #expect(shelf.leftovers == temporary)
        #expect(disk.fileNames.filter(SnapshotFormat.isTemporaryName) == temporary, "opening removes nothing")
        let world = try expectState(records, on: disk, from: newest)
        #expect(world.removed == temporary)
        #expect(!disk.fileNames.contains { SnapshotFormat.isTemporaryName($0) })
        #expect(disk.fileNames.contains("00000000000000000099.snapshot.txt"), "what is not the shelf's stays")
    }

    @Test("a snapshot newer than the manifest's newest was not promoted: it goes")
    func promotionCut() throws {
        let (disk, records, newest, _) = try prepare()
        let world = try World.recover(disk)
        let written = try world.write([1, 2, 3], sequence: 15, time: 100)
        disk.replace(written.name, with: disk.content(of: SnapshotFormat.temporaryName(of: written.name)))
        try expectState(records, on: disk, from: newest)
        #expect(!disk.fileNames.contains(written.name))
    }

    @Test("a snapshot that the manifest does not name, older than its newest, was being retired: it goes")
    func retirementCut() throws {
        let (disk, records, newest, _) = try prepare()
        for sequence: UInt64 in [1, 2] {
            let old = try diskWithSnapshot(frames([8]), header(sequence))
            disk.replace(SnapshotFormat.snapshotName(sequence), with: old.content(of: old.fileNames[0]))
        }
        let before = disk.operations.count
        try expectState(records, on: disk, from: newest)
        let operations = disk.operations[before...]
        let removals = operations.indices.filter {
            operations[$0].kind == .remove && operations[$0].file.hasSuffix(".snapshot")
        }
        #expect(removals.count == 2)
        #expect(removals.allSatisfy { operations[$0 + 1].kind == .syncDirectory })
    }

    @Test("a snapshot and no manifest: it is used if it is whole, said, and a manifest written")
    func firstPromotionCut() throws {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: 1, rounds: 1, promises: &promises)
        disk.replace(manifest, with: nil)
        let name = try #require(disk.fileNames.first { SnapshotFormat.sequence(ofName: $0) != nil })
        let damaged = disk.copy()
        try expectState(promises.appended, on: disk, from: name, saying: ["no manifest"])
        #expect(disk.fileNames.contains(manifest))
        for offset in [10, 70, try #require(damaged.content(of: name)).count - 10] {
            let copy = damaged.copy()
            copy.flip(name, at: offset, mask: 1)
            try expectState(promises.appended, on: copy, from: nil, saying: ["no manifest", name])
            #expect(!copy.fileNames.contains(name))
        }
    }

    // MARK: What is damage

    @Test("a manifest that is gone or cannot be read: the snapshots found are used, said, and it is written anew")
    func manifestLost() throws {
        let (disk, records, newest, older) = try prepare()
        let content = disk.content(of: manifest)
        for (change, said) in [
            (nil, "no manifest"), ([], "manifest cannot be read"), ([1, 2, 3], "manifest cannot be read"),
        ] as [([UInt8]?, String)] {
            let copy = disk.copy()
            copy.replace(manifest, with: change)
            let world = try expectState(records, on: copy, from: newest, saying: [said])
            #expect(world.shelf.candidates.map(\.name) == [newest, older])
            #expect(copy.content(of: manifest) == content, "the very same manifest")
        }
    }

    @Test("without a manifest, a snapshot out of whose middle something is missing is left aside, and said")
    func shortenedWithoutManifest() throws {
        let (disk, records, newest, older) = try prepare()
        disk.replace(manifest, with: nil)
        var content = try #require(disk.content(of: newest))
        content.removeSubrange(80..<90)
        disk.replace(newest, with: content)
        let world = try expectState(
            records, on: disk, from: older, saying: ["no manifest", "leaving a snapshot aside"])
        #expect(world.removed == [newest])
    }

    @Test("a manifest under a right checksum that makes no sense is not believed")
    func manifestMakesNoSense() throws {
        let (disk, records, newest, _) = try prepare()
        let found = try SnapshotShelf.open(SimulatedStorage(disk), journal: testID, kind: testKind).candidates
        let reversed = Manifest(journal: testID, kind: testKind, generations: found.reversed())
        let doubled = Manifest(journal: testID, kind: testKind, generations: [found[0], found[0]])
        for wrong in [reversed, doubled] {
            let copy = disk.copy()
            copy.replace(manifest, with: wrong.encoded())
            try expectState(records, on: copy, from: newest, saying: ["make no sense"])
        }
    }

    @Test("a missing snapshot that the manifest names: the other is used, and said", arguments: [true, false])
    func snapshotMissing(isNewest: Bool) throws {
        let (disk, records, newest, older) = try prepare()
        disk.replace(isNewest ? newest : older, with: nil)
        let world = try expectState(
            records, on: disk, from: isNewest ? older : newest, saying: [isNewest ? newest : older])
        #expect(world.shelf.candidates.count == 1)
        let retirement = try world.shelf.retire(now: 10_000, keepMilliseconds: 0)
        #expect(retirement.trimJournalThrough == 0, "there is one generation only: nothing more is trimmed")
    }

    @Test("a damaged newest snapshot: the one before is used with its journal, said, and the bad one goes")
    func newestDamaged() throws {
        let (disk, records, newest, older) = try prepare()
        for offset in 0..<(try #require(disk.content(of: newest)).count) {
            let copy = disk.copy()
            copy.flip(newest, at: offset, mask: 0x20)
            try expectState(records, on: copy, from: older, saying: [newest])
            #expect(!copy.fileNames.contains(newest))
            let renamed = try #require(copy.operations.firstIndex { $0.kind == .rename })
            let removed = try #require(copy.operations.firstIndex { $0.kind == .remove && $0.file == newest })
            #expect(copy.operations[renamed + 1].kind == .syncDirectory && removed > renamed + 1)
        }
    }

    @Test("a bad newest one is no generation any more, though the manifest could not say so on a full disk")
    func confirmFails() throws {
        let (disk, _, newest, older) = try prepare()
        disk.flip(newest, at: 80, mask: 0x20)
        let storage = SimulatedStorage(disk)
        let shelf = try SnapshotShelf.open(storage, journal: testID, kind: testKind)
        let olderSequence = try #require(SnapshotFormat.sequence(ofName: older))
        disk.capacityBytes = 0
        #expect(throws: SnapshotError.self) { try shelf.confirm(recoveredFrom: olderSequence) }
        disk.capacityBytes = .max
        let next = try write(frames([50]), header(9_999), on: storage)
        try shelf.promote(next, journalDurableThrough: 9_999)
        let retired = try shelf.retire(now: 2_000, keepMilliseconds: 0)
        #expect(shelf.candidates.map(\.sequence) == [9_999, olderSequence])
        #expect(retired.trimJournalThrough == olderSequence)
        #expect(disk.fileNames.contains(older) && !disk.fileNames.contains(newest))
    }

    @Test("another whole snapshot of the same sequence than the manifest's is not taken for it")
    func unlikeManifest() throws {
        let (disk, records, newest, older) = try prepare()
        let sequence = try #require(SnapshotFormat.sequence(ofName: newest))
        let real = try read(newest, on: disk).file
        for other in [header(sequence, time: real.timeMilliseconds + 1), real.header] {
            let copy = disk.copy()
            let stranger = try diskWithSnapshot(frames([16]), other)
            copy.replace(newest, with: stranger.content(of: newest))
            try expectState(records, on: copy, from: older, saying: ["not the snapshot that the manifest names"])
        }
    }

    @Test("a damaged older snapshot is not looked at while the newest is good")
    func olderDamaged() throws {
        let (disk, records, newest, older) = try prepare()
        disk.flip(older, at: 80, mask: 1)
        let world = try World.recover(disk)
        #expect(
            world.records == records && world.said.isEmpty && world.began == SnapshotFormat.sequence(ofName: newest))
    }

    @Test("no snapshot can be read: the journal from block 1, and where that is gone a refusal that changes nothing")
    func allDamaged() throws {
        let (disk, _, newest, older) = try prepare()
        disk.flip(newest, at: 80, mask: 1)
        disk.flip(older, at: 80, mask: 1)
        let before = disk.fileNames.map(disk.content(of:))
        let first = try #require(disk.fileNames.first { JournalFormat.segmentNumber(ofName: $0) != nil })
        let begins = try #require(try JournalReader.outline(SimulatedStorage(disk)).segments.first?.blocks?.lowerBound)
        #expect(throws: JournalError.gap(file: first, first: begins, needed: 1)) { try World.recover(disk) }
        #expect(disk.fileNames.map(disk.content(of:)) == before)

        let untrimmed = SimulatedDisk()
        var promises = Promises()
        try work(untrimmed, seed: 1, rounds: 1, promises: &promises)
        let name = try #require(untrimmed.fileNames.first { SnapshotFormat.sequence(ofName: $0) != nil })
        untrimmed.flip(name, at: 80, mask: 1)
        try expectState(promises.appended, on: untrimmed, from: nil, saying: [name])
    }

    @Test("a manifest or snapshot of another journal, another kind or a newer version is refused")
    func foreign() throws {
        let (disk, _, newest, _) = try prepare()
        let found = try SnapshotShelf.open(SimulatedStorage(disk), journal: testID, kind: testKind).candidates
        func with(_ changed: [UInt8]?, _ name: String, manifest kept: Bool = true) -> SimulatedDisk {
            let copy = disk.copy()
            copy.replace(name, with: changed)
            if !kept { copy.replace(manifest, with: nil) }
            return copy
        }
        let own = Manifest(journal: testID, kind: testKind, generations: found)
        expectRefusal(with(own.encoded(version: 2), manifest), .newerVersion(file: manifest, version: 2))
        let others = Manifest(journal: otherID, kind: testKind, generations: found)
        expectRefusal(
            with(others.encoded(), manifest), .foreign(file: manifest, found: otherID, expected: testID))
        let kind = Manifest(journal: testID, kind: 8, generations: found)
        expectRefusal(with(kind.encoded(), manifest), .otherKind(file: manifest, found: 8, expected: testKind))

        let sequence = found[0].sequence
        let stranger = try diskWithSnapshot(frames([8]), header(sequence, journal: otherID)).content(of: newest)
        let otherKind = try diskWithSnapshot(frames([8]), header(sequence, kind: 9)).content(of: newest)
        var newer = try #require(disk.content(of: newest))
        newer.withUnsafeMutableBytes { _ = found[0].header.write(to: $0, version: 2) }
        for kept in [true, false] {
            expectRefusal(
                with(stranger, newest, manifest: kept), .foreign(file: newest, found: otherID, expected: testID))
            expectRefusal(
                with(otherKind, newest, manifest: kept), .otherKind(file: newest, found: 9, expected: testKind))
            expectRefusal(with(newer, newest, manifest: kept), .newerVersion(file: newest, version: 2))
        }
    }
}
