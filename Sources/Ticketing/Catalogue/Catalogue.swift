// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The catalogue: venues with their layouts, and performers. A state machine like the ledger of a shard, with a journal
/// of its own: ``decide(_:in:at:record:reply:effects:)`` checks a request, writes what was decided as records, applies
/// those very bytes, and answers; ``apply(record:effects:)`` alone changes the state, live and on replay.
///
/// Synchronous and serial: it belongs to one actor. It does no I/O and reads no clock; times are handed in.
public final class Catalogue {
    var venues: [Venue] = []
    var performers: [Performer] = []
    /// For looking up only: their order never shows.
    var venuesByID: [String: Int] = [:]
    var performersByID: [String: Int] = [:]
    var keys: KeyTable
    public internal(set) var founding: FoundingRecord?
    /// Whether the journal has no room for the next request: it is `READ_ONLY` unless its key knows the answer.
    public var refusesChanges = false
    /// The sum of the mixes of all venues, rows, areas and performers: it does not depend on the order of changes, and
    /// each change adjusts it by what it touched.
    var contentDigest: UInt64 = 0
    let itemsMax: Int
    /// The time of the last record, or nil where there is none.
    public internal(set) var lastRecorded: Instant?
    /// How far the capture of a snapshot has come; nil where there is none.
    var capture: CatalogueCapture?

    /// - Parameters:
    ///   - itemsMax: Venues, and performers, that requests may add.
    ///   - keysMax: Idempotency keys that are remembered.
    public init(itemsMax: Int = Limits.catalogueItemsMax, keysMax: Int = Limits.keysPerShardMax) {
        self.itemsMax = itemsMax
        keys = KeyTable(capacity: keysMax)
    }

    // MARK: Reading

    public var venueCount: Int { venues.count }
    public var performerCount: Int { performers.count }
    public var keyCount: Int { keys.count }

    /// The venue of this id as it would be published.
    public func venue(_ id: String) -> VenueFacts? {
        venuesByID[id].map { venues[$0].facts }
    }

    public func performer(_ id: String) -> PerformerFacts? {
        performersByID[id].map { performers[$0].facts }
    }

    /// A mix of the whole state, the founding included: equal states have equal digests, on any machine.
    ///
    /// - Complexity: O(1).
    public var digest: UInt64 {
        contentDigest &+ keys.digest &+ (founding.map(StateMix.mix) ?? 0)
    }

    // MARK: Founding, time, digest

    /// Begins a journal: writes the founding record and applies it.
    ///
    /// - Precondition: nothing was founded or applied before; `secret` is 32 bytes, from a good source of randomness.
    public func found(
        secret: [UInt8], shard: UInt8 = FoundingRecord.catalogueShard, shards: UInt8, at now: Instant,
        record: inout RecordWriter
    ) {
        precondition(founding == nil, "a journal is founded once")
        FoundingRecord(shard: shard, shards: shards, secret: secret).write(at: now, into: &record)
        applyLast(of: record)
    }

    /// When ``runDue(at:record:effects:)`` has something to do.
    public var nextDue: Instant { keys.nextDue }

    /// Does one bounded step of what is due: forgets idempotency keys that have ended. True while there is more.
    @discardableResult
    public func runDue(at now: Instant, record: inout RecordWriter, effects: inout Effects) -> Bool {
        keys.runDue(at: now, record: &record)
        noteTime(ofRecordsIn: record, at: now)
        return keys.nextDue <= now
    }

    /// The time of a record counts although it was applied by itself here, as it does on replay: a start from a snapshot
    /// must not begin earlier, and look for a key that has ended.
    func noteTime(ofRecordsIn record: borrowing RecordWriter, at now: Instant) {
        if !record.isEmpty { lastRecorded = max(lastRecorded ?? now, now) }
    }

    /// Writes a record that says what the state's digest is now; replay compares. It changes nothing.
    public func writeDigestRecord(at now: Instant, into record: inout RecordWriter) {
        record.begin(type: RecordType.digest, at: now)
        record.append(digest)
        record.end()
        noteTime(ofRecordsIn: record, at: now)
    }

    /// Forgets everything but the founding (`RESET`, under `--test` only): writes the record and applies it.
    public func reset(at now: Instant, record: inout RecordWriter, effects: inout Effects) {
        record.begin(type: RecordType.reset, at: now)
        record.end()
        applyLast(of: record, effects: &effects)
    }

    /// Publishes all venues and performers, in the order in which they were added: once, after replay.
    public func publishAll(into effects: inout Effects) {
        for venue in venues { publish(venue, into: &effects) }
        for performer in performers { publish(performer, into: &effects) }
    }

    // MARK: Applying what was just written

    /// Applies the record written last: the very bytes that the journal gets.
    func applyLast(of record: borrowing RecordWriter, effects: inout Effects) {
        do {
            try apply(record: record.last, effects: &effects)
        } catch {
            preconditionFailure("a record that was just written applies")
        }
    }

    private func applyLast(of record: borrowing RecordWriter) {
        var effects = Effects(isPublishing: false)
        applyLast(of: record, effects: &effects)
    }
}

/// A venue as the catalogue keeps it.
final class Venue {
    let number: UInt32
    let id: String
    var texts: VenueTexts
    private(set) var builder = SeatPlanBuilder()
    /// The layout that stands, shared by everybody who asks until it changes.
    private(set) var layout = VenueLayout.empty
    /// This venue's part of the catalogue's digest, without its rows and areas.
    var mix: UInt64 = 0

    init(number: UInt32, id: String, texts: VenueTexts) {
        self.number = number
        self.id = id
        self.texts = texts
    }

    func changeLayout<Result>(_ change: (inout SeatPlanBuilder) -> Result) -> Result {
        // The layout goes first, so that the builder is not copied where nobody else has it.
        layout = .empty
        defer { layout = VenueLayout(builder) }
        return change(&builder)
    }

    var facts: VenueFacts {
        VenueFacts(
            id: id, name: texts.name, city: texts.city, country: texts.country, address: texts.address,
            timeZone: texts.timeZone, layout: layout)
    }
}

/// What a venue says of itself.
struct VenueTexts: Equatable {
    var name: String
    var city: String
    var country: String
    var address: String
    var timeZone: String
}

/// A performer as the catalogue keeps it.
final class Performer {
    let number: UInt32
    let id: String
    var name: String
    var genre: String
    var mix: UInt64 = 0

    init(number: UInt32, id: String, name: String, genre: String) {
        self.number = number
        self.id = id
        self.name = name
        self.genre = genre
    }

    var facts: PerformerFacts { PerformerFacts(id: id, name: name, genre: genre) }
}
