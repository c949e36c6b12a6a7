// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

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

    /// - Parameter chunkShift: log 2 of the elements in a chunk.
    init(chunkShift: Int = 12) {
        shift = chunkShift
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
            yield &spine[index &>> shift][index & ((1 &<< shift) &- 1)]
        }
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
    private(set) var chunkCount = 0

    init(startingAt number: UInt64, chunkShift: Int = 12) {
        start = number
        end = number
        shift = chunkShift
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
        @inline(__always) _modify { yield &address(of: number).pointee }
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
            let at = Int(truncatingIfNeeded: chunkNumber) & (ringCapacity - 1)
            if spare == nil { spare = ring[at] } else { ring[at]?.deallocate() }
            ring[at] = nil
            chunkCount -= 1
        }
    }

    /// Forgets all values; numbers go on.
    mutating func removeAll() {
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
