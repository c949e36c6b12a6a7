// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing
internal import TrigramSearch

/// How much an event is wanted: the share of its places that are held, being paid or sold, in as many levels as the
/// search tells apart. Places that are kept from being sold are no places.
struct Demand {
    let places: Int

    private static let levels = SearchDemand.levelMax

    func level(free: Int) -> Int {
        places > 0 ? max(0, min(Self.levels, (places - free) * Self.levels / places)) : 0
    }

    /// Between how many and how many free places the level is the same.
    func free(atLevelOf free: Int) -> ClosedRange<Int> {
        guard places > 0 else { return Int.min...Int.max }
        let level = level(free: free)
        // The fewest taken places of a level, rounded up.
        func taken(_ level: Int) -> Int { (level * places + Self.levels - 1) / Self.levels }
        let most = level == 0 ? Int.max : places - taken(level)
        let least = level == Self.levels ? Int.min : places - taken(level + 1) + 1
        return least...max(least, most)
    }
}

/// The demand for all events, told to the search by the minute: what is sold moves no ranking until the next minute, in
/// which the first who searches takes it up. Shard threads note events whose level changed, a few times in a whole sale.
final class DemandFeed: Sendable {
    private let noted = Mutex<[UInt32]>([])
    /// The minute of the version that readers see, in minutes since 1970.
    private let minute = Atomic<Int64>(.min)
    private let writing = Mutex(())

    /// An event is at another level than when it was last looked at.
    func note(_ event: UInt32) { noted.withLock { $0.append(event) } }

    /// Whether the minute of `now` has no version yet.
    @inline(__always)
    func isDue(at now: Instant) -> Bool { now.milliseconds / 60_000 > minute.load(ordering: .acquiring) }

    /// Makes the version of the minute of `now`, if there is none yet. Who searches meanwhile waits, so that a minute has
    /// one ranking.
    ///
    /// - Complexity: O(events whose level changed).
    func makeVersion(at now: Instant, for search: SearchFeed, _ event: (UInt32) -> PublishedEvent) {
        writing.withLock { _ in
            guard isDue(at: now) else { return }
            let asked = now.milliseconds / 60_000
            let numbers = noted.withLock { noted in
                let numbers = noted
                noted = []
                return numbers
            }
            if !numbers.isEmpty {
                let levels = numbers.map { (number: $0, level: event($0).takeDemandLevel()) }
                search.setDemand(levels, version: UInt32(clamping: asked))
            }
            minute.store(asked, ordering: .releasing)
        }
    }
}
