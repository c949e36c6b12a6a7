// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// The snapshots of one journal's directory, and the manifest that says which of them count.
///
/// A crash can leave these states:
///
/// | found | how it came | done |
/// | --- | --- | --- |
/// | no manifest and no snapshot | none was ever promoted | no candidates: the journal from block 1 is all there is |
/// | a manifest, and each snapshot that it names | all is well | they are the candidates, newest first |
/// | `*.snapshot.new`, `manifest.new` | something was being written | ignored; removed when recovery is confirmed |
/// | a snapshot newer than all that the manifest names | it was being promoted: renamed, and not yet named | the same; the journal behind the others holds all that it does |
/// | a snapshot that the manifest does not name, older than its newest | it was being retired: no longer named, and not yet removed | the same |
/// | a snapshot and no manifest | the first one was being promoted | it is a candidate if whole at its ends, and said; the manifest is written when recovery is confirmed |
///
/// And damage, which no crash does, these:
///
/// | found | done |
/// | --- | --- |
/// | snapshots and no manifest | the last row above: nothing tells the two apart, and nothing need to |
/// | a manifest that cannot be read, or that makes no sense | the snapshots found, as without a manifest, and said |
/// | a manifest that names a snapshot that is not there | the others are the candidates, and said; it is dropped from the manifest when recovery is confirmed |
/// | a candidate that cannot be read, or whose bytes are not those that the manifest names | ``SnapshotReader`` says so when it is read; the next older one is to be tried; confirming drops it and removes its file |
/// | no candidate can be read | the journal from block 1, if it is still there; if not, opening the journal refuses: nothing ever starts empty |
/// | a manifest, or without one a snapshot, of another journal, another kind or a newer version | refused, and nothing changed |
///
/// Whoever opens a shelf reads the ``candidates`` with ``reader(of:)`` from the newest on until one is read to its end
/// and the journal behind it too, and then calls ``confirm(recoveredFrom:)``. Opening changes nothing.
///
/// Changes go through the manifest, and the manifest is replaced in one step: it names a snapshot only when that is whole
/// and durable under its name, and a snapshot is removed only when the manifest that no longer names it is durable.
///
/// Used by one thread at a time. All calls block.
public final class SnapshotShelf {
    public let journal: JournalID
    public let kind: UInt32
    let storage: any DirectoryStorage

    /// The snapshots that count, newest first. After ``confirm(recoveredFrom:)``: those that are kept.
    public internal(set) var candidates: [SnapshotFile] = []
    /// What was met at opening, for the log.
    public internal(set) var findings: [ShelfFinding] = []
    /// Files of the shelf that nobody wants, and that are not removed yet.
    public internal(set) var leftovers: [String] = []
    /// Whether the manifest on the disk is known to name ``candidates`` and nothing else.
    var manifestIsCertain = true

    init(_ storage: any DirectoryStorage, journal: JournalID, kind: UInt32) {
        self.storage = storage
        self.journal = journal
        self.kind = kind
    }

    /// The newest snapshot, or nil.
    public var newest: SnapshotFile? { candidates.first }

    /// The newest snapshot that holds nothing later than `sequence`: where to begin to see what was at that block.
    public func newest(notAfter sequence: UInt64) -> SnapshotFile? {
        candidates.first { $0.sequence <= sequence }
    }

    /// The newest snapshot captured at that time or before: where to begin to see what was then.
    public func newest(notAfterMilliseconds time: Int64) -> SnapshotFile? {
        candidates.first { $0.timeMilliseconds <= time }
    }

    /// A reader that verifies that the file is the very snapshot that the manifest names.
    ///
    /// - Throws: ``SnapshotError``; where it ``SnapshotError/permitsOlder``, try the next candidate.
    public func reader(of snapshot: SnapshotFile) throws(SnapshotError) -> SnapshotReader {
        try SnapshotReader(storage, name: snapshot.name, journal: journal, kind: kind, expected: snapshot)
    }
}
