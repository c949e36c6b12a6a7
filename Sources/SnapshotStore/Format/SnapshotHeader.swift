// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// What a snapshot says of itself before its frames: whose state it is, of what kind, and as of when.
public struct SnapshotHeader: Hashable, Sendable, BitwiseCopyable {
    /// The journal that the snapshot stands on.
    public var journal: JournalID
    /// What the frames hold: a number that the program gives to each of its state machines.
    public var kind: UInt32
    /// The version of what the frames hold. Whoever decodes them judges it.
    public var contentVersion: UInt16
    /// The block of the journal up to which the snapshot holds everything.
    public var sequence: UInt64
    /// When the state was captured, in milliseconds since 1970.
    public var timeMilliseconds: Int64

    public init(
        journal: JournalID, kind: UInt32, contentVersion: UInt16, sequence: UInt64, timeMilliseconds: Int64
    ) {
        self.journal = journal
        self.kind = kind
        self.contentVersion = contentVersion
        self.sequence = sequence
        self.timeMilliseconds = timeMilliseconds
    }

    enum Reading {
        case header(SnapshotHeader, checksum: UInt32)
        case newerVersion(UInt16)
        case damaged(SnapshotDamage)
    }

    /// Reads the header in the first 64 bytes of `bytes`.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        guard bytes.count >= SnapshotFormat.headerBytes else { return .damaged(.truncated) }
        guard bytes.integer(at: 0, as: UInt32.self) == SnapshotFormat.headerMagic else { return .damaged(.magic) }
        let checksum = bytes.integer(at: 4, as: UInt32.self)
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<SnapshotFormat.headerBytes])
        guard CRC32C.checksum(covered) == checksum else { return .damaged(.headerChecksum) }
        let version = bytes.integer(at: 8, as: UInt16.self)
        guard version <= SnapshotFormat.version else { return .newerVersion(version) }
        guard version == SnapshotFormat.version else { return .damaged(.headerChecksum) }
        let header = SnapshotHeader(
            journal: JournalID(high: bytes.integer(at: 16), low: bytes.integer(at: 24)),
            kind: bytes.integer(at: 12), contentVersion: bytes.integer(at: 10), sequence: bytes.integer(at: 32),
            timeMilliseconds: bytes.integer(at: 40))
        return .header(header, checksum: checksum)
    }

    /// Writes the header to the first 64 bytes of `bytes` and returns its checksum.
    func write(to bytes: UnsafeMutableRawBufferPointer, version: UInt16 = SnapshotFormat.version) -> UInt32 {
        let place = UnsafeMutableRawBufferPointer(rebasing: bytes[..<SnapshotFormat.headerBytes])
        place.fillWithZeros()
        place.set(SnapshotFormat.headerMagic, at: 0)
        place.set(version, at: 8)
        place.set(contentVersion, at: 10)
        place.set(kind, at: 12)
        place.set(journal.high, at: 16)
        place.set(journal.low, at: 24)
        place.set(sequence, at: 32)
        place.set(timeMilliseconds, at: 40)
        let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: place[8...]))
        place.set(checksum, at: 4)
        return checksum
    }
}
