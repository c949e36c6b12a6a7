// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One run after the other, each on fresh events.
package struct BenchSession {
    private let endpoint: Endpoint
    private let stage: Stage
    private let events: Int?
    private let seats: Int?

    /// `events` and `seats` replace what a scenario takes by itself.
    package init(_ endpoint: Endpoint, stage: Stage, events: Int?, seats: Int?) {
        self.endpoint = endpoint
        self.stage = stage
        self.events = events
        self.seats = seats
    }

    /// Makes what a plan needs, runs it, and clears it away. Returns also where answers were wrong.
    package func run(
        _ plan: LoadPlan, stop: StopSignal, progress: (RunProgress) -> Void
    ) throws(BenchFailure) -> RunResult {
        let scenario = plan.scenario
        let seats = self.seats ?? scenario.seatsDefault
        let seconds = if case .seconds(let seconds) = plan.length { seconds } else { 4.0 }
        let events = self.events ?? scenario.eventsDefault(seconds: plan.warmUpSeconds + seconds, seats: seats)
        let setting = try stage.set(scenario, events: events, seats: seats)
        let keys = KeyWriter(prefix: plan.sendsKeys ? stage.keyPrefix : nil)
        switch scenario {
        case .hold:
            return try run(HoldWorkload(supply: setting.supply, keys: keys), plan, stop, progress)
        case .sale:
            return try run(SaleWorkload(supply: setting.supply, keys: keys), plan, stop, progress)
        case .best:
            let workload = BestWorkload(supply: setting.supply, seats: plan.bestSeats, keys: keys)
            return try run(workload, plan, stop, progress)
        case .hotSeat:
            guard let workload = HotSeatWorkload(supply: setting.supply) else {
                throw BenchFailure("the event has no free seat to fight for")
            }
            return try run(workload, plan, stop, progress)
        case .view:
            return try run(ViewWorkload(setting.sceneries, isStill: setting.supply.isOwn), plan, stop, progress)
        case .search:
            return try run(SearchWorkload(setting.questions), plan, stop, progress)
        case .mixed:
            let workload = MixedWorkload(
                view: ViewWorkload(setting.sceneries, isStill: false), search: SearchWorkload(setting.questions),
                hold: HoldWorkload(supply: setting.supply, keys: keys))
            return try run(workload, plan, stop, progress)
        }
    }

    private func run<W: Workload>(
        _ workload: W, _ plan: LoadPlan, _ stop: StopSignal, _ progress: (RunProgress) -> Void
    ) throws(BenchFailure) -> RunResult {
        var generator = try Generator(workload, plan: plan, endpoint: endpoint)
        try generator.run(stop, progress: progress)
        let result = generator.result
        try stage.clear(undoing: generator.workload.undoing)
        if result.isExhausted, result.answers == 0, result.wrong == 0 {
            throw BenchFailure(
                "all seats were asked for before the counted time began; give it more --events or --seats")
        }
        return result
    }
}

extension Generator {
    /// What the run gave.
    var result: RunResult {
        let seconds = seconds
        let depth: Int? = if case .closed(let depth) = plan.pace { depth } else { nil }
        let rate: Double? = if case .open(let rate) = plan.pace { rate } else { nil }
        return RunResult(
            scenario: plan.scenario, connections: plan.connections, depth: depth, rate: rate, seconds: seconds,
            answers: recorder.answered, answersPerSecond: seconds > 0 ? Double(recorder.answered) / seconds : 0,
            latency: recorder.summary(isChain: plan.scenario.isChain), operations: recorder.operationResults,
            outcomes: recorder.outcomes, wrong: recorder.wrong, firstWrong: recorder.firstWrong,
            unanswered: unanswered, isExhausted: isExhausted, isInterrupted: isInterrupted,
            timeline: TimelineResult(
                stepSeconds: Double(recorder.timeline.stepNanoseconds) / 1e9, counts: recorder.timeline.counts))
    }
}
