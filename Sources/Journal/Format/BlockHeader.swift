// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The header of a block, decoded. Reading one trusts nothing: a header is returned only if its checksum holds and its
/// lengths are within the format's bounds.
public struct BlockHeader: Equatable, Sendable, BitwiseCopyable {
    public var segment: UInt32
    public var journal: JournalID
    public var sequence: UInt64
    /// Every block up to this one was durable when this one was sealed.
    public var durable: UInt64
    public var payloadBytes: Int
    public var recordCount: Int
    /// The header checksum of the block before; 0 in the first.
    public var before: UInt32
    public var bodyChecksum: UInt32
    /// The checksum of this header, which the next block names.
    public var checksum: UInt32

    /// Bytes of the whole block, padding included.
    public var blockBytes: Int { JournalFormat.blockBytes(payloadBytes: payloadBytes) }

    enum Reading: Equatable {
        case header(BlockHeader)
        /// A sound header of a format that this code does not know.
        case newerVersion(UInt16)
        case notAHeader
    }

    /// Reads the header in the first 64 bytes of `bytes`.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        guard bytes.count >= JournalFormat.blockHeaderBytes else { return .notAHeader }
        guard bytes.integer(at: 0, as: UInt32.self) == JournalFormat.blockMagic else { return .notAHeader }
        let checksum = bytes.integer(at: 4, as: UInt32.self)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<JournalFormat.blockHeaderBytes])
        guard CRC32C.checksum(covered) == checksum else { return .notAHeader }
        let version = bytes.integer(at: 8, as: UInt16.self)
        guard version == JournalFormat.version else { return .newerVersion(version) }
        let payloadBytes = Int(bytes.integer(at: 48, as: UInt32.self))
        let recordCount = Int(bytes.integer(at: 52, as: UInt32.self))
        guard JournalFormat.blockBytes(payloadBytes: payloadBytes) <= JournalFormat.blockBytesMax,
            recordCount * JournalFormat.recordHeaderBytes <= payloadBytes
        else { return .notAHeader }
        return .header(
            BlockHeader(
                segment: bytes.integer(at: 12, as: UInt32.self),
                journal: JournalID(high: bytes.integer(at: 16), low: bytes.integer(at: 24)),
                sequence: bytes.integer(at: 32), durable: bytes.integer(at: 40), payloadBytes: payloadBytes,
                recordCount: recordCount, before: bytes.integer(at: 56), bodyChecksum: bytes.integer(at: 60),
                checksum: checksum))
    }

    /// Whether the body behind this header, in a block that starts at `bytes`, is whole.
    func matchesBody(of bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= blockBytes else { return false }
        let body = UnsafeRawBufferPointer(rebasing: bytes[JournalFormat.blockHeaderBytes..<blockBytes])
        return CRC32C.checksum(body) == bodyChecksum
    }

    /// Bytes of records, their lengths included, in the sealed block at `bytes`.
    static func payloadBytes(ofSealed bytes: UnsafeRawBufferPointer) -> Int {
        Int(bytes.integer(at: 48, as: UInt32.self))
    }

    /// Seals the block at `bytes`: pads it with zeros, writes its header, and returns the header's checksum.
    ///
    /// The body must lie behind the header's place already.
    static func seal(
        _ bytes: UnsafeMutableRawBufferPointer, segment: UInt32, journal: JournalID, sequence: UInt64, durable: UInt64,
        payloadBytes: Int, recordCount: Int, before: UInt32
    ) -> UInt32 {
        let blockBytes = JournalFormat.blockBytes(payloadBytes: payloadBytes)
        let payloadEnd = JournalFormat.blockHeaderBytes + payloadBytes
        precondition(bytes.count >= blockBytes && blockBytes <= JournalFormat.blockBytesMax)
        UnsafeMutableRawBufferPointer(rebasing: bytes[payloadEnd..<blockBytes]).fillWithZeros()
        bytes.set(JournalFormat.blockMagic, at: 0)
        bytes.set(JournalFormat.version, at: 8)
        bytes.set(UInt16(0), at: 10)
        bytes.set(segment, at: 12)
        bytes.set(journal.high, at: 16)
        bytes.set(journal.low, at: 24)
        bytes.set(sequence, at: 32)
        bytes.set(durable, at: 40)
        bytes.set(UInt32(payloadBytes), at: 48)
        bytes.set(UInt32(recordCount), at: 52)
        bytes.set(before, at: 56)
        let body = UnsafeRawBufferPointer(rebasing: bytes[JournalFormat.blockHeaderBytes..<blockBytes])
        bytes.set(CRC32C.checksum(body), at: 60)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<JournalFormat.blockHeaderBytes])
        let checksum = CRC32C.checksum(covered)
        bytes.set(checksum, at: 4)
        return checksum
    }
}
