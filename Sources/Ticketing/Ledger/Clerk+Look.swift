// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// GET of a hold, an order or a ticket, and MINE.
extension Clerk {
    func get(_ ask: Ask, _ reply: inout ReplyWriter) {
        guard let slot = ask.slot(.id) else {
            return refuseArgument("id", "name a hold, an order or a ticket", &reply)
        }
        let text = ask.bytes(slot)
        switch IssuedID.decode(text, keys: books.keys)?.kind {
        case .hold: getHold(ask, &reply)
        case .order:
            guard let order = findOrder(text) else { return refuseMissing(.order, slot, ask, &reply) }
            guard owns(Int(books.orders[order].buyer), ask) else {
                return refuseStranger(&reply, "the order belongs to somebody else: MINE lists yours")
            }
            reply.line(.ok)
            append(books.orderID(order), .order, &reply)
            describe(order: order, withBuyer: true, &reply)
        case .ticket:
            guard let ticket = findTicket(text) else { return refuseMissing(.ticket, slot, ask, &reply) }
            getTicket(ticket, ask, &reply)
        case .payment, nil: refuseMissing(.id, slot, ask, &reply)
        }
    }

    private func getHold(_ ask: Ask, _ reply: inout ReplyWriter) {
        guard let found = findHold(ask, &reply), let slot = ask.slot(.id) else { return }
        reply.line(.ok)
        reply.field(.hold, ask.bytes(slot))
        switch found {
        case .open(let slot):
            let hold = books.holds[slot]
            describe(hold: slot, &reply)
            reply.field(.ttl, seconds: Self.seconds(from: ask.now, to: hold.ends))
            reply.field(.expires, hold.ends)
        case .confirmed(let order):
            let event = Int(books.orders[order].event)
            appendEventID(event, .event, &reply)
            reply.field(.state, HoldEnd.confirmed.word)
            append(books.orderID(order), .order, &reply)
        }
    }

    private func describe(hold slot: Int, _ reply: inout ReplyWriter) {
        let hold = books.holds[slot]
        let event = Int(hold.event)
        appendEventID(event, .event, &reply)
        reply.field(.state, hold.state.word)
        appendPlaces(of: hold, books.plan(of: event), &reply)
        reply.field(.total, hold.totalMinor)
        appendCurrency(event, &reply)
    }

    /// `event= [buyer=] state= seats= tickets= total= currency= refund=`. Seats and tickets are those that still stand;
    /// the total is what was paid for all, the refund what was paid back.
    private func describe(order: Int, withBuyer: Bool, _ reply: inout ReplyWriter) {
        let entry = books.orders[order]
        let event = Int(entry.event)
        let first = Int(entry.firstTicket)
        appendEventID(event, .event, &reply)
        if withBuyer { reply.field(.buyer, books.buyers.text(Int(entry.buyer))) }
        reply.field(.state, entry.cancelledCount == entry.ticketCount ? "cancelled" : "confirmed")
        var total: Int64 = 0
        var refund: Int64 = 0
        for index in 0..<Int(entry.ticketCount) {
            let ticket = books.tickets[first + index]
            total += ticket.item.priceMinor
            if ticket.state == .cancelled { refund += ticket.item.priceMinor }
        }
        appendPlaces(Int(entry.ticketCount), books.plan(of: event), &reply) { index in
            let ticket = books.tickets[first + index]
            return ticket.state == .cancelled ? nil : ticket.item.place
        }
        reply.beginText(.tickets, .list)
        var isFirst = true
        for index in 0..<Int(entry.ticketCount) where books.tickets[first + index].state != .cancelled {
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            books.ticketID(first + index).append(to: &reply, keys: books.keys)
        }
        reply.endText()
        reply.field(.total, total)
        appendCurrency(event, &reply)
        if withBuyer { reply.field(.refund, refund) }
    }

    private func getTicket(_ ticket: Int, _ ask: Ask, _ reply: inout ReplyWriter) {
        let entry = books.tickets[ticket]
        let order = books.orders[Int(entry.order)]
        guard owns(Int(order.buyer), ask) else {
            return refuseStranger(&reply, "the ticket belongs to somebody else: MINE lists yours")
        }
        reply.line(.ok)
        append(books.ticketID(ticket), .ticket, &reply)
        append(books.orderID(Int(entry.order)), .order, &reply)
        appendEventID(Int(order.event), .event, &reply)
        appendSeat(entry.item.place, books.plan(of: Int(order.event)), &reply)
        reply.field(.state, entry.state.word)
        if entry.state == .checkedIn {
            reply.field(.at, entry.at)
            if entry.gate > 0 { reply.field(.gate, books.gates.text(Int(entry.gate))) }
        }
    }

    /// Open holds and orders of who asks, at all events or at `event=`, the oldest first; of each the newest
    /// ``Limits/pageItemsMax``, and `partial=yes` where there are more. An operator who acts for nobody sees what was held
    /// and bought so.
    mutating func mine(_ ask: Ask, _ reply: inout ReplyWriter) {
        var count = 0
        var isPartial = false
        // An event that is not here has nothing here: it may be another shard's.
        let event = ask.slot(.event).map { books.findEvent(ask.bytes($0)) ?? -1 }
        if let buyer = books.buyers.find(ask.bytes(ask.request.buyer)) {
            numbers.removeAll(keepingCapacity: true)
            var next = books.buyers[buyer].openHold
            // One more than is shown says that there are more.
            while next != 0, numbers.count <= Limits.pageItemsMax {
                let hold = books.holds[Int(next) - 1]
                if event == nil || event == Int(hold.event) { numbers.append(Int(next) - 1) }
                next = hold.olderOfBuyer
            }
            if numbers.count > Limits.pageItemsMax {
                isPartial = true
                numbers.removeLast()
            }
            for slot in numbers.reversed() {
                reply.line(.hold)
                append(books.holdID(books.holds[slot].serial), .id, &reply)
                describe(hold: slot, &reply)
                reply.field(.expires, books.holds[slot].ends)
            }
            count += numbers.count
            numbers.removeAll(keepingCapacity: true)
            next = books.buyers[buyer].lastOrder
            while next != 0, numbers.count <= Limits.pageItemsMax {
                let order = books.orders[Int(next) - 1]
                if event == nil || event == Int(order.event) { numbers.append(Int(next) - 1) }
                next = order.olderOfBuyer
            }
            if numbers.count > Limits.pageItemsMax {
                isPartial = true
                numbers.removeLast()
            }
            for order in numbers.reversed() {
                reply.line(.order)
                append(books.orderID(order), .id, &reply)
                describe(order: order, withBuyer: false, &reply)
            }
            count += numbers.count
        }
        reply.line(.ok)
        reply.field(.count, Int64(count))
        if isPartial { reply.field(.partial, true) }
    }
}
