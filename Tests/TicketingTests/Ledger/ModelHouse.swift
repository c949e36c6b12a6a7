// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

@testable import Ticketing

/// The rules of booking written a second time, as plainly as possible: dictionaries, strings, a loop over everything.
/// It knows one event, whose places are `A/1` … and `lawn`.
final class ModelHouse {
    struct Hold {
        enum State: Equatable {
            case held, paying, paid, lapsed
            case confirmed(Int)
            case ended(String)
        }
        var buyer: String
        var places: [String]
        var state = State.held
        var ends: Int64
        var endedAt: Int64 = 0
        var isExtended = false
        var isComp = false
        /// When the payment under way comes out, and how.
        var outcome: (at: Int64, succeeds: Bool)?
        var lapsedByCancel = false
    }

    struct Ticket {
        var place: String
        var price: Int64
        var state = "valid"
    }

    struct Order {
        var buyer: String
        var tickets: [Ticket]
    }

    struct Outcome {
        var code: ErrorCode?
        var seats: [String] = []
        var total: Int64?
        var state: String?
        var hold: Int?
        var order: Int?
    }

    var now: Int64
    var seats: [String: SeatState] = [:]
    let seatOrder: [String]
    let prices: [String: Int64]
    let capacity: Int
    var blockedPlaces = 0
    var holds: [Hold] = []
    var orders: [Order] = []
    var eventState = "onsale"
    let limit: Int
    let holdMilliseconds: Int64

    init(seats: [String], prices: [String: Int64], capacity: Int, limit: Int, holdSeconds: Int64, now: Int64) {
        seatOrder = seats
        for seat in seats { self.seats[seat] = .free }
        self.prices = prices
        self.capacity = capacity
        self.limit = limit
        holdMilliseconds = holdSeconds * 1_000
        self.now = now
    }

    // MARK: What there is

    func price(_ place: String) -> Int64 { prices[String(place.prefix { $0 != "/" })] ?? 0 }
    func total(_ hold: Hold) -> Int64 { hold.isComp ? 0 : hold.places.reduce(0) { $0 + price($1) } }

    func isOpen(_ hold: Hold) -> Bool { [.held, .paying, .paid].contains(hold.state) }

    var lawnHeld: Int {
        holds.filter(isOpen).reduce(0) { $0 + $1.places.filter { $0 == "lawn" }.count }
    }
    var lawnSold: Int {
        orders.reduce(0) { $0 + $1.tickets.filter { $0.place == "lawn" && $0.state != "cancelled" }.count }
    }
    var lawnFree: Int { capacity - lawnHeld - lawnSold - blockedPlaces }

    func has(_ buyer: String) -> Int {
        holds.filter { isOpen($0) && $0.buyer == buyer }.reduce(0) { $0 + $1.places.count }
            + orders.filter { $0.buyer == buyer }.reduce(0) { $0 + $1.tickets.filter { $0.state != "cancelled" }.count }
    }

    var map: String {
        seatOrder.map { String(UnicodeScalar((seats[$0] ?? .free).mapCharacter)) }.joined()
    }

    // MARK: Time

    func due(_ hold: Hold) -> Int64? {
        switch hold.state {
        case .held, .paid: hold.ends
        case .paying: min(hold.outcome?.at ?? .max, hold.ends + 120_000)
        case .lapsed: hold.outcome?.at
        case .confirmed, .ended: nil
        }
    }

    func advance(to time: Int64) {
        now = time
        while let next = holds.indices.filter({ (due(holds[$0]) ?? .max) <= now })
            .min(by: { (due(holds[$0]) ?? 0) < (due(holds[$1]) ?? 0) })
        {
            happen(next, at: due(holds[next]) ?? 0)
        }
    }

    private func happen(_ index: Int, at time: Int64) {
        let hold = holds[index]
        let isOutcome = hold.outcome?.at == time
        switch hold.state {
        case .held: end(index, "time", at: time)
        case .paid: _ = makeOrder(index)
        case .paying where !isOutcome:
            free(hold.places)
            holds[index].state = .lapsed
        case .paying where hold.outcome?.succeeds == true:
            holds[index].state = .paid
            holds[index].outcome = nil
        case .paying:
            holds[index].outcome = nil
            if time < hold.ends {
                holds[index].state = .held
                for place in hold.places where place != "lawn" { seats[place] = .held }
            } else {
                end(index, "time", at: time)
            }
        case .lapsed where hold.outcome?.succeeds == true:
            let lawn = hold.places.filter { $0 == "lawn" }.count
            let isFree =
                eventState != "cancelled" && lawn <= lawnFree
                && hold.places.allSatisfy { $0 == "lawn" || seats[$0] == .free }
            if isFree {
                holds[index].state = .paid
                holds[index].outcome = nil
                for place in hold.places where place != "lawn" { seats[place] = .paying }
            } else {
                finish(index, "refunded", at: time)
            }
        case .lapsed: finish(index, hold.lapsedByCancel ? "cancelled" : "time", at: time)
        case .confirmed, .ended: break
        }
    }

    private func free(_ places: [String]) { for place in places where place != "lawn" { seats[place] = .free } }

    private func finish(_ index: Int, _ how: String, at time: Int64) {
        holds[index].state = .ended(how)
        holds[index].endedAt = time
        holds[index].outcome = nil
    }

    private func end(_ index: Int, _ how: String, at time: Int64) {
        free(holds[index].places)
        finish(index, how, at: time)
    }

    private func makeOrder(_ index: Int) -> Int {
        let hold = holds[index]
        orders.append(
            Order(
                buyer: hold.buyer,
                tickets: hold.places.map { Ticket(place: $0, price: hold.isComp ? 0 : price($0)) }))
        for place in hold.places where place != "lawn" { seats[place] = .sold }
        holds[index].state = .confirmed(orders.count - 1)
        holds[index].endedAt = now
        return orders.count - 1
    }

    // MARK: Requests

    /// `chosen` are the seats that the ledger chose for `best=`; nil for a list.
    func hold(_ places: [String], as buyer: String) -> Outcome {
        if eventState != "onsale" { return Outcome(code: .notOnSale) }
        if !buyer.isEmpty, has(buyer) + places.count > limit { return Outcome(code: .limitExceeded) }
        let taken = places.filter { $0 != "lawn" && seats[$0] != .free }
        if !taken.isEmpty { return Outcome(code: .seatTaken, seats: taken) }
        if places.filter({ $0 == "lawn" }).count > lawnFree { return Outcome(code: .notEnoughSeats) }
        for place in places where place != "lawn" { seats[place] = .held }
        holds.append(Hold(buyer: buyer, places: places, ends: now + holdMilliseconds))
        return Outcome(seats: places, total: places.reduce(0) { $0 + price($1) }, hold: holds.count - 1)
    }

    /// The refusal that every request about a hold begins with.
    private func refusal(_ index: Int, _ buyer: String) -> Outcome? {
        let hold = holds[index]
        switch hold.state {
        case .ended, .confirmed:
            if now >= hold.endedAt + 86_400_000 { return Outcome(code: .notFound) }
        default: break
        }
        if !buyer.isEmpty, hold.buyer != buyer { return Outcome(code: .forbidden) }
        switch hold.state {
        case .ended, .lapsed: return Outcome(code: .holdExpired)
        default: return nil
        }
    }

    func extend(_ index: Int, as buyer: String) -> Outcome {
        if let refusal = refusal(index, buyer) { return refusal }
        guard holds[index].state == .held else { return Outcome(code: .wrongState) }
        if holds[index].isExtended { return Outcome(code: .limitExceeded) }
        holds[index].isExtended = true
        holds[index].ends = now + holdMilliseconds
        return Outcome()
    }

    func release(_ index: Int, _ places: [String], as buyer: String) -> Outcome {
        if let refusal = refusal(index, buyer) { return refusal }
        guard holds[index].state == .held else { return Outcome(code: .wrongState) }
        func count(_ place: String, in places: [String]) -> Int { places.filter { $0 == place }.count }
        let missing = places.filter { count($0, in: places) > count($0, in: holds[index].places) }
        if !missing.isEmpty { return Outcome(code: .notFound, seats: missing) }
        var left = holds[index].places
        for place in places { if let at = left.firstIndex(of: place) { left.remove(at: at) } }
        if places.isEmpty || left.isEmpty {
            end(index, "released", at: now)
            return Outcome(seats: [])
        }
        free(places)
        holds[index].places = left
        return Outcome(seats: left, total: total(holds[index]))
    }

    func pay(_ index: Int, amount: Int64, method: String, outcome: (seconds: Int64, succeeds: Bool), as buyer: String)
        -> Outcome
    {
        if let refusal = refusal(index, buyer) { return refusal }
        guard holds[index].state == .held else { return Outcome(code: .wrongState) }
        let wanted = method == "comp" ? 0 : total(holds[index])
        if amount != wanted { return Outcome(code: .amountMismatch, total: wanted) }
        if method == "test", !outcome.succeeds, outcome.seconds == 0 { return Outcome(code: .paymentDeclined) }
        holds[index].isComp = method == "comp"
        let isPaying = method == "test" && outcome.seconds > 0
        holds[index].state = isPaying ? .paying : .paid
        if isPaying { holds[index].outcome = (now + outcome.seconds * 1_000, outcome.succeeds) }
        for place in holds[index].places where place != "lawn" { seats[place] = .paying }
        return Outcome(state: isPaying ? "paying" : "paid")
    }

    func confirm(_ index: Int, as buyer: String) -> Outcome {
        if let refusal = refusal(index, buyer) { return refusal }
        let hold = holds[index]
        guard hold.state == .paid || (hold.state == .held && total(hold) == 0) else {
            return Outcome(code: .wrongState)
        }
        return Outcome(order: makeOrder(index))
    }

    func cancel(_ order: Int, _ tickets: [Int], as buyer: String) -> Outcome {
        if !buyer.isEmpty, orders[order].buyer != buyer { return Outcome(code: .forbidden) }
        let all = orders[order].tickets.indices.filter { orders[order].tickets[$0].state != "cancelled" }
        let wanted = tickets.isEmpty ? Array(all) : tickets.sorted()
        if wanted.isEmpty { return Outcome(code: .wrongState) }
        for ticket in wanted {
            let state = orders[order].tickets[ticket].state
            if state == "cancelled" || (state == "checked-in" && !buyer.isEmpty) { return Outcome(code: .wrongState) }
        }
        var refund: Int64 = 0
        for ticket in wanted {
            orders[order].tickets[ticket].state = "cancelled"
            refund += orders[order].tickets[ticket].price
            free([orders[order].tickets[ticket].place])
        }
        return Outcome(seats: wanted.map { orders[order].tickets[$0].place }, total: refund)
    }

    func checkIn(_ order: Int, _ ticket: Int, isUndo: Bool) -> Outcome {
        let state = orders[order].tickets[ticket].state
        if eventState == "cancelled" || state != (isUndo ? "checked-in" : "valid") {
            return Outcome(code: .wrongState)
        }
        orders[order].tickets[ticket].state = isUndo ? "valid" : "checked-in"
        return Outcome()
    }

    func block(_ places: [String], isBlocking: Bool) -> Outcome {
        if eventState == "cancelled" { return Outcome(code: .wrongState) }
        let needed: SeatState = isBlocking ? .free : .blocked
        let wrong = places.filter { $0 != "lawn" && seats[$0] != needed }
        let lawn = places.filter { $0 == "lawn" }.count
        if !wrong.isEmpty { return Outcome(code: isBlocking ? .seatTaken : .wrongState, seats: wrong) }
        if lawn > (isBlocking ? lawnFree : blockedPlaces) {
            return Outcome(code: isBlocking ? .notEnoughSeats : .wrongState)
        }
        for place in places where place != "lawn" { seats[place] = isBlocking ? .blocked : .free }
        blockedPlaces += isBlocking ? lawn : -lawn
        return Outcome()
    }

    func cancelEvent() -> Outcome {
        if eventState == "cancelled" { return Outcome(code: .wrongState) }
        eventState = "cancelled"
        var refund: Int64 = 0
        for index in holds.indices where isOpen(holds[index]) {
            switch holds[index].state {
            case .paid:
                refund += total(holds[index])
                end(index, "refunded", at: now)
            case .paying:
                free(holds[index].places)
                holds[index].state = .lapsed
                holds[index].lapsedByCancel = true
            default: end(index, "cancelled", at: now)
            }
        }
        return Outcome(total: refund)
    }
}
