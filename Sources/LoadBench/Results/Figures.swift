// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Numbers for people: the same in every locale.
enum Figures {
    /// `1,234,567`.
    static func whole(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let digits = String(Int64(max(-9e15, min(value.rounded(), 9e15)).magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (value.rounded() < 0 ? "-" : "") + text
    }

    static func whole(_ value: Int) -> String { whole(Double(value)) }

    /// With so many decimals: `12.30`.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "?" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64(max(-9e15, min((value * scale).rounded(), 9e15)))
        let digits = String(scaled.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// A time in the unit that fits it: `340 µs`, `12.3 ms`, `1.20 s`.
    static func time(microseconds: Double) -> String {
        switch microseconds {
        case ..<9.95: fixed(microseconds, 1) + " µs"
        case ..<999.5: fixed(microseconds, 0) + " µs"
        case ..<9_995: fixed(microseconds / 1_000, 2) + " ms"
        case ..<99_950: fixed(microseconds / 1_000, 1) + " ms"
        case ..<999_500: fixed(microseconds / 1_000, 0) + " ms"
        default: fixed(microseconds / 1_000_000, 2) + " s"
        }
    }
}
