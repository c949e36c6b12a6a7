// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Gives each distinct byte string a number, in the order in which they first came. Open addressing; nothing is removed.
struct ByteStringTable {
    private(set) var bytes: [UInt8] = []
    /// Where each string begins in `bytes`, and behind the last one where it ends.
    private(set) var starts: [UInt32] = [0]
    /// The hash above, number + 1 below; or 0. One look tells a stranger.
    private var slots: [UInt64]
    private var mask: Int

    init(capacity: Int = 64) {
        slots = Array(repeating: 0, count: max(64, capacity))
        mask = slots.count - 1
    }

    var count: Int { starts.count - 1 }

    /// The number of `text` behind the byte `space` (0 for none), given now if it is new.
    mutating func number(of text: UnsafeBufferPointer<UInt8>, space: UInt8) -> UInt32 {
        let hash = Self.hash(text, seed: space)
        let length = text.count + (space == 0 ? 0 : 1)
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if slots[slot] >> 32 == UInt64(hash), Int(starts[number + 1] - starts[number]) == length,
                isEqual(number, text, space: space)
            {
                return UInt32(number)
            }
            slot = (slot + 1) & mask
        }
        let number = UInt32(count)
        slots[slot] = UInt64(hash) << 32 | UInt64(number + 1)
        if space != 0 { bytes.append(space) }
        bytes.append(contentsOf: text)
        starts.append(UInt32(bytes.count))
        if count * 2 > slots.count { grow() }
        return number
    }

    @inline(__always)
    private func isEqual(_ number: Int, _ text: UnsafeBufferPointer<UInt8>, space: UInt8) -> Bool {
        bytes.withUnsafeBufferPointer { all in
            var start = Int(starts[number])
            if space != 0 {
                guard all[start] == space else { return false }
                start += 1
            }
            return ByteOrder.areEqual(
                UnsafeBufferPointer(rebasing: all[start..<(start + text.count)]), text)
        }
    }

    private mutating func grow() {
        mask = slots.count * 4 - 1
        let before = slots
        slots = Array(repeating: 0, count: mask + 1)
        for entry in before where entry != 0 {
            var slot = Int(entry >> 32) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = entry
        }
    }

    /// Eight bytes at a time, each folded in by a multiplication. Unkeyed on purpose: the same in every run.
    static func hash(_ text: UnsafeBufferPointer<UInt8>, seed: UInt8) -> UInt32 {
        var hash = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(text.count)
        let raw = UnsafeRawBufferPointer(text)
        var position = 0
        while position + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x9FB2_1C65_1E98_DF25
            hash ^= hash >> 32
            position += 8
        }
        var rest: UInt64 = 0
        while position < raw.count {
            rest = rest << 8 | UInt64(raw[position])
            position += 1
        }
        hash = (hash ^ rest) &* 0x9FB2_1C65_1E98_DF25
        hash ^= hash >> 29
        hash = hash &* 0xBF58_476D_1CE4_E5B9
        return UInt32(truncatingIfNeeded: hash >> 32)
    }
}

/// The order of byte strings: byte by byte, a prefix first.
enum ByteOrder {
    @inline(__always)
    static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.count == right.count && commonPrefix(left, right) == left.count
    }

    /// Negative, zero or positive as `left` is before, equal to or behind `right`.
    static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let common = commonPrefix(left, right)
        if common < left.count, common < right.count { return Int(left[common]) - Int(right[common]) }
        return left.count - right.count
    }

    @inline(__always)
    static func commonPrefix(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let count = min(left.count, right.count)
        let (rawLeft, rawRight) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        var position = 0
        while position + 8 <= count {
            let difference =
                rawLeft.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                ^ rawRight.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if difference != 0 { return position + UInt64(littleEndian: difference).trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count, left[position] == right[position] { position += 1 }
        return position
    }

    /// The first eight bytes as a number that orders as they do.
    @inline(__always)
    static func key(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        if text.count >= 8 {
            return UInt64(bigEndian: UnsafeRawBufferPointer(text).loadUnaligned(as: UInt64.self))
        }
        var key: UInt64 = 0
        for byte in text { key = key << 8 | UInt64(byte) }
        return text.isEmpty ? 0 : key << UInt64(8 * (8 - text.count))
    }
}
