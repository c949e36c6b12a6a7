// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Ticketing

/// Something that is not as it must be, and where it was found.
public struct Finding: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// Bytes that are not what was written: checksums, lengths, places, files that are missing.
        case damage
        /// Records that contradict each other or a promise of the box office.
        case contradiction
        /// Two ways of coming to the same state do not agree.
        case disagreement
    }

    public var kind: Kind
    /// The journal's directory below the data directory: `shard-000`.
    public var journal: String
    public var file: String?
    public var offset: Int?
    /// The block's sequence.
    public var sequence: UInt64?
    /// The record's number within its block, from 0.
    public var record: Int?
    public var what: String

    public init(
        _ kind: Kind, journal: String, file: String? = nil, offset: Int? = nil, sequence: UInt64? = nil,
        record: Int? = nil, what: String
    ) {
        self.kind = kind
        self.journal = journal
        self.file = file
        self.offset = offset
        self.sequence = sequence
        self.record = record
        self.what = what
    }

    /// `shard-000/00000001.journal offset 8192 block 2 record 5: …`
    public var description: String {
        var text = journal
        if let file { text += "/" + file }
        if let offset { text += " offset \(offset)" }
        if let sequence { text += " block \(sequence)" }
        if let record { text += " record \(record)" }
        return text + ": " + what
    }
}

/// Findings of one journal. Keeps the first ones and counts the rest: one falsehood leads to many.
public struct Findings: Sendable {
    /// Findings kept at most.
    public static let keptMax = 200

    public let journal: String
    public private(set) var kept: [Finding] = []
    public private(set) var count = 0
    /// Where the record lies that is looked at now; nil between records.
    var position: JournalPosition?

    init(journal: String) { self.journal = journal }

    mutating func add(_ kind: Finding.Kind, _ what: String) {
        var finding = Finding(kind, journal: journal, what: what)
        if let position {
            finding.file = JournalFormat.segmentName(position.segment)
            finding.offset = position.offset
            finding.sequence = position.sequence
            finding.record = position.record
        }
        add(finding)
    }

    /// Replay could not go on at a record.
    mutating func addFailedReplay(_ error: RecordError, at position: JournalPosition) {
        self.position = position
        add(.disagreement, "replay cannot go on: \(error)")
        self.position = nil
    }

    mutating func add(_ finding: Finding) {
        count += 1
        if kept.count < Self.keptMax { kept.append(finding) }
    }
}
