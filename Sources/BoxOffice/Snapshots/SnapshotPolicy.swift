// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// When a house takes snapshots, and how much of the past it keeps. Each shard, and the catalogue, takes its own.
public struct SnapshotPolicy: Sendable {
    /// After how long a shard that has changed takes one, in milliseconds; nil for never by time.
    public var everyMilliseconds: Int64? = 3_600_000
    /// After how many bytes of journal a shard takes one; nil for never by size. It bounds the time of a restart.
    public var journalBytes: UInt64? = 256 << 20
    /// How far back the journal is kept, in milliseconds, with the snapshot at its base: how far one can look back. What
    /// the two newest snapshots need is always kept.
    public var keepJournalMilliseconds: Int64 = 0
    /// How hard zstd tries, -7 to 12.
    public var compressionLevel: Int32 = 1

    /// Bytes of pages that may wait for the disk before a turn copies more only where it must.
    package var bytesWaitingMax = 4 << 20

    /// A snapshot an hour, or after 256 MiB of journal; nothing of the past beyond what safety needs.
    public init() {}

    /// Whether a shard takes any of its own accord.
    var takesSnapshots: Bool { everyMilliseconds != nil || journalBytes != nil }

    /// How long after a snapshot that failed the next is tried.
    static let retryMilliseconds: Int64 = 60_000
    /// Bytes that a turn copies because they are about to change, after which it ends, so that what is decided by then is
    /// not kept waiting: some hundred microseconds.
    static let bytesBeforeChangePerTurn = 512 << 10
    /// Bytes that a turn of a shard copies for a snapshot, besides what is about to change: some tens of microseconds.
    static let bytesPerTurn = 128 << 10
    /// For how many times the time that it took to copy the shard does nothing but book, while it has bookings.
    static let restPerCopy: UInt64 = 16
}
