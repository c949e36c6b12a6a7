// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Foundation
import Logging
import Testing
import Ticketing

/// A house in a temporary directory, with a clock moved by hand, and one session to speak to it.
///
///     try await TestHouse.run { house in
///         await house.say("VENUE ADD globe name=Globe", is: "OK venue=globe")
///     }
final class TestHouse: Sendable {
    let directory: String
    let clock: ManualClock
    private let usesRing: Bool
    private let shards: Int
    private let current: Current

    /// The house that is open now; it is closed and opened again by tests of recovery.
    private actor Current {
        var house: House?
        var session: LocalSession?
        func set(_ house: House?, _ session: LocalSession?) {
            self.house = house
            self.session = session
        }
    }

    private let snapshots: SnapshotPolicy

    private let isJournalOff: Bool

    private init(
        directory: String, shards: Int, usesRing: Bool, isJournalOff: Bool, snapshots: SnapshotPolicy, at time: Int64
    ) {
        clock = ManualClock(at: Instant(milliseconds: time))
        self.snapshots = snapshots
        self.directory = directory
        self.shards = shards
        self.usesRing = usesRing
        self.isJournalOff = isJournalOff
        current = Current()
    }

    static func run(
        shards: Int = 1, usesRing: Bool = TestHouse.ringByDefault, isJournalOff: Bool = false,
        snapshots change: (inout SnapshotPolicy) -> Void = { _ in }, copying original: URL? = nil,
        at time: Int64 = 1_900_000_000_000,
        _ body: (TestHouse) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        if let original { try FileManager.default.copyItem(at: original, to: directory) }
        var policy = SnapshotPolicy()
        change(&policy)
        let house = TestHouse(
            directory: isJournalOff ? "" : directory.path, shards: shards, usesRing: usesRing,
            isJournalOff: isJournalOff, snapshots: policy, at: time)
        try await house.open()
        do {
            try await body(house)
        } catch {
            await house.close()
            throw error
        }
        await house.close()
    }

    /// `BOXOFFICE_NO_RING=1` runs the suite on plain writes.
    static let ringByDefault = ProcessInfo.processInfo.environment["BOXOFFICE_NO_RING"] == nil

    func open() async throws {
        var configuration = House.Configuration(directory: directory)
        configuration.shards = shards
        configuration.isTestMode = true
        configuration.usesRing = usesRing
        configuration.isJournalOff = isJournalOff
        configuration.snapshots = snapshots
        configuration.clock = clock
        configuration.logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let house = try await House.open(configuration)
        await current.set(house, LocalSession(house))
    }

    func close() async {
        await current.house?.close()
        await current.set(nil, nil)
    }

    func reopen() async throws {
        await close()
        try await open()
    }

    /// The house that is open now.
    var house: House? {
        get async { await current.house }
    }

    /// A second session with the same house.
    func anotherSession() async -> LocalSession? {
        await current.house.map { LocalSession($0) }
    }

    func advance(seconds: Int64) async {
        clock.advance(seconds: seconds)
        await current.house?.clockMoved()
    }

    // MARK: Speaking

    @discardableResult
    func say(_ line: String) async -> [String] {
        await current.session?.request(line) ?? []
    }

    /// Says a line and checks that the last line of its reply begins with `expected`.
    @discardableResult
    func say(
        _ line: String, is expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> [String] {
        let reply = await say(line)
        let last = reply.last ?? "(nothing)"
        #expect(last.hasPrefix(expected), "\(line) got: \(last)", sourceLocation: sourceLocation)
        return reply
    }

    /// Three rows of ten seats and a lawn for a hundred, on sale at 45.00.
    func openGala(id: String = "gala", limit: Int = 100) async {
        await say(#"VENUE ADD globe name="Le Globe" city=Lyon"#)
        await say("SECTION ADD globe/stalls rows=A-C seats=1-10")
        await say("AREA ADD globe/lawn capacity=100")
        await say(
            #"EVENT ADD \#(id) venue=globe title="O'Brien Gala" starts=2031-05-01T19:30Z currency=EUR price=4500 limit=\#(limit)"#,
            is: "OK event=\(id)")
        await say("EVENT OPEN \(id)", is: "OK event=\(id) state=onsale")
    }
}

/// The value of a field in a reply line.
func field(_ name: String, of line: String?) -> String? {
    guard let line, let start = line.range(of: " \(name)=") else { return nil }
    let rest = line[start.upperBound...]
    if rest.hasPrefix("\"") { return rest.dropFirst().split(separator: "\"", maxSplits: 1).first.map(String.init) }
    return rest.split(separator: " ", maxSplits: 1).first.map(String.init)
}

/// The ids of the items of a reply, in its order.
func ids(_ reply: [String]) -> [String] {
    reply.dropLast().compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) }
}
