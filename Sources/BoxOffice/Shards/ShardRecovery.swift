// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

package import Journal
package import SnapshotStore
package import Ticketing

/// How a shard gets its state back: the newest snapshot that can be read, and the journal behind it.
///
/// What the files of a snapshot or a journal can look like, and what is done about each, are the tables at
/// `SnapshotShelf` and `JournalWalk`. Put together:
///
/// | snapshots | journal | done |
/// | --- | --- | --- |
/// | none | none, and the house was never founded | founded |
/// | none | from block 1 | replayed |
/// | none | missing, empty, or without its beginning | refused |
/// | the newest can be read | from its position on | read, and replayed from there |
/// | the newest can be read | begins behind its position, or ends before it | refused |
/// | the newest cannot be read | from the position of an older one on, or from block 1 | that one is read, or none; said |
/// | none can be read | without its beginning | refused: nothing ever starts empty |
///
/// "Can be read" means that every checksum is right, the content makes sense, and the digest of what was read is the one
/// that was taken when it was captured.
package struct ShardRecovery<Machine: StateMachine> {
    package var machine: Machine
    package var journal: Journal
    /// The shelf, to be confirmed, and then handed to a press.
    package var shelf: SnapshotShelf
    /// The snapshot that was used.
    package var snapshot: SnapshotFile?
    /// Whether a snapshot could not be read, so that a new one is wanted soon: one generation less is left.
    var hasFallenBack = false
    /// The time of the last record that there is.
    package var lastRecorded: Instant?
    /// What was met and coped with, for the log.
    package var findings: [String] = []

    /// Whether the journal was founded just now, and its first record is still to be written.
    package var isNew: Bool { snapshot == nil && journal.recovery.recordCount == 0 }

    /// - Parameters:
    ///   - storage: the journal's directory, for the journal and for reading snapshots.
    ///   - shelves: the same directory, for writing snapshots later, from another thread.
    ///   - path: what the directory is called in errors.
    ///   - makeMachine: makes an empty machine; called again where a snapshot cannot be read.
    /// - Throws: `HouseError`. Nothing was changed then.
    package init(
        storage: any JournalStorage, shelves: any DirectoryStorage, identity: JournalIdentity, path: String,
        configuration: JournalConfiguration = .init(), makeMachine: () -> Machine
    ) throws {
        let id: JournalID =
            switch identity {
            case .existing(let id), .foundedAs(let id): id
            }
        do {
            shelf = try SnapshotShelf.open(shelves, journal: id, kind: Machine.snapshotKind)
        } catch {
            throw HouseError.snapshot(directory: path, error)
        }
        findings = shelf.findings.map { "\($0)" }
        let newest = shelf.newest
        (machine, snapshot) = try Self.readNewest(shelf, path: path, findings: &findings, makeMachine)
        hasFallenBack = snapshot != newest || !shelf.findings.isEmpty
        lastRecorded = snapshot == nil ? nil : machine.lastRecorded
        (journal, lastRecorded) = try Self.replay(
            machine, after: snapshot, lastRecorded: lastRecorded, storage, identity, path: path, configuration)
        if let torn = journal.recovery.tornTail {
            findings.append("cut a torn tail; nothing in it was ever acknowledged: \(torn)")
        }
        do {
            _ = try shelf.confirm(recoveredFrom: snapshot?.sequence)
        } catch {
            findings.append("the snapshots' manifest could not be settled; it is tried again: \(error)")
        }
    }

    private static func readNewest(
        _ shelf: SnapshotShelf, path: String, findings: inout [String], _ makeMachine: () -> Machine
    ) throws -> (Machine, SnapshotFile?) {
        for candidate in shelf.candidates {
            let machine = makeMachine()
            do {
                let reader = try shelf.reader(of: candidate)
                try machine.restore(contentBytes: UInt64(candidate.decodedBytes)) { try reader.readFrames($0) }
                guard machine.digest == candidate.stateDigest else {
                    throw RecordError.digestMismatch(expected: candidate.stateDigest, found: machine.digest)
                }
                return (machine, candidate)
            } catch let error as SnapshotError {
                guard error.permitsOlder else { throw HouseError.snapshot(directory: path, error) }
                findings.append("\(error) Using an older one.")
            } catch let error as RecordError {
                findings.append("\(candidate.name) cannot be used: \(error). Using an older one.")
            }
        }
        return (makeMachine(), nil)
    }

    private static func replay(
        _ machine: Machine, after snapshot: SnapshotFile?, lastRecorded: Instant?, _ storage: any JournalStorage,
        _ identity: JournalIdentity, path: String, _ configuration: JournalConfiguration
    ) throws -> (Journal, Instant?) {
        var effects = Effects(isPublishing: false)
        var lastRecorded = lastRecorded
        do {
            let journal = try Journal.open(
                storage, identity: identity, configuration: configuration, startingAfter: snapshot?.sequence ?? 0,
                onUpcoming: { records in
                    for pass in 0..<Machine.fetchPasses {
                        records.visit { machine.fetch(for: $0, pass: pass) }
                    }
                },
                onRecord: { record, position in
                    do {
                        try machine.apply(record: record, effects: &effects)
                        lastRecorded = RecordWriter.time(of: record)
                    } catch {
                        throw HouseError.corrupt(
                            path: "\(path), segment \(position.segment), offset \(position.offset)", what: "\(error)")
                    }
                })
            return (journal, lastRecorded)
        } catch let error as JournalError {
            throw HouseError.journal(directory: path, error)
        }
    }
}
