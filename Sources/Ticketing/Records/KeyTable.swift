// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What idempotency keys (`key=`) led to, for ``Limits/keySeconds``: the reply of a change that was asked for with a key
/// is kept, and given again when the same is asked once more. Part of the state of each shard and of the catalogue.
///
/// How a state machine decides a change with it, after form and role are checked and before anything else:
///
///     let question = keys.question(for: request, in: batch)
///     if let question, keys.answer(question, at: now, to: &reply) { return }
///     // … decide: write the change's records, apply them, write the reply …
///     if let question { keys.keep(question, reply: reply, at: now, record: &record) }
///
/// ``answer(_:at:to:)`` is ``find(_:at:)`` with its four cases put into words: new, replay, mismatch, full.
/// ``keep(_:reply:at:record:)`` keeps definite outcomes only, refusals too, and writes and applies the record of it; on
/// replay the state machine hands records of the types `keyOutcome` and `keysExpired` to ``apply(record:)``, and the
/// `founding` to ``found(_:)``. Records of one decision must reach the journal in one block, so that no change is
/// replayed without its key. In `runDue`, call ``runDue(at:record:)``; on `RESET`, ``removeAll()``.
///
/// A key is forgotten to the millisecond: ``find(_:at:)`` compares times, whether or not the sweep has run. Keys are
/// kept in the order in which they came, which is the order in which they end; bodies lie in chunks that are given back
/// as a whole; the index grows a small segment at a time, so that no decision pays for copying a large table.
public struct KeyTable: Sendable {
    struct Entry: Sendable, BitwiseCopyable {
        var question: KeyQuestion
        var kept: Instant
        var body: KeyBodies.Place
    }

    /// Keys that are remembered at most; with one more, changes with a new key are `BUSY`.
    public let capacity: Int
    /// A mix of everything in the table, whatever the order it was entered in: part of the state's digest.
    public private(set) var digest: UInt64 = 0

    private var hashKey = SipHash.Key(low: 0, high: 0)
    /// The next key to capture, and the one after the last; equal where no snapshot is taken.
    private var capturedTo: UInt64 = 0
    private var captureEnd: UInt64 = 0
    private var captureSink: KeyCapture?
    private var entries = KeyEntries()
    private var bodies = KeyBodies()
    private var index = KeyIndex()

    /// How long after its end a key may stay in memory: a sweep a minute, not a timer a key.
    static let sweepDelaySeconds: Int64 = 60
    /// Keys that one record of a sweep forgets at most.
    static let keysPerSweepMax = 4_096
    /// Bytes of a record around a kept body, and of the largest body that is kept.
    private static let recordOverheadBytes = 33
    public static let bodyBytesMax = Limits.recordBytesMax - recordOverheadBytes

    public init(capacity: Int = Limits.keysPerShardMax) {
        self.capacity = capacity
    }

    /// Keys that are remembered, those included that have ended and wait for the sweep.
    public var count: Int { entries.count }

    // MARK: Deciding

    public enum Answer: Sendable, BitwiseCopyable {
        /// Decide it, then ``keep(_:reply:at:record:)``.
        case new
        /// The same was asked before: see ``appendReplay(of:to:)``.
        case replay(Kept)
        /// Something else was asked with this key: `KEY_MISMATCH`.
        case mismatch
        /// There is no room for another key: `BUSY`.
        case full
    }

    /// A reply that is kept. Valid until the table changes.
    public struct Kept: Sendable, BitwiseCopyable {
        var body: KeyBodies.Place
    }

    /// The question of `request`, or nil where it has no `key=` or is no change.
    ///
    /// - Complexity: O(bytes of the request). Allocates nothing.
    public func question(for request: Request, in batch: RequestBatch) -> KeyQuestion? {
        KeyQuestion(for: request, in: batch, hashKey: hashKey)
    }

    /// What is known of a question.
    ///
    /// - Complexity: O(1) on average.
    public func find(_ question: KeyQuestion, at now: Instant) -> Answer {
        if let serial = index.find(question, in: entries) {
            let entry = entries[serial]
            if now < end(of: entry) {
                return entry.question.fingerprint == question.fingerprint ? .replay(Kept(body: entry.body)) : .mismatch
            }
        }
        guard count >= capacity else { return .new }
        // Keys end in the order in which they came: there is room if the oldest has.
        guard let oldest = entries.first else { return .full }
        return now < end(of: oldest) ? .full : .new
    }

    /// Writes a kept reply's lines, with `replayed=yes` on the last.
    public func appendReplay(of kept: Kept, to reply: inout ReplyWriter) {
        bodies.withBytes(at: kept.body) { reply.append(replayOf: $0) }
    }

    /// Answers what the table alone can answer. Returns false for a question that is new and has room: decide it.
    public func answer(_ question: KeyQuestion, at now: Instant, to reply: inout ReplyWriter) -> Bool {
        switch find(question, at: now) {
        case .new:
            return false
        case .replay(let kept):
            appendReplay(of: kept, to: &reply)
        case .mismatch:
            reply.error(.keyMismatch)
            reply.field(
                .hint, "this key= was used for another request: take a new one, or send the first request again")
        case .full:
            reply.error(.busy, retry: .later)
            reply.field(.hint, "there is no room for another key= until older ones end: send it again later")
        }
        return true
    }

    /// Keeps the reply begun last as the outcome of a question that ``find(_:at:)`` called new: writes the record and
    /// applies it. Does nothing where the reply is no definite outcome, or longer than ``bodyBytesMax``.
    public mutating func keep(
        _ question: KeyQuestion, reply: borrowing ReplyWriter, at now: Instant, record: inout RecordWriter
    ) {
        let body = reply.span.extracting(reply.bodyRange)
        guard let ending = ReplyEnding(of: body), ending.code?.isDefinite ?? true, body.count <= Self.bodyBytesMax
        else { return }
        // The room that an ended key still takes is given to this one.
        if count >= capacity { sweep(atMost: 1, at: now, record: &record) }
        record.begin(type: RecordType.keyOutcome, at: now)
        record.append(question.scopeHigh)
        record.append(question.scopeLow)
        record.append(question.fingerprint)
        record.append(raw: body)
        record.end()
        applyLast(of: record)
    }

    // MARK: Time

    /// When ``runDue(at:record:)`` has something to do; ``Instant/never`` for an empty table.
    public var nextDue: Instant {
        entries.first.map { end(of: $0).adding(seconds: Self.sweepDelaySeconds) } ?? .never
    }

    /// Forgets keys that have ended, a few thousand at a time, so that a sweep is no pause.
    ///
    /// - Returns: Whether there are more.
    @discardableResult
    public mutating func runDue(at now: Instant, record: inout RecordWriter) -> Bool {
        sweep(atMost: Self.keysPerSweepMax, at: now, record: &record)
        return nextDue <= now
    }

    private func end(of entry: Entry) -> Instant {
        entry.kept.adding(seconds: Limits.keySeconds)
    }

    private mutating func sweep(atMost limit: Int, at now: Instant, record: inout RecordWriter) {
        var ended = 0
        while ended < min(limit, count), end(of: entries[entries.firstSerial + UInt64(ended)]) <= now { ended += 1 }
        guard ended > 0 else { return }
        record.begin(type: RecordType.keysExpired, at: now)
        record.append(UInt32(ended))
        record.end()
        applyLast(of: record)
    }

    private mutating func applyLast(of record: borrowing RecordWriter) {
        do {
            try apply(record: record.last)
        } catch {
            preconditionFailure("a record that was just written applies")
        }
    }

    // MARK: Applying

    /// Takes the journal's secret, which the hashes are keyed with. Keys are not looked up before.
    public mutating func found(_ founding: FoundingRecord) {
        var hash = SipHash(key: SipHash.Key(low: 0x6B65_7974_6162_6C65, high: 1), isWide: true)
        hash.update(founding.secret.span)
        let (low, high) = hash.finish128()
        hashKey = SipHash.Key(low: low, high: high)
    }

    /// Forgets all keys, not the secret.
    public mutating func removeAll() {
        endCapture()
        entries = KeyEntries()
        bodies = KeyBodies()
        index = KeyIndex()
        digest = 0
    }

    /// Applies a record of type `keyOutcome` or `keysExpired`, type and time included.
    public mutating func apply(record: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(record)
        let type = reader.read(UInt8.self)
        let time = Instant(milliseconds: reader.read(Int64.self))
        switch type {
        case RecordType.keyOutcome:
            let question = KeyQuestion(
                scopeHigh: reader.read(UInt64.self), scopeLow: reader.read(UInt64.self),
                fingerprint: reader.read(UInt64.self))
            let body = record.extracting(reader.readRange(reader.remaining))
            guard !reader.isMalformed, record.count <= Limits.recordBytesMax, ReplyEnding(of: body) != nil else {
                throw .malformed(type: type, what: "kept reply")
            }
            enter(Entry(question: question, kept: time, body: bodies.append(body)))
        case RecordType.keysExpired:
            let ended = Int(reader.read(UInt32.self))
            guard !reader.isMalformed, reader.remaining == 0, ended <= count else {
                throw .malformed(type: type, what: "more keys than there are")
            }
            for _ in 0..<ended { forgetOldest() }
        default:
            throw .unknownType(type)
        }
    }

    private mutating func enter(_ entry: Entry) {
        digest &+= mix(of: entry)
        let serial = entries.append(entry)
        index.enter(serial, in: entries)
    }

    private mutating func forgetOldest() {
        guard let oldest = entries.first else { return }
        // Keys are captured in the order in which they are forgotten: the oldest is the next.
        if capturedTo < captureEnd, capturedTo == entries.firstSerial { captureBeforeForgetting() }
        digest &-= mix(of: oldest)
        index.remove(entries.firstSerial, in: entries)
        entries.removeFirst()
        bodies.removeAll(before: entries.first?.body)
    }

    private static let digestKey = SipHash.Key(low: 0x6469_6765_7374_6B65, high: 2)

    private func mix(of entry: Entry) -> UInt64 {
        var hash = SipHash(key: Self.digestKey)
        hash.update(entry.question.scopeHigh)
        hash.update(entry.question.scopeLow)
        hash.update(entry.question.fingerprint)
        hash.update(UInt64(bitPattern: entry.kept.milliseconds))
        bodies.withBytes(at: entry.body) { hash.update($0) }
        return hash.finish()
    }
}

// MARK: - Snapshots

extension KeyTable {
    /// Begins to capture the keys that are there now.
    mutating func beginCapture(into sink: StateCapture) {
        captureSink = KeyCapture(sink: sink)
        capturedTo = entries.firstSerial
        captureEnd = entries.nextSerial
    }

    /// Takes the next key. False where there is none.
    ///
    /// As a message of the snapshot: scope (16), fingerprint (8), time (8), and the kept reply to the end.
    mutating func captureNext() -> Bool {
        guard capturedTo < captureEnd, let sink = captureSink?.sink else {
            endCapture()
            return false
        }
        let entry = entries[capturedTo]
        capturedTo += 1
        var message: [UInt8] = []
        message.append(integer: entry.question.scopeHigh)
        message.append(integer: entry.question.scopeLow)
        message.append(integer: entry.question.fingerprint)
        message.append(integer: entry.kept.milliseconds)
        bodies.withBytes(at: entry.body) { body in body.withUnsafeBufferPointer { message.append(contentsOf: $0) } }
        sink.take(.keys, message: message.span)
        return true
    }

    private mutating func captureBeforeForgetting() {
        guard let sink = captureSink?.sink else { return }
        let before = sink.bytesCopied
        _ = captureNext()
        sink.noteCopyBeforeChange(bytes: sink.bytesCopied - before)
    }

    mutating func endCapture() {
        captureSink = nil
        captureEnd = capturedTo
    }

    /// Enters a key from a snapshot; they come in order.
    mutating func restore(message: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(message)
        let question = KeyQuestion(
            scopeHigh: reader.read(UInt64.self), scopeLow: reader.read(UInt64.self),
            fingerprint: reader.read(UInt64.self))
        let kept = Instant(milliseconds: reader.read(Int64.self))
        let body = message.extracting(reader.readRange(reader.remaining))
        guard !reader.isMalformed, body.count <= Self.bodyBytesMax, ReplyEnding(of: body) != nil else {
            throw .snapshot("a kept reply makes no sense")
        }
        enter(Entry(question: question, kept: kept, body: bodies.append(body)))
    }
}

/// Where captured keys go. A capture belongs to one thread, that of the table's owner.
private struct KeyCapture: @unchecked Sendable {
    let sink: StateCapture
}
