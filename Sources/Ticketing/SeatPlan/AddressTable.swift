// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A hash over the bytes of an address, taken in pieces: `stalls/A/` once, then each label that follows.
///
/// FNV-1a with a final mix. It is not keyed: labels come from operators, who gain nothing by slowing their own house.
struct AddressHash: BitwiseCopyable {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func update(byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    @inline(__always)
    mutating func update(_ bytes: Span<UInt8>) {
        for index in bytes.indices { update(byte: bytes[index]) }
    }

    @inline(__always)
    mutating func update(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for index in range { update(byte: bytes[index]) }
    }

    /// The hash of all bytes so far.
    var value: UInt64 {
        var mixed = state
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ (mixed >> 33)
    }
}

/// Numbers by hash: open addressing, made once for a known count and never grown. What a number stands for, and
/// whether it is the one looked for, its owner knows.
struct AddressTable: Sendable {
    /// A number plus one; 0 is free.
    private var slots: [UInt32]

    /// A table for `count` numbers, at most half full.
    init(count: Int) {
        var capacity = 2
        while capacity < count * 2 { capacity *= 2 }
        slots = Array(repeating: 0, count: capacity)
    }

    /// Enters `number`, unless one that `isEqual` is there: then that one is given back.
    mutating func insert(_ number: Int, hash: UInt64, isEqual: (Int) -> Bool) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let other = Int(slots[slot] - 1)
            if isEqual(other) { return other }
            slot = (slot + 1) & mask
        }
        slots[slot] = UInt32(truncatingIfNeeded: number + 1)
        return nil
    }

    @inline(__always)
    func find(_ hash: UInt64, isEqual: (Int) -> Bool) -> Int? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot] - 1)
            if isEqual(number) { return number }
            slot = (slot + 1) & mask
        }
        return nil
    }
}
