// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Synchronization
internal import Ticketing

/// A clock for a simulated box office: the time of day may be set back and forth, the other only goes on.
final class SimulationClock: HouseClock {
    private let wallMilliseconds: Atomic<Int64>
    private let elapsedMilliseconds = Atomic<Int64>(1)

    init(at milliseconds: Int64) {
        wallMilliseconds = Atomic(milliseconds)
    }

    func advance(milliseconds: Int64) {
        wallMilliseconds.wrappingAdd(milliseconds, ordering: .relaxed)
        elapsedMilliseconds.wrappingAdd(milliseconds, ordering: .relaxed)
    }

    /// Somebody sets the time of day.
    func setWall(by milliseconds: Int64) { wallMilliseconds.wrappingAdd(milliseconds, ordering: .relaxed) }

    func wall() -> Instant { Instant(milliseconds: wallMilliseconds.load(ordering: .relaxed)) }
    func monotonicNanoseconds() -> UInt64 { UInt64(elapsedMilliseconds.load(ordering: .relaxed)) * 1_000_000 }
}
