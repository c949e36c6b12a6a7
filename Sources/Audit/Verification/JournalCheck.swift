// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import SnapshotStore
internal import Ticketing

/// What looks at the records of one journal, one after another, and says in the end what it made of them.
protocol JournalCheck: AnyObject {
    /// The digest of the state that replay came to so far; nil where it could not go on.
    var digest: UInt64? { get }
    /// Begins with the state in a snapshot instead of with nothing.
    func begin(with snapshot: SnapshotReader, contentBytes: UInt64) throws
    /// Loads a snapshot beside everything else, and returns the digest of its state.
    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64
    func take(_ record: Span<UInt8>, at position: JournalPosition)
    /// Compares the ends and fills the report.
    func finish(_ report: inout JournalReport)
}

/// A shard: the independent proof, and a replay by the ledger beside it.
final class ShardCheck: JournalCheck {
    @exclusivity(unchecked) private var proof: ShardProof
    private var ledger = TicketLedger()
    @exclusivity(unchecked) private var effects = Effects(isPublishing: false)
    private var replayError: RecordError?
    private var digestsCompared = 0
    private var firstTime: Int64?
    private let journal: String
    private let livesHere: (String) -> Bool

    /// - Parameter livesHere: whether the event of an id belongs to this shard.
    init(journal: String, livesHere: @escaping (String) -> Bool = { _ in true }) {
        self.journal = journal
        self.livesHere = livesHere
        proof = ShardProof(journal: journal)
    }

    var digest: UInt64? { replayError == nil ? ledger.digest : nil }

    func begin(with snapshot: SnapshotReader, contentBytes: UInt64) throws {
        var columns = SnapshotColumns(contentBytes: contentBytes)
        let restored = TicketLedger()
        try restored.restore(contentBytes: contentBytes) { body in
            try snapshot.readFrames { frame in
                try body(frame)
                try columns.take(frame)
            }
        }
        proof = try ShardProof(journal: journal, from: columns)
        ledger = restored
    }

    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64 {
        let other = TicketLedger()
        try other.restore(contentBytes: contentBytes) { body in try snapshot.readFrames(body) }
        return other.digest
    }

    func take(_ record: Span<UInt8>, at position: JournalPosition) {
        if firstTime == nil { firstTime = RecordWriter.time(of: record)?.milliseconds }
        proof.take(record, at: position)
        guard replayError == nil else { return }
        do {
            try ledger.apply(record: record, effects: &effects)
            if record[0] == RecordType.digest { digestsCompared += 1 }
        } catch {
            replayError = error
            proof.findings.position = position
            proof.findings.add(.disagreement, "replay cannot go on: \(error)")
            proof.findings.position = nil
        }
    }

    func finish(_ report: inout JournalReport) {
        let tally = proof.finish()
        for id in proof.eventIDs where !livesHere(id) {
            proof.findings.add(.contradiction, "event \(id) belongs to another shard, and nobody finds it here")
        }
        if replayError == nil, proof.findings.count == 0 { compare(tally) }
        report.firstTime = firstTime
        report.lastTime = firstTime == nil ? nil : proof.lastTime
        report.digestsCompared = digestsCompared
        report.digest = digest
        report.money = proof.money
        report.figures = [
            ("events", Int64(tally.events)), ("holds", Int64(clamping: tally.holdsMade)),
            ("holds_open", Int64(tally.openHolds)), ("orders", Int64(tally.orders)),
            ("tickets", Int64(tally.tickets)), ("tickets_cancelled", Int64(tally.ticketsCancelled)),
            ("buyers", Int64(tally.buyers)), ("keys", Int64(tally.keys)), ("seats_free", Int64(tally.seatsFree)),
            ("seats_held", Int64(tally.seatsHeld)), ("seats_paying", Int64(tally.seatsPaying)),
            ("seats_sold", Int64(tally.seatsSold)), ("seats_blocked", Int64(tally.seatsBlocked)),
            ("seat_changes", Int64(clamping: proof.seatChanges)),
        ]
        report.recordsByType = ShardRecordType.allCases.compactMap { type in
            let count = proof.countsByType[Int(type.rawValue)]
            return count > 0 ? (type.word, count) : nil
        }
        report.findings += proof.findings.kept
        report.findingCount += proof.findings.count
    }

    // MARK: Comparing

    private func disagree(_ what: String) { proof.findings.add(.disagreement, what) }

    /// Two ways to the same state: what the proof swept over the records, and what the ledger made of them.
    private func compare(_ tally: ShardProof.Tally) {
        guard ledger.lastRecorded != nil else { return }
        let figures = ledger.figures
        for (name, proven, replayed) in [
            ("free seats", tally.seatsFree, figures.seatsFree), ("held seats", tally.seatsHeld, figures.seatsHeld),
            ("seats being paid", tally.seatsPaying, figures.seatsPaying),
            ("sold seats", tally.seatsSold, figures.seatsSold),
            ("blocked seats", tally.seatsBlocked, figures.seatsBlocked),
        ] where proven != replayed {
            disagree("the records leave \(proven) \(name), and replay \(replayed)")
        }
        do {
            let replayed = try ShardProof(journal: journal, from: ledger.columns())
            for difference in proof.differences(from: replayed) { disagree(difference) }
        } catch {
            disagree("what replay came to cannot be read: \(error)")
        }
        // It compares every buyer's standing with every ticket: for what is small.
        if figures.buyers * (figures.tickets + figures.openHolds) <= Self.contradictionsWorkMax {
            for contradiction in ledger.findContradictions() { disagree("after replay: \(contradiction)") }
        }
    }

    private static let contradictionsWorkMax = 10_000_000
}

/// The catalogue: what its records say about each other, and a replay beside it.
final class CatalogueCheck: JournalCheck {
    private var proof: CatalogueProof
    private var catalogue = Catalogue()
    private var effects = Effects(isPublishing: false)
    private var replayError: RecordError?
    private var digestsCompared = 0
    private var firstTime: Int64?

    private let journal: String

    init(journal: String) {
        self.journal = journal
        proof = CatalogueProof(journal: journal)
    }

    var digest: UInt64? { replayError == nil ? catalogue.digest : nil }

    func begin(with snapshot: SnapshotReader, contentBytes: UInt64) throws {
        let restored = Catalogue()
        try restored.restore(contentBytes: contentBytes) { body in try snapshot.readFrames(body) }
        var effects = Effects(isPublishing: true)
        restored.publishAll(into: &effects)
        proof = CatalogueProof(
            journal: journal, venues: effects.venues.map(\.id), performers: effects.performers.map(\.id))
        catalogue = restored
    }

    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64 {
        let other = Catalogue()
        try other.restore(contentBytes: contentBytes) { body in try snapshot.readFrames(body) }
        return other.digest
    }

    func take(_ record: Span<UInt8>, at position: JournalPosition) {
        if firstTime == nil { firstTime = RecordWriter.time(of: record)?.milliseconds }
        proof.take(record, at: position)
        guard replayError == nil else { return }
        do {
            try catalogue.apply(record: record, effects: &effects)
            if record[0] == RecordType.digest { digestsCompared += 1 }
        } catch {
            replayError = error
            proof.findings.position = position
            proof.findings.add(.disagreement, "replay cannot go on: \(error)")
            proof.findings.position = nil
        }
    }

    func finish(_ report: inout JournalReport) {
        if replayError == nil, proof.findings.count == 0 { compare() }
        report.firstTime = firstTime
        report.lastTime = firstTime == nil ? nil : proof.lastTime
        report.digestsCompared = digestsCompared
        report.digest = digest
        report.figures = [("venues", Int64(proof.venues.count)), ("performers", Int64(proof.performers.count))]
        var types = ShardRecordType.allCases.filter { $0.rawValue < 0x10 }.map { ($0.rawValue, $0.word) }
        types += CatalogueRecordType.allCases.map { ($0.rawValue, $0.word) }
        report.recordsByType = types.compactMap { raw, word in
            let count = proof.countsByType[Int(raw)]
            return count > 0 ? (word, count) : nil
        }
        report.findings += proof.findings.kept
        report.findingCount += proof.findings.count
    }

    private func compare() {
        for (name, proven, replayed) in [
            ("venues", proof.venues.count, catalogue.venueCount),
            ("performers", proof.performers.count, catalogue.performerCount),
        ] where proven != replayed {
            proof.findings.add(.disagreement, "the records leave \(proven) \(name), and replay \(replayed)")
        }
    }
}
