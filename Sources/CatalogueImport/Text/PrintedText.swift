// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol

/// What may be done with text from a file before it is kept or shown.
enum PrintedText {
    /// A name on one line: control characters and line breaks become spaces, runs of spaces one, none at the ends. Empty
    /// where nothing of it can be seen.
    static func name(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var isSpacePending = false
        for scalar in text.unicodeScalars {
            if scalar.value <= 0x20 || (0x7F...0xA0).contains(scalar.value) || scalar.value == 0x2028
                || scalar.value == 0x2029
            {
                isSpacePending = true
                continue
            }
            if isSpacePending, !scalars.isEmpty { scalars.append(" ") }
            isSpacePending = false
            scalars.append(scalar)
        }
        let name = String(scalars)
        return Ink.isIn(name) ? name : ""
    }

    /// The longest beginning of `text` that has at most `bytes` bytes and ends at a character.
    static func cut(_ text: String, toBytes bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var end = text.startIndex
        var used = 0
        while end < text.endIndex {
            let next = text.index(after: end)
            let size = text[end..<next].utf8.count
            if used + size > bytes { break }
            used += size
            end = next
        }
        return String(text[..<end])
    }

    /// Text from a file as part of a message: short, and without characters that a terminal would obey.
    static func shown(_ text: String) -> String {
        let cleaned = name(text)
        return cleaned.count > 60 ? cleaned.prefix(60) + "…" : cleaned
    }
}
