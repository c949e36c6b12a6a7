// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol

/// The fields of one object of our own JSON lines, each read as the type that the protocol gives its key.
///
/// A field of our own format that cannot be meant is an error and never a guess: whoever writes such a file writes it
/// for this reader.
struct CatalogueFields {
    let object: JSONValue
    /// What the object is, for messages.
    let kind: StaticString

    /// - Parameter known: The fields that the kind has. `kind` itself and names that begin with `_` are always allowed.
    init(_ object: JSONValue, _ kind: StaticString, _ known: [StaticString]) throws(ImportProblem) {
        self.object = object
        self.kind = kind
        for member in object.children {
            if known.contains(where: { member.hasKey($0) }) || member.hasKey("kind") { continue }
            let key = member.key
            if key.hasPrefix("_") { continue }
            let nearest = known.map { "\($0)" }.filter { Spelling.isNear($0, key) }
            let hint =
                nearest.first.map { "did you mean \"\($0)\"?" }
                ?? "it has " + known.map { "\($0)" }.joined(separator: ", ")
            throw member.problem(.badValue, "\(kind) has no field \"\(PrintedText.shown(key))\"; \(hint)")
        }
    }

    // MARK: Names

    func id(_ name: StaticString) throws(ImportProblem) -> String {
        let value = try required(name)
        guard let text = value.text ?? value.numberText, IDMaker.isID(text) else {
            throw value.problem(
                .badValue,
                "\(name) has to be 1 to 64 letters, digits, '.', '_' or '-', and begin with a letter or digit")
        }
        return text
    }

    func label(_ name: StaticString) throws(ImportProblem) -> String {
        let value = try required(name)
        guard let text = value.text ?? value.numberText, LabelMaker.isLabel(Substring(text)) else {
            throw value.problem(.badValue, "\(name) has to be 1 to 32 letters, digits, '.' or '_'")
        }
        return text
    }

    func category(_ name: StaticString) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        guard let text = value.text ?? value.numberText, IDMaker.isID(text),
            text.utf8.count <= ImportLimits.labelBytesMax
        else {
            throw value.problem(
                .badValue,
                "\(name) has to be 1 to 32 letters, digits, '.', '_' or '-', and begin with a letter or digit")
        }
        return text
    }

    /// Ids as a list, or in one string with commas.
    func ids(_ name: StaticString, max: Int) throws(ImportProblem) -> [String] {
        guard let value = object[name] else { return [] }
        let ids = try items(value)
        for id in ids where !IDMaker.isID(id) {
            throw value.problem(.badValue, "\"\(PrintedText.shown(id))\" is not an id; \(name) is a list of ids")
        }
        guard ids.count <= max else { throw value.problem(.limit, "\(name) are at most \(max)") }
        guard Set(ids).count == ids.count else {
            throw value.problem(.duplicate, "an id comes twice in \(name); name each once")
        }
        return ids
    }

    // MARK: Texts

    func text(_ name: StaticString, maxBytes: Int = ImportLimits.nameBytesMax) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        guard let text = value.text else {
            throw value.problem(.badValue, "\(name) has to be a string, not \(value.kindName)")
        }
        guard text.utf8.count <= maxBytes else {
            throw value.problem(.limit, "\(name) has \(text.utf8.count) bytes, and at most \(maxBytes) are taken")
        }
        guard !text.utf8.contains(0) else { throw value.problem(.badValue, "\(name) holds a NUL; take it out") }
        return text
    }

    /// A name, where there is one: something of it must be seen.
    func printedName(_ name: StaticString = "name") throws(ImportProblem) -> String {
        let text = try text(name)
        guard let value = object[name], !text.isEmpty else { return "" }
        guard Ink.isIn(text) else { throw value.problem(.badValue, "\(name) must not be blank") }
        return text
    }

    func requiredName(_ name: StaticString) throws(ImportProblem) -> String {
        let value = try required(name)
        let text = try printedName(name)
        guard !text.isEmpty else { throw value.problem(.badValue, "\(name) must not be empty") }
        return text
    }

    // MARK: Numbers and times

    func integer(_ name: StaticString, _ range: ClosedRange<Int>) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        guard let number = value.integer ?? value.text.flatMap({ Int($0) }), range.contains(number) else {
            throw value.problem(
                .badValue, "\(name) has to be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return String(number)
    }

    func requiredInteger(_ name: StaticString, _ range: ClosedRange<Int>) throws(ImportProblem) -> String {
        _ = try required(name)
        return try integer(name, range)
    }

    /// A time with its offset from UTC, which stays as it was given: a date is looked for in it.
    func time(_ name: StaticString) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        guard let text = value.text, let time = CivilTime(text), time.offsetMinutes != nil else {
            throw value.problem(
                .badValue, "\(name) has to be a time of the calendar with its offset, as 2031-05-01T19:30+02:00 or …Z")
        }
        return time.text
    }

    func duration(_ name: StaticString) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        let text = value.text ?? ""
        let seconds: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        guard let unit = text.last.flatMap({ seconds[$0] }), let number = Int(text.dropLast()),
            (1...86_400 / unit).contains(number)
        else {
            throw value.problem(
                .badValue, "\(name) has to be a duration of at most a day, as \"600s\", \"10m\" or \"2h\"")
        }
        return text
    }

    func currency(_ name: StaticString) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        guard let text = value.text, MinorUnits.isCurrency(text) else {
            throw value.problem(.badValue, "\(name) has to be the three letters of a currency, as \"EUR\"")
        }
        return text
    }

    // MARK: Labels and positions

    /// Labels as an expression (`"1-10"`) or as a list of labels; the expression and how many it names.
    func labels(
        _ name: StaticString, max: Int
    ) throws(ImportProblem) -> (expression: String, labels: [String])? {
        guard let value = object[name] else { return nil }
        let expression: String
        if value.isArray {
            let items = try items(value)
            if let odd = items.first(where: { !LabelMaker.isLabel(Substring($0)) }) {
                throw value.problem(.badValue, "\"\(PrintedText.shown(odd))\" in \(name) is not a label")
            }
            expression = LabelExpression.text(items)
        } else {
            expression = value.text ?? value.numberText ?? ""
        }
        guard let labels = LabelExpression.labels(expression, limit: max) else {
            throw value.problem(
                .badValue,
                "\(name) has to name 1 to \(max) labels, each once, as \"1-10\", \"1-19/2\", \"A-F\" or a list")
        }
        return (expression, labels)
    }

    /// Some of a row's own labels, as a list or an expression of labels and runs.
    func someLabels(_ name: StaticString, of labels: [String]) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        let items = try items(value)
        for item in items where !item.contains("/") {
            for end in item.split(separator: "-", omittingEmptySubsequences: false) where !labels.contains(String(end))
            {
                throw value.problem(
                    .badValue, "\"\(PrintedText.shown(String(end)))\" in \(name) is not a seat of this row")
            }
        }
        return items.joined(separator: ",")
    }

    /// Which seats are of which category: `1-4:vip,5-10:std`.
    func categories(_ name: StaticString, of labels: [String]) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        let items = try items(value)
        for item in items {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false)
            let isNamed = parts.count == 1 || parts.count == 2 && IDMaker.isID(String(parts[1]))
            let ends = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false)
            guard isNamed, item.contains("/") || ends.allSatisfy({ labels.contains(String($0)) }) else {
                throw value.problem(
                    .badValue,
                    "\"\(PrintedText.shown(item))\" in \(name) is not seats of this row and a category; "
                        + "write it as \"1-4:vip,5-10:std\"")
            }
        }
        return items.joined(separator: ",")
    }

    /// Exactly `count` positions, as `"0,0 25,0.5"` or as `[[0,0],[25,0.5]]`.
    func positions(_ name: StaticString, count: Int) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        var pairs: [[String]] = []
        if value.isArray {
            for pair in value.children { pairs.append(pair.children.map { $0.numberText ?? "" }) }
        } else if let text = value.text {
            pairs = text.split(separator: " ").map { pair in
                pair.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
        }
        var points: [Point] = []
        for pair in pairs {
            guard pair.count == 2, let x = Double(pair[0]), let y = Double(pair[1]),
                abs(x) <= ImportLimits.coordinateMax,
                abs(y) <= ImportLimits.coordinateMax
            else { break }
            points.append(Point(x: x, y: y))
        }
        guard points.count == pairs.count, points.count == count else {
            throw value.problem(
                .badValue,
                "\(name) has to be \(count) pairs of numbers, as \"0,0 25,0.5\", "
                    + "each at most \(Int(ImportLimits.coordinateMax)) either way")
        }
        return points.map(\.text).joined(separator: " ")
    }

    /// Seats and areas as addresses name them, as a list or in one string with commas.
    func seats(_ name: StaticString) throws(ImportProblem) -> String {
        guard let value = object[name] else { return "" }
        let items = try items(value)
        for item in items {
            let isAddress =
                !item.isEmpty
                && item.utf8.allSatisfy { byte in
                    LabelMaker.isLetterOrDigit(byte) || Array("._-/:".utf8).contains(byte)
                }
            guard isAddress else {
                throw value.problem(
                    .badValue, "\"\(PrintedText.shown(item))\" is not a seat; write section/row/seat, as stalls/A/3-6")
            }
        }
        return items.joined(separator: ",")
    }

    // MARK: Parts

    private func required(_ name: StaticString) throws(ImportProblem) -> JSONValue {
        guard let value = object[name] else { throw object.problem(.missing, "\(kind) needs the field \"\(name)\"") }
        return value
    }

    private func items(_ value: JSONValue) throws(ImportProblem) -> [String] {
        // No list that fits a line has more, and what is done with each item may take as long as a row.
        guard value.count <= ImportLimits.lineBytesMax, value.byteCount <= ImportLimits.fieldBytesMax else {
            throw value.problem(.limit, "this list is too long for a line of the protocol")
        }
        if value.isArray {
            var items: [String] = []
            for item in value.children {
                guard let text = item.text ?? item.numberText else {
                    throw item.problem(.badValue, "a string is wanted in this list, not \(item.kindName)")
                }
                items.append(text)
            }
            return items
        }
        guard let text = value.text ?? value.numberText else {
            throw value.problem(.badValue, "a list or a string with commas is wanted, not \(value.kindName)")
        }
        return text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}

/// Whether one word was meant where another stands.
enum Spelling {
    /// At most two letters put in, left out or changed.
    static func isNear(_ left: String, _ right: String) -> Bool {
        let a = Array(left.lowercased().utf8)
        let b = Array(right.lowercased().utf8)
        guard abs(a.count - b.count) <= 2, b.count <= 64 else { return false }
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let changed = diagonal + (letter == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count] <= min(2, max(1, a.count / 2))
    }
}
