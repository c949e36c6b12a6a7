// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

package import Ticketing

/// What a shard runs: a state that is a function of its journal alone. The ticket ledger and the catalogue are the two.
///
/// `decide` checks, writes records of what was decided, applies those records and writes the reply; it never waits and
/// never reads a clock. `apply` is the only way in which state changes, live and on replay.
package protocol StateMachine: AnyObject {
    func found(
        secret: [UInt8], shard: UInt8, shards: UInt8, at now: Instant, record: inout RecordWriter
    )
    func apply(record: Span<UInt8>, effects: inout Effects) throws(RecordError)
    /// Fetches memory that applying the record will need, which changes nothing: a hint, given for many records before
    /// the first of them is applied. Each is given once for each pass, from 0 on, the later ones to reach what the
    /// earlier ones fetched the way to.
    func fetch(for record: Span<UInt8>, pass: Int)
    static var fetchPasses: Int { get }
    /// Fetches memory that deciding these requests will need, which changes nothing: a hint, given before the first of
    /// them is decided.
    func fetch(for contents: borrowing RequestBatch.Contents)
    func decide(
        _ request: Request, in contents: borrowing RequestBatch.Contents, at now: Instant, record: inout RecordWriter,
        reply: inout ReplyWriter, effects: inout Effects
    )
    /// Set before each request: whether the journal has no room for it, so that it is `READ_ONLY` unless its key knows
    /// the answer.
    var refusesChanges: Bool { get set }
    var nextDue: Instant { get }
    func runDue(at now: Instant, record: inout RecordWriter, effects: inout Effects) -> Bool
    func writeDigestRecord(at now: Instant, into record: inout RecordWriter)
    func publishAll(into effects: inout Effects)
    // Snapshots: see StateCapture.
    /// What the content of its snapshots is called.
    static var snapshotKind: UInt32 { get }
    /// A digest of the whole state.
    var digest: UInt64 { get }
    /// The time of the last record, or nil where there is none.
    var lastRecorded: Instant? { get }
    func beginCapture(into capture: StateCapture)
    func captureSome(bytesMax: Int) -> Bool
    func abandonCapture()
    func restore(
        contentBytes: UInt64, readFrames: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws
    /// Its figures for `STATS`, as `stat` lines whose names begin with `prefix`.
    func writeStats(prefix: String, to reply: inout ReplyWriter)
}

extension StateMachine {
    package func fetch(for record: Span<UInt8>, pass: Int) {}
    package static var fetchPasses: Int { 0 }
    package func fetch(for contents: borrowing RequestBatch.Contents) {}
}
