// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import Synchronization

/// Coming to rest, and comparing all that is there.
extension SimulationRun {
    /// Lets everything go on without faults until `isDone`.
    func drive(_ what: String, until isDone: () -> Bool) throws {
        var idleRounds = 0
        for _ in 0..<20_000 {
            if isDone() { return }
            guard let house else { return }
            if try !goOn(house) {
                // Nothing is to be done but to wait: for a timer.
                idleRounds += 1
                if idleRounds > 400 { break }
                advance(50)
            }
        }
        throw failure("\(what) does not come to an end", expected: "every reply", seen: standing)
    }

    /// Who waits for what, for messages.
    private var standing: String {
        let shards = (house?.shards ?? []).map { shard in
            "\(shard.isIdle ? "idle" : "busy") with room \(shard.journal.room())"
        }
        let waiting = clients.compactMap { client in
            client.connection?.asked.first.map { "\(client.name) for \($0.line) (\($0.parts.count) parts)" }
        }
        return "shards \(shards), waiting \(waiting)"
    }

    /// Does whatever can be done now. False where there was nothing.
    private func goOn(_ house: SimulatedHouse) throws -> Bool {
        var hasDone = false
        for number in house.shards.indices {
            house.shards[number].storage.endDelays()
            while house.shards[number].storage.completableCount > 0 {
                complete(number)
                hasDone = true
            }
            while !house.shards[number].press.isIdle {
                press(number)
                hasDone = true
            }
            if house.shards[number].storage.isPreparing {
                prepare(number)
                hasDone = true
            }
            if house.shards[number].isWoken {
                hasDone = true
                try turn(number)
                if self.house !== house { return true }
            }
        }
        for desk in desks.indices where deskWakes[desk].isSet.load(ordering: .relaxed) {
            hasDone = true
            try collect(desk)
        }
        while house.doBackgroundWork() { hasDone = true }
        return hasDone
    }

    /// Asks after everything and compares it: every event, everybody's holds and orders, and that each seat is one's.
    func audit() throws {
        let wasCalm = isCalm
        let capacities = disks.map(\.capacityBytes)
        isCalm = true
        for disk in disks {
            disk.capacityBytes = .max
            disk.faults = [:]
            disk.crashAtOperation = nil
        }
        let inspectors = ["", "ada", "bob", "cy", "dee"].map {
            SimulatedClient(name: "inspector", buyer: $0, desk: 0, isJSON: false)
        }
        for inspector in inspectors { try connect(inspector) }
        // The first turn does what became due while nobody was there.
        try drive("recovery") { house?.shards.allSatisfy { !$0.isWoken } ?? true }
        let holds = clients.flatMap { $0.holds.suffix(3).map(\.id) }
        let orders = clients.flatMap { $0.orders.suffix(3).map(\.id) }
        var lines = ["EVENT LIST limit=1000", "SEARCH limit=1000", "VENUE GET globe"]
        lines += events.map { "VIEW \($0)" }
        lines += (holds + orders).map { "GET \($0)" }
        try send(lines, from: inspectors[0])
        for inspector in inspectors { try send(["MINE"], from: inspector) }
        try drive("the audit") { inspectors.allSatisfy { $0.connection?.asked.isEmpty ?? true } }
        for inspector in inspectors { try hangUp(inspector) }
        try checkInvariants()
        isCalm = wasCalm
        for (disk, capacity) in zip(disks, capacities) { disk.capacityBytes = capacity }
    }

    private func checkInvariants() throws {
        for (number, shard) in (house?.shards ?? []).enumerated() {
            let found = shard.findContradictions()
            guard found.isEmpty else {
                throw failure("the books of shard \(number) contradict themselves", expected: "[]", seen: "\(found)")
            }
        }
        for (number, model) in shardModels.enumerated() {
            for world in model.latest {
                let found = world.findContradictions()
                guard found.isEmpty else {
                    throw failure("what shard \(number) answered is a contradiction", expected: "[]", seen: "\(found)")
                }
            }
        }
    }

    /// Time goes by, and what is due then is done without anybody asking.
    private func waitForDue() throws {
        for milliseconds in [61_000, 700_000] as [Int64] {
            advance(milliseconds)
            for _ in 0..<3 {
                try drive("what is due") { house?.shards.allSatisfy { !$0.isWoken } ?? true }
                advance(2)
            }
        }
        guard let house else { return }
        for (number, model) in shardModels.enumerated() {
            let now = house.shards[number].now - 10
            guard model.latest.allSatisfy({ !$0.hasDue(by: now) }) else {
                throw failure("what was due on shard \(number) was not done", expected: "nothing left", seen: "more")
            }
        }
    }

    private func askAgain() throws {
        for client in clients {
            if client.connection == nil { try connect(client) }
            let again = client.again + client.script
            client.again = []
            client.script = []
            for line in again { try send([line], from: client) }
        }
    }

    /// No more faults: everything that was asked is answered, what nobody knows is asked again, and then, after a last
    /// loss of power that keeps nothing but what was promised, all of it is there.
    func comeToRest() throws {
        isCalm = true
        for disk in disks {
            disk.capacityBytes = .max
            disk.faults = [:]
            disk.crashAtOperation = nil
        }
        for client in clients {
            if let connection = client.connection, connection.isSlow {
                connection.isSlow = false
                try work(at: client.desk) { desk in
                    connection.conversation?.setWritable(true)
                    desk.finishTick()
                }
            }
        }
        // A disk that was full heals by itself: within a second or so a change is taken again.
        advance(1_001)
        var crashes = -1
        while crashes != report.crashes {
            crashes = report.crashes
            // What was under way when the faults ended may fail still.
            mayStillFail = true
            try askAgain()
            try drive("the run") { clients.allSatisfy { $0.connection?.asked.isEmpty ?? true } }
            mayStillFail = false
        }
        try drive("the last writes") {
            house?.shards.allSatisfy { shard in
                shard.isIdle && !shard.storage.isPreparing && shard.journal.preparationErrno == nil
                    && !shard.journal.needsVouching
            } ?? true
        }
        try waitForDue()
        try audit()
        note(30, 0, "the last crash")
        house?.close()
        house = nil
        for client in clients { forget(client) }
        for disk in disks { disk.crash(keeping: .nothing) }
        for index in shardModels.indices { shardModels[index].crash() }
        catalogueModel.crash()
        for (number, model) in shardModels.enumerated() where model.latest.count > 1 {
            note(31, number, "\(model.latest.count) worlds of shard \(number) were never told apart")
        }
        report.crashes += 1
        try recover()
        try audit()
    }
}
