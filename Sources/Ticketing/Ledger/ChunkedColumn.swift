// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CPrefetch

/// A column of plain values that grows by chunks: adding a value never copies the ones before it, so growth never
/// pauses the shard. Only the spine, eight bytes a chunk, is ever moved.
///
/// Indexes are checked, in release too: a wrong one is a defect that must not read another's seat.
struct ChunkedColumn<Element: BitwiseCopyable>: ~Copyable {
    private var spine: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private var spineCapacity: Int
    private var chunkCount = 0
    private(set) var count = 0
    /// Log 2 of the elements in a chunk.
    private let shift: Int
    // While the column is captured for a snapshot: blocks from this one on, so many, may be untaken. Looked at before
    // every change, so they are two plain integers. A block is a part of a chunk: what is copied before a change.
    private var untakenFrom = 0
    private var untakenCount = 0
    private var capture: ColumnCapture?
    /// Log 2 of the elements in a block.
    private let blockShift: Int

    /// - Parameter chunkShift: log 2 of the elements in a chunk.
    init(chunkShift: Int = 12) {
        shift = chunkShift
        blockShift = ColumnCapture.blockShift(chunkShift: chunkShift, stride: MemoryLayout<Element>.stride)
        spineCapacity = 8
        spine = .allocate(capacity: 8)
    }

    deinit {
        for chunk in 0..<chunkCount { spine[chunk].deallocate() }
        spine.deallocate()
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "a column was read past its end")
            return spine[index &>> shift][index & ((1 &<< shift) &- 1)]
        }
        _modify {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "a column was written past its end")
            if UInt(bitPattern: (index &>> blockShift) &- untakenFrom) < UInt(bitPattern: untakenCount) {
                takeBeforeChange(index &>> blockShift)
            }
            yield &spine[index &>> shift][index & ((1 &<< shift) &- 1)]
        }
    }

    /// Has an element fetched that will be needed soon; nothing where there is none.
    @inline(__always)
    func prefetch(_ index: Int) {
        guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return }
        box_office_prefetch(spine[index &>> shift] + (index & ((1 &<< shift) &- 1)))
    }

    mutating func append(_ element: Element) {
        if count == chunkCount &<< shift { addChunk() }
        (spine[count &>> shift] + (count & ((1 &<< shift) &- 1))).initialize(to: element)
        count += 1
    }

    mutating func append(repeating element: Element, count added: Int) {
        for _ in 0..<added { append(element) }
    }

    mutating func removeLast() {
        precondition(count > 0)
        count -= 1
    }

    /// Empties the column and gives its memory back.
    mutating func removeAll() {
        endCapture()
        for chunk in 0..<chunkCount { spine[chunk].deallocate() }
        chunkCount = 0
        count = 0
    }

    var bytesAllocated: Int { (chunkCount &<< shift) * MemoryLayout<Element>.stride + spineCapacity * 8 }

    private mutating func addChunk() {
        if chunkCount == spineCapacity {
            let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: spineCapacity * 2)
            larger.moveInitialize(from: spine, count: chunkCount)
            spine.deallocate()
            spine = larger
            spineCapacity *= 2
        }
        (spine + chunkCount).initialize(to: .allocate(capacity: 1 &<< shift))
        chunkCount += 1
    }
}

// MARK: - Snapshots

extension ChunkedColumn {
    /// Begins to capture the elements that are there now.
    mutating func beginCapture(into sink: StateCapture, as kind: SnapshotContent.Kind) {
        capture = ColumnCapture(sink: sink, kind: kind, start: 0, end: UInt64(count), shift: blockShift)
        untakenFrom = 0
        untakenCount = (count + (1 &<< blockShift) - 1) &>> blockShift
    }

    /// Takes the next block that was not taken yet. False where there is none: the column is captured.
    mutating func captureNext() -> Bool {
        while untakenCount > 0 {
            let block = untakenFrom
            untakenFrom += 1
            untakenCount -= 1
            let memory = memory(ofBlock: block)
            let isTaken = capture?.take(UInt64(block), memory, stride: MemoryLayout<Element>.stride)
            if isTaken == true { return true }
        }
        capture = nil
        return false
    }

    mutating func endCapture() {
        untakenCount = 0
        capture = nil
    }

    @inline(never)
    private mutating func takeBeforeChange(_ block: Int) {
        let memory = memory(ofBlock: block)
        capture?.takeBeforeChange(UInt64(block), memory, stride: MemoryLayout<Element>.stride)
    }

    private func memory(ofBlock block: Int) -> UnsafeRawPointer {
        let index = block &<< blockShift
        return UnsafeRawPointer(spine[index &>> shift] + index & ((1 &<< shift) &- 1))
    }

    /// Fills in elements of a column that is read from a snapshot.
    mutating func restore(first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let stride = MemoryLayout<Element>.stride
        guard bytes.count % stride == 0, let from = bytes.baseAddress else { return bytes.isEmpty }
        var index = Int(clamping: first)
        var at = 0
        guard index < SnapshotContent.columnCountMax else { return false }
        // Images come in any order: what lies between is filled in by others.
        while at < bytes.count {
            while chunkCount <= index &>> shift { addChunk() }
            let room = (1 &<< shift) - index & ((1 &<< shift) &- 1)
            let taken = min(room, (bytes.count - at) / stride)
            UnsafeMutableRawPointer(spine[index &>> shift] + index & ((1 &<< shift) &- 1))
                .copyMemory(from: from + at, byteCount: taken * stride)
            index += taken
            at += taken * stride
            count += taken
        }
        return count < SnapshotContent.columnCountMax
    }

    /// Whether all elements of a column that was read from a snapshot are there.
    func isRestored(count expected: UInt64) -> Bool {
        UInt64(count) == expected && chunkCount == (count + (1 &<< shift) - 1) &>> shift
    }
}

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
        for chunk in 0..<ringCapacity { ring[chunk]?.deallocate() }
        ring.deallocate()
        spare?.deallocate()
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
            if spare == nil { spare = ring[at] } else { ring[at]?.deallocate() }
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
        ring[at] = spare ?? .allocate(capacity: 1 &<< shift)
        spare = nil
        chunkCount += 1
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

/// What is left to do of one column's capture.
struct ColumnCapture: ~Copyable {
    private let sink: StateCapture
    private let kind: SnapshotContent.Kind
    /// The elements to capture, by number.
    private let start: UInt64
    private let end: UInt64
    /// Log 2 of the elements in a block.
    private let shift: UInt64
    private let firstBlock: UInt64
    /// A bit for each block from the first: taken.
    private var taken: [UInt64]

    /// Bytes that are copied at once before a change: little enough that a booking, which touches some ten columns, costs
    /// a few microseconds more.
    private static var blockBytes: Int { 4_096 }

    /// Log 2 of the elements in a block of a column.
    static func blockShift(chunkShift: Int, stride: Int) -> Int {
        var shift = 0
        while shift < chunkShift, stride << (shift + 1) <= blockBytes { shift += 1 }
        return shift
    }

    init(sink: StateCapture, kind: SnapshotContent.Kind, start: UInt64, end: UInt64, shift: Int) {
        self.sink = sink
        self.kind = kind
        self.start = start
        self.end = end
        self.shift = UInt64(shift)
        firstBlock = start &>> UInt64(shift)
        let blocks = start == end ? 0 : (end - 1) &>> UInt64(shift) - firstBlock + 1
        taken = Array(repeating: 0, count: Int((blocks + 63) / 64))
    }

    mutating func takeBeforeChange(_ block: UInt64, _ memory: UnsafeRawPointer, stride: Int) {
        let before = sink.bytesCopied
        _ = take(block, memory, stride: stride)
        sink.noteCopyBeforeChange(bytes: sink.bytesCopied - before)
    }

    /// Copies a block, if it was not taken yet. Returns whether it was copied now.
    mutating func take(_ block: UInt64, _ memory: UnsafeRawPointer, stride: Int) -> Bool {
        let bit = Int(block - firstBlock)
        let mask: UInt64 = 1 << UInt64(bit % 64)
        guard taken[bit / 64] & mask == 0 else { return false }
        taken[bit / 64] |= mask
        let blockStart = block &<< shift
        let first = max(start, blockStart)
        let last = min(end, (block + 1) &<< shift)
        sink.take(
            kind, first: first,
            UnsafeRawBufferPointer(
                start: memory + Int(first - blockStart) * stride, count: Int(last - first) * stride),
            elementBytes: stride)
        return true
    }
}
