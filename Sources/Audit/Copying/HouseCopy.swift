// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Glibc
internal import Journal
internal import Ticketing

/// Copies a data directory: a consistent one from under a running daemon (a backup), or one from a backup (a restore).
///
/// Shards come first and the catalogue last: an event refers to venues and performers that were there before it. The file
/// `house` is written when everything else is there, durable and verified; until then no daemon takes the copy for a data
/// directory.
public struct HouseCopy: Sendable {
    public let source: String
    public let target: String
    private let purpose: Purpose
    private let house: HouseFile

    public enum Purpose: Sendable {
        /// Zeros behind the last block stay holes in the files: it is kept, not served.
        case backup
        /// Everything is written, so that there is room for what a daemon will write. The source is verified before.
        case restore
    }

    /// What was copied.
    public struct Report: Sendable {
        public struct Part: Sendable {
            public var journal: String
            public var segments: Int
            public var snapshots: Int
            /// Bytes written, zeros at the ends of segments aside.
            public var bytes: Int
            public var firstSequence: UInt64
            public var lastSequence: UInt64
        }

        public var parts: [Part] = []
        /// What verifying the copy found.
        public var verification: HouseReport
    }

    /// - Throws: ``AuditError`` where the source is no data directory or may not be read, or the target is no directory
    ///   or holds somebody's files.
    public init(from source: String, to target: String, purpose: Purpose) throws {
        self.source = source
        self.target = target
        self.purpose = purpose
        try Readability.requireHouseFile(in: source)
        guard let house = try HouseFile.read(in: source) else { throw AuditError.noDataDirectory(source) }
        guard house.isFounded else { throw AuditError.notFounded(source) }
        try Readability.requireJournals(in: source, shards: house.shards)
        self.house = house
        if let names = try? PosixDirectory(target).list() {
            if let stranger = Strangers.first(among: names) { throw AuditError.notEmpty(target, file: stranger) }
        } else if access(target, F_OK) == 0 {
            throw AuditError.noDirectory(target)
        }
    }

    /// Copies everything, verifies the copy, and makes it a data directory.
    ///
    /// - Throws: ``CopyError``. What was copied so far is left without its `house` file.
    public func run() async throws -> Report {
        if purpose == .restore {
            let found = await HouseVerification(source, house: house).run()
            guard found.isSound else { throw CopyError.unsound(directory: source, found) }
        }
        try PosixDirectory.createIfMissing(target)
        let shards = try await withThrowingTaskGroup(of: Report.Part.self) { group in
            for shard in 0..<house.shards { group.addTask { try copy(shard) } }
            var parts: [Report.Part] = []
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.journal < $1.journal }
        }
        let parts = shards + [try copy(-1)]
        let directory = try PosixDirectory(target)
        try directory.syncDirectory()
        let verification = await HouseVerification(target, house: house).run()
        guard verification.isSound else { throw CopyError.unsound(directory: target, verification) }
        try copyHouseFile(into: directory)
        return Report(parts: parts, verification: verification)
    }

    private func copy(_ shard: Int) throws -> Report.Part {
        let name = HouseFile.journalName(of: shard)
        let copied = try JournalCopy(
            source: "\(source)/\(name)", target: "\(target)/\(name)", id: house.journalID(of: shard),
            kind: shard < 0 ? SnapshotContent.catalogueKind : SnapshotContent.ledgerKind,
            writesZeros: purpose == .restore
        ).run { DirectoryUse.isHeld(source) }
        return Report.Part(
            journal: name, segments: copied.segments, snapshots: copied.snapshots, bytes: copied.bytes,
            firstSequence: copied.firstSequence, lastSequence: copied.lastSequence)
    }

    /// Written aside, synced and renamed: from then on the copy is a data directory.
    private func copyHouseFile(into directory: PosixDirectory) throws {
        let from = try PosixDirectory(source)
        let file = try from.open(HouseFile.name, for: .read)
        defer { from.close(file) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: try from.size(of: file), alignment: 16)
        defer { memory.deallocate() }
        let count = try from.read(file, at: 0, into: memory)
        let aside = JournalFormat.temporaryName(of: HouseFile.name)
        let copy = try directory.create(aside)
        defer { directory.close(copy) }
        try directory.write(copy, at: 0, from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        try directory.sync(copy)
        try directory.rename(aside, to: HouseFile.name)
        try directory.syncDirectory()
    }
}

/// Why a copy was not made.
public enum CopyError: Error, Sendable, CustomStringConvertible {
    /// What was to be copied, or the copy, is damaged or contradicts itself.
    case unsound(directory: String, HouseReport)

    public var description: String {
        switch self {
        case .unsound(let directory, let report):
            "\(directory) is not sound, and nothing was made of it: \(report.findingCount) findings, the first of them: "
                + ((report.findings + report.journals.flatMap(\.findings)).first.map { "\($0)" } ?? "none")
        }
    }
}
