// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The items of open holds: stretches of 1, 2, 4 … 128 items, each size with a list of the free ones, so that holding
/// and releasing seats all day allocates nothing once the busiest moment has passed.
struct ItemSlab: ~Copyable {
    private var items: ChunkedColumn<HeldItem>
    /// The first free stretch of each size, plus one; a free stretch names the next one in its first item.
    private var free: InlineArray<8, UInt32>

    init() {
        items = ChunkedColumn(chunkShift: 10)
        free = InlineArray(repeating: 0)
    }

    /// The smallest size that `count` items fit in: log 2 of its items.
    static func sizeClass(for count: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    /// Takes a stretch; its items hold whatever they held.
    mutating func allocate(sizeClass: UInt8) -> UInt32 {
        let head = free[Int(sizeClass)]
        if head != 0 {
            free[Int(sizeClass)] = items[Int(head - 1)].place.rawValue
            return head - 1
        }
        let start = UInt32(items.count)
        items.append(repeating: HeldItem(Place(rawValue: 0), priceMinor: 0), count: 1 << Int(sizeClass))
        return start
    }

    mutating func release(_ start: UInt32, sizeClass: UInt8) {
        items[Int(start)] = HeldItem(Place(rawValue: free[Int(sizeClass)]), priceMinor: 0)
        free[Int(sizeClass)] = start + 1
    }

    subscript(index: Int) -> HeldItem {
        @inline(__always) get { items[index] }
        @inline(__always) set { items[index] = newValue }
    }

    func prefetch(_ index: Int) { items.prefetch(index) }

    mutating func removeAll() {
        items.removeAll()
        free = InlineArray(repeating: 0)
    }

    var bytesAllocated: Int { items.bytesAllocated }
}

// MARK: - Snapshots

extension ItemSlab {
    /// The heads of the lists of free stretches.
    var freeHeads: [UInt32] {
        get { (0..<8).map { free[$0] } }
        set { for index in 0..<8 { free[index] = newValue[index] } }
    }

    var count: Int { items.count }

    mutating func beginCapture(into sink: StateCapture) { items.beginCapture(into: sink, as: .items) }
    mutating func captureNext() -> Bool { items.captureNext() }
    mutating func endCapture() { items.endCapture() }
    mutating func restore(first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        items.restore(first: first, bytes)
    }
    func isRestored(count: UInt64) -> Bool { items.isRestored(count: count) }
}
