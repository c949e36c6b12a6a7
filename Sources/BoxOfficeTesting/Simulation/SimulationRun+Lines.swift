// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What clients ask.
extension SimulationRun {
    /// What the first operator does before anything else; each line is sent again until it is answered.
    func makeScript() -> [String] {
        var lines = [
            "VENUE ADD globe name=Globe city=Lyon key=s1",
            "SECTION ADD globe/stalls rows=A-B seats=1-6 key=s2",
            "SECTION ADD globe/box category=vip key=s3",
            "ROW ADD globe/box/L seats=1-5 gaps=3 key=s4",
            "AREA ADD globe/lawn capacity=5 category=cheap key=s5",
        ]
        for _ in 0..<Int.random(in: 2...4, using: &random) { lines += makeEvent(with: "s") }
        return lines
    }

    private func makeEvent(with prefix: String) -> [String] {
        let id = "e\(eventCount)"
        eventCount += 1
        events.append(id)
        if events.count > 6 { events.removeFirst() }
        let limit = pick([2, 4, 4, 30])
        let hold = pick(["30s", "60s", "60s", "10m"])
        let isPriced = !chance(3)
        var lines = [
            "EVENT ADD \(id) venue=globe title=T\(id) starts=2031-05-01T19:30Z limit=\(limit) hold=\(hold)"
                + (isPriced ? " currency=EUR price=\(pick([0, 500, 4500]))" : "") + " key=\(prefix)\(id)"
        ]
        if !isPriced {
            lines += [
                "EVENT SET \(id) currency=CHF key=c\(id)", "PRICE SET \(id) standard 2000 key=p\(id)",
                "PRICE SET \(id) vip 7000 key=q\(id)", "PRICE SET \(id) cheap 300 key=r\(id)",
            ]
        }
        if chance(4) {
            let onsale = clock.wall().milliseconds + Int64.random(in: 1...120, using: &random) * 1_000
            lines.append("EVENT SET \(id) onsale=\(ModelReply.time(onsale)) key=o\(id)")
        } else {
            lines.append("EVENT OPEN \(id) key=o\(id)")
        }
        return lines
    }

    func makeLine(for client: SimulatedClient) -> String {
        if !client.answered.isEmpty, chance(12) {
            let line = pick(client.answered)
            // The same key with something else said must be refused.
            if chance(3), line.hasPrefix("HOLD"), let space = line.lastIndex(of: " ") {
                return "HOLD \(line.split(separator: " ")[1]) stalls/A/6\(line[space...])"
            }
            return line
        }
        return client.buyer.isEmpty ? makeOperatorLine(client) : makeBuyerLine(client)
    }

    private func key() -> String {
        keyCount += 1
        return chance(2) ? " key=k\(keyCount)" : ""
    }

    private func makeBuyerLine(_ client: SimulatedClient) -> String {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<24: "HOLD \(pick(events)) \(somePlaces())\(key())"
        case 24..<34: makeBest()
        case 34..<52: makePay(client)
        case 52..<66: onHold("CONFIRM", client)
        case 66..<70: makeRelease(client)
        case 70..<74: onHold("EXTEND", client)
        case 74..<80: makeGet(client)
        case 80..<83: chance(3) ? "MINE event=\(pick(events))" : "MINE"
        case 83..<87: makeCancel(client)
        default: makeLook(client)
        }
    }

    private func makeOperatorLine(_ client: SimulatedClient) -> String {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: makeBuyerLine(client)
        case 30..<38: "BLOCK \(pick(events)) \(somePlaces())\(key())"
        case 38..<46: "UNBLOCK \(pick(events)) \(somePlaces())\(key())"
        case 46..<50:
            "PRICE SET \(pick(events)) \(pick(["standard", "vip", "cheap", "none"])) \(pick([0, 100, 4500]))\(key())"
        case 50..<54: "EVENT CLOSE \(pick(events))\(key())"
        case 54..<62: "EVENT OPEN \(pick(events))\(key())"
        case 62..<76: makeCheckIn(client)
        case 76..<79: makeCatalogueChange(client)
        case 79: "SNAPSHOT"
        case 80: "EVENT SET \(pick(events)) limit=\(pick([2, 4, 8])) hold=\(pick(["30s", "60s"]))\(key())"
        case 81: "CLOCK ADVANCE \(Int.random(in: 0...90, using: &random))s"
        case 82: makeEventChange(client)
        default: makeLook(client)
        }
    }

    private func makeEventChange(_ client: SimulatedClient) -> String {
        if chance(2) { return "EVENT CANCEL \(pick(events))\(key())" }
        client.script += makeEvent(with: "n")
        return "PING"
    }

    private func makeCatalogueChange(_ client: SimulatedClient) -> String {
        keyCount += 1
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: "VENUE SET globe name=N\(keyCount) city=C\(keyCount % 5)\(key())"
        case 1: "VENUE ADD v\(keyCount % 7) name=N\(keyCount) city=Rome\(key())"
        case 2: "SECTION ADD v\(keyCount % 7)/s\(keyCount % 3) rows=A-B seats=1-3\(key())"
        case 3: "AREA ADD v\(keyCount % 7)/a\(keyCount % 3) capacity=\(keyCount % 9 + 1)\(key())"
        case 4: "PERFORMER ADD p\(keyCount % 5) name=P\(keyCount)\(key())"
        default: "ROW ADD v\(keyCount % 7)/s\(keyCount % 3)/C\(keyCount % 4) seats=1-4\(key())"
        }
    }

    private func makeLook(_ client: SimulatedClient) -> String {
        guard !client.isJSON else { return "PING" }
        return switch Int.random(in: 0..<20, using: &random) {
        case 0..<8: "VIEW \(pick(events))" + (chance(4) ? " section=\(pick(["stalls", "box", "lawn", "nowhere"]))" : "")
        case 8..<10: "EVENT GET \(pick(events))"
        case 10..<12: "EVENT LIST limit=1000"
        case 12..<14: "SEARCH limit=1000"
        case 14: "VENUE GET globe"
        case 15: "PING"
        case 16: "WHOAMI"
        case 17: "TIME"
        case 18: "FROB nothing"
        default: "GET Hnonsense"
        }
    }

    // MARK: Bookings

    private func somePlaces() -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0..<5: "stalls/\(pick(["A", "B"]))/\(Int.random(in: 1...6, using: &random))"
        case 5..<7:
            "stalls/\(pick(["A", "B"]))/\(Int.random(in: 1...3, using: &random))-\(Int.random(in: 3...6, using: &random))"
        case 7: "box/L/\(Int.random(in: 1...5, using: &random))"
        case 8: "box/L/2-4"
        case 9: "lawn:\(Int.random(in: 1...3, using: &random))"
        case 10: "lawn,stalls/A/\(Int.random(in: 1...7, using: &random))"
        default:
            "stalls/A/2,stalls/B/\(Int.random(in: 1...6, using: &random)),stalls/A/\(Int.random(in: 1...3, using: &random))"
        }
    }

    private func makeBest() -> String {
        let filters = [
            "", "", "", " together=yes", " section=stalls", " section=lawn", " category=vip", " max=4500",
            " category=cheap", " section=nowhere", " category=none",
        ]
        return "HOLD \(pick(events)) best=\(Int.random(in: 1...5, using: &random))\(pick(filters))\(key())"
    }

    /// A hold of one's own, mostly one of the last; now and then somebody else's.
    private func someHold(_ client: SimulatedClient) -> SimulatedClient.KnownHold? {
        let owner = chance(12) ? pick(clients) : client
        return Array(owner.holds.suffix(2)).randomElement(using: &random)
    }

    private func onHold(_ verb: String, _ client: SimulatedClient) -> String {
        guard let hold = someHold(client) else { return makeLook(client) }
        return "\(verb) \(hold.id)\(key())"
    }

    private func makePay(_ client: SimulatedClient) -> String {
        guard let hold = someHold(client) else { return "HOLD \(pick(events)) \(somePlaces())\(key())" }
        let method = pick(["cash", "cash", "test", "test", "test", "comp"])
        let amount = method == "comp" ? 0 : hold.total + (chance(10) ? 1 : 0)
        var token = ""
        if method == "test" {
            let seconds = pick([0, 0, 1, 20, 45, 100, 170, 190])
            token = " token=\(chance(3) ? "declined" : "paid")" + (seconds > 0 ? ":\(seconds)s" : "")
        }
        return "PAY \(hold.id) amount=\(amount) method=\(method)\(token)\(key())"
    }

    private func makeRelease(_ client: SimulatedClient) -> String {
        guard let hold = someHold(client) else { return makeLook(client) }
        let some = chance(2) || hold.seats.isEmpty ? "" : " " + (chance(4) ? somePlaces() : pick(hold.seats))
        return "RELEASE \(hold.id)\(some)\(key())"
    }

    private func makeGet(_ client: SimulatedClient) -> String {
        let orders = client.orders
        if chance(2), let order = orders.randomElement(using: &random) {
            if chance(2), let ticket = order.tickets.randomElement(using: &random) { return "GET \(ticket)" }
            return "GET \(order.id)"
        }
        guard let hold = someHold(client) else { return "MINE" }
        return "GET \(hold.id)"
    }

    private func makeCancel(_ client: SimulatedClient) -> String {
        let owner = chance(6) ? pick(clients) : client
        guard let order = owner.orders.randomElement(using: &random) else { return makeGet(client) }
        if chance(2), let ticket = order.tickets.randomElement(using: &random) {
            return "CANCEL \(order.id) \(ticket)\(key())"
        }
        return "CANCEL \(order.id)\(key())"
    }

    private func makeCheckIn(_ client: SimulatedClient) -> String {
        guard let code = client.codes.randomElement(using: &random) else { return makeLook(client) }
        if chance(3) { return "CHECKIN \(code) undo=yes\(key())" }
        return "CHECKIN \(code)" + (chance(2) ? " gate=\(pick(["north", "south"]))" : "") + key()
    }
}
