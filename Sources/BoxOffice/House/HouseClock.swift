// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Where a house reads the time. The real one asks the system; a test rig hands in its own and moves it by hand.
public protocol HouseClock: Sendable {
    /// The time of day: milliseconds since 1970, UTC. May be set back or forth by the system's owner.
    func wall() -> Instant
    /// Nanoseconds since some fixed moment; never goes back.
    func monotonicNanoseconds() -> UInt64
}

/// The system's clocks.
public struct SystemClock: HouseClock {
    public init() {}

    public func wall() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A shard's own time: it goes on with the monotonic clock from the last value that its journal holds and is never
/// behind the wall clock, so that it neither goes back over a restart nor when somebody sets the clock.
///
/// It ends with ``Instant/latest``, as the state machines' time does, and then stands still: what is due after that is
/// never due, where a time beyond would find it due for ever and never done.
struct ShardTime {
    private let clock: any HouseClock
    private var base: Instant
    private var baseNanoseconds: UInt64

    init(clock: any HouseClock, lastRecorded: Instant?) {
        self.clock = clock
        base = min(max(clock.wall(), lastRecorded ?? Instant.earliest), .latest)
        baseNanoseconds = clock.monotonicNanoseconds()
    }

    /// The time now. Never less than what it said before, and never past ``Instant/latest``.
    mutating func now() -> Instant {
        let elapsed = clock.monotonicNanoseconds() &- baseNanoseconds
        let carried = min(Instant(milliseconds: base.milliseconds + Int64(elapsed / 1_000_000)), .latest)
        let wall = min(clock.wall(), .latest)
        if wall > carried {
            base = wall
            baseNanoseconds &+= elapsed
            return wall
        }
        return carried
    }

    /// `CLOCK ADVANCE`: from now on, everything is `seconds` later, but not past ``Instant/latest``.
    mutating func advance(seconds: Int64) {
        base = min(base.adding(seconds: seconds), .latest)
    }

    /// Goes on from `instant` if that is later than now.
    mutating func raise(to instant: Instant) {
        guard instant > now() else { return }
        base = min(instant, .latest)
        baseNanoseconds = clock.monotonicNanoseconds()
    }

    /// How far this time is ahead of the wall clock, in milliseconds.
    mutating func aheadOfWallMilliseconds() -> Int64 {
        now().milliseconds - clock.wall().milliseconds
    }
}
