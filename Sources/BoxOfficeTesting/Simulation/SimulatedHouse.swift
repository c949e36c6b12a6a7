// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import LineProtocol
internal import Synchronization
internal import Ticketing

/// A whole box office without threads: the catalogue and the shards with their journals, what is published, and the
/// ways between them, all of the daemon's own code. Whoever owns it says whose turn it is.
///
/// It tells what a shard decided in a turn as soon as it is decided, before it is durable: so a model of the box office
/// goes along decision by decision, and whoever asked may be told later, or never.
final class SimulatedHouse: DeskHouse, @unchecked Sendable {
    let published: PublishedHouse
    let shardCount: Int
    let issuedIDKeys: IssuedIDKeys
    let isTestMode = true
    /// The shards, and the catalogue behind them.
    private(set) var shards: [SimulatedShard] = []
    /// The desk that is at work: what is posted now comes from it.
    var deskAtWork: Int?
    private var desks: [ObjectIdentifier: Int] = [:]
    private let crossing = Crossing()
    private var undecided: [[Undecided]]
    private var rendered: [UInt8] = []

    private struct Undecided {
        var parcel: Parcel
        var decided = 0
        var repliesRead = 0
    }

    /// One request decided.
    struct Decided {
        var desk: Int
        var client: UInt32
        var ticket: UInt32
        var verb: Verb
        /// The lines of its reply in text form; nil where it was passed on to another shard.
        var lines: [String]?
        /// The same in JSON, where asked for.
        var json: [String] = []
    }

    /// Opens the house on its disks: those of the shards, and that of the catalogue behind them.
    init(
        disks: [SimulatedDisk], isFounded: Bool, secret: [UInt8], clock: SimulationClock,
        random: inout SeededRandom, configuration: JournalConfiguration,
        snapshots: SnapshotPolicy
    ) throws {
        shardCount = disks.count - 1
        issuedIDKeys = IssuedIDKeys(secret: secret)
        undecided = Array(repeating: [], count: disks.count)
        let queue = Background()
        published = PublishedHouse(clock: clock) { work in queue.work.withLock { $0.append(work) } }
        self.queue = queue
        var opened: [SimulatedShard] = []
        for number in 0..<disks.count {
            let isCatalogue = number == disks.count - 1
            let opening = SimulatedShard.Opening(
                disk: disks[number], seed: random.next(), number: isCatalogue ? -1 : number, shards: disks.count - 1,
                secret: secret, isFounded: isFounded, clock: clock, configuration: configuration,
                snapshots: snapshots)
            if isCatalogue {
                opened.append(
                    try SimulatedShard.open({ Catalogue() }, opening, published: published) {
                        [crossing] passedOn, batch, address in
                        crossing.forward(passedOn, from: batch, address: address)
                    } look: { _ in
                        []
                    })
            } else {
                let make = {
                    let ledger = TicketLedger()
                    ledger.testModeEnabled = true
                    return ledger
                }
                opened.append(
                    try SimulatedShard.open(make, opening, published: published, forward: { _, _, _ in }) {
                        $0.findContradictions()
                    })
            }
        }
        shards = opened
        crossing.house.withLock { $0 = self }
        // The catalogue's names come first, so that no document of the search is made twice.
        for shard in shards.reversed() { shard.publishAll() }
    }

    private let queue: Background

    private final class Background: Sendable {
        let work = Mutex<[@Sendable () -> Void]>([])
    }

    /// Ends the house: nothing refers to it any more.
    func close() { crossing.house.withLock { $0 = nil } }

    /// Does one piece of the search's upkeep. False where there is none.
    func doBackgroundWork() -> Bool {
        guard let work = queue.work.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
        work()
        return true
    }

    var hasBackgroundWork: Bool { queue.work.withLock { !$0.isEmpty } }

    func post(_ parcel: Parcel, to destination: Int) {
        if let address = parcel.address, let deskAtWork { desks[ObjectIdentifier(address)] = deskAtWork }
        shards[destination].inbox.append(parcel)
        shards[destination].isWoken = true
        undecided[destination].append(Undecided(parcel: parcel))
    }

    /// Has a shard take its turn, and tells what it decided.
    ///
    /// - Parameter wantsJSON: Whether the reply to a request of this desk's client is wanted in JSON too.
    func turn(
        _ number: Int, now: UInt64, wantsJSON: (_ desk: Int, _ client: UInt32) -> Bool
    ) -> (outcome: SimulatedShard.Outcome, decided: [Decided]) {
        let shard = shards[number]
        shard.isWoken = false
        shard.wakesAt = nil
        let outcome = shard.turn()
        if case .sleeps(let nanoseconds?) = outcome {
            if nanoseconds == 0 { shard.isWoken = true } else { shard.wakesAt = now &+ nanoseconds }
        }
        var decided: [Decided] = []
        for index in undecided[number].indices { read(&undecided[number][index], into: &decided, wantsJSON) }
        undecided[number].removeAll { $0.decided == $0.parcel.requests.count }
        return (outcome, decided)
    }

    private func read(
        _ waiting: inout Undecided, into decided: inout [Decided], _ wantsJSON: (Int, UInt32) -> Bool
    ) {
        let parcel = waiting.parcel
        guard parcel.decided > waiting.decided, let address = parcel.address,
            let desk = desks[ObjectIdentifier(address)]
        else { return }
        let bytes = parcel.replies.bytes
        let start = waiting.repliesRead
        var frames = ReplyFrameReader(bytes.span.extracting(start...))
        var frame = frames.next()
        for index in waiting.decided..<parcel.decided {
            let request = parcel.requests.request(at: index)
            var one = Decided(desk: desk, client: request.client, ticket: request.ticket, verb: request.verb)
            if let found = frame, found.client == request.client, found.ticket == request.ticket {
                let body = bytes.span.extracting((start + found.body.lowerBound)..<(start + found.body.upperBound))
                rendered.removeAll(keepingCapacity: true)
                TextRenderer.render(body, tag: .none, to: &rendered)
                one.lines = Self.lines(rendered)
                if wantsJSON(desk, request.client) {
                    rendered.removeAll(keepingCapacity: true)
                    JSONRenderer.render(body, tag: .none, to: &rendered)
                    one.json = Self.lines(rendered)
                }
                waiting.repliesRead = start + found.body.upperBound
                frame = frames.next()
            }
            decided.append(one)
        }
        waiting.decided = parcel.decided
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
