// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A point in time: milliseconds since 1970-01-01T00:00Z on the proleptic Gregorian calendar, leap seconds ignored.
///
/// The domain never reads a clock: every instant it sees was decided outside and handed in. Negative values are before
/// 1970; a concert of 1842 is an ordinary instant.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var milliseconds: Int64

    @inlinable
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The earliest and latest instants that a request may name: the years 0001 to 9999, so that every instant prints.
    public static let earliest = Instant(milliseconds: -62_135_596_800_000)
    public static let latest = Instant(milliseconds: 253_402_300_799_000)

    /// Never: later than any instant that a request may name. Used where a due time is absent.
    public static let never = Instant(milliseconds: .max)

    /// The instant `seconds` later, clamped to ``never`` on overflow.
    @inlinable
    public func adding(seconds: Int64) -> Instant {
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflowed { return .never }
        let (sum, alsoOverflowed) = milliseconds.addingReportingOverflow(product)
        return alsoOverflowed ? .never : Instant(milliseconds: sum)
    }
}
