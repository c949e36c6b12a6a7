// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CIntrinsics

/// A queue by number: values are added at the end, get consecutive numbers for life, and leave from the front. Memory
/// of the values that left is used again, chunk by chunk.
struct ChunkedWindow<Element: BitwiseCopyable>: ~Copyable {
    private var ring: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>
    /// Chunks that the ring has places for; a power of two.
    private var ringCapacity = 8
    private let shift: Int
    /// The number of the first value that is still there.
    private(set) var start: UInt64
    /// The number that the next value will get.
    private(set) var end: UInt64
    private var spare: UnsafeMutablePointer<Element>?
    // As in ChunkedColumn; blocks by number.
    private var untakenFrom: UInt64 = 0
    private var untakenCount: UInt64 = 0
    private var capture: ColumnCapture?
    private let blockShift: Int
    private(set) var chunkCount = 0

    init(startingAt number: UInt64, chunkShift: Int = 12) {
        start = number
        end = number
        shift = chunkShift
        blockShift = ColumnCapture.blockShift(chunkShift: chunkShift, stride: MemoryLayout<Element>.stride)
        ring = .allocate(capacity: 8)
        ring.initialize(repeating: nil, count: 8)
    }

    deinit {
        for chunk in 0..<ringCapacity { giveBack(ring[chunk]) }
        ring.deallocate()
        giveBack(spare)
    }

    var count: Int { Int(end - start) }

    func contains(_ number: UInt64) -> Bool { number >= start && number < end }

    @inline(__always)
    private func address(of number: UInt64) -> UnsafeMutablePointer<Element> {
        precondition(contains(number), "a number outside its window was looked up")
        let chunk = ring[Int(truncatingIfNeeded: number &>> UInt64(shift)) & (ringCapacity - 1)]
        guard let chunk else { preconditionFailure("a window lost a chunk") }
        return chunk + Int(truncatingIfNeeded: number & ((1 &<< UInt64(shift)) &- 1))
    }

    subscript(number: UInt64) -> Element {
        @inline(__always) get { address(of: number).pointee }
        @inline(__always) _modify {
            if (number &>> UInt64(blockShift)) &- untakenFrom < untakenCount {
                takeBeforeChange(number &>> UInt64(blockShift))
            }
            yield &address(of: number).pointee
        }
    }

    /// Has a value fetched that will be needed soon; nothing where there is none.
    @inline(__always)
    func prefetch(_ number: UInt64) {
        if contains(number) { box_office_prefetch(address(of: number)) }
    }

    mutating func append(_ element: Element) {
        let chunkNumber = end &>> UInt64(shift)
        if end == start || end & ((1 &<< UInt64(shift)) &- 1) == 0 { addChunk(chunkNumber) }
        end += 1
        address(of: end - 1).initialize(to: element)
    }

    mutating func removeFirst() {
        precondition(start < end)
        let chunkNumber = start &>> UInt64(shift)
        start += 1
        if start == end || start &>> UInt64(shift) != chunkNumber {
            if untakenCount > 0 { takeBlocks(ofChunk: chunkNumber) }
            let at = Int(truncatingIfNeeded: chunkNumber) & (ringCapacity - 1)
            if spare == nil { spare = ring[at] } else { giveBack(ring[at]) }
            ring[at] = nil
            chunkCount -= 1
        }
    }

    /// Forgets all values; numbers go on.
    mutating func removeAll() {
        endCapture()
        while start < end { removeFirst() }
    }

    var bytesAllocated: Int { (chunkCount &<< shift) * MemoryLayout<Element>.stride + ringCapacity * 8 }

    private mutating func addChunk(_ chunkNumber: UInt64) {
        if chunkCount == ringCapacity {
            let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>?>.allocate(capacity: ringCapacity * 2)
            larger.initialize(repeating: nil, count: ringCapacity * 2)
            let first = start &>> UInt64(shift)
            for number in first..<(first + UInt64(chunkCount)) {
                larger[Int(truncatingIfNeeded: number) & (ringCapacity * 2 - 1)] =
                    ring[Int(truncatingIfNeeded: number) & (ringCapacity - 1)]
            }
            ring.deallocate()
            ring = larger
            ringCapacity *= 2
        }
        let at = Int(truncatingIfNeeded: chunkNumber) & (ringCapacity - 1)
        precondition(ring[at] == nil)
        ring[at] = spare ?? ChunkMemory.allocate(capacity: 1 &<< shift)
        spare = nil
        chunkCount += 1
    }

    private func giveBack(_ chunk: UnsafeMutablePointer<Element>?) {
        if let chunk { ChunkMemory.deallocate(chunk, capacity: 1 &<< shift) }
    }
}

// MARK: - Snapshots

extension ChunkedWindow {
    /// Begins to capture the values that are there now.
    mutating func beginCapture(into sink: StateCapture, as kind: SnapshotContent.Kind) {
        capture = ColumnCapture(sink: sink, kind: kind, start: start, end: end, shift: blockShift)
        untakenFrom = start &>> UInt64(blockShift)
        untakenCount = start == end ? 0 : (end - 1) &>> UInt64(blockShift) - untakenFrom + 1
    }

    /// Takes the next block that was not taken yet. False where there is none.
    mutating func captureNext() -> Bool {
        while untakenCount > 0 {
            let block = untakenFrom
            untakenFrom += 1
            untakenCount -= 1
            if take(block, beforeChange: false) { return true }
        }
        capture = nil
        return false
    }

    mutating func endCapture() {
        untakenCount = 0
        capture = nil
    }

    @inline(never)
    private mutating func takeBeforeChange(_ block: UInt64) {
        _ = take(block, beforeChange: true)
    }

    /// A chunk whose memory is given back takes all its blocks along.
    private mutating func takeBlocks(ofChunk chunk: UInt64) {
        let first = chunk &<< UInt64(shift - blockShift)
        for block in first..<(first + 1 &<< UInt64(shift - blockShift)) where block &- untakenFrom < untakenCount {
            takeBeforeChange(block)
        }
    }

    private mutating func take(_ block: UInt64, beforeChange: Bool) -> Bool {
        let number = block &<< UInt64(blockShift)
        let at = Int(truncatingIfNeeded: number &>> UInt64(shift)) & (ringCapacity - 1)
        // Gone with its chunk, which took it along.
        guard let chunk = ring[at] else { return false }
        let memory = UnsafeRawPointer(chunk + Int(truncatingIfNeeded: number & ((1 &<< UInt64(shift)) &- 1)))
        let stride = MemoryLayout<Element>.stride
        if !beforeChange { return capture?.take(block, memory, stride: stride) ?? false }
        capture?.takeBeforeChange(block, memory, stride: stride)
        return true
    }

    /// Makes the window ready for values from `start` to `end`, which ``restore(first:_:)`` then fills in.
    ///
    /// - Precondition: It is empty, and the chunks between are as many as memory can hold.
    mutating func beginRestore(start: UInt64, end: UInt64) {
        self.start = start
        self.end = start
        var chunk = start &>> UInt64(shift)
        while self.end < end {
            addChunk(chunk)
            self.end = min(end, (chunk + 1) &<< UInt64(shift))
            chunk += 1
        }
    }

    /// Fills in values of a window that is read from a snapshot. False where they lie outside of it.
    mutating func restore(first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let stride = MemoryLayout<Element>.stride
        guard bytes.count % stride == 0, let from = bytes.baseAddress else { return bytes.isEmpty }
        let (last, overflowed) = first.addingReportingOverflow(UInt64(bytes.count / stride) - 1)
        guard !overflowed, contains(first), contains(last) else { return false }
        var number = first
        var at = 0
        while at < bytes.count {
            let chunkEnd = ((number &>> UInt64(shift)) + 1) &<< UInt64(shift)
            let taken = Int(min(chunkEnd - number, UInt64((bytes.count - at) / stride)))
            UnsafeMutableRawPointer(address(of: number)).copyMemory(from: from + at, byteCount: taken * stride)
            number += UInt64(taken)
            at += taken * stride
        }
        return true
    }
}
