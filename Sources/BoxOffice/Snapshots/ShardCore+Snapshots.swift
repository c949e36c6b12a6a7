// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Logging
internal import SnapshotStore
internal import Ticketing

/// A shard's snapshots, turn by turn.
extension ShardCore {
    /// Takes the snapshot that is under way a step further, or begins the one that is due. At the end of a turn.
    func stepSnapshot(at now: Instant) {
        guard let snapshots else { return }
        for outcome in snapshots.press.takeOutcomes() { take(outcome, at: now) }
        answer(snapshots.takeSatisfied(sequence: lastChange), error: nil)
        let isDue =
            snapshots.isDue(sequence: lastChange, journalBytes: journalBytes, at: now) && journal.failure == nil
        guard isDue || snapshots.work != nil else { return }
        let start = clock.monotonicNanoseconds()
        if isDue { beginSnapshot(at: now) }
        advance(snapshots, at: now, start)
        let end = clock.monotonicNanoseconds()
        snapshots.note(step: end &- start, endedAt: end, isBooking: isBooking)
    }

    private func advance(_ snapshots: ShardSnapshots, at now: Instant, _ monotonic: UInt64) {
        if snapshots.work?.capture.isVoid == true { snapshots.abandon() }
        if let work = snapshots.work, !work.isCaptured {
            // What had to be copied before a change is passed on in any case; more only as the disk takes it and bookings
            // leave time for it.
            snapshots.passOn(
                isCaptured: snapshots.mayCopy(at: monotonic)
                    && machine.captureSome(bytesMax: SnapshotPolicy.bytesPerTurn))
        } else if let work = snapshots.work, !work.isPressed, journal.durable >= work.sequence {
            snapshots.finish(durable: journal.durable, now: now)
        }
    }

    /// The longest that a turn spent on a snapshot, in nanoseconds, and the most bytes that one copied because they were
    /// about to change.
    package var snapshotCost: (longestStep: UInt64, mostBeforeChange: Int) {
        (snapshots?.cost.longestStep ?? 0, snapshots?.cost.mostBeforeChange ?? 0)
    }

    /// Bytes of the newest snapshot's file; 0 where there is none.
    package var newestSnapshotBytes: Int { snapshots?.newest?.bytes ?? 0 }

    /// `SNAPSHOT`: answered when the snapshot that it asks for is promoted. False where this shard takes none.
    func askForSnapshot(_ waiter: ShardSnapshots.Waiter) -> Bool {
        guard let snapshots else { return false }
        if snapshots.isStopping { answerStopping([waiter]) } else { snapshots.add(waiter) }
        return true
    }

    /// Gives up the snapshot that is under way: the shard cannot go on, and nobody is answered.
    func abandonSnapshot() {
        machine.abandonCapture()
        _ = snapshots?.stop()
    }

    /// Gives up the snapshot that is under way and takes no other, since the shard is to stop: the next start reads from
    /// the journal what it would have held. Whoever waits for one is told.
    package func stopSnapshots() {
        machine.abandonCapture()
        answerStopping(snapshots?.stop() ?? [])
    }

    private func beginSnapshot(at now: Instant) {
        let capture = StateCapture()
        let sequence = journal.cut()
        machine.beginCapture(into: capture)
        snapshots?.begin(
            ShardSnapshots.Work(
                capture: capture, sequence: sequence, stateDigest: machine.digest, journalBytes: journalBytes),
            header: SnapshotHeader(
                journal: journal.id, kind: Machine.snapshotKind, contentVersion: SnapshotContent.version,
                sequence: sequence, timeMilliseconds: now.milliseconds))
    }

    private func take(_ outcome: SnapshotPress.Outcome, at now: Instant) {
        switch outcome {
        case .promoted(let file, let trimThrough):
            logger.info(
                "snapshot taken",
                metadata: [
                    "shard": "\(number)", "sequence": "\(file.sequence)", "bytes": "\(file.bytes)",
                ])
            let waiters = snapshots?.promoted(file, at: now) ?? []
            trim(through: trimThrough)
            answer(waiters, error: nil)
        case .failed(let reason):
            logger.error(
                "a snapshot failed; the one before it is kept",
                metadata: ["shard": "\(number)", "reason": "\(reason)"])
            answer(
                snapshots?.failed(at: now) ?? [],
                error: (.internal, "the snapshot failed, and the one before it is kept: \(reason)"))
        case .segmentsLeft(let reason):
            logger.warning(
                "old snapshots or segments of the journal could not be removed",
                metadata: ["shard": "\(number)", "reason": "\(reason)"])
        }
    }

    private func trim(through sequence: UInt64) {
        let segments = journal.giveUpSegments(through: sequence)
        if !segments.isEmpty { snapshots?.press.post([.removeSegments(segments)]) }
    }

    private func answerStopping(_ waiters: [ShardSnapshots.Waiter]) {
        answer(
            waiters, error: (.draining, "the daemon is stopping; its journal holds all that the snapshot would have"))
    }

    private func answer(_ waiters: [ShardSnapshots.Waiter], error: (code: ErrorCode, hint: String)?) {
        for waiter in waiters {
            guard let address = waiter.address else { continue }
            let parcel = Parcel()
            parcel.address = address
            parcel.destination = waiter.destination
            parcel.replies.begin(client: waiter.client, ticket: waiter.ticket)
            if let error {
                parcel.replies.error(error.code, retry: .later)
                parcel.replies.field(.hint, error.hint)
            } else if let newest = snapshots?.newest {
                parcel.replies.line(.snapshot)
                parcel.replies.field(.name, number < 0 ? "catalogue" : "shard\(number)")
                parcel.replies.field(.sequence, Int64(clamping: newest.sequence))
                parcel.replies.field(.bytes, Int64(newest.bytes))
                parcel.replies.line(.ok)
                parcel.replies.field(.message, "snapshot")
            }
            parcel.replies.end()
            address.deliver(parcel)
        }
    }
}
