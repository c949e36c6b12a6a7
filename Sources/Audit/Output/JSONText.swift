// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A JSON object on one line, written field by field in the order in which they are to be read.
public struct JSONText: Sendable {
    private var body = ""

    public init() {}

    public var text: String { "{" + body + "}" }

    public mutating func field(_ name: String, _ value: String) { append(name, Self.quoted(value)) }
    public mutating func field(_ name: String, _ value: some BinaryInteger) { append(name, String(value)) }
    public mutating func field(_ name: String, _ value: Bool) { append(name, value ? "true" : "false") }
    public mutating func field(_ name: String, _ value: JSONText) { append(name, value.text) }

    public mutating func field(_ name: String, _ values: [JSONText]) {
        append(name, "[" + values.map(\.text).joined(separator: ",") + "]")
    }

    public mutating func field(_ name: String, _ values: [Int64]) {
        append(name, "[" + values.map { String($0) }.joined(separator: ",") + "]")
    }

    public mutating func field(_ name: String, _ values: [String]) {
        append(name, "[" + values.map(Self.quoted).joined(separator: ",") + "]")
    }

    private mutating func append(_ name: String, _ value: String) {
        if !body.isEmpty { body += "," }
        body += Self.quoted(name) + ":" + value
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
