// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Writing and reading back")
struct WritingTests {
    @Test(
        "what is written is read, frame by frame, whatever the sizes",
        arguments: [
            [], [1], [262_144], [1, 262_144, 1, 2, 3], Array(repeating: 100, count: 300),
            Array(repeating: 262_144, count: 12) + [17], Array(repeating: 200_001, count: 9),
        ])
    func roundTrip(sizes: [Int]) throws {
        let disk = SimulatedDisk()
        let content = frames(sizes)
        let written = try write(content, header(5, time: -3), on: SimulatedStorage(disk))
        #expect(disk.fileNames == ["00000000000000000005.snapshot.new"])
        #expect(written.name == "00000000000000000005.snapshot")
        #expect(written.frames == sizes.count)
        #expect(written.decodedBytes == sizes.reduce(0, +))
        #expect(written.bytes == disk.content(of: disk.fileNames[0])?.count)
        let found = try read(disk.fileNames[0], on: disk, expected: written)
        #expect(found == ReadSnapshot(file: written, frames: content))
        disk.crash(keeping: .nothing)
        #expect(disk.fileNames.isEmpty, "the name becomes durable only when it is promoted")
    }

    @Test("each byte is read once, in large pieces, whatever the size")
    func readOnce() throws {
        let disk = try diskWithSnapshot(frames(Array(repeating: 262_144, count: 20)))
        let bytes = try #require(disk.content(of: disk.fileNames[0])).count
        #expect(bytes > 2 << 20)
        let before = disk.operations.count
        _ = try read(disk.fileNames[0], on: disk)
        let reads = disk.operations[before...].filter { $0.kind == .read }
        #expect(reads.reduce(0) { $0 + $1.bytes } == bytes)
        #expect(reads.count <= bytes / 700_000 + 1)
        var seen = 0
        for read in reads {
            #expect(read.offset == seen)
            seen += read.bytes
        }
    }

    @Test("small frames are gathered, and nothing is called a snapshot before it was synced and then read back")
    func calls() throws {
        let disk = SimulatedDisk()
        let storage = SimulatedStorage(disk)
        let written = try write(frames(Array(repeating: 200, count: 2_000)), on: storage)
        #expect(disk.operations.map(\.kind) == [.create, .write, .sync, .open, .size, .read])
        #expect(disk.operations[1].bytes == written.bytes)
        #expect(storage.openFileCount == 0)
        let large = SimulatedDisk()
        let whole = try write(frames(Array(repeating: 262_144, count: 20)), on: SimulatedStorage(large))
        let writes = large.operations.filter { $0.kind == .write }
        #expect(writes.reduce(0) { $0 + $1.bytes } == whole.bytes)
        #expect(writes.dropLast().allSatisfy { $0.bytes > 600_000 && $0.bytes <= 1 << 20 })
    }

    @Test("a snapshot that is given up leaves nothing, also when it is finished")
    func abandon() throws {
        let disk = SimulatedDisk()
        let storage = SimulatedStorage(disk)
        for isFinished in [false, true] {
            let writer = try SnapshotWriter(storage, header: header(5))
            try writer.append(frame: [1, 2, 3])
            if isFinished { _ = try writer.finish(stateDigest: 1) }
            writer.abandon()
            writer.abandon()
            #expect(disk.fileNames.isEmpty && storage.openFileCount == 0)
        }
        // One that is let go of without a word is found and removed after the next start.
        do { _ = try SnapshotWriter(storage, header: header(5)) }
        #expect(storage.openFileCount == 0)
        let shelf = try SnapshotShelf.open(storage, journal: testID, kind: testKind)
        #expect(try shelf.confirm(recoveredFrom: nil) == ["00000000000000000005.snapshot.new"])
    }

    @Test("once something has failed, everything after fails the same way, and the file is gone")
    func failure() throws {
        let disk = SimulatedDisk()
        let storage = SimulatedStorage(disk)
        let writer = try SnapshotWriter(storage, header: header(5))
        disk.faults[disk.operations.count] = .errno(5)
        let large = frame(1, bytes: 262_144)
        let error = SnapshotError.storage(
            StorageError(.write, SnapshotFormat.temporaryName(of: SnapshotFormat.snapshotName(5)), errno: 5))
        #expect(throws: error) { for _ in 0..<20 { try writer.append(frame: large) } }
        #expect(disk.fileNames.isEmpty && storage.openFileCount == 0)
        #expect(throws: error) { try writer.append(frame: large) }
        #expect(throws: error) { try writer.finish(stateDigest: 1) }
        #expect(disk.fileNames.isEmpty)
    }
}
