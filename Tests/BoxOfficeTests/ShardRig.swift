// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import LineProtocol
import Logging
import SnapshotStore
import Synchronization
import Ticketing

/// A shard without its thread on a simulated disk, recovered, run and pressed by the daemon's own code: the catalogue,
/// since its requests need nobody else.
final class ShardRig {
    static let id = JournalID(high: 3, low: 4)
    /// Segments of two blocks of a page each: everything happens within a few requests.
    static let tiny = JournalConfiguration(
        firstSegmentBytes: 12_288, largestSegmentBytes: 12_288, blockBytesMax: 4_096, writesInFlightMax: 2,
        waitingBytesMax: 32_768, reserveBytesMax: 4_096)

    let storage: SimulatedStorage
    let core: ShardCore<Catalogue>
    let press: SnapshotPress
    /// What recovery met and coped with.
    let findings: [String]
    let clock: ManualClock
    private let replies = Replies()
    private var parser = RequestParser(table: CommandTable(testMode: true))
    /// Whether the press does what it has to after each turn, or when told.
    var pressesAtOnce = true
    /// Why the shard has stopped, or nil.
    private(set) var failure: JournalFailure?

    private final class Replies: ReplyAddress {
        let parcels = Mutex<[Parcel]>([])
        func deliver(_ parcel: Parcel) { parcels.withLock { $0.append(parcel) } }
        func take() -> [Parcel] {
            parcels.withLock { parcels in
                defer { parcels = [] }
                return parcels
            }
        }
    }

    init(
        _ disk: SimulatedDisk, seed: UInt64 = 0, isFounded: Bool = true,
        clock: ManualClock = ManualClock(at: Instant(milliseconds: 1_900_000_000_000)),
        configuration: JournalConfiguration = ShardRig.tiny
    ) throws {
        self.clock = clock
        storage = SimulatedStorage(disk, seed: seed)
        let shelves = SimulatedStorage(disk, seed: seed)
        let recovery = try ShardRecovery<Catalogue>(
            storage: storage, shelves: shelves, identity: isFounded ? .existing(Self.id) : .foundedAs(Self.id),
            path: "disk", configuration: configuration, makeMachine: { Catalogue() })
        if recovery.isNew {
            var record = RecordWriter()
            recovery.machine.found(
                secret: Array(repeating: 7, count: 32), shard: .max, shards: 1, at: clock.wall(), record: &record)
            recovery.journal.append(record.bytes.span.extracting(record.range(of: 0)))
            try recovery.journal.settle()
        }
        findings = recovery.findings
        press = SnapshotPress(storage: shelves, shelf: recovery.shelf, keepMilliseconds: 0, level: 1)
        core = ShardCore(
            machine: recovery.machine, journal: recovery.journal, number: -1, clock: clock,
            lastRecorded: recovery.lastRecorded, house: PublishedHouse(clock: clock),
            logger: Logger(label: "rig", factory: { _ in SwiftLogNoOpLogHandler() }), press: press,
            newest: recovery.snapshot, forward: { _, _, _ in })
    }

    /// Asks for something and takes turns until it is answered. Returns the last line; nil where there is none, because
    /// the shard has stopped or the disk has gone.
    func ask(_ line: String) -> String? {
        guard let parcel = parcel(line) else { return nil }
        var arrived = [parcel]
        for _ in 0..<400 where failure == nil {
            turn(&arrived)
            for answered in replies.take() {
                // What is answered later (`SNAPSHOT`) leaves a parcel without replies before.
                if let line = lastLine(answered) { return line }
            }
        }
        return nil
    }

    private func lastLine(_ parcel: Parcel) -> String? {
        let bytes = parcel.replies.bytes
        var frames = ReplyFrameReader(bytes.span)
        guard let frame = frames.next() else { return nil }
        var text: [UInt8] = []
        TextRenderer.render(bytes.span.extracting(frame.body), tag: .none, to: &text)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").last.map(String.init)
    }

    /// A parcel with one request; nil where the line is none.
    func parcel(_ line: String) -> Parcel? {
        let parcel = Parcel()
        parcel.address = replies
        let bytes = Array(line.utf8)
        let parsed = bytes.withUnsafeBytes {
            parser.parse(
                $0, session: RequestSession(role: .operator), client: 0, ticket: 0, into: parcel.requests)
        }
        guard case .request = parsed else { return nil }
        return parcel
    }

    /// One turn, and whatever the press then has to do.
    func turn(_ arrived: inout [Parcel]) {
        if case .failed(let failure) = core.turn(arrived: &arrived) { self.failure = failure }
        while pressesAtOnce, press.performNext() {}
    }

    func turns(_ count: Int) {
        var none: [Parcel] = []
        for _ in 0..<count where failure == nil { turn(&none) }
    }
}
