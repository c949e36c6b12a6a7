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
    private let replay = Replay { TicketLedger() }
    private let journal: String
    private let livesHere: (String) -> Bool

    /// - Parameter livesHere: whether the event of an id belongs to this shard.
    init(journal: String, livesHere: @escaping (String) -> Bool = { _ in true }) {
        self.journal = journal
        self.livesHere = livesHere
        proof = ShardProof(journal: journal)
    }

    var digest: UInt64? { replay.digest }

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
        replay.begin(with: restored)
    }

    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64 {
        try replay.digest(of: snapshot, contentBytes: contentBytes)
    }

    func take(_ record: Span<UInt8>, at position: JournalPosition) {
        proof.take(record, at: position)
        if let error = replay.take(record) { proof.findings.addFailedReplay(error, at: position) }
    }

    func finish(_ report: inout JournalReport) {
        let tally = proof.finish()
        for id in proof.eventIDs where !livesHere(id) {
            proof.findings.add(.contradiction, "event \(id) belongs to another shard, and nobody finds it here")
        }
        if replay.error == nil, proof.findings.count == 0 { compare(tally) }
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
        replay.fill(&report, lastTime: proof.lastTime, findings: proof.findings)
    }

    // MARK: Comparing

    private func disagree(_ what: String) { proof.findings.add(.disagreement, what) }

    /// Two ways to the same state: what the proof swept over the records, and what the ledger made of them.
    private func compare(_ tally: ShardProof.Tally) {
        let ledger = replay.machine
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
        for contradiction in ledger.findContradictions() { disagree("after replay: \(contradiction)") }
    }
}

/// The catalogue: what its records say about each other, and a replay beside it.
final class CatalogueCheck: JournalCheck {
    private var proof: CatalogueProof
    private let replay = Replay { Catalogue() }
    private let journal: String

    init(journal: String) {
        self.journal = journal
        proof = CatalogueProof(journal: journal)
    }

    var digest: UInt64? { replay.digest }

    func begin(with snapshot: SnapshotReader, contentBytes: UInt64) throws {
        let restored = Catalogue()
        try restored.restore(contentBytes: contentBytes) { body in try snapshot.readFrames(body) }
        var effects = Effects(isPublishing: true)
        restored.publishAll(into: &effects)
        proof = CatalogueProof(
            journal: journal, venues: effects.venues.map(\.id), performers: effects.performers.map(\.id))
        replay.begin(with: restored)
    }

    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64 {
        try replay.digest(of: snapshot, contentBytes: contentBytes)
    }

    func take(_ record: Span<UInt8>, at position: JournalPosition) {
        proof.take(record, at: position)
        if let error = replay.take(record) { proof.findings.addFailedReplay(error, at: position) }
    }

    func finish(_ report: inout JournalReport) {
        if replay.error == nil, proof.findings.count == 0 { compare() }
        report.figures = [("venues", Int64(proof.venues.count)), ("performers", Int64(proof.performers.count))]
        var types = ShardRecordType.allCases.filter { $0.rawValue < 0x10 }.map { ($0.rawValue, $0.word) }
        types += CatalogueRecordType.allCases.map { ($0.rawValue, $0.word) }
        report.recordsByType = types.compactMap { raw, word in
            let count = proof.countsByType[Int(raw)]
            return count > 0 ? (word, count) : nil
        }
        replay.fill(&report, lastTime: proof.lastTime, findings: proof.findings)
    }

    private func compare() {
        let catalogue = replay.machine
        for (name, proven, replayed) in [
            ("venues", proof.venues.count, catalogue.venueCount),
            ("performers", proof.performers.count, catalogue.performerCount),
        ] where proven != replayed {
            proof.findings.add(.disagreement, "the records leave \(proven) \(name), and replay \(replayed)")
        }
    }
}
