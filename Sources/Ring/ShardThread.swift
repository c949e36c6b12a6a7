// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CRing
internal import Glibc
public import Journal
internal import Synchronization

/// When a thread's next turn is due.
public enum NextWake: Sendable, Equatable {
    /// Now: this turn did something, so there may be more.
    case atOnce
    /// When somebody calls ``ShardThread/wake()`` or something completes. Idle, that is never.
    case whenWoken
    /// The same, but no later than this instant of the monotonic clock (``ShardThread/monotonicNanoseconds()``).
    case at(nanoseconds: UInt64)
}

/// The thread of one shard, and the executor of its actor: everything the actor does runs here, in two ways.
///
/// Bookings do not go through Swift's job queue: whoever has some puts them into a queue of the shard's own and calls
/// ``wake()``. The thread then runs *turns* until a turn has nothing left to do, and sleeps. A turn is a closure; it
/// enters the actor by `assumeIsolated`. Control (opening, closing, asking for figures) goes through ordinary `await`,
/// whose jobs run between turns.
///
/// The thread sleeps in its own io_uring, in which its storages write too, so that one system call starts writes, and
/// waits for their completion, a wake and the next timer together. Where io_uring is forbidden it sleeps in `ppoll`.
/// Idle it wakes for nothing.
public final class ShardThread: SerialExecutor, @unchecked Sendable {
    // What `state` says. Every change is one atomic exchange on it, so that a wake falls either before the turn that
    // sees its work, or into the gap before sleep, which then does not happen, or into sleep, which the eventfd ends.
    private static let running: UInt8 = 0
    private static let sleeping: UInt8 = 1
    private static let signalled: UInt8 = 2
    /// Asleep, but not for long: something is under way whose completion brings the next turn.
    private static let dozing: UInt8 = 3

    public let name: String
    /// How long the thread looks for work before it sleeps.
    public let spinNanoseconds: UInt64

    private let state = Atomic<UInt8>(ShardThread.running)
    private let isStopping = Atomic(false)
    private let hasEnded = Atomic(false)
    /// The thread that may touch what belongs to the executor, as a number; 0 is none.
    private let owner = Atomic<UInt>(0)
    private let jobs = Mutex<[UnownedJob]>([])
    private let wantsRing: Bool
    private let eventDescriptor: Int32
    private let startedDescriptor: Int32
    private let thread = Mutex<NativeThread?>(nil)

    // Touched only by the thread itself, and by `start` before it runs.
    private var ring: ThreadRing?
    private var turn: () -> NextWake = { .whenWoken }
    private var jobsToRun: [UnownedJob] = []
    private var expectsCompletion = false
    private var ringErrnoFound: Int32 = 0

    /// - Parameters:
    ///   - name: at most 15 bytes are seen from outside, `shard-0`.
    ///   - useRing: false to sleep and write without io_uring even where it is allowed.
    ///   - spinNanoseconds: how long to look for work before sleeping. 0 unless there are more cores than threads.
    public init(name: String, useRing: Bool = true, spinNanoseconds: UInt64 = 0) throws(StorageError) {
        self.name = name
        self.spinNanoseconds = spinNanoseconds
        wantsRing = useRing
        eventDescriptor = box_eventfd()
        startedDescriptor = box_eventfd()
        let failure = min(eventDescriptor, startedDescriptor)
        guard failure >= 0 else { throw StorageError(.start, "thread \(name)", errno: -failure) }
    }

    deinit {
        close(eventDescriptor)
        close(startedDescriptor)
    }

    // MARK: Starting and stopping

    /// Starts the thread and returns once it runs. Jobs of the actor run from here on, and `turn` after every wake.
    public func start(turn: @escaping @Sendable () -> NextWake = { .whenWoken }) throws(StorageError) {
        self.turn = turn
        let thread = try NativeThread(name: name) { [self] in run() }
        self.thread.withLock { $0 = thread }
        box_eventfd_await(startedDescriptor)
    }

    /// Replaces the turn. Only on the thread.
    public func setTurn(_ turn: @escaping () -> NextWake) {
        checkIsolated()
        self.turn = turn
        state.store(Self.signalled, ordering: .releasing)
    }

    /// Asks the thread to end after the turn it is in and the jobs that wait. Writes under way are waited for; settle
    /// the journal before.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        wake()
    }

    /// Waits until the thread has ended. Not on the thread itself.
    public func join() {
        precondition(!isCurrent, "a thread cannot wait for its own end")
        let thread = thread.withLock { $0 }
        thread?.join()
    }

    // MARK: Waking

    /// Makes the thread run a turn soon. From any thread; costs a system call only if the thread sleeps.
    ///
    /// Whatever the caller wrote before is seen by that turn.
    public func wake() {
        switch state.exchange(Self.signalled, ordering: .acquiringAndReleasing) {
        case Self.sleeping, Self.dozing: box_eventfd_signal(eventDescriptor)
        default: break
        }
    }

    /// Makes the thread run a turn soon, as ``wake()`` does, but leaves it asleep where it expects a completion: its turn
    /// comes with that. From any thread.
    ///
    /// Where requests come one by one, each wake would cost more than what it is for: a system call, two changes of
    /// context and a turn, only to find that the disk is still busy.
    public func nudge() {
        // Whoever sees the thread doze has its work seen by the turn that ends the doze: had that turn begun before the
        // work was there, it would have ended the doze before this look at it.
        if state.load(ordering: .acquiring) != Self.dozing { wake() }
    }

    /// Says, in a turn, that the next one may wait for a write that is under way in the ring and completes soon: until then
    /// a ``nudge()`` does not wake the thread. It holds for the sleep after this turn alone, and only where there is a ring:
    /// without one, nothing else would.
    public func expectCompletion() {
        expectsCompletion = true
    }

    /// The clock that ``NextWake/at(nanoseconds:)`` refers to.
    public static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: Storage

    /// Whether the thread sleeps in an io_uring. Known once ``start(turn:)`` has returned.
    public var usesRing: Bool { ringErrnoFound == 0 && wantsRing }

    /// Why not, where it was wanted: the errno, or 0.
    public var ringErrno: Int32 { ringErrnoFound }

    /// Makes the storage of a directory: in the ring and past the page cache where both are allowed, else by `pwrite` and
    /// `fdatasync`. Its description says which. Only on the thread, and for use on it.
    public func makeStorage(_ directory: PosixDirectory) -> any JournalStorage {
        checkIsolated()
        let wake: @Sendable () -> Void = { [weak self] in self?.wake() }
        if let ring, RingProbe.takesDirectWrites(directory) {
            return RingStorage(directory, ring: ring, wake: wake)
        }
        return PlainStorage(directory, wake: wake)
    }

    // MARK: The loop

    private func run() {
        owner.store(Self.currentThread, ordering: .relaxed)
        if wantsRing {
            do {
                ring = try ThreadRing(eventDescriptor: eventDescriptor)
            } catch {
                ringErrnoFound = error.errno
            }
        }
        box_eventfd_signal(startedDescriptor)

        while true {
            // From here on a wake is noticed before the next sleep.
            _ = state.exchange(Self.running, ordering: .acquiringAndReleasing)
            let isLast = isStopping.load(ordering: .acquiring)
            expectsCompletion = false
            runJobs()
            let next = turn()
            if isLast { break }
            switch next {
            case .atOnce: ring?.submit()
            case .whenWoken: sleep(nanoseconds: -1)
            case .at(let instant):
                let now = Self.monotonicNanoseconds()
                if instant > now {
                    sleep(nanoseconds: Int64(clamping: instant - now))
                } else {
                    ring?.submit()
                }
            }
        }
        end()
    }

    private func sleep(nanoseconds: Int64) {
        if ring?.hasUnfetched == true || spin(nanoseconds: nanoseconds) {
            ring?.submit()
            return
        }
        let (mayBeSlept, _) = state.compareExchange(
            expected: Self.running, desired: mayDoze ? Self.dozing : Self.sleeping, ordering: .acquiringAndReleasing)
        guard mayBeSlept else {
            ring?.submit()
            return
        }
        if let ring, ring.failure == 0 {
            ring.sleep(nanoseconds: nanoseconds)
        } else {
            _ = box_wait_for_wake(eventDescriptor, nanoseconds)
        }
    }

    /// Only a ring brings completions to a sleeping thread.
    private var mayDoze: Bool { expectsCompletion && ring?.failure == 0 }

    /// Looks for a wake for a short while. Returns whether there is one.
    private func spin(nanoseconds: Int64) -> Bool {
        if spinNanoseconds == 0 { return false }
        ring?.submit()
        let patience = nanoseconds < 0 ? spinNanoseconds : min(spinNanoseconds, UInt64(nanoseconds))
        let end = Self.monotonicNanoseconds() + patience
        while Self.monotonicNanoseconds() < end {
            if state.load(ordering: .relaxed) == Self.signalled || ring?.look() == true { return true }
        }
        return false
    }

    private func end() {
        turn = { .whenWoken }
        ring?.end()
        ring = nil
        owner.store(0, ordering: .relaxed)
        hasEnded.store(true, ordering: .sequentiallyConsistent)
        runLateJobs()
    }
}

extension ShardThread {
    // MARK: The actor's executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        if hasEnded.load(ordering: .sequentiallyConsistent) { runLateJobs() } else { wake() }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    public func checkIsolated() {
        precondition(isCurrent, "this belongs to thread \(name)")
    }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool { owner.load(ordering: .relaxed) == Self.currentThread }

    private static var currentThread: UInt { UInt(pthread_self()) }

    private func runJobs() {
        jobs.withLock { swap(&$0, &jobsToRun) }
        if jobsToRun.isEmpty { return }
        for job in jobsToRun { job.runSynchronously(on: asUnownedSerialExecutor()) }
        jobsToRun.removeAll(keepingCapacity: true)
    }

    /// Runs jobs that came when the thread had ended: on whichever thread brought them, one at a time, so that nothing
    /// that awaits the actor is left waiting for ever.
    private func runLateJobs() {
        if isCurrent { return }
        while true {
            let (isMine, _) = owner.compareExchange(
                expected: 0, desired: Self.currentThread, ordering: .acquiringAndReleasing)
            // Who has it looks for more jobs after giving it back.
            guard isMine else { return }
            runJobs()
            owner.store(0, ordering: .sequentiallyConsistent)
            if jobs.withLock({ $0.isEmpty }) { return }
        }
    }
}
