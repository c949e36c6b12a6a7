// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A value of the document read last: its type, its text or number, its members, and where it stands.
struct JSONValue {
    let document: JSONDocument
    let index: Int

    var kind: JSONDocument.Kind { document.nodes[index].kind }
    var isObject: Bool { kind == .object }
    var isArray: Bool { kind == .array }
    var isString: Bool { kind == .string }
    var isNull: Bool { kind == .null }

    /// Members of an object or elements of an array.
    var count: Int { Int(document.nodes[index].count) }

    /// Bytes of the value as the file has it.
    var byteCount: Int { Int(document.nodes[index].end - document.nodes[index].start) }

    /// The key under which this value is a member; empty for anything else.
    var key: String { document.key(of: index) }

    func hasKey(_ name: StaticString) -> Bool { document.key(of: index, is: name) }

    // MARK: Inside

    /// The members of an object or elements of an array, in the file's order; nothing for other values.
    var children: JSONChildren { JSONChildren(document: document, first: count > 0 ? index + 1 : 0) }

    /// The member called `name`; nil where there is none, or where it is null, or where this is no object.
    ///
    /// - Complexity: O(members).
    subscript(_ name: StaticString) -> JSONValue? {
        guard kind == .object, count > 0 else { return nil }
        var member = index + 1
        while true {
            if document.key(of: member, is: name) {
                return document.nodes[member].kind == .null ? nil : JSONValue(document: document, index: member)
            }
            let next = Int(document.nodes[member].next)
            if next == 0 { return nil }
            member = next
        }
    }

    // MARK: What it is

    /// The text of a string; nil for other values.
    var text: String? {
        guard kind == .string else { return nil }
        let node = document.nodes[index]
        return document.text(from: Int(node.start), to: Int(node.end), isEscaped: node.isEscaped)
    }

    /// The characters of a number as written; nil for other values.
    var numberText: String? {
        guard kind == .number else { return nil }
        let node = document.nodes[index]
        return String(decoding: document.bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    /// The number as a floating point value; nil for other values, and where it is too large for one.
    var double: Double? {
        guard let text = numberText, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The number as an integer; nil for other values, and where it is none or too large.
    var integer: Int? {
        guard let text = numberText else { return nil }
        if let value = Int(text) { return value }
        guard let value = Double(text) else { return nil }
        return Int(exactly: value)
    }

    /// True or false; nil for other values.
    var bool: Bool? {
        switch kind {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// What the value is, for a message: `an array`.
    var kindName: String {
        switch kind {
        case .null: "null"
        case .no, .yes: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    // MARK: Where it stands

    var location: FileLocation {
        document.location(ofByte: Int(document.nodes[index].start), node: index)
    }

    func problem(_ kind: ImportProblem.Kind, _ message: String) -> ImportProblem {
        ImportProblem(kind: kind, file: document.fileName, location: location, message: message)
    }
}

/// The members or elements of a value, one after another.
struct JSONChildren: Sequence, IteratorProtocol {
    let document: JSONDocument
    /// The index of the next node; 0 at the end.
    var nextIndex: Int

    init(document: JSONDocument, first: Int) {
        self.document = document
        self.nextIndex = first
    }

    mutating func next() -> JSONValue? {
        guard nextIndex > 0 else { return nil }
        let value = JSONValue(document: document, index: nextIndex)
        nextIndex = Int(document.nodes[nextIndex].next)
        return value
    }
}

// MARK: - Values that a format demands

extension JSONValue {
    /// The member called `name`, which has to be an array.
    func array(_ name: StaticString) throws(ImportProblem) -> JSONValue? {
        guard let value = self[name] else { return nil }
        guard value.isArray else { throw value.problem(.badValue, "\(name) has to be an array, not \(value.kindName)") }
        return value
    }

    /// The member called `name`, which has to be an object.
    func object(_ name: StaticString) throws(ImportProblem) -> JSONValue? {
        guard let value = self[name] else { return nil }
        guard value.isObject else {
            throw value.problem(.badValue, "\(name) has to be an object, not \(value.kindName)")
        }
        return value
    }

    /// The text of the member called `name`. A number is taken as it is written: labels are often numbers.
    func label(_ name: StaticString) throws(ImportProblem) -> String? {
        guard let value = self[name] else { return nil }
        if let text = value.text ?? value.numberText { return text }
        throw value.problem(.badValue, "\(name) has to be a string, not \(value.kindName)")
    }

    /// The text of the member called `name`, which has to be a string.
    func string(_ name: StaticString) throws(ImportProblem) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.text else {
            throw value.problem(.badValue, "\(name) has to be a string, not \(value.kindName)")
        }
        return text
    }

    /// The truth of the member called `name`; false where it is absent.
    func flag(_ name: StaticString) throws(ImportProblem) -> Bool {
        guard let value = self[name] else { return false }
        guard let flag = value.bool else {
            throw value.problem(.badValue, "\(name) has to be true or false, not \(value.kindName)")
        }
        return flag
    }

    /// The member called `name`, a coordinate in the plan's own units.
    func coordinate(_ name: StaticString) throws(ImportProblem) -> Double? {
        guard let value = self[name] else { return nil }
        guard value.kind == .number else {
            throw value.problem(.badValue, "\(name) has to be a number, not \(value.kindName)")
        }
        guard let number = value.double, abs(number) <= ImportLimits.coordinateMax else {
            throw value.problem(
                .badValue,
                "\(name) lies too far out; a coordinate is at most \(Int(ImportLimits.coordinateMax)) either way")
        }
        return number
    }

    /// The member called `name`, a point with `x` and `y`; nil where it or one of the two is absent.
    func point(_ name: StaticString) throws(ImportProblem) -> Point? {
        guard let value = try object(name) else { return nil }
        return try value.asPoint()
    }

    /// This object's own `x` and `y`; nil where one of them is absent.
    func asPoint() throws(ImportProblem) -> Point? {
        guard let x = try coordinate("x"), let y = try coordinate("y") else { return nil }
        return Point(x: x, y: y)
    }
}
