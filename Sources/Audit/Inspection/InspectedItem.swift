// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One thing that an inspection shows: a segment, a block, a record, a hold in a snapshot. A kind and named fields, in
/// the order in which they are shown.
struct InspectedItem: Equatable {
    enum Value: Equatable {
        case text(String)
        case number(Int64)
        case list([String])
        case flag(Bool)
    }

    var kind: String
    var fields: [(name: String, value: Value)] = []

    init(_ kind: String) { self.kind = kind }

    mutating func add(_ name: String, _ value: String) { fields.append((name, .text(value))) }
    mutating func add(_ name: String, _ value: some BinaryInteger) {
        fields.append((name, .number(Int64(clamping: value))))
    }
    mutating func add(_ name: String, _ value: Bool) { fields.append((name, .flag(value))) }
    mutating func add(_ name: String, _ values: [String]) { fields.append((name, .list(values))) }

    /// Adds a text where it is not empty.
    mutating func addIfAny(_ name: String, _ value: String) { if !value.isEmpty { add(name, value) } }

    /// `record sequence=3 type=held …`: values are quoted where they hold a space, a quote, `=` or nothing at all.
    var text: String {
        var text = kind
        for field in fields {
            text += " " + field.name + "="
            switch field.value {
            case .text(let value): text += Self.quotedIfNeeded(value)
            case .number(let value): text += String(value)
            case .list(let values): text += Self.quotedIfNeeded(values.joined(separator: ","))
            case .flag(let value): text += value ? "yes" : "no"
            }
        }
        return text
    }

    var json: JSONText {
        var json = JSONText()
        json.field("kind", kind)
        for field in fields {
            switch field.value {
            case .text(let value): json.field(field.name, value)
            case .number(let value): json.field(field.name, value)
            case .list(let values): json.field(field.name, values)
            case .flag(let value): json.field(field.name, value)
            }
        }
        return json
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isBare =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { scalar in
                scalar.value > 0x20 && scalar != "\"" && scalar != "\\" && scalar != "="
                    && !(0x7F...0x9F).contains(scalar.value)
                    && !(0x2028...0x2029).contains(scalar.value)
            }
        return isBare ? value : JSONText.quoted(value)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.fields.count == right.fields.count
            && zip(left.fields, right.fields).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}
