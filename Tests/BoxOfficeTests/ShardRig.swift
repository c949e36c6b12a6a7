// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import LineProtocol
import Logging
import SnapshotStore
import Synchronization
import Ticketing

/// A state machine that a rig can run alone.
protocol RigMachine: StateMachine {
    static func make() -> Self
    /// What it is founded as.
    static var shard: UInt8 { get }
    /// What is asked before ``change(_:)``.
    static var preparation: [String] { get }
    /// A change that is there once, and is known again by its key.
    static func change(_ number: Int) -> String
    /// How many changes are there.
    var changeCount: Int { get }
}

extension Catalogue: RigMachine {
    static func make() -> Catalogue { Catalogue() }
    static var shard: UInt8 { .max }
    static var preparation: [String] { [] }
    static func change(_ number: Int) -> String { "PERFORMER ADD p\(number) name=P key=k\(number)" }
    var changeCount: Int { performerCount }
}

extension TicketLedger: RigMachine {
    static func make() -> TicketLedger { TicketLedger() }
    static var shard: UInt8 { 0 }
    static var preparation: [String] {
        [
            "EVENT ADD gala venue=hall title=Gala starts=2031-05-01T19:30Z currency=EUR price=4500 hold=1h limit=100",
            "EVENT OPEN gala",
        ]
    }
    static func change(_ number: Int) -> String { "HOLD gala stalls/A/\(number + 1) key=k\(number)" }
    var changeCount: Int { figures.openHolds }
}

/// The catalogue, since its requests need nobody else.
typealias ShardRig = MachineRig<Catalogue>

/// A shard without its thread on a simulated disk, recovered, run and pressed by the daemon's own code.
final class MachineRig<Machine: RigMachine> {
    static var id: JournalID { JournalID(high: 3, low: 4) }
    /// Segments of two blocks of a page each: everything happens within a few requests.
    static var tiny: JournalConfiguration {
        JournalConfiguration(
            firstSegmentBytes: 12_288, largestSegmentBytes: 12_288, blockBytesMax: 4_096, writesInFlightMax: 2,
            besideBytesMin: 0, waitingBytesMax: 32_768, reserveBytesMax: 4_096)
    }

    let storage: SimulatedStorage
    let core: ShardCore<Machine>
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
        configuration: JournalConfiguration = MachineRig.tiny, keeping keepMilliseconds: Int64 = 0
    ) throws {
        self.clock = clock
        storage = SimulatedStorage(disk, seed: seed)
        let shelves = SimulatedStorage(disk, seed: seed)
        let recovery = try ShardRecovery<Machine>(
            storage: storage, shelves: shelves, identity: isFounded ? .existing(Self.id) : .foundedAs(Self.id),
            path: "disk", configuration: configuration, makeMachine: Machine.make)
        if recovery.isNew {
            var record = RecordWriter()
            recovery.machine.found(
                secret: Array(repeating: 7, count: 32), shard: Machine.shard, shards: 1, at: clock.wall(),
                record: &record)
            recovery.journal.append(record.record(at: 0))
            try recovery.journal.settle()
        }
        findings = recovery.findings
        press = SnapshotPress(storage: shelves, shelf: recovery.shelf, keepMilliseconds: keepMilliseconds, level: 1)
        core = ShardCore(
            machine: recovery.machine, journal: recovery.journal, number: Machine.shard == .max ? -1 : 0, clock: clock,
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
        if parcel.requests.requests[0].verb == .eventAdd {
            parcel.requests.attachments = [attachment(of: parcel.requests)]
            parcel.requests.requests[0].attachment = 1
        }
        return parcel
    }

    /// A parcel with several requests; nil where one of the lines is none.
    func parcel(_ lines: [String]) -> Parcel? {
        let parcel = Parcel()
        parcel.address = replies
        for (number, line) in lines.enumerated() {
            guard let one = self.parcel(line) else { return nil }
            var request = one.requests.request(at: 0)
            request.ticket = UInt32(number)
            parcel.requests.append(request, from: one.requests)
        }
        return parcel
    }

    /// What the catalogue passes on with an event: a hall with a row of forty.
    private func attachment(of event: RequestBatch) -> CatalogueAttachment {
        let catalogue = Catalogue()
        var record = RecordWriter()
        var effects = Effects(isPublishing: false)
        catalogue.found(secret: Array(repeating: 7, count: 32), shards: 1, at: clock.wall(), record: &record)
        for line in ["VENUE ADD hall name=Hall", "SECTION ADD hall/stalls rows=A seats=1-40"] {
            guard let asked = self.parcel(line)?.requests else { continue }
            decide(asked, in: catalogue, &effects)
        }
        decide(event, in: catalogue, &effects)
        return effects.forwards.first?.attachment ?? CatalogueAttachment(plan: nil, missingPerformer: nil)
    }

    private func decide(_ asked: RequestBatch, in catalogue: Catalogue, _ effects: inout Effects) {
        var record = RecordWriter()
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        catalogue.decide(
            asked.requests[0], in: asked, at: clock.wall(), record: &record, reply: &reply, effects: &effects)
        reply.end()
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
