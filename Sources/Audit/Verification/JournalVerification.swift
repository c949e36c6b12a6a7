// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Verifies one journal and its snapshots.
///
/// A journal that begins with its first block is taken from there, and every snapshot is compared with what replay comes
/// to at its block. One that was trimmed is taken from the oldest snapshot there is, whose state is then the ground that
/// the proof stands on.
struct JournalVerification {
    let directory: String
    let shard: Int
    let house: HouseFile
    let progress: HouseVerification.Progress

    private var id: JournalID { house.journalID(of: shard) }
    private var isFounded: Bool { house.isFounded }

    private var journal: String { HouseFile.journalName(of: shard) }

    /// Times that a journal which moves under the reader's eyes is read again at most.
    private static let attemptsMax = 5

    func run() -> JournalReport {
        var before: [Finding] = []
        var attempt = 0
        while true {
            attempt += 1
            let report = look()
            let damage = report.findings.filter { $0.kind == .damage }
            // Beside a running daemon a place may be read before it is written and a later one after it, or a file be
            // gone that was there, which looks like damage. Damage is still there at the second look.
            let mayMove = attempt < Self.attemptsMax && damage != before && DirectoryUse.isHeld(directory)
            if damage.isEmpty || !mayMove { return report }
            before = damage
        }
    }

    private func look() -> JournalReport {
        var report = JournalReport(journal: journal)
        let check: any JournalCheck =
            shard < 0
            ? CatalogueCheck(journal: journal)
            : ShardCheck(journal: journal) { house.shard(of: $0) == shard }
        do throws(StorageError) {
            let storage = try PosixDirectory("\(directory)/\(journal)")
            let shelf = openShelf(storage, &report)
            let first = try storage.list().compactMap(JournalFormat.segmentNumber(ofName:)).min() ?? 1
            let base = first > 1 ? takeBase(check, shelf, &report) : 0
            if let base {
                walk(check, storage, shelf, from: base, &report)
            } else {
                addDamage(
                    "\(JournalFormat.segmentName(first)) is the oldest segment, and there is no snapshot to begin with",
                    to: &report)
            }
        } catch {
            addDamage("\(error)", to: &report)
        }
        check.finish(&report)
        return report
    }

    private func addDamage(_ what: String, file: String? = nil, offset: Int? = nil, to report: inout JournalReport) {
        report.add(Finding(.damage, journal: journal, file: file, offset: offset, what: what))
    }

    // MARK: Snapshots

    private func openShelf(_ storage: PosixDirectory, _ report: inout JournalReport) -> SnapshotShelf? {
        let kind = shard < 0 ? SnapshotContent.catalogueKind : SnapshotContent.ledgerKind
        do throws(SnapshotError) {
            let shelf = try SnapshotShelf.open(storage, journal: id, kind: kind, syncing: false)
            for finding in shelf.findings {
                if finding == .manifestMissing {
                    // A crash can leave it so, and a daemon that is just promoting its first snapshot.
                    report.notes.append("\(finding)")
                } else {
                    addDamage("\(finding)", file: SnapshotFormat.manifestName, to: &report)
                }
            }
            if !shelf.leftovers.isEmpty {
                report.notes.append(
                    "not named by the manifest: \(shelf.leftovers.joined(separator: ", ")); the next start removes them"
                )
            }
            return shelf
        } catch {
            add(error, to: &report)
            return nil
        }
    }

    private func add(_ error: SnapshotError, to report: inout JournalReport) {
        switch error {
        case .damaged(let file, let offset, let damage):
            addDamage(damage.rawValue, file: file, offset: offset, to: &report)
        default: addDamage("\(error)", to: &report)
        }
    }

    /// Begins with the oldest snapshot that can be read. Returns its sequence; nil where there is none.
    private func takeBase(
        _ check: any JournalCheck, _ shelf: SnapshotShelf?, _ report: inout JournalReport
    ) -> UInt64? {
        guard let shelf else { return nil }
        for snapshot in shelf.candidates.reversed() {
            do {
                try check.begin(with: shelf.reader(of: snapshot), contentBytes: UInt64(snapshot.decodedBytes))
                return snapshot.sequence
            } catch let error as SnapshotError {
                add(error, to: &report)
            } catch {
                addDamage("its content makes no sense: \(error)", file: snapshot.name, to: &report)
            }
        }
        return nil
    }

    // MARK: The journal

    private func walk(
        _ check: any JournalCheck, _ storage: PosixDirectory, _ shelf: SnapshotShelf?, from base: UInt64,
        _ report: inout JournalReport
    ) {
        var first: UInt64 = 0
        var waiting = (shelf?.candidates ?? []).filter { $0.sequence > base }.sorted { $0.sequence < $1.sequence }
        var digests: [UInt64: UInt64] = [:]
        do {
            let survey = try JournalReader.walk(
                storage, id: id,
                onBlock: { header, _ in
                    if first == 0 { first = header.sequence }
                    while let next = waiting.first, next.sequence < header.sequence {
                        digests[next.sequence] = check.digest
                        waiting.removeFirst()
                    }
                    progress.add(header.blockBytes)
                },
                onRecord: { record, position in
                    if position.sequence > base { check.take(record, at: position) }
                })
            for snapshot in waiting where snapshot.sequence == survey.lastSequence {
                digests[snapshot.sequence] = check.digest
            }
            note(survey, first: first, &report)
            if first > base + 1 {
                addDamage(
                    "the journal begins at block \(first), and the oldest snapshot ends with block \(base)", to: &report
                )
            }
            if let newest = shelf?.newest, newest.sequence > survey.lastSequence {
                addDamage(
                    "the journal ends at block \(survey.lastSequence), and a snapshot stands on \(newest.sequence)",
                    file: newest.name, to: &report)
            }
        } catch let error as JournalError {
            add(error, to: &report)
        } catch {
            addDamage("\(error)", to: &report)
        }
        for snapshot in shelf?.candidates ?? [] {
            report.snapshots.append(
                verify(snapshot, check, shelf, digests[snapshot.sequence], isBase: snapshot.sequence == base, &report))
        }
    }

    private func note(_ survey: JournalSurvey, first: UInt64, _ report: inout JournalReport) {
        report.segments = survey.segments.count
        report.bytes = survey.bytesRead
        report.blocks = survey.blockCount
        report.records = survey.recordCount
        report.firstSequence = first
        report.lastSequence = survey.lastSequence
        if let torn = survey.tornTail {
            report.notes.append(
                DirectoryUse.isHeld(directory)
                    ? "\(torn.file) from offset \(torn.offset) on: block \(torn.sequence) is not whole, a write that is "
                        + "under way"
                    : "\(torn); the next start cuts it, nothing in it was acknowledged as far as the journal can tell")
        }
        if !survey.temporaryFiles.isEmpty {
            report.notes.append("being prepared: \(survey.temporaryFiles.joined(separator: ", "))")
        }
        if survey.recordCount == 0, isFounded {
            addDamage("the journal holds no record, not even its first", to: &report)
        }
    }

    /// Reads a snapshot whole, loads it, and compares it with what replay came to at its block.
    private func verify(
        _ snapshot: SnapshotFile, _ check: any JournalCheck, _ shelf: SnapshotShelf?, _ replayed: UInt64?, isBase: Bool,
        _ report: inout JournalReport
    ) -> SnapshotReport {
        var its = SnapshotReport(
            file: snapshot.name, sequence: snapshot.sequence, frames: snapshot.frames, bytes: snapshot.bytes,
            agreement: "the journal does not reach back to it")
        do {
            guard let reader = try shelf?.reader(of: snapshot) else { return its }
            let digest = try check.digest(of: reader, contentBytes: UInt64(snapshot.decodedBytes))
            progress.add(snapshot.bytes)
            if digest != snapshot.stateDigest {
                its.agreement = "its state has another digest than its footer says"
                report.add(Finding(.disagreement, journal: journal, file: snapshot.name, what: its.agreement))
            } else if isBase {
                its.agreement = "the proof begins with it"
            } else if let replayed, replayed != digest {
                its.agreement = "replay up to block \(snapshot.sequence) comes to another state"
                report.add(Finding(.disagreement, journal: journal, file: snapshot.name, what: its.agreement))
            } else if replayed != nil {
                its.agreement = "replay up to block \(snapshot.sequence) comes to the same state"
            }
        } catch let error as SnapshotError {
            add(error, to: &report)
            its.agreement = "it cannot be read"
        } catch {
            addDamage("its content makes no sense: \(error)", file: snapshot.name, to: &report)
            its.agreement = "it cannot be loaded"
        }
        return its
    }

    private func add(_ error: JournalError, to report: inout JournalReport) {
        switch error {
        case .corrupt(let file, let offset, let reason): addDamage(reason, file: file, offset: offset, to: &report)
        case .foreign(let file, let found, let expected):
            addDamage("the file belongs to journal \(found), not to \(expected)", file: file, to: &report)
        case .newerVersion(let file, let version):
            addDamage(
                "the file has format version \(version), and this program reads up to \(JournalFormat.version)",
                file: file,
                to: &report)
        default: addDamage("\(error)", to: &report)
        }
    }
}
