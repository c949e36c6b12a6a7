// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import NIOCore

/// The desk of one event loop. Everything but `drain` happens on that loop.
final class LoopDesk: @unchecked Sendable {
    let loop: any EventLoop
    /// Touched on `loop` alone.
    private(set) var desk: Desk!
    private var bell: LoopBell!
    private var isFinishScheduled = false
    private var handlers: [ObjectIdentifier: ConversationHandler] = [:]
    private var drained: EventLoopPromise<Void>?
    private(set) var isDraining = false
    private var outgoing = ByteBuffer()
    /// How often the desk lets go of what is published no more.
    private static let lettingGo = TimeAmount.seconds(10)
    /// What `outgoing` may keep between two writes.
    private static let outgoingBytesKeptMax = 1 << 20

    init(house: House, loop: any EventLoop) {
        self.loop = loop
        // A shard may have a reply for a desk whose door is closed by then.
        desk = Desk(
            house: house,
            wake: { [weak self] in
                guard let self else { return }
                self.loop.execute { self.desk.collect() }
            }, goOn: { [weak self] in self?.bell.ring() })
        bell = LoopBell(on: loop) { [weak self] in self?.desk.collect() }
        loop.scheduleRepeatedTask(initialDelay: Self.lettingGo, delay: Self.lettingGo) { [weak self] task in
            guard let self else { return task.cancel() }
            desk.letGo()
        }
    }

    /// Has the desk push and write at the end of this tick: tasks run once all sockets of the tick were read.
    func scheduleFinish() {
        guard !isFinishScheduled else { return }
        isFinishScheduled = true
        loop.execute { [self] in
            isFinishScheduled = false
            desk.finishTick()
        }
    }

    /// A buffer with these bytes, to be written now. A socket takes most writes at once: the buffer is then the loop's
    /// alone again, and the next write, of whichever connection, uses the same memory, which is still in the processor's
    /// cache. While a socket keeps it, the next write gets memory of its own.
    func buffer(holding bytes: Span<UInt8>) -> ByteBuffer {
        if outgoing.capacity > Self.outgoingBytesKeptMax { outgoing = ByteBuffer() }
        outgoing.clear()
        bytes.withUnsafeBytes { _ = outgoing.writeBytes($0) }
        return outgoing
    }

    func add(_ handler: ConversationHandler) {
        handlers[ObjectIdentifier(handler)] = handler
    }

    func remove(_ handler: ConversationHandler) {
        handlers[ObjectIdentifier(handler)] = nil
        if handlers.isEmpty { drained?.succeed() }
    }

    /// Has every conversation finish what it was asked, and waits until all are gone.
    func drain(patienceSeconds: Int64) async {
        let promise = loop.makePromise(of: Void.self)
        loop.execute { [self] in
            isDraining = true
            drained = promise
            for handler in handlers.values { handler.drain() }
            if handlers.isEmpty { return promise.succeed() }
            desk.finishTick()
            loop.scheduleTask(in: .seconds(patienceSeconds)) { [self] in
                for handler in handlers.values { handler.cut() }
            }
        }
        try? await promise.futureResult.get()
    }
}
