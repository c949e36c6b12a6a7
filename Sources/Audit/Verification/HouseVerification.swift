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
    /// - Throws: ``AuditError`` where it is no data directory or may not be read, and what is wrong with its `house` file.
    public init(_ directory: String) throws {
        self.directory = directory
        try Readability.requireHouseFile(in: directory)
        guard let house = try HouseFile.read(in: directory) else { throw AuditError.noDataDirectory(directory) }
        try Readability.requireJournals(in: directory, shards: house.shards)
        self.house = house
    }

    /// For a directory whose `house` file is elsewhere yet.
    init(_ directory: String, house: HouseFile) {
        self.directory = directory
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
        JournalVerification(directory: directory, shard: shard, house: house, progress: progress).run()
    }
}
