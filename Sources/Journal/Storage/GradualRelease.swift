// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Synchronization

/// Gives the space of removed files back to the disk piece by piece.
///
/// A file system frees the blocks of a long file in one go once its last name and its last descriptor are gone, and one
/// that was mounted with `discard` has the disk forget them too. Other writes wait meanwhile: 10 to 16 ms behind 64 MiB,
/// measured with ext4 on a virtual disk, where a block is written in a tenth of one. So a long file that was removed stays
/// open and is cut shorter in small steps, with rests between them in which others write.
///
/// What nobody can open by name any more is all that is touched: a crash leaves nothing to be put right. The thread lives
/// only while there is something to do. Call ``finish()`` before letting go of it.
final class GradualRelease: Sendable {
    private struct State {
        var thread: NativeThread?
        var isRunning = false
        /// Descriptors of removed files, the oldest first.
        var waiting: [Int32] = []
    }

    private let state = Mutex(State())
    private let isFinishing = Atomic(false)
    /// Called with a file's size after each step.
    private let afterStep: @Sendable (Int) -> Void

    /// Shorter files are freed at once: nobody notices.
    static let bytesMin = 8 << 20
    /// What is freed in one step: it keeps others waiting no longer than a write does.
    static let stepBytes = 4 << 20
    /// Files of one directory that wait at most, half a gibibyte of segments; more are freed at once, so that what is
    /// removed never takes the descriptors that connections have been promised.
    static let waitingMax = 8
    private static let restMicroseconds: UInt32 = 20_000

    init(afterStep: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.afterStep = afterStep
    }

    /// Takes over a descriptor, open for writing, of a file that has just been removed.
    func take(_ file: Int32) {
        guard Self.size(of: file) >= Self.bytesMin, Self.isOurs(file) else {
            close(file)
            return
        }
        let mustStart = state.withLock { state -> Bool? in
            if state.waiting.count >= Self.waitingMax || isFinishing.load(ordering: .relaxed) { return nil }
            state.waiting.append(file)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        switch mustStart {
        case nil: close(file)
        case true?: start()
        case false?: break
        }
    }

    /// Frees at once what is left, and returns when the thread has ended.
    func finish() {
        isFinishing.store(true, ordering: .relaxed)
        joinThread()
    }

    /// Whether nobody else has the file, under another name or open: for them it must stay as it is. A file that has no
    /// name gets no new reader, so what holds now holds until the end.
    private static func isOurs(_ file: Int32) -> Bool {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_nlink == 0 else { return false }
        // The kernel grants a lease for writing only where no other descriptor is open, here or in another process.
        guard fcntl(file, setLease, F_WRLCK) == 0 else { return false }
        return fcntl(file, setLease, F_UNLCK) == 0
    }

    /// `F_SETLEASE` of <linux/fcntl.h>, the same on every processor; the C library shows it to GNU programs alone.
    private static let setLease: Int32 = 1_024

    private static func size(of file: Int32) -> Int {
        var status = stat()
        return fstat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    private func start() {
        // The one before has nothing left to do, and ends.
        joinThread()
        do {
            let thread = try NativeThread(name: "space-release") { [self] in run() }
            state.withLock { $0.thread = thread }
        } catch {
            // Without a thread all is freed here and now.
            while let file = next() { close(file) }
        }
    }

    private func run() {
        while let file = next() {
            shorten(file)
            close(file)
        }
    }

    private func next() -> Int32? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.isRunning = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    private func shorten(_ file: Int32) {
        var bytes = Self.size(of: file)
        while bytes > Self.stepBytes, !isFinishing.load(ordering: .relaxed) {
            bytes -= Self.stepBytes
            guard ftruncate(file, off_t(bytes)) == 0 else { return }
            afterStep(bytes)
            usleep(Self.restMicroseconds)
        }
    }

    private func joinThread() {
        let thread = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
        thread?.join()
    }
}
