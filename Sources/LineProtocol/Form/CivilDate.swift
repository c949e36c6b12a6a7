// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// A day of the proleptic Gregorian calendar, in the years 0001 to 9999.
struct CivilDate: Sendable, BitwiseCopyable, Equatable {
    var year: Int32
    var month: Int32
    var day: Int32

    /// The date that many days after 1970-01-01.
    ///
    /// By Howard Hinnant's algorithm (`civil_from_days`): the year is taken to begin in March, so that the leap day is
    /// its last.
    @inline(__always)
    init(daysSince1970 days: Int32) {
        let shifted = UInt32(bitPattern: days &+ 719_468)
        let era = shifted / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1_460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        day = Int32(bitPattern: dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1)
        month = Int32(bitPattern: shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9)
        year = Int32(bitPattern: yearOfEra &+ era &* 400) &+ (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01, by the same author's `days_from_civil`.
    var daysSince1970: Int64 {
        let shiftedYear = Int64(year) - (month <= 2 ? 1 : 0)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Midnight of this day, as milliseconds since 1970 of a clock that shows local time.
    var localMilliseconds: Int64 { daysSince1970 * 86_400_000 }

    /// `2026-05-01`; nil for anything else, and for days that the calendar does not have.
    init?(_ start: UnsafePointer<UInt8>, _ length: Int) {
        let dash = UInt8(ascii: "-")
        guard length == 10, start[4] == dash, start[7] == dash, let century = twoDigits(start),
            let yearOfCentury = twoDigits(start + 2), let month = twoDigits(start + 5), let day = twoDigits(start + 8)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, ofYear: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    private static func days(inMonth month: Int32, ofYear year: Int32) -> Int32 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A point in time as RFC 3339 writes it, seconds optional, with the offset that it was written in.
struct WrittenTime: Sendable, BitwiseCopyable, Equatable {
    var instant: Instant
    /// Minutes east of UTC.
    var offsetMinutes: Int16

    /// `2031-05-01T19:30Z`, `2031-05-01T19:30:00.25+02:00`; nil for anything else, for times that no clock shows, and
    /// outside the years 0001 to 9999. Fractions are cut to milliseconds. A leap second is refused: nothing here could
    /// keep it apart from the second before or after.
    init?(_ start: UnsafePointer<UInt8>, _ length: Int) {
        guard length >= 17, let date = CivilDate(start, 10), start[10] | 0x20 == UInt8(ascii: "t"),
            let hour = twoDigits(start + 11), hour <= 23, start[13] == UInt8(ascii: ":"),
            let minute = twoDigits(start + 14), minute <= 59
        else { return nil }
        var position = 16
        var milliseconds = (Int64(hour) * 60 + Int64(minute)) * 60_000
        if start[position] == UInt8(ascii: ":") {
            guard length >= position + 4, let second = twoDigits(start + position + 1), second <= 59 else { return nil }
            milliseconds += Int64(second) * 1_000
            position += 3
            if start[position] == UInt8(ascii: ".") {
                position += 1
                var weight: Int64 = 100
                let firstDigit = position
                while position < length, start[position] &- UInt8(ascii: "0") <= 9 {
                    milliseconds += weight * Int64(start[position] &- UInt8(ascii: "0"))
                    weight /= 10
                    position += 1
                }
                guard position > firstDigit else { return nil }
            }
        }
        guard position < length else { return nil }
        let sign = start[position]
        position += 1
        if sign | 0x20 == UInt8(ascii: "z") {
            guard position == length else { return nil }
            offsetMinutes = 0
        } else {
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), length == position + 5,
                let hours = twoDigits(start + position), hours <= 23, start[position + 2] == UInt8(ascii: ":"),
                let minutes = twoDigits(start + position + 3), minutes <= 59
            else { return nil }
            let offset = Int16(truncatingIfNeeded: hours * 60 + minutes)
            offsetMinutes = sign == UInt8(ascii: "-") ? -offset : offset
        }
        instant = Instant(milliseconds: date.localMilliseconds + milliseconds - Int64(offsetMinutes) * 60_000)
        guard instant >= Instant.earliest, instant <= Instant.latest else { return nil }
    }
}

/// The value of two decimal digits.
@inline(__always)
private func twoDigits(_ start: UnsafePointer<UInt8>) -> Int32? {
    let tens = start[0] &- UInt8(ascii: "0")
    let ones = start[1] &- UInt8(ascii: "0")
    guard tens <= 9, ones <= 9 else { return nil }
    return Int32(tens) * 10 + Int32(ones)
}
