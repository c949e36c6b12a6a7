// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What one run of a scenario gave. Times are in microseconds.
package struct RunResult: Codable, Sendable, Equatable {
    package var scenario: Scenario
    package var connections: Int
    /// Tasks under way on each connection; nil in an open loop.
    package var depth: Int?
    /// Tasks a second that were asked for; nil in a closed loop.
    package var rate: Double?
    /// Seconds that were counted.
    package var seconds: Double
    /// Right answers.
    package var answers: Int
    package var answersPerSecond: Double
    package var latency: LatencySummary
    /// Where a scenario has several kinds of requests: each of them.
    package var operations: [OperationResult]
    package var outcomes: [Outcome]
    package var wrong: Int
    package var firstWrong: WrongAnswer?
    /// Tasks of an open loop that were due and not answered when the run gave up. Their wait until then is among the
    /// latencies, which are therefore at least as long as said.
    package var unanswered: Int
    /// Whether the run ended early, because no fresh seat was left.
    package var isExhausted: Bool
    /// Whether somebody ended it.
    package var isInterrupted: Bool
    package var timeline: TimelineResult

    /// How a run is called beside others: `hold, 50 × 16` or `hold, 50 at 10,000/s`.
    package var label: String {
        if let depth { return "\(scenario.rawValue), \(connections) × \(depth)" }
        return "\(scenario.rawValue), \(connections) at \(Figures.whole(rate ?? 0))/s"
    }
}

/// How long answers took, in microseconds.
package struct LatencySummary: Codable, Sendable, Equatable {
    package struct Point: Codable, Sendable, Equatable {
        /// From 0 to 100.
        package var percentile: Double
        package var microseconds: Double

        package init(percentile: Double, microseconds: Double) {
            self.percentile = percentile
            self.microseconds = microseconds
        }
    }

    package var count: Int
    package var p50: Double
    package var p90: Double
    package var p99: Double
    package var p999: Double
    package var max: Double
    package var mean: Double
    /// The whole distribution: finer towards the slowest.
    package var curve: [Point]

    package init(
        count: Int, p50: Double, p90: Double, p99: Double, p999: Double, max: Double, mean: Double, curve: [Point]
    ) {
        self.count = count
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.max = max
        self.mean = mean
        self.curve = curve
    }
}

package struct OperationResult: Codable, Sendable, Equatable {
    package var name: String
    package var latency: LatencySummary
}

/// How often requests were answered with `OK`, or with an error's code.
package struct Outcome: Codable, Sendable, Equatable {
    package var code: String
    package var count: Int
}

/// The first answer that was not right.
package struct WrongAnswer: Codable, Sendable, Equatable {
    package var operation: String
    package var answer: String
    package var reason: String
}

/// Right answers over time.
package struct TimelineResult: Codable, Sendable, Equatable {
    package var stepSeconds: Double
    package var counts: [Int]

    package init(stepSeconds: Double, counts: [Int]) {
        self.stepSeconds = stepSeconds
        self.counts = counts
    }
}

/// All runs of a bench, and where they ran.
package struct BenchReport: Codable, Sendable, Equatable {
    /// `server=` of the daemon's HELLO.
    package var server: String
    package var address: String
    package var runs: [RunResult]

    package init(server: String, address: String, runs: [RunResult]) {
        self.server = server
        self.address = address
        self.runs = runs
    }

    package var hasWrongAnswers: Bool { runs.contains { $0.wrong > 0 } }
}
