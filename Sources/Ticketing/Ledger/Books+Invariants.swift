// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What must always hold, checked by looking at everything: each seat, hold, ticket and standing once, so that the time
/// grows in step with the state. Tests call it after every change, and `boxoffice verify` after replay.
extension Books {
    func findContradictions() -> [String] {
        var found: [String] = []
        for event in 0..<events.count { checkSeats(of: event, &found) }
        checkHolds(&found)
        checkSales(&found)
        if recomputedDigest().value != digest.value { found.append("the digest is not that of the state") }
        return found
    }

    private func checkSeats(of event: Int, _ found: inout [String]) {
        let plan = plan(of: event)
        for seat in 0..<plan.seatCount {
            let index = SeatIndex(UInt32(seat))
            let owner = seatOwner(event, index)
            let state = seatState(event, index)
            let isOwned =
                switch state {
                case .free, .blocked: owner == 0
                case .held, .paying: holdHas(Int(owner), event, Place(seat: index), state)
                case .sold:
                    Int(owner) < tickets.count && tickets[Int(owner)].state != .cancelled
                        && tickets[Int(owner)].item.place == Place(seat: index)
                        && Int(orders[Int(tickets[Int(owner)].order)].event) == event
                }
            if !isOwned { found.append("seat \(seat) of event \(event) is \(state) and its owner does not have it") }
        }
        for row in plan.rows.indices { checkRow(row, of: event, in: plan, &found) }
        for area in plan.areas.indices {
            let counts = self.area(event, area)
            if counts.taken > plan.areas[area].capacity { found.append("area \(area) of event \(event) is overfull") }
        }
    }

    private func holdHas(_ slot: Int, _ event: Int, _ place: Place, _ state: SeatState) -> Bool {
        guard slot < holds.count, holds[slot].serial != 0, Int(holds[slot].event) == event else { return false }
        let hold = holds[slot]
        guard state == .held ? hold.state == .held : hold.state == .paying || hold.state == .paid else { return false }
        return (0..<Int(hold.itemCount)).contains { items[Int(hold.items) + $0].place == place }
    }

    private func checkRow(_ row: Int, of event: Int, in plan: SeatPlan, _ found: inout [String]) {
        let at = Int(events[event].firstRow) + row
        var runs: UInt64 = 0
        var free = 0
        var categories = RowCategories()
        var length = 0
        for seat in plan.seatRange(ofRow: row) {
            let index = SeatIndex(UInt32(seat))
            if seatState(event, index) == .free {
                length += 1
                free += 1
                categories.insert(category: plan.category(of: index), isAccessible: plan.isAccessible(index))
            }
            if seatState(event, index) != .free || plan.isAisleAfter(index) {
                if length > 0 { runs |= 1 << UInt64(min(length, 63)) }
                length = 0
            }
        }
        if length > 0 { runs |= 1 << UInt64(min(length, 63)) }
        // What nobody has asked for says nothing that could be wrong; after a replay that is every row.
        if rowRuns[at] != Self.runsOutOfDate, rowRuns[at] != runs || Int(rowFree[at]) != free {
            found.append("row \(row) of event \(event) is out of date")
        }
        if rowRuns[at] != Self.runsOutOfDate,
            rowCategories[at].all != categories.all
                || rowCategories[at].accessible != categories.accessible
        {
            found.append("row \(row) of event \(event) has free seats of other categories than it knows")
        }
        if groupRuns[at >> Self.groupShift].leadingZeroBitCount > runs.leadingZeroBitCount {
            found.append("row \(row) of event \(event) has a longer run than its group knows")
        }
    }

    private func checkHolds(_ found: inout [String]) {
        var open = 0
        for slot in 0..<holds.count where holds[slot].serial != 0 {
            open += 1
            let hold = holds[slot]
            var total: Int64 = 0
            for index in 0..<Int(hold.itemCount) {
                let at = Int(hold.items) + index
                total += items[at].priceMinor
            }
            if total != hold.totalMinor { found.append("hold \(hold.serial) does not add up") }
            let trace = traces[hold.serial]
            if trace.end != nil || Int(trace.slotOrOrder) != slot || trace.buyer != hold.buyer {
                found.append("hold \(hold.serial) is not where its trace says")
            }
        }
        if open != openHoldCount { found.append("\(open) holds are open, not \(openHoldCount)") }
        checkStandings(&found)
    }

    /// What a buyer has at an event, counted anew.
    private struct Counted {
        var seats = 0
        var openHolds = 0
    }

    private func checkStandings(_ found: inout [String]) {
        let counted = countStandings()
        for number in 0..<standings.count {
            let standing = standings[number]
            let real = counted[Self.standingKey(standing.event, standing.buyer)] ?? Counted()
            if real.seats != Int(standing.seats) || real.openHolds != Int(standing.openHolds) {
                found.append(
                    "buyer \(standing.buyer) has \(real.seats) seats at event \(standing.event), not \(standing.seats)")
            }
        }
    }

    private static func standingKey(_ event: UInt32, _ buyer: UInt32) -> UInt64 { UInt64(event) << 32 | UInt64(buyer) }

    /// Goes once through each event's open holds and once through the tickets, whoever they belong to, so that it may be
    /// asked of a large ledger too. Only looked up in, never gone through: its order decides nothing.
    private func countStandings() -> [UInt64: Counted] {
        var counted: [UInt64: Counted] = [:]
        counted.reserveCapacity(standings.count)
        for event in 0..<events.count {
            var next = events[event].openHold
            // A chain that goes in a circle ends all the same.
            var left = holds.count
            while next != 0, left > 0 {
                let hold = holds[Int(next) - 1]
                let key = Self.standingKey(UInt32(event), hold.buyer)
                counted[key, default: Counted()].seats += Int(hold.itemCount)
                counted[key, default: Counted()].openHolds += 1
                next = hold.olderOfEvent
                left -= 1
            }
        }
        for ticket in 0..<tickets.count where tickets[ticket].state != .cancelled {
            let order = orders[Int(tickets[ticket].order)]
            counted[Self.standingKey(order.event, order.buyer), default: Counted()].seats += 1
        }
        return counted
    }

    private func checkSales(_ found: inout [String]) {
        for order in 0..<orders.count {
            let entry = orders[order]
            var cancelled = 0
            for index in 0..<Int(entry.ticketCount) {
                let ticket = tickets[Int(entry.firstTicket) + index]
                if Int(ticket.order) != order { found.append("a ticket of order \(order) is another's") }
                if ticket.state == .cancelled { cancelled += 1 }
            }
            if cancelled != Int(entry.cancelledCount) { found.append("order \(order) miscounts its cancelled tickets") }
        }
    }

    /// What only counts up, and how many of the past `RESET` forgot.
    func addCounters(to digest: inout Digest) {
        digest.add(Digest.word(.counter, 1, UInt64(lastPayment)))
        digest.add(Digest.word(.counter, 2, firstOrderSerial))
        digest.add(Digest.word(.counter, 3, firstTicketSerial))
        digest.add(Digest.word(.counter, 4, firstHoldSerial))
    }
}
