// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A request line as the reference model reads it: split at spaces, without quotes.
public struct ModelRequest: Hashable, Sendable {
    /// `HOLD`, `EVENT ADD`.
    public var verb: String
    public var words: [String] = []
    public var keys: [String: String] = [:]
    /// Whom the request acts for; empty for the operator as such.
    public var buyer: String

    private static let nouns: Set<String> = ["EVENT", "VENUE", "SECTION", "ROW", "AREA", "PERFORMER", "PRICE", "CLOCK"]

    /// Reads a line, with or without a tag.
    public init(_ line: String, as buyer: String = "") {
        self.buyer = buyer
        var tokens = line.split(separator: " ").map(String.init)
        if tokens.first?.hasPrefix("@") == true { tokens.removeFirst() }
        verb = tokens.isEmpty ? "" : tokens.removeFirst()
        if Self.nouns.contains(verb), !tokens.isEmpty { verb += " " + tokens.removeFirst() }
        for token in tokens {
            if let equals = token.firstIndex(of: "="), equals != token.startIndex {
                keys[String(token[..<equals])] = String(token[token.index(after: equals)...])
            } else {
                words.append(token)
            }
        }
    }

    /// The first id named; empty where there is none.
    public var id: String { words.first ?? "" }
    var list: [String] { words.count < 2 ? [] : words[1].split(separator: ",").map(String.init) }

    func integer(_ key: String) -> Int64? { keys[key].flatMap { Int64($0) } }
    func isYes(_ key: String) -> Bool { keys[key] == "yes" }

    /// `60s`, `10m`, `2h`, in seconds.
    static func seconds(_ text: some StringProtocol) -> Int64? {
        guard let unit = text.last, let number = Int64(text.dropLast()) else { return nil }
        switch unit {
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3_600
        default: return nil
        }
    }

    /// What `key=` is remembered under: who asks, the verb, the first id named, and the key.
    struct Scope: Hashable, Sendable {
        var buyer: String
        var verb: String
        var id: String
        var key: String
    }

    var scope: Scope? { keys["key"].map { Scope(buyer: buyer, verb: verb, id: id, key: $0) } }

    /// Everything that the request says but its key.
    var saying: ModelRequest {
        var saying = self
        saying.keys["key"] = nil
        return saying
    }

    /// Whether the request changes something.
    public var isChange: Bool {
        switch verb {
        case "GET", "MINE", "VIEW", "SEARCH", "EVENT GET", "EVENT LIST", "VENUE GET", "VENUE LIST", "STATS",
            "CLOCK ADVANCE", "PING", "AS", "WHOAMI", "FORMAT", "TIME", "QUIT":
            false
        default: true
        }
    }
}

/// A reply in text form, without what is advice: hints, `retry=`, `after=` of a refusal.
public struct ModelReply: Hashable, Sendable {
    /// The lines before the last, without their line feeds.
    public var items: [String] = []
    /// `OK …` or `ERR CODE …`.
    public var last: String
    /// Whether it is the answer that a key remembered.
    public var isReplayed = false

    public init(_ last: String, items: [String] = []) {
        self.last = last
        self.items = items
    }

    /// Reads the lines of a reply, tags removed.
    public init(seen lines: [String]) {
        items = Array(lines.dropLast())
        last = lines.last ?? ""
        if last.hasSuffix(" replayed=yes") {
            isReplayed = true
            last.removeLast(" replayed=yes".utf8.count)
        }
        if last.hasPrefix("ERR") {
            for advice in [" retry=", " hint="] {
                if let start = Self.find(advice, in: last) { last = String(last[..<start]) }
            }
        }
    }

    static func ok(_ fields: String) -> ModelReply { ModelReply("OK " + fields) }
    static func error(_ code: String, _ fields: String = "") -> ModelReply {
        ModelReply("ERR " + code + (fields.isEmpty ? "" : " " + fields))
    }

    /// Where `text` begins in `whole`. Foundation stays out of this room, and the standard library has no search.
    static func find(_ text: String, in whole: String) -> String.Index? {
        let wanted = Array(text.utf8)
        let bytes = Array(whole.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == wanted[0] {
            if bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
                return whole.utf8.index(whole.utf8.startIndex, offsetBy: start)
            }
        }
        return nil
    }

    public var isOK: Bool { last.hasPrefix("OK") }

    /// `SEAT_TAKEN`; nil for an `OK`.
    public var code: String? {
        guard last.hasPrefix("ERR ") else { return nil }
        return String(last.dropFirst(4).prefix { $0 != " " })
    }

    /// The value of a field of the last line.
    public subscript(field: String) -> String? { Self.value(field, in: last) }

    static func value(_ field: String, in line: String) -> String? {
        guard let start = find(" " + field + "=", in: line) else { return nil }
        let rest = line[line.utf8.index(start, offsetBy: field.utf8.count + 2)...]
        let value = rest.prefix { $0 != " " }
        return value == "\"\"" ? "" : String(value)
    }

    func list(_ field: String) -> [String] { (self[field] ?? "").split(separator: ",").map(String.init) }

    /// Whether a key remembers this outcome.
    var isDefinite: Bool {
        switch code {
        case nil, "NOT_FOUND", "EXISTS", "NOT_ON_SALE", "SEAT_TAKEN", "NOT_ENOUGH_SEATS", "LIMIT_EXCEEDED",
            "HOLD_EXPIRED", "WRONG_STATE", "AMOUNT_MISMATCH", "PAYMENT_DECLINED":
            true
        default: false
        }
    }

    var replayed: ModelReply {
        var reply = self
        reply.isReplayed = true
        return reply
    }

    /// The reply as one line, for messages.
    public var text: String { (items + [last + (isReplayed ? " replayed=yes" : "")]).joined(separator: " | ") }

    /// A value as replies write it.
    static func quoted(_ value: String) -> String { value.isEmpty ? "\"\"" : value }

    /// `2031-05-01T19:30:00Z`, begun seconds cut off.
    static func time(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        var day = seconds / 86_400
        var year: Int64 = 1970
        func days(_ year: Int64) -> Int64 {
            year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
        }
        while day >= days(year) {
            day -= days(year)
            year += 1
        }
        var month = 0
        let months = [31, days(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        while day >= months[month] {
            day -= months[month]
            month += 1
        }
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(year)-\(two(Int64(month + 1)))-\(two(day + 1))T\(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60))"
            + ":\(two(seconds % 60))Z"
    }
}
