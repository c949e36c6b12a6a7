// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import BoxOffice
internal import Synchronization
public import Ticketing

/// A clock that stands still until it is moved by hand.
///
///     import BoxOffice
///     import BoxOfficeTesting
///     import Ticketing  // for Instant
///
///     let clock = ManualClock(at: Instant(milliseconds: 1_900_000_000_000))
///     var configuration = House.Configuration(directory: directory)
///     configuration.clock = clock
///     let house = try await House.open(configuration)
///     clock.advance(seconds: 601)
///     house.clockMoved()
public final class ManualClock: HouseClock {
    private let milliseconds: Atomic<Int64>
    private let start: Int64

    /// A clock that shows `instant`.
    public init(at instant: Instant) {
        start = instant.milliseconds
        milliseconds = Atomic(instant.milliseconds)
    }

    /// Moves the clock on. Tell the house with `clockMoved()`, so that what is then due is run.
    public func advance(seconds: Int64) {
        milliseconds.wrappingAdd(seconds * 1_000, ordering: .sequentiallyConsistent)
    }

    public func wall() -> Instant {
        Instant(milliseconds: milliseconds.load(ordering: .sequentiallyConsistent))
    }

    public func monotonicNanoseconds() -> UInt64 {
        UInt64(milliseconds.load(ordering: .sequentiallyConsistent) - start) &* 1_000_000 &+ 1
    }
}
