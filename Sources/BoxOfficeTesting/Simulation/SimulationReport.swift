// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What one run of a ``Simulation`` did and found.
public struct SimulationReport: Sendable, Equatable {
    public var seed: UInt64
    /// Steps asked for.
    public var stepsAsked: Int
    /// Steps done: fewer than asked for where the run failed.
    public var steps = 0
    /// Request lines sent, and replies that reached their clients.
    public var commands = 0
    public var replies = 0
    /// What shards and catalogue decided, by verb and outcome: `HOLD OK`, `HOLD SEAT_TAKEN`, `HOLD replayed`.
    public var decisions: [String: Int] = [:]
    /// Looks whose result was compared with the model.
    public var looks = 0
    /// Processes that ended without warning, and starts that followed, those cut short included.
    public var crashes = 0
    public var recoveries = 0
    /// Snapshots that somebody asked for and got, and recoveries that began with a snapshot.
    public var snapshots = 0
    public var snapshotsUsed = 0
    /// What went wrong on purpose, by kind.
    public var faults: [String: Int] = [:]
    /// A digest of every line, reply, storage operation and byte written: equal for equal seeds and steps.
    public var traceDigest: UInt64 = 0
    public var failure: SimulationFailure?

    /// Every kind of fault that there is.
    public static let faultKinds: Set<String> = [
        "crash keeping nothing", "crash keeping everything", "crash cutting writes", "crash keeping any sectors",
        "crash at an operation", "crash during recovery", "EIO", "ENOSPC once", "EINTR", "short write", "slow write",
        "EIO during recovery", "ENOSPC once during recovery", "EINTR during recovery", "short write during recovery",
        "slow write during recovery", "disk full", "disk has room again", "bit rot", "snapshot rot", "clock set",
        "reply lost",
        "asked again", "slow reader",
    ]

    init(seed: UInt64, stepsAsked: Int) {
        self.seed = seed
        self.stepsAsked = stepsAsked
    }

    /// Adds the counts of another run.
    public mutating func add(_ other: SimulationReport) {
        steps += other.steps
        commands += other.commands
        replies += other.replies
        looks += other.looks
        crashes += other.crashes
        recoveries += other.recoveries
        snapshots += other.snapshots
        snapshotsUsed += other.snapshotsUsed
        for (kind, count) in other.faults { faults[kind, default: 0] += count }
        for (outcome, count) in other.decisions { decisions[outcome, default: 0] += count }
    }
}

/// A difference between the box office and what it promises.
public struct SimulationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var seed: UInt64
    public var stepsAsked: Int
    /// The step at which it showed.
    public var step: Int
    /// What went wrong, in one sentence.
    public var what: String
    public var expected: String
    public var seen: String
    /// What happened before, the last things last.
    public var history: [String] = []

    /// The command that shows the same again.
    public var reproduction: String { "boxoffice simulate --seeds \(seed)..\(seed) --steps \(stepsAsked)" }

    public var description: String {
        var lines = history.map { "  " + $0 }
        lines.append("seed \(seed), step \(step): \(what)")
        lines.append("  expected: \(expected)")
        lines.append("  seen:     \(seen)")
        lines.append("  again:    \(reproduction)")
        return lines.joined(separator: "\n")
    }
}
