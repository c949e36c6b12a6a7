// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The texts of a document, and where in the file they stand.
extension JSONDocument {
    /// The text between two bytes, which reading has checked.
    func text(from start: Int, to end: Int, isEscaped: Bool) -> String {
        guard isEscaped else { return String(decoding: bytes[start..<end], as: UTF8.self) }
        var text = String.UnicodeScalarView()
        var at = start
        var plain = start
        func flush() {
            if plain < at { text.append(contentsOf: String(decoding: bytes[plain..<at], as: UTF8.self).unicodeScalars) }
        }
        while at < end {
            guard bytes[at] == UInt8(ascii: "\\") else {
                at += 1
                continue
            }
            flush()
            text.append(unescape(&at))
            plain = at
        }
        flush()
        return String(text)
    }

    /// The character of the escape at `at`, which moves behind it. Reading has checked its form.
    private func unescape(_ at: inout Int) -> Unicode.Scalar {
        let letter = bytes[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var value = Self.hex(bytes, at: at) ?? 0xFFFD
            at += 4
            if value >= 0xD800, value <= 0xDBFF {
                let low = Self.hex(bytes, at: at + 2) ?? 0xDC00
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                at += 6
            }
            return Unicode.Scalar(value) ?? "\u{FFFD}"
        default: return Unicode.Scalar(letter)
        }
    }

    // MARK: Keys

    func key(of member: Int) -> String {
        let node = nodes[member]
        return text(from: Int(node.keyStart), to: Int(node.keyEnd), isEscaped: node.isKeyEscaped)
    }

    func key(of member: Int, is name: StaticString) -> Bool {
        let node = nodes[member]
        if node.isKeyEscaped { return key(of: member) == "\(name)" }
        guard Int(node.keyEnd - node.keyStart) == name.utf8CodeUnitCount else { return false }
        var offset = 0
        while offset < name.utf8CodeUnitCount {
            if bytes[Int(node.keyStart) + offset] != name.utf8Start[offset] { return false }
            offset += 1
        }
        return true
    }

    // MARK: Places

    /// The line and column, from 1, of a byte. The column counts characters as Unicode scalars, a tab as one.
    ///
    /// - Complexity: O(byte), and O(bytes since the place asked for last) where that lies before.
    func lineAndColumn(ofByte byte: Int) -> (line: Int, column: Int) {
        var (at, line, column) = placeCounted
        if at > byte { (at, line, column) = (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, 1, 1) }
        defer { placeCounted = (at, line, column) }
        while at < byte, at < bytes.count {
            if bytes[at] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[at] & 0xC0 != 0x80 {
                column += 1
            }
            at += 1
        }
        return (line, column)
    }

    func location(ofByte byte: Int, node: Int) -> FileLocation {
        let place = lineAndColumn(ofByte: byte)
        return FileLocation(line: place.line, column: place.column, path: path(of: node))
    }

    /// The path of a node from the document's root: `$.zones[0].rows[3]`. Keys that are no names are quoted.
    func path(of node: Int) -> String {
        var steps: [String] = []
        var at = node
        while at > 0, at < nodes.count {
            let parent = Int(nodes[at].parent)
            if nodes[parent].kind == .object {
                let name = key(of: at)
                let isName = !name.isEmpty && name.utf8.allSatisfy { Self.isNameByte($0) }
                steps.append(isName ? "." + name : "[\"\(name.prefix(64))\"]")
            } else {
                var place = 0
                var sibling = parent + 1
                while sibling != at, sibling < nodes.count, nodes[sibling].next > 0 {
                    sibling = Int(nodes[sibling].next)
                    place += 1
                }
                steps.append("[\(place)]")
            }
            at = parent
        }
        return "$" + steps.reversed().joined()
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
