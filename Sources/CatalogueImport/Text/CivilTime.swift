// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A date and a time of day as files write them: RFC 3339, seconds and their fraction optional, any offset.
struct CivilTime: Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    /// From UTC, in minutes; nil where none was written.
    var offsetMinutes: Int?

    /// Reads `2031-05-01`, `2031-05-01T19:30`, `2031-05-01T19:30:00.000Z`, `1842-12-07T20:00-05:00`; nil for anything
    /// else, and for a date or time that does not exist.
    init?(_ text: String) {
        var reader = Digits(Array(text.utf8))
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year) else {
            return nil
        }
        if reader.isAtEnd { return }
        guard reader.skip("T") || reader.skip("t") || reader.skip(" ") else { return nil }
        guard let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2) else { return nil }
        self.hour = hour
        self.minute = minute
        if reader.skip(":") {
            guard let second = reader.number(2) else { return nil }
            self.second = second
            if reader.skip("."), !reader.skipDigits() { return nil }
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        if reader.isAtEnd { return }
        if reader.skip("Z") || reader.skip("z") {
            offsetMinutes = 0
        } else {
            let isWest = reader.skip("-")
            guard isWest || reader.skip("+"), let hours = reader.number(2), reader.skip(":"),
                let minutes = reader.number(2), hours < 24, minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
        guard reader.isAtEnd, Self.printable.contains(minutesAsWritten - (offsetMinutes ?? 0)) else { return nil }
    }

    /// The years 0001 to 9999 in UTC, in minutes since 1970: instants that replies can print.
    private static let printable = -1_035_593_280...4_223_371_679

    /// Minutes since 1970-01-01T00:00 of the written date and time, as if they were UTC.
    var minutesAsWritten: Int {
        Self.days(year: year, month: month, day: day) * 1_440 + hour * 60 + minute
    }

    /// `2031-05-01T19:30:00`, and the offset where there is one.
    var text: String {
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let time = "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))"
        guard let offset = offsetMinutes else { return "\(date)T\(time)" }
        if offset == 0 { return "\(date)T\(time)Z" }
        let size = abs(offset)
        return "\(date)T\(time)\(offset < 0 ? "-" : "+")\(Self.padded(size / 60, 2)):\(Self.padded(size % 60, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 on the proleptic Gregorian calendar: years from March on, so that the leap day is last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private struct Digits {
        let bytes: [UInt8]
        var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { at == bytes.count }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard at < bytes.count, bytes[at] == UInt8(truncatingIfNeeded: character.value) else { return false }
            at += 1
            return true
        }

        mutating func number(_ width: Int) -> Int? {
            guard at + width <= bytes.count else { return nil }
            var value = 0
            for _ in 0..<width {
                guard bytes[at] >= 0x30, bytes[at] <= 0x39 else { return nil }
                value = value * 10 + Int(bytes[at] - 0x30)
                at += 1
            }
            return value
        }

        mutating func skipDigits() -> Bool {
            let start = at
            while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
            return at > start
        }
    }
}
