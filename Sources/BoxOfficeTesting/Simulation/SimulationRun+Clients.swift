// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Synchronization

/// Clients: connecting, asking, hanging up, and taking replies.
extension SimulationRun {
    func makeClients() {
        let deskCount = Int.random(in: 1...2, using: &random)
        let buyers = ["", "", "ada", "bob", "cy", "dee"]
        for (number, buyer) in buyers.enumerated() {
            clients.append(
                SimulatedClient(
                    name: (buyer.isEmpty ? "operator" : buyer) + "#\(number)", buyer: buyer, desk: number % deskCount,
                    isJSON: number == 4))
        }
        connections = Array(repeating: [], count: deskCount)
        clients[0].script = makeScript()
    }

    // MARK: Connecting

    func connect(_ client: SimulatedClient) throws {
        let connection = SimulatedConnection(client)
        var slot = 0
        try work(at: client.desk) { desk in
            let conversation = desk.open(connection)
            connection.conversation = conversation
            slot = Int(conversation.slot)
        }
        while connections[client.desk].count <= slot { connections[client.desk].append(nil) }
        connections[client.desk][slot] = connection
        client.connection = connection
        note(10, slot, "\(client.name) connects")
        if client.isJSON { try send(["FORMAT json"], from: client) }
        if !client.buyer.isEmpty { try send(["AS \(client.buyer)"], from: client) }
    }

    /// The client hangs up: replies under way are lost. What was asked with a key is asked again.
    func hangUp(_ client: SimulatedClient) throws {
        guard let connection = client.connection else { return }
        note(11, 0, "\(client.name) hangs up, and \(connection.asked.count) replies are lost")
        forget(client)
        try work(at: client.desk) { _ in connection.conversation?.disconnected() }
    }

    /// Takes the connection away from its client, and remembers what must be asked again.
    func forget(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        client.connection = nil
        connection.isGone = true
        client.again += connection.asked.filter { $0.request.keys["key"] != nil && $0.request.isChange }.map(\.line)
    }

    func hangUp() throws {
        let client = pick(clients)
        guard let connection = client.connection else { return }
        if !connection.asked.isEmpty { count("reply lost") }
        try hangUp(client)
    }

    func toggleSlowReader() {
        let client = pick(clients)
        guard let connection = client.connection, !isCalm else { return }
        connection.isSlow.toggle()
        if connection.isSlow { count("slow reader") }
        note(12, 0, "\(client.name) \(connection.isSlow ? "stops" : "goes on") reading")
        try? work(at: client.desk) { _ in connection.conversation?.setWritable(!connection.isSlow) }
        try? work(at: client.desk) { $0.finishTick() }
    }

    // MARK: Asking

    func sendSomething() throws {
        // Until there is something to sell, it is mostly the one who sets it up who asks.
        let client = !clients[0].script.isEmpty && !chance(4) ? clients[0] : pick(clients)
        if client.connection == nil { try connect(client) }
        guard let connection = client.connection else { return }
        if connection.asked.count >= 40 || connection.isSlow { return try collectAnything() }
        if !client.again.isEmpty {
            let line = client.again.removeFirst()
            count("asked again")
            return try send([line], from: client)
        }
        if !client.script.isEmpty {
            guard connection.asked.isEmpty else { return try collectAnything() }
            return try send([client.script.removeFirst()], from: client)
        }
        let count = chance(4) ? Int.random(in: 2...(chance(8) ? 40 : 5), using: &random) : 1
        try send((0..<count).map { _ in makeLine(for: client) }, from: client)
    }

    private func collectAnything() throws {
        for desk in desks.indices where deskWakes[desk].isSet.load(ordering: .relaxed) { return try collect(desk) }
    }

    /// Sends lines, all in one piece.
    func send(_ lines: [String], from client: SimulatedClient) throws {
        guard let connection = client.connection else { return }
        var bytes: [UInt8] = []
        for line in lines {
            let tag = chance(3) ? "@t\(report.commands) " : ""
            note(13, 0, "\(client.name) asks \(tag)\(line)")
            mix(line)
            report.commands += 1
            bytes += Array((tag + line + "\n").utf8)
            let request = ModelRequest(line, as: client.buyer)
            connection.asked.append(
                SimulatedConnection.Asked(line: line, tag: tag, request: request, answer: answer(to: request)))
        }
        try work(at: client.desk) { desk in
            bytes.withUnsafeBytes { connection.conversation?.receive($0) }
            desk.finishTick()
        }
    }

    /// Who answers a request, and how where that needs no model.
    private func answer(to request: ModelRequest) -> SimulatedConnection.Answer {
        switch request.verb {
        case "PING": .session("OK pong")
        case "AS": .session("OK as=")
        case "WHOAMI": .session("OK who=local role=operator")
        case "FORMAT": .session(#"{"ok":true,"#)
        case "FROB": .session("ERR UNKNOWN_COMMAND")
        case "HOLD" where request.words.count + request.keys.count < 2: .session("ERR BAD_ARG")
        case "TIME": .session("OK time=")
        case "GET" where request.id == "Hnonsense": .session("ERR NOT_FOUND")
        case "VIEW", "SEARCH", "EVENT LIST", "EVENT GET", "VENUE GET": .look
        case "MINE": .shards(shardModels.count)
        case "SNAPSHOT": .snapshot
        case "CLOCK ADVANCE": .shards(shardModels.count + 1)
        default: .shards(1)
        }
    }

    // MARK: Replies

    /// Takes what a connection received apart into replies, and each with what it answers.
    func takeReplies(_ connection: SimulatedConnection) throws {
        let received = connection.received
        connection.received = []
        guard !connection.isGone else { return }
        for line in SimulatedHouse.lines(received) {
            connection.lines.append(line)
            guard LocalSession.endsReply(line) else { continue }
            let lines = connection.lines
            connection.lines = []
            report.replies += 1
            for line in lines { mix(line) }
            note(14, 0, "\(connection.client.name) is told \(lines)")
            guard !connection.asked.isEmpty else {
                throw failure("a reply that nobody asked for", expected: "nothing", seen: "\(lines)")
            }
            let asked = connection.asked.removeFirst()
            connection.firstTicket += 1
            try take(lines, to: asked, connection)
        }
    }

    private func take(
        _ tagged: [String], to asked: SimulatedConnection.Asked, _ connection: SimulatedConnection
    ) throws {
        var lines = tagged
        if !asked.tag.isEmpty, !connection.client.isJSON {
            for index in lines.indices {
                guard lines[index].hasPrefix(asked.tag) else {
                    throw failure(
                        "a line without its tag, after \(asked.line)", expected: asked.tag, seen: lines[index])
                }
                lines[index].removeFirst(asked.tag.utf8.count)
            }
        }
        switch asked.answer {
        case .session(let beginning):
            guard !connection.client.isJSON || beginning.hasPrefix("{") else { return }
            guard lines.last?.hasPrefix(beginning) == true, lines.count == 1 else {
                throw failure(asked.line, expected: beginning, seen: "\(lines)")
            }
        case .look:
            report.looks += 1
            try compare(look: asked.request, ModelReply(seen: lines))
        case .snapshot:
            guard lines.count == shardModels.count + 2 || lines.last?.hasPrefix("ERR INTERNAL") == true else {
                throw failure("SNAPSHOT", expected: "a line for each of \(shardModels.count + 1)", seen: "\(lines)")
            }
            report.snapshots += lines.count - 1
        case .shards(let count):
            guard asked.parts.count == count else {
                throw failure(
                    "\(asked.line) was answered before it was decided", expected: "decided by \(count) shards",
                    seen: "\(lines) after \(asked.parts.count)")
            }
            if lines.last?.hasPrefix("ERR READ_ONLY") == true, asked.line.contains(" key=s") || chance(3) {
                connection.client.again.append(asked.line)
            }
            if count == 1 { try compare(lines, asked, connection) } else { try compareGathered(lines, asked) }
            // An answer lets the client see what the catalogue knew when it passed the request on.
            if let entry = asked.catalogueEntry { catalogueModel.settle(through: entry) }
            for (number, part) in asked.parts {
                if number < shardModels.count {
                    shardModels[number].settle(through: part.entry)
                } else {
                    catalogueModel.settle(through: part.entry)
                }
            }
            if connection.client.isJSON { learn(asked.parts.first?.value.lines ?? [], asked, connection.client) }
            if !connection.client.isJSON { learn(lines, asked, connection.client) }
        }
    }

    /// What the client is told must be what was decided, to the byte.
    private func compare(
        _ lines: [String], _ asked: SimulatedConnection.Asked, _ connection: SimulatedConnection
    ) throws {
        guard let part = asked.parts.first?.value else { return }
        if connection.client.isJSON {
            // The tag is a field of its own there.
            let told = asked.tag.isEmpty ? lines == part.json : lines.count == part.json.count
            guard told else { throw failure(asked.line, expected: "\(part.json)", seen: "\(lines)") }
        } else if lines != part.lines {
            throw failure(
                "\(asked.line): not what was decided", expected: part.lines.joined(separator: " | "),
                seen: lines.joined(separator: " | "))
        }
    }

    private func compareGathered(_ lines: [String], _ asked: SimulatedConnection.Asked) throws {
        let parts = asked.parts.keys.sorted().compactMap { asked.parts[$0]?.lines }
        let items = parts.flatMap { $0.dropLast() }
        let expected = asked.request.verb == "MINE" ? items + ["OK n=\(items.count)"] : parts.last ?? []
        // Shards have times of their own: any of them may speak for all.
        let isRight =
            asked.request.verb == "MINE"
            ? lines == expected : lines.count == 1 && parts.contains { $0.last == lines.last }
        guard isRight || lines.first?.hasPrefix("{") == true else {
            throw failure(asked.line, expected: "\(expected)", seen: "\(lines)")
        }
    }

    /// What a client learns from an answer.
    private func learn(_ lines: [String], _ asked: SimulatedConnection.Asked, _ client: SimulatedClient) {
        let reply = ModelReply(seen: lines)
        if asked.request.keys["key"] != nil, chance(4) {
            client.answered.append(asked.line)
            if client.answered.count > 6 { client.answered.removeFirst() }
        }
        guard reply.isOK else { return }
        switch asked.request.verb {
        case "HOLD":
            client.holds.append(
                SimulatedClient.KnownHold(
                    id: reply["hold"] ?? "", event: asked.request.id, total: reply["total"].flatMap { Int64($0) } ?? 0,
                    seats: (reply["seats"] ?? "").split(separator: ",").map(String.init)))
            if client.holds.count > 8 { client.holds.removeFirst() }
            // Half of those who hold seats mean to have them.
            guard let hold = client.holds.last, chance(2) else { return }
            keyCount += 1
            client.script.append("PAY \(hold.id) amount=\(hold.total) method=cash key=k\(keyCount)")
        case "PAY":
            guard chance(2) else { return }
            keyCount += 1
            client.script.append("CONFIRM \(asked.request.id) key=k\(keyCount)")
        case "RELEASE":
            guard let at = client.holds.firstIndex(where: { $0.id == asked.request.id }) else { return }
            client.holds[at].total = reply["total"].flatMap { Int64($0) } ?? 0
            client.holds[at].seats = (reply["seats"] ?? "").split(separator: ",").map(String.init)
        case "CONFIRM":
            client.orders.append((reply["order"] ?? "", reply.list("tickets")))
            if client.orders.count > 8 { client.orders.removeFirst() }
            for operator_ in clients where operator_.buyer.isEmpty {
                operator_.codes += reply.list("codes")
                if operator_.codes.count > 12 { operator_.codes.removeFirst(operator_.codes.count - 12) }
            }
        case "GET":
            if asked.request.id.hasPrefix("O"), !client.orders.contains(where: { $0.id == asked.request.id }) {
                client.orders.append((asked.request.id, reply.list("tickets")))
            } else if let order = reply["order"], reply["state"] == "confirmed" {
                client.orders.append((order, []))
            }
        default: break
        }
    }
}
