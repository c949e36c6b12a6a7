// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CIntrinsics

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
        for chunk in 0..<chunkCount { ChunkMemory.deallocate(spine[chunk], capacity: 1 &<< shift) }
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
        let element = UnsafeRawPointer(spine[index &>> shift] + (index & ((1 &<< shift) &- 1)))
        box_office_prefetch(element)
        if MemoryLayout<Element>.stride > 64 {
            box_office_prefetch(element + 64)
            box_office_prefetch(element + (MemoryLayout<Element>.size - 1))
        }
    }

    /// The first index in a range whose element is as wanted: each chunk is looked up once.
    @inline(__always)
    func firstIndex(in range: Range<Int>, where isWanted: (_ index: Int, _ element: Element) -> Bool) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a column was read past its end")
        var index = range.lowerBound
        while index < range.upperBound {
            let end = min(range.upperBound, ((index &>> shift) &+ 1) &<< shift)
            let chunk = spine[index &>> shift]
            let first = (index &>> shift) &<< shift
            while index < end {
                if isWanted(index, chunk[index &- first]) { return index }
                index &+= 1
            }
        }
        return nil
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
        for chunk in 0..<chunkCount { ChunkMemory.deallocate(spine[chunk], capacity: 1 &<< shift) }
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
        (spine + chunkCount).initialize(to: ChunkMemory.allocate(capacity: 1 &<< shift))
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
