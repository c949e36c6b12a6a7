// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Gives each distinct name a number, in the order in which they first came. A name is known by 64 bits of its texts, in a
/// builder as among merged segments; the texts themselves are not kept. Open addressing; nothing is removed.
struct IdentityTable {
    private(set) var count = 0
    /// By slot, the identity (never 0) and the number; one look in memory finds both.
    private var slots: [UInt64] = Array(repeating: 0, count: 128)
    private var mask = 63
    /// Identities and numbers that came lately, where their lowest bits say: those of a tour come again and again, and
    /// these fit the nearest cache.
    private var recent: [UInt64] = []
    private static let recentCount = 1_024

    /// The number of an identity, given now if it is new.
    mutating func number(of identity: UInt64) -> UInt32 {
        // Small tables are near anyway.
        guard mask >= Self.recentCount else { return lookUp(identity) }
        if recent.isEmpty { recent = Array(repeating: 0, count: 2 * Self.recentCount) }
        let place = 2 * (Int(truncatingIfNeeded: identity) & (Self.recentCount - 1))
        if recent[place] == identity { return UInt32(truncatingIfNeeded: recent[place + 1]) }
        let number = lookUp(identity)
        recent[place] = identity
        recent[place + 1] = UInt64(number)
        return number
    }

    private mutating func lookUp(_ identity: UInt64) -> UInt32 {
        var slot = Int(truncatingIfNeeded: identity >> 7) & mask
        while slots[2 * slot] != 0 {
            if slots[2 * slot] == identity { return UInt32(truncatingIfNeeded: slots[2 * slot + 1]) }
            slot = (slot + 1) & mask
        }
        slots[2 * slot] = identity
        slots[2 * slot + 1] = UInt64(count)
        count += 1
        if 2 * count > mask { grow() }
        return UInt32(count - 1)
    }

    private mutating func grow() {
        let before = slots
        mask = mask * 4 + 3
        slots = Array(repeating: 0, count: 2 * (mask + 1))
        for place in stride(from: 0, to: before.count, by: 2) where before[place] != 0 {
            var slot = Int(truncatingIfNeeded: before[place] >> 7) & mask
            while slots[2 * slot] != 0 { slot = (slot + 1) & mask }
            slots[2 * slot] = before[place]
            slots[2 * slot + 1] = before[place + 1]
        }
    }

    /// The identity of a name by its kind and texts; the same in every run, and never 0.
    static func identity(of text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let raw = UnsafeRawBufferPointer(text)
        var (one, other): (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15 ^ UInt64(text.count), 0xD6E8_FEB8_6659_FD93)
        func take(_ word: UInt64) {
            let product = (one ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
            one = product.high ^ product.low &+ other
            other = (other ^ word) &* 0xBF58_476D_1CE4_E5B9
            other ^= other >> 29
        }
        var position = 0
        while position + 8 <= raw.count {
            take(raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var rest: UInt64 = 0
        while position < raw.count {
            rest = rest << 8 | UInt64(raw[position])
            position += 1
        }
        take(rest)
        let mixed = (one ^ other >> 32).multipliedFullWidth(by: 0xBF58_476D_1CE4_E5B9)
        return max(1, mixed.high ^ mixed.low ^ other)
    }
}
