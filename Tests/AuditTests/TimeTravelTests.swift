// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Audit
import BoxOffice
import Foundation
import Logging
import Testing

@Suite("Events as they were")
struct TimeTravelTests {
    @Test("every state that VIEW showed is shown again by its seq= and by its time")
    func everyState() async throws {
        try await HouseOnDisk.with { office in
            try await office.openGala()
            var seen: [(time: String, lines: [String])] = []
            for line in [
                "HOLD gala stalls/A/1-2", "HOLD gala lawn:3", "BLOCK gala stalls/B/1", "EVENT SET gala title=Renamed",
                "PRICE SET gala standard 5000", "VENUE SET hall name=Palace", "HOLD gala best=2",
                "UNBLOCK gala stalls/B/1", "EVENT CLOSE gala",
            ] {
                try await office.must(line)
                // Times are said in whole seconds: let some lie between the changes.
                try await office.must("CLOCK ADVANCE 5s")
                seen.append((try await office.time(), await office.session.request("VIEW gala")))
            }
            var before: UInt64 = 0
            for (time, lines) in seen {
                let sequence = try #require(lines.last?.split(separator: " ").first { $0.hasPrefix("seq=") })
                let number = try #require(UInt64(sequence.dropFirst(4)))
                let past = try TimeTravel(office.directory)
                // The venue's new name is no change of the event: by seq= it is the one of the change itself.
                if number != before {
                    let bySequence = try past.view(of: "gala", at: .sequence(number))
                    #expect(bySequence == lines)
                }
                before = number
                let moment = try #require(TimeTravel.Moment(time: time))
                let byTime = try past.view(of: "gala", at: moment)
                #expect(byTime == lines, "at \(time)")
            }
        }
    }

    @Test("a hold that ended at that very time is free then, though its end was written down later")
    func expiry() async throws {
        try await HouseOnDisk.with { office in
            try await office.openGala()
            let held = try await office.must("HOLD gala stalls/A/1")
            let expires = try #require(held.split(separator: " ").first { $0.hasPrefix("expires=") }?.dropFirst(8))
            // The end is recorded only when the clock has long passed it.
            try await office.must("CLOCK ADVANCE 3600s")
            let past = try TimeTravel(office.directory)
            let end = try #require(TimeTravel.Moment(time: String(expires)))
            guard case .time(let milliseconds) = end else { return }
            let before = try past.view(of: "gala", at: .time(milliseconds - 1_000))
            #expect(before.contains { $0.contains("row stalls/A") && $0.contains("map=h") }, "\(before)")
            // `expires=` leaves milliseconds out: the end lies within the second after it.
            let after = try past.view(of: "gala", at: .time(milliseconds + 1_000))
            #expect(after.contains { $0.contains("row stalls/A") && $0.contains("map=.") }, "\(after)")
        }
    }

    @Test("what was not there yet, and what has not come yet, are said so")
    func outside() async throws {
        try await HouseOnDisk.with { office in
            let early = try await office.time()
            try await office.must("CLOCK ADVANCE 5s")
            try await office.openGala()
            let past = try TimeTravel(office.directory)
            let moment = try #require(TimeTravel.Moment(time: early))
            #expect(throws: TimeTravelError.notThereYet(event: "gala")) { try past.view(of: "gala", at: moment) }
            #expect(throws: TimeTravelError.tooLate(event: "gala", sequence: 2)) {
                try past.view(of: "gala", at: .sequence(999))
            }
            #expect(throws: TimeTravelError.notThereYet(event: "nothing")) {
                try past.view(of: "nothing", at: .sequence(1))
            }
        }
        #expect(throws: AuditError.noDataDirectory("/nowhere")) { try TimeTravel("/nowhere") }
    }
}

/// A box office over a data directory of its own, as an embedder opens it.
struct HouseOnDisk {
    let directory: String
    let session: LocalSession

    static func with(_ body: (HouseOnDisk) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "boxoffice-audit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await run(in: directory, body)
    }

    static func run(in directory: String, _ body: (HouseOnDisk) async throws -> Void) async throws {
        var configuration = House.Configuration(directory: directory)
        configuration.shards = 2
        configuration.isTestMode = true
        configuration.logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let house = try await House.open(configuration)
        do {
            try await body(HouseOnDisk(directory: directory, session: LocalSession(house)))
        } catch {
            await house.close()
            throw error
        }
        await house.close()
    }

    @discardableResult
    func must(_ line: String) async throws -> String {
        let last = await session.request(line).last ?? ""
        try #require(last.hasPrefix("OK"), "\(line): \(last)")
        return last
    }

    func time() async throws -> String { String(try await must("TIME").dropFirst("OK time=".count)) }

    /// An event on sale: two rows of ten, and a lawn for twenty.
    func openGala() async throws {
        for line in [
            "VENUE ADD hall name=Hall", "SECTION ADD hall/stalls rows=A-B seats=1-10",
            "AREA ADD hall/lawn capacity=20", "PERFORMER ADD band name=Band",
            "EVENT ADD gala venue=hall title=Gala starts=2031-05-01T19:30Z currency=EUR price=4500 performers=band limit=30",
            "EVENT OPEN gala",
        ] { try await must(line) }
    }
}
