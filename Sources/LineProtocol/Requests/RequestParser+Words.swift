// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Words and quotes: where a word ends, and what stands in a quoted one.
extension RequestParser {
    @inline(__always)
    func skipSpaces(from start: Int) -> Int {
        var position = start
        while position < textCount, text[position] == UInt8(ascii: " ") { position += 1 }
        return position
    }

    @inline(__always)
    func endOfBareWord(from start: Int) -> Int {
        var position = start
        // A space stands behind the line too.
        while text[position] != UInt8(ascii: " ") { position += 1 }
        return position
    }

    /// What is wrong with a bare word that holds a quote or a backslash; nil where it holds neither.
    func misplacedQuote(_ word: Range<Int>) -> FormError.Advice? {
        for position in word {
            if text[position] == UInt8(ascii: "\"") { return .quoteMiddle }
            if text[position] == UInt8(ascii: "\\") { return .backslash }
        }
        return nil
    }

    enum Unquoted {
        case success(contentEnd: Int, next: Int)
        case failure(FormError.Advice)
    }

    /// Unescapes, in place, the quoted word whose content begins at `start`: what an escape stands for is never longer
    /// than the escape.
    mutating func unquote(from start: Int, to end: Int) -> Unquoted {
        var source = start
        var target = start
        while source < end {
            let byte = text[source]
            source += 1
            if byte == UInt8(ascii: "\"") {
                guard source == end || text[source] == UInt8(ascii: " ") else { return .failure(.quoteEnd) }
                return .success(contentEnd: target, next: source)
            }
            guard byte == UInt8(ascii: "\\") else {
                text[target] = byte
                target += 1
                continue
            }
            guard source < end else { return .failure(.quoteOpen) }
            let escaped = text[source]
            source += 1
            switch escaped {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text[target] = escaped
                target += 1
            case UInt8(ascii: "n"):
                text[target] = 0x0A
                target += 1
            case UInt8(ascii: "t"):
                text[target] = 0x09
                target += 1
            case UInt8(ascii: "u"):
                guard source < end, text[source] == UInt8(ascii: "{") else { return .failure(.escape) }
                source += 1
                var value: UInt32 = 0
                var digits = 0
                while source < end, let digit = Self.hexDigit(text[source]), digits < 7 {
                    value = value << 4 | digit
                    digits += 1
                    source += 1
                }
                guard (1...6).contains(digits), source < end, text[source] == UInt8(ascii: "}"),
                    let scalar = Unicode.Scalar(value)
                else { return .failure(.escape) }
                guard value != 0 else { return .failure(.escapedNothing) }
                source += 1
                for byte in UTF8.encode(scalar).unsafelyUnwrapped {
                    text[target] = byte
                    target += 1
                }
            default:
                return .failure(.escape)
            }
        }
        return .failure(.quoteOpen)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Adds a word to those that are put together behind the line, with a space between.
    mutating func join(_ word: Range<Int>, at start: Int, _ joinedCount: inout Int) {
        guard !word.isEmpty else { return }
        if joinedCount > 0 {
            text[start + joinedCount] = UInt8(ascii: " ")
            joinedCount += 1
        }
        (text + start + joinedCount).update(from: text + word.lowerBound, count: word.count)
        joinedCount += word.count
    }
}
