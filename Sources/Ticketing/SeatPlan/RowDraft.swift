// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A row as a request describes it: read and checked, and not yet in any section, whose category it may take.
struct RowDraft: Sendable {
    /// Why an argument cannot be taken: one sentence that says what to do.
    struct Problem: Error, Equatable {
        var argument: Argument
        var hint: String
    }

    var labels: LabelList
    var name = ""
    /// By seat; empty for what the section says.
    private(set) var categories: [String]
    private(set) var flags: [SeatFlags]
    private(set) var positions: [Int32] = []

    /// Reads `seats=`.
    init(seats text: Span<UInt8>) throws(Problem) {
        do {
            labels = try LabelExpression.parse(text, limit: Limits.seatsPerRowMax)
        } catch {
            throw Problem(
                argument: .seats, hint: error.hint(in: text, of: "a row has at most \(Limits.seatsPerRowMax) seats"))
        }
        categories = Array(repeating: "", count: labels.count)
        flags = Array(repeating: [], count: labels.count)
    }

    /// The row under a label, with a category for the seats that name none.
    func layout(label: String, category: String) -> RowLayout {
        RowLayout(
            label: label, name: name, labels: labels, categories: categories.map { $0.isEmpty ? category : $0 },
            flags: flags, positions: positions)
    }

    // MARK: Reading arguments

    /// Reads `category=`: that of every seat which `categories=` does not name.
    mutating func take(category: String) {
        for seat in categories.indices where categories[seat].isEmpty { categories[seat] = category }
    }

    /// Reads `categories=1-4:vip,5-10:std`. Seats before a colon may be several, as `1-4,9:vip`.
    mutating func take(categories text: Span<UInt8>) throws(Problem) {
        var pending: [Int] = []
        var start = 0
        while start <= text.count {
            let end = Self.end(of: UInt8(ascii: ","), in: text, from: start)
            let colon = min(Self.end(of: UInt8(ascii: ":"), in: text, from: start), end)
            pending += try indexes(of: text.extracting(start..<colon), argument: .categories)
            if colon < end {
                let name = text.extracting((colon + 1)..<end)
                guard isCategory(name) else {
                    throw Problem(
                        argument: .categories,
                        hint: "write it as categories=1-4:vip,5-10:std, a category in letters, digits, dots, _ or -")
                }
                try assign(String(decodingUTF8: name), to: pending)
                pending = []
            }
            start = end + 1
        }
        guard pending.isEmpty else {
            throw Problem(argument: .categories, hint: "end each group of seats with :category, as in 1-4:vip,5-10:std")
        }
    }

    private mutating func assign(_ category: String, to seats: [Int]) throws(Problem) {
        for seat in seats {
            guard categories[seat].isEmpty else {
                throw Problem(argument: .categories, hint: "seat \(labels[seat]) has two categories: name it once")
            }
            categories[seat] = category
        }
    }

    /// Reads `gaps=`: the labels after which an aisle lies.
    mutating func take(gaps text: Span<UInt8>) throws(Problem) {
        for seat in try allIndexes(of: text, argument: .gaps) {
            guard seat + 1 < labels.count else {
                throw Problem(
                    argument: .gaps, hint: "\(labels[seat]) is the row's last seat: a gap lies between two seats")
            }
            flags[seat].insert(.aisleAfter)
        }
    }

    /// Reads `accessible=`: labels, and runs of them in map order.
    mutating func take(accessible text: Span<UInt8>) throws(Problem) {
        for seat in try allIndexes(of: text, argument: .accessible) { flags[seat].insert(.accessible) }
    }

    /// Reads `xy="0,0 25,0.5 …"`: a pair a seat.
    mutating func take(xy text: Span<UInt8>) throws(Problem) {
        positions = try Coordinates.parse(text, count: labels.count)
    }

    // MARK: Seats of the row

    private func allIndexes(of text: Span<UInt8>, argument: Argument) throws(Problem) -> [Int] {
        var seats: [Int] = []
        var start = 0
        while start <= text.count {
            let end = Self.end(of: UInt8(ascii: ","), in: text, from: start)
            seats += try indexes(of: text.extracting(start..<end), argument: argument)
            start = end + 1
        }
        return seats
    }

    private static func end(of separator: UInt8, in text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] != separator { end += 1 }
        return end
    }

    /// The seats that one item names: a label; a run by position, as in an address; or, with a step, the labels that
    /// the same item names in `seats=`.
    private func indexes(of item: Span<UInt8>, argument: Argument) throws(Problem) -> [Int] {
        let dash = Self.end(of: UInt8(ascii: "-"), in: item, from: 0)
        let slash = Self.end(of: UInt8(ascii: "/"), in: item, from: 0)
        if slash < item.count {
            guard let named = try? LabelExpression.parse(item, limit: Limits.seatsPerRowMax) else {
                throw unknown(item, argument)
            }
            var seats: [Int] = []
            for index in 0..<named.count {
                let label = named.bytes.span.extracting(named.range(at: index))
                guard let seat = labels.index(of: label) else { throw unknown(label, argument) }
                seats.append(seat)
            }
            return seats
        }
        guard let first = labels.index(of: item.extracting(0..<dash)) else {
            throw unknown(item.extracting(0..<dash), argument)
        }
        guard dash < item.count else { return [first] }
        guard let last = labels.index(of: item.extracting((dash + 1)..<item.count)) else {
            throw unknown(item.extracting((dash + 1)..<item.count), argument)
        }
        guard first <= last else {
            throw Problem(
                argument: argument,
                hint: "\(String(excerpt: item)) goes against the row's order: name the seat that comes first first")
        }
        return Array(first...last)
    }

    private func unknown(_ label: Span<UInt8>, _ argument: Argument) -> Problem {
        Problem(
            argument: argument,
            hint: label.isEmpty
                ? "name seats of the row, joined by commas"
                : "\(String(excerpt: label)) is not a seat of this row: use the labels of seats=")
    }
}

/// Where seats are drawn: pairs of decimal numbers, kept in hundredths.
enum Coordinates {
    /// The largest magnitude, in hundredths.
    static let max: Int64 = 2_147_483_647

    /// Reads exactly `count` pairs, as `0,0 25,-3.5`. More than two decimals are rounded half away from zero.
    static func parse(_ text: Span<UInt8>, count: Int) throws(RowDraft.Problem) -> [Int32] {
        var values: [Int32] = []
        values.reserveCapacity(count * 2)
        var at = 0
        while at < text.count {
            if text[at] == UInt8(ascii: " ") {
                at += 1
                continue
            }
            var end = at
            while end < text.count, text[end] != UInt8(ascii: " ") { end += 1 }
            var comma = at
            while comma < end, text[comma] != UInt8(ascii: ",") { comma += 1 }
            guard comma < end, let x = hundredths(text.extracting(at..<comma)),
                let y = hundredths(text.extracting((comma + 1)..<end)), values.count < count * 2
            else { throw problem(count) }
            values.append(x)
            values.append(y)
            at = end
        }
        guard values.count == count * 2 else { throw problem(count) }
        return values
    }

    private static func problem(_ count: Int) -> RowDraft.Problem {
        RowDraft.Problem(
            argument: .xy,
            hint: count == 1
                ? "write one pair of numbers as xy=25,0.5, each within 21474836"
                : "write one pair of numbers for each of the \(count) seats, as xy=\"0,0 25,0.5\", each within 21474836"
        )
    }

    private static func hundredths(_ text: Span<UInt8>) -> Int32? {
        var at = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { at = 1 }
        let firstDigit = at
        var value: Int64 = 0
        while at < text.count, isDigit(text[at]) {
            value = value * 10 + Int64(text[at] - UInt8(ascii: "0"))
            if value > max { return nil }
            at += 1
        }
        guard at > firstDigit else { return nil }
        value *= 100
        if at < text.count {
            guard text[at] == UInt8(ascii: "."), at + 1 < text.count else { return nil }
            at += 1
            var weight: Int64 = 10
            var decimal = 0
            while at < text.count {
                guard isDigit(text[at]) else { return nil }
                let digit = Int64(text[at] - UInt8(ascii: "0"))
                if decimal < 2 {
                    value += digit * weight
                    weight /= 10
                } else if decimal == 2, digit >= 5 {
                    value += 1
                }
                decimal += 1
                at += 1
            }
        }
        guard value <= max else { return nil }
        return Int32(truncatingIfNeeded: isNegative ? -value : value)
    }
}

extension LabelProblem {
    /// One sentence that says what to do. `text` is what was read, `limit` what to say of too many.
    func hint(in text: Span<UInt8>, of limit: String) -> String {
        switch self {
        case .form(let range):
            let item = text.extracting(range.range)
            return item.isEmpty
                ? "write labels as 1-10, 1-19/2, A-F or a list joined by commas"
                : "\(String(excerpt: item)) is neither a label nor a range: write 1-10, 1-19/2, A-F or a list"
        case .duplicate(let label): return "\(label) comes twice: name each label once"
        case .tooMany: return limit
        }
    }
}

extension String {
    init(decodingUTF8 bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { buffer in String(decoding: buffer, as: UTF8.self) }
    }

    /// What a hint repeats of a request: as much as a label may be long.
    init(excerpt bytes: Span<UInt8>) {
        let length = Swift.min(bytes.count, Limits.labelBytesMax)
        let excerpt = String(decodingUTF8: bytes.extracting(0..<length))
        self = length < bytes.count ? excerpt + "…" : excerpt
    }
}
