// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The notation for labels in `seats=` and `rows=`: a comma list of labels and ranges (`1-10`, `10-1`, `1-19/2`, `A-C`).
///
/// The box office reads the same notation; here it is read only to count seats and to refuse a broken expression with
/// its place in the file, and written as short as it goes, since a row has one line.
enum LabelExpression {
    /// The labels written short: runs of plain numbers in equal steps become ranges, in the order given.
    static func text(_ labels: [String]) -> String {
        var items: [String] = []
        let numbers = labels.map(plainNumber)
        var index = 0
        while index < labels.count {
            var length = 1
            if let first = numbers[index], index + 1 < labels.count, let second = numbers[index + 1], second != first {
                let step = second - first
                var last = second
                length = 2
                while index + length < labels.count, let next = numbers[index + length], next - last == step {
                    last = next
                    length += 1
                }
                if length > 2 || abs(step) == 1 {
                    items.append("\(first)-\(last)" + (abs(step) == 1 ? "" : "/\(abs(step))"))
                } else {
                    length = 1
                }
            }
            if length == 1 { items.append(labels[index]) }
            index += length
        }
        return items.joined(separator: ",")
    }

    /// The number that a label is, where writing the number gives the label back.
    private static func plainNumber(_ label: String) -> Int? {
        guard label.utf8.count <= 9, label.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(label),
            label.utf8.count == 1 || label.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return number
    }

    /// The labels that an expression names, or nil where it cannot be read, names one twice, or more than `limit`.
    static func labels(_ text: String, limit: Int) -> [String]? {
        var labels: [String] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard append(item, to: &labels, limit: limit), labels.count <= limit else { return nil }
        }
        return Set(labels).count == labels.count ? labels : nil
    }

    private static func append(_ item: Substring, to labels: inout [String], limit: Int) -> Bool {
        guard let dash = item.firstIndex(of: "-") else {
            guard LabelMaker.isLabel(item) else { return false }
            labels.append(String(item))
            return true
        }
        let first = item[..<dash]
        let rest = item[item.index(after: dash)...]
        var last = rest
        var step = 1
        if let slash = rest.firstIndex(of: "/") {
            guard let number = number(rest[rest.index(after: slash)...]), number > 0 else { return false }
            last = rest[..<slash]
            step = number
        }
        guard LabelMaker.isLabel(first), LabelMaker.isLabel(last) else { return false }
        if let from = column(first), let to = column(last) {
            guard isUpper(first) == isUpper(last) else { return false }
            for number in stride(from: from, through: to, by: from <= to ? step : -step) {
                labels.append(columnName(number, isUpper: isUpper(first)))
                if labels.count > limit { return false }
            }
            return true
        }
        return appendNumbers(from: first, to: last, step: step, to: &labels, limit: limit)
    }

    private static func appendNumbers(
        from first: Substring, to last: Substring, step: Int, to labels: inout [String], limit: Int
    ) -> Bool {
        let prefix = first.prefix(first.count - digitsAtEnd(first))
        guard prefix == last.prefix(last.count - digitsAtEnd(last)) else { return false }
        let from = first.dropFirst(prefix.count)
        let to = last.dropFirst(prefix.count)
        guard let start = number(from), let end = number(to) else { return false }
        let isPadded = from.count > 1 && from.first == "0" || to.count > 1 && to.first == "0"
        if isPadded, from.count != to.count { return false }
        for number in stride(from: start, through: end, by: start <= end ? step : -step) {
            let digits = String(number)
            let zeros = isPadded ? String(repeating: "0", count: max(0, from.count - digits.count)) : ""
            labels.append(prefix + zeros + digits)
            if labels.count > limit { return false }
        }
        return true
    }

    private static func digitsAtEnd(_ label: Substring) -> Int {
        label.utf8.reversed().prefix { $0 >= 0x30 && $0 <= 0x39 }.count
    }

    private static func number(_ digits: Substring) -> Int? {
        guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return nil
        }
        return Int(digits)
    }

    /// `A` is 1, `Z` 26, `AA` 27: letters of one case, three at most.
    private static func column(_ letters: Substring) -> Int? {
        guard (1...3).contains(letters.utf8.count) else { return nil }
        var value = 0
        for byte in letters.utf8 {
            let lower = byte | 0x20
            guard lower >= UInt8(ascii: "a"), lower <= UInt8(ascii: "z"), (byte & 0x20 == 0) == isUpper(letters) else {
                return nil
            }
            value = value * 26 + Int(lower - UInt8(ascii: "a")) + 1
        }
        return value
    }

    private static func isUpper(_ letters: Substring) -> Bool {
        (letters.utf8.first ?? 0) & 0x20 == 0
    }

    private static func columnName(_ column: Int, isUpper: Bool) -> String {
        var letters: [UInt8] = []
        var rest = column
        while rest > 0 {
            letters.append((isUpper ? UInt8(ascii: "A") : UInt8(ascii: "a")) + UInt8((rest - 1) % 26))
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }
}
