// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import LoadBench

@Suite("What a run counts")
struct RecorderTests {
    @Test("percentiles of known times, to three digits")
    func percentiles() {
        var recorder = Recorder(operations: ["hold"])
        for microseconds in 1...10_000 as ClosedRange<UInt64> {
            recorder.record(0, nanoseconds: microseconds * 1_000, since: 0)
        }
        let summary = recorder.summary(isChain: false)
        #expect(summary.count == 10_000)
        for (value, expected) in [
            (summary.p50, 5_000.0), (summary.p90, 9_000), (summary.p99, 9_900), (summary.p999, 9_990),
            (summary.max, 10_000), (summary.mean, 5_000.5),
        ] {
            #expect(abs(value - expected) <= expected / 900, "\(value) for \(expected)")
        }
        #expect(summary.curve.last?.percentile == 100)
        #expect(zip(summary.curve, summary.curve.dropFirst()).allSatisfy { $0.microseconds <= $1.microseconds })
    }

    @Test("a time beyond an hour counts as an hour, and no time at all gives no figures")
    func extremes() {
        var recorder = Recorder(operations: ["hold"])
        #expect(recorder.summary(isChain: false).count == 0)
        #expect(recorder.summary(isChain: false).p99 == 0)
        recorder.record(0, nanoseconds: .max, since: 0)
        #expect(abs(recorder.summary(isChain: false).max - 3.6e9) < 4e6)
    }

    @Test("a whole sale is a time of its own, but no request")
    func chain() {
        var recorder = Recorder(operations: Scenario.sale.operations)
        for operation in 0..<3 { recorder.record(operation, nanoseconds: 1_000, since: 0) }
        recorder.recordTime(3, nanoseconds: 9_000_000)
        let all = recorder.summary(isChain: true)
        #expect(recorder.answered == 3 && all.count == 3 && all.max < 2)
        #expect(recorder.operationResults.map(\.name) == ["hold", "pay", "confirm", "whole sale"])
        #expect(recorder.operationResults.map(\.latency.count) == [1, 1, 1, 1])
    }

    @Test("outcomes are counted by code")
    func outcomes() {
        var recorder = Recorder(operations: ["hold"])
        for line in [
            "OK hold=H1", "ERR SEAT_TAKEN seats=s1/1/1", "ERR SEAT_TAKEN", "ERR BUSY retry=later", "nonsense here",
        ] {
            recorder.countOutcome(Array(line.utf8).span)
        }
        #expect(
            Set(recorder.outcomes.map { "\($0.code) \($0.count)" }) == ["SEAT_TAKEN 2", "OK 1", "BUSY 1", "nonsense 1"])
        #expect(recorder.outcomes.first?.code == "SEAT_TAKEN")
    }

    @Test("a timeline of any length has few steps, and loses no answer")
    func timeline() {
        var timeline = Timeline()
        var answers = 0
        for tenth in 0..<100_000 {
            timeline.count(at: UInt64(tenth) * 100_000_000)
            answers += 1
            if tenth % 9_999 == 0 { #expect(timeline.counts.reduce(0, +) == answers) }
        }
        #expect(timeline.counts.count <= Timeline.stepsMax)
        #expect(timeline.counts.reduce(0, +) == 100_000)
        var other = Timeline()
        for tenth in (0..<100_000).reversed() { other.count(at: UInt64(tenth) * 100_000_000) }
        #expect(other == timeline, "the order of the answers changes nothing")
    }

    @Test("figures read the same everywhere")
    func figures() {
        #expect(Figures.whole(1_234_567) == "1,234,567" && Figures.whole(-999) == "-999" && Figures.whole(0) == "0")
        #expect(Figures.fixed(0.05, 2) == "0.05" && Figures.fixed(-1.005, 1) == "-1.0" && Figures.fixed(12, 0) == "12")
        let times = [0.4, 340.2, 1_234, 12_345, 123_456, 1_234_567].map { Figures.time(microseconds: $0) }
        #expect(times == ["0.4 µs", "340 µs", "1.23 ms", "12.3 ms", "123 ms", "1.23 s"])
        #expect(Figures.whole(.nan) == "?" && Figures.time(microseconds: .infinity) == "? s")
    }
}
