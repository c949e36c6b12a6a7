// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Synchronization

/// Prepares files on a thread of its own, so that writing tens of megabytes of zeros does not make a shard wait.
///
/// Nor are the blocks that are written meanwhile to wait for them. Zeros left to the page cache reach the disk all at
/// once, with the sync, and a block behind them takes tens of milliseconds. So where the page cache can be passed by, they
/// are written piece by piece, and after each piece the disk is left alone for as long as the piece took: a block waits
/// for one piece at most, some tenths of a millisecond, and the zeros take half of the disk's time at most. Once nothing can
/// go on without the file, they are hurried on: pieces of a mebibyte, and no rests.
///
/// The thread lives only while there is something to prepare, which is seldom: once for each segment. Call
/// ``waitUntilDone()`` or ``abandon()`` before letting go of it.
public final class FilePreparation: Sendable {
    private struct State {
        var thread: NativeThread?
        var completion: StorageCompletion?
    }

    private let directory: PosixDirectory
    private let wake: @Sendable () -> Void
    private let passPageCache: @Sendable (StorageFile) -> Bool
    /// Somebody can do nothing until the file is there.
    private let isHurried = Atomic(false)
    /// Nobody wants the file any more.
    private let isAbandoned = Atomic(false)
    private let state = Mutex(State())
    /// Looked at before the lock is taken: reaping happens every turn, preparing once in a segment.
    private let hasCompletion = Atomic(false)

    /// - Parameters:
    ///   - wake: called from the thread when something can be reaped.
    ///   - passPageCache: has the writes to an open file go past the page cache from now on, and says whether they do.
    public init(
        in directory: PosixDirectory, wake: @escaping @Sendable () -> Void,
        passPageCache: @escaping @Sendable (StorageFile) -> Bool = { _ in false }
    ) {
        self.directory = directory
        self.wake = wake
        self.passPageCache = passPageCache
    }

    /// See ``JournalStorage/submitPreparation(of:header:bytes:token:)``.
    public func submit(_ name: String, header: [UInt8], bytes: Int, token: UInt64) {
        waitUntilDone()
        isHurried.store(false, ordering: .relaxed)
        do {
            let thread = try NativeThread(name: "segment-zeros") { [self] in
                var result = bytes
                do throws(StorageError) {
                    try directory.prepare(name, header: header, bytes: bytes, filling: filling)
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

    /// How the zeros of a file that was just created are written.
    private func filling(_ file: StorageFile) -> ZeroFilling {
        let passesPageCache = passPageCache(file)
        let clock = ContinuousClock()
        var began = clock.now
        return ZeroFilling(pieceBytes: passesPageCache ? Self.pieceBytes : ZeroFilling.pieceBytesMax) {
            [self] () throws(StorageError) in
            if isAbandoned.load(ordering: .relaxed) { throw StorageError(.write, directory.path, errno: ECANCELED) }
            if !passesPageCache || isHurried.load(ordering: .relaxed) { return ZeroFilling.pieceBytesMax }
            usleep(Self.microseconds(clock.now - began))
            began = clock.now
            return Self.pieceBytes
        }
    }

    /// Of zeros that go past the page cache: a quarter of what a block may have, so that one waits little behind them.
    private static let pieceBytes = 64 << 10

    /// At most a hundredth of a second, so that nobody who begins to wait does so for long.
    private static func microseconds(_ duration: Duration) -> UInt32 {
        UInt32(min(max(duration / .microseconds(1), 0), 10_000))
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

    /// Has what is being prepared done as soon as can be.
    public func hurry() {
        isHurried.store(true, ordering: .relaxed)
    }

    /// Waits until nothing is being prepared any more; what is being prepared is hurried on.
    public func waitUntilDone() {
        hurry()
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        thread?.join()
    }

    /// Ends what is being prepared as it is, for good: at the end nobody needs it, and a slow disk is not waited for. A file
    /// that is not whole is removed.
    public func abandon() {
        isAbandoned.store(true, ordering: .relaxed)
        waitUntilDone()
    }
}
