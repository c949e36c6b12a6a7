// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Ticketing

/// What the catalogue's records say about each other: times never go back, ids are given once, numbers name what there
/// is, layouts can be read, and keys are neither answered twice nor forgotten early.
struct CatalogueProof: ~Copyable {
    var findings: Findings
    private(set) var isFounded = false
    private(set) var lastTime = Int64.min
    private(set) var recordCount: UInt64 = 0
    private(set) var countsByType = [UInt64](repeating: 0, count: 256)
    private(set) var venues: [String] = []
    private(set) var performers: [String] = []
    private var knownVenues: Set<String> = []
    private var knownPerformers: Set<String> = []
    private var keys = KeyProof()

    /// Idempotency keys of before the records are not known where the proof begins with a snapshot.
    private var knowsAllKeys = true

    init(journal: String) { findings = Findings(journal: journal) }

    /// Begins with the venues and performers of a snapshot, in the order of their numbers.
    init(journal: String, venues: [String], performers: [String]) {
        findings = Findings(journal: journal)
        isFounded = true
        knowsAllKeys = false
        self.venues = venues
        self.performers = performers
        knownVenues = Set(venues)
        knownPerformers = Set(performers)
    }

    private mutating func report(_ what: String) { findings.add(.contradiction, what) }

    mutating func take(_ record: Span<UInt8>, at position: JournalPosition) {
        findings.position = position
        defer { findings.position = nil }
        recordCount += 1
        var reader = RecordReader(record)
        let typeByte = reader.read(UInt8.self)
        let time = reader.read(Int64.self)
        if reader.isMalformed { return report("the record is shorter than its head") }
        countsByType[Int(typeByte)] += 1
        if typeByte != ShardRecordType.founding.rawValue, !isFounded { report("a record comes before the founding") }
        if time < lastTime {
            report("time goes back: \(Clock.text(time)) comes after \(Clock.text(lastTime))")
        }
        lastTime = max(lastTime, time)
        let word: String
        if let type = CatalogueRecordType(rawValue: typeByte) {
            word = type.word
            take(type, &reader, record)
        } else if let type = ShardRecordType(rawValue: typeByte), typeByte < 0x10 {
            word = type.word
            take(type, &reader, record, at: time)
        } else {
            return report("records of type \(typeByte) are not known: a newer program wrote it, or it is no record")
        }
        if reader.isMalformed {
            report("the \(word) record is shorter than it says")
        } else if reader.remaining > 0 {
            report("the \(word) record is longer than it says")
        }
    }

    private mutating func take(
        _ type: ShardRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>, at time: Int64
    ) {
        switch type {
        case .founding:
            if isFounded { report("the journal is founded a second time") }
            isFounded = true
            _ = reader.readRange(reader.remaining)
            guard let founding = try? FoundingRecord(decoding: record) else {
                return report("the founding record makes no sense")
            }
            if founding.shard != FoundingRecord.catalogueShard { report("the journal is that of a shard") }
        case .digest: _ = reader.read(UInt64.self)
        case .reset:
            venues = []
            performers = []
            knownVenues = []
            knownPerformers = []
            keys = KeyProof()
        case .keyOutcome:
            let outcome = KeyOutcomeRecord(&reader)
            if reader.isMalformed { return }
            if let problem = keys.keep(outcome.scope, at: time) { report(problem) }
            if KeptReply(record.extracting(outcome.reply)) == nil { report("the reply kept beside a key is none") }
        case .keysExpired:
            let ended = Int(reader.read(UInt32.self))
            if !reader.isMalformed, knowsAllKeys, let problem = keys.forget(ended, at: time) { report(problem) }
        default: break
        }
    }

    private mutating func take(_ type: CatalogueRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>) {
        switch type {
        case .venueAdded:
            let id = record.text(reader.readTextRange())
            _ = VenueTextRanges(&reader)
            if !knownVenues.insert(id).inserted { report("venue \(id) is added a second time") }
            venues.append(id)
        case .venueChanged:
            let venue = Int(reader.read(UInt32.self))
            _ = VenueTextRanges(&reader)
            checkVenue(venue)
        case .sectionAdded, .rowAdded, .areaAdded:
            let part = LayoutPartRecord(&reader, isSection: type == .sectionAdded)
            if reader.isMalformed { return }
            checkVenue(part.venue)
            do {
                _ = try SeatPlan(decoding: record.extracting(part.plan))
            } catch {
                report("a part of a layout cannot be read: \(error)")
            }
        case .performerAdded:
            let id = record.text(reader.readTextRange())
            _ = reader.readTextRange()
            _ = reader.readTextRange()
            if !knownPerformers.insert(id).inserted { report("performer \(id) is added a second time") }
            performers.append(id)
        case .performerChanged:
            let performer = Int(reader.read(UInt32.self))
            _ = reader.readTextRange()
            _ = reader.readTextRange()
            if performer >= performers.count { report("performer number \(performer) is not there") }
        }
    }

    private mutating func checkVenue(_ venue: Int) {
        if venue >= venues.count { report("venue number \(venue) is not there: \(venues.count) were added") }
    }
}
