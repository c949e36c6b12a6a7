// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What happens by itself, and when: the ends of holds and payments, the openings of sales.
///
/// Most holds of a house last equally long, so their ends come in the order in which they were made: such entries go in
/// a lane, a plain queue, one for each of up to sixteen durations. The rest goes in a heap. An entry whose hold has
/// moved on stays where it is until it comes to the front, and is passed over there; so every entry costs O(1) in a lane.
struct DueQueue: ~Copyable {
    /// `subject` is opaque here: its owner tells whether the entry still stands.
    struct Entry: BitwiseCopyable {
        var due: Int64
        var subject: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            left.due != right.due ? left.due < right.due : left.subject < right.subject
        }
    }

    private struct Lane: ~Copyable {
        var duration: Int64 = -1
        var entries = ChunkedWindow<Entry>(startingAt: 0, chunkShift: 10)
    }

    private static let laneCount = 16
    /// On the heap, so that looking at one of them never moves all.
    private let lanes: UnsafeMutablePointer<Lane>
    private var heap: ChunkedColumn<Entry>
    /// What ``earliest()`` found last, as long as nothing can have changed it: every request asks.
    private var front: (entry: Entry, lane: Int)?
    private var isFrontKnown = true

    init() {
        lanes = .allocate(capacity: Self.laneCount)
        for lane in 0..<Self.laneCount { (lanes + lane).initialize(to: Lane()) }
        heap = ChunkedColumn(chunkShift: 10)
    }

    deinit {
        lanes.deinitialize(count: Self.laneCount)
        lanes.deallocate()
    }

    /// Adds an entry that is due `duration` milliseconds from now. A duration seen often makes it a lane's.
    mutating func add(_ entry: Entry, duration: Int64) {
        if let front, !(entry < front.entry) {} else { isFrontKnown = false }
        var empty: Int?
        for lane in 0..<Self.laneCount {
            if lanes[lane].entries.count == 0 {
                if empty == nil || lanes[lane].duration == duration { empty = lane }
                continue
            }
            guard lanes[lane].duration == duration else { continue }
            let last = lanes[lane].entries[lanes[lane].entries.end - 1]
            // What is due at one time comes out in the order of its subjects, whichever way it went in.
            if entry < last { break }
            lanes[lane].entries.append(entry)
            return
        }
        if let empty, duration >= 0 {
            lanes[empty].duration = duration
            lanes[empty].entries.append(entry)
            return
        }
        addToHeap(entry)
    }

    /// The first entry, and where it is.
    ///
    /// - Complexity: O(1).
    @inline(__always)
    mutating func earliest() -> (entry: Entry, lane: Int)? {
        if !isFrontKnown {
            front = findEarliest()
            isFrontKnown = true
        }
        return front
    }

    private func findEarliest() -> (entry: Entry, lane: Int)? {
        var found: (entry: Entry, lane: Int)?
        if heap.count > 0 { found = (heap[0], -1) }
        for lane in 0..<Self.laneCount where lanes[lane].entries.count > 0 {
            let first = lanes[lane].entries[lanes[lane].entries.start]
            if let other = found, !(first < other.entry) { continue }
            found = (first, lane)
        }
        return found
    }

    mutating func removeEarliest(of lane: Int) {
        isFrontKnown = false
        if lane >= 0 { lanes[lane].entries.removeFirst() } else { removeHeapTop() }
    }

    mutating func removeAll() {
        isFrontKnown = false
        for lane in 0..<Self.laneCount { lanes[lane].entries.removeAll() }
        heap.removeAll()
    }

    private mutating func addToHeap(_ entry: Entry) {
        heap.append(entry)
        var at = heap.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            guard heap[at] < heap[parent] else { return }
            let other = heap[parent]
            heap[parent] = heap[at]
            heap[at] = other
            at = parent
        }
    }

    private mutating func removeHeapTop() {
        let last = heap[heap.count - 1]
        heap.removeLast()
        if heap.count == 0 { return }
        var at = 0
        while true {
            var child = 2 * at + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[at] = heap[child]
            at = child
        }
        heap[at] = last
    }

    var bytesAllocated: Int {
        var bytes = heap.bytesAllocated
        for lane in 0..<Self.laneCount { bytes += lanes[lane].entries.bytesAllocated }
        return bytes
    }
}
