// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import DequeModule
internal import Journal
internal import Ticketing

/// A shard without its thread: the state machine, its journal and its time, moved on turn by turn. Nothing in it waits,
/// spawns or reads a clock but through the one it was given, so a test rig can run it step by step.
///
/// A turn decides everything that came, in order; what was decided lies in the open block of the journal. A parcel's
/// replies leave, and what it changed is published, once the block with its last record is durable, strictly in order.
/// A parcel that changed nothing still waits for the blocks before it, since what it saw may not be durable yet.
final class ShardCore<Machine: StateMachine> {
    let machine: Machine
    let journal: Journal
    /// The shard's number; -1 for the catalogue.
    let number: Int
    private var time: ShardTime
    private var record = RecordWriter()
    /// Parcels that came and are not wholly decided.
    private var undecided: Deque<Parcel> = []
    /// Parcels decided and waiting for their block, in the order of their blocks.
    private var awaiting: Deque<Parcel> = []
    /// Parcels that timers used, for the next timer.
    private var spare: [Parcel] = []
    private let house: PublishedHouse
    private var publishedEvents: [PublishedEvent?] = []
    private let forward: (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    private var blocksAtLastDigest: UInt64 = 0
    private var lastWrite = Instant.earliest
    private var nextPreparation = Instant.earliest

    /// After how long without a write the last blocks are vouched for by an empty one.
    static var vouchAfterMilliseconds: Int64 { 20 }
    /// How often, in blocks, a digest of the state is written.
    static var digestEveryBlocks: UInt64 { 4_096 }
    /// How often a journal that could not prepare its next segment tries again.
    static var preparationRetryMilliseconds: Int64 { 1_000 }

    init(
        machine: Machine, journal: Journal, number: Int, clock: any HouseClock, lastRecorded: Instant?,
        house: PublishedHouse,
        forward: @escaping (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    ) {
        self.machine = machine
        self.journal = journal
        self.number = number
        self.house = house
        self.forward = forward
        time = ShardTime(clock: clock, lastRecorded: lastRecorded)
    }

    /// What a turn leaves to do.
    enum Next {
        /// Sleep until woken (by arrivals or completions), or for so many nanoseconds.
        case sleep(nanoseconds: UInt64?)
        /// The journal failed; nothing may be acknowledged any more.
        case failed(JournalFailure)
    }

    /// Publishes the whole state, once, after recovery.
    func publishAll() {
        var effects = Effects(isPublishing: true)
        machine.publishAll(into: &effects)
        house.publish(effects, shard: number, events: &publishedEvents)
    }

    /// Takes one turn with what came in.
    func turn(arrived: inout [Parcel]) -> Next {
        undecided.append(contentsOf: arrived)
        arrived.removeAll(keepingCapacity: true)
        journal.poll()
        release()
        let now = time.now()
        decideAll(at: now)
        writeDigestIfDue(at: now)
        journal.flush()
        if let failure = journal.failure { return .failed(failure) }
        // A storage that writes at once has completed by now.
        if journal.poll() { journal.flush() }
        release()
        if let failure = journal.failure { return .failed(failure) }
        lookAfterJournal(at: now)
        return .sleep(nanoseconds: undecided.isEmpty ? nextWake(from: now) : waitForRoom(at: now))
    }

    /// While requests wait for room, it is either a write that makes some, which wakes the thread, or a segment that is
    /// tried again.
    private func waitForRoom(at now: Instant) -> UInt64? {
        journal.room(reserved: true) == .wait ? nextWake(from: now) : 0
    }

    // MARK: Deciding

    private func decideAll(at now: Instant) {
        var now = now
        if machine.nextDue <= now { runDue(at: now) }
        while let parcel = undecided.first {
            while parcel.decided < parcel.requests.requests.count {
                let request = parcel.requests.requests[parcel.decided]
                let room = journal.room(reserved: !request.verb.needsNewRoom)
                if room == .wait { return }
                decide(request, in: parcel, at: &now, isReadOnly: room == .readOnly)
                parcel.decided += 1
            }
            undecided.removeFirst()
            parcel.awaitedSequence = journal.appendedSequence
            awaiting.append(parcel)
        }
    }

    private func decide(_ request: Request, in parcel: Parcel, at now: inout Instant, isReadOnly: Bool) {
        parcel.replies.begin(client: request.client, ticket: request.ticket)
        switch request.verb {
        case .clockAdvance:
            time.advance(seconds: parcel.requests.slot(.duration, of: request)?.value ?? 0)
            now = time.now()
            house.noteTimeAhead(milliseconds: time.aheadOfWallMilliseconds())
            runDue(at: now)
            parcel.replies.line(.ok)
            parcel.replies.field(.time, now)
        case .stats:
            writeStats(to: &parcel.replies, at: now)
        case let verb where isReadOnly && verb.isChange:
            parcel.replies.error(.readOnly, retry: .later)
            parcel.replies.field(.after, 5)
            parcel.replies.field(.hint, "the disk is full; free some space and send it again")
        default:
            record.removeAll()
            let forwardsBefore = parcel.effects.forwards.count
            machine.decide(
                request, in: parcel.requests, at: now, record: &record, reply: &parcel.replies,
                effects: &parcel.effects)
            appendRecords()
            if parcel.effects.forwards.count > forwardsBefore { return parcel.replies.abandon() }
        }
        parcel.replies.end()
    }

    /// Hands the records of one decision to the journal. They become durable together; where they are too long for one
    /// block (a seat plan in parts, which means nothing until an event names it), the last of them do.
    private func appendRecords() {
        var bytes = record.bytes.count + record.ends.count * JournalFormat.recordHeaderBytes
        for index in 0..<record.ends.count {
            journal.keepTogether(bytes: bytes)
            let range = record.range(of: index)
            journal.append(record.bytes.span.extracting(range))
            bytes -= range.count + JournalFormat.recordHeaderBytes
        }
    }

    /// Runs everything that is due, journalled and published like any change.
    private func runDue(at now: Instant) {
        let parcel = spare.popLast() ?? Parcel()
        var more = true
        while more {
            record.removeAll()
            more = machine.runDue(at: now, record: &record, effects: &parcel.effects)
            appendRecords()
        }
        parcel.awaitedSequence = journal.appendedSequence
        awaiting.append(parcel)
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
                parcel.reset()
                spare.append(parcel)
            }
        }
    }

    /// Whether everything that was asked is answered.
    var isIdle: Bool { undecided.isEmpty && awaiting.isEmpty && journal.isIdle }

    // MARK: Between writes

    private func lookAfterJournal(at now: Instant) {
        if !journal.isIdle {
            lastWrite = now
        } else if journal.needsVouching, now >= vouchDue {
            journal.vouch()
        }
        if journal.preparationErrno != nil, now >= nextPreparation {
            nextPreparation = Instant(milliseconds: now.milliseconds + Self.preparationRetryMilliseconds)
            journal.retryPreparation()
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
        if due == .never { return nil }
        let (milliseconds, overflowed) = due.milliseconds.subtractingReportingOverflow(now.milliseconds)
        if overflowed { return nil }
        return UInt64(max(milliseconds, 0)) &* 1_000_000 &+ 1_000_000
    }

    /// How far this shard's time is ahead of the wall clock, in milliseconds: more than a few minutes is worth saying.
    func aheadOfWallMilliseconds() -> Int64 {
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
        stat("time_ms", now.milliseconds)
        reply.line(.stat)
        reply.field(.name, prefix + "storage")
        reply.field(.value, journal.storageDescription)
        reply.line(.ok)
    }
}

extension Verb {
    /// Whether the verb may write to the journal at all.
    var isChange: Bool {
        switch self {
        case .get, .mine, .stats: false
        default: true
        }
    }

    /// Whether the verb makes something new that may need room on the disk: refused while the journal is read-only.
    /// Everything that gives seats back, or settles what was already promised, uses the journal's reserve.
    var needsNewRoom: Bool {
        switch self {
        case .venueAdd, .venueSet, .sectionAdd, .rowAdd, .areaAdd, .performerAdd, .performerSet, .eventAdd, .eventSet,
            .eventOpen, .priceSet, .block, .hold, .extend:
            true
        default: false
        }
    }
}
