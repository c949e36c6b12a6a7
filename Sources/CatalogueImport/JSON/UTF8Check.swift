// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What UTF-8 allows, for the bytes inside strings.
enum UTF8Check {
    /// The length of the well-formed sequence at `position`; 0 where it is malformed, -1 where the bytes end inside it.
    ///
    /// Overlong forms, surrogates and values past U+10FFFF are malformed (Unicode, table 3-7).
    static func sequenceLength(_ bytes: [UInt8], at position: Int) -> Int {
        let first = bytes[position]
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        let length: Int
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if first == 0xE0 { low = 0xA0 }
            if first == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if first == 0xF0 { low = 0x90 }
            if first == 0xF4 { high = 0x8F }
        default: return 0
        }
        for offset in 1..<length {
            guard position + offset < bytes.count else { return -1 }
            let byte = bytes[position + offset]
            guard byte >= low, byte <= high else { return 0 }
            low = 0x80
            high = 0xBF
        }
        return length
    }
}
