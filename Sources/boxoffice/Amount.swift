// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser

/// Durations and sizes in settings: a whole number and a unit.
enum Amount {
    /// `90s`, `30m`, `1h`, `30d`, in seconds.
    ///
    /// - Parameter word: what may be said in the place of an amount, for the hint.
    static func seconds(_ text: String, setting: String, least: Int64, or word: String? = nil) throws -> Int64 {
        try value(
            text, units: ["s": 1, "m": 60, "h": 3_600, "d": 86_400], most: 100 * 366 * 86_400, least: least,
            hint: "write \(setting) as a whole number and a unit, s, m, h or d, "
                + (least > 0 ? "at least \(least)s, " : "") + "for example 1h\(alternative(word)), not \(text)")
    }

    /// `64K`, `64M`, `1G`, in bytes.
    static func bytes(_ text: String, setting: String, least: Int64, or word: String? = nil) throws -> Int64 {
        try value(
            text, units: ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40], most: 1 << 50, least: least,
            hint:
                "write \(setting) as a whole number and a unit, K, M or G, at least \(least >> 10)K, for example 256M"
                + "\(alternative(word)), not \(text)")
    }

    private static func alternative(_ word: String?) -> String { word.map { ", or \($0)" } ?? "" }

    private static func value(
        _ text: String, units: [Character: Int64], most: Int64, least: Int64, hint: String
    ) throws -> Int64 {
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
            number >= 0, number <= most / unit, number * unit >= least
        else { throw ValidationError(hint) }
        return number * unit
    }
}
