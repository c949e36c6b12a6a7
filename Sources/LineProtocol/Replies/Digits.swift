// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Writes numbers and times: two digits at a time, divisions only by constants.
extension ReplyCells {
    @inline(__always)
    func writePair(_ number: UInt32, to target: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).storeBytes(of: pairs[Int(number)], as: UInt16.self)
    }

    /// Writes at most 20 bytes.
    @inline(__always)
    func write(_ value: Int64, to target: inout UnsafeMutablePointer<UInt8>) {
        if value < 0 {
            target[0] = UInt8(ascii: "-")
            target += 1
        }
        write(value.magnitude, to: &target)
    }

    @inline(__always)
    func write(_ value: UInt64, to target: inout UnsafeMutablePointer<UInt8>) {
        if value < 10 {
            target[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)
            target += 1
            return
        }
        var count = 2
        var bound: UInt64 = 100
        while value >= bound {
            count += 1
            let (next, overflowed) = bound.multipliedReportingOverflow(by: 10)
            if overflowed { break }
            bound = next
        }
        var rest = value
        var position = count
        while rest >= 100 {
            let quotient = rest / 100
            position -= 2
            writePair(UInt32(truncatingIfNeeded: rest &- quotient &* 100), to: target + position)
            rest = quotient
        }
        if position == 2 {
            writePair(UInt32(truncatingIfNeeded: rest), to: target)
        } else {
            target[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
        }
        target += count
    }

    /// Writes thousandths with two decimals, rounded: `0.58`.
    func write(thousandths value: Int64, to target: inout UnsafeMutablePointer<UInt8>) {
        let hundredths = (value.magnitude &+ 5) / 10
        if value < 0, hundredths > 0 {
            target[0] = UInt8(ascii: "-")
            target += 1
        }
        write(hundredths / 100, to: &target)
        target[0] = UInt8(ascii: ".")
        writePair(UInt32(truncatingIfNeeded: hundredths % 100), to: target + 1)
        target += 3
    }

    /// Writes 20 bytes, as `2031-04-01T18:10:00Z`. Milliseconds are left out; a time outside the years that a request
    /// may name is written as the nearest inside.
    @inline(__always)
    func write(_ instant: Instant, to target: inout UnsafeMutablePointer<UInt8>) {
        let milliseconds = max(min(instant, .latest), .earliest).milliseconds
        // Shifted to be positive, so that plain division rounds down.
        let seconds = UInt64(bitPattern: milliseconds &- Instant.earliest.milliseconds) / 1_000
        let days = seconds / 86_400
        let secondOfDay = UInt32(truncatingIfNeeded: seconds &- days &* 86_400)
        let date = CivilDate(daysSince1970: Int32(truncatingIfNeeded: Int64(bitPattern: days) &- 719_162))
        let year = UInt32(bitPattern: date.year)
        let century = year / 100
        writePair(century, to: target)
        writePair(year &- century &* 100, to: target + 2)
        target[4] = UInt8(ascii: "-")
        writePair(UInt32(bitPattern: date.month), to: target + 5)
        target[7] = UInt8(ascii: "-")
        writePair(UInt32(bitPattern: date.day), to: target + 8)
        target[10] = UInt8(ascii: "T")
        let minuteOfDay = secondOfDay / 60
        let hour = minuteOfDay / 60
        writePair(hour, to: target + 11)
        target[13] = UInt8(ascii: ":")
        writePair(minuteOfDay &- hour &* 60, to: target + 14)
        target[16] = UInt8(ascii: ":")
        writePair(secondOfDay &- minuteOfDay &* 60, to: target + 17)
        target[19] = UInt8(ascii: "Z")
        target += 20
    }
}
