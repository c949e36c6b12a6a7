// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Glibc
internal import LoadBench
internal import SystemPackage
internal import UnixSignals

/// `boxoffice bench`: puts load on a running box office and says what it answered, and how fast.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put load on a running box office, check every answer, and say how fast they came.",
        discussion: """
            Scenarios:
            \(Scenario.allCases.map { "  \($0.rawValue.padded(to: 9)) \($0.explanation)" }.joined(separator: "\n"))

            It makes a venue and events of its own (bench-…) and cancels the events afterwards; what it booked there goes \
            with them, but the journal keeps it: do not run it on a box office that sells. With --event it books the free \
            seats of an event that is there, and takes it back afterwards.

            In a closed loop each connection has --depth tasks under way all the time, and a new one begins when one is \
            done. With --rate it is an open loop: tasks begin on a fixed schedule, and latencies count from the time at \
            which a task was due, so that a stall is seen in full. Depths, connections and rates may be lists: every \
            combination is a run, a row of the table and a line of the plot.

            Every answer is checked (the very seat, no seat twice, the same view, the event that was searched for), and \
            only right ones count. A refusal that belongs to a scenario, such as SEAT_TAKEN for the hot seat, is an \
            outcome of its own.

            Examples:
              boxoffice bench
              boxoffice bench --scenario hold --depths 1,16,64 --svg hold.svg
              boxoffice bench 127.0.0.1:7711 --scenario all --seconds 2 --json > bench.json
              boxoffice bench --scenario sale --rate 5000,10000,20000
              boxoffice bench --scenario view --connections 1,10,100,1000
              boxoffice bench --scenario best --event gala --connections 4 --requests 100

            Exit codes: 0 done, 1 there were wrong answers, 2 it could not be run, 130 it was interrupted.
            """)

    @Argument(help: ArgumentHelp("Where the box office listens.", valueName: "host:port"))
    var address = "127.0.0.1:7710"
    @Option(help: ArgumentHelp("A scenario, a list of them, or all.", valueName: "name"))
    var scenario = "hold"
    @Option(help: ArgumentHelp("Connections, one number or a list.", valueName: "list"))
    var connections = "50"
    @Option(
        name: [.customLong("depth"), .customLong("depths")],
        help: ArgumentHelp("Tasks under way on each connection, one number or a list.", valueName: "list"))
    var depths = "1"
    @Option(help: ArgumentHelp("Open loop: tasks a second over all connections, or a list.", valueName: "list"))
    var rate: String?
    @Option(help: ArgumentHelp("How long a run is counted. (default: 4)", valueName: "seconds"))
    var seconds: Double?
    @Option(help: ArgumentHelp("End a run after so many tasks in place of a time.", valueName: "n"))
    var requests: Int?
    @Option(help: ArgumentHelp("What comes before and is not counted.", valueName: "seconds"))
    var warmUp = 1.0
    @Option(help: ArgumentHelp("Events that it makes. (default: as the scenario needs)", valueName: "n"))
    var events: Int?
    @Option(help: ArgumentHelp("Seats of each. (default: as the scenario needs)", valueName: "n"))
    var seats: Int?
    @Option(help: ArgumentHelp("Use this event in place of own ones.", valueName: "id"))
    var event: String?
    @Option(help: ArgumentHelp("Seats of one HOLD best=.", valueName: "n"))
    var best = 2
    @Flag(help: "Send an idempotency key with each change.")
    var keys = false
    @Flag(help: "Write the results as one JSON object in place of the table.")
    var json = false
    @Option(help: ArgumentHelp("Write a plot to this file.", valueName: "file"))
    var svg: String?

    func validate() throws {
        _ = try plans()
        try Self.check(events ?? 1, "--events", in: 1...100_000)
        try Self.check(seats ?? 1, "--seats", in: 1...250_000)
        if let event {
            guard events == nil, seats == nil else {
                throw ValidationError("--event uses an event that is there: leave out --events and --seats")
            }
            guard event.utf8.count <= 64, event.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
                throw ValidationError("--event must be the id of an event, not \(event)")
            }
        }
    }

    func run() async throws {
        let (host, port) = try Address.parse(address)
        let stop = StopSignal()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let listening = Task.detached {
            for await _ in signals {
                if stop.isStopped { _exit(130) }
                stop.stop()
            }
        }
        defer { listening.cancel() }
        let report: BenchReport
        do {
            if let svg { try Self.probe(svg) }
            report = try bench(Endpoint(host: host, port: port), stop: stop)
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
        if json {
            print(report.json)
        } else {
            print(ResultTable(report.runs, hasColour: Self.showsColour).text, terminator: "")
        }
        Console.flush()
        do {
            if let svg { try Self.write(BenchPlot(report).svg, to: svg) }
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
        if report.hasWrongAnswers { throw ExitCode(1) }
        if stop.isStopped { throw ExitCode(130) }
    }

    /// All runs, one after the other; what was made is cleared away even where one fails.
    private func bench(_ endpoint: Endpoint, stop: StopSignal) throws(BenchFailure) -> BenchReport {
        guard let plans = try? plans() else { throw BenchFailure("these runs cannot be") }
        let stage = try Stage(endpoint, event: event) { Console.error($0 + "\n") }
        defer { stage.strike() }
        let session = BenchSession(endpoint, stage: stage, events: events, seats: seats)
        var report = BenchReport(server: stage.server, address: endpoint.name, runs: [])
        for (index, plan) in plans.enumerated() where !stop.isStopped {
            var progress = RunBar(title: "run \(index + 1) of \(plans.count), \(plan.scenario.rawValue)")
            defer { progress.finish() }
            report.runs.append(try session.run(plan, stop: stop) { progress.show($0) })
        }
        return report
    }

    // MARK: What is asked for

    /// Every combination of scenario, connections, and depth or rate.
    private func plans() throws -> [LoadPlan] {
        guard seconds == nil || requests == nil else { throw ValidationError("choose one of --seconds and --requests") }
        guard rate == nil || depths == "1" else {
            throw ValidationError("--rate is an open loop, which has no --depth: choose one of them")
        }
        guard (seconds ?? 1) > 0, (seconds ?? 1) <= 86_400, (0...3_600).contains(warmUp) else {
            throw ValidationError("--seconds must be above 0 and at most a day, --warm-up at most an hour")
        }
        if let requests { try Self.check(requests, "--requests", in: 1...1_000_000_000) }
        try Self.check(best, "--best", in: 1...100)
        let length = requests.map { LoadPlan.Length.tasks($0) } ?? .seconds(seconds ?? 4)
        let paces: [LoadPlan.Pace] =
            if let rate {
                try Self.rates(rate).map { .open(tasksPerSecond: $0) }
            } else {
                try Self.list(depths, "--depth", in: 1...LoadPlan.depthMax).map { .closed(depth: $0) }
            }
        var plans: [LoadPlan] = []
        for scenario in try scenarios() {
            for count in try Self.list(connections, "--connections", in: 1...LoadPlan.connectionsMax) {
                for pace in paces {
                    var plan = LoadPlan(
                        scenario: scenario, connections: count, pace: pace, length: length, warmUpSeconds: warmUp)
                    plan.sendsKeys = keys
                    plan.bestSeats = best
                    if case .closed(let depth) = pace, count * depth > LoadPlan.tasksUnderWayMax {
                        throw ValidationError(
                            "\(count) connections with \(depth) tasks each are more than \(LoadPlan.tasksUnderWayMax) under way"
                        )
                    }
                    plans.append(plan)
                }
            }
        }
        return plans
    }

    private func scenarios() throws -> [Scenario] {
        if scenario == "all" { return Scenario.allCases }
        return try scenario.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let scenario = Scenario(rawValue: String(name)) else {
                let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--scenario must be one of \(names) and all, not \(name)")
            }
            return scenario
        }
    }

    private static func list(_ text: String, _ name: String, in range: ClosedRange<Int>) throws -> [Int] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            guard let value = Int(item) else {
                throw ValidationError("\(name) must be a number or a list as 1,16,64, not \(text)")
            }
            try check(value, name, in: range)
            return value
        }
    }

    private static func rates(_ text: String) throws -> [Double] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            guard let value = Double(item), value >= 0.001, value <= 10_000_000 else {
                throw ValidationError("--rate must be tasks a second, or a list as 1000,5000, not \(text)")
            }
            return value
        }
    }

    private static func check(_ value: Int, _ name: String, in range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }
}
