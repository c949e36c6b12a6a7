// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
package import Journal
internal import Synchronization

/// The thread that performs a press's orders. It sleeps while there are none.
package final class PressThread: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>
    private let isStopping = Atomic(false)
    private var thread: NativeThread?
    /// Below everything that answers somebody: the thread gets what the others leave, and a tenth of a core at least.
    private static let niceness: Int32 = 10

    package init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func start(name: String, _ press: SnapshotPress) throws(StorageError) {
        thread = try NativeThread(name: name) { [self] in
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            while true {
                perform(press)
                if isStopping.load(ordering: .acquiring), press.isIdle { return }
                while sem_wait(semaphore) != 0, errno == EINTR {}
            }
        }
    }

    /// Performs what there is. While bookings are under way, it rests four times as long as it works: processor and disk
    /// are theirs.
    private func perform(_ press: SnapshotPress) {
        while true {
            let start = Self.microseconds()
            guard press.performNext() else { return }
            if press.shouldYield, !isStopping.load(ordering: .relaxed) {
                usleep(UInt32(clamping: min(4 * (Self.microseconds() - start), Self.restMicrosecondsMax)))
            }
        }
    }

    private static let restMicrosecondsMax: Int64 = 50_000

    private static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    package func wake() { sem_post(semaphore) }

    /// Performs what was ordered and ends the thread.
    package func stop() {
        isStopping.store(true, ordering: .releasing)
        sem_post(semaphore)
        thread?.join()
        thread = nil
    }
}
