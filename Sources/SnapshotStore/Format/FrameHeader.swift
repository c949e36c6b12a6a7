// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal

/// What stands before each frame's compressed content.
struct FrameHeader: Equatable, BitwiseCopyable {
    var number: UInt32
    var compressedBytes: Int
    var decodedBytes: Int
    var checksum: UInt32

    /// Bytes of the whole frame.
    var frameBytes: Int { SnapshotFormat.frameHeaderBytes + compressedBytes }

    /// Reads what stands in the first 20 bytes of `bytes`, which start with the frame's magic. Returns nil where the
    /// lengths are out of bounds: nothing may be read or allocated by them.
    static func read(_ bytes: UnsafeRawBufferPointer) -> FrameHeader? {
        let header = FrameHeader(
            number: bytes.integer(at: 8), compressedBytes: Int(bytes.integer(at: 12, as: UInt32.self)),
            decodedBytes: Int(bytes.integer(at: 16, as: UInt32.self)), checksum: bytes.integer(at: 4))
        guard header.compressedBytes >= 1, header.compressedBytes <= SnapshotFormat.compressedBytesMax,
            header.decodedBytes >= 1, header.decodedBytes <= SnapshotFormat.frameBytesMax
        else { return nil }
        return header
    }

    /// Whether the frame at `bytes` is as it was written.
    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[8..<frameBytes])) == checksum
    }

    /// Writes the header before compressed content that lies in its place behind it already.
    static func seal(
        _ bytes: UnsafeMutableRawBufferPointer, number: UInt32, compressedBytes: Int, decodedBytes: Int
    ) {
        bytes.set(SnapshotFormat.frameMagic, at: 0)
        bytes.set(number, at: 8)
        bytes.set(UInt32(compressedBytes), at: 12)
        bytes.set(UInt32(decodedBytes), at: 16)
        let end = SnapshotFormat.frameHeaderBytes + compressedBytes
        bytes.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[8..<end])), at: 4)
    }
}
