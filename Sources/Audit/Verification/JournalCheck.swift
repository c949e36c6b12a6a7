// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Ticketing

/// What looks at the records of one journal, one after another, and says in the end what it made of them.
protocol JournalCheck: AnyObject {
    func take(_ record: Span<UInt8>, at position: JournalPosition)
    /// Compares the ends and fills the report.
    func finish(_ report: inout JournalReport)
}

/// A shard: the independent proof, and a replay by the ledger beside it.
final class ShardCheck: JournalCheck {
    @exclusivity(unchecked) private var proof: ShardProof
    private let ledger = TicketLedger()
    @exclusivity(unchecked) private var effects = Effects(isPublishing: false)
    private var replayError: RecordError?
    private var digestsCompared = 0
    private var firstTime: Int64?

    init(journal: String) {
        proof = ShardProof(journal: journal)
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
        if replayError == nil, proof.findings.count == 0 { compare(tally) }
        report.firstTime = firstTime
        report.lastTime = firstTime == nil ? nil : proof.lastTime
        report.digestsCompared = digestsCompared
        report.digest = replayError == nil ? ledger.digest : nil
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
        report.findings = proof.findings.kept
        report.findingCount = proof.findings.count
    }

    // MARK: Comparing

    private func disagree(_ what: String) { proof.findings.add(.disagreement, what) }

    /// Two ways to the same state: what the proof swept over the records, and what the ledger made of them.
    private func compare(_ tally: ShardProof.Tally) {
        let figures = ledger.figures
        for (name, proven, replayed) in [
            ("events", tally.events, figures.events), ("open holds", tally.openHolds, figures.openHolds),
            ("orders", tally.orders, figures.orders), ("tickets", tally.tickets, figures.tickets),
            ("buyers", tally.buyers, figures.buyers), ("keys", tally.keys, figures.keys),
            ("free seats", tally.seatsFree, figures.seatsFree), ("held seats", tally.seatsHeld, figures.seatsHeld),
            ("seats being paid", tally.seatsPaying, figures.seatsPaying),
            ("sold seats", tally.seatsSold, figures.seatsSold),
            ("blocked seats", tally.seatsBlocked, figures.seatsBlocked),
        ] where proven != replayed {
            disagree("the records leave \(proven) \(name), and replay \(replayed)")
        }
        guard proof.events.count == ledger.eventCount else { return }
        for event in proof.events.indices { compareEvent(event) }
        for contradiction in ledger.findContradictions() { disagree("after replay: \(contradiction)") }
    }

    private func compareEvent(_ number: Int) {
        let line = proof.events[number]
        let id = proof.eventIDs[number]
        var differing = 0
        ledger.forEachSeatState(of: EventIndex(UInt32(number))) { seat, state in
            let at = Int(seat.rawValue)
            if at >= line.seatCount || proof.seatState(proof.owners[line.firstSeat + at]) != state { differing += 1 }
        }
        if differing > 0 { disagree("\(differing) seats of \(id) are in another state after replay") }
        ledger.forEachArea(of: EventIndex(UInt32(number))) { area, held, sold, blocked in
            guard area < line.areaCount else { return disagree("\(id) has more areas after replay") }
            let proven = proof.areas[line.firstArea + area]
            if proven.held != held || proven.sold != sold || proven.blocked != blocked {
                disagree("area \(area) of \(id) has other counts after replay")
            }
        }
    }
}

/// The catalogue: what its records say about each other, and a replay beside it.
final class CatalogueCheck: JournalCheck {
    private var proof: CatalogueProof
    private let catalogue = Catalogue()
    private var effects = Effects(isPublishing: false)
    private var replayError: RecordError?
    private var digestsCompared = 0
    private var firstTime: Int64?

    init(journal: String) {
        proof = CatalogueProof(journal: journal)
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
        report.digest = replayError == nil ? catalogue.digest : nil
        report.figures = [("venues", Int64(proof.venues.count)), ("performers", Int64(proof.performers.count))]
        var types = ShardRecordType.allCases.filter { $0.rawValue < 0x10 }.map { ($0.rawValue, $0.word) }
        types += CatalogueRecordType.allCases.map { ($0.rawValue, $0.word) }
        report.recordsByType = types.compactMap { raw, word in
            let count = proof.countsByType[Int(raw)]
            return count > 0 ? (word, count) : nil
        }
        report.findings = proof.findings.kept
        report.findingCount = proof.findings.count
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
