// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where a record lies in its journal.
public struct JournalPosition: Hashable, Sendable, BitwiseCopyable {
    /// The block's sequence.
    public var sequence: UInt64
    /// The record's number within its block, from 0.
    public var record: Int
    public var segment: UInt32
    /// Where the block starts in the segment's file.
    public var offset: Int
}

/// The part after the last whole block that a crash left: writes that were under way and never acknowledged.
public struct TornTail: Equatable, Sendable, CustomStringConvertible {
    /// The first block that is not there. Nothing from it on was acknowledged, as far as the journal can tell.
    public var sequence: UInt64
    public var file: String
    public var offset: Int
    /// The end of the last byte in that file that is not zero.
    public var end: Int

    public var description: String {
        "block \(sequence) in \(file) at offset \(offset) was not written whole: torn tail of \(end - offset) bytes"
    }
}

/// What a journal's files hold, found by reading them and changing none.
public struct JournalSurvey: Sendable {
    /// One segment file.
    public struct Segment: Sendable, Equatable {
        public var number: UInt32
        public var bytes: Int
        /// The end of its last whole block; the file's end where it was not read.
        public var end: Int
        /// The sequences of its blocks; nil where it holds none.
        public var blocks: ClosedRange<UInt64>?
        /// The end of its last page that is not all zeros; the file's end where it was not read.
        public var lastUsed: Int
        /// Whether it was read. Of one that lies before the position to begin with, only the first block's header was.
        public var isRead = true
    }

    /// Nil where there is no segment at all.
    public var id: JournalID?
    public var segments: [Segment] = []
    /// Blocks that were read.
    public var blockCount: UInt64 = 0
    /// Records that were handed out.
    public var recordCount: UInt64 = 0
    public var bytesRead = 0
    /// The last block of the unbroken sequence; 0 where there is none.
    public var lastSequence: UInt64 = 0
    /// The last block of it that holds records.
    public var lastRecordSequence: UInt64 = 0
    /// The highest sequence that a sound header names as durable, headers in the torn tail included.
    public var vouched: UInt64 = 0
    /// The same, but of whole blocks in the unbroken sequence: what is still said when the tail is cut.
    public var vouchedByBlocks: UInt64 = 0
    public var tornTail: TornTail?
    /// Files of segments that were being prepared.
    public var temporaryFiles: [String] = []
    /// The header checksum of the last block.
    var before: UInt32 = 0
}

/// What opening a journal found and did, for the log.
public struct JournalRecovery: Sendable {
    public var wasFounded = false
    public var lastSequence: UInt64 = 0
    /// Blocks that were read.
    public var blockCount: UInt64 = 0
    /// Records that were handed out.
    public var recordCount: UInt64 = 0
    /// All segments, also those that were not read.
    public var segmentCount = 0
    public var bytesRead = 0
    /// What was cut, if anything.
    public var tornTail: TornTail?
    public var removedFiles: [String] = []
}
