// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Writes a request line for scripts and tools: whatever the texts hold, the daemon reads them back as they are.
///
///     var line = RequestLineWriter("VENUE ADD", tag: "7")
///     line.append("globe")
///     line.append(key: "name", "Le Globe")
///     line.text  // @7 VENUE ADD globe name="Le Globe"
public struct RequestLineWriter: Sendable {
    private var bytes: [UInt8] = []

    /// A line that begins with `verb`, its words as the command table has them.
    public init(_ verb: String, tag: String? = nil) {
        if let tag { bytes.append(contentsOf: "@\(tag) ".utf8) }
        bytes.append(contentsOf: verb.utf8)
    }

    /// Bytes of the line so far.
    public var byteCount: Int { bytes.count }

    /// The line without an ending.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends a word.
    public mutating func append(_ word: String) {
        bytes.append(UInt8(ascii: " "))
        appendValue(word)
    }

    /// Appends `key=value`.
    public mutating func append(key: String, _ value: String) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: key.utf8)
        bytes.append(UInt8(ascii: "="))
        appendValue(value)
    }

    private mutating func appendValue(_ value: String) {
        var value = value
        value.withUTF8 { text in
            // A quoted text grows to at most six bytes for each of its own, and two quotes.
            bytes.append(atMost: text.count * 6 + 16) { start in
                var target = start
                if let base = text.baseAddress {
                    TextRenderer.write(text: UnsafeRawPointer(base), text.count, text.count, to: &target)
                } else {
                    TextRenderer.append("\"\"", to: &target)
                }
                return target - start
            }
        }
    }
}
