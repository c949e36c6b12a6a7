// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import Synchronization

/// Verifies a data directory: reads everything, trusts nothing, changes nothing.
///
/// Each journal is walked from its first block, every checksum and every place looked at; the records are proven against
/// each other by code that shares nothing with the ledger, and replayed by the ledger beside it; then both must agree.
/// Journals are verified in parallel. A running daemon is not disturbed, nor does it disturb.
public struct HouseVerification: Sendable {
    public let directory: String
    private let house: HouseFile

    /// How far a verification has come: bytes read of bytes that there are. Used from any thread.
    public final class Progress: Sendable {
        private let read = Atomic(0)
        public init() {}
        public var bytesRead: Int { read.load(ordering: .relaxed) }
        func add(_ bytes: Int) { read.wrappingAdd(bytes, ordering: .relaxed) }
    }

    /// Reads what the directory was made for.
    ///
    /// - Throws: ``AuditError`` where it is no data directory, and what is wrong with its `house` file.
    public init(_ directory: String) throws {
        self.directory = directory
        guard let house = try HouseFile.read(in: directory) else { throw AuditError.noDataDirectory(directory) }
        self.house = house
    }

    /// Bytes of all files that will be read.
    public var bytesToRead: Int {
        (-1..<house.shards).reduce(0) { $0 + Self.bytes(of: path(of: $1)) }
    }

    /// Looks at everything.
    public func run(progress: Progress = Progress()) async -> HouseReport {
        let clock = ContinuousClock()
        let begun = clock.now
        var report = HouseReport(directory: directory)
        report.shards = house.shards
        report.isInUse = DirectoryUse.isHeld(directory)
        report.journals = await withTaskGroup(of: (Int, JournalReport).self) { group in
            for shard in -1..<house.shards {
                group.addTask { (shard, verify(shard, progress)) }
            }
            var reports: [(Int, JournalReport)] = []
            for await one in group { reports.append(one) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let duration = clock.now - begun
        report.seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        return report
    }

    private func path(of shard: Int) -> String { "\(directory)/\(HouseFile.journalName(of: shard))" }

    private static func bytes(of path: String) -> Int {
        guard let storage = try? PosixDirectory(path), let names = try? storage.list() else { return 0 }
        var bytes = 0
        for name in names {
            guard let file = try? storage.open(name, for: .read) else { continue }
            bytes += (try? storage.size(of: file)) ?? 0
            storage.close(file)
        }
        return bytes
    }

    private func verify(_ shard: Int, _ progress: Progress) -> JournalReport {
        let name = HouseFile.journalName(of: shard)
        var verification = JournalVerification(
            directory: directory, journal: name, id: house.journalID(of: shard), isFounded: house.isFounded,
            progress: progress
        ) {
            if shard < 0 { return CatalogueCheck(journal: name) }
            return ShardCheck(journal: name)
        }
        return verification.run()
    }
}

/// Why something cannot be looked at at all.
public enum AuditError: Error, Sendable, CustomStringConvertible {
    case noDataDirectory(String)

    public var description: String {
        switch self {
        case .noDataDirectory(let path):
            "\(path) is no data directory: it has no house file; name the one that boxoffice serve --data was given"
        }
    }
}

/// Verifies one journal with its snapshots.
struct JournalVerification {
    let directory: String
    let journal: String
    let id: JournalID
    let isFounded: Bool
    let progress: HouseVerification.Progress
    let makeCheck: () -> any JournalCheck

    private var path: String { "\(directory)/\(journal)" }

    init(
        directory: String, journal: String, id: JournalID, isFounded: Bool, progress: HouseVerification.Progress,
        makeCheck: @escaping () -> any JournalCheck
    ) {
        self.directory = directory
        self.journal = journal
        self.id = id
        self.isFounded = isFounded
        self.progress = progress
        self.makeCheck = makeCheck
    }

    /// Times that a journal which moves under the reader's eyes is read again at most.
    private static let attemptsMax = 5

    mutating func run() -> JournalReport {
        var before: JournalError?
        for attempt in 1...Self.attemptsMax {
            var report = JournalReport(journal: journal)
            let check = makeCheck()
            do {
                try walk(check, &report)
                return report
            } catch {
                // Beside a running daemon a place may be read before it is written and a later one after it, which looks
                // like damage. Damage is still there at the second look; a place that was written meanwhile is not.
                let mayMove = attempt < Self.attemptsMax && error != before && DirectoryUse.isHeld(directory)
                before = error
                if mayMove { continue }
                check.finish(&report)
                report.findings.insert(finding(for: error), at: 0)
                report.findingCount += 1
                return report
            }
        }
        preconditionFailure("the last attempt returns")
    }

    private func walk(_ check: any JournalCheck, _ report: inout JournalReport) throws(JournalError) {
        let survey: JournalSurvey
        var first: UInt64 = 0
        do {
            let storage = try PosixDirectory(path)
            survey = try JournalReader.walk(
                storage, id: id,
                onBlock: { header, _ in
                    if first == 0 { first = header.sequence }
                    progress.add(header.blockBytes)
                }, onRecord: check.take)
        } catch let error as JournalError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            preconditionFailure("walking a journal throws nothing else: \(error)")
        }
        report.segments = survey.segments.count
        report.bytes = survey.bytesRead
        report.blocks = survey.blockCount
        report.records = survey.recordCount
        report.firstSequence = first
        report.lastSequence = survey.lastSequence
        check.finish(&report)
        if let torn = survey.tornTail {
            let isHeld = DirectoryUse.isHeld(directory)
            report.notes.append(
                isHeld
                    ? "\(torn.file) from offset \(torn.offset) on: block \(torn.sequence) is not whole, a write that is "
                        + "under way"
                    : "\(torn); the next start cuts it, nothing in it was acknowledged as far as the journal can tell")
        }
        if !survey.temporaryFiles.isEmpty {
            report.notes.append("being prepared: \(survey.temporaryFiles.joined(separator: ", "))")
        }
        if survey.recordCount == 0, isFounded {
            report.findings.append(
                Finding(.damage, journal: journal, what: "the journal holds no record, not even its first"))
            report.findingCount += 1
        }
    }

    private func finding(for error: JournalError) -> Finding {
        var finding = Finding(.damage, journal: journal, what: "\(error)")
        switch error {
        case .corrupt(let file, let offset, let reason):
            finding.file = file
            finding.offset = offset
            finding.what = reason
        case .foreign(let file, let found, let expected):
            finding.file = file
            finding.what = "the file belongs to journal \(found), not to \(expected)"
        case .newerVersion(let file, let version):
            finding.file = file
            finding.what =
                "the file has format version \(version), and this program reads up to \(JournalFormat.version)"
        case .missing, .storage: break
        }
        return finding
    }
}
