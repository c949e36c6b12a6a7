// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The plot of a bench: latencies by percentile, right answers over time, and a legend with the figures of each run. The
/// same report gives the same bytes.
package struct BenchPlot {
    private let report: BenchReport

    /// Colours that people with any colour vision tell apart; runs past the last come again with other dashes.
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b58900", "#333333"]
    private static let dashes = ["", "6 4", "2 3", "10 4 2 4", "14 4"]

    private static let width = 980.0
    private static let legendRow = 20.0
    private static let panelHeight = 300.0
    private static let left = 78.0
    private static let right = 24.0
    private static let grid = "#dddddd"
    private static let quiet = "#555555"

    package init(_ report: BenchReport) { self.report = report }

    private var runs: [RunResult] { report.runs }

    package var svg: String {
        let legendHeight = Double(runs.count + 1) * Self.legendRow
        let firstTop = 112 + legendHeight
        let secondTop = firstTop + Self.panelHeight + 84
        let bestRate = Figures.whole(runs.map(\.answersPerSecond).max() ?? 0)
        var svg = SVGWriter(
            width: Self.width, height: secondTop + Self.panelHeight + 62, title: "Box Office bench",
            description: "\(runs.count) runs against \(report.server); the quickest answered \(bestRate) requests a "
                + "second. Above latency by percentile, below right answers a second over time.")
        svg.write("Box Office bench", x: 24, y: 34, size: 20, isBold: true)
        svg.write("\(report.server) at \(report.address)", x: 24, y: 54, fill: Self.quiet)
        drawLegend(&svg, top: 78)
        drawLatencies(&svg, top: firstTop)
        drawThroughput(&svg, top: secondTop)
        return svg.finished
    }

    private func style(_ index: Int) -> (stroke: String, dashes: String) {
        let count = Self.colours.count
        return (Self.colours[index % count], Self.dashes[index / count % Self.dashes.count])
    }

    // MARK: The legend

    private func drawLegend(_ svg: inout SVGWriter, top: Double) {
        let columns: [(title: String, x: Double)] = [
            ("answers/s", 420), ("p50", 510), ("p90", 600), ("p99", 690), ("p99.9", 780), ("max", 870),
            ("wrong", 950),
        ]
        for column in columns { svg.write(column.title, x: column.x, y: top, anchor: .end, fill: Self.quiet) }
        svg.write("run: connections × tasks under way on each", x: 64, y: top, fill: Self.quiet)
        for (index, run) in runs.enumerated() {
            let y = top + Double(index + 1) * Self.legendRow
            let (stroke, dashes) = style(index)
            svg.path([(24, y - 4), (54, y - 4)], stroke: stroke, dashes: dashes, title: run.label)
            svg.write(run.label, x: 64, y: y)
            let times = [run.latency.p50, run.latency.p90, run.latency.p99, run.latency.p999, run.latency.max]
            let values =
                [Figures.whole(run.answersPerSecond)] + times.map { Figures.time(microseconds: $0) }
                + [Figures.whole(run.wrong)]
            for (column, value) in zip(columns, values) {
                let isBad = column.title == "wrong" && run.wrong > 0
                svg.write(
                    value, x: column.x, y: y, anchor: .end, fill: isBad ? "#c00000" : "#222222", isBold: isBad)
            }
        }
    }

    // MARK: Latency by percentile

    /// The slower half of the requests gets most of the room: each step to the right is a tenth of the requests.
    private static func tail(_ percentile: Double) -> Double { 1 / max(1 - percentile / 100, 1e-9) }

    private func drawLatencies(_ svg: inout SVGWriter, top: Double) {
        let curves = runs.map(Self.curve)
        let all = curves.joined()
        let largest = runs.map(\.latency.max).max() ?? 1
        let x = PlotScale(
            logarithmicFrom: 1, to: all.map { Self.tail($0.percentile) }.max() ?? 1_000, begin: Self.left,
            end: Self.width - Self.right)
        let y = PlotScale(
            logarithmicFrom: all.map(\.microseconds).min() ?? 1, to: largest, begin: top + Self.panelHeight, end: top)
        let isOpen = runs.contains { $0.rate != nil }
        svg.write("Latency by percentile", x: Self.left, y: top - 14, size: 14, isBold: true)
        svg.write(
            isOpen ? "from the time a request was due (open loop) or sent (closed loop)" : "from sending to the answer",
            x: Self.width - Self.right, y: top - 14, anchor: .end, fill: Self.quiet)
        for mark in y.marks {
            svg.line(
                x1: Self.left, y1: y.position(mark), x2: Self.width - Self.right, y2: y.position(mark),
                stroke: Self.grid)
            svg.write(
                Self.roundTime(mark), x: Self.left - 8, y: y.position(mark) + 4, anchor: .end, fill: Self.quiet)
        }
        for mark in x.marks {
            svg.line(
                x1: x.position(mark), y1: top, x2: x.position(mark), y2: top + Self.panelHeight, stroke: Self.grid)
            svg.write(
                Self.percentile(ofTail: mark), x: x.position(mark), y: top + Self.panelHeight + 20,
                anchor: mark == x.marks.last ? .end : .middle, fill: Self.quiet)
        }
        for (index, curve) in curves.enumerated() {
            let (stroke, dashes) = style(index)
            svg.path(
                curve.map { (x.position(Self.tail($0.percentile)), y.position($0.microseconds)) }, stroke: stroke,
                dashes: dashes, title: runs[index].label)
        }
    }

    /// The points of a run, up to its slowest answer.
    private static func curve(_ run: RunResult) -> [LatencySummary.Point] {
        var points = run.latency.curve.filter { $0.percentile < 100 && $0.microseconds > 0 }
        let slowest = 100 - 100 / Double(max(run.latency.count, 1))
        if let last = points.last, last.percentile < slowest, run.latency.max > 0 {
            points.append(LatencySummary.Point(percentile: slowest, microseconds: run.latency.max))
        }
        return points
    }

    /// `1 ms` for a power of ten.
    private static func roundTime(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<1: Figures.fixed(microseconds * 1_000, 0) + " ns"
        case ..<1_000: Figures.fixed(microseconds, 0) + " µs"
        case ..<1_000_000: Figures.fixed(microseconds / 1_000, 0) + " ms"
        default: Figures.fixed(microseconds / 1_000_000, 0) + " s"
        }
    }

    /// `99.9 %` for a thousand: one request in a thousand is slower.
    private static func percentile(ofTail tail: Double) -> String {
        if tail <= 1 { return "0 %" }
        let decimals = max(0, Int(PlotScale.log10(tail).rounded()) - 2)
        return Figures.fixed(100 - 100 / tail, decimals) + " %"
    }

    // MARK: Throughput over time

    private func drawThroughput(_ svg: inout SVGWriter, top: Double) {
        let lines = runs.map(Self.throughput)
        let all = lines.joined()
        let x = PlotScale(
            linearUpTo: all.map(\.seconds).max() ?? 1, begin: Self.left, end: Self.width - Self.right)
        let y = PlotScale(linearUpTo: all.map(\.perSecond).max() ?? 1, begin: top + Self.panelHeight, end: top)
        svg.write("Right answers a second, over time", x: Self.left, y: top - 14, size: 14, isBold: true)
        for mark in y.marks {
            svg.line(
                x1: Self.left, y1: y.position(mark), x2: Self.width - Self.right, y2: y.position(mark),
                stroke: Self.grid)
            svg.write(
                Figures.whole(mark), x: Self.left - 8, y: y.position(mark) + 4, anchor: .end, fill: Self.quiet)
        }
        let last = x.marks.last ?? 0
        for mark in x.marks {
            let text = Figures.fixed(mark, last < 1 ? 2 : last < 8 ? 1 : 0)
            svg.write(
                mark == last ? text + " s" : text, x: x.position(mark), y: top + Self.panelHeight + 20,
                anchor: mark == last ? .end : .middle, fill: Self.quiet)
        }
        for (index, line) in lines.enumerated() {
            let (stroke, dashes) = style(index)
            svg.path(
                line.map { (x.position($0.seconds), y.position($0.perSecond)) }, stroke: stroke, dashes: dashes,
                title: runs[index].label)
        }
    }

    /// At most 60 points, each the mean of as many steps; a last step that is not whole is left out.
    private static func throughput(_ run: RunResult) -> [(seconds: Double, perSecond: Double)] {
        let step = run.timeline.stepSeconds
        guard step > 0 else { return [] }
        let whole = min(run.timeline.counts.count, Int((run.seconds / step + 1e-6).rounded(.down)))
        let group = max(1, (whole + 59) / 60)
        return stride(from: 0, to: whole - whole % group, by: group).map { first in
            let sum = run.timeline.counts[first..<(first + group)].reduce(0, +)
            return ((Double(first) + Double(group) / 2) * step, Double(sum) / (Double(group) * step))
        }
    }
}
