// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit
internal import BoxOfficeTesting
internal import Glibc

/// `boxoffice simulate`: whole box offices in memory, each decided by one number, beside a plain model of what must be.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run whole box offices in memory, let everything go wrong, and compare them with a plain model.",
        discussion: """
            Each seed decides a run: who asks what, which write completes first, when the
            power goes and what it takes along, which disk is full or fails, which byte
            rots. Catalogue, shards, journals, snapshots and the protocol are the daemon's
            own; only threads, clock and disk are replaced. Every answer and every look is
            compared with a model of the box office, and after every crash everything is
            asked after.

            A seed that fails is printed with the step, what led to it, and the command
            that shows the same again, byte for byte.

            Examples:
              boxoffice simulate
              boxoffice simulate --seeds 1..1000 --steps 5000
              boxoffice simulate --seeds 1..1000000 --seconds 3600 --json
              boxoffice simulate --seeds 7..7 --twice

            Exit codes: 0 nothing failed, 1 a seed failed, 2 wrong usage.
            """)

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "a..b"))
    var seeds = "1..100"
    @Option(help: ArgumentHelp("Steps of each run.", valueName: "n"))
    var steps = "2000"
    @Option(help: ArgumentHelp("Begin no further seed after this many seconds.", valueName: "s"))
    var seconds: String?
    @Flag(help: "Run each seed twice, and compare the traces.")
    var twice = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let bounds = seeds.split(separator: "..", omittingEmptySubsequences: false).map { UInt64($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first <= last, last < .max else {
            throw usage("--seeds wants two numbers as 1..100, not \(seeds)")
        }
        guard let steps = Int(steps), steps > 0 else { throw usage("--steps wants a number, not \(steps)") }
        let limit = seconds.map { Int64($0) ?? -1 }
        if let limit, limit < 0 { throw usage("--seconds wants a number, not \(seconds ?? "")") }

        let start = ContinuousClock.now
        let progress = SimulationProgress(seeds: last - first + 1)
        var summary = SimulationSummary()
        for seed in first...last {
            if let limit, ContinuousClock.now - start >= .seconds(limit) { break }
            let report = Simulation(seed: seed).run(steps: steps)
            summary.add(report)
            if let failure = report.failure {
                progress.clear()
                if !json { print(failure) }
            } else if twice, Simulation(seed: seed).run(steps: steps) != report {
                summary.differing.append(seed)
                progress.clear()
                if !json { print("seed \(seed) gave another trace the second time") }
            }
            progress.show(summary)
        }
        progress.clear()
        summary.elapsed = ContinuousClock.now - start
        print(json ? summary.json : summary.text)
        Console.flush()
        if !summary.isSound { throw ExitCode(1) }
    }

    private func usage(_ what: String) -> ExitCode {
        Console.error("Error: \(what)\n")
        return ExitCode(2)
    }
}

/// What several runs came to.
private struct SimulationSummary {
    var total: SimulationReport?
    var seeds = 0
    var failures: [SimulationFailure] = []
    /// Seeds that gave another trace the second time.
    var differing: [UInt64] = []
    var elapsed = Duration.zero

    var isSound: Bool { failures.isEmpty && differing.isEmpty }

    mutating func add(_ report: SimulationReport) {
        seeds += 1
        if let failure = report.failure { failures.append(failure) }
        if total == nil { total = report } else { total?.add(report) }
    }

    private var counts: [(String, Int)] {
        guard let total else { return [] }
        return [
            ("steps", total.steps), ("commands", total.commands), ("replies", total.replies), ("looks", total.looks),
            ("crashes", total.crashes), ("recoveries", total.recoveries), ("snapshots", total.snapshots),
            ("snapshots_used", total.snapshotsUsed),
        ]
    }

    private var faults: [(String, Int)] { (total?.faults ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    private var stepsASecond: Int {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        return seconds > 0 ? Int(Double(total?.steps ?? 0) / seconds) : 0
    }

    var text: String {
        var lines = [
            "\(seeds) seeds, \(failures.count) failed" + (differing.isEmpty ? "" : ", not the same twice: \(differing)")
        ]
        lines.append(
            counts.map { "\($0.1) \($0.0.split(separator: "_").joined(separator: " "))" }.joined(separator: ", "))
        lines.append("\(stepsASecond) steps a second")
        lines += faults.map { "  \($0.0): \($0.1)" }
        return lines.joined(separator: "\n")
    }

    var json: String {
        var json = JSONText()
        json.field("seeds", seeds)
        json.field("failed", failures.count)
        for (name, count) in counts { json.field(name, count) }
        json.field("steps_a_second", stepsASecond)
        var faultsJSON = JSONText()
        for (name, count) in faults { faultsJSON.field(name, count) }
        json.field("faults", faultsJSON)
        json.field("not_the_same_twice", differing.map { Int64(clamping: $0) })
        json.field(
            "failures",
            failures.map { failure in
                var json = JSONText()
                json.field("seed", failure.seed)
                json.field("step", failure.step)
                json.field("what", failure.what)
                json.field("expected", failure.expected)
                json.field("seen", failure.seen)
                json.field("again", failure.reproduction)
                json.field("history", failure.history)
                return json
            })
        return json.text
    }
}

/// How far it is, on a terminal only.
private struct SimulationProgress {
    let seeds: UInt64
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(seeds: UInt64) { self.seeds = seeds }

    func show(_ summary: SimulationSummary) {
        guard isTerminal else { return }
        Console.error("\r\(summary.seeds) of \(seeds) seeds, \(summary.failures.count) failed ")
    }

    func clear() {
        if isTerminal { Console.error("\r\u{1B}[K") }
    }
}
