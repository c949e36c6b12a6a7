// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One whole snapshot: what it says of itself, and how large it is.
public struct SnapshotFile: Hashable, Sendable, BitwiseCopyable {
    public var header: SnapshotHeader
    /// Bytes of the file.
    public var bytes: Int
    public var frames: Int
    /// Bytes of the frames' compressed content.
    public var compressedBytes: Int
    /// Bytes of the frames' content.
    public var decodedBytes: Int
    /// The digest of the state, as whoever wrote it computed it.
    public var stateDigest: UInt64
    /// Stands for the whole file: it differs where any byte does.
    public var checksum: UInt32

    /// Its name once it is promoted.
    public var name: String { SnapshotFormat.snapshotName(header.sequence) }
    /// The block of the journal up to which it holds everything.
    public var sequence: UInt64 { header.sequence }
    /// When the state was captured, in milliseconds since 1970.
    public var timeMilliseconds: Int64 { header.timeMilliseconds }

    init(header: SnapshotHeader, footer: SnapshotFooter, checksum: UInt32) {
        self.header = header
        bytes = Int(clamping: footer.fileBytes)
        frames = Int(clamping: footer.frames)
        compressedBytes = Int(clamping: footer.compressedBytes)
        decodedBytes = Int(clamping: footer.decodedBytes)
        stateDigest = footer.stateDigest
        self.checksum = checksum
    }

    init(
        header: SnapshotHeader, bytes: Int, frames: Int, compressedBytes: Int, decodedBytes: Int, stateDigest: UInt64,
        checksum: UInt32
    ) {
        self.header = header
        self.bytes = bytes
        self.frames = frames
        self.compressedBytes = compressedBytes
        self.decodedBytes = decodedBytes
        self.stateDigest = stateDigest
        self.checksum = checksum
    }
}
