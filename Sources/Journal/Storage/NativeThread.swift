// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Synchronization

/// A thread of the operating system with a name, for work that sleeps in the kernel. Join it once.
public final class NativeThread: Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let thread: pthread_t
    private let isJoined = Atomic(false)

    /// Starts a thread that runs `body`. `name` is cut to the 15 bytes that the kernel keeps.
    public init(name: String, body: @escaping @Sendable () -> Void) throws(StorageError) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let errno = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                NativeThread.nameCurrent(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard errno == 0 else {
            start.release()
            throw StorageError(.start, "thread \(name)", errno: errno)
        }
        self.thread = thread
    }

    /// Waits until the thread has ended. Later calls return at once.
    public func join() {
        if isJoined.exchange(true, ordering: .acquiringAndReleasing) { return }
        pthread_join(thread, nil)
    }

    private static func nameCurrent(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let bytes = Array(name.utf8.prefix(15))
        // Only for people who look at the process from outside: a thread without its name works as well.
        _ = write(file, bytes, bytes.count)
    }
}
