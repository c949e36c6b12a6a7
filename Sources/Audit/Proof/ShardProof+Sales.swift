// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Orders, tickets, and the door.
extension ShardProof {
    mutating func takeConfirmed(_ reader: inout RecordReader, at time: Int64) {
        let confirmed = ConfirmedRecord(&reader)
        guard !reader.isMalformed, let slot = slot(of: confirmed.serial, to: "confirmed") else { return }
        let hold = holds[slot]
        switch hold.standing {
        case .paid: break
        case .held where hold.total == 0:
            if hold.ends <= time { report("hold \(hold.serial) is confirmed after its end, \(Clock.text(hold.ends))") }
        default:
            report("hold \(hold.serial) is confirmed while it is \(hold.stateWord) and costs \(hold.total)")
        }
        checkNext("order", confirmed.order, firstOrder + UInt64(orders.count))
        checkNext("ticket", confirmed.firstTicket, firstTicket + UInt64(tickets.count))
        let order = orders.count
        var sum: Int64 = 0
        let first = tickets.count
        for index in 0..<hold.itemCount {
            let item = items[hold.firstItem + index]
            let serial = firstTicket + UInt64(tickets.count)
            tickets.append(TicketLine(price: item.price, place: item.place, order: Int32(truncatingIfNeeded: order)))
            sell(
                item.place, of: Int(hold.event), from: Owner(hold: hold.serial), to: Owner(ticket: serial))
            sum = sum.addingClamped(item.price)
        }
        if sum != hold.received {
            report("order \(firstOrder + UInt64(order)) has tickets for \(sum), and \(hold.received) was paid for them")
        }
        orders.append(
            OrderLine(
                event: hold.event, firstTicket: first, ticketCount: Int32(hold.itemCount), money: hold.money,
                paid: hold.received))
        unlink(slot)
        end(slot, .confirmed)
    }

    private mutating func checkNext(_ kind: String, _ serial: UInt64, _ wanted: UInt64) {
        if serial != wanted { report("\(kind) \(serial) comes where \(kind) \(wanted) belongs") }
    }

    /// Returns what is paid back.
    mutating func takeTicketsCancelled(_ reader: inout RecordReader, _ record: Span<UInt8>) -> Int64? {
        let cancelled = TicketsCancelledRecord(&reader)
        if reader.isMalformed { return nil }
        guard cancelled.order >= firstOrder, cancelled.order - firstOrder < UInt64(orders.count) else {
            report("order \(cancelled.order) never was, and tickets of it are cancelled")
            return nil
        }
        if cancelled.positions.isEmpty { report("no ticket of order \(cancelled.order) is cancelled") }
        let order = Int(cancelled.order - firstOrder)
        let line = orders[order]
        var refund: Int64 = 0
        var last = -1
        for at in cancelled.positions {
            let position = Int(record[at])
            guard position > last, position < line.ticketCount else {
                report("order \(cancelled.order) has no ticket \(position) to be cancelled")
                continue
            }
            last = position
            refund = refund.addingClamped(cancel(line.firstTicket + position))
        }
        orders[order].refunded = line.refunded.addingClamped(refund)
        if orders[order].refunded > line.paid {
            report(
                "order \(cancelled.order) was paid with \(line.paid), and \(orders[order].refunded) is paid back")
        }
        giveBack(refund, in: line.money)
        return refund
    }

    private mutating func cancel(_ ticket: Int) -> Int64 {
        let line = tickets[ticket]
        let serial = firstTicket + UInt64(ticket)
        guard line.standing != .cancelled else {
            report("ticket \(serial) is cancelled a second time")
            return line.price
        }
        tickets[ticket].standing = .cancelled
        giveBack(line.place, of: Int(orders[Int(line.order)].event), by: Owner(ticket: serial))
        return line.price
    }

    // MARK: The door

    mutating func takeCheckedIn(_ reader: inout RecordReader, _ record: Span<UInt8>) {
        let checked = CheckedInRecord(&reader)
        if reader.isMalformed { return }
        if checked.gate == gateCount, let name = checked.name, !name.isEmpty, name.count <= Limits.idBytesMax {
            gateCount += 1
            if !gateNames.insert(record.text(name).hashValue).inserted {
                report("gate \(checked.gate) has the name of another gate")
            }
        } else if checked.gate >= gateCount || checked.name != nil {
            report("gate \(checked.gate) comes where gate \(gateCount) belongs, or has no name of its own")
        }
        guard let ticket = ticketIndex(checked.ticket, to: "checked in") else { return }
        if tickets[ticket].standing != .valid {
            report(
                "ticket \(checked.ticket) is checked in "
                    + (tickets[ticket].standing == .cancelled ? "and was cancelled" : "a second time"))
        }
        tickets[ticket].standing = .checkedIn
    }

    mutating func takeCheckInUndone(_ reader: inout RecordReader) {
        let undone = CheckInUndoneRecord(&reader)
        guard !reader.isMalformed, let ticket = ticketIndex(undone.ticket, to: "let out") else { return }
        guard tickets[ticket].standing == .checkedIn else {
            return report("ticket \(undone.ticket) is let out and was not checked in")
        }
        tickets[ticket].standing = .valid
    }

    private mutating func ticketIndex(_ serial: UInt64, to deed: String) -> Int? {
        if serial >= firstTicket, serial - firstTicket < UInt64(tickets.count) { return Int(serial - firstTicket) }
        report("ticket \(serial) never was, and is \(deed)")
        return nil
    }
}
