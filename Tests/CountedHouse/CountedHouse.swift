// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

package import BoxOffice
package import Journal
import Logging
import Synchronization
package import Ticketing

/// A house on the calling thread: desk, shard, catalogue and journals are the daemon's own, and only sockets, threads and
/// the disk are missing. The same lines cost the same, run after run.
package final class CountedHouse: DeskHouse, ConversationOutput, @unchecked Sendable {
    package let shardCount = 1
    package let published: PublishedHouse
    package let issuedIDKeys: IssuedIDKeys
    package let isTestMode = true
    package let storage = ForgetfulStorage()
    /// All that was answered since it was last emptied.
    package private(set) var answered: [UInt8] = []

    private let shard: ShardCore<TicketLedger>
    private let catalogue: ShardCore<Catalogue>
    private let crossing: Crossing
    private var arrivedAtShard: [Parcel] = []
    private var arrivedAtCatalogue: [Parcel] = []
    private var desk: Desk?
    private var conversation: Conversation?
    private let upkeep = Upkeep()

    private static let secret: [UInt8] = Array(0..<32)

    /// - Parameter clock: where the time is read; without one it stands still.
    package init(clock: any HouseClock = StandingClock()) throws {
        let crossing = Crossing()
        published = PublishedHouse(clock: clock, inBackground: { [upkeep] in upkeep.add($0) })
        issuedIDKeys = IssuedIDKeys(secret: Self.secret)
        let makeCatalogue = { Catalogue() }
        let makeLedger = {
            let ledger = TicketLedger()
            ledger.testModeEnabled = true
            return ledger
        }
        shard = try Self.open(number: 0, storage, clock, published, makeLedger) { _, _, _ in }
        catalogue = try Self.open(number: -1, ForgetfulStorage(), clock, published, makeCatalogue) {
            crossing.forward($0, from: $1, address: $2)
        }
        self.crossing = crossing
        crossing.house.withLock { $0 = self }
        catalogue.publishAll()
        shard.publishAll()
        let desk = Desk(of: self) {}
        conversation = desk.open(self)
        self.desk = desk
    }

    private static func open<Machine: StateMachine>(
        number: Int, _ storage: ForgetfulStorage, _ clock: any HouseClock, _ published: PublishedHouse,
        _ makeMachine: () -> Machine,
        forward: @escaping (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    ) throws -> ShardCore<Machine> {
        let recovery = try ShardRecovery<Machine>(
            storage: storage, shelves: ForgetfulStorage(),
            identity: .foundedAs(JournalID(high: 1, low: UInt64(number + 1))), path: "nowhere", makeMachine: makeMachine
        )
        var record = RecordWriter()
        recovery.machine.found(
            secret: secret, shard: number < 0 ? .max : UInt8(number), shards: 1, at: clock.wall(), record: &record)
        recovery.journal.append(record.record(at: 0))
        try recovery.journal.settle()
        return ShardCore(
            machine: recovery.machine, journal: recovery.journal, number: number, clock: clock, lastRecorded: nil,
            house: published, logger: Logger(label: "costs", factory: { _ in SwiftLogNoOpLogHandler() }),
            forward: forward)
    }

    /// Sends lines as one read of a socket would, and goes on until each is answered: one tick of an event loop, a turn of
    /// the shard, and the way back.
    package func ask(_ lines: UnsafeRawBufferPointer) {
        guard let conversation, let desk else { return }
        conversation.receive(lines)
        desk.finishTick()
        var isCutShort = false
        while isCutShort || !arrivedAtShard.isEmpty || !arrivedAtCatalogue.isEmpty {
            if !arrivedAtCatalogue.isEmpty { _ = take(catalogue.turn(arrived: &arrivedAtCatalogue)) }
            if isCutShort || !arrivedAtShard.isEmpty { isCutShort = take(shard.turn(arrived: &arrivedAtShard)) }
            desk.collect()
        }
        upkeep.run()
    }

    /// Whether more is to be decided at once.
    private func take(_ next: ShardCore<TicketLedger>.Next) -> Bool {
        switch next {
        case .failed(let failure): fatalError("the journal failed: \(failure)")
        case .sleep(let nanoseconds): nanoseconds == 0
        }
    }

    private func take(_ next: ShardCore<Catalogue>.Next) -> Bool {
        switch next {
        case .failed(let failure): fatalError("the journal failed: \(failure)")
        case .sleep(let nanoseconds): nanoseconds == 0
        }
    }

    /// Asks lines and returns what was answered.
    package func say(_ lines: [String]) -> String {
        forgetAnswers(reserving: 0)
        for line in lines { Array((line + "\n").utf8).withUnsafeBytes { ask($0) } }
        return String(decoding: answered, as: UTF8.self)
    }

    package func forgetAnswers(reserving bytes: Int) {
        answered.removeAll(keepingCapacity: true)
        answered.reserveCapacity(bytes)
    }

    /// How much there is in its ledger.
    package var figures: LedgerFigures { shard.machine.figures }

    /// Ends the house: nothing refers to it any more.
    package func close() { crossing.house.withLock { $0 = nil } }

    // MARK: DeskHouse

    package func post(_ parcel: Parcel, to destination: Int) {
        if destination == 0 { arrivedAtShard.append(parcel) } else { arrivedAtCatalogue.append(parcel) }
    }

    // MARK: ConversationOutput

    package func conversation(_ conversation: Conversation, writes bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { answered.append(contentsOf: $0) }
    }

    package func conversationIsOver(_ conversation: Conversation, lingering: Bool) {}
    package func conversationChangedAppetite() {}
}

/// The upkeep of the search that a daemon does in the background: done once the tick that asked for it is over.
private final class Upkeep: Sendable {
    private let waiting = Mutex<[@Sendable () -> Void]>([])

    func add(_ work: @escaping @Sendable () -> Void) { waiting.withLock { $0.append(work) } }

    func run() {
        let works = waiting.withLock { waiting in
            defer { waiting.removeAll() }
            return waiting
        }
        for work in works { work() }
    }
}

/// A clock that stands still: no hold ends while it is counted.
package struct StandingClock: HouseClock {
    package init() {}
    package func wall() -> Instant { Instant(milliseconds: 1_900_000_000_000) }
    package func monotonicNanoseconds() -> UInt64 { 1 }
}
