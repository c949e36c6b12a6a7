// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The tickets of one shard: every booking for its events is decided here, on one thread, and what was decided follows
/// from the requests, the times and the journal alone.
///
/// It has no clock, no randomness and no I/O. Time is handed in and never goes backward. It belongs to one thread at a
/// time; it is not `Sendable`, and its owner sees to that.
public final class TicketLedger {
    @exclusivity(unchecked)
    private var clerk = Clerk()
    /// What ``fetch(for:)`` notes from pass to pass.
    @exclusivity(unchecked)
    private(set) var upcoming: [Books.UpcomingRequest] = []

    public init() {}

    /// Whether `method=test` and `RESET` are there.
    public var testModeEnabled: Bool {
        get { clerk.testModeEnabled }
        set { clerk.testModeEnabled = newValue }
    }

    /// Whether the journal has no room for the next request: it is `READ_ONLY` unless its key knows the answer.
    public var refusesChanges: Bool {
        get { clerk.refusesChanges }
        set { clerk.refusesChanges = newValue }
    }

    // MARK: The journal

    /// Writes and applies the record that begins a journal.
    ///
    /// - Precondition: Nothing was applied before, and `secret` is 32 random bytes.
    public func found(secret: [UInt8], shard: UInt8, shards: UInt8, at now: Instant, record: inout RecordWriter) {
        FoundingRecord(shard: shard, shards: shards, secret: secret).write(at: now, into: &record)
        var effects = Effects(isPublishing: false)
        do {
            try clerk.books.apply(record.last, effects: &effects)
        } catch {
            preconditionFailure("a journal is founded once, before anything else: \(error)")
        }
    }

    /// Applies one record of the journal: the only way in which the ledger changes. After an error it must not be used
    /// any more.
    public func apply(record: Span<UInt8>, effects: inout Effects) throws(RecordError) {
        try clerk.books.apply(record, effects: &effects)
    }

    /// How often ``fetch(for:pass:)`` is of use for one record.
    public static var fetchPasses: Int { Books.fetchPasses }

    /// Fetches memory that applying a record will need, and changes nothing. Call it for some tens of records before the
    /// first of them is applied, pass by pass: their reads then overlap, where applying would wait for each.
    public func fetch(for record: Span<UInt8>, pass: Int) {
        clerk.books.fetch(for: record, pass: pass)
    }

    /// Fetches memory that deciding these requests will need, and changes nothing: a hint, before the first of them is
    /// decided.
    package func fetch(for contents: borrowing RequestBatch.Contents) {
        clerk.books.fetch(for: contents, &upcoming)
    }

    /// A digest of the whole state: equal for equal journals, on any machine.
    ///
    /// - Complexity: O(1).
    public var digest: UInt64 { clerk.books.stateDigest }

    /// Writes the digest as a record, which is compared when it is replayed.
    public func writeDigestRecord(at now: Instant, into record: inout RecordWriter) {
        let now = clamp(now)
        record.begin(type: RecordType.digest, at: now)
        record.append(digest)
        record.end()
        clerk.books.lastRecorded = max(clerk.books.lastRecorded, now)
    }

    /// The time of the last record, or nil where there is none: the shard's time goes on from there.
    public var lastRecorded: Instant? { clerk.books.isFounded ? clerk.books.lastRecorded : nil }

    // MARK: Snapshots

    /// Begins to capture the state as it is now. Every record applied so far is in it, none after.
    ///
    /// - Precondition: The ledger is founded and no capture is under way.
    public func beginCapture(into capture: StateCapture) { clerk.books.beginCapture(into: capture) }

    /// Captures about `bytesMax` bytes more. Returns whether everything is captured (or the capture is void).
    ///
    /// - Complexity: O(bytesMax).
    public func captureSome(bytesMax: Int) -> Bool { clerk.books.captureSome(bytesMax: bytesMax) }

    /// Gives up the capture that is under way, if there is one.
    public func abandonCapture() { clerk.books.abandonCapture() }

    /// Takes the place of this ledger's state: what the frames of a snapshot hold.
    ///
    /// - Parameters:
    ///   - contentBytes: The bytes of all frames together; nothing larger is allocated.
    ///   - readFrames: Calls its argument with each frame's content, in order.
    /// - Throws: What `readFrames` throws, and `RecordError` where the content makes no sense or its digest is another.
    ///   The ledger is then as it was.
    public func restore(
        contentBytes: UInt64, readFrames: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        var restoration = LedgerRestoration(contentBytes: contentBytes)
        try readFrames { try restoration.take($0) }
        clerk.books = try restoration.finish()
    }

    // MARK: Requests

    /// Decides a request: writes records of what was decided and applies them, writes the reply's lines, and what
    /// readers are to be shown. The caller has begun the reply. A request that is refused writes no record, unless it
    /// came with a key.
    ///
    /// All records that this call writes must become durable together.
    package func decide(
        _ request: Request, in contents: borrowing RequestBatch.Contents, at now: Instant, record: inout RecordWriter,
        reply: inout ReplyWriter, effects: inout Effects
    ) {
        clerk.decide(
            Clerk.Ask(request, in: contents, at: clamp(now)), record: &record, reply: &reply, effects: &effects)
    }

    /// The same, for one request of a batch alone.
    public func decide(
        _ request: Request, in batch: RequestBatch, at now: Instant, record: inout RecordWriter,
        reply: inout ReplyWriter, effects: inout Effects
    ) {
        batch.lend { decide(request, in: $0, at: now, record: &record, reply: &reply, effects: &effects) }
    }

    // MARK: Time

    /// When ``runDue(at:record:effects:)`` has something to do; ``Instant/never`` where nothing is ahead.
    ///
    /// - Complexity: O(1), amortised.
    public var nextDue: Instant {
        let due = clerk.books.nextDue()?.due ?? .never
        return min(due, clerk.books.keyTable.nextDue)
    }

    /// Does some of what is due: holds end, payments come out, paid holds are confirmed, sales open, keys are forgotten.
    ///
    /// - Returns: Whether more is due.
    public func runDue(at now: Instant, record: inout RecordWriter, effects: inout Effects) -> Bool {
        clerk.runDue(at: clamp(now), record: &record, effects: &effects)
    }

    /// A shard's time never goes backward, and ends with the last year that prints.
    private func clamp(_ now: Instant) -> Instant {
        min(max(now, clerk.books.lastRecorded), .latest)
    }

    // MARK: Looking

    /// Publishes everything, event by event. For the start, after replay.
    public func publishAll(into effects: inout Effects) {
        clerk.books.publishAll(into: &effects)
    }

    /// The number of events.
    public var eventCount: Int { clerk.books.events.count }

    /// Calls `body` with the state of each numbered seat of an event, in order.
    public func forEachSeatState(of event: EventIndex, _ body: (SeatIndex, SeatState) -> Void) {
        let number = Int(event.rawValue)
        for seat in 0..<clerk.books.plan(of: number).seatCount {
            let index = SeatIndex(UInt32(seat))
            body(index, clerk.books.seatState(number, index))
        }
    }

    /// Calls `body` with each area of an event: its number, and its places held (or being paid), sold and blocked.
    public func forEachArea(
        of event: EventIndex, _ body: (_ area: Int, _ held: Int, _ sold: Int, _ blocked: Int) -> Void
    ) {
        let number = Int(event.rawValue)
        for area in clerk.books.plan(of: number).areas.indices {
            let entry = clerk.books.area(number, area)
            body(area, Int(entry.held), Int(entry.sold), Int(entry.blocked))
        }
    }

    /// The keys that this shard's ids are made with: what the door routes by.
    public var issuedIDKeys: IssuedIDKeys { clerk.books.keys }

    /// Figures of the ledger.
    public var figures: LedgerFigures { LedgerFigures(of: clerk.books) }

    /// Writes the figures as `stat` lines whose names begin with `prefix`.
    public func writeStats(prefix: String, to reply: inout ReplyWriter) {
        for (name, value) in figures.named {
            reply.line(.stat)
            reply.field(.name, prefix + name)
            reply.field(.value, value)
        }
    }

    /// Finds contradictions in the books; empty where there are none. For tests and `boxoffice verify`.
    ///
    /// - Complexity: O(seats, holds, orders, tickets and keys): it looks at everything once.
    public func findContradictions() -> [String] { clerk.books.findContradictions() }
}
