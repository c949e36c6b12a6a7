// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The header of a segment file: whose it is, which one, and how long.
public struct SegmentHeader: Equatable, Sendable, BitwiseCopyable {
    public var number: UInt32
    public var journal: JournalID
    /// Bytes of the whole file.
    public var bytes: Int

    enum Reading: Equatable {
        case header(SegmentHeader)
        case newerVersion(UInt16)
        case notAHeader
    }

    /// Reads the header in the first 4,096 bytes of `bytes`.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        guard bytes.count >= JournalFormat.segmentHeaderBytes else { return .notAHeader }
        guard bytes.integer(at: 0, as: UInt32.self) == JournalFormat.segmentMagic else { return .notAHeader }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<JournalFormat.segmentHeaderBytes])
        guard CRC32C.checksum(covered) == bytes.integer(at: 4, as: UInt32.self) else { return .notAHeader }
        let version = bytes.integer(at: 8, as: UInt16.self)
        guard version == JournalFormat.version else { return .newerVersion(version) }
        guard let size = Int(exactly: bytes.integer(at: 32, as: UInt64.self)) else { return .notAHeader }
        return .header(
            SegmentHeader(
                number: bytes.integer(at: 12, as: UInt32.self),
                journal: JournalID(high: bytes.integer(at: 16), low: bytes.integer(at: 24)), bytes: size))
    }

    /// The header as written at the start of its file.
    func encoded(version: UInt16 = JournalFormat.version) -> [UInt8] {
        var encoded = [UInt8](repeating: 0, count: JournalFormat.segmentHeaderBytes)
        encoded.withUnsafeMutableBytes { bytes in
            bytes.set(JournalFormat.segmentMagic, at: 0)
            bytes.set(version, at: 8)
            bytes.set(number, at: 12)
            bytes.set(journal.high, at: 16)
            bytes.set(journal.low, at: 24)
            bytes.set(UInt64(self.bytes), at: 32)
            let covered = UnsafeRawBufferPointer(rebasing: bytes[8...])
            bytes.set(CRC32C.checksum(covered), at: 4)
        }
        return encoded
    }
}
