// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Foundation
import Logging
import Testing
import Ticketing

@Suite("io_uring and plain writes")
struct BackendTests {
    /// What a whole life of a small house is made of. `$H` is the hold made last, `$C` the ticket's code given last.
    private static let lines =
        [
            "VENUE ADD globe name=Globe city=Lyon", "SECTION ADD globe/stalls rows=A-C seats=1-10",
            "AREA ADD globe/lawn capacity=40", "PERFORMER ADD nora name=Nora",
            "EVENT ADD gala venue=globe title=Gala starts=2031-05-01T19:30Z currency=EUR price=4500 limit=1000",
            "EVENT ADD fair venue=globe title=Fair starts=2031-05-02T19:30Z currency=EUR price=100 performers=nora",
            "EVENT OPEN gala key=o1", "EVENT OPEN fair", "EVENT OPEN gala key=o1", "AS ada",
            "HOLD gala stalls/A/1-3 key=k1", "PAY $H amount=13500 method=cash key=k2", "CONFIRM $H key=k3", "AS -",
            "CHECKIN $C gate=north", "CHECKIN $C", "HOLD gala best=4", "EXTEND $H", "RELEASE $H stalls/A/5",
            "HOLD fair lawn:3", "PAY $H amount=300 method=test token=paid:30s", "BLOCK gala stalls/C/1-10",
            "CLOCK ADVANCE 45s", "CONFIRM $H", "HOLD gala best=2", "CLOCK ADVANCE 700s", "UNBLOCK gala stalls/C/4",
        ] + (0..<200).map { $0 % 2 == 0 ? "HOLD fair lawn:1 key=n\($0)" : "RELEASE $H" }
        + ["SNAPSHOT", "HOLD gala best=1", "PRICE SET gala standard 4000", "EVENT CLOSE fair", "EVENT CANCEL gala"]

    @Test("the same commands, clock and secret give the same replies and the same bytes in every file")
    func identicalBytes() async throws {
        let plain = try await life(usesRing: false)
        let ring = try await life(usesRing: true)
        for (line, (one, other)) in zip(Self.lines, zip(plain.replies, ring.replies)) {
            #expect(one == other, "\(line)")
        }
        #expect(plain.files.keys.sorted() == ring.files.keys.sorted())
        for (name, bytes) in plain.files { #expect(ring.files[name] == bytes, "\(name) differs") }
        #expect(plain.files.keys.filter { $0.hasSuffix(".journal") }.count >= 6)
        #expect(plain.files.keys.contains { $0.hasSuffix(".snapshot") })
        #expect(plain.storage.allSatisfy { $0 == "pwrite, fdatasync" })
        // Where the system forbids io_uring, both lives were plain ones; `STATS` says which it was.
        if ring.storage.contains(where: { $0.hasPrefix("io_uring") }) { #expect(ring.storage != plain.storage) }
    }

    private struct Life {
        var replies: [[String]] = []
        /// By their paths within the data directory.
        var files: [String: Data] = [:]
        var storage: [String] = []
    }

    private func life(usesRing: Bool) async throws -> Life {
        // Beside the checkout rather than in a temporary directory, which may be a file system in memory.
        let directory = URL(fileURLWithPath: ".build-backends-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let secret = String(repeating: "5a", count: 32)
        try Data("boxoffice 1\nshards 2\nfounded no\nsecret \(secret)\n".utf8)
            .write(to: directory.appendingPathComponent("house"))
        var configuration = House.Configuration(directory: directory.path)
        configuration.isTestMode = true
        configuration.usesRing = usesRing
        configuration.clock = ManualClock(at: Instant(milliseconds: 1_900_000_000_000))
        configuration.logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let house = try await House.open(configuration)
        let session = LocalSession(house)
        var life = Life()
        var hold = ""
        var code = ""
        for line in Self.lines {
            // One at a time, each after the reply to the one before: so the writes complete in the same order.
            let asked = line.replacingOccurrences(of: "$H", with: hold).replacingOccurrences(of: "$C", with: code)
            let reply = await session.request(asked)
            #expect(reply.last?.hasPrefix("OK") == true || line == "CHECKIN $C", "\(asked) got \(reply)")
            hold = line.hasPrefix("HOLD") ? field("hold", of: reply.last) ?? hold : hold
            code = field("codes", of: reply.last)?.split(separator: ",").first.map(String.init) ?? code
            life.replies.append(reply)
        }
        let stats = await session.request("STATS")
        life.storage = stats.filter { $0.contains("storage") }.map { line in
            String(line.split(separator: "\"").last ?? "")
        }
        await house.close()
        let paths = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        for path in paths {
            life.files[path] = try? Data(contentsOf: directory.appendingPathComponent(path))
        }
        return life
    }
}
