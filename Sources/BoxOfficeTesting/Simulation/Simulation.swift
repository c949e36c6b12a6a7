// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A whole box office in one seed: the catalogue, several shards, their journals and desks, all of the daemon's own code,
/// over a simulated disk and clock, with clients that ask, hang up and ask again, and a ``ModelShard`` beside each shard
/// that says what must come back.
///
///     let report = Simulation(seed: 7).run(steps: 2_000)
///     if let failure = report.failure { print(failure) }
///
/// The seed decides everything: who asks what, which shard takes its turn, which write completes first, when the power
/// goes and what it takes along. The same seed and number of steps give the same trace, byte for byte.
public struct Simulation: Sendable {
    /// What decides the whole run.
    public let seed: UInt64

    /// A run that has not begun: ``run(steps:)`` is it.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Runs `steps` steps, lets everything come to rest, ends with a last crash, and compares all that is left.
    ///
    /// - Complexity: O(`steps`), some ten thousand a second.
    public func run(steps: Int) -> SimulationReport {
        let run = SimulationRun(seed: seed, steps: steps, recordsHistory: false)
        run.run()
        guard run.report.failure != nil else { return run.report }
        // Once more with the history kept: the same happens again.
        let again = SimulationRun(seed: seed, steps: steps, recordsHistory: true)
        again.run()
        return again.report
    }
}
