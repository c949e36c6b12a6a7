// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import FoundationXML
import Testing

@testable import LoadBench

@Suite("The plot, the table and JSON")
struct OutputTests {
    private func run(_ scenario: Scenario, depth: Int?, scale: Double, answers: Int = 40_000) -> RunResult {
        let points = (0...60).map {
            LatencySummary.Point(
                percentile: 100 - 100 / pow(10, Double($0) / 12), microseconds: scale * pow(1.12, Double($0)))
        }
        return RunResult(
            scenario: scenario, connections: 50, depth: depth, rate: depth == nil ? 12_500 : nil, seconds: 4,
            answers: answers, answersPerSecond: Double(answers) / 4,
            latency: LatencySummary(
                count: answers, p50: scale, p90: 2 * scale, p99: 5 * scale, p999: 9 * scale, max: 20 * scale,
                mean: 1.5 * scale, curve: answers == 0 ? [] : points),
            operations: [], outcomes: [Outcome(code: "OK", count: answers)], wrong: 0, firstWrong: nil, unanswered: 0,
            isExhausted: false, isInterrupted: false,
            timeline: TimelineResult(
                stepSeconds: 0.02, counts: (0..<200).map { answers / 200 + ($0 % 7) * (answers > 0 ? 1 : 0) }))
    }

    /// Sees whether a text is well-formed XML, and counts its elements.
    private final class Elements: NSObject, XMLParserDelegate {
        var counts: [String: Int] = [:]
        var isNumberBroken = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            counts[name, default: 0] += 1
            for value in attributes.values where value.contains("nan") || value.contains("inf") || value.contains("?") {
                isNumberBroken = true
            }
        }

        init?(_ text: String) {
            super.init()
            let parser = XMLParser(data: Data(text.utf8))
            parser.delegate = self
            guard parser.parse() else { return nil }
        }
    }

    @Test("is well-formed for any number of runs, with a line for each in the legend and in both plots")
    func wellFormed() throws {
        for count in [0, 1, 3, 17] {
            let runs = (0..<count).map { run(.hold, depth: 1 << ($0 % 8), scale: Double($0 + 1) * 37) }
            let svg = BenchPlot(BenchReport(server: "boxoffice/0.1.0", address: "127.0.0.1:7710", runs: runs)).svg
            let elements = try #require(Elements(svg), "not well-formed: \(svg)")
            #expect(elements.counts["path", default: 0] == 3 * count)
            #expect(elements.counts["svg"] == 1 && elements.counts["title"] == 1 + 3 * count)
            #expect(!elements.isNumberBroken)
        }
    }

    @Test("survives runs without answers, with one, and with answers of any size")
    func extremes() throws {
        for result in [
            run(.view, depth: nil, scale: 1, answers: 0), run(.view, depth: 1, scale: 1e-9, answers: 1),
            run(.search, depth: 1, scale: 1e12, answers: 1_000_000_000),
        ] {
            let svg = BenchPlot(BenchReport(server: "x", address: "y", runs: [result])).svg
            let elements = try #require(Elements(svg))
            #expect(!elements.isNumberBroken, "\(svg)")
            #expect(!ResultTable([result], hasColour: false).text.isEmpty)
        }
    }

    @Test("escapes what comes from elsewhere")
    func escaping() throws {
        let report = BenchReport(server: "<b>&\"'\u{1}", address: "a\nb", runs: [])
        #expect(Elements(BenchPlot(report).svg) != nil)
        #expect(BenchPlot(report).svg.contains("&lt;b&gt;&amp;&quot;'\u{FFFD} at a b"))
    }

    @Test("the same report gives the same bytes")
    func deterministic() {
        let report = BenchReport(
            server: "boxoffice/0.1.0", address: "127.0.0.1:7710",
            runs: [run(.hold, depth: 16, scale: 300), run(.sale, depth: nil, scale: 900)])
        #expect(BenchPlot(report).svg == BenchPlot(report).svg)
        #expect(report.json == report.json)
    }

    @Test("marks are round, and hold all values")
    func scales() {
        for largest in [0.0, 0.7, 1, 9.99, 10, 123, 99_999, 1_234_567] {
            let scale = PlotScale(linearUpTo: largest, begin: 0, end: 100)
            #expect((2...12).contains(scale.marks.count), "\(largest): \(scale.marks)")
            #expect((scale.marks.last ?? 0) >= largest)
            #expect(scale.position(0) == 0 && scale.position(scale.marks.last ?? 0) == 100)
        }
        let scale = PlotScale(logarithmicFrom: 30, to: 40_000, begin: 100, end: 0)
        #expect(scale.marks == [10, 100, 1_000, 10_000, 100_000])
        #expect(scale.position(1) == 100 && scale.position(1_000) == 50 && scale.position(1e9) == 0)
    }

    @Test("JSON reads back as the same report")
    func json() throws {
        let report = BenchReport(
            server: "boxoffice/0.1.0", address: "127.0.0.1:7710", runs: [run(.hotSeat, depth: 16, scale: 300)])
        #expect(try JSONDecoder().decode(BenchReport.self, from: Data(report.json.utf8)) == report)
        #expect(report.json.contains(#""scenario" : "hot-seat""#))
    }

    @Test("the table has a row for each run, aligned, and colour only where it is wanted")
    func table() {
        let runs = [run(.hold, depth: 1, scale: 80), run(.hold, depth: 64, scale: 8_000, answers: 4_000_000)]
        let text = ResultTable(runs, hasColour: false).text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 3 && !text.contains("\u{1b}"))
        #expect(lines[1].contains("hold, 50 × 1 ") && lines[1].contains("10,000") && lines[1].contains("OK 40,000"))
        #expect(lines[2].contains("hold, 50 × 64") && lines[2].contains("1,000,000") && lines[2].contains("8.00 ms"))
        #expect(ResultTable(runs, hasColour: true).text.hasPrefix("\u{1b}[1m"))
        #expect(ResultTable([run(.hold, depth: nil, scale: 1)], hasColour: false).text.contains("was due"))
        #expect(ResultTable([run(.hold, depth: 1, scale: 1, answers: 0)], hasColour: false).text.contains("no answer"))
    }
}
