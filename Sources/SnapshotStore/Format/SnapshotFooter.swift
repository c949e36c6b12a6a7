// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal

/// What ends a snapshot: how much there must have been before it.
struct SnapshotFooter: Equatable, BitwiseCopyable {
    var sequence: UInt64
    var stateDigest: UInt64
    var frames: UInt64 = 0
    var compressedBytes: UInt64 = 0
    var decodedBytes: UInt64 = 0
    /// Of all frames' headers, so that none can be missing, doubled or in another's place.
    var frameHeadersChecksum: UInt32 = 0
    var headerChecksum: UInt32
    var fileBytes: UInt64 = 0

    /// Reads the footer in the first 64 bytes of `bytes`, and its own checksum, which stands for the whole file.
    static func read(_ bytes: UnsafeRawBufferPointer) -> (footer: SnapshotFooter, checksum: UInt32)? {
        guard bytes.count >= SnapshotFormat.footerBytes,
            bytes.integer(at: 0, as: UInt32.self) == SnapshotFormat.footerMagic
        else { return nil }
        let checksum = bytes.integer(at: 4, as: UInt32.self)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<SnapshotFormat.footerBytes])
        guard CRC32C.checksum(covered) == checksum else { return nil }
        let footer = SnapshotFooter(
            sequence: bytes.integer(at: 8), stateDigest: bytes.integer(at: 16), frames: bytes.integer(at: 24),
            compressedBytes: bytes.integer(at: 32), decodedBytes: bytes.integer(at: 40),
            frameHeadersChecksum: bytes.integer(at: 48), headerChecksum: bytes.integer(at: 52),
            fileBytes: bytes.integer(at: 56))
        return (footer, checksum)
    }

    /// Writes the footer to the first 64 bytes of `bytes` and returns its checksum.
    func write(to bytes: UnsafeMutableRawBufferPointer) -> UInt32 {
        let place = UnsafeMutableRawBufferPointer(rebasing: bytes[..<SnapshotFormat.footerBytes])
        place.set(SnapshotFormat.footerMagic, at: 0)
        place.set(sequence, at: 8)
        place.set(stateDigest, at: 16)
        place.set(frames, at: 24)
        place.set(compressedBytes, at: 32)
        place.set(decodedBytes, at: 40)
        place.set(frameHeadersChecksum, at: 48)
        place.set(headerChecksum, at: 52)
        place.set(fileBytes, at: 56)
        let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: place[8...]))
        place.set(checksum, at: 4)
        return checksum
    }
}
