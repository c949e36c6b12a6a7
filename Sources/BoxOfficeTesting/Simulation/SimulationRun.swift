// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import Synchronization
internal import Ticketing

/// One run of a simulation: the house, its clients and its model, moved on step by step.
final class SimulationRun {
    let seed: UInt64
    let steps: Int
    let recordsHistory: Bool
    var random: SeededRandom
    var report: SimulationReport

    // The world.
    let clock = SimulationClock(at: 1_900_000_000_000)
    let disks: [SimulatedDisk]
    let secret: [UInt8]
    var isFounded = false
    var house: SimulatedHouse?
    var desks: [Desk] = []
    var deskWakes: [DeskWake] = []

    // The people.
    var clients: [SimulatedClient] = []
    /// By desk and slot.
    var connections: [[SimulatedConnection?]] = []
    var keyCount = 0
    var eventCount = 0
    /// Ids of events that somebody asked to add.
    var events: [String] = []

    // What must be so.
    var shardModels: [ModelHistory<ModelShard>]
    var catalogueModel = ModelHistory(ModelCatalogue())
    /// Attachments of requests on their way from the catalogue to a shard, one for each world of the catalogue.
    var history: [String] = []
    var trace: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// Whether nothing goes wrong on purpose any more.
    var isCalm = false
    /// Whether a write that is under way may still fail.
    var mayStillFail = false

    /// Tells that a desk has something to collect.
    final class DeskWake: Sendable {
        let isSet = Atomic(false)
        func wake() { isSet.store(true, ordering: .relaxed) }
    }

    /// Sizes at which everything happens within some hundred records.
    let journalConfiguration: JournalConfiguration
    let snapshotPolicy: SnapshotPolicy

    init(seed: UInt64, steps: Int, recordsHistory: Bool) {
        self.seed = seed
        self.steps = steps
        self.recordsHistory = recordsHistory
        random = SeededRandom(seed: seed)
        report = SimulationReport(seed: seed, stepsAsked: steps)
        let shardCount = Int.random(in: 1...3, using: &random)
        disks = (0...shardCount).map { _ in
            let disk = SimulatedDisk()
            disk.recordsOperations = false
            return disk
        }
        let segmentBytes = 4_096 * (random.next() % 3 == 0 ? 16 : Int.random(in: 5...7, using: &random))
        let largestSegmentBytes = segmentBytes * Int.random(in: 1...3, using: &random)
        let writesInFlightMax = Int.random(in: 1...4, using: &random)
        journalConfiguration = JournalConfiguration(
            firstSegmentBytes: segmentBytes, largestSegmentBytes: largestSegmentBytes, blockBytesMax: 8_192,
            writesInFlightMax: writesInFlightMax, besideBytesMin: writesInFlightMax == 3 ? 8_192 : 0,
            waitingBytesMax: 8_192 * Int.random(in: 1...4, using: &random), reserveBytesMax: 8_192)
        var policy = SnapshotPolicy()
        let seconds = Int64.random(in: 5...100, using: &random)
        policy.everyMilliseconds = random.next() % 3 == 0 ? nil : seconds * 1_000
        policy.journalBytes = random.next() % 3 == 0 ? nil : UInt64(segmentBytes)
        policy.keepJournalMilliseconds = random.next() % 2 == 0 ? 0 : seconds * 3_000
        snapshotPolicy = policy
        var bytes: [UInt8] = []
        for _ in 0..<32 { bytes.append(UInt8.random(in: .min ... .max, using: &random)) }
        secret = bytes
        shardModels = (0..<shardCount).map { _ in ModelHistory(ModelShard()) }
        makeClients()
    }

    // MARK: Running

    func run() {
        do {
            try recover()
            while report.steps < steps {
                report.steps += 1
                try step()
            }
            try comeToRest()
            for disk in disks { mix(disk.digest) }
        } catch let failure as SimulationFailure {
            report.failure = failure
        } catch {
            report.failure = failure("an error that nobody expected", expected: "none", seen: "\(error)")
        }
        report.traceDigest = trace
        house?.close()
    }

    func failure(_ what: String, expected: String, seen: String) -> SimulationFailure {
        SimulationFailure(
            seed: seed, stepsAsked: steps, step: report.steps, what: what, expected: expected, seen: seen,
            history: history)
    }

    // MARK: Trace

    func mix(_ word: UInt64) {
        trace = (trace ^ word) &* 0x0000_0100_0000_01b3
        trace ^= trace >> 31
    }

    func mix(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { mix(UInt64(byte)) }
        }
    }

    /// Enters what happens into the trace, and into the history where one is kept.
    func note(_ kind: UInt64, _ number: Int = 0, _ words: @autoclosure () -> String) {
        mix(kind << 32 ^ UInt64(truncatingIfNeeded: number))
        guard recordsHistory else { return }
        if history.count >= 400 { history.removeFirst(100) }
        history.append("\(report.steps): \(words())")
    }

    func count(_ fault: String) { report.faults[fault, default: 0] += 1 }

    func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

    // MARK: Steps

    private func step() throws {
        try act()
        // Without power nothing goes on.
        if disks.contains(where: \.isOff) { try crash("the power goes at an operation") }
    }

    private func act() throws {
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<280: try sendSomething()
        case 280..<540: try turnSomeone()
        case 540..<700: try completeSomething()
        case 700..<790: try collectSomewhere()
        case 790..<850: try prepareSomething()
        case 850..<940: moveClock()
        case 940..<960: try hangUp()
        case 960..<970: toggleSlowReader()
        case 970..<972: _ = house?.doBackgroundWork()
        case 972..<980: press()
        case 980..<982: try crash("the power goes")
        case 982..<987: faultSomewhere()
        case 987..<989: try sendSomething()
        case 989: try askOfFullDisk()
        case 990..<994: fillDisk()
        case 994..<999: emptyDisk()
        default: if chance(3) { try rotSnapshot() } else { try rot() }
        }
    }

    // MARK: Shards

    private func turnSomeone() throws {
        guard let house else { return }
        let woken = house.shards.indices.filter { house.shards[$0].isWoken }
        guard let number = woken.randomElement(using: &random) else { return try completeSomething() }
        try turn(number)
    }

    /// Has a shard take its turn, and the model go along.
    func turn(_ number: Int) throws {
        guard let house else { return }
        let shard = house.shards[number]
        let now = shard.now
        let wasFull = disks[number].capacityBytes != .max || shard.journal.preparationErrno != nil
        if number < shardModels.count { shardModels[number].advance(to: now) }
        let (outcome, decided) = house.turn(number, now: clock.monotonicNanoseconds()) { desk, client in
            self.connections[desk][Int(client)]?.client.isJSON == true
        }
        note(1, number, "shard \(number) takes its turn and decides \(decided.count)")
        // What completed in this turn may have brought the news. A journal that failed refuses everything, and whoever
        // asked is never told.
        let mayBeFull = wasFull || shard.journal.preparationErrno != nil || shard.journal.failure != nil
        var time = now
        for one in decided { try learn(one, by: number, at: &time, mayBeFull: mayBeFull) }
        if case .failed(let reason) = outcome {
            note(2, number, "shard \(number) fails: \(reason)")
            guard !isCalm || mayStillFail else {
                throw failure("a journal failed although the disk did not", expected: "no failure", seen: reason)
            }
            try crash("the daemon ends because \(reason)")
        }
    }

    /// Goes along with one decision.
    private func learn(
        _ decided: SimulatedHouse.Decided, by number: Int, at time: inout Int64, mayBeFull: Bool
    ) throws {
        guard let connection = connections[decided.desk][Int(decided.client)],
            decided.ticket >= connection.firstTicket,
            Int(decided.ticket - connection.firstTicket) < connection.asked.count
        else {
            throw failure(
                "shard \(number) decided what nobody asked", expected: "a request that waits",
                seen: "client \(decided.client), ticket \(decided.ticket)")
        }
        let index = Int(decided.ticket - connection.firstTicket)
        let asked = connection.asked[index]
        guard let lines = decided.lines else {
            // A snapshot is answered when it is there.
            if asked.request.verb == "SNAPSHOT" { return }
            // What the catalogue passes on takes along what it knows at this moment.
            connection.asked[index].attachment = catalogueModel.latest[0].attachment(for: asked.request)
            connection.asked[index].catalogueEntry = catalogueModel.end
            return
        }
        guard asked.parts[number] == nil else {
            throw failure(
                "\(asked.line) was decided twice by shard \(number)", expected: "once", seen: "\(lines)")
        }
        if asked.request.verb == "CLOCK ADVANCE" {
            time += (ModelRequest.seconds(asked.request.id) ?? 0) * 1_000
        }
        let seen = ModelReply(seen: lines)
        let outcome = seen.isReplayed ? "replayed" : seen.code ?? "OK"
        report.decisions["\(asked.request.verb) \(outcome)", default: 0] += 1
        let decision = ModelDecision(
            request: asked.request, time: time, seen: seen, attachment: asked.attachment, mayBeFull: mayBeFull)
        var expected: ModelReply?
        var entry = 0
        if number < shardModels.count {
            shardModels[number].advance(to: time)
            expected = shardModels[number].decide(decision)
            entry = shardModels[number].end
        } else if asked.request.verb != "CLOCK ADVANCE" {
            expected = catalogueModel.decide(decision)
            entry = catalogueModel.end
        }
        note(3, number, "shard \(number) at \(time): \(connection.client.name) \(asked.line) -> \(lines)")
        if let expected {
            throw failure(
                "\(asked.line) (asked by \(connection.client.name), decided by shard \(number))",
                expected: expected.text, seen: seen.text)
        }
        connection.asked[index].parts[number] = SimulatedConnection.Part(
            lines: lines, json: decided.json, entry: entry)
    }

    private func completeSomething() throws {
        guard let house else { return }
        let busy = house.shards.indices.filter { house.shards[$0].storage.completableCount > 0 }
        guard let number = busy.randomElement(using: &random) else { return try collectSomewhere() }
        complete(number)
    }

    func complete(_ number: Int) {
        guard let shard = house?.shards[number], shard.storage.completeOne(using: &random) else { return }
        note(4, number, "a write of shard \(number) completes")
        shard.isWoken = true
    }

    /// Somebody's snapshot comes a piece further.
    private func press() {
        guard let house else { return }
        let busy = house.shards.indices.filter { !house.shards[$0].press.isIdle }
        guard let number = busy.randomElement(using: &random) else { return }
        for _ in 0..<Int.random(in: 1...4, using: &random) { press(number) }
    }

    func press(_ number: Int) {
        guard let shard = house?.shards[number], shard.press.performNext() else { return }
        note(9, number, "shard \(number) writes of its snapshot")
        shard.isWoken = true
    }

    private func prepareSomething() throws {
        guard let house else { return }
        let busy = house.shards.indices.filter { house.shards[$0].storage.isPreparing }
        guard let number = busy.randomElement(using: &random) else { return try turnSomeone() }
        prepare(number)
    }

    func prepare(_ number: Int) {
        guard let shard = house?.shards[number] else { return }
        note(5, number, "shard \(number) prepares its next segment")
        if shard.storage.prepareOne() { shard.isWoken = true }
    }

    /// Goes to the very moment at which something is due, or to the one before.
    private func moveClockToDue() {
        guard let house else { return }
        let number = Int.random(in: 0..<shardModels.count, using: &random)
        guard let due = shardModels[number].latest[0].someDue(using: &random) else { return }
        let left = due - house.shards[number].now - (chance(3) ? 1 : 0)
        if left > 0, left < 400_000 { advance(left) }
    }

    private func moveClock() {
        if chance(6) { return moveClockToDue() }
        let milliseconds: Int64
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<70: milliseconds = Int64.random(in: 1...40, using: &random)
        case 70..<92: milliseconds = Int64.random(in: 41...2_000, using: &random)
        case 92..<97: milliseconds = Int64.random(in: 2_000...70_000, using: &random)
        case 97..<99: milliseconds = Int64.random(in: 70_000...400_000, using: &random)
        default: milliseconds = chance(6) ? 86_400_000 + Int64.random(in: 0...999, using: &random) : 1
        }
        if chance(40) {
            let jump = Int64.random(in: -400_000...2_000, using: &random)
            note(6, Int(jump), "somebody sets the clock by \(jump) ms")
            clock.setWall(by: jump)
            count("clock set")
        }
        advance(milliseconds)
    }

    func advance(_ milliseconds: Int64) {
        note(7, Int(milliseconds), "\(milliseconds) ms go by")
        clock.advance(milliseconds: milliseconds)
        let now = clock.monotonicNanoseconds()
        for shard in house?.shards ?? [] {
            if let wakesAt = shard.wakesAt, wakesAt <= now { shard.isWoken = true }
        }
    }

    // MARK: Desks

    private func collectSomewhere() throws {
        let woken = desks.indices.filter { deskWakes[$0].isSet.load(ordering: .relaxed) }
        guard let desk = woken.randomElement(using: &random) else { return }
        try collect(desk)
    }

    func collect(_ desk: Int) throws {
        note(8, desk, "desk \(desk) collects")
        deskWakes[desk].isSet.store(false, ordering: .relaxed)
        try work(at: desk) { $0.collect() }
    }

    /// Has a desk do something, and then hands the bytes that it wrote to their clients.
    func work(at desk: Int, _ body: (Desk) -> Void) throws {
        house?.deskAtWork = desk
        body(desks[desk])
        house?.deskAtWork = nil
        for slot in connections[desk].indices {
            guard let connection = connections[desk][slot], !connection.received.isEmpty else { continue }
            try takeReplies(connection)
        }
    }
}
