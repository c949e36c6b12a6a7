// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What load to put on a box office, and how: one run of `boxoffice bench`.
///
/// This room is the load generator: scenarios that ask and judge every answer, one thread that keeps thousands of
/// connections busy, and results as a table, JSON and a plot. It speaks the line protocol over TCP and knows nothing of
/// the daemon's insides, so that it measures what a client gets.
package struct LoadPlan: Sendable, Equatable {
    /// When the next task begins.
    package enum Pace: Sendable, Equatable {
        /// As soon as one is done: so many are under way on each connection all the time.
        case closed(depth: Int)
        /// On a fixed schedule, whatever the answers do: so many tasks a second over all connections. A latency counts
        /// from the time at which its task was *due*, so that waiting in a queue, the client's own too, is seen.
        case open(tasksPerSecond: Double)
    }

    /// When a run is over.
    package enum Length: Sendable, Equatable {
        /// Seconds, after the warm-up.
        case seconds(Double)
        /// Answered tasks, after the warm-up.
        case tasks(Int)
    }

    package var scenario: Scenario
    package var connections: Int
    package var pace: Pace
    package var length: Length
    /// Seconds at the start that are not counted.
    package var warmUpSeconds: Double
    /// Whether each change carries an idempotency key.
    package var sendsKeys = false
    /// Seats of one `HOLD best=`.
    package var bestSeats = 2
    /// How long a run waits, after its end, for the answers to what it asked.
    package var patienceSeconds = 10.0
    /// Tasks of an open loop that may be under way on all connections; each has room for 16 in any case.
    var openTasksMax = 200_000

    package init(scenario: Scenario, connections: Int, pace: Pace, length: Length, warmUpSeconds: Double) {
        self.scenario = scenario
        self.connections = connections
        self.pace = pace
        self.length = length
        self.warmUpSeconds = warmUpSeconds
    }

    /// Tasks that one connection may have under way. In an open loop it is only a bound, below the number of requests at
    /// which the daemon stops reading from a connection; a task that finds no room waits, and its wait counts.
    var depth: Int {
        switch pace {
        case .closed(let depth): depth
        case .open: max(16, min(Self.openDepthMax, openTasksMax / connections))
        }
    }

    /// What may be asked for.
    package static let connectionsMax = 16_000
    package static let depthMax = 1_000
    package static let openDepthMax = 1_000
    /// Tasks under way on all connections of one run.
    package static let tasksUnderWayMax = 4_000_000
    /// After so many wrong answers a run ends: the rest would say the same.
    static let wrongAnswersMax = 1_000
}
