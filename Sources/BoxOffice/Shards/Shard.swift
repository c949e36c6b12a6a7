// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Logging
internal import Ring
internal import SnapshotStore
internal import Ticketing

/// A shard: one serial actor, one thread, one io_uring, one journal, one chain of snapshots. The catalogue is one too.
///
/// Parcels reach it through its inbox and a wake of its thread, and are decided in turns of that thread; ordinary `await`
/// is for control alone.
actor Shard<Machine: StateMachine> {
    nonisolated let number: Int
    private nonisolated let thread: ShardThread
    private nonisolated let inbox = Inbox()
    private nonisolated let pressThread = PressThread()
    private let directory: DataDirectory
    private let configuration: House.Configuration
    private var core: ShardCore<Machine>?
    private var arrived: [Parcel] = []
    private var failure: House.Failure?
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(number: Int, directory: DataDirectory, configuration: House.Configuration) throws {
        self.number = number
        self.directory = directory
        self.configuration = configuration
        thread = try ShardThread(
            name: number < 0 ? "catalogue" : "shard-\(number)", useRing: configuration.usesRing)
        try thread.start()
    }

    /// Recovers the state from the newest snapshot and the journal behind it, founding it where the house is new. Nothing
    /// is served yet.
    func start(
        _ makeMachine: @Sendable () -> Machine, published: PublishedHouse, failure: House.Failure,
        forward: @escaping @Sendable (Effects.Forward, RequestBatch, (any ReplyAddress)?) -> Void
    ) throws -> RecoveryReport {
        try directory.makeJournalDirectory(of: number)
        let path = directory.journalPath(of: number)
        let (storage, snapshotStorage) = try makeStorages(path)
        let id = directory.journalID(of: number)
        var recovery = try ShardRecovery<Machine>(
            storage: storage, shelves: snapshotStorage ?? storage,
            identity: directory.isFounded ? .existing(id) : .foundedAs(id), path: path, makeMachine: makeMachine)
        for finding in recovery.findings {
            configuration.logger.warning("\(finding)", metadata: ["journal": "\(path)"])
        }
        sayHowItWrites(recovery.journal, path: path)
        self.failure = failure
        if recovery.isNew { try found(&recovery, path: path) }
        let press = try snapshotStorage.map { try startPress(recovery.shelf, $0) }
        let core = ShardCore(
            machine: recovery.machine, journal: recovery.journal, number: number, clock: configuration.clock,
            lastRecorded: recovery.lastRecorded, house: published, logger: configuration.logger, press: press,
            policy: configuration.snapshots, newest: recovery.snapshot, wantsSnapshot: recovery.hasFallenBack,
            forward: forward)
        let ahead = core.aheadOfWallMilliseconds()
        if let lastRecorded = recovery.lastRecorded { published.noteTime(lastRecorded) }
        if ahead > 300_000 {
            configuration.logger.warning(
                "this shard's time is ahead of the wall clock",
                metadata: [
                    "shard": "\(number)", "seconds": "\(ahead / 1_000)",
                ])
        }
        self.core = core
        return RecoveryReport(
            records: Int(recovery.journal.recovery.recordCount),
            bytes: UInt64(recovery.journal.recovery.bytesRead) + UInt64(recovery.snapshot?.bytes ?? 0),
            snapshots: recovery.snapshot == nil ? 0 : 1)
    }

    /// What the journal and the snapshots are written to, each by its own thread; no snapshots where nothing is kept.
    private func makeStorages(_ path: String) throws -> (any JournalStorage, (any DirectoryStorage)?) {
        if directory.keepsNothing { return (ForgetfulStorage(), nil) }
        return (thread.makeStorage(try PosixDirectory(path)), try PosixDirectory(path))
    }

    private func startPress(_ shelf: SnapshotShelf, _ storage: any DirectoryStorage) throws -> SnapshotPress {
        let press = SnapshotPress(
            storage: storage, shelf: shelf, keepMilliseconds: configuration.snapshots.keepJournalMilliseconds,
            level: configuration.snapshots.compressionLevel,
            wakeWorker: { [pressThread] in pressThread.wake() }, wakeShard: { [thread] in thread.wake() })
        try pressThread.start(name: number < 0 ? "snapshots" : "snapshots-\(number)", press)
        return press
    }

    private func sayHowItWrites(_ journal: Journal, path: String) {
        if configuration.usesRing, thread.ringErrno != 0 {
            configuration.logger.notice(
                "io_uring is not to be had; writing with pwrite and fdatasync",
                metadata: [
                    "shard": "\(number)", "errno": "\(thread.ringErrno)",
                ])
        }
        configuration.logger.debug(
            "journal open",
            metadata: [
                "journal": "\(path)", "storage": "\(journal.storageDescription)",
                "records": "\(journal.recovery.recordCount)",
            ])
    }

    /// Writes the record that a journal begins with.
    private func found(_ recovery: inout ShardRecovery<Machine>, path: String) throws {
        // Never start empty because something is missing.
        guard !directory.isFounded else {
            throw HouseError.corrupt(path: path, what: "the journal holds no record, not even its first")
        }
        var record = RecordWriter()
        recovery.machine.found(
            secret: directory.secret, shard: number < 0 ? .max : UInt8(number), shards: UInt8(directory.shards),
            at: configuration.clock.wall(), record: &record)
        for index in 0..<record.count {
            recovery.journal.append(record.record(at: index))
        }
        try recovery.journal.settle()
    }

    /// Publishes what was recovered and begins to take turns.
    func serve() {
        core?.publishAll()
        thread.setTurn { [unowned self] in assumeIsolated { $0.turn() } }
        thread.wake()
    }

    /// Hands a parcel over. From any thread.
    nonisolated func post(_ parcel: Parcel) {
        // What waits for a block that is being written brings its requests along, unless they are so many that deciding
        // them meanwhile is worth a wake.
        if inbox.push(parcel) < Self.requestsWorthWaking { thread.nudge() } else { thread.wake() }
    }

    /// How many requests are worth a wake of their own while the journal is writing.
    private static var requestsWorthWaking: Int { 16 }

    /// Has it look at its clock again.
    nonisolated func wake() { thread.wake() }

    private func turn() -> NextWake {
        guard let core else { return .whenWoken }
        inbox.takeAll(into: &arrived)
        let next = core.turn(arrived: &arrived)
        if core.journal.isWriting { thread.expectCompletion() }
        if ChunkMemory.takeWish() { Task.detached { ChunkMemory.prepareRegions() } }
        switch next {
        case .sleep(let nanoseconds):
            if !idleWaiters.isEmpty, core.isIdle || core.isStuck {
                for waiter in idleWaiters { waiter.resume() }
                idleWaiters = []
            }
            guard let nanoseconds else { return .whenWoken }
            return nanoseconds == 0 ? .atOnce : .at(nanoseconds: ShardThread.monotonicNanoseconds() &+ nanoseconds)
        case .failed(let reason):
            failure?.report("\(reason)")
            core.abandonSnapshot()
            self.core = nil
            for waiter in idleWaiters { waiter.resume() }
            idleWaiters = []
            return .whenWoken
        }
    }

    /// Gives up the snapshot that is under way: nothing that the journal does not hold is lost with it, and a shutdown
    /// waits for one operation of the disk at most.
    func stopSnapshots() { core?.stopSnapshots() }

    /// Finishes what was asked, vouches for it, and ends the thread. No snapshot is taken any more.
    func stop() async {
        core?.stopSnapshots()
        // Looked at again after the wait: a journal that failed meanwhile has taken the core away.
        if core != nil {
            await withCheckedContinuation { continuation in
                idleWaiters.append(continuation)
                thread.wake()
            }
        }
        do {
            try core?.journal.settle()
        } catch {
            failure?.report("\(error)")
        }
        core = nil
        endThread()
    }

    /// Ends the thread of a shard that was never served.
    func abandon() {
        core = nil
        endThread()
    }

    private func endThread() {
        pressThread.stop()
        thread.setTurn { .whenWoken }
        thread.stop()
    }
}
