// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How one character of a text is written: as it is, or escaped, so that no stored name can end a line, forge one, or
/// turn a terminal's writing direction round.
struct TextEscape: Sendable, BitwiseCopyable {
    /// The character's value where it must be escaped; otherwise unspecified.
    var scalar: UInt32
    /// Bytes that it takes in UTF-8.
    var length: Int
    /// A control character (C0, DEL, C1), a bidirectional control, or a line or paragraph separator.
    var mustEscape: Bool

    /// The character at `start`, of which `left` bytes may be read (at least one). Text comes here valid; bytes that are
    /// not UTF-8 pass one by one as they are, for none of them can be mistaken for a quote or a line feed.
    @inline(__always)
    init(_ start: UnsafePointer<UInt8>, _ left: Int) {
        let first = start[0]
        scalar = UInt32(first)
        length = 1
        mustEscape = first < 0x20 || first == 0x7F
        guard first >= 0xC2 else { return }
        // Escaped characters beyond ASCII: U+0080–U+009F, U+061C, U+200E, U+200F, U+2028–U+202E, U+2066–U+2069.
        switch first {
        case 0xC2:
            guard left >= 2, (0x80...0x9F).contains(start[1]) else { return }
            scalar = UInt32(start[1])
            length = 2
            mustEscape = true
        case 0xD8:
            guard left >= 2, start[1] == 0x9C else { return }
            scalar = 0x061C
            length = 2
            mustEscape = true
        case 0xE2:
            guard left >= 3 else { return }
            let low = UInt32(start[1] & 0x3F) << 6 | UInt32(start[2] & 0x3F)
            let candidate = 0x2000 | low
            switch candidate {
            case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
                guard start[1] & 0xC0 == 0x80, start[2] & 0xC0 == 0x80 else { return }
                scalar = candidate
                length = 3
                mustEscape = true
            default: return
            }
        default: return
        }
    }

    /// Whether a text must stand in quotes: it is empty or holds a space, `"`, `\`, `=` or anything to be escaped.
    static func needsQuotes(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count == 0 { return true }
        var index = 0
        while index < count {
            switch start[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "="): return true
            default: break
            }
            let character = TextEscape(start + index, count - index)
            if character.mustEscape { return true }
            index += character.length
        }
        return false
    }
}
