// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Runs as a table for a terminal: one row each, with its operations below it where there are several, and then what
/// the answers were.
package struct ResultTable {
    private let runs: [RunResult]
    private let hasColour: Bool

    package init(_ runs: [RunResult], hasColour: Bool) {
        self.runs = runs
        self.hasColour = hasColour
    }

    package var text: String {
        var rows = [["run (connections × under way)", "answers/s", "p50", "p90", "p99", "p99.9", "max", "answers"]]
        for run in runs {
            rows.append(
                row(
                    run.label, Figures.whole(run.answersPerSecond), run.latency,
                    outcomes: run.outcomes.map { "\($0.code) \(Figures.whole($0.count))" }.joined(separator: ", ")))
            for operation in run.operations {
                rows.append(
                    row(
                        "  " + operation.name,
                        Figures.whole(run.seconds > 0 ? Double(operation.latency.count) / run.seconds : 0),
                        operation.latency, outcomes: ""))
            }
        }
        return aligned(rows) + notes
    }

    private func row(_ label: String, _ rate: String, _ latency: LatencySummary, outcomes: String) -> [String] {
        let times = [latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
        return [label, rate] + times.map { latency.count == 0 ? "–" : Figures.time(microseconds: $0) } + [outcomes]
    }

    /// Names to the left, numbers to the right.
    private func aligned(_ rows: [[String]]) -> String {
        let columns = rows[0].count
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for (index, row) in rows.enumerated() {
            var line = ""
            for column in 0..<columns {
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                let isText = column == 0 || column == columns - 1
                line += (column == 0 ? "" : "  ") + (isText ? row[column] + padding : padding + row[column])
            }
            while line.last == " " { line.removeLast() }
            text += (index == 0 ? coloured(line, "1") : line) + "\n"
        }
        return text
    }

    /// What a reader must know to read the figures right.
    private var notes: String {
        var text = ""
        if runs.contains(where: { $0.rate != nil }) {
            text += "Open loop: latencies count from the time at which a request was due, not from when it was sent.\n"
        }
        for run in runs {
            if run.wrong > 0 {
                text += coloured("\(run.label): \(Figures.whole(run.wrong)) wrong answers", "1;31")
                if let first = run.firstWrong {
                    text += ", the first to \(first.operation): \(first.reason)\n    \(first.answer)"
                }
                text += "\n"
            }
            if run.unanswered > 0 {
                text +=
                    "\(run.label): \(Figures.whole(run.unanswered)) requests that were due had no answer at the end: "
                    + "it does not keep this rate. Their wait until then is counted.\n"
            }
            if run.isExhausted {
                text +=
                    "\(run.label): ended after \(Figures.fixed(run.seconds, 2)) s, when no fresh seat was left; "
                    + "give it more with --events or --seats.\n"
            }
            if run.answers == 0, run.wrong == 0, run.unanswered == 0 {
                text += "\(run.label): no answer came in the counted time; give it more --seconds.\n"
            }
            if run.isInterrupted { text += "\(run.label): was interrupted.\n" }
        }
        return text.isEmpty ? "" : "\n" + text
    }

    private func coloured(_ text: String, _ code: String) -> String {
        hasColour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
