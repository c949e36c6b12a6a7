// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The types of arguments: what their text must look like, and the value made of it.
extension RequestParser {
    /// Checks the text at `offset` against `parameter` and appends its slot or slots; nil where it is good.
    @inline(__always)
    mutating func take(_ parameter: CompiledParameter, _ offset: Int, _ length: Int) -> FormError.Advice? {
        let start = UnsafePointer(text + offset)
        let argument = parameter.argument
        var value: Int64 = 0
        switch parameter.kind {
        case .id:
            guard isID(start, length) else { return complaint(start, length) }
        case .seats:
            guard length > 0, areAll(ByteClass.seats, start, length) else { return complaint(start, length) }
        case .labels:
            guard length > 0, ByteSet.labels.containsAll(start, length) else { return complaint(start, length) }
        case .text:
            guard Int64(length) >= parameter.minimum, Int64(length) <= parameter.maximum else { return .value }
        case .integer, .money:
            guard let number = Self.integer(start, length), number >= parameter.minimum, number <= parameter.maximum
            else { return complaint(start, length) }
            value = number
        case .word:
            guard let choice = choice(parameter, start, length) else { return complaint(start, length) }
            value = Int64(choice)
        default:
            return takeRare(parameter, offset, length)
        }
        append(argument, offset, length, value: value)
        return nil
    }

    /// The types that no command of the hot path has, out of its way.
    @inline(never)
    private mutating func takeRare(_ parameter: CompiledParameter, _ offset: Int, _ length: Int) -> FormError.Advice? {
        let start = UnsafePointer(text + offset)
        let argument = parameter.argument
        switch parameter.kind {
        case .ids:
            guard areIDs(start, length, parameter.minimum...parameter.maximum) else {
                return complaint(start, length)
            }
        case .label:
            guard (1...Limits.labelBytesMax).contains(length), ByteSet.label.containsAll(start, length)
            else { return complaint(start, length) }
        case .category:
            guard (1...Limits.labelBytesMax).contains(length), ByteSet.keyName.union(.label).containsAll(start, length)
            else { return complaint(start, length) }
        case .categories:
            guard length > 0, ByteSet.seats.containsAll(start, length) else { return complaint(start, length) }
        case .coordinates:
            guard length > 0, ByteSet.coordinates.containsAll(start, length) else { return complaint(start, length) }
        case .sectionAddress, .areaAddress, .rowAddress:
            return takeAddress(parameter, offset, length)
        case .name:
            guard Int64(length) >= parameter.minimum, Int64(length) <= parameter.maximum, Self.hasInk(start, length)
            else { return .value }
        case .buyer:
            guard (1...Limits.buyerBytesMax).contains(length), Self.isPrintable(start, length) else { return .value }
        case .currency:
            let capitals: ClosedRange<UInt8> = UInt8(ascii: "A")...UInt8(ascii: "Z")
            guard length == 3, capitals.contains(start[0]), capitals.contains(start[1]), capitals.contains(start[2])
            else { return complaint(start, length) }
        case .duration:
            guard let seconds = Self.seconds(start, length), seconds >= parameter.minimum, seconds <= parameter.maximum
            else { return complaint(start, length) }
            append(argument, offset, length, value: seconds)
            return nil
        case .instant:
            guard let time = WrittenTime(start, length) else { return complaint(start, length) }
            append(argument, offset, length, value: time.instant.milliseconds, extra: time.offsetMinutes)
            return nil
        case .moneyRange:
            guard
                let range = Self.range(
                    start, length,
                    { start, length in
                        Self.integer(start, length).flatMap { $0 <= parameter.maximum ? ($0, $0 + 1) : nil }
                    })
            else { return complaint(start, length) }
            if range.lower >= range.upper { return .reversed }
            append(argument, offset, length, value: range.lower)
            append(argument, offset, length, value: range.upper)
            return nil
        case .dateRange:
            guard
                let range = Self.range(
                    start, length,
                    { start, length in
                        CivilDate(start, length).map { ($0.localMilliseconds, $0.localMilliseconds + 86_400_000) }
                    })
            else { return complaint(start, length) }
            if range.lower >= range.upper { return .reversed }
            append(argument, offset, length, value: range.lower)
            append(argument, offset, length, value: range.upper)
            return nil
        default:
            // The common types are taken above; `words` never comes here.
            return .value
        }
        append(argument, offset, length)
        return nil
    }

    /// `venue/section`, `venue/section/row` or `venue/area`: a slot for each part.
    private mutating func takeAddress(
        _ parameter: CompiledParameter, _ offset: Int, _ length: Int
    ) -> FormError.Advice? {
        let start = UnsafePointer(text + offset)
        var partStart = 0
        var part = 0
        let parts = parameter.kind == .rowAddress ? 3 : 2
        for position in 0...length {
            guard position == length || start[position] == UInt8(ascii: "/") else { continue }
            let count = position - partStart
            guard part < parts else { return complaint(start, length) }
            let argument: Argument
            switch part {
            case 0: argument = .venue
            case 1: argument = parameter.kind == .areaAddress ? .area : .section
            default: argument = .row
            }
            let isGood =
                part == 0
                ? isID(start + partStart, count)
                : (1...Limits.labelBytesMax).contains(count) && ByteSet.label.containsAll(start + partStart, count)
            guard isGood else { return complaint(start, length) }
            append(argument, offset + partStart, count)
            partStart = position + 1
            part += 1
        }
        return part == parts ? nil : complaint(start, length)
    }

    /// What to say of a value that is not as it should be: that it is not plain ASCII is the more helpful thing.
    @inline(never)
    private func complaint(_ start: UnsafePointer<UInt8>, _ length: Int) -> FormError.Advice {
        for index in 0..<length where start[index] >= 0x80 { return .notASCII }
        return .value
    }

    /// Whether all of these bytes are in the set of this bit (see ``ByteClass``).
    @inline(__always)
    private func areAll(_ set: UInt8, _ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var common = set
        for index in 0..<length { common &= classes[Int(start[index])] }
        return common != 0
    }

    @inline(__always)
    private func isID(_ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        length > 0 && length <= Limits.idBytesMax && classes[Int(start[0])] & ByteClass.alphanumeric != 0
            && areAll(ByteClass.identifier, start, length)
    }

    private func areIDs(_ start: UnsafePointer<UInt8>, _ length: Int, _ count: ClosedRange<Int64>) -> Bool {
        if length == 0 { return count.lowerBound == 0 }
        var partStart = 0
        var parts: Int64 = 0
        for position in 0...length where position == length || start[position] == UInt8(ascii: ",") {
            guard isID(start + partStart, position - partStart) else { return false }
            partStart = position + 1
            parts += 1
        }
        return count.contains(parts)
    }

    /// Text that can be read aloud: no controls, no line separators, nothing that turns the writing direction round,
    /// and something in it that can be seen.
    private static func isPrintable(_ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var index = 0
        while index < length {
            let kind = TextEscape(start + index, length - index)
            if kind.mustEscape { return false }
            index += kind.length
        }
        return hasInk(start, length)
    }

    private static func hasInk(_ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        Ink.isIn(String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self))
    }

    /// Decimal digits, no sign; nil where there is anything else or the value passes 18 digits.
    @inline(__always)
    static func integer(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int64? {
        guard length > 0, length <= 18 else { return nil }
        var value: Int64 = 0
        var index = 0
        while index < length {
            let digit = start[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int64(digit)
            index += 1
        }
        return value
    }

    private static func seconds(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int64? {
        guard length > 1, let number = integer(start, length - 1) else { return nil }
        let unit: Int64
        switch start[length - 1] {
        case UInt8(ascii: "s"): unit = 1
        case UInt8(ascii: "m"): unit = 60
        case UInt8(ascii: "h"): unit = 3_600
        default: return nil
        }
        let (product, overflowed) = number.multipliedReportingOverflow(by: unit)
        return overflowed ? nil : product
    }

    /// `a..b`, `..b`, `a..` or `a`, where `bounds` says where one item begins and ends; `b` may be before `a`.
    private static func range(
        _ start: UnsafePointer<UInt8>, _ length: Int,
        _ bounds: (UnsafePointer<UInt8>, Int) -> (lower: Int64, upper: Int64)?
    ) -> (lower: Int64, upper: Int64)? {
        var dots = 0
        while dots + 1 < length, !(start[dots] == UInt8(ascii: ".") && start[dots + 1] == UInt8(ascii: ".")) {
            dots += 1
        }
        guard dots + 1 < length else { return bounds(start, length) }
        let afterCount = length - dots - 2
        guard dots > 0 || afterCount > 0 else { return nil }
        var range = (lower: Int64.min, upper: Int64.max)
        if dots > 0 {
            guard let first = bounds(start, dots) else { return nil }
            range.lower = first.lower
        }
        if afterCount > 0 {
            guard let last = bounds(start + dots + 2, afterCount) else { return nil }
            range.upper = last.upper
        }
        return range
    }

    @inline(__always)
    private func choice(_ parameter: CompiledParameter, _ start: UnsafePointer<UInt8>, _ length: Int) -> Int? {
        guard length > 0, let name = FoldedName(start, length) else { return nil }
        var choice = 0
        while choice < parameter.wordCount {
            if index.words[parameter.firstWord + choice] == name { return choice }
            choice += 1
        }
        return nil
    }
}

extension ByteSet {
    func union(_ other: ByteSet) -> ByteSet {
        ByteSet(low: low | other.low, high: high | other.high)
    }
}
