// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The journal's format, version 1, written down so that another program could read it.
///
/// All integers are little-endian. Checksums are CRC32C (Castagnoli, reflected, initial value and final xor all ones).
/// Everything starts at a multiple of 4,096 bytes.
///
/// **A journal** is a directory of segment files `00000001.journal`, `00000002.journal`, …, numbered without a hole.
/// Segments before some number may have been removed behind a snapshot. `*.journal.new` is a segment that was being
/// prepared; it holds nothing and may be removed.
///
/// **A segment file** has its full size from the beginning: a header of 4,096 bytes, then blocks one after another, then
/// zeros to the end. Its size is in its header and never changes.
///
/// | segment header | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXSG` |
/// | 4 | 4 | CRC32C of bytes 8 ..< 4,096 |
/// | 8 | 2 | format version: 1 |
/// | 10 | 2 | zero |
/// | 12 | 4 | number of the segment, as in its name |
/// | 16 | 16 | id of the journal |
/// | 32 | 8 | size of the file in bytes |
/// | 40 | 4056 | zeros |
///
/// **A block** is written by one write and is durable or not as a whole. Its length is 64 + payload, rounded up to 4,096,
/// and at most 262,144.
///
/// | block header | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXBK` |
/// | 4 | 4 | CRC32C of bytes 8 ..< 64 |
/// | 8 | 2 | format version: 1 |
/// | 10 | 2 | zero |
/// | 12 | 4 | number of the segment |
/// | 16 | 16 | id of the journal |
/// | 32 | 8 | sequence of the block: 1, 2, 3, … through all segments |
/// | 40 | 8 | the highest sequence up to which every block was durable when this one was sealed |
/// | 48 | 4 | payload length in bytes |
/// | 52 | 4 | count of records |
/// | 56 | 4 | the block before: its bytes 4 ..< 8 (its header's checksum, which covers its body's); 0 in block 1 |
/// | 60 | 4 | CRC32C of all bytes of the block from 64 on, padding included |
///
/// **The payload** is records one after another: a length of 4 bytes, then so many bytes (at most 131,072). A record
/// never crosses a block. A block without records is legal: it vouches for the blocks before it.
///
/// Within a segment a block follows the one before it at once; a block that does not fit into the rest of a segment
/// opens the next, and is written only after every block before it is durable.
///
/// A later version keeps bytes 0 ..< 40 of the segment header in place, and its first two fields' meaning, so that an
/// older program can tell "newer" from "rotten".
public enum JournalFormat {
    /// The version that this code writes. It reads this one and refuses newer ones.
    public static let version: UInt16 = 1
    /// What every offset and length in a segment is a multiple of, in bytes: the largest logical block size of disks in
    /// use, and a page, so that blocks may be written past the page cache.
    public static let alignment = 4_096
    /// Bytes of a block's header.
    public static let blockHeaderBytes = 64
    /// Bytes of the longest block, header and padding included.
    public static let blockBytesMax = 262_144
    /// Bytes of a segment's header.
    public static let segmentHeaderBytes = 4_096
    /// Bytes of the longest record. A larger thing is written in parts.
    public static let recordBytesMax = 131_072
    /// Bytes before each record: its length.
    public static let recordHeaderBytes = 4
    /// The largest segment number, as many digits as a name has.
    public static let segmentNumberMax: UInt32 = 99_999_999

    static let segmentMagic: UInt32 = 0x4753_5842  // "BXSG"
    static let blockMagic: UInt32 = 0x4B42_5842  // "BXBK"

    /// `00000001.journal` for 1.
    public static func segmentName(_ number: UInt32) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + nameEnd
    }

    /// The number in a segment's file name, or nil where `name` is none.
    public static func segmentNumber(ofName name: String) -> UInt32? {
        guard name.utf8.count == 8 + nameEnd.utf8.count, name.hasSuffix(nameEnd) else { return nil }
        var number: UInt32 = 0
        for byte in name.utf8.prefix(8) {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            number = number * 10 + UInt32(byte - 0x30)
        }
        return number > 0 ? number : nil
    }

    /// The name under which a file is prepared before it gets its own.
    public static func temporaryName(of name: String) -> String { name + temporaryEnd }

    /// Whether `name` is that of a segment that was being prepared.
    public static func isTemporaryName(_ name: String) -> Bool {
        name.hasSuffix(temporaryEnd) && segmentNumber(ofName: String(name.dropLast(temporaryEnd.utf8.count))) != nil
    }

    static let nameEnd = ".journal"
    static let temporaryEnd = ".new"

    /// The length of a block with `payloadBytes` of payload.
    static func blockBytes(payloadBytes: Int) -> Int {
        roundedUp(blockHeaderBytes + payloadBytes)
    }

    static func roundedUp(_ bytes: Int) -> Int {
        (bytes + alignment - 1) & ~(alignment - 1)
    }
}

/// The name of one journal: 16 random bytes, chosen when it is founded. Every block carries it, so that blocks of
/// another journal (a copied file, a disk that returns old sectors) are never taken for its own.
public struct JournalID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
