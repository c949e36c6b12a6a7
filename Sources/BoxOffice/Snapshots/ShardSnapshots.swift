// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Logging
internal import SnapshotStore
internal import Ticketing

/// The snapshots of one shard, as the shard sees them: when one is due, how far the one under way has come, and who asked
/// for one.
///
/// A snapshot is begun between two decisions: the open block of the journal is ended, and what the machine then is, is
/// the state at that block. It is copied in the turns that follow, and pressed once the journal is durable up to the
/// block, so that no snapshot ever holds what a crash could take out of the journal.
///
/// Used by the shard's thread alone. A class, so that asking it something on the way of a booking copies nothing.
final class ShardSnapshots {
    /// Somebody who said `SNAPSHOT` and waits for it.
    struct Waiter {
        var client: UInt32
        var ticket: UInt32
        var address: (any ReplyAddress)?
        var destination: Int
    }

    /// A snapshot under way.
    struct Work {
        let capture: StateCapture
        let sequence: UInt64
        let stateDigest: UInt64
        let journalBytes: UInt64
        var isCaptured = false
        var isPressed = false
    }

    /// What snapshots have cost the shard's thread.
    struct Cost {
        /// The longest that a turn spent on beginning or copying, in nanoseconds.
        var longestStep: UInt64 = 0
        /// The most that was copied within a turn because it was about to change, in bytes.
        var mostBeforeChange = 0
        /// What had been copied so when the turn before ended.
        var beforeChange = 0
    }

    let press: SnapshotPress
    let policy: SnapshotPolicy
    private(set) var work: Work?
    /// Those who wait for the one under way, and those who came too late for it.
    private(set) var waiting: [Waiter] = []
    private var waitingForNext: [Waiter] = []
    /// The newest one.
    private(set) var newest: SnapshotFile?
    private(set) var failures = 0
    private(set) var cost = Cost()
    /// Bytes of journal before the newest one; what was written since decides when the next is due.
    private var bytesBefore: UInt64 = 0
    private var nextByTime: Instant
    private var notBefore = Instant.earliest
    /// When, on the monotonic clock, more may be copied than has to be.
    private var nextCopy: UInt64 = 0
    /// Whether the shard is to stop, and takes no other.
    private(set) var isStopping = false

    /// - Parameter wantsOne: whether one is due at once, because one that there was could not be read.
    init(press: SnapshotPress, policy: SnapshotPolicy, newest: SnapshotFile?, wantsOne: Bool, now: Instant) {
        self.press = press
        self.policy = policy
        self.newest = newest
        nextByTime = wantsOne && policy.takesSnapshots ? now : Self.next(after: now, policy)
    }

    private static func next(after now: Instant, _ policy: SnapshotPolicy) -> Instant {
        policy.everyMilliseconds.map { Instant(milliseconds: now.milliseconds + $0) } ?? .never
    }

    var isIdle: Bool { work == nil && waiting.isEmpty && waitingForNext.isEmpty }

    /// Whether one is to be begun now.
    ///
    /// - Parameters:
    ///   - sequence: the last block with records.
    ///   - journalBytes: bytes of journal that were read or written since the start.
    func isDue(sequence: UInt64, journalBytes: UInt64, at now: Instant) -> Bool {
        guard work == nil, !isStopping, sequence > newest?.sequence ?? 0 else { return false }
        if !waitingForNext.isEmpty { return true }
        guard now >= notBefore else { return false }
        return now >= nextByTime || policy.journalBytes.map { journalBytes - bytesBefore >= $0 } ?? false
    }

    /// When ``isDue(sequence:journalBytes:at:)`` is to be asked again, if nothing else happens.
    func nextDue(sequence: UInt64) -> Instant {
        guard work == nil, !isStopping, sequence > newest?.sequence ?? 0 else { return .never }
        return max(nextByTime, notBefore)
    }

    func add(_ waiter: Waiter) { waitingForNext.append(waiter) }

    /// Those who asked although nothing has changed since the newest one.
    func takeSatisfied(sequence: UInt64) -> [Waiter] {
        guard work == nil, let newest, sequence <= newest.sequence else { return [] }
        defer { waitingForNext = [] }
        return waitingForNext
    }

    func begin(_ begun: Work, header: SnapshotHeader) {
        work = begun
        waiting = waitingForNext
        waitingForNext = []
        cost.beforeChange = 0
        press.post([.begin(header)])
    }

    /// Hands over what was captured so far.
    func passOn(isCaptured: Bool) {
        guard let work else { return }
        if isCaptured { self.work?.isCaptured = true }
        if work.capture.hasPieces { press.post(work.capture.takePieces().map { .write($0) }) }
    }

    /// Takes down what a turn did for the snapshot under way, and lets the worker hurry once much waits for it, so that
    /// copies made before changes do not pile up.
    func note(step nanoseconds: UInt64, endedAt monotonic: UInt64, isBooking: Bool) {
        guard let capture = work?.capture else { return }
        nextCopy = isBooking ? monotonic &+ nanoseconds &* SnapshotPolicy.restPerCopy : 0
        press.note(shardIsBusy: isBooking && capture.bytesOutstanding < policy.bytesWaitingMax)
        cost.longestStep = max(cost.longestStep, nanoseconds)
        let copied = capture.bytesCopiedBeforeChange
        cost.mostBeforeChange = max(cost.mostBeforeChange, copied - min(copied, cost.beforeChange))
        cost.beforeChange = copied
    }

    /// Whether this turn has copied so much before changes that the rest is better left to the next.
    var hasCopiedEnough: Bool {
        guard let work, !work.isCaptured else { return false }
        return work.capture.bytesCopiedBeforeChange - cost.beforeChange > SnapshotPolicy.bytesBeforeChangePerTurn
    }

    /// After how many nanoseconds there is something to do for the snapshot under way, without anybody's wake; nil where
    /// nothing is before that.
    func nextTurn(durable: UInt64, from monotonic: UInt64) -> UInt64? {
        guard let work else { return nil }
        // What was captured to its end with nothing left to hand over has nobody else to wake the shard for it.
        if work.isCaptured { return !work.isPressed && durable >= work.sequence ? 0 : nil }
        guard work.capture.bytesOutstanding < policy.bytesWaitingMax else { return nil }
        return nextCopy > monotonic ? nextCopy - monotonic : 0
    }

    /// Whether more may be copied than has to be: as much as the disk takes, and as bookings leave time for.
    func mayCopy(at monotonic: UInt64) -> Bool {
        guard let work else { return false }
        return monotonic >= nextCopy && work.capture.bytesOutstanding < policy.bytesWaitingMax
    }

    func finish(durable: UInt64, now: Instant) {
        guard let work else { return }
        self.work?.isPressed = true
        press.post([.finish(stateDigest: work.stateDigest, durable: durable, now: now.milliseconds)])
    }

    /// Gives the one under way up.
    func abandon() {
        press.post([.abandon])
        work = nil
        waitingForNext = waiting + waitingForNext
        waiting = []
    }

    /// Gives the one under way up and takes no other. Returns all who wait.
    func stop() -> [Waiter] {
        isStopping = true
        work = nil
        press.stopSnapshots()
        defer {
            waiting = []
            waitingForNext = []
        }
        return waiting + waitingForNext
    }

    /// The one under way was promoted. Returns those who waited for it.
    func promoted(_ file: SnapshotFile, at now: Instant) -> [Waiter] {
        if let work { bytesBefore = work.journalBytes }
        newest = file
        return end(nextByTime: Self.next(after: now, policy), notBefore: .earliest)
    }

    /// The one under way failed. Returns those who waited for it.
    func failed(at now: Instant) -> [Waiter] {
        failures += 1
        let retry = Instant(milliseconds: now.milliseconds + SnapshotPolicy.retryMilliseconds)
        return end(nextByTime: min(nextByTime, retry), notBefore: retry)
    }

    private func end(nextByTime next: Instant, notBefore: Instant) -> [Waiter] {
        work = nil
        nextByTime = next
        self.notBefore = notBefore
        defer { waiting = [] }
        return waiting
    }
}
