// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Journal
internal import SnapshotStore
internal import Synchronization

/// Crashes, recovery, and disks that fail.
extension SimulationRun {
    // MARK: Crashing

    /// The process ends without warning: what was under way is kept, lost, cut or reordered, and a new process recovers.
    func crash(_ why: String) throws {
        note(20, 0, why)
        try crashAndRecover()
        try audit()
    }

    private func lose(_ disk: SimulatedDisk) {
        let keeping: SimulatedDisk.Keeping
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            keeping = .nothing
            count("crash keeping nothing")
        case 1:
            keeping = .everything
            count("crash keeping everything")
        case 2:
            keeping = .prefixes(seed: random.next())
            count("crash cutting writes")
        default:
            keeping = .anySectors(seed: random.next())
            count("crash keeping any sectors")
        }
        disk.crash(keeping: keeping)
        disk.faults = [:]
    }

    // MARK: Recovering

    /// Starts the process again, perhaps more than once: the power may go, and the disk fail, while it recovers.
    func recover() throws {
        var attempt = 0
        while true {
            attempt += 1
            report.recoveries += 1
            let sabotaged = attempt < 4 && !isCalm && chance(4) ? sabotage() : nil
            do {
                let opened = try SimulatedHouse(
                    disks: disks, isFounded: isFounded, secret: secret, clock: clock, random: &random,
                    configuration: journalConfiguration, snapshots: snapshotPolicy)
                for disk in disks { disk.crashAtOperation = nil }
                // A start copes with much that fails at its very end, but nothing goes on without power.
                guard !disks.contains(where: \.isOff) else {
                    opened.close()
                    throw PowerLost()
                }
                start(opened)
                return
            } catch {
                note(21, attempt, "recovery fails: \(error); files \(disks.map(\.fileNames))")
                let isFull = disks.contains { $0.capacityBytes != .max }
                guard sabotaged != nil || isFull else {
                    throw failure("the house cannot be opened after a crash", expected: "it opens", seen: "\(error)")
                }
                if let sabotaged, sabotaged == "" { count("crash during recovery") }
                if isFull { for disk in disks { disk.capacityBytes = .max } }
                for disk in disks { lose(disk) }
            }
        }
    }

    /// The power went while the house was being opened, and nothing that opening needs met it.
    private struct PowerLost: Error {}

    /// Something that goes wrong within the next operations of some disk. Gives the kind; empty for a crash.
    private func sabotage() -> String {
        let disk = pick(disks)
        let operation = disk.operationCount + Int.random(in: 0..<30, using: &random)
        if chance(2) {
            disk.crashAtOperation = operation
            return ""
        }
        let (fault, name) = someFault()
        disk.faults[operation] = fault
        count("\(name) during recovery")
        return name
    }

    private func start(_ opened: SimulatedHouse) {
        isFounded = true
        house = opened
        report.snapshotsUsed += opened.shards.count { $0.snapshot != nil }
        desks = []
        deskWakes = connections.map { _ in DeskWake() }
        connections = connections.map { _ in [] }
        for wake in deskWakes { desks.append(Desk(of: opened) { wake.wake() }) }
        note(
            22, opened.shards.count,
            "the house is open on \(disks.map(\.fileNames)), having met \(opened.shards.map(\.findings))")
    }

    // MARK: Faults

    private func someFault() -> (SimulatedDisk.Fault, String) {
        pick([
            (.errno(5), "EIO"), (.errno(28), "ENOSPC once"), (.errno(4), "EINTR"), (.short, "short write"),
            (.delay(Int.random(in: 1...6, using: &random)), "slow write"),
            (.delay(Int.random(in: 1...6, using: &random)), "slow write"),
        ])
    }

    /// One of the next operations of a disk goes wrong, or the power goes at it.
    func faultSomewhere() {
        let number = Int.random(in: 0..<disks.count, using: &random)
        let operation = disks[number].operationCount + Int.random(in: 0..<6, using: &random)
        if chance(5) {
            note(23, number, "the power will go at operation \(operation) of disk \(number)")
            disks[number].crashAtOperation = operation
            count("crash at an operation")
            return
        }
        let (fault, name) = someFault()
        note(24, number, "\(name) at operation \(operation) of disk \(number)")
        disks[number].faults[operation] = fault
        count(name)
    }

    func fillDisk() {
        let number = Int.random(in: 0..<disks.count, using: &random)
        guard disks[number].capacityBytes == .max else { return }
        note(25, number, "disk \(number) is full")
        disks[number].capacityBytes = disks[number].usedBytes + Int.random(in: 0...4_096, using: &random)
        count("disk full")
    }

    /// While a disk is full everybody still gets an answer: `READ_ONLY`, or whatever needs no room.
    func askOfFullDisk() throws {
        // Segments so small that a sixteenth of one is less than a page keep too little in reserve for this.
        guard let house, journalConfiguration.firstSegmentBytes >= 65_536,
            let number = house.shards.indices.first(where: {
                disks[$0].capacityBytes != .max && house.shards[$0].journal.preparationErrno != nil
            })
        else { return }
        let wasCalm = isCalm
        isCalm = true
        mayStillFail = true
        for disk in disks {
            disk.faults = [:]
            disk.crashAtOperation = nil
        }
        note(28, number, "disk \(number) is full, and everybody waits for an answer")
        try drive("asking of a full disk") {
            // More than one disk may be full, and any of them to the last page.
            self.house !== house || house.shards.contains { $0.isStuck }
                || clients.allSatisfy { client in
                    // A snapshot may wait for room.
                    guard let connection = client.connection, !connection.isSlow else { return true }
                    return connection.asked.first.map { $0.request.verb == "SNAPSHOT" } ?? true
                }
        }
        isCalm = wasCalm
        mayStillFail = false
    }

    func emptyDisk() {
        guard let number = disks.indices.first(where: { disks[$0].capacityBytes != .max }) else { return }
        note(26, number, "disk \(number) has room again")
        disks[number].capacityBytes = .max
        count("disk has room again")
    }

    /// The power goes with whatever is under way, and comes again.
    private func crashAndRecover() throws {
        report.crashes += 1
        house?.close()
        house = nil
        for client in clients { forget(client) }
        for disk in disks { lose(disk) }
        for index in shardModels.indices { shardModels[index].crash() }
        catalogueModel.crash()
        try recover()
    }

    // MARK: Rot

    /// The process stops, a byte of a part that was durable rots, and the next start must refuse it, naming where. Then
    /// the byte is put back.
    func rot() throws {
        note(27, 0, "the power goes, and a byte rots")
        try crashAndRecover()
        // What a clean recovery left is a sound journal; nothing is under way. A start reads what lies behind its snapshot.
        let sequences = (house?.shards ?? []).map { $0.snapshot?.sequence ?? 0 }
        house?.close()
        house = nil
        for disk in disks {
            disk.faults = [:]
            disk.crashAtOperation = nil
        }
        let number = Int.random(in: 0..<disks.count, using: &random)
        if let place = try closedPlace(of: disks[number], after: sequences[number]) {
            try refuse(disks[number], number, place)
        }
        for disk in disks { disk.crash(keeping: .everything) }
        try recover()
        try audit()
    }

    /// The same for a snapshot: the next start says so and begins with an older one, or with the journal's beginning.
    func rotSnapshot() throws {
        note(29, 0, "the power goes, and a snapshot rots")
        try crashAndRecover()
        let used = (house?.shards ?? []).map { $0.snapshot?.name }
        house?.close()
        house = nil
        for disk in disks {
            disk.crash(keeping: .everything)
            disk.capacityBytes = .max
            disk.faults = [:]
        }
        let wasCalm = isCalm
        isCalm = true
        // Two damaged generations are more than is promised: another one, or the whole journal, must be there.
        let rotten = used.indices.filter { number in
            let names = disks[number].fileNames
            return used[number] != nil
                && (names.count { $0.hasSuffix(".snapshot") } > 1 || names.contains(JournalFormat.segmentName(1)))
        }.randomElement(using: &random)
        var offset = 0
        var rottenBytes: [UInt8]?
        if let rotten, let name = used[rotten], let bytes = disks[rotten].content(of: name)?.count {
            offset = Int.random(in: 0..<bytes, using: &random)
            disks[rotten].flip(name, at: offset, mask: 0x10)
            count("snapshot rot")
            rottenBytes = disks[rotten].content(of: name)
        }
        try recover()
        if let rotten, let name = used[rotten] {
            guard house?.shards[rotten].findings.contains(where: { ModelReply.find(name, in: $0) != nil }) == true,
                house?.shards[rotten].snapshot?.name != name
            else {
                throw failure(
                    "byte \(offset) of \(name) of disk \(rotten) rotted", expected: "an older one is used, and said",
                    seen: "\(house?.shards[rotten].findings ?? [])")
            }
            try audit()
            // Put back, if it was not replaced meanwhile.
            if disks[rotten].content(of: name) == rottenBytes { disks[rotten].flip(name, at: offset, mask: 0x10) }
        } else {
            try audit()
        }
        isCalm = wasCalm
    }

    private struct ClosedBlock {
        var file: String
        var offset: Int
        var bytes: Int
    }

    /// A block that a later one vouches for, behind the snapshot that a start begins with.
    private func closedPlace(of disk: SimulatedDisk, after sequence: UInt64) throws -> ClosedBlock? {
        var blocks: [(sequence: UInt64, block: ClosedBlock)] = []
        var vouched: UInt64 = 0
        let storage = SimulatedStorage(disk)
        _ = try JournalReader.walk(
            storage,
            onBlock: { header, offset in
                blocks.append(
                    (
                        header.sequence,
                        ClosedBlock(
                            file: JournalFormat.segmentName(header.segment), offset: offset, bytes: header.blockBytes)
                    ))
                vouched = max(vouched, header.durable)
            }, onRecord: { _, _ in })
        return blocks.filter { $0.sequence > sequence && $0.sequence <= vouched }.randomElement(using: &random)?.block
    }

    private func refuse(_ disk: SimulatedDisk, _ number: Int, _ block: ClosedBlock) throws {
        let offset = block.offset + Int.random(in: 0..<block.bytes, using: &random)
        let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
        let before = disk.copy()
        disk.flip(block.file, at: offset, mask: mask)
        count("bit rot")
        var seen = "it opened"
        var isNamed = false
        do {
            let opened = try SimulatedHouse(
                disks: disks, isFounded: true, secret: secret, clock: clock, random: &random,
                configuration: journalConfiguration, snapshots: snapshotPolicy)
            opened.close()
        } catch {
            seen = "\(error)"
            if case .journal(_, .corrupt(let file, let at, _))? = error as? HouseError {
                isNamed = file == block.file && at == block.offset
            }
        }
        guard isNamed else {
            throw failure(
                "byte \(offset) of \(block.file) of disk \(number) rotted", expected: "refused at \(block.offset)",
                seen: seen)
        }
        disk.flip(block.file, at: offset, mask: mask)
        for name in before.fileNames where disk.content(of: name) != before.content(of: name) {
            throw failure("a start that was refused changed \(name)", expected: "nothing changed", seen: name)
        }
    }
}
