// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Speck, a small block cipher, written from "The SIMON and SPECK Families of Lightweight Block Ciphers"
/// (Beaulieu and others, 2013, IACR ePrint 2013/404). The tests check it with the vectors printed there.
///
/// It hides how many holds and tickets a house has sold and makes their ids impossible to guess. Nothing but that rests
/// on it: it is no transport encryption.

/// Speck64/128: blocks of 64 bits, 27 rounds.
struct Speck64: Sendable {
    static let rounds = 27
    private var roundKeys: InlineArray<27, UInt32>

    /// - Parameter key: four words, the lowest first: the paper prints them from the highest.
    init(key: InlineArray<4, UInt32>) {
        roundKeys = InlineArray(repeating: 0)
        var k = key[0]
        var l = InlineArray<3, UInt32>(repeating: 0)
        for index in 0..<3 { l[index] = key[index + 1] }
        for round in 0..<Self.rounds {
            roundKeys[round] = k
            let next = (k &+ l[round % 3].rotated(right: 8)) ^ UInt32(round)
            l[round % 3] = next
            k = k.rotated(left: 3) ^ next
        }
    }

    func encrypt(_ block: UInt64) -> UInt64 {
        var x = UInt32(truncatingIfNeeded: block >> 32)
        var y = UInt32(truncatingIfNeeded: block)
        let keys = roundKeys.span
        for round in keys.indices {
            x = (x.rotated(right: 8) &+ y) ^ keys[unchecked: round]
            y = y.rotated(left: 3) ^ x
        }
        return UInt64(x) << 32 | UInt64(y)
    }

    func decrypt(_ block: UInt64) -> UInt64 {
        var x = UInt32(truncatingIfNeeded: block >> 32)
        var y = UInt32(truncatingIfNeeded: block)
        for round in (0..<Self.rounds).reversed() {
            y = (y ^ x).rotated(right: 3)
            x = ((x ^ roundKeys[round]) &- y).rotated(left: 8)
        }
        return UInt64(x) << 32 | UInt64(y)
    }
}

/// Speck128/256: blocks of 128 bits, 34 rounds.
struct Speck128: Sendable {
    static let rounds = 34
    private var roundKeys: InlineArray<34, UInt64>

    /// - Parameter key: four words, the lowest first: the paper prints them from the highest.
    init(key: InlineArray<4, UInt64>) {
        roundKeys = InlineArray(repeating: 0)
        var k = key[0]
        var l = InlineArray<3, UInt64>(repeating: 0)
        for index in 0..<3 { l[index] = key[index + 1] }
        for round in 0..<Self.rounds {
            roundKeys[round] = k
            let next = (k &+ l[round % 3].rotated(right: 8)) ^ UInt64(round)
            l[round % 3] = next
            k = k.rotated(left: 3) ^ next
        }
    }

    func encrypt(_ block: WideBlock) -> WideBlock {
        var x = block.high
        var y = block.low
        for round in 0..<Self.rounds {
            x = (x.rotated(right: 8) &+ y) ^ roundKeys[round]
            y = y.rotated(left: 3) ^ x
        }
        return WideBlock(high: x, low: y)
    }

    func decrypt(_ block: WideBlock) -> WideBlock {
        var x = block.high
        var y = block.low
        for round in (0..<Self.rounds).reversed() {
            y = (y ^ x).rotated(right: 3)
            x = ((x ^ roundKeys[round]) &- y).rotated(left: 8)
        }
        return WideBlock(high: x, low: y)
    }
}

/// A block of 128 bits.
struct WideBlock: Equatable, Sendable, BitwiseCopyable {
    var high: UInt64
    var low: UInt64
}

extension FixedWidthInteger {
    @inline(__always)
    func rotated(left count: Int) -> Self {
        (self &<< Self(count)) | (self &>> Self(Self.bitWidth - count))
    }

    @inline(__always)
    func rotated(right count: Int) -> Self {
        rotated(left: Self.bitWidth - count)
    }
}
