// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Shows an event as it was: the state is made again from the newest snapshot before that moment and the records behind
/// it, as far back as the journal is kept. Reads only, also beside a running daemon.
public struct TimeTravel: Sendable {
    /// The moment to go to.
    public enum Moment: Sendable, Equatable {
        /// Milliseconds since 1970. A hold that ended at that very time is over, whenever its end was written down.
        case time(Int64)
        /// The event's own count of changes, as `VIEW` says it.
        case sequence(UInt64)

        /// The time that `text` says, in RFC 3339 as requests write it; nil where it is none.
        public init?(time text: String) {
            guard let milliseconds = Clock.milliseconds(text) else { return nil }
            self = .time(milliseconds)
        }
    }

    private let directory: String
    private let house: HouseFile

    /// - Throws: ``AuditError`` where it is no data directory, and what is wrong with its `house` file.
    public init(_ directory: String) throws {
        self.directory = directory
        guard let house = try HouseFile.read(in: directory) else { throw AuditError.noDataDirectory(directory) }
        self.house = house
    }

    /// The lines that `VIEW` would have answered then. Names of venue and performers are those of that time as well.
    ///
    /// - Throws: ``TimeTravelError``, and what is wrong with the files.
    /// - Complexity: O(bytes of the journal of the event's shard behind the snapshot, and of the catalogue's).
    public func view(of event: String, at moment: Moment, asJSON: Bool = false) throws -> [String] {
        let shard = house.shard(of: event)
        let past = try PastLedger(
            directory: "\(directory)/\(HouseFile.journalName(of: shard))", id: house.journalID(of: shard), event: event)
        let time = try past.go(to: moment)
        guard let published = past.publish() else { throw TimeTravelError.notThereYet(event: event) }
        let catalogue = try PastCatalogue.publish(
            directory: "\(directory)/\(HouseFile.journalName(of: -1))", id: house.journalID(of: -1), at: time)
        return ViewOfThePast.lines(of: event, ledger: published, catalogue: catalogue, asJSON: asJSON)
    }
}

/// Why the past cannot be shown.
public enum TimeTravelError: Error, Sendable, Equatable, CustomStringConvertible {
    case notThereYet(event: String)
    /// Earlier than what is kept: the earliest time in milliseconds since 1970, and the event's count of changes then.
    case tooEarly(time: Int64, sequence: UInt64?)
    case tooLate(event: String, sequence: UInt64)

    public var description: String {
        switch self {
        case .notThereYet(let event): "there was no event \(event) then"
        case .tooEarly(let time, let sequence):
            "the journal reaches back to \(Clock.text(time))"
                + (sequence.map { ", when the event had seq=\($0)" } ?? "") + ", and no further: ask for a later moment"
        case .tooLate(let event, let sequence): "\(event) has come to seq=\(sequence) and not beyond"
        }
    }
}

/// Ends a walk early: what comes after is later than what was asked for.
struct EnoughRead: Error {}

/// The ledger of one shard, on its way to a moment.
private final class PastLedger {
    private let directory: String
    private let id: JournalID
    private let event: String
    private let eventID: [UInt8]
    private var ledger = TicketLedger()
    private var base: UInt64 = 0
    private var number: EventIndex?
    private var sequence: UInt64 = 0

    init(directory: String, id: JournalID, event: String) throws {
        self.directory = directory
        self.id = id
        self.event = event
        eventID = Array(event.utf8)
    }

    /// Replays up to the moment. Returns its time.
    func go(to moment: TimeTravel.Moment) throws -> Int64 {
        let storage = try PosixDirectory(directory)
        let shelf = try SnapshotShelf.open(
            storage, journal: id, kind: SnapshotContent.ledgerKind, syncing: false)
        try begin(storage, shelf, moment)
        switch moment {
        case .time(let time):
            try walk(storage) { record in
                guard let its = RecordWriter.time(of: record), its.milliseconds <= time else { throw EnoughRead() }
            }
            runDue(at: time)
            return time
        case .sequence(let wanted):
            learn()
            var last = ledger.lastRecorded?.milliseconds ?? Instant.earliest.milliseconds
            try walk(storage) { record in
                if sequence >= wanted { throw EnoughRead() }
                last = RecordWriter.time(of: record)?.milliseconds ?? last
            }
            guard sequence >= wanted else {
                guard number != nil else { throw TimeTravelError.notThereYet(event: event) }
                throw TimeTravelError.tooLate(event: event, sequence: sequence)
            }
            return last
        }
    }

    /// Loads the newest snapshot that is not later than the moment; nothing where the journal is whole from its first
    /// block and no snapshot is early enough.
    private func begin(_ storage: PosixDirectory, _ shelf: SnapshotShelf, _ moment: TimeTravel.Moment) throws {
        var earliest: (time: Int64, sequence: UInt64?)?
        for snapshot in shelf.candidates {
            if case .time(let time) = moment, snapshot.timeMilliseconds > time {
                earliest = (snapshot.timeMilliseconds, nil)
                continue
            }
            let restored = TicketLedger()
            let reader = try shelf.reader(of: snapshot)
            try restored.restore(contentBytes: UInt64(snapshot.decodedBytes)) { body in try reader.readFrames(body) }
            ledger = restored
            number = nil
            sequence = 0
            learn()
            if case .sequence(let wanted) = moment, number != nil, sequence > wanted {
                earliest = (snapshot.timeMilliseconds, sequence)
                continue
            }
            base = snapshot.sequence
            return
        }
        ledger = TicketLedger()
        number = nil
        sequence = 0
        let first = try storage.list().compactMap(JournalFormat.segmentNumber(ofName:)).min() ?? 1
        if first > 1 {
            let reach = earliest ?? (Instant.earliest.milliseconds, nil)
            throw TimeTravelError.tooEarly(time: reach.time, sequence: reach.sequence)
        }
    }

    /// Applies record after record, until `check` throws ``EnoughRead`` before one of them.
    private func walk(_ storage: PosixDirectory, _ check: (Span<UInt8>) throws -> Void) throws {
        var effects = Effects(isPublishing: true)
        do {
            _ = try JournalReader.walk(storage, id: id, startingAfter: base) { record, _ in
                try check(record)
                try ledger.apply(record: record, effects: &effects)
                take(effects)
                effects.removeAll()
            }
        } catch is EnoughRead {}
    }

    /// Notes what a record did to the event.
    private func take(_ effects: Effects) {
        for publication in effects.publications {
            switch publication.kind {
            case .facts where effects.facts[Int(publication.place)].id == event:
                number = publication.event
                sequence = publication.sequence
            case .seat, .area:
                if publication.event == number { sequence = publication.sequence }
            case .reset:
                number = nil
                sequence = 0
            default: break
            }
        }
    }

    /// Finds the event in a state that was loaded.
    private func learn() {
        var effects = Effects(isPublishing: true)
        ledger.publishAll(into: &effects)
        for facts in effects.facts where facts.id == event {
            number = facts.index
            sequence = facts.sequence
        }
    }

    /// What was due by then had happened for everybody who asked, whether or not it was written down already.
    private func runDue(at time: Int64) {
        guard ledger.lastRecorded != nil else { return }
        var effects = Effects(isPublishing: true)
        var record = RecordWriter()
        while ledger.nextDue.milliseconds <= time {
            let isMore = ledger.runDue(at: Instant(milliseconds: time), record: &record, effects: &effects)
            take(effects)
            effects.removeAll()
            record.removeAll()
            if !isMore { break }
        }
    }

    /// All that readers would see of the event; nil where it is not there.
    func publish() -> Effects? {
        var all = Effects(isPublishing: true)
        ledger.publishAll(into: &all)
        var its = Effects(isPublishing: true)
        guard let facts = all.facts.first(where: { $0.id == event }) else { return nil }
        for publication in all.publications where publication.event == facts.index {
            var publication = publication
            if publication.kind == .facts {
                publication.place = UInt32(its.facts.count)
                its.facts.append(facts)
            }
            its.publications.append(publication)
        }
        return its
    }
}

/// The catalogue as it was.
private enum PastCatalogue {
    static func publish(directory: String, id: JournalID, at time: Int64) throws -> Effects {
        let storage = try PosixDirectory(directory)
        let shelf = try SnapshotShelf.open(
            storage, journal: id, kind: SnapshotContent.catalogueKind, syncing: false)
        let catalogue = Catalogue()
        // Where nothing is as old as that, names as old as there are do.
        let snapshot = shelf.newest(notAfterMilliseconds: time) ?? shelf.candidates.last
        var base: UInt64 = 0
        let first = try storage.list().compactMap(JournalFormat.segmentNumber(ofName:)).min() ?? 1
        if let snapshot, first > 1 || snapshot.timeMilliseconds <= time {
            let reader = try shelf.reader(of: snapshot)
            try catalogue.restore(contentBytes: UInt64(snapshot.decodedBytes)) { body in try reader.readFrames(body) }
            base = snapshot.sequence
        }
        var effects = Effects(isPublishing: false)
        do {
            _ = try JournalReader.walk(storage, id: id, startingAfter: base) { record, _ in
                guard let its = RecordWriter.time(of: record), its.milliseconds <= time else { throw EnoughRead() }
                try catalogue.apply(record: record, effects: &effects)
            }
        } catch is EnoughRead {}
        effects = Effects(isPublishing: true)
        catalogue.publishAll(into: &effects)
        return effects
    }
}
