// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Why a journal cannot be opened or read. Nothing was changed, unless the error is `storage`.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call to the disk failed.
    case storage(StorageError)
    /// Something that was durable is not there as it was written.
    case corrupt(file: String, offset: Int, reason: String)
    /// A file of another journal lies in this one's directory.
    case foreign(file: String, found: JournalID, expected: JournalID)
    /// A newer program wrote this journal.
    case newerVersion(file: String, version: UInt16)
    /// The journal begins too late: blocks that are needed were removed, as is done behind a snapshot.
    case gap(file: String, first: UInt64, needed: UInt64)
    /// The journal ends before the position of the snapshot that is to be used with it.
    case behindSnapshot(file: String, offset: Int, last: UInt64, snapshot: UInt64)
    /// There is no journal where there must be one.
    case missing(JournalID)
    /// No journal works with the sizes that were asked for.
    case sizes(reason: String)

    public var description: String {
        switch self {
        case .storage(let error):
            "The journal's storage failed: \(error). Check the disk, then start again."
        case .corrupt(let file, let offset, let reason):
            "The journal is damaged: \(file) at offset \(offset): \(reason). Nothing was changed; restore \(file) from "
                + "a backup or another disk."
        case .foreign(let file, let found, let expected):
            "\(file) belongs to journal \(found), not to \(expected). Nothing was changed; move it out of the "
                + "directory."
        case .newerVersion(let file, let version):
            "\(file) has format version \(version), and this program reads up to \(JournalFormat.version). Nothing was "
                + "changed; start it with a newer program."
        case .gap(let file, let first, let needed):
            "The journal begins at block \(first), in \(file), and block \(needed) is needed: what was before it is only "
                + "in a snapshot. Nothing was changed; restore a snapshot of block \(first - 1) or later from a backup."
        case .behindSnapshot(let file, let offset, let last, let snapshot):
            "The journal ends at block \(last), in \(file) at offset \(offset), and a snapshot stands on block "
                + "\(snapshot): the disk has lost blocks that were durable, or the snapshot is of another time. Nothing "
                + "was changed; restore the whole directory from a backup."
        case .missing(let id):
            "There is no journal \(id) in its directory. Restore it from a backup."
        case .sizes(let reason):
            "The journal's sizes do not go together: \(reason)."
        }
    }
}

/// Why a journal stopped for good: a block's write or sync failed, so what the disk holds is unknown. Nothing is
/// acknowledged from here on and nothing tried again; the process must end, and the next start recovers.
public struct JournalFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system's error number; 0 for a write that ended short.
    public var errno: Int32
    public var file: String
    public var offset: Int
    /// The block that was being written.
    public var sequence: UInt64

    public var description: String {
        "writing block \(sequence) to \(file) at offset \(offset) failed: \(StorageError.name(ofErrno: errno))"
    }
}
