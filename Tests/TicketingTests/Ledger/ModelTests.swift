// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("The ledger beside a plain model of the rules")
struct LedgerModelTests {
    @Test("random requests have the same outcome in the ledger and in the model", arguments: 1...24)
    func randomRequests(seed: UInt64) throws {
        var run = ModelRun(seed: seed)
        for _ in 0..<400 { run.step() }
        try run.replay()
    }
}

/// One run: a ledger and a model side by side, asked the same.
struct ModelRun {
    private static let seats = ["A/1", "A/2", "A/3", "A/4", "B/1", "B/2", "B/3"]
    private static let buyers = ["", "ada", "bob", "cy"]

    private var random: Seeded
    private let seed: UInt64
    private let desk: Desk
    private let model: ModelHouse
    private var holdIDs: [String] = []
    private var orderIDs: [String] = []
    private var ticketIDs: [[String]] = []
    private var codes: [[String]] = []
    private var stepNumber = 0

    init(seed: UInt64) {
        random = Seeded(seed)
        self.seed = seed
        desk = Desk([
            .row("s/A", "1-4", categories: "1-4:dear"), .row("s/B", "1-3"), .area("lawn", 3, category: "cheap"),
        ])
        desk("EVENT ADD gala venue=studio title=Gala starts=2031-05-01T19:30Z currency=EUR price=0 limit=4 hold=60s")
        desk("PRICE SET gala dear 1000")
        desk("PRICE SET gala cheap 70")
        desk("EVENT OPEN gala")
        model = ModelHouse(
            seats: Self.seats, prices: ["A": 1000, "B": 0, "lawn": 70], capacity: 3, limit: 4, holdSeconds: 60,
            now: desk.now.milliseconds)
    }

    private mutating func pick<T>(_ items: [T]) -> T { items[Int(random.next() % UInt64(items.count))] }
    private mutating func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }

    private func address(_ places: [String]) -> String {
        let lawn = places.filter { $0 == "lawn" }.count
        return (places.filter { $0 != "lawn" }.map { "s/\($0)" } + (lawn > 0 ? ["lawn:\(lawn)"] : []))
            .joined(separator: ",")
    }

    private mutating func somePlaces(_ most: Int) -> [String] {
        let count = Int(random.next() % UInt64(most)) + 1
        var places: [String] = []
        while places.count < count {
            let place = pick(Self.seats + ["lawn", "lawn"])
            if place == "lawn" || !places.contains(place) { places.append(place) }
        }
        return places.filter { $0 != "lawn" } + places.filter { $0 == "lawn" }
    }

    mutating func step() {
        stepNumber += 1
        if chance(3) {
            desk.advance(milliseconds: Int64(pick([1, 1_000, 30_000, 59_999, 60_000, 130_000])))
            if chance(60) { desk.advance(seconds: 86_400) }
        }
        model.advance(to: desk.now.milliseconds)
        let buyer = pick(Self.buyers)
        switch random.next() % 20 {
        case 0...4: hold(as: buyer)
        case 5: best(as: buyer)
        case 6:
            guard let hold = someHold() else { return }
            compare("EXTEND \(holdIDs[hold])", model.extend(hold, as: buyer), as: buyer)
        case 7...8: release(as: buyer)
        case 9...11: pay(as: chance(4) ? buyer : "")
        case 12...13: confirm(as: chance(4) ? buyer : "")
        case 14: cancel(as: buyer)
        case 15: checkIn()
        case 16: block()
        case 17: openOrClose()
        case 18: getHold(as: buyer)
        default:
            if chance(40) { compare("EVENT CANCEL gala", model.cancelEvent(), as: "", total: .refund) }
        }
        #expect(desk.map().filter { $0 != " " } == model.map, "seed \(seed), step \(stepNumber)")
        #expect(desk.publishedMap() == desk.map(), "seed \(seed), step \(stepNumber)")
        desk.ledger.forEachArea(of: EventIndex(0)) { _, held, sold, blocked in
            #expect(
                [held, sold, blocked] == [model.lawnHeld, model.lawnSold, model.blockedPlaces],
                "seed \(seed), step \(stepNumber)")
        }
    }

    /// Says a line and compares what comes back with what the model says.
    @discardableResult
    private func compare(
        _ line: String, _ expected: ModelHouse.Outcome, as buyer: String, total: Field = .total
    ) -> Answer {
        let answer = desk(line, as: buyer)
        let what = "seed \(seed), step \(stepNumber): \(line) as \(buyer): \(answer)"
        #expect(answer.code == expected.code, Comment(rawValue: what))
        if let wanted = expected.total { #expect(answer[total] == String(wanted), Comment(rawValue: what)) }
        if let state = expected.state { #expect(answer[.state] == state, Comment(rawValue: what)) }
        if answer[.seats] != nil || !expected.seats.isEmpty {
            #expect(answer[.seats] ?? "" == address(expected.seats), Comment(rawValue: what))
        }
        return answer
    }

    private mutating func hold(as buyer: String) {
        let places = somePlaces(3)
        let expected = model.hold(places, as: buyer)
        let answer = compare("HOLD gala \(address(places))", expected, as: buyer)
        if expected.code == nil { holdIDs.append(answer.hold) }
    }

    /// What is best is another test's: here the ledger says which seats it took, and the model that it could.
    private mutating func best(as buyer: String) {
        let count = Int(random.next() % 3) + 1
        let together = chance(2) ? " together=yes" : ""
        let answer = desk("HOLD gala best=\(count)\(together)", as: buyer)
        if answer.isOK {
            let places = answer.seats.map { String($0.dropFirst(2)) }
            let expected = model.hold(places, as: buyer)
            #expect(expected.code == nil && places.count == count, "seed \(seed), step \(stepNumber): \(answer)")
            holdIDs.append(answer.hold)
        } else {
            let isRefused = model.eventState != "onsale" || (!buyer.isEmpty && model.has(buyer) + count > model.limit)
            let free = model.seats.values.filter { $0 == .free }.count
            #expect(isRefused || free < count || !together.isEmpty, "seed \(seed), step \(stepNumber): \(answer)")
        }
    }

    private mutating func someHold() -> Int? { holdIDs.isEmpty ? nil : pick(Array(holdIDs.indices.suffix(6))) }

    private mutating func release(as buyer: String) {
        guard let hold = someHold() else { return }
        let some = chance(2) ? [] : chance(4) ? somePlaces(2) : [pick(model.holds[hold].places)]
        compare("RELEASE \(holdIDs[hold]) \(address(some))", model.release(hold, some, as: buyer), as: buyer)
    }

    private mutating func pay(as buyer: String) {
        guard let hold = someHold() else { return }
        let method = pick(["cash", "comp", "test", "test", "test"])
        let succeeds = !chance(3)
        let seconds = Int64(pick([0, 1, 30, 60, 130, 180, 200]))
        let wanted = method == "comp" ? 0 : model.total(model.holds[hold])
        let amount = chance(8) ? wanted + 1 : wanted
        let token =
            method == "test" ? " token=\(succeeds ? "paid" : "declined")\(seconds > 0 ? ":\(seconds)s" : "")" : ""
        compare(
            "PAY \(holdIDs[hold]) amount=\(amount) method=\(method)\(token)",
            model.pay(hold, amount: amount, method: method, outcome: (seconds, succeeds), as: buyer), as: buyer)
    }

    private mutating func confirm(as buyer: String) {
        learnOrders()
        guard let hold = someHold() else { return }
        let expected = model.confirm(hold, as: buyer)
        let answer = compare("CONFIRM \(holdIDs[hold])", expected, as: buyer)
        if expected.order != nil {
            orderIDs.append(answer.order)
            ticketIDs.append(answer.tickets)
            codes.append(answer.codes)
        }
    }

    /// Orders that the ledger confirmed by itself: their ids come from GET, codes nobody was told.
    private mutating func learnOrders() {
        while orderIDs.count < model.orders.count {
            let order = orderIDs.count
            let hold = model.holds.firstIndex { $0.state == .confirmed(order) } ?? 0
            let answer = desk("GET \(holdIDs[hold])")
            let text = answer.isOK ? answer.order : ""
            orderIDs.append(text)
            ticketIDs.append(answer.isOK ? desk("GET \(text)").tickets : [])
            codes.append([])
        }
    }

    private mutating func cancel(as buyer: String) {
        learnOrders()
        guard !orderIDs.isEmpty else { return }
        let order = pick(Array(orderIDs.indices))
        guard !orderIDs[order].isEmpty, !ticketIDs[order].isEmpty else { return }
        let all = ticketIDs[order].indices
        let some = chance(2) ? [] : [pick(Array(all))]
        let list = some.map { ticketIDs[order][$0] }.joined(separator: ",")
        compare("CANCEL \(orderIDs[order]) \(list)", model.cancel(order, some, as: buyer), as: buyer, total: .refund)
    }

    private mutating func checkIn() {
        learnOrders()
        let known = codes.indices.filter { !codes[$0].isEmpty }
        guard !known.isEmpty else { return }
        let order = pick(known)
        let ticket = pick(Array(codes[order].indices))
        let isUndo = chance(3)
        compare(
            "CHECKIN \(codes[order][ticket])\(isUndo ? " undo=yes" : " gate=\(pick(["north", "south"]))")",
            model.checkIn(order, ticket, isUndo: isUndo), as: "")
    }

    private mutating func block() {
        let places = somePlaces(2)
        let isBlocking = chance(2)
        compare(
            "\(isBlocking ? "BLOCK" : "UNBLOCK") gala \(address(places))", model.block(places, isBlocking: isBlocking),
            as: "")
    }

    private mutating func openOrClose() {
        let opens = !chance(4)
        var expected = ModelHouse.Outcome()
        switch (opens, model.eventState) {
        case (true, "closed"): model.eventState = "onsale"
        case (false, "onsale"): model.eventState = "closed"
        default: expected.code = .wrongState
        }
        compare(opens ? "EVENT OPEN gala" : "EVENT CLOSE gala", expected, as: "")
    }

    private mutating func getHold(as buyer: String) {
        guard let hold = someHold() else { return }
        let answer = desk("GET \(holdIDs[hold])", as: buyer)
        let entry = model.holds[hold]
        switch entry.state {
        case _ where answer.code == .forbidden: #expect(!buyer.isEmpty && buyer != entry.buyer)
        case .held, .paying, .paid:
            #expect(answer[.state] == "\(entry.state)", "seed \(seed), step \(stepNumber): \(answer)")
            #expect(answer[.seats] == address(entry.places), "seed \(seed), step \(stepNumber): \(answer)")
            #expect(answer[.total] == String(model.total(entry)), "seed \(seed), step \(stepNumber): \(answer)")
        case .confirmed:
            #expect(
                answer[.state] == "confirmed" || answer.code == .notFound, "seed \(seed), step \(stepNumber): \(answer)"
            )
        case .lapsed: #expect(answer.code == .holdExpired, "seed \(seed), step \(stepNumber): \(answer)")
        case .ended(let how):
            let isForgotten = desk.now.milliseconds >= entry.endedAt + 86_400_000
            #expect(
                answer.code == (isForgotten ? .notFound : .holdExpired), "seed \(seed), step \(stepNumber): \(answer)")
            #expect(isForgotten || answer[.ended] == how, "seed \(seed), step \(stepNumber): \(answer)")
        }
    }

    /// The journal alone must give the same state and the same answers.
    mutating func replay() throws {
        learnOrders()
        let other = try desk.reopened()
        #expect(other.ledger.digest == desk.ledger.digest, "seed \(seed)")
        #expect(other.ledger.figures.seatsSold == desk.ledger.figures.seatsSold)
        #expect(other.map() == desk.map())
        #expect(other.publishedMap() == desk.map())
        for id in holdIDs + orderIDs + ticketIDs.flatMap({ $0 }) where !id.isEmpty {
            #expect(other("GET \(id)") == desk("GET \(id)"), "seed \(seed)")
        }
        for buyer in Self.buyers { #expect(other("MINE", as: buyer) == desk("MINE", as: buyer), "seed \(seed)") }
        // And they go on alike.
        for seconds in [60, 130, 86_400] as [Int64] {
            desk.advance(seconds: seconds)
            other.advance(seconds: seconds)
            #expect(other.ledger.digest == desk.ledger.digest, "seed \(seed)")
        }
    }
}
