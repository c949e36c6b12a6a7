// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("boxoffice bench beside a daemon")
struct BenchTests {
    private struct Report: Decodable {
        struct Run: Decodable {
            struct Latency: Decodable {
                var count: Int
            }
            struct Outcome: Decodable {
                var code: String
                var count: Int
            }
            var scenario: String
            var answers: Int
            var wrong: Int
            var unanswered: Int
            var latency: Latency
            var outcomes: [Outcome]
        }
        var server: String
        var runs: [Run]
    }

    private func bench(_ daemon: Daemon, _ arguments: [String]) throws -> (status: Int32, report: Report?, said: String)
    {
        let command = ["bench", "127.0.0.1:\(daemon.port)", "--connections", "3", "--warm-up", "0", "--json"]
        let result = try Daemon.command(command + arguments)
        return (
            result.status, try? JSONDecoder().decode(Report.self, from: Data(result.out.utf8)),
            result.out + result.err
        )
    }

    @Test(
        "every scenario is answered rightly, and nothing stays on sale",
        arguments: [["--depth", "4"], ["--rate", "500"]])
    func scenarios(pace: [String]) throws {
        let daemon = Daemon()
        try daemon.start()
        let plot = daemon.directory.path + ".svg"
        defer { try? FileManager.default.removeItem(atPath: plot) }
        let (status, report, said) = try bench(
            daemon,
            ["--scenario", "all", "--requests", "120", "--events", "3", "--seats", "900", "--keys", "--svg", plot]
                + pace)
        #expect(status == 0, "\(said)")
        let runs = try #require(report?.runs, "\(said)")
        #expect(report?.server.hasPrefix("boxoffice/") == true)
        #expect(runs.map(\.scenario) == ["hold", "sale", "best", "hot-seat", "view", "search", "mixed"])
        for run in runs {
            #expect(run.wrong == 0 && run.unanswered == 0 && run.answers >= 120, "\(run.scenario): \(said)")
            #expect(run.latency.count == run.answers && run.outcomes.map(\.count).reduce(0, +) == run.answers)
            let codes = Set(run.outcomes.map(\.code))
            #expect(codes == (run.scenario == "hot-seat" ? ["OK", "SEAT_TAKEN"] : ["OK"]), "\(run.scenario)")
        }
        #expect(try String(contentsOfFile: plot, encoding: .utf8).hasSuffix("</svg>\n"))
        let events = try daemon.say("EVENT LIST limit=1000").filter { $0.hasPrefix("* event bench-") }
        #expect(events.count == 6 * 3 + 3 && events.allSatisfy { $0.contains(" state=cancelled") }, "\(events)")
    }

    @Test("what it books at an event that is there, it takes back", arguments: ["hold", "sale", "best", "hot-seat"])
    func givenEvent(scenario: String) throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        #expect(try daemon.say("HOLD gala stalls/B/4-5").first?.hasPrefix("OK") == true)
        let before = try daemon.say("VIEW gala").filter { $0.hasPrefix("* row") }
        let (status, report, said) = try bench(
            daemon, ["--scenario", scenario, "--event", "gala", "--requests", "12", "--depth", "2"])
        #expect(status == 0 && (report?.runs.first?.answers ?? 0) >= 12, "\(said)")
        #expect(try daemon.say("VIEW gala").filter { $0.hasPrefix("* row") } == before)
        #expect(try daemon.say("EVENT LIST").filter { $0.hasPrefix("* event") }.count == 1, "it made no event")
    }

    @Test("what cannot be run is said, with exit code 2, and wrong usage with 64")
    func refusals() throws {
        let daemon = Daemon()
        try daemon.start()
        let missing = try bench(daemon, ["--event", "nope"])
        #expect(missing.status == 2 && missing.said.contains("NOT_FOUND"), "\(missing.said)")
        let plot = try bench(daemon, ["--svg", "/proc/nope/plot.svg"])
        #expect(plot.status == 2 && plot.said.contains("/proc/nope/plot.svg"), "\(plot.said)")
        #expect(try daemon.say("EVENT LIST").filter { $0.hasPrefix("* event") }.isEmpty, "nothing was made")
        let few = try bench(daemon, ["--events", "1", "--seats", "5", "--warm-up", "0.5", "--seconds", "0.1"])
        #expect(few.status == 2 && few.said.contains("--seats"), "\(few.said)")
        let left = try daemon.say("EVENT LIST").filter { $0.hasPrefix("* event") }
        #expect(left.count == 1 && left[0].contains(" state=cancelled"), "\(left)")
        #expect(daemon.end(by: SIGTERM) == 0)
        let nobody = try bench(daemon, [])
        #expect(nobody.status == 2 && nobody.said.contains("boxoffice serve"), "\(nobody.said)")
        for wrong in [
            ["--scenario", "hodl"], ["--depth", "0"], ["--connections", "1,x"], ["--rate", "-1"],
            ["--rate", "5", "--depth", "2"], ["--seconds", "1", "--requests", "1"], ["--event", "a b"],
            ["--event", "gala", "--seats", "5"], ["--seats", "250001"],
        ] {
            #expect(try bench(daemon, wrong).status == 64, "\(wrong)")
        }
    }
}
