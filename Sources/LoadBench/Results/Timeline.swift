// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Answers over time, in equal steps that double when there are too many: any length of run fits, and the same answers
/// give the same steps.
struct Timeline: Sendable, Equatable {
    private(set) var stepNanoseconds: UInt64 = 10_000_000
    private(set) var counts: [Int] = []

    static let stepsMax = 240

    /// Counts an answer so many nanoseconds after the beginning.
    mutating func count(at nanoseconds: UInt64) {
        var step = Int(truncatingIfNeeded: min(nanoseconds / stepNanoseconds, 1 << 40))
        while step >= Self.stepsMax {
            fold()
            step /= 2
        }
        while counts.count <= step { counts.append(0) }
        counts[step] += 1
    }

    private mutating func fold() {
        stepNanoseconds *= 2
        counts = stride(from: 0, to: counts.count, by: 2).map {
            counts[$0] + ($0 + 1 < counts.count ? counts[$0 + 1] : 0)
        }
    }
}
