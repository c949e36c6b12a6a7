// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Glibc
import Journal
import LineProtocol
import Logging
import Ring
import SnapshotStore
import Synchronization
import Ticketing

/// A shard on its thread, its disk and its press, fed by the thread itself.
final class Rig: @unchecked Sendable {
    static let price = 1_000
    static let secret: [UInt8] = Array(0..<32)
    static let id = JournalID(high: 1, low: 2)

    let thread: ShardThread
    private let pressThread: PressThread
    private var core: ShardCore<TicketLedger>?
    private let ended = Mutex(false)
    // Touched by the thread alone, once it runs.
    let script: Script
    private var meter = TurnMeter()
    private var sent = 0
    private var arrived: [Parcel] = []
    private let directory: String
    private let desk = ReturnedParcels()

    init(directory: String, events: Int, seats: Int, parcels: Int) throws {
        parcelsMax = parcels
        _ = Glibc.system("rm -rf '\(directory)'")
        try PosixDirectory.createIfMissing(directory)
        script = Script(events: events, seats: seats)
        thread = try ShardThread(name: "shard")
        pressThread = PressThread()
        try thread.start()
        self.directory = directory
    }

    func run(seconds: Int, rounds: Int, recordsMin: Int) throws {
        let progress = Plan(seconds: seconds, rounds: rounds, recordsMin: recordsMin)
        let failed = Mutex<String?>(nil)
        // The first turn opens the journal, for its storage belongs to the thread.
        let opened = Mutex(false)
        try onThread {
            do { try self.open() } catch { failed.withLock { $0 = "\(error)" } }
            opened.withLock { $0 = true }
            self.thread.setTurn { self.turn(progress) }
        }
        while !opened.withLock({ $0 }) { usleep(1_000) }
        if let reason = failed.withLock({ $0 }) { throw BenchmarkFailed(reason) }
        while !ended.withLock({ $0 }) { usleep(20_000) }
        thread.stop()
        thread.join()
        pressThread.stop()
    }

    /// Runs a closure as a job of the thread.
    private func onThread(_ body: @escaping @Sendable () -> Void) throws {
        let runner = Runner(thread)
        Task { await runner.run(body) }
    }

    private actor Runner {
        private nonisolated let thread: ShardThread
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        init(_ thread: ShardThread) { self.thread = thread }
        func run(_ body: @Sendable () -> Void) { body() }
    }

    private func open() throws {
        let storage = thread.makeStorage(try PosixDirectory(directory))
        let shelves = try PosixDirectory(directory)
        let recovery = try ShardRecovery<TicketLedger>(
            storage: storage, shelves: shelves, identity: .foundedAs(Self.id), path: directory
        ) { TicketLedger() }
        var record = RecordWriter()
        let clock = ThreadClock()
        recovery.machine.found(secret: Self.secret, shard: 0, shards: 1, at: clock.wall(), record: &record)
        recovery.journal.append(record.record(at: 0))
        try recovery.journal.settle()
        var policy = SnapshotPolicy()
        policy.everyMilliseconds = nil
        policy.journalBytes = nil
        policy.keepJournalMilliseconds = 1_000_000_000
        let press = SnapshotPress(
            storage: shelves, shelf: recovery.shelf, keepMilliseconds: policy.keepJournalMilliseconds,
            level: policy.compressionLevel, wakeWorker: { [pressThread] in pressThread.wake() },
            wakeShard: { [thread] in thread.wake() })
        try pressThread.start(name: "snapshots", press)
        core = ShardCore(
            machine: recovery.machine, journal: recovery.journal, number: 0, clock: clock, lastRecorded: nil,
            house: PublishedHouse(clock: clock),
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }), press: press, policy: policy,
            forward: { _, _, _ in })
        print("storage: \(recovery.journal.storageDescription)")
    }

    // MARK: Turns

    /// Parcels under way at once: what a deep pipeline of many connections keeps waiting.
    let parcelsMax: Int

    private func turn(_ plan: Plan) -> NextWake {
        guard let core else { return .whenWoken }
        for parcel in desk.takeAll() {
            if parcel.requests.count == 0 {
                plan.snapshotWasAnswered()
            } else {
                sent -= 1
                script.take(back: parcel)
            }
        }
        while sent < parcelsMax, let parcel = plan.next(script, core, &meter) {
            parcel.address = desk
            arrived.append(parcel)
            sent += 1
        }
        if plan.isOver {
            guard sent == 0 else { return pass(core) }
            do { try core.journal.settle() } catch { print("settling failed: \(error)") }
            self.core = nil
            ended.withLock { $0 = true }
            return .whenWoken
        }
        return pass(core)
    }

    private func pass(_ core: ShardCore<TicketLedger>) -> NextWake {
        let start = threadNanoseconds()
        let next = core.turn(arrived: &arrived)
        meter.add(nanoseconds: threadNanoseconds() - start)
        switch next {
        case .failed(let reason):
            print("the journal failed: \(reason)")
            exit(1)
        case .sleep(let nanoseconds):
            if sent < parcelsMax || desk.hasSome { return .atOnce }
            guard let nanoseconds else { return .whenWoken }
            return nanoseconds == 0
                ? .atOnce : .at(nanoseconds: ShardThread.monotonicNanoseconds() &+ nanoseconds)
        }
    }
}

struct BenchmarkFailed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Where replies come back to.
final class ReturnedParcels: ReplyAddress {
    private let parcels = Mutex<[Parcel]>([])
    func deliver(_ parcel: Parcel) { parcels.withLock { $0.append(parcel) } }
    var hasSome: Bool { parcels.withLock { !$0.isEmpty } }
    func takeAll() -> [Parcel] {
        parcels.withLock { parcels in
            defer { parcels = [] }
            return parcels
        }
    }
}

/// The processor time that the calling thread has had: a turn's length without what the machine did meanwhile.
func threadNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The wall clock, and processor time for durations.
struct ThreadClock: HouseClock {
    func wall() -> Instant { SystemClock().wall() }
    func monotonicNanoseconds() -> UInt64 { threadNanoseconds() }
}

/// Durations of turns, in processor time.
struct TurnMeter {
    private(set) var durations: [UInt32] = []
    private(set) var requests = 0
    private(set) var start = ShardThread.monotonicNanoseconds()

    mutating func add(nanoseconds: UInt64) { durations.append(UInt32(clamping: nanoseconds)) }
    mutating func add(requests: Int) { self.requests += requests }

    mutating func restart() {
        durations.removeAll(keepingCapacity: true)
        requests = 0
        start = ShardThread.monotonicNanoseconds()
    }

    var seconds: Double { Double(ShardThread.monotonicNanoseconds() - start) / 1e9 }
    var rate: Double { Double(requests) / seconds }

    /// p50, p99, p99.9 and the longest, in microseconds.
    var text: String {
        let sorted = durations.sorted()
        guard let last = sorted.last else { return "no turns" }
        let late = durations.enumerated().max { $0.element < $1.element }
        let place = late.map { "turn \($0.offset + 1) of \(durations.count)" } ?? ""
        func at(_ share: Double) -> String {
            "\(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / 1_000)"
        }
        return "turns p50 \(at(0.5)) p99 \(at(0.99)) p99.9 \(at(0.999)) longest \(last / 1_000) µs (\(place))"
    }
}
