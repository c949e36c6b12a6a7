// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// What is wrong with a snapshot or manifest, at the place that its error names.
public enum SnapshotDamage: String, Sendable, CaseIterable {
    case magic = "it does not begin like a file of its kind"
    case headerChecksum = "the header is damaged"
    case otherSequence = "its header says another sequence than its name"
    case truncated = "the file ends before its footer"
    case unknownPart = "neither a frame nor the footer begins here"
    case frameLength = "the frame's lengths are out of bounds"
    case frameChecksum = "the frame is damaged"
    case frameNumber = "another frame belongs here"
    case frameContent = "the frame's content cannot be decompressed"
    case footerChecksum = "the footer is damaged"
    case counts = "the footer counts other frames or bytes than there are"
    case frameHeaders = "the footer was written for other frames"
    case trailingBytes = "there is something behind the footer"
    case unlikeManifest = "it is not the snapshot that the manifest names"
    case manifestChecksum = "the manifest is damaged"
    case manifestOrder = "the manifest's entries make no sense"
    case missing = "the manifest names it, and it is not there"
}

/// Why a snapshot or manifest cannot be read, written or promoted.
public enum SnapshotError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call to the disk failed.
    case storage(StorageError)
    /// Something is not there as it was written.
    case damaged(file: String, offset: Int, SnapshotDamage)
    /// A newer program wrote it.
    case newerVersion(file: String, version: UInt16)
    /// It belongs to another journal.
    case foreign(file: String, found: JournalID, expected: JournalID)
    /// It holds the state of something else.
    case otherKind(file: String, found: UInt32, expected: UInt32)
    /// Compressing failed, which only a lack of memory can cause.
    case compression(file: String, reason: String)
    /// A snapshot may be promoted only when the journal is durable up to it.
    case notDurable(file: String, durable: UInt64)
    /// A snapshot as new as this one is there already.
    case notNewer(file: String, newest: UInt64)
    /// The manifest names as many snapshots as it can.
    case tooMany(file: String)
    /// The writer was given up.
    case abandoned(file: String)

    /// Whether recovery should try an older snapshot. Where it is false, the files are not this program's to judge:
    /// refuse to start, and change nothing.
    public var permitsOlder: Bool {
        switch self {
        case .storage, .damaged: true
        default: false
        }
    }

    public var description: String {
        switch self {
        case .storage(let error):
            "The snapshots' storage failed: \(error). Check the disk."
        case .damaged(let file, let offset, let damage):
            "\(file) is damaged at offset \(offset): \(damage.rawValue)."
        case .newerVersion(let file, let version):
            "\(file) has format version \(version), and this program reads up to \(SnapshotFormat.version). Start it "
                + "with a newer program."
        case .foreign(let file, let found, let expected):
            "\(file) belongs to journal \(found), not to \(expected). Move it out of the directory."
        case .otherKind(let file, let found, let expected):
            "\(file) holds a state of kind \(found), not \(expected). Move it out of the directory."
        case .compression(let file, let reason):
            "Compressing \(file) failed: \(reason). The snapshot before it is kept."
        case .notDurable(let file, let durable):
            "\(file) cannot be promoted: the journal is durable only up to block \(durable)."
        case .notNewer(let file, let newest):
            "\(file) cannot be promoted: there is a snapshot of block \(newest) already."
        case .tooMany(let file):
            "\(file) cannot be promoted: there are \(SnapshotFormat.generationsMax) snapshots; retire some first."
        case .abandoned(let file):
            "\(file) was given up."
        }
    }
}
