// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// 64 bits that stand for some bytes: the same on every machine and in every run, as idempotency keys need.
///
/// FNV-1a with a final mix. It tells versions of a file apart; it does not withstand somebody who looks for two files
/// of one digest, and nothing depends on that: what such a person could reach is `KEY_MISMATCH`.
struct ContentDigest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(_ bytes: [UInt8]) {
        add(bytes)
    }

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// Adds a text and its end, so that "ab" and "c" differ from "a" and "bc".
    mutating func add(_ text: String) {
        add(Array(text.utf8))
        add([0xFF])
    }

    /// Sixteen hexadecimal digits.
    var hex: String {
        var mixed = value
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        mixed ^= mixed >> 33
        let digits = String(mixed, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
