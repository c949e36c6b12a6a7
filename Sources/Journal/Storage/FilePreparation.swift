// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization

/// Prepares files on a thread of its own, so that writing tens of megabytes of zeros does not make a shard wait.
///
/// The thread lives only while there is something to prepare, which is seldom: once for each segment. Call
/// ``waitUntilDone()`` before letting go of it.
public final class FilePreparation: Sendable {
    private struct State {
        var thread: NativeThread?
        var completion: StorageCompletion?
    }

    private let directory: PosixDirectory
    private let wake: @Sendable () -> Void
    private let state = Mutex(State())
    /// Looked at before the lock is taken: reaping happens every turn, preparing once in a segment.
    private let hasCompletion = Atomic(false)

    /// - Parameter wake: called from the thread when something can be reaped.
    public init(in directory: PosixDirectory, wake: @escaping @Sendable () -> Void) {
        self.directory = directory
        self.wake = wake
    }

    /// See ``JournalStorage/submitPreparation(of:header:bytes:token:)``.
    public func submit(_ name: String, header: [UInt8], bytes: Int, token: UInt64) {
        waitUntilDone()
        do {
            let thread = try NativeThread(name: "segment-zeros") { [self] in
                var result = bytes
                do throws(StorageError) {
                    try directory.prepare(name, header: header, bytes: bytes)
                } catch {
                    result = error.errno == 0 ? 0 : -Int(error.errno)
                }
                complete(token: token, result: result)
            }
            state.withLock { $0.thread = thread }
        } catch {
            complete(token: token, result: -Int(error.errno))
        }
    }

    private func complete(token: UInt64, result: Int) {
        state.withLock { $0.completion = StorageCompletion(token: token, result: result) }
        hasCompletion.store(true, ordering: .releasing)
        wake()
    }

    public func reap(into completions: inout [StorageCompletion]) {
        guard hasCompletion.load(ordering: .acquiring) else { return }
        hasCompletion.store(false, ordering: .relaxed)
        let completion = state.withLock { state in
            defer { state.completion = nil }
            return state.completion
        }
        if let completion { completions.append(completion) }
    }

    /// Waits until nothing is being prepared any more.
    public func waitUntilDone() {
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        thread?.join()
    }
}
