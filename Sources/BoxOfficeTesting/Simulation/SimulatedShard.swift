// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import Logging
internal import SnapshotStore
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
    /// Writes the shard's snapshots, an order at a time, when told.
    let press: SnapshotPress
    /// What recovery met and coped with, and the snapshot that it began with.
    fileprivate(set) var findings: [String] = []
    fileprivate(set) var snapshot: SnapshotFile?
    private let takeTurn: (inout [Parcel]) -> Outcome
    private let readTime: () -> Int64
    private let publish: () -> Void
    private let look: () -> [String]
    private let idle: () -> Bool
    private let stuck: () -> Bool
    /// What has come and was not taken in.
    var inbox: [Parcel] = []
    var isWoken = true
    /// When a timer wakes it, by the monotonic clock.
    var wakesAt: UInt64?

    init<Machine: StateMachine>(
        _ core: ShardCore<Machine>, _ storage: SimulatedStorage, _ press: SnapshotPress, clock: SimulationClock,
        look: @escaping () -> [String]
    ) {
        self.storage = storage
        journal = core.journal
        self.press = press
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
        stuck = { core.isStuck }
    }

    /// The shard's time, in milliseconds since 1970.
    var now: Int64 { readTime() }
    var isIdle: Bool { idle() }
    var isStuck: Bool { stuck() }

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
        var snapshots: SnapshotPolicy
    }

    /// Recovers a state machine from its snapshot and journal, or founds it where the house is new: what `Shard` does on its thread.
    static func open<Machine: StateMachine>(
        _ makeMachine: () -> Machine, _ opening: Opening, published: PublishedHouse,
        forward: @escaping (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void,
        look: @escaping (Machine) -> [String]
    ) throws -> SimulatedShard {
        let storage = SimulatedStorage(opening.disk, seed: opening.seed)
        storage.completesWhenTold = true
        let snapshotStorage = SimulatedStorage(opening.disk, seed: opening.seed)
        let id = JournalID(high: 0x0062_6f78_6f66_6669, low: UInt64(truncatingIfNeeded: opening.number + 1))
        let recovery = try ShardRecovery<Machine>(
            storage: storage, shelves: snapshotStorage,
            identity: opening.isFounded ? .existing(id) : .foundedAs(id), path: "disk \(opening.number)",
            configuration: opening.configuration, makeMachine: makeMachine)
        if recovery.isNew {
            guard !opening.isFounded else { throw JournalError.missing(id) }
            var record = RecordWriter()
            recovery.machine.found(
                secret: opening.secret, shard: opening.number < 0 ? .max : UInt8(opening.number),
                shards: UInt8(opening.shards), at: opening.clock.wall(), record: &record)
            for index in 0..<record.count {
                recovery.journal.append(record.record(at: index))
            }
            try recovery.journal.settle()
        }
        let press = SnapshotPress(
            storage: snapshotStorage, shelf: recovery.shelf,
            keepMilliseconds: opening.snapshots.keepJournalMilliseconds, level: opening.snapshots.compressionLevel)
        let machine = recovery.machine
        let core = ShardCore(
            machine: machine, journal: recovery.journal, number: opening.number, clock: opening.clock,
            lastRecorded: recovery.lastRecorded, house: published,
            logger: Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() }), press: press,
            policy: opening.snapshots, newest: recovery.snapshot, forward: forward)
        if let lastRecorded = recovery.lastRecorded { published.noteTime(lastRecorded) }
        let shard = SimulatedShard(core, storage, press, clock: opening.clock, look: { look(machine) })
        shard.findings = recovery.findings
        shard.snapshot = recovery.snapshot
        return shard
    }
}
