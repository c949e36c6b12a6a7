// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Damage to a snapshot is named")
struct DamageTests {
    let name = SnapshotFormat.snapshotName(5)
    let temporaryName = SnapshotFormat.temporaryName(of: SnapshotFormat.snapshotName(5))

    /// A disk with a snapshot of four frames, its content, and where its frames and its footer begin.
    private func prepare(
        _ sizes: [Int] = [100, 100, 100, 90]
    ) throws -> (disk: SimulatedDisk, content: [UInt8], parts: [Int]) {
        let disk = try diskWithSnapshot(frames(sizes))
        let content = try #require(disk.content(of: name))
        var parts = [SnapshotFormat.headerBytes]
        for _ in sizes {
            let start = parts[parts.count - 1]
            let header = content[start...].withUnsafeBytes { FrameHeader.read($0) }
            parts.append(start + (try #require(header)).frameBytes)
        }
        return (disk, content, parts)
    }

    /// Changes the footer of a file's content and makes its checksum right again.
    private func reseal(_ content: inout [UInt8], _ change: (inout SnapshotFooter) -> Void) {
        content.withUnsafeMutableBytes { bytes in
            let place = UnsafeMutableRawBufferPointer(rebasing: bytes[(bytes.count - SnapshotFormat.footerBytes)...])
            guard var footer = SnapshotFooter.read(UnsafeRawBufferPointer(place))?.footer else { return }
            change(&footer)
            _ = footer.write(to: place)
        }
    }

    private func expect(
        _ damage: SnapshotDamage, at offset: Int, _ content: [UInt8], expected: SnapshotFile? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let disk = SimulatedDisk()
        disk.replace(name, with: content)
        #expect(
            throws: SnapshotError.damaged(file: name, offset: offset, damage), sourceLocation: sourceLocation
        ) { try read(name, on: disk, expected: expected) }
    }

    @Test("a zstd frame that promises no checksum, though it decompresses")
    func frameWithoutChecksum() throws {
        let (_, content, _) = try prepare([9])
        // One stretch of five bytes as they are, its size told by one byte (RFC 8878, 3.1.1): without and with the flag
        // for a checksum.
        let raw: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 5, 0x29, 0, 0, 1, 2, 3, 4, 5]
        var decoded = [UInt8](repeating: 0, count: 5)
        let decompressor = try Decompressor()
        let isTaken = raw.withUnsafeBytes { frame in
            decoded.withUnsafeMutableBytes { decompressor.decompress(frame, into: $0) }
        }
        #expect(!isTaken)
        var frame = [UInt8](repeating: 0, count: SnapshotFormat.frameHeaderBytes) + raw
        frame.withUnsafeMutableBytes {
            FrameHeader.seal($0, number: 0, compressedBytes: raw.count, decodedBytes: 5)
        }
        expect(.frameContent, at: 64, content[..<64] + frame + content.suffix(64))
    }

    @Test("a header with another magic, checksum or sequence")
    func headers() throws {
        var (_, content, _) = try prepare()
        content[0] ^= 1
        expect(.magic, at: 0, content)
        content[0] ^= 1
        content[63] ^= 1
        expect(.headerChecksum, at: 0, content)
        content[63] ^= 1
        content.withUnsafeMutableBytes { _ = header(6).write(to: $0) }
        expect(.otherSequence, at: 32, content)
        content.withUnsafeMutableBytes { _ = header(5).write(to: $0, version: 0) }
        expect(.headerChecksum, at: 0, content)
        expect(.truncated, at: 0, [])
    }

    @Test("frames that are dropped, doubled, swapped or another snapshot's, each of them sound")
    func frameOrder() throws {
        let (_, content, parts) = try prepare()
        let head = content[..<parts[0]]
        let pieces = (0..<4).map { content[parts[$0]..<parts[$0 + 1]] }
        let footer = content[parts[4]...]
        expect(.frameNumber, at: parts[1], Array(head + pieces[0] + pieces[2] + pieces[3] + footer))
        expect(.frameNumber, at: parts[1], Array(head + pieces[0] + pieces[0] + pieces[1] + pieces[2] + footer))
        expect(.frameNumber, at: parts[0], Array(head + pieces[1] + pieces[0] + pieces[2] + pieces[3] + footer))
        expect(.frameHeaders, at: parts[3], Array(head + pieces[0] + pieces[1] + pieces[2] + footer))
        expect(.frameHeaders, at: parts[0], Array(head + footer))
        let other = try diskWithSnapshot([frame(0, bytes: 100), frame(77, bytes: 100), frame(2, bytes: 100)])
        let stranger = try #require(other.content(of: name))
        let second =
            parts[
                1]..<(parts[1]
            + (try #require(stranger[parts[1]...].withUnsafeBytes { FrameHeader.read($0) })).frameBytes)
        let mixed = Array(head + pieces[0] + stranger[second] + pieces[2] + pieces[3] + footer)
        expect(.frameHeaders, at: mixed.count - 64, mixed)
    }

    @Test("frames with lengths out of bounds, and content that does not decompress, under right checksums")
    func frameBounds() throws {
        let (_, content, parts) = try prepare()
        func changed(_ change: (UnsafeMutableRawBufferPointer) -> Void) -> [UInt8] {
            var changed = content
            changed.withUnsafeMutableBytes { bytes in
                let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[parts[1]..<parts[2]])
                change(frame)
                frame.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: frame[8...])), at: 4)
            }
            return changed
        }
        for (offset, length) in [(12, 0), (12, 263_169), (16, 0), (16, 262_145), (16, 0xFFFF_FFFF)] as [(Int, UInt32)] {
            expect(.frameLength, at: parts[1], changed { $0.set(length, at: offset) })
        }
        expect(.frameContent, at: parts[1], changed { $0.set(UInt32(99), at: 16) })
        expect(.frameContent, at: parts[1], changed { $0.set(UInt32(101), at: 16) })
        expect(.frameContent, at: parts[1], changed { $0[20] ^= 1 })
        expect(.frameContent, at: parts[1], changed { $0[30] ^= 1 })
        expect(.frameContent, at: parts[1], changed { $0[$0.count - 1] ^= 1 })
        // The bit that promises a checksum.
        expect(.frameContent, at: parts[1], changed { $0[24] ^= 4 })
        var flipped = content
        flipped[parts[1] + 25] ^= 1
        expect(.frameChecksum, at: parts[1], flipped)
        var unknown = content
        unknown[parts[1]] ^= 1
        expect(.unknownPart, at: parts[1], unknown)
    }

    @Test("more than one zstd frame, or another kind of them, in one frame's place")
    func zstdFrames() throws {
        let (_, content, parts) = try prepare()
        let whole = content[(parts[0] + 20)..<parts[1]]
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
        let one = Array(whole)
        let others: [[UInt8]] = [one + skippable, skippable + one, skippable, one + one, one + [0]]
        for zstd in others {
            var frame = [UInt8](repeating: 0, count: 20) + zstd
            frame.withUnsafeMutableBytes {
                FrameHeader.seal($0, number: 0, compressedBytes: zstd.count, decodedBytes: 100)
            }
            expect(.frameContent, at: parts[0], Array(content[..<parts[0]]) + frame + Array(content[parts[1]...]))
        }
    }

    @Test("a footer that counts wrongly, or is another file's, under a right checksum")
    func footers() throws {
        let (_, content, parts) = try prepare()
        let changes: [(SnapshotDamage, (inout SnapshotFooter) -> Void)] = [
            (.frameHeaders, { $0.sequence += 1 }), (.frameHeaders, { $0.headerChecksum ^= 1 }),
            (.frameHeaders, { $0.frameHeadersChecksum ^= 1 }), (.counts, { $0.frames += 1 }),
            (.counts, { $0.compressedBytes -= 1 }), (.counts, { $0.decodedBytes += 1 }),
            (.counts, { $0.fileBytes += 1 }),
        ]
        for (damage, change) in changes {
            var changed = content
            reseal(&changed, change)
            expect(damage, at: parts[4], changed)
        }
        var flipped = content
        flipped[parts[4] + 20] ^= 1
        expect(.footerChecksum, at: parts[4], flipped)
        // The digest is the writer's to say; whoever knows which snapshot it wants sees that it is another.
        let disk = SimulatedDisk()
        disk.replace(name, with: content)
        let file = try read(name, on: disk).file
        var other = content
        reseal(&other) { $0.stateDigest ^= 1 }
        expect(.unlikeManifest, at: parts[4], other, expected: file)
    }

    @Test("what is written wrongly is noticed before it is called a snapshot, at every byte")
    func verification() throws {
        let storage = RottingStorage(SimulatedDisk())
        let sizes = [300, 1, 200]
        let count = try write(frames(sizes), on: storage).bytes
        for offset in 0..<count {
            let disk = SimulatedDisk()
            let rotting = RottingStorage(disk, flipping: offset)
            #expect(throws: SnapshotError.self, "byte \(offset)") {
                try write(frames(sizes), on: rotting)
            }
            #expect(disk.fileNames.isEmpty, "byte \(offset): the bad one is gone")
        }
    }
}

/// A storage that writes one byte of a file wrongly, or loses the end of a write, and says nothing.
final class RottingStorage: DirectoryStorage {
    private let disk: SimulatedDisk
    private let storage: SimulatedStorage
    private let flipping: Int?

    init(_ disk: SimulatedDisk, flipping: Int? = nil) {
        self.disk = disk
        storage = SimulatedStorage(disk)
        self.flipping = flipping
    }

    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        try storage.write(file, at: offset, from: memory)
        if let flipping, (offset..<(offset + memory.count)).contains(flipping) {
            disk.flip(disk.fileNames[0], at: flipping, mask: 1)
        }
    }

    func list() throws(StorageError) -> [String] { try storage.list() }
    func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        try storage.open(name, for: access)
    }
    func checkRoom(bytes: Int) throws(StorageError) { try storage.checkRoom(bytes: bytes) }
    func create(_ name: String) throws(StorageError) -> StorageFile { try storage.create(name) }
    func close(_ file: StorageFile) { storage.close(file) }
    func size(of file: StorageFile) throws(StorageError) -> Int { try storage.size(of: file) }
    func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try storage.read(file, at: offset, into: memory)
    }
    func sync(_ file: StorageFile) throws(StorageError) { try storage.sync(file) }
    func syncDirectory() throws(StorageError) { try storage.syncDirectory() }
    func rename(_ name: String, to newName: String) throws(StorageError) { try storage.rename(name, to: newName) }
    func remove(_ name: String) throws(StorageError) { try storage.remove(name) }
}
