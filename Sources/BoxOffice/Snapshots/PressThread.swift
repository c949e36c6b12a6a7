// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Journal
internal import Synchronization

/// The thread that performs a press's orders. It sleeps while there are none.
final class PressThread: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>
    private let isStopping = Atomic(false)
    private var thread: NativeThread?
    /// Below everything that answers somebody: the thread gets what the others leave, and a tenth of a core at least.
    private static let niceness: Int32 = 10

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func start(name: String, _ press: SnapshotPress) throws(StorageError) {
        thread = try NativeThread(name: name) { [self] in
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            while true {
                while press.performNext() {}
                if isStopping.load(ordering: .acquiring), press.isIdle { return }
                while sem_wait(semaphore) != 0, errno == EINTR {}
            }
        }
    }

    func wake() { sem_post(semaphore) }

    /// Performs what was ordered and ends the thread.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        sem_post(semaphore)
        thread?.join()
        thread = nil
    }
}
