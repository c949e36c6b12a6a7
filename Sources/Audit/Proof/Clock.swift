// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// Instants as people read them.
enum Clock {
    /// `2031-04-01T18:10:00.250Z`, by Howard Hinnant's `civil_from_days`; `never` for the time that never comes, and a
    /// bare number of milliseconds for what is outside the years 0001 to 9999.
    static func text(_ milliseconds: Int64) -> String {
        if milliseconds == Instant.never.milliseconds { return "never" }
        guard milliseconds >= Instant.earliest.milliseconds, milliseconds <= Instant.latest.milliseconds + 999 else {
            return "\(milliseconds)ms"
        }
        // Shifted to be positive, so that plain division rounds down.
        let shifted = milliseconds - Instant.earliest.milliseconds
        let days = shifted / 86_400_000 - 719_162
        let ofDay = shifted % 86_400_000
        let era = (days + 719_468) / 146_097
        let dayOfEra = days + 719_468 - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        text += "\(padded(ofDay / 3_600_000, 2)):\(padded(ofDay / 60_000 % 60, 2)):\(padded(ofDay / 1_000 % 60, 2))"
        if ofDay % 1_000 != 0 { text += ".\(padded(ofDay % 1_000, 3))" }
        return text + "Z"
    }

    /// Milliseconds since 1970 of a time as a request writes it; nil where it is none. The protocol's own parser reads it,
    /// as the argument of a request that takes a time.
    static func milliseconds(_ text: String) -> Int64? {
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: " ") }) else { return nil }
        var parser = RequestParser(table: CommandTable())
        var line = Array("EVENT SET event starts=\(text)".utf8)
        let outcome = line.withUnsafeMutableBytes { parser.parse(UnsafeRawBufferPointer($0), role: .operator) }
        guard case .request = outcome else { return nil }
        for argument in parser.arguments where argument.argument == .starts { return argument.value }
        return nil
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
