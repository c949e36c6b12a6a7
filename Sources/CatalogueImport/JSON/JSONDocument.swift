// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One JSON value of a file, read strictly into a flat list of nodes that point into the file's bytes.
///
/// A reader of our own because an error in somebody's seating plan must name line, column and path, and because a file
/// from outside may be deep, huge or broken on purpose: depth, size and the number of values are bounded, recursion is
/// bounded with the depth, and nothing traps. A node costs 32 bytes; texts stay in the file until they are asked for.
final class JSONDocument {
    enum Kind: UInt8 {
        case null, no, yes, number, string, array, object
    }

    struct Node {
        /// Where the value lies in the file; a string without its quotes.
        var start: UInt32
        var end: UInt32
        /// Where its key lies, without quotes; empty at 0 for an element of an array.
        var keyStart: UInt32
        var keyEnd: UInt32
        var parent: UInt32
        /// The next value in the same array or object; 0 for none, for the first value of a document is nobody's next.
        var next: UInt32
        var count: UInt32
        var kind: Kind
        var isEscaped: Bool
        var isKeyEscaped: Bool
    }

    let bytes: [UInt8]
    let fileName: String
    private(set) var nodes: [Node] = []
    /// Where reading goes on: behind the value read last.
    private(set) var position: Int
    /// The place counted last, so that a hundred warnings do not count the file's lines a hundred times.
    var placeCounted: (byte: Int, line: Int, column: Int)

    /// Starts before the first value of `bytes`, behind a byte order mark if there is one.
    init(_ bytes: [UInt8], fileName: String) {
        self.bytes = bytes
        self.fileName = fileName
        self.position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        self.placeCounted = (position, 1, 1)
    }

    /// Reads the next value of the file in place of the one read before. Values read earlier are void afterwards.
    ///
    /// - Returns: The value, or nil where only white space is left.
    /// - Complexity: O(bytes of the value).
    func readNext() throws(ImportProblem) -> JSONValue? {
        nodes.removeAll(keepingCapacity: true)
        skipSpace()
        guard position < bytes.count else { return nil }
        try readValue(parent: 0, depth: 1, keyStart: 0, keyEnd: 0, isKeyEscaped: false)
        return JSONValue(document: self, index: 0)
    }

    // MARK: Values

    private func readValue(
        parent: Int, depth: Int, keyStart: Int, keyEnd: Int, isKeyEscaped: Bool
    ) throws(ImportProblem) {
        guard nodes.count < ImportLimits.valuesMax else {
            throw problem(
                .tooLarge,
                "more than \(ImportLimits.valuesMax) values in one document; split the file into smaller ones")
        }
        let index = nodes.count
        nodes.append(
            Node(
                start: UInt32(position), end: UInt32(position), keyStart: UInt32(keyStart), keyEnd: UInt32(keyEnd),
                parent: UInt32(parent), next: 0, count: 0, kind: .null, isEscaped: false, isKeyEscaped: isKeyEscaped))
        switch bytes[position] {
        case UInt8(ascii: "{"): try readObject(index, depth: depth)
        case UInt8(ascii: "["): try readArray(index, depth: depth)
        case UInt8(ascii: "\""):
            let text = try readString(in: index)
            nodes[index].kind = .string
            nodes[index].start = UInt32(text.start)
            nodes[index].end = UInt32(text.end)
            nodes[index].isEscaped = text.isEscaped
            return
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try readNumber(in: index)
            nodes[index].kind = .number
        case UInt8(ascii: "t"): try readWord("true", .yes, in: index)
        case UInt8(ascii: "f"): try readWord("false", .no, in: index)
        case UInt8(ascii: "n"): try readWord("null", .null, in: index)
        default: throw unexpected("a value", in: index)
        }
        nodes[index].end = UInt32(position)
    }

    private func readObject(_ index: Int, depth: Int) throws(ImportProblem) {
        try enter(index, depth: depth)
        nodes[index].kind = .object
        position += 1
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return
        }
        var previous = 0
        while true {
            guard let byte = current else { throw cutOff("an object", index) }
            guard byte == UInt8(ascii: "\"") else { throw unexpected("a key in quotes", in: index) }
            let key = try readString(in: index)
            skipSpace()
            guard let colon = current else { throw cutOff("an object", index) }
            guard colon == UInt8(ascii: ":") else { throw unexpected("a colon after the key", in: index) }
            position += 1
            skipSpace()
            guard position < bytes.count else { throw cutOff("an object", index) }
            guard nodes[index].count < ImportLimits.membersMax else {
                throw problem(.tooLarge, "more than \(ImportLimits.membersMax) members in one object", in: index)
            }
            try chain(index, &previous)
            try readValue(
                parent: index, depth: depth + 1, keyStart: key.start, keyEnd: key.end, isKeyEscaped: key.isEscaped)
            skipSpace()
            guard let separator = current else { throw cutOff("an object", index) }
            position += 1
            if separator == UInt8(ascii: "}") { break }
            guard separator == UInt8(ascii: ",") else {
                position -= 1
                throw unexpected("a comma or the object's end", in: index)
            }
            skipSpace()
        }
        try refuseRepeatedKeys(of: index)
    }

    private func readArray(_ index: Int, depth: Int) throws(ImportProblem) {
        try enter(index, depth: depth)
        nodes[index].kind = .array
        position += 1
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return
        }
        var previous = 0
        while true {
            guard position < bytes.count else { throw cutOff("an array", index) }
            try chain(index, &previous)
            try readValue(parent: index, depth: depth + 1, keyStart: 0, keyEnd: 0, isKeyEscaped: false)
            skipSpace()
            guard let separator = current else { throw cutOff("an array", index) }
            position += 1
            if separator == UInt8(ascii: "]") { return }
            guard separator == UInt8(ascii: ",") else {
                position -= 1
                throw unexpected("a comma or the array's end", in: index)
            }
            skipSpace()
        }
    }

    private func enter(_ index: Int, depth: Int) throws(ImportProblem) {
        guard depth <= ImportLimits.depthMax else {
            throw problem(
                .tooDeep,
                "more than \(ImportLimits.depthMax) arrays and objects inside one another; no plan is that deep",
                in: Int(nodes[index].parent))
        }
    }

    /// Makes the node that is appended next the next of `previous`.
    private func chain(_ container: Int, _ previous: inout Int) throws(ImportProblem) {
        if previous > 0 { nodes[previous].next = UInt32(nodes.count) }
        previous = nodes.count
        nodes[container].count += 1
    }

    /// Two members of one name would leave it to chance which of them counts.
    private func refuseRepeatedKeys(of index: Int) throws(ImportProblem) {
        var seen = Set<String>()
        var member = index + 1
        if nodes[index].count <= 48 {
            // Objects are small as a rule; comparing each with each allocates nothing.
            while member > index, nodes[member].next > 0 {
                var other = Int(nodes[member].next)
                while true {
                    if keysAreEqual(member, other) { throw repeatedKey(other) }
                    if nodes[other].next == 0 { break }
                    other = Int(nodes[other].next)
                }
                member = Int(nodes[member].next)
            }
            return
        }
        while true {
            if !seen.insert(key(of: member)).inserted { throw repeatedKey(member) }
            if nodes[member].next == 0 { return }
            member = Int(nodes[member].next)
        }
    }

    private func keysAreEqual(_ left: Int, _ right: Int) -> Bool {
        let a = nodes[left]
        let b = nodes[right]
        if a.isKeyEscaped || b.isKeyEscaped { return key(of: left) == key(of: right) }
        guard a.keyEnd - a.keyStart == b.keyEnd - b.keyStart else { return false }
        var offset = 0
        let length = Int(a.keyEnd - a.keyStart)
        while offset < length {
            if bytes[Int(a.keyStart) + offset] != bytes[Int(b.keyStart) + offset] { return false }
            offset += 1
        }
        return true
    }

    private func repeatedKey(_ member: Int) -> ImportProblem {
        ImportProblem(
            kind: .badJSON, file: fileName, location: location(ofByte: Int(nodes[member].keyStart), node: member),
            message: "the key \"\(key(of: member).prefix(64))\" is given twice in one object; keep one of them")
    }

    // MARK: Words and numbers

    private func readWord(_ word: StaticString, _ kind: Kind, in index: Int) throws(ImportProblem) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count else {
                position = start
                throw problem(.truncated, "the file ends in the middle of a word; get the whole file again", in: index)
            }
            guard bytes[position] == word.utf8Start[offset] else {
                position = start
                throw unexpected("a value", in: index)
            }
            position += 1
        }
        nodes[index].kind = kind
    }

    private func readNumber(in index: Int) throws(ImportProblem) {
        if current == UInt8(ascii: "-") { position += 1 }
        let first = position
        try readDigits(in: index)
        if position > first + 1, bytes[first] == UInt8(ascii: "0") {
            position = first + 1
            throw unexpected("the end of the number (none begins with a zero)", in: index)
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try readDigits(in: index)
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try readDigits(in: index)
        }
    }

    private func readDigits(in index: Int) throws(ImportProblem) {
        guard let byte = current else {
            throw problem(.truncated, "the file ends in the middle of a number; get the whole file again", in: index)
        }
        guard isDigit(byte) else { throw unexpected("a digit", in: index) }
        while let byte = current, isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    // MARK: Strings

    private func readString(in index: Int) throws(ImportProblem) -> (start: Int, end: Int, isEscaped: Bool) {
        position += 1
        let start = position
        var isEscaped = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return (start, position - 1, isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try readEscape(in: index)
            } else if byte < 0x20 {
                throw problem(
                    .badJSON, "a control character stands inside a string; a line break is written \\n there", in: index
                )
            } else if byte < 0x80 {
                position += 1
            } else {
                let length = UTF8Check.sequenceLength(bytes, at: position)
                if length == 0 {
                    throw problem(.badUTF8, "this is not UTF-8; save the file as UTF-8 and try again", in: index)
                }
                if length < 0 { break }
                position += length
            }
        }
        position = bytes.count
        throw problem(.truncated, "the file ends inside a string; get the whole file again", in: index)
    }

    private func readEscape(in index: Int) throws(ImportProblem) {
        let cut: StaticString = "the file ends inside a string; get the whole file again"
        guard position + 1 < bytes.count else { throw problem(.truncated, "\(cut)", in: index) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard let unit = try readHex(at: position + 2, in: index) else {
                throw problem(.badJSON, "\\u wants four hexadecimal digits after it", in: index)
            }
            var isWhole = unit < 0xD800 || unit > 0xDFFF
            if unit >= 0xD800, unit <= 0xDBFF {
                if position + 7 < bytes.count {
                    let isPair = bytes[position + 6] == UInt8(ascii: "\\") && bytes[position + 7] == UInt8(ascii: "u")
                    if isPair, let low = try readHex(at: position + 8, in: index), low >= 0xDC00, low <= 0xDFFF {
                        position += 6
                        isWhole = true
                    }
                } else {
                    throw problem(.truncated, "\(cut)", in: index)
                }
            }
            guard isWhole else {
                throw problem(
                    .badJSON, "\\u is half of a surrogate pair here; write the character itself, in UTF-8", in: index)
            }
            position += 6
        default:
            throw problem(.badJSON, "a backslash wants one of \" \\ / b f n r t u after it", in: index)
        }
    }

    private func readHex(at start: Int, in index: Int) throws(ImportProblem) -> UInt32? {
        guard start + 4 <= bytes.count else {
            throw problem(.truncated, "the file ends inside a string; get the whole file again", in: index)
        }
        return Self.hex(bytes, at: start)
    }

    static func hex(_ bytes: [UInt8], at start: Int) -> UInt32? {
        var value: UInt32 = 0
        for offset in 0..<4 {
            switch bytes[start + offset] {
            case let digit where digit >= 0x30 && digit <= 0x39: value = value << 4 | UInt32(digit - 0x30)
            case let digit where digit | 0x20 >= 0x61 && digit | 0x20 <= 0x66:
                value = value << 4 | UInt32((digit | 0x20) - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    // MARK: Between values

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    // MARK: Problems

    private func problem(_ kind: ImportProblem.Kind, _ message: String, in node: Int = 0) -> ImportProblem {
        ImportProblem(kind: kind, file: fileName, location: location(ofByte: position, node: node), message: message)
    }

    private func cutOff(_ what: String, _ index: Int) -> ImportProblem {
        let begun = lineAndColumn(ofByte: Int(nodes[index].start))
        return problem(
            .truncated,
            "the file ends inside \(what) that began at line \(begun.line), column \(begun.column): "
                + "it was cut off; get the whole file again",
            in: index)
    }

    private func unexpected(_ wanted: String, in index: Int) -> ImportProblem {
        let byte = bytes[position]
        var shown: String
        switch byte {
        case 0x21..<0x7F: shown = "'\(Character(Unicode.Scalar(byte)))'"
        case 0: shown = "a NUL byte"
        case 0x80...: shown = "a character outside ASCII"
        default: shown = "a control character"
        }
        if bytes[position...].starts(with: Array("NaN".utf8)) || bytes[position...].starts(with: Array("Infinity".utf8))
        {
            shown = "a number that is none (NaN or infinite), which JSON does not have,"
        }
        return problem(.badJSON, "\(wanted) is wanted here, and \(shown) stands here; mend the JSON", in: index)
    }
}
