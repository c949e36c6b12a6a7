// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CEpoll
internal import Glibc

/// One connection of a run: what waits to be sent, what was sent and is not answered, and the tasks that it works on.
struct Connection<State: BitwiseCopyable>: ~Copyable {
    /// A task's place. A task has at most one request under way.
    struct Slot: BitwiseCopyable {
        var state: State
        /// When the task was due (open loop) or its first request was sent.
        var dueAt: UInt64
    }

    /// A request under way. Answers come in the order of the requests.
    struct Sent: BitwiseCopyable {
        var at: UInt64
        var slot: Int32
        var operation: Int32
        /// Whether its latency counts from when its task was due.
        var isFirst: Bool
    }

    let socket: Int32
    let depth: Int
    var requests: RequestBytes
    let slots: UnsafeMutablePointer<Slot>
    private let free: UnsafeMutablePointer<Int32>
    private(set) var freeCount: Int
    private let ring: UnsafeMutablePointer<Sent>
    private let ringMask: Int
    private var oldest = 0
    private(set) var underWay = 0
    /// Requests at the end of the ring that are written and not sent yet.
    private var unsent = 0
    /// The beginning of a line that is not whole.
    var carry: [UInt8] = []
    /// Why the reply that is being read is wrong already.
    var fault: StaticString?
    private var waitsToWrite = false
    /// Whether it is on the list of connections with something to send.
    var isDirty = false

    init(socket: Int32, depth: Int, idle: State) {
        self.socket = socket
        self.depth = depth
        requests = RequestBytes(capacity: min(depth, 256) * 64)
        slots = .allocate(capacity: depth)
        slots.initialize(repeating: Slot(state: idle, dueAt: 0), count: depth)
        free = .allocate(capacity: depth)
        for index in 0..<depth { free[index] = Int32(truncatingIfNeeded: depth - 1 - index) }
        freeCount = depth
        var size = 1
        while size < depth { size *= 2 }
        ring = .allocate(capacity: size)
        ring.initialize(repeating: Sent(at: 0, slot: 0, operation: 0, isFirst: false), count: size)
        ringMask = size - 1
    }

    deinit {
        close(socket)
        slots.deallocate()
        free.deallocate()
        ring.deallocate()
    }

    /// A free place for a task; nil when as many are under way as may be.
    mutating func takeSlot() -> Int? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        return Int(free[freeCount])
    }

    mutating func giveBack(_ slot: Int) {
        free[freeCount] = Int32(truncatingIfNeeded: slot)
        freeCount += 1
    }

    /// Notes a request that was just written.
    mutating func enqueue(_ slot: Int, _ operation: Int, isFirst: Bool) {
        ring[(oldest + underWay) & ringMask] = Sent(
            at: 0, slot: Int32(truncatingIfNeeded: slot), operation: Int32(truncatingIfNeeded: operation),
            isFirst: isFirst)
        underWay += 1
        unsent += 1
    }

    /// The request that the next answer belongs to.
    var expected: Sent? { underWay > unsent ? ring[oldest] : nil }

    mutating func dequeue() {
        oldest = (oldest + 1) & ringMask
        underWay -= 1
    }

    /// All requests under way, the oldest first.
    func forEachUnderWay(_ body: (Sent) -> Void) {
        for index in 0..<underWay { body(ring[(oldest + index) & ringMask]) }
    }

    /// Stamps what waits with the time, and sends as much as the socket takes. `setsDue` makes that time the beginning of
    /// new tasks too, as in a closed loop.
    mutating func send(at time: UInt64, setsDue: Bool, set: Int32, number: Int) throws(BenchFailure) {
        isDirty = false
        for index in (underWay - unsent)..<underWay {
            let place = (oldest + index) & ringMask
            ring[place].at = time
            if setsDue, ring[place].isFirst { slots[Int(ring[place].slot)].dueAt = time }
        }
        unsent = 0
        switch requests.flush(socket) {
        case .all: try wantsToWrite(false, set: set, number: number)
        case .part: try wantsToWrite(true, set: set, number: number)
        case .failed: throw .system("the box office closed a connection")
        }
    }

    private mutating func wantsToWrite(_ wants: Bool, set: Int32, number: Int) throws(BenchFailure) {
        guard wants != waitsToWrite else { return }
        waitsToWrite = wants
        guard box_epoll_change(set, socket, UInt32(truncatingIfNeeded: number), wants ? 1 : 0) == 0 else {
            throw .system("epoll")
        }
    }
}
