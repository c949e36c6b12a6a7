// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What verifying one journal found.
public struct JournalReport: Sendable {
    /// The directory below the data directory: `shard-000`.
    public var journal: String
    public var segments = 0
    public var bytes = 0
    public var blocks: UInt64 = 0
    public var records: UInt64 = 0
    /// Sequences of the first and the last block; 0 where there is none.
    public var firstSequence: UInt64 = 0
    public var lastSequence: UInt64 = 0
    /// Times of the first and the last record, in milliseconds since 1970; nil where there is none.
    public var firstTime: Int64?
    public var lastTime: Int64?
    /// Digests in the journal that replay came to as well.
    public var digestsCompared = 0
    /// The digest of the state at the end; nil where replay did not get there.
    public var digest: UInt64?
    /// Counts by name, in the order in which they are to be shown.
    public var figures: [(name: String, value: Int64)] = []
    public var money: [MoneyLine] = []
    /// Records by type, in the order of their numbers.
    public var recordsByType: [(type: String, count: UInt64)] = []
    public var snapshots: [SnapshotReport] = []
    /// What is as it may be and still worth knowing.
    public var notes: [String] = []
    public var findings: [Finding] = []
    /// All findings, those included that are not kept in ``findings``.
    public var findingCount = 0

    init(journal: String) { self.journal = journal }

    mutating func add(_ finding: Finding) {
        findings.append(finding)
        findingCount += 1
    }
}

/// What verifying one snapshot found.
public struct SnapshotReport: Sendable {
    public var file: String
    /// The block up to which the snapshot holds everything.
    public var sequence: UInt64
    public var frames: Int
    /// Bytes of the file.
    public var bytes: Int
    /// What the snapshot was compared with.
    public var agreement: String
}

/// What verifying a data directory found.
public struct HouseReport: Sendable {
    public var directory: String
    public var shards = 0
    /// Whether a daemon had the directory meanwhile.
    public var isInUse = false
    public var journals: [JournalReport] = []
    /// What is wrong with the directory as a whole.
    public var findings: [Finding] = []
    public var seconds = 0.0

    init(directory: String) { self.directory = directory }

    public var records: UInt64 { journals.reduce(0) { $0 + $1.records } }
    public var bytes: Int { journals.reduce(0) { $0 + $1.bytes } }
    public var findingCount: Int { findings.count + journals.reduce(0) { $0 + $1.findingCount } }
    public var isSound: Bool { findingCount == 0 }
    public var recordsPerSecond: Double { seconds > 0 ? Double(records) / seconds : 0 }
}
