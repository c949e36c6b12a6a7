// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import DequeModule
package import Journal
package import SnapshotStore
internal import Synchronization
package import Ticketing

/// Writes the snapshots of one shard, away from its thread: compresses what was captured, writes it, reads it back,
/// promotes it, and removes the snapshots and the journal that it makes superfluous.
///
/// The shard posts orders and asks for outcomes; a worker performs the orders, in the order in which they came. In the
/// daemon the worker is a thread of low priority (see `PressThread`); a test rig calls ``performNext()`` itself.
package final class SnapshotPress: @unchecked Sendable {
    /// What the shard wants done.
    package enum Order: Sendable {
        case begin(SnapshotHeader)
        case write(StateCapture.Piece)
        /// Everything was written; the journal is durable up to `durable`.
        case finish(stateDigest: UInt64, durable: UInt64, now: Int64)
        case abandon
        /// Segments of the journal that nobody needs, oldest first.
        case removeSegments([UInt32])

        fileprivate var isOfASnapshot: Bool {
            switch self {
            case .begin, .write, .finish, .abandon: true
            case .removeSegments: false
            }
        }
    }

    /// How a snapshot ended.
    package enum Outcome: Sendable {
        /// It is the newest now; of the journal, blocks up to `trimThrough` are needed by nobody.
        case promoted(SnapshotFile, trimThrough: UInt64)
        /// The one before it is kept.
        case failed(String)
        /// Snapshots or segments could not be removed. They are tried again after the next snapshot.
        case segmentsLeft(String)
    }

    private let orders = Mutex<Deque<Order>>([])
    private let outcomes = Mutex<[Outcome]>([])
    /// Whether the shard has bookings under way, so that the worker takes its time.
    private let shardIsBusy = Atomic(false)
    /// Whether snapshots are given up: no other comes, and the one under way goes.
    private let isStopping = Atomic(false)
    private let storage: any DirectoryStorage
    private let keepMilliseconds: Int64
    private let level: Int32
    /// Tells the worker that there is an order.
    private let wakeWorker: @Sendable () -> Void
    /// Tells the shard that something was performed.
    private let wakeShard: @Sendable () -> Void

    // Touched by the worker alone.
    private let shelf: SnapshotShelf
    private var writer: SnapshotWriter?
    private var failure: String?
    private var removal = SegmentRemoval()

    /// - Parameters:
    ///   - shelf: opened on `storage`, and confirmed. The press is its owner from now on.
    ///   - keepMilliseconds: see ``SnapshotPolicy/keepJournalMilliseconds``.
    package init(
        storage: any DirectoryStorage, shelf: SnapshotShelf, keepMilliseconds: Int64, level: Int32,
        wakeWorker: @escaping @Sendable () -> Void = {}, wakeShard: @escaping @Sendable () -> Void = {}
    ) {
        self.storage = storage
        self.shelf = shelf
        self.keepMilliseconds = keepMilliseconds
        self.level = level
        self.wakeWorker = wakeWorker
        self.wakeShard = wakeShard
    }

    // MARK: For the shard

    /// Hands orders over, to be performed in this order.
    func post(_ posted: [Order]) {
        orders.withLock { $0.append(contentsOf: posted) }
        wakeWorker()
    }

    /// Gives up the snapshot that is under way, whatever of it was ordered, and writes no other; of one that is written
    /// to its end and being promoted, the rest is done. Removing what is superfluous goes on.
    ///
    /// It is for a shutdown, which nothing waits for that the journal holds too. Where the half-written file cannot be
    /// removed now, the next start does it.
    func stopSnapshots() {
        isStopping.store(true, ordering: .releasing)
        orders.withLock { orders in
            orders.removeAll(where: \.isOfASnapshot)
            orders.append(.abandon)
        }
        wakeWorker()
    }

    /// What came of the orders since this was asked last.
    package func takeOutcomes() -> [Outcome] {
        outcomes.withLock { outcomes in
            guard !outcomes.isEmpty else { return [] }
            defer { outcomes = [] }
            return outcomes
        }
    }

    /// Says whether the shard has bookings under way.
    func note(shardIsBusy isBusy: Bool) {
        if shardIsBusy.load(ordering: .relaxed) != isBusy { shardIsBusy.store(isBusy, ordering: .relaxed) }
    }

    // MARK: For the worker

    /// Whether bookings are under way that the worker should stay out of the way of.
    var shouldYield: Bool { shardIsBusy.load(ordering: .relaxed) }

    /// Whether there is nothing to perform.
    package var isIdle: Bool { orders.withLock { $0.isEmpty } }

    /// Performs the next order. Returns whether there was one.
    package func performNext() -> Bool {
        guard takeAndPerform() else { return false }
        // Only now, when the memory of what was performed is given up: the shard may wait for that.
        wakeShard()
        return true
    }

    private func takeAndPerform() -> Bool {
        guard let next = orders.withLock({ $0.popFirst() }) else { return false }
        perform(next)
        return true
    }

    private func perform(_ order: Order) {
        switch order {
        case .begin(let header):
            failure = nil
            writer = attempt { () throws(SnapshotError) in
                try SnapshotWriter(storage, header: header, level: Int(level))
            }
        case .write(let piece): write(piece)
        case .finish(let digest, let durable, let now):
            finish(stateDigest: digest, durable: durable, now: now)
        case .abandon:
            writer?.abandon()
            writer = nil
        case .removeSegments(let numbers):
            removal.add(numbers)
            removeSegments()
        }
    }

    private var isGivenUp: Bool { isStopping.load(ordering: .acquiring) }

    private func write(_ piece: StateCapture.Piece) {
        guard let writer else { return }
        attempt { () throws(SnapshotError) in
            try piece.forEachFrame { (frame) throws(SnapshotError) in
                if isGivenUp { throw .abandoned(file: writer.temporaryName) }
                try writer.append(frame: frame)
            }
        }
    }

    private func finish(stateDigest: UInt64, durable: UInt64, now: Int64) {
        guard let writer, failure == nil else {
            self.writer?.abandon()
            self.writer = nil
            say(.failed(failure ?? "it was never begun"))
            return
        }
        self.writer = nil
        let file = attempt { () throws(SnapshotError) in
            let file = try writer.finish(stateDigest: stateDigest, givingUpIf: { isGivenUp })
            try shelf.promote(file, journalDurableThrough: durable)
            return file
        }
        // Whoever gave it up has told those who wait.
        if file == nil, isGivenUp { return }
        guard let file else { return say(.failed(failure ?? "")) }
        say(.promoted(file, trimThrough: retire(now: now)))
    }

    /// Drops the snapshots that are superfluous and the segments that are left of earlier attempts. Returns up to which
    /// block nobody needs the journal: 0 where that is not to be said now.
    private func retire(now: Int64) -> UInt64 {
        removeSegments()
        do throws(SnapshotError) {
            return try shelf.retire(now: now, keepMilliseconds: keepMilliseconds).trimJournalThrough
        } catch {
            // What counts stands; what is superfluous goes after the next snapshot.
            say(.segmentsLeft("\(error)"))
            return 0
        }
    }

    private func removeSegments() {
        do throws(StorageError) {
            try removal.run(in: storage)
        } catch {
            say(.segmentsLeft("\(error)"))
        }
    }

    @discardableResult
    private func attempt<Result>(_ body: () throws(SnapshotError) -> Result) -> Result? {
        guard failure == nil else { return nil }
        do throws(SnapshotError) {
            return try body()
        } catch {
            failure = "\(error)"
            writer?.abandon()
            writer = nil
            return nil
        }
    }

    private func say(_ outcome: Outcome) {
        outcomes.withLock { $0.append(outcome) }
    }
}
