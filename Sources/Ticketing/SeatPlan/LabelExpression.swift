// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Why a labels expression cannot be taken.
public enum LabelProblem: Error, Equatable, Sendable {
    /// Not a label, and not a range between two.
    case form(TextRange)
    /// A label that came before.
    case duplicate(String)
    /// More labels than asked for at most.
    case tooMany
}

/// The notation for labels in `seats=`, `rows=`, `labels=`: a comma list of labels and ranges.
///
/// A range counts from its first label to its last, up or down, in steps of one or as told: `1-10`, `10-1`, `1-19/2`,
/// `01-10` (as wide as written), `T1-T12`. Letters count as the columns of a spreadsheet do: `a-f`, `A-Z`, `Y-AC`.
/// A label holds neither `-` nor `/`, so that no label can be mistaken for a range.
enum LabelExpression {
    /// Reads an expression of at most `limit` labels. Nothing larger is ever built.
    static func parse(_ text: Span<UInt8>, limit: Int) throws(LabelProblem) -> LabelList {
        var labels = LabelList()
        var start = 0
        while true {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
            guard append(text.extracting(start..<end), to: &labels, limit: limit) else {
                throw .form(TextRange(start..<end))
            }
            if labels.count > limit { throw .tooMany }
            if end == text.count { break }
            start = end + 1
        }
        if let index = labels.firstDuplicate() { throw .duplicate(labels[index]) }
        return labels
    }

    /// Appends what one item names; at most one label past `limit`. False where it cannot be read.
    private static func append(_ item: Span<UInt8>, to labels: inout LabelList, limit: Int) -> Bool {
        var dash = 0
        while dash < item.count, item[dash] != UInt8(ascii: "-") { dash += 1 }
        if dash == item.count {
            guard isLabel(item) else { return false }
            labels.append(item)
            return true
        }
        var slash = dash + 1
        while slash < item.count, item[slash] != UInt8(ascii: "/") { slash += 1 }
        let first = item.extracting(0..<dash)
        let last = item.extracting((dash + 1)..<slash)
        var step = 1
        if slash < item.count {
            guard let number = number(item.extracting((slash + 1)..<item.count)), number > 0 else { return false }
            step = number
        }
        guard isLabel(first), isLabel(last) else { return false }
        if isLetters(first), isLetters(last) {
            return appendLetters(from: first, to: last, step: step, to: &labels, limit: limit)
        }
        return appendNumbers(from: first, to: last, step: step, to: &labels, limit: limit)
    }

    private static func appendNumbers(
        from first: Span<UInt8>, to last: Span<UInt8>, step: Int, to labels: inout LabelList, limit: Int
    ) -> Bool {
        let prefixLength = prefixLength(first)
        guard prefixLength == Self.prefixLength(last) else { return false }
        for index in 0..<prefixLength where first[index] != last[index] { return false }
        let prefix = first.extracting(0..<prefixLength)
        let firstDigits = first.extracting(prefixLength..<first.count)
        let lastDigits = last.extracting(prefixLength..<last.count)
        guard let from = number(firstDigits), let to = number(lastDigits) else { return false }
        // A leading zero says that all are as wide as it; then both ends must be.
        let isPadded = hasLeadingZero(firstDigits) || hasLeadingZero(lastDigits)
        if isPadded, firstDigits.count != lastDigits.count { return false }
        let width = isPadded ? firstDigits.count : 0
        for number in stride(from: from, through: to, by: from <= to ? step : -step) {
            labels.append(prefix: prefix, number: number, width: width)
            if labels.count > limit { return true }
        }
        return true
    }

    private static func appendLetters(
        from first: Span<UInt8>, to last: Span<UInt8>, step: Int, to labels: inout LabelList, limit: Int
    ) -> Bool {
        let caseBit = first[0] & 0x20
        guard let from = column(first, caseBit: caseBit), let to = column(last, caseBit: caseBit) else { return false }
        for number in stride(from: from, through: to, by: from <= to ? step : -step) {
            labels.append(columnName(number, caseBit: caseBit))
            if labels.count > limit { return true }
        }
        return true
    }

    // MARK: Numbers and letters

    /// How many bytes come before the digits that end a label.
    private static func prefixLength(_ label: Span<UInt8>) -> Int {
        var length = label.count
        while length > 0, isDigit(label[length - 1]) { length -= 1 }
        return length
    }

    private static func hasLeadingZero(_ digits: Span<UInt8>) -> Bool {
        digits.count > 1 && digits[0] == UInt8(ascii: "0")
    }

    /// A number of one to nine digits, which no arithmetic here can overflow.
    static func number(_ digits: Span<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        var value = 0
        for index in digits.indices {
            guard isDigit(digits[index]) else { return nil }
            value = value * 10 + Int(digits[index] - UInt8(ascii: "0"))
        }
        return value
    }

    private static func isLetters(_ label: Span<UInt8>) -> Bool {
        for index in label.indices where !isLetterOrDigit(label[index]) || isDigit(label[index]) { return false }
        return true
    }

    /// `A` is 1, `Z` 26, `AA` 27; letters of one case, three at most.
    private static func column(_ letters: Span<UInt8>, caseBit: UInt8) -> Int? {
        guard letters.count <= 3 else { return nil }
        var value = 0
        for index in letters.indices {
            guard letters[index] & 0x20 == caseBit else { return nil }
            value = value * 26 + Int((letters[index] | 0x20) - UInt8(ascii: "a")) + 1
        }
        return value
    }

    private static func columnName(_ column: Int, caseBit: UInt8) -> String {
        var letters: [UInt8] = []
        var rest = column
        while rest > 0 {
            letters.append((UInt8(ascii: "A") | caseBit) + UInt8(truncatingIfNeeded: (rest - 1) % 26))
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    // MARK: Writing

    /// Writes labels so that ``parse(_:limit:)`` reads the very same list: runs of plain numbers as ranges, all else as
    /// it is. One list is always written the same way.
    static func append(
        count: Int, of bytes: Span<UInt8>, range: (Int) -> Range<Int>, to text: inout [UInt8]
    ) {
        var index = 0
        while index < count {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            let label = range(index)
            append(bytes, label, to: &text)
            guard let first = plainNumber(bytes, label), index + 1 < count,
                let second = plainNumber(bytes, range(index + 1)), first != second
            else {
                index += 1
                continue
            }
            let step = second - first
            var last = second
            var length = 2
            while index + length < count, let next = plainNumber(bytes, range(index + length)), next - last == step {
                last = next
                length += 1
            }
            // Two numbers far apart are a list of two, not a range with a step.
            if length == 2, abs(step) != 1 {
                index += 1
                continue
            }
            text.append(UInt8(ascii: "-"))
            append(bytes, range(index + length - 1), to: &text)
            if abs(step) != 1 {
                text.append(UInt8(ascii: "/"))
                text.append(contentsOf: String(abs(step)).utf8)
            }
            index += length
        }
    }

    private static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to text: inout [UInt8]) {
        for index in range { text.append(bytes[index]) }
    }

    /// The number that a label is, where writing that number gives the label back.
    private static func plainNumber(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let digits = bytes.extracting(range)
        return hasLeadingZero(digits) ? nil : number(digits)
    }
}

extension LabelList {
    /// The list in the notation of ``LabelExpression``.
    var expression: [UInt8] {
        var text: [UInt8] = []
        LabelExpression.append(count: count, of: bytes.span, range: range(at:), to: &text)
        return text
    }
}
