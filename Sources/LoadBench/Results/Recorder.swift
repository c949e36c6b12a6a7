// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Histogram

/// What a run's answers were and how long they took, while it goes on.
struct Recorder {
    /// One for each operation.
    private var histograms: [Histogram<UInt64>]
    private(set) var timeline = Timeline()
    /// Answers that were right and counted.
    private(set) var answered = 0
    private(set) var wrong = 0
    private(set) var firstWrong: WrongAnswer?
    private var ok = 0
    private var refusals: [(code: [UInt8], count: Int)] = []
    private let operations: [String]

    /// Latencies up to an hour are kept, to three digits.
    static let nanosecondsMax: UInt64 = 3_600_000_000_000

    init(operations: [String]) {
        self.operations = operations
        histograms = operations.map { _ in
            Histogram<UInt64>(
                lowestDiscernibleValue: 100, highestTrackableValue: Self.nanosecondsMax,
                numberOfSignificantValueDigits: .three)
        }
    }

    /// A right answer, `since` nanoseconds after the counted time began.
    mutating func record(_ operation: Int, nanoseconds: UInt64, since: UInt64) {
        answered += 1
        timeline.count(at: since)
        recordTime(operation, nanoseconds: nanoseconds)
    }

    /// A time that is not an answer's: a whole task's, or how long one waited that never came.
    mutating func recordTime(_ operation: Int, nanoseconds: UInt64, count: Int = 1) {
        histograms[operation].record(min(nanoseconds, Self.nanosecondsMax), count: UInt64(count))
    }

    /// Counts `OK` or the code of a last line.
    mutating func countOutcome(_ line: Span<UInt8>) {
        if line.has("OK") {
            ok += 1
            return
        }
        let from = line.has("ERR ") ? 4 : 0
        let end = line.wordEnd(from: from)
        for index in refusals.indices
        where refusals[index].code.count == end - from && line.has(refusals[index].code, at: from) {
            refusals[index].count += 1
            return
        }
        var code: [UInt8] = []
        for index in from..<min(end, from + 40) { code.append(line[index]) }
        // Answers that are no replies at all must not make a list without end.
        if refusals.count < 40 { refusals.append((code, 1)) }
    }

    mutating func countWrong(_ reason: StaticString, _ operation: Int, _ line: Span<UInt8>) {
        wrong += 1
        guard firstWrong == nil else { return }
        let shown = line.count > 300 ? line.extracting(first: 300).text + " …" : line.text
        firstWrong = WrongAnswer(
            operation: operations[operation], answer: shown, reason: String(describing: reason))
    }

    // MARK: At the end

    /// Outcomes by code, the most frequent first.
    var outcomes: [Outcome] {
        var all = refusals.map { Outcome(code: String(decoding: $0.code, as: UTF8.self), count: $0.count) }
        if ok > 0 { all.append(Outcome(code: "OK", count: ok)) }
        return all.sorted { ($0.count, $1.code) > ($1.count, $0.code) }
    }

    /// All requests together: without the whole tasks of a chain, which are times of no single request.
    func summary(isChain: Bool) -> LatencySummary {
        var all = histograms[0]
        for histogram in histograms.dropFirst().dropLast(isChain ? 1 : 0) { all.add(histogram) }
        return LatencySummary(all)
    }

    var operationResults: [OperationResult] {
        guard operations.count > 1 else { return [] }
        return zip(operations, histograms).map { OperationResult(name: $0, latency: LatencySummary($1)) }
    }
}

extension LatencySummary {
    init(_ histogram: Histogram<UInt64>) {
        func microseconds(_ percentile: Double) -> Double {
            histogram.totalCount == 0 ? 0 : Double(histogram.valueAtPercentile(percentile)) / 1_000
        }
        let points = histogram.percentiles(ticksPerHalfDistance: 5).map {
            Point(percentile: $0.percentileLevelIteratedTo, microseconds: Double($0.value) / 1_000)
        }
        self.init(
            count: Int(clamping: histogram.totalCount), p50: microseconds(50), p90: microseconds(90),
            p99: microseconds(99), p999: microseconds(99.9), max: microseconds(100),
            mean: histogram.totalCount == 0 ? 0 : (histogram.mean / 100).rounded() / 10, curve: points)
    }
}
