// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Builds one request line of the protocol: a verb, what it is about, and `key=value` pairs, quoted where they must be.
struct RequestLine {
    private(set) var bytes: [UInt8]

    /// - Parameter verb: The verb and its ids, which are words that need no quotes.
    init(_ verb: StaticString, _ subject: String) {
        bytes = []
        bytes.reserveCapacity(160)
        verb.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: subject.utf8)
    }

    /// Appends a word: a category or an amount, which need no quotes.
    mutating func word(_ text: String) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func value(_ key: StaticString, _ text: String) {
        bytes.append(UInt8(ascii: " "))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "="))
        Self.append(text, to: &bytes)
    }

    /// Appends `key=` unless there is nothing to say.
    mutating func value(_ key: StaticString, unlessEmpty text: String) {
        if !text.isEmpty { value(key, text) }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Quoting

    /// Appends a value, bare where every reader of the protocol agrees that it can be.
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        if isBare(text) {
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes.append(contentsOf: Array("\\\"".utf8))
            case "\\": bytes.append(contentsOf: Array("\\\\".utf8))
            case "\n": bytes.append(contentsOf: Array("\\n".utf8))
            case "\t": bytes.append(contentsOf: Array("\\t".utf8))
            default:
                if mustBeEscaped(scalar) {
                    bytes.append(contentsOf: Array("\\u{\(String(scalar.value, radix: 16))}".utf8))
                } else {
                    bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isBare(_ text: String) -> Bool {
        if text.isEmpty { return false }
        for scalar in text.unicodeScalars {
            if scalar.value <= 0x20 || scalar == "\"" || scalar == "\\" || scalar == "=" || mustBeEscaped(scalar) {
                return false
            }
        }
        return true
    }

    /// Controls, bidirectional controls, and the two separators that some readers take for line ends.
    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
