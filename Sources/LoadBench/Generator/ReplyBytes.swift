// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reading a line of a reply in place, byte by byte.
extension Span where Element == UInt8 {
    /// Whether `text` stands at `offset`.
    func has(_ text: StaticString, at offset: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, count - offset >= length else { return false }
        let bytes = text.utf8Start
        for index in 0..<length where self[offset + index] != bytes[index] { return false }
        return true
    }

    func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
        has(bytes.span, at: offset)
    }

    func has(_ bytes: Span<UInt8>, at offset: Int = 0) -> Bool {
        guard offset >= 0, count - offset >= bytes.count else { return false }
        for index in 0..<bytes.count where self[offset + index] != bytes[index] { return false }
        return true
    }

    /// Where the first space at or after `offset` stands, or the end.
    func wordEnd(from offset: Int) -> Int {
        var index = offset
        while index < count, self[index] != UInt8(ascii: " ") { index += 1 }
        return index
    }

    /// Where the value of ` key=` begins: `key` is written with its space and equals sign.
    func value(of key: StaticString) -> Int? {
        let length = key.utf8CodeUnitCount
        guard count >= length else { return nil }
        for index in 0...(count - length) where self[index] == UInt8(ascii: " ") && has(key, at: index) {
            return index + length
        }
        return nil
    }

    /// The number at `offset`, which moves behind it; nil where no digit stands there or the number is too long.
    func number(at offset: inout Int) -> Int? {
        var value = 0
        let begin = offset
        while offset < count, offset - begin < 18 {
            let digit = self[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value * 10 + Int(digit)
            offset += 1
        }
        return offset > begin ? value : nil
    }

    /// The text, for a person.
    var text: String {
        var bytes: [UInt8] = []
        for index in indices { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
