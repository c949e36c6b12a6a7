// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import DequeModule
package import Journal
package import Logging
package import SnapshotStore
package import Ticketing

/// A shard without its thread: the state machine, its journal and its time, moved on turn by turn. Nothing in it waits,
/// spawns or reads a clock but through the one it was given, so a test rig can run it step by step.
///
/// A turn decides what came, in order, some hundreds of requests at most; what was decided lies in the open block of the
/// journal. A parcel's
/// replies leave, and what it changed is published, once the block with its last record is durable, strictly in order.
/// A parcel that changed nothing still waits for the blocks before it, since what it saw may not be durable yet.
package final class ShardCore<Machine: StateMachine> {
    package let machine: Machine
    package let journal: Journal
    /// The shard's number; -1 for the catalogue.
    let number: Int
    @exclusivity(unchecked) private var time: ShardTime
    let clock: any HouseClock
    @exclusivity(unchecked) private var record = RecordWriter()
    /// Parcels that came and are not wholly decided.
    @exclusivity(unchecked) private var undecided: Deque<Parcel> = []
    /// Parcels decided and waiting for their block, in the order of their blocks.
    @exclusivity(unchecked) private var awaiting: Deque<Parcel> = []
    /// Parcels that timers used, for the next timer.
    private var spare: [Parcel] = []
    private let house: PublishedHouse
    @exclusivity(unchecked) private var publishedEvents: [PublishedEvent?] = []
    private let forward: (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    private var blocksAtLastDigest: UInt64 = 0
    private var lastWrite = Instant.earliest
    private var lastAppended: UInt64 = 0
    private var saidPreparationErrno: Int32?
    let logger: Logger
    /// Nil where this shard takes no snapshots.
    let snapshots: ShardSnapshots?
    private var nextPreparation = Instant.earliest
    /// The block that holds the last record.
    @exclusivity(unchecked) private(set) var lastChange: UInt64

    /// After how long without a write the last blocks are vouched for by an empty one.
    static var vouchAfterMilliseconds: Int64 { 20 }
    /// Steps of due work (ended holds and the like) in one turn, so that replies are not kept waiting by a great many.
    static var dueStepsPerTurnMax: Int { 64 }
    /// Decisions after which a turn ends with the parcel it is in, so that the disk writes what is decided, and replies
    /// leave, while the next are being decided.
    static var decisionsPerTurnMax: Int { 256 }
    /// How often, in blocks, a digest of the state is written.
    static var digestEveryBlocks: UInt64 { 4_096 }
    /// How often a journal that could not prepare its next segment tries again.
    static var preparationRetryMilliseconds: Int64 { 1_000 }

    package init(
        machine: Machine, journal: Journal, number: Int, clock: any HouseClock, lastRecorded: Instant?,
        house: PublishedHouse, logger: Logger, press: SnapshotPress? = nil, policy: SnapshotPolicy = .init(),
        newest: SnapshotFile? = nil, wantsSnapshot: Bool = false,
        forward: @escaping (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    ) {
        self.machine = machine
        self.journal = journal
        self.number = number
        self.house = house
        self.logger = logger
        self.clock = clock
        self.forward = forward
        lastChange = journal.appendedSequence
        var time = ShardTime(clock: clock, lastRecorded: lastRecorded)
        let now = time.now()
        self.time = time
        snapshots = press.map {
            ShardSnapshots(press: $0, policy: policy, newest: newest, wantsOne: wantsSnapshot, now: now)
        }
    }

    /// What a turn leaves to do.
    package enum Next {
        /// Sleep until woken (by arrivals or completions), or for so many nanoseconds.
        case sleep(nanoseconds: UInt64?)
        /// The journal failed; nothing may be acknowledged any more.
        case failed(JournalFailure)
    }

    /// Publishes the whole state, once, after recovery.
    package func publishAll() {
        var effects = Effects(isPublishing: true)
        machine.publishAll(into: &effects)
        house.publish(effects, shard: number, events: &publishedEvents)
    }

    /// Takes one turn with what came in.
    package func turn(arrived: inout [Parcel]) -> Next {
        undecided.append(contentsOf: arrived)
        arrived.removeAll(keepingCapacity: true)
        journal.poll()
        release()
        let now = time.now()
        let isCutShort = decideAll(at: now)
        writeDigestIfDue(at: now)
        journal.flush()
        // Taken anew: `CLOCK ADVANCE` may have moved it.
        let end = time.now()
        lookAfterJournal(at: end)
        // A storage that writes at once has completed by now, and may have been given the next blocks meanwhile. It brings
        // no turn that would see it: whatever writes in a turn does so before this.
        while journal.poll() { journal.flush() }
        release()
        if let failure = journal.failure { return .failed(failure) }
        stepSnapshot(at: end)
        if isCutShort || mayDecideMore { return .sleep(nanoseconds: 0) }
        guard let forSnapshot = nextSnapshotTurn else { return .sleep(nanoseconds: nextWake(from: end)) }
        return .sleep(nanoseconds: forSnapshot == 0 ? 0 : min(forSnapshot, nextWake(from: end) ?? .max))
    }

    /// Whether a request that waited for room in the journal has it by now. While it has none, it is the completion of a
    /// write, or of the next segment, that makes some, and that wakes the thread.
    private var mayDecideMore: Bool {
        guard let parcel = undecided.first, parcel.decided < parcel.requests.count else { return false }
        return room(for: parcel.requests.request(at: parcel.decided).verb) != .wait
    }

    private func room(for verb: Verb) -> Journal.Room {
        journal.room(reserved: !verb.needsNewRoom)
    }

    // MARK: Deciding

    /// Runs what is due, then decides what came. True where it stopped in the middle for the others' sake and must go on
    /// at once.
    private func decideAll(at now: Instant) -> Bool {
        if machine.nextDue <= now {
            // What timers did comes after what was decided before them: a parcel that is decided in part carries it.
            let carrier = undecided.first.flatMap { $0.decided > 0 ? $0 : nil }
            let parcel = carrier ?? spare.popLast() ?? Parcel()
            let isDone = runDue(at: now, into: parcel, stepsMax: Self.dueStepsPerTurnMax)
            if carrier == nil {
                parcel.awaitedSequence = journal.appendedSequence
                awaiting.append(parcel)
            }
            // Nothing is decided at this time before all that is due at it has run.
            guard isDone else { return journal.room(reserved: true) != .wait }
        }
        var now = now
        var decisionsLeft = Self.decisionsPerTurnMax
        while let parcel = undecided.first {
            if decisionsLeft <= 0 { return true }
            decisionsLeft -= parcel.requests.count - parcel.decided
            switch parcel.requests.lend({ decide($0, of: parcel, at: &now) }) {
            case .done: break
            case .noRoom: return false
            case .cutShort: return true
            }
            undecided.removeFirst()
            parcel.awaitedSequence = journal.appendedSequence
            awaiting.append(parcel)
        }
        return false
    }

    /// How far a parcel was decided.
    private enum Progress {
        case done
        /// The journal has no room for its next request.
        case noRoom
        /// Others are to have their turn first.
        case cutShort
    }

    /// Decides what is left of a parcel.
    private func decide(
        _ contents: borrowing RequestBatch.Contents, of parcel: Parcel, at now: inout Instant
    ) -> Progress {
        if parcel.decided == 0, contents.count > 1 { machine.fetch(for: contents) }
        while parcel.decided < contents.count {
            let request = contents.request(at: parcel.decided)
            let room = room(for: request.verb)
            if room == .wait { return .noRoom }
            machine.refusesChanges = room == .readOnly
            decide(request, in: contents, of: parcel, at: &now)
            parcel.decided += 1
            if snapshots?.hasCopiedEnough == true { return .cutShort }
        }
        return .done
    }

    private func decide(
        _ request: Request, in contents: borrowing RequestBatch.Contents, of parcel: Parcel, at now: inout Instant
    ) {
        parcel.replies.begin(client: request.client, ticket: request.ticket)
        switch request.verb {
        case .clockAdvance:
            time.advance(seconds: parcel.requests.slot(.duration, of: request)?.value ?? 0)
            now = time.now()
            house.noteTime(now)
            _ = runDue(at: now, into: parcel, stepsMax: .max)
            // A record carries the new time over a restart.
            record.removeAll()
            machine.writeDigestRecord(at: now, into: &record)
            appendRecords()
            parcel.replies.line(.ok)
            parcel.replies.field(.time, now)
        case .stats:
            writeStats(to: &parcel.replies, at: now)
        case .snapshot:
            let waiter = ShardSnapshots.Waiter(
                client: request.client, ticket: request.ticket, address: parcel.address,
                destination: parcel.destination)
            if askForSnapshot(waiter) { return parcel.replies.abandon() }
            parcel.replies.error(.forbidden)
            parcel.replies.field(.hint, "nothing is kept here, so there is nothing to take a snapshot for")
        default:
            record.removeAll()
            let forwardsBefore = parcel.effects.forwards.count
            machine.decide(
                request, in: contents, at: now, record: &record, reply: &parcel.replies,
                effects: &parcel.effects)
            appendRecords()
            if parcel.effects.forwards.count > forwardsBefore { return parcel.replies.abandon() }
        }
        parcel.replies.end()
    }

    /// Hands the records of one decision to the journal. They become durable together; where they are too long for one
    /// block (a seat plan in parts, which means nothing until an event names it), the last of them do.
    private func appendRecords() {
        var bytes = record.byteCount + record.count * JournalFormat.recordHeaderBytes
        for index in 0..<record.count {
            journal.keepTogether(bytes: bytes)
            let one = record.record(at: index)
            lastChange = journal.append(one)
            bytes -= one.count + JournalFormat.recordHeaderBytes
        }
    }

    /// Runs what is due, journalled and published like any change, as part of `parcel`. False where there is more: the
    /// steps are used up, or the journal has no room for now.
    private func runDue(at now: Instant, into parcel: Parcel, stepsMax: Int) -> Bool {
        var steps = 0
        while machine.nextDue <= now {
            if steps == stepsMax { return false }
            if steps > 0, stepsMax != .max, snapshots?.hasCopiedEnough == true || journal.room(reserved: true) == .wait
            {
                return false
            }
            steps += 1
            record.removeAll()
            _ = machine.runDue(at: now, record: &record, effects: &parcel.effects)
            appendRecords()
        }
        return true
    }

    // MARK: Releasing

    /// Lets go, in order, of the parcels whose blocks are durable.
    private func release() {
        while let parcel = awaiting.first, parcel.awaitedSequence <= journal.durable {
            awaiting.removeFirst()
            house.publish(parcel.effects, shard: number, events: &publishedEvents)
            for passedOn in parcel.effects.forwards { forward(passedOn, parcel.requests, parcel.address) }
            if let address = parcel.address {
                address.deliver(parcel)
            } else {
                parcel.retire(to: &spare)
            }
        }
    }

    /// Whether nothing more can be answered: the disk is full to the last, and what is decided has no place.
    package var isStuck: Bool { journal.preparationErrno != nil && journal.room(reserved: true) == .readOnly }

    /// After how many nanoseconds the snapshot under way wants a turn of its own.
    private var nextSnapshotTurn: UInt64? {
        guard let snapshots, snapshots.work != nil else { return nil }
        return snapshots.nextTurn(durable: journal.durable, from: clock.monotonicNanoseconds())
    }

    /// Whether anything that was asked is not answered yet.
    var isBooking: Bool { !undecided.isEmpty || !awaiting.isEmpty }

    /// Whether everything that was asked is answered, and no snapshot is under way.
    package var isIdle: Bool {
        undecided.isEmpty && awaiting.isEmpty && journal.isIdle && snapshots?.isIdle ?? true
    }

    // MARK: Between writes

    private func lookAfterJournal(at now: Instant) {
        if journal.appendedSequence != lastAppended || !journal.isIdle {
            lastAppended = journal.appendedSequence
            lastWrite = now
        } else if journal.needsVouching, now >= vouchDue {
            journal.vouch()
        }
        if journal.preparationErrno != saidPreparationErrno { sayPreparation() }
        if journal.preparationErrno != nil, now >= nextPreparation {
            nextPreparation = Instant(milliseconds: now.milliseconds + Self.preparationRetryMilliseconds)
            journal.retryPreparation()
        }
    }

    private func sayPreparation() {
        saidPreparationErrno = journal.preparationErrno
        if let errno = saidPreparationErrno {
            logger.error(
                "the journal's next segment cannot be prepared; once this one is used up, sales are refused",
                metadata: ["shard": "\(number)", "reason": "\(StorageError.name(ofErrno: errno))"])
        } else {
            logger.notice("the journal has room again", metadata: ["shard": "\(number)"])
        }
    }

    /// After this, with nothing written since, an empty block vouches for the last ones.
    private var vouchDue: Instant { Instant(milliseconds: lastWrite.milliseconds + Self.vouchAfterMilliseconds) }

    private var isReadOnly: Bool { journal.isReadOnly }

    /// Every so many blocks, the digest of the state goes into the journal, to be compared on replay.
    private func writeDigestIfDue(at now: Instant) {
        guard journal.appendedSequence >= blocksAtLastDigest + Self.digestEveryBlocks,
            journal.room(reserved: true) == .open
        else { return }
        blocksAtLastDigest = journal.appendedSequence
        record.removeAll()
        machine.writeDigestRecord(at: now, into: &record)
        appendRecords()
    }

    private func nextWake(from now: Instant) -> UInt64? {
        var due = machine.nextDue
        if journal.isIdle, journal.needsVouching { due = min(due, vouchDue) }
        if journal.preparationErrno != nil { due = min(due, nextPreparation) }
        if let snapshots { due = min(due, snapshots.nextDue(sequence: lastChange)) }
        if due == .never { return nil }
        let (milliseconds, overflowed) = due.milliseconds.subtractingReportingOverflow(now.milliseconds)
        if overflowed { return nil }
        // A timer of centuries ahead is looked at again in a year.
        return UInt64(min(max(milliseconds, 0), 31_536_000_000)) * 1_000_000 + 1_000_000
    }

    /// Bytes of journal that were read at the start or written since.
    var journalBytes: UInt64 { UInt64(journal.recovery.bytesRead) + journal.bytesWritten }

    /// How far this shard's time is ahead of the wall clock, in milliseconds: more than a few minutes is worth saying.
    package func aheadOfWallMilliseconds() -> Int64 {
        time.aheadOfWallMilliseconds()
    }

    private func writeStats(to reply: inout ReplyWriter, at now: Instant) {
        let prefix = number < 0 ? "catalogue." : "shard\(number)."
        machine.writeStats(prefix: prefix, to: &reply)
        func stat(_ name: String, _ value: Int64) {
            reply.line(.stat)
            reply.field(.name, prefix + name)
            reply.field(.value, value)
        }
        stat("journal_blocks", Int64(clamping: journal.durable))
        stat("journal_read_only", isReadOnly ? 1 : 0)
        if let snapshots {
            stat("snapshot_sequence", Int64(clamping: snapshots.newest?.sequence ?? 0))
            stat("snapshot_bytes", Int64(snapshots.newest?.bytes ?? 0))
            stat("snapshot_time_ms", snapshots.newest?.timeMilliseconds ?? 0)
            stat("snapshots_failed", Int64(snapshots.failures))
            stat("snapshot_longest_step_us", Int64(clamping: snapshots.cost.longestStep / 1_000))
            stat("snapshot_most_copied_bytes", Int64(snapshots.cost.mostBeforeChange))
        }
        stat("time_ms", now.milliseconds)
        reply.line(.stat)
        reply.field(.name, prefix + "storage")
        reply.field(.value, journal.storageDescription)
        reply.line(.ok)
    }
}
