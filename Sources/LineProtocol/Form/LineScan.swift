// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a look at every byte of a line tells, eight at a time: whether the slow checks are needed at all.
struct LineScan {
    /// Some byte is not ASCII.
    var hasNonASCII: Bool
    /// Some byte is an ASCII control character.
    var hasControl: Bool
    /// Some byte is a `"` or a `\`.
    var hasQuote: Bool

    /// - Complexity: O(count). Reads up to 7 bytes past `count`, which must be readable and are ignored.
    @inline(__always)
    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        let raw = UnsafeRawPointer(start)
        var high: UInt64 = 0
        var control: UInt64 = 0
        var quote: UInt64 = 0
        var index = 0
        while index < count {
            var word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            let left = count - index
            if left < 8 {
                // Bytes past the end become letters, which no check minds.
                let mask = (1 as UInt64) << UInt64(left * 8) &- 1
                word = (word & mask) | (0x6161_6161_6161_6161 & ~mask)
            }
            high |= word
            control |= (word &- 0x2020_2020_2020_2020) & ~word
            control |= Self.zeroBytes(word ^ 0x7F7F_7F7F_7F7F_7F7F)
            quote |= Self.zeroBytes(word ^ 0x2222_2222_2222_2222) | Self.zeroBytes(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            index += 8
        }
        hasNonASCII = high & 0x8080_8080_8080_8080 != 0
        hasControl = control & 0x8080_8080_8080_8080 != 0
        hasQuote = quote & 0x8080_8080_8080_8080 != 0
    }

    /// The high bit of each byte that is zero; exact as to whether there is any (bits above the first may be wrong).
    @inline(__always)
    static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }
}

/// What bytes are as UTF-8.
enum TextHealth {
    case good
    /// Surrogates and over-long forms included.
    case notUTF8
    /// A control character of U+0080 to U+009F.
    case control

    /// - Complexity: O(count)
    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        var index = 0
        var sawControl = false
        while index < count {
            let first = start[index]
            if first < 0x80 {
                index += 1
                continue
            }
            // The Unicode Standard, table 3-7: the second byte's range excludes over-long forms, surrogates and
            // everything past U+10FFFF.
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch first {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                second = 0xA0...0xBF
            case 0xED:
                length = 3
                second = 0x80...0x9F
            case 0xE1...0xEF: length = 3
            case 0xF0:
                length = 4
                second = 0x90...0xBF
            case 0xF1...0xF3: length = 4
            case 0xF4:
                length = 4
                second = 0x80...0x8F
            default:
                self = .notUTF8
                return
            }
            guard index + length <= count, second.contains(start[index + 1]) else {
                self = .notUTF8
                return
            }
            for offset in 2..<max(2, length) where start[index + offset] & 0xC0 != 0x80 {
                self = .notUTF8
                return
            }
            if first == 0xC2, start[index + 1] < 0xA0 { sawControl = true }
            index += length
        }
        self = sawControl ? .control : .good
    }
}
