// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import Logging
internal import Ticketing

/// A shard or the catalogue of a simulated box office: the daemon's own core and journal over a simulated disk, taking
/// its turns when told. It forgets which of the two it is.
final class SimulatedShard {
    enum Outcome {
        case sleeps(nanoseconds: UInt64?)
        case failed(String)
    }

    let storage: SimulatedStorage
    let journal: Journal
    private let takeTurn: (inout [Parcel]) -> Outcome
    private let readTime: () -> Int64
    private let publish: () -> Void
    private let look: () -> [String]
    private let idle: () -> Bool
    /// What has come and was not taken in.
    var inbox: [Parcel] = []
    var isWoken = true
    /// When a timer wakes it, by the monotonic clock.
    var wakesAt: UInt64?

    init<Machine: StateMachine>(
        _ core: ShardCore<Machine>, _ storage: SimulatedStorage, clock: SimulationClock, look: @escaping () -> [String]
    ) {
        self.storage = storage
        journal = core.journal
        self.look = look
        takeTurn = { arrived in
            switch core.turn(arrived: &arrived) {
            case .sleep(let nanoseconds): .sleeps(nanoseconds: nanoseconds)
            case .failed(let failure): .failed("\(failure)")
            }
        }
        readTime = { clock.wall().milliseconds + core.aheadOfWallMilliseconds() }
        publish = { core.publishAll() }
        idle = { core.isIdle }
    }

    /// The shard's time, in milliseconds since 1970.
    var now: Int64 { readTime() }
    var isIdle: Bool { idle() }

    func publishAll() { publish() }
    func findContradictions() -> [String] { look() }

    func turn() -> Outcome {
        var arrived = inbox
        inbox = []
        return takeTurn(&arrived)
    }

    // MARK: Opening

    /// What every shard of a house is opened with.
    struct Opening {
        var disk: SimulatedDisk
        var seed: UInt64
        var number: Int
        var shards: Int
        var secret: [UInt8]
        var isFounded: Bool
        var clock: SimulationClock
        var configuration: JournalConfiguration
    }

    /// Recovers a state machine from its journal, or founds it where the house is new: what `Shard` does on its thread.
    static func open<Machine: StateMachine>(
        _ machine: Machine, _ opening: Opening, published: PublishedHouse,
        forward: @escaping (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void,
        look: @escaping (Machine) -> [String]
    ) throws -> SimulatedShard {
        let storage = SimulatedStorage(opening.disk, seed: opening.seed)
        storage.completesWhenTold = true
        let id = JournalID(high: 0x0062_6f78_6f66_6669, low: UInt64(truncatingIfNeeded: opening.number + 1))
        var effects = Effects(isPublishing: false)
        var lastRecorded: Instant?
        let journal = try Journal.open(
            storage, identity: opening.isFounded ? .existing(id) : .foundedAs(id), configuration: opening.configuration
        ) { record, _ in
            try machine.apply(record: record, effects: &effects)
            lastRecorded = RecordWriter.time(of: record)
        }
        if journal.recovery.recordCount == 0 {
            guard !opening.isFounded else { throw JournalError.missing(id) }
            var record = RecordWriter()
            machine.found(
                secret: opening.secret, shard: opening.number < 0 ? .max : UInt8(opening.number),
                shards: UInt8(opening.shards), at: opening.clock.wall(), record: &record)
            for index in 0..<record.ends.count {
                journal.append(record.bytes.span.extracting(record.range(of: index)))
            }
            try journal.settle()
        }
        let core = ShardCore(
            machine: machine, journal: journal, number: opening.number, clock: opening.clock,
            lastRecorded: lastRecorded, house: published,
            logger: Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() }), forward: forward)
        if let lastRecorded { published.noteTime(lastRecorded) }
        return SimulatedShard(core, storage, clock: opening.clock, look: { look(machine) })
    }
}
