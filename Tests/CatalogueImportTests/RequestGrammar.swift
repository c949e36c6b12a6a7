// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A second reading of the protocol's grammar, written from its page and not from the code under test: what each line
/// must look like, whoever made it.
struct RequestGrammar {
    struct Request {
        var verb: String
        var words: [String]
        var keys: [String: String]
    }

    /// What each verb takes: how many words, which keys it needs, and which it may have.
    private static let verbs: [String: (words: Int, needs: [String], takes: [String])] = [
        "VENUE ADD": (1, ["name"], ["city", "country", "address", "tz"]),
        "SECTION ADD": (1, [], ["name", "category", "rows", "seats"]),
        "ROW ADD": (1, ["seats"], ["name", "category", "categories", "gaps", "accessible", "xy"]),
        "AREA ADD": (1, ["capacity"], ["name", "category", "xy"]),
        "PERFORMER ADD": (1, ["name"], ["genre"]),
        "EVENT ADD": (
            1, ["venue", "title", "starts"],
            ["currency", "ends", "type", "performers", "description", "onsale", "hold", "limit", "price"]
        ),
        "EVENT SET": (1, [], ["description"]),
        "EVENT OPEN": (1, [], []), "EVENT CLOSE": (1, [], []), "EVENT CANCEL": (1, [], []),
        "PRICE SET": (3, [], []),
        "BLOCK": (2, [], []),
    ]

    /// The first rule that `line` breaks, or nil.
    static func violation(in line: String) -> String? {
        if line.utf8.count > 8_192 { return "longer than 8,192 bytes" }
        if line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "holds a control character" }
        guard let request = parse(line) else { return "is not of the form of a request" }
        guard let rule = verbs[request.verb] else { return "has a verb that no import needs: \(request.verb)" }
        if request.words.count != rule.words { return "has \(request.words.count) words" }
        guard let key = request.keys["key"], (1...64).contains(key.utf8.count) else {
            return "has no key= of 1 to 64 bytes"
        }
        for need in rule.needs where request.keys[need] == nil { return "lacks \(need)=" }
        for (name, value) in request.keys {
            if name != "key", !rule.needs.contains(name), !rule.takes.contains(name) { return "has \(name)=" }
            if let broken = violation(of: value, named: name) { return "\(name)= \(broken)" }
        }
        return addressViolation(request)
    }

    // MARK: Form

    /// Verb, words and keys with quotes taken off; nil where the line is malformed.
    static func parse(_ line: String) -> Request? {
        guard let tokens = tokens(line), let first = tokens.first else { return nil }
        var words: [String] = []
        var keys: [String: String] = [:]
        for token in tokens {
            if let name = token.key {
                if keys.updateValue(token.value, forKey: name) != nil { return nil }
            } else {
                words.append(token.value)
            }
        }
        if first.key != nil { return nil }
        let two = words.prefix(2).joined(separator: " ")
        if verbs[two] != nil { return Request(verb: two, words: Array(words.dropFirst(2)), keys: keys) }
        return Request(verb: words[0], words: Array(words.dropFirst()), keys: keys)
    }

    private static func tokens(_ line: String) -> [(key: String?, value: String)]? {
        let scalars = Array(line.unicodeScalars)
        var tokens: [(key: String?, value: String)] = []
        var at = 0
        while at < scalars.count {
            if scalars[at] == " " {
                at += 1
                continue
            }
            var key: String?
            var end = at
            while end < scalars.count, isKeyScalar(scalars[end], isFirst: end == at) { end += 1 }
            if end > at, end < scalars.count, scalars[end] == "=" {
                key = String(String.UnicodeScalarView(scalars[at..<end]))
                at = end + 1
            }
            guard let value = value(scalars, &at) else { return nil }
            tokens.append((key, value))
        }
        return tokens
    }

    private static func isKeyScalar(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        ("a"..."z").contains(scalar) || !isFirst && (("0"..."9").contains(scalar) || scalar == "-")
    }

    private static func value(_ scalars: [Unicode.Scalar], _ at: inout Int) -> String? {
        var value = String.UnicodeScalarView()
        if at < scalars.count, scalars[at] == "\"" {
            at += 1
            while at < scalars.count, scalars[at] != "\"" {
                if scalars[at] == "\\" {
                    at += 1
                    guard at < scalars.count else { return nil }
                    switch scalars[at] {
                    case "\"", "\\": value.append(scalars[at])
                    case "n": value.append("\n")
                    case "t": value.append("\t")
                    case "u":
                        guard at + 1 < scalars.count, scalars[at + 1] == "{",
                            let close = scalars[at...].firstIndex(of: "}"),
                            let code = UInt32(String(String.UnicodeScalarView(scalars[(at + 2)..<close])), radix: 16),
                            let scalar = Unicode.Scalar(code)
                        else { return nil }
                        value.append(scalar)
                        at = close
                    default: return nil
                    }
                } else {
                    value.append(scalars[at])
                }
                at += 1
            }
            guard at < scalars.count else { return nil }
            at += 1
            if at < scalars.count, scalars[at] != " " { return nil }
            return String(value)
        }
        while at < scalars.count, scalars[at] != " " {
            if scalars[at] == "\"" || scalars[at] == "\\" { return nil }
            value.append(scalars[at])
            at += 1
        }
        return value.isEmpty ? nil : String(value)
    }

    // MARK: Values

    private static func violation(of value: String, named name: String) -> String? {
        switch name {
        case "name", "title": return (1...512).contains(value.utf8.count) ? nil : "is not 1 to 512 bytes"
        case "city", "country", "address", "genre": return value.utf8.count <= 512 ? nil : "is longer than 512 bytes"
        case "description": return value.utf8.count <= 4_096 ? nil : "is longer than 4,096 bytes"
        case "type", "tz": return value.utf8.count <= 64 ? nil : "is longer than 64 bytes"
        case "venue": return isID(value) ? nil : "is not an id"
        case "performers":
            let ids = value.split(separator: ",", omittingEmptySubsequences: false)
            return ids.count <= 64 && ids.allSatisfy { isID(String($0)) } ? nil : "is not a list of ids"
        case "category": return isLabel(value, alsoHyphen: true) ? nil : "is not a label"
        case "currency": return value.utf8.count == 3 ? nil : "is not a currency"
        case "price", "capacity", "limit": return Int64(value).map { $0 >= 0 } == true ? nil : "is not an integer"
        case "starts", "ends", "onsale":
            return CivilTimeForm.isRFC3339(value) ? nil : "is not a time: \(value)"
        case "seats", "rows", "gaps", "accessible":
            return value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
                item.split(separator: "/").first.map { range in
                    range.split(separator: "-", omittingEmptySubsequences: false).allSatisfy {
                        isLabel(String($0), alsoHyphen: false)
                    }
                } == true
            } ? nil : "is not a list of labels"
        case "xy":
            return value.split(separator: " ").allSatisfy { pair in
                let numbers = pair.split(separator: ",", omittingEmptySubsequences: false)
                return numbers.count == 2
                    && numbers.allSatisfy { number in
                        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
                        return Double(number) != nil && (parts.count == 1 || parts.count == 2 && parts[1].count <= 2)
                    }
            } ? nil : "is not a list of positions: \(value)"
        default: return nil
        }
    }

    private static func addressViolation(_ request: Request) -> String? {
        let parts = request.words[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let depth = ["SECTION ADD": 2, "AREA ADD": 2, "ROW ADD": 3][request.verb] ?? 1
        guard parts.count == depth, isID(parts[0]), parts.dropFirst().allSatisfy({ isLabel($0, alsoHyphen: false) })
        else {
            return "has the address \(request.words[0])"
        }
        return nil
    }

    private static func isID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...64).contains(bytes.count), isAlphanumeric(bytes[0]) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }

    private static func isLabel(_ text: String, alsoHyphen: Bool) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...32).contains(bytes.count) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || alsoHyphen && $0 == 0x2D }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

/// The form of a time alone: digits and signs where RFC 3339 has them.
enum CivilTimeForm {
    static func isRFC3339(_ text: String) -> Bool {
        let form = text.map { $0.isNumber ? "0" : String($0) }.joined()
        return ["0000-00-00T00:00:00Z", "0000-00-00T00:00:00+00:00", "0000-00-00T00:00:00-00:00"].contains(form)
    }
}
