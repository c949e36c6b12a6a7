// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What must hold when all records were looked at, counted anew from the columns.
extension ShardProof {
    /// Counts of one shard, as the records leave it.
    struct Tally: Equatable {
        var events = 0
        var holdsMade: UInt64 = 0
        var openHolds = 0
        var orders = 0
        var tickets = 0
        var ticketsCancelled = 0
        var buyers = 0
        var keys = 0
        var seatsFree = 0
        var seatsHeld = 0
        var seatsPaying = 0
        var seatsSold = 0
        var seatsBlocked = 0
    }

    /// The state of a seat as its owner says it.
    func seatState(_ owner: Owner) -> SeatState {
        if let serial = owner.holdSerial {
            guard let slot = openSlot(serial) else { return .held }
            return holds[slot].standing == .held ? .held : .paying
        }
        if owner.ticketSerial != nil { return .sold }
        return owner == .nobody ? .free : .blocked
    }

    /// Sums everything up and reports what does not fit.
    mutating func finish() -> Tally {
        var tally = Tally(
            events: events.count, holdsMade: nextHold - 1, openHolds: openHolds, orders: orders.count,
            tickets: tickets.count, buyers: buyerCount - 1, keys: keys.count)
        for owner in owners {
            switch seatState(owner) {
            case .free: tally.seatsFree += 1
            case .held: tally.seatsHeld += 1
            case .paying: tally.seatsPaying += 1
            case .sold: tally.seatsSold += 1
            case .blocked: tally.seatsBlocked += 1
            }
        }
        tally.ticketsCancelled = tickets.reduce(0) { $0 + ($1.standing == .cancelled ? 1 : 0) }
        checkSeatsOfTickets()
        checkAreas()
        checkMoney()
        return tally
    }

    /// Every ticket that stands has its seat, and no seat is sold without a ticket that stands.
    private mutating func checkSeatsOfTickets() {
        for ticket in tickets.indices where tickets[ticket].standing != .cancelled && !tickets[ticket].place.isArea {
            let event = events[Int(orders[Int(tickets[ticket].order)].event)]
            let serial = firstTicket + UInt64(ticket)
            let owner = owners[event.firstSeat + tickets[ticket].place.number]
            if owner != Owner(ticket: serial) {
                report("ticket \(serial) stands, and its seat belongs to \(owner.text)")
            }
        }
        for index in owners.indices {
            guard let serial = owners[index].ticketSerial else { continue }
            let ticket = Int(serial - firstTicket)
            if ticket >= tickets.count || tickets[ticket].standing == .cancelled {
                report("a seat belongs to ticket \(serial), which does not stand")
            }
        }
    }

    /// What areas count is what holds and tickets have there.
    private mutating func checkAreas() {
        var held = [Int](repeating: 0, count: areas.count)
        var sold = [Int](repeating: 0, count: areas.count)
        for hold in holds where hold.serial != 0 && hold.standing != .lapsed {
            for index in 0..<hold.itemCount where items[hold.firstItem + index].place.isArea {
                held[events[Int(hold.event)].firstArea + items[hold.firstItem + index].place.number] += 1
            }
        }
        for ticket in tickets where ticket.standing != .cancelled && ticket.place.isArea {
            sold[events[Int(orders[Int(ticket.order)].event)].firstArea + ticket.place.number] += 1
        }
        for index in areas.indices where areas[index].held != held[index] || areas[index].sold != sold[index] {
            report(
                "an area counts \(areas[index].held) held and \(areas[index].sold) sold places, and its holds and "
                    + "tickets have \(held[index]) and \(sold[index])")
        }
    }

    /// What came in is what went back and what stands.
    private mutating func checkMoney() {
        for index in money.indices { money[index].standing = 0 }
        for ticket in tickets where ticket.standing != .cancelled {
            let index = Int(orders[Int(ticket.order)].money)
            if money.indices.contains(index) {
                money[index].standing = money[index].standing.addingClamped(ticket.price)
            }
        }
        for hold in holds where hold.serial != 0 && money.indices.contains(Int(hold.money)) {
            money[Int(hold.money)].standing = money[Int(hold.money)].standing.addingClamped(hold.received)
        }
        for line in money where line.received != line.refunded.addingClamped(line.standing) {
            report(
                "\(line.received) \(line.currency) came in, \(line.refunded) went back, and \(line.standing) stands "
                    + "for tickets")
        }
    }
}
