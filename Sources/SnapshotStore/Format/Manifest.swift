// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal

/// The list of the snapshots that are kept, newest first.
struct Manifest: Equatable {
    var journal: JournalID
    var kind: UInt32
    var generations: [SnapshotFile]

    /// Decodes a manifest. All of its lengths are checked before anything is allocated by them.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, journal: JournalID, kind: UInt32
    ) throws(SnapshotError) -> Manifest {
        let file = SnapshotFormat.manifestName
        let headerBytes = SnapshotFormat.manifestHeaderBytes
        let entryBytes = SnapshotFormat.manifestEntryBytes
        guard bytes.count >= headerBytes else { throw .damaged(file: file, offset: bytes.count, .truncated) }
        guard bytes.integer(at: 0, as: UInt32.self) == SnapshotFormat.manifestMagic else {
            throw .damaged(file: file, offset: 0, .magic)
        }
        guard CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[8...])) == bytes.integer(at: 4, as: UInt32.self)
        else { throw .damaged(file: file, offset: 0, .manifestChecksum) }
        let version = bytes.integer(at: 8, as: UInt16.self)
        guard version <= SnapshotFormat.version else { throw .newerVersion(file: file, version: version) }
        let found = JournalID(high: bytes.integer(at: 16), low: bytes.integer(at: 24))
        guard found == journal else { throw .foreign(file: file, found: found, expected: journal) }
        let foundKind = bytes.integer(at: 12, as: UInt32.self)
        guard foundKind == kind else { throw .otherKind(file: file, found: foundKind, expected: kind) }
        let count = Int(bytes.integer(at: 10, as: UInt16.self))
        guard version == SnapshotFormat.version, count <= SnapshotFormat.generationsMax,
            bytes.count == headerBytes + count * entryBytes
        else { throw .damaged(file: file, offset: 8, .manifestOrder) }
        var manifest = Manifest(journal: journal, kind: kind, generations: [])
        manifest.generations.reserveCapacity(count)
        for index in 0..<count {
            let offset = headerBytes + index * entryBytes
            let entry = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + entryBytes)])
            guard let generation = manifest.decodeEntry(entry),
                generation.sequence < manifest.generations.last?.sequence ?? .max
            else { throw .damaged(file: file, offset: offset, .manifestOrder) }
            manifest.generations.append(generation)
        }
        return manifest
    }

    private func decodeEntry(_ entry: UnsafeRawBufferPointer) -> SnapshotFile? {
        let header = SnapshotHeader(
            journal: journal, kind: kind, contentVersion: entry.integer(at: 60), sequence: entry.integer(at: 0),
            timeMilliseconds: entry.integer(at: 8))
        guard let bytes = Int(exactly: entry.integer(at: 16, as: UInt64.self)),
            let frames = Int(exactly: entry.integer(at: 24, as: UInt64.self)),
            let compressedBytes = Int(exactly: entry.integer(at: 32, as: UInt64.self)),
            let decodedBytes = Int(exactly: entry.integer(at: 40, as: UInt64.self)),
            entry.integer(at: 62, as: UInt16.self) == 0
        else { return nil }
        return SnapshotFile(
            header: header, bytes: bytes, frames: frames, compressedBytes: compressedBytes, decodedBytes: decodedBytes,
            stateDigest: entry.integer(at: 48), checksum: entry.integer(at: 56))
    }

    /// The manifest as its file holds it.
    func encoded(version: UInt16 = SnapshotFormat.version) -> [UInt8] {
        precondition(generations.count <= SnapshotFormat.generationsMax)
        let headerBytes = SnapshotFormat.manifestHeaderBytes
        let entryBytes = SnapshotFormat.manifestEntryBytes
        var encoded = [UInt8](repeating: 0, count: headerBytes + generations.count * entryBytes)
        encoded.withUnsafeMutableBytes { bytes in
            bytes.set(SnapshotFormat.manifestMagic, at: 0)
            bytes.set(version, at: 8)
            bytes.set(UInt16(generations.count), at: 10)
            bytes.set(kind, at: 12)
            bytes.set(journal.high, at: 16)
            bytes.set(journal.low, at: 24)
            for (index, generation) in generations.enumerated() {
                let offset = headerBytes + index * entryBytes
                Self.encode(
                    generation, to: UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + entryBytes)]))
            }
            bytes.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[8...])), at: 4)
        }
        return encoded
    }

    private static func encode(_ generation: SnapshotFile, to entry: UnsafeMutableRawBufferPointer) {
        entry.set(generation.sequence, at: 0)
        entry.set(generation.timeMilliseconds, at: 8)
        entry.set(UInt64(generation.bytes), at: 16)
        entry.set(UInt64(generation.frames), at: 24)
        entry.set(UInt64(generation.compressedBytes), at: 32)
        entry.set(UInt64(generation.decodedBytes), at: 40)
        entry.set(generation.stateDigest, at: 48)
        entry.set(generation.checksum, at: 56)
        entry.set(generation.header.contentVersion, at: 60)
    }
}
