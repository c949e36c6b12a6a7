// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Two proofs side by side: one swept over the records, the other taken from the state that replay came to.
extension ShardProof {
    /// How the other differs, one sentence a kind; empty where both say the same of every owner, hold, order, ticket
    /// and area.
    func differences(from other: borrowing ShardProof) -> [String] {
        var found: [String] = []
        func compare(_ name: String, _ count: Int, _ otherCount: Int, _ isSame: (Int) -> Bool) {
            if count != otherCount {
                found.append("the records leave \(count) \(name), and replay \(otherCount)")
                return
            }
            let differing = (0..<count).filter { !isSame($0) }
            if let first = differing.first {
                found.append("\(differing.count) \(name) are others after replay, the first is number \(first)")
            }
        }
        let (owners, events, areas) = (owners, events, areas)
        let (otherOwners, otherEvents, otherAreas) = (other.owners, other.events, other.areas)
        compare("seats", owners.count, otherOwners.count) { owners[$0] == otherOwners[$0] }
        compare("events", events.count, otherEvents.count) {
            events[$0].state == otherEvents[$0].state && events[$0].firstSeat == otherEvents[$0].firstSeat
        }
        compare("areas", areas.count, otherAreas.count) {
            areas[$0].held == otherAreas[$0].held && areas[$0].sold == otherAreas[$0].sold
                && areas[$0].blocked == otherAreas[$0].blocked
        }
        let (orders, tickets) = (orders, tickets)
        let (otherOrders, otherTickets) = (other.orders, other.tickets)
        compare("orders", orders.count, otherOrders.count) {
            orders[$0].event == otherOrders[$0].event && orders[$0].firstTicket == otherOrders[$0].firstTicket
                && orders[$0].paid == otherOrders[$0].paid && orders[$0].refunded == otherOrders[$0].refunded
        }
        compare("tickets", tickets.count, otherTickets.count) {
            tickets[$0].place == otherTickets[$0].place && tickets[$0].price == otherTickets[$0].price
                && tickets[$0].order == otherTickets[$0].order && tickets[$0].standing == otherTickets[$0].standing
        }
        if nextHold != other.nextHold || openHolds != other.openHolds || lastPayment != other.lastPayment {
            found.append(
                "the records leave \(openHolds) open holds of \(nextHold - 1) and \(lastPayment) payments, and replay "
                    + "\(other.openHolds) of \(other.nextHold - 1) and \(other.lastPayment)")
        }
        var differing = 0
        for hold in holds where hold.serial != 0 {
            guard let slot = other.openSlot(hold.serial), isSame(hold, other.holds[slot]) else {
                differing += 1
                continue
            }
            for item in 0..<hold.itemCount {
                let mine = items[hold.firstItem + item]
                let its = other.items[other.holds[slot].firstItem + item]
                if mine.place != its.place || mine.price != its.price { differing += 1 }
            }
        }
        if differing > 0 { found.append("\(differing) open holds are others after replay") }
        if buyerCount != other.buyerCount || gateCount != other.gateCount || keys.count != other.keys.count {
            found.append(
                "the records leave \(buyerCount) buyers, \(gateCount) gates and \(keys.count) keys, and replay "
                    + "\(other.buyerCount), \(other.gateCount) and \(other.keys.count)")
        }
        return found
    }

    private func isSame(_ one: HoldLine, _ other: HoldLine) -> Bool {
        one.ends == other.ends && one.total == other.total && one.outcome == other.outcome && one.event == other.event
            && one.itemCount == other.itemCount && one.standing == other.standing
            && one.isExtended == other.isExtended && one.isLapsedByCancel == other.isLapsedByCancel
    }
}

extension TicketLedger {
    /// The whole state as columns, by way of what a snapshot of it would hold.
    func columns() throws -> SnapshotColumns {
        let capture = StateCapture()
        var columns = SnapshotColumns(contentBytes: 1 << 48)
        beginCapture(into: capture)
        var isDone = false
        while !isDone {
            isDone = captureSome(bytesMax: 1 << 20)
            for piece in capture.takePieces() { try piece.forEachFrame { frame in try columns.take(frame) } }
        }
        return columns
    }
}
