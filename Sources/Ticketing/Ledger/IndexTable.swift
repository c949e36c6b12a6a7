// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds numbers by hash: open addressing that grows a little with each insertion, so that no insertion pays for all.
///
/// A growing table keeps the old slots beside the new ones and moves sixteen of them with each insertion; looking up
/// checks both. What a number stands for, and whether it is the one looked for, its owner knows. Nothing is ever
/// removed but everything.
struct IndexTable: ~Copyable {
    /// A slot: the hash in the upper half, the number plus one in the lower; 0 is free.
    private var slots: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private(set) var count = 0
    private var oldSlots: UnsafeMutablePointer<UInt64>?
    private var oldCapacity = 0
    /// How many of the old slots have moved.
    private var moved = 0

    private static let firstCapacity = 64
    private static let movedPerInsertion = 16

    init() {
        capacity = Self.firstCapacity
        slots = .allocate(capacity: Self.firstCapacity)
        slots.initialize(repeating: 0, count: Self.firstCapacity)
    }

    /// A table with room for `count` numbers.
    init(for count: Int) {
        capacity = Self.firstCapacity
        while count * 4 >= capacity * 3 { capacity *= 2 }
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
    }

    deinit {
        slots.deallocate()
        oldSlots?.deallocate()
    }

    @inline(__always)
    func find(hash: UInt32, where isEqual: (Int) -> Bool) -> Int? {
        if let found = Self.find(hash, in: slots, capacity, where: isEqual) { return found }
        // Old slots are left as they are until all have moved, so that their chains stay whole.
        guard let oldSlots else { return nil }
        return Self.find(hash, in: oldSlots, oldCapacity, where: isEqual)
    }

    @inline(__always)
    private static func find(
        _ hash: UInt32, in slots: UnsafeMutablePointer<UInt64>, _ capacity: Int, where isEqual: (Int) -> Bool
    ) -> Int? {
        var at = Int(hash) & (capacity - 1)
        while slots[at] != 0 {
            if slots[at] >> 32 == UInt64(hash) {
                let number = Int(slots[at] & 0xFFFF_FFFF) - 1
                if isEqual(number) { return number }
            }
            at = (at + 1) & (capacity - 1)
        }
        return nil
    }

    /// Enters a number that is not there yet.
    mutating func insert(hash: UInt32, _ number: Int) {
        precondition(number >= 0 && number < Int(UInt32.max))
        moveSome()
        if oldSlots == nil, count * 4 >= capacity * 3 { grow() }
        Self.place(UInt64(hash) << 32 | UInt64(number + 1), in: slots, capacity)
        count += 1
    }

    private static func place(_ slot: UInt64, in slots: UnsafeMutablePointer<UInt64>, _ capacity: Int) {
        var at = Int(slot >> 32) & (capacity - 1)
        while slots[at] != 0 { at = (at + 1) & (capacity - 1) }
        slots[at] = slot
    }

    private mutating func grow() {
        oldSlots = slots
        oldCapacity = capacity
        moved = 0
        capacity *= 2
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
    }

    private mutating func moveSome() {
        guard let old = oldSlots else { return }
        for _ in 0..<Self.movedPerInsertion {
            if moved == oldCapacity {
                old.deallocate()
                oldSlots = nil
                return
            }
            if old[moved] != 0 { Self.place(old[moved], in: slots, capacity) }
            moved += 1
        }
    }

    mutating func removeAll() {
        slots.deallocate()
        oldSlots?.deallocate()
        oldSlots = nil
        count = 0
        capacity = Self.firstCapacity
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
    }

    var bytesAllocated: Int { (capacity + oldCapacity) * 8 }
}
