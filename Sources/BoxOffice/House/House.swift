// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
public import Logging
internal import Ring
package import Synchronization
public import Ticketing

/// A box office in one process: the shards, the catalogue, and all that is published for readers.
///
/// Open one with ``open(_:)``, talk to it through a ``Desk`` (an event loop's side of it) or a ``LocalSession``, and
/// close it with ``close()``. A house owns its data directory: a second one is told who has it.
public final class House: Sendable {
    /// How a house is opened.
    public struct Configuration: Sendable {
        /// Where everything is kept. Made where it is absent.
        public var directory: String
        /// How many shards a new data directory gets; one that exists keeps its number, and another number is refused.
        /// nil: half the cores, at least one.
        public var shards: Int?
        /// Whether `CLOCK ADVANCE`, `RESET` and the payment method `test` are there.
        public var isTestMode = false
        /// Whether io_uring is used where the system allows it; otherwise `pwrite` and `fdatasync`.
        public var usesRing = true
        /// Whether nothing is kept at all: what each command's journalling costs is paid, and then forgotten, to be
        /// compared with a house that keeps it. Only with `isTestMode` and without a `directory`, so that nothing that
        /// somebody kept is ever taken for such a house.
        public var isJournalOff = false
        /// When snapshots are taken, and how much of the past is kept.
        public var snapshots = SnapshotPolicy()
        /// Where the time is read.
        public var clock: any HouseClock = SystemClock()
        /// Where the house says what recovery found, when snapshots are taken, and what goes wrong.
        public var logger: Logger

        /// Everything as a daemon has it by default, over this directory.
        public init(directory: String, logger: Logger = Logger(label: "boxoffice")) {
            self.directory = directory
            self.logger = logger
        }
    }

    /// What it was opened with.
    public let configuration: Configuration
    /// How many shards its directory was made for.
    public let shardCount: Int
    /// What readers see.
    package let published: PublishedHouse
    /// The keys that ids made here are encrypted with; a desk needs them to find the shard that an id names.
    package let issuedIDKeys: IssuedIDKeys
    private let shards: [Shard<TicketLedger>]
    private let catalogue: Shard<Catalogue>
    private let dataDirectory: DataDirectory
    private let failure: Failure
    private let crossing: Crossing
    private let sessions = Mutex(Sessions())

    /// The sessions in this process, which wait for nobody once the house is closed.
    private struct Sessions {
        struct Member {
            weak var session: LocalSession?
        }

        var members: [ObjectIdentifier: Member] = [:]
        var isClosed = false
    }

    /// The version of this software.
    public static let version = "0.1.0"

    /// Tells once why the house cannot go on.
    final class Failure: Sendable {
        private let state = Mutex<(reason: String?, handlers: [@Sendable (String) -> Void])>((nil, []))

        func report(_ reason: String) {
            let handlers = state.withLock { state -> [@Sendable (String) -> Void] in
                guard state.reason == nil else { return [] }
                state.reason = reason
                return state.handlers
            }
            for handler in handlers { handler(reason) }
        }

        func observe(_ handler: @escaping @Sendable (String) -> Void) {
            let reason = state.withLock { state -> String? in
                state.handlers.append(handler)
                return state.reason
            }
            if let reason { handler(reason) }
        }
    }

    /// Opens the data directory, recovers every shard and the catalogue in parallel, and publishes what they hold.
    ///
    /// - Throws: ``HouseError`` where the directory is held by another process, damaged or of another version. Nothing
    ///   is changed then.
    public static func open(_ configuration: Configuration) async throws -> House {
        let directory = try DataDirectory.open(configuration)
        let published = PublishedHouse(clock: configuration.clock)
        let failure = Failure()
        let post = Crossing()
        let catalogue = try Shard<Catalogue>(number: -1, directory: directory, configuration: configuration)
        let shards = try (0..<directory.shards).map {
            try Shard<TicketLedger>(number: $0, directory: directory, configuration: configuration)
        }
        // Recovery is parallel: no journal needs another to be read first.
        let total = try await withThrowingTaskGroup(of: RecoveryReport.self) { group in
            group.addTask {
                try await catalogue.start({ Catalogue() }, published: published, failure: failure) {
                    passedOn, batch, address in
                    post.forward(passedOn, from: batch, address: address)
                }
            }
            for shard in shards {
                group.addTask {
                    let makeLedger: @Sendable () -> TicketLedger = {
                        let ledger = TicketLedger()
                        ledger.testModeEnabled = configuration.isTestMode
                        return ledger
                    }
                    return try await shard.start(makeLedger, published: published, failure: failure) { _, _, _ in }
                }
            }
            var total = RecoveryReport()
            do {
                for try await report in group { total.add(report) }
            } catch {
                for shard in shards { await shard.abandon() }
                await catalogue.abandon()
                directory.close()
                throw error
            }
            return total
        }
        try directory.markFounded()
        if configuration.isJournalOff {
            configuration.logger.critical("the journal is off: nothing is kept, and all is gone when this process ends")
        }
        if DemoSeason.isItsSecret(directory.secret) { configuration.logger.warning("\(DemoSeason.warning)") }
        let house = House(
            configuration: configuration, directory: directory, published: published, shards: shards,
            catalogue: catalogue, failure: failure, crossing: post)
        post.house.withLock { $0 = house }
        // The catalogue's names come first, so that no document of the search is made twice.
        await catalogue.serve()
        for shard in shards { await shard.serve() }
        configuration.logger.info(
            "recovered",
            metadata: [
                "directory": "\(configuration.directory)", "shards": "\(shards.count)", "records": "\(total.records)",
                "snapshots": "\(total.snapshots)",
                "bytes": "\(total.bytes)", "events": "\(published.eventCount)",
            ])
        return house
    }

    private init(
        configuration: Configuration, directory: DataDirectory, published: PublishedHouse,
        shards: [Shard<TicketLedger>], catalogue: Shard<Catalogue>, failure: Failure, crossing: Crossing
    ) {
        self.crossing = crossing
        self.configuration = configuration
        self.shards = shards
        self.catalogue = catalogue
        self.published = published
        self.failure = failure
        dataDirectory = directory
        shardCount = shards.count
        issuedIDKeys = IssuedIDKeys(secret: directory.secret)
    }

    /// Hands a parcel to a shard, or to the catalogue (the number after the last shard). Callable from any thread.
    package func post(_ parcel: Parcel, to destination: Int) {
        if destination < shards.count {
            shards[destination].post(parcel)
        } else {
            catalogue.post(parcel)
        }
    }

    /// Calls `handler` with the reason, once, when the house cannot go on: a journal failed. Nothing is acknowledged
    /// any more from then on; the process should end with a failure.
    public func onFailure(_ handler: @escaping @Sendable (String) -> Void) {
        failure.observe(handler)
    }

    /// Finishes everything that was asked, vouches for it in the journals, stops the threads and lets the directory go.
    /// A ``LocalSession`` refuses whatever it is asked from then on.
    public func close() async {
        await catalogue.stopSnapshots()
        for shard in shards { await shard.stopSnapshots() }
        await catalogue.stop()
        for shard in shards { await shard.stop() }
        crossing.house.withLock { $0 = nil }
        dataDirectory.close()
        let members = sessions.withLock { sessions in
            sessions.isClosed = true
            return sessions.members.values.map(\.session)
        }
        for session in members { await session?.houseIsClosed() }
    }

    var isClosed: Bool { sessions.withLock { $0.isClosed } }

    func admit(_ session: LocalSession) {
        sessions.withLock { $0.members[ObjectIdentifier(session)] = Sessions.Member(session: session) }
    }

    func dismiss(_ session: ObjectIdentifier) {
        sessions.withLock { $0.members[session] = nil }
    }

    /// The time as this house has it: the wall clock's, or later where a shard's time is ahead of it.
    public func now() -> Instant {
        published.now()
    }

    /// Tells the house that its clock was moved by hand, so that what is then due is run.
    public func clockMoved() {
        catalogue.wake()
        for shard in shards { shard.wake() }
    }
}

/// Carries what the catalogue passes on to the shards; it exists before the house that both belong to.
package final class Crossing: Sendable {
    package let house = Mutex<(any DeskHouse)?>(nil)

    package init() {}

    package func forward(_ passedOn: Effects.Forward, from batch: RequestBatch, address: (any ReplyAddress)?) {
        guard let house = house.withLock({ $0 }) else { return }
        let parcel = Parcel()
        parcel.address = address
        let requests = parcel.requests
        requests.append(passedOn.request, from: batch)
        requests.attachments.append(passedOn.attachment)
        requests.attach(1, toRequestAt: 0)
        guard let slot = requests.slot(.event, of: requests.request(at: 0)) else { return }
        let shard = StableHash.shard(of: requests.bytes(slot.text), count: house.shardCount)
        house.post(parcel, to: shard)
    }
}

/// What recovery found.
struct RecoveryReport: Sendable {
    var records = 0
    /// Bytes of journals and snapshots that were read.
    var bytes: UInt64 = 0
    /// Shards, the catalogue included, that began with a snapshot.
    var snapshots = 0

    mutating func add(_ other: RecoveryReport) {
        records += other.records
        bytes += other.bytes
        snapshots += other.snapshots
    }
}
