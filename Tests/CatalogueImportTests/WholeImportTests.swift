// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import CatalogueImport

@Suite("Any import")
struct WholeImportTests {
    /// More rounds of each fuzzer, from the environment: `BOXOFFICE_FUZZ=100` is a hundred times as many.
    private static let fuzzFactor = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap { Int($0) } ?? 1

    @Test("every line obeys the grammar and carries a key of its own", arguments: Sample.all)
    func grammar(text: String) throws {
        let plan = try translate(text)
        for line in plan.lines {
            #expect(RequestGrammar.violation(in: line) == nil, "\(line)")
        }
        #expect(Set(plan.lines.compactMap { RequestGrammar.parse($0)?.keys["key"] }).count == plan.lines.count)
    }

    @Test(
        "the same file gives the same lines and keys, a changed one or other options give other keys",
        arguments: Sample.all)
    func keys(text: String) throws {
        func keys(_ plan: ImportPlan) -> Set<String> {
            Set(plan.lines.compactMap { RequestGrammar.parse($0)?.keys["key"] })
        }
        let plan = try translate(text)
        #expect(try translate(text) == plan)
        #expect(try keys(translate(text + "\n")).isDisjoint(with: keys(plan)))
        if plan.format == .pretix || plan.format == .seatsio {
            #expect(try keys(translate(text, venue: "other")).isDisjoint(with: keys(plan)))
        }
    }

    @Test("a byte order mark changes nothing but the keys", arguments: Sample.all)
    func byteOrderMark(text: String) throws {
        #expect(try translate("\u{FEFF}" + text).requests == translate(text).requests)
    }

    @Test("every prefix is a problem or gives the same, for lines the lines before the cut", arguments: Sample.all)
    func prefixes(text: String) throws {
        let whole = try translate(text)
        let bytes = Array(text.utf8)
        for end in bytes.indices {
            guard let plan = try? ImportPlan.translate(Array(bytes[..<end])) else { continue }
            if whole.format == .lines {
                #expect(whole.requests.starts(with: plan.requests), "cut at \(end)")
            } else {
                #expect(plan.requests == whole.requests, "cut at \(end)")
            }
        }
    }

    @Test("mutated files are a problem or give lines that obey the grammar", arguments: Sample.all)
    func mutations(text: String) {
        let original = Array(text.utf8)
        var generator = SeededGenerator(seed: UInt64(original.count))
        for _ in 0..<300 * Self.fuzzFactor {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                mutate(&bytes, &generator)
            }
            guard let plan = try? ImportPlan.translate(bytes) else { continue }
            for line in plan.lines {
                #expect(RequestGrammar.violation(in: line) == nil, "\(line)")
            }
        }
    }

    /// Changes, removes, doubles or moves some bytes.
    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, at + Int.random(in: 1...20, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[at] = Array("{}[]\",:0-e.\\n".utf8).randomElement(using: &generator) ?? 0
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        default:
            let digits: [UInt8] = Array(
                ["1e308", "-1", "99999999999999999999", "null", "\"\"", "[]"].randomElement(using: &generator)?.utf8
                    ?? "0".utf8)
            bytes.replaceSubrange(at..<end, with: digits)
        }
    }

    @Test("values swapped for others are a problem or give lines that obey the grammar", arguments: Sample.all)
    func swaps(text: String) {
        // Structure stays valid, so that this reaches past the reader into the formats.
        let tokens = text.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
        var generator = SeededGenerator(seed: UInt64(text.utf8.count))
        let texts = [
            "", "?", "é漢", String(repeating: "x", count: 600), "a/b", "1", "=", "\\u202e", "\\n", "x\\\"y", "1-5",
            "standard",
        ]
        for _ in 0..<300 * Self.fuzzFactor {
            var changed = tokens
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let quoted = Int.random(in: 0..<changed.count / 2, using: &generator) * 2 + 1
                changed[quoted] = texts.randomElement(using: &generator) ?? ""
            }
            guard let plan = try? translate(changed.joined(separator: "\"")) else { continue }
            for line in plan.lines {
                #expect(RequestGrammar.violation(in: line) == nil, "\(line)")
            }
        }
    }

    @Test("a file of another kind is told apart, whatever format is asked for")
    func wrongKind() throws {
        for (sample, format) in zip(Sample.all, [ImportFormat.pretix, .seatsio, .seatsio, .discovery, .lines]) {
            #expect(try translate(sample).format == format)
            for other in ImportFormat.allCases where other != format {
                #expect(throws: ImportProblem.self, "\(format) as \(other)") { try translate(sample, as: other) }
            }
        }
        for text in ["7", "\"x\"", "null", "[]", "{}", "[1]", #"{"zones":7}"#, #"{"a":{"subChart":{}}}"#] {
            #expect(try problem(text).kind == .wrongKind, "\(text)")
        }
    }

    @Test("files that are no text are named for what they are")
    func foreignBytes() throws {
        #expect(try problem([]).kind == .truncated)
        #expect(try problem(Array(" \n\t ".utf8)).kind == .truncated)
        #expect(try problem([0x1F, 0x8B, 8, 0]).message.contains("compressed"))
        #expect(try problem([0xFF, 0xFE, 0x7B, 0]).message.contains("UTF-16"))
        #expect(try problem(Array("<!DOCTYPE html>".utf8)).message.contains("HTML"))
        #expect(try problem([0x7B, 0x22, 0xC0, 0xAF]).kind == .badUTF8)
        #expect(try problem([0, 1, 2]).kind == .badJSON)
    }

    @Test("a file of the largest size is read and a larger one is refused unread")
    func size() throws {
        var most = [UInt8](repeating: 0x20, count: ImportLimits.fileBytesMax)
        most[0] = UInt8(ascii: "7")
        #expect(try problem(most).kind == .wrongKind)
        most.append(0x20)
        #expect(try problem(most).kind == .tooLarge)
    }

    @Test("after a hundred warnings the rest is counted")
    func manyWarnings() throws {
        let rows = (0..<150).map {
            #"{"label":"\#($0)","seats":[{"x":0,"y":0,"label":"1","categoryKey":1}],"bookAsAWhole":true}"#
        }
        let text =
            #"{"name":"N","categories":{"list":[{"label":"c","key":1}]},"subChart":{"tables":[\#(rows.joined(separator: ","))]}}"#
        let plan = try translate(text)
        #expect(plan.warnings.count == ImportLimits.warningsMax)
        #expect(plan.warningsOmitted == 50)
    }

    @Test("what follows a plan is an error")
    func trailing() throws {
        #expect(try problem(Sample.pretix + "{}").kind == .badJSON)
        #expect(try problem(Sample.chart + "x").kind == .badJSON)
    }
}

/// Files that a checkout may have beside it, in `../shared/data`; these tests are skipped without them.
@Suite("Real files")
struct RealFileTests {
    private static let package = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = package.deletingLastPathComponent().appendingPathComponent("shared/data")

    private static func has(_ name: String) -> Bool {
        FileManager.default.isReadableFile(atPath: folder.appendingPathComponent(name).path)
    }

    private func plan(of name: String) throws -> ImportPlan {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        return try ImportPlan.translate([UInt8](data), options: ImportOptions(fileName: name))
    }

    @Test(
        "the sample chart: 32 seats in four rows, and two areas of a hundred",
        .enabled(if: has("seatsio-sampleChart.json")))
    func sampleChart() throws {
        let plan = try plan(of: "seatsio-sampleChart.json")
        #expect(plan.warnings.isEmpty)
        #expect(plan.summary.seats == 32 && plan.summary.rows == 4 && plan.summary.sections == 1)
        #expect(plan.summary.areas == 2 && plan.summary.places == 200)
        #expect(
            plan.requests == [
                #"VENUE ADD sample-chart name="Sample chart""#,
                "SECTION ADD sample-chart/main",
                "ROW ADD sample-chart/main/A seats=1-8 category=Cat1 accessible=7 "
                    + #"xy="151.94,99.56 171.94,99.56 191.94,99.56 211.94,99.56 231.94,99.56 251.94,99.56 271.94,99.56 291.94,99.56""#,
                "ROW ADD sample-chart/main/B seats=1-8 category=Cat1 "
                    + #"xy="151.94,123.56 171.94,123.56 191.94,123.56 211.94,123.56 231.94,123.56 251.94,123.56 271.94,123.56 291.94,123.56""#,
                "ROW ADD sample-chart/main/C seats=1-8 category=Cat2 "
                    + #"xy="151.94,147.56 171.94,147.56 191.94,147.56 211.94,147.56 231.94,147.56 251.94,147.56 271.94,147.56 291.94,147.56""#,
                "ROW ADD sample-chart/main/D seats=1-8 category=Cat2 "
                    + #"xy="151.94,171.56 171.94,171.56 191.94,171.56 211.94,171.56 231.94,171.56 251.94,171.56 271.94,171.56 291.94,171.56""#,
                "AREA ADD sample-chart/GA2 capacity=100 category=Cat2 xy=389.22,139.45",
                "AREA ADD sample-chart/GA1 capacity=100 category=Cat1 xy=53.22,139.45",
            ])
    }

    @Test(
        "the chart with sections: 71 seats, in the absolute places of the drawing",
        .enabled(if: has("seatsio-sections.json")))
    func sections() throws {
        let plan = try plan(of: "seatsio-sections.json")
        #expect(plan.warnings.isEmpty)
        #expect(
            plan.summary.seats == 71 && plan.summary.rows == 13 && plan.summary.sections == 2 && plan.summary.areas == 0
        )
        #expect(
            plan.requests(of: "SECTION ADD") == [
                #"SECTION ADD sample-chart-with-sections/Section_A name="Section A" category=cat1"#,
                #"SECTION ADD sample-chart-with-sections/Section_B name="Section B" category=cat2"#,
            ])
        #expect(
            plan.request("ROW ADD sample-chart-with-sections/Section_B/G")
                == "ROW ADD sample-chart-with-sections/Section_B/G seats=1-5 category=cat2 "
                + #"xy="206.19,189.25 226.19,189.25 246.19,189.25 266.19,189.25 286.19,189.25""#)
        #expect(plan.lines.allSatisfy { RequestGrammar.violation(in: $0) == nil })
    }

    @Test(
        "all 20,580 concerts become events of the year they were given in", .enabled(if: has("nyphil-concerts.jsonl")))
    func concerts() throws {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(
            "concerts-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: output) }
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        let tool = Process()
        tool.executableURL = Self.package.appendingPathComponent("tools/nyphil-to-jsonl")
        tool.arguments = [Self.folder.appendingPathComponent("nyphil-concerts.jsonl").path]
        tool.standardOutput = try FileHandle(forWritingTo: output)
        try tool.run()
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
        let plan = try ImportPlan.translate([UInt8](Data(contentsOf: output)))
        #expect(plan.warnings.isEmpty)
        #expect(plan.summary.events == 20_580)
        #expect(plan.request("EVENT ADD nyp-3853-1")?.contains("starts=1842-12-07T20:00:00-04:56") == true)
        // Checking every line would be the slowest test by far; a line in fifty finds a rule that is broken.
        for line in stride(from: 0, to: plan.lines.count, by: 50).map({ plan.lines[$0] }) {
            #expect(RequestGrammar.violation(in: line) == nil, "\(line)")
        }
    }
}
