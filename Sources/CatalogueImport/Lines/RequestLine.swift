// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol

/// One request line of the protocol as an import makes it: a verb, what it is about, and `key=value` pairs.
struct RequestLine {
    private var writer: RequestLineWriter

    /// - Parameter subject: What the verb is about: an id or an address.
    init(_ verb: String, _ subject: String) {
        writer = RequestLineWriter(verb)
        writer.append(subject)
    }

    /// Appends a word: a category or an amount.
    mutating func word(_ text: String) { writer.append(text) }

    mutating func value(_ key: String, _ text: String) { writer.append(key: key, text) }

    /// Appends `key=` unless there is nothing to say.
    mutating func value(_ key: String, unlessEmpty text: String) {
        if !text.isEmpty { value(key, text) }
    }

    var text: String { writer.text }

    /// Bytes of the line so far, quotes and escapes counted.
    var byteCount: Int { writer.byteCount }
}
