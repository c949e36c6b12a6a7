// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// PRICE SET, BLOCK and UNBLOCK.
extension Clerk {
    private func refuseIfCancelled(_ event: Int, _ reply: inout ReplyWriter) -> Bool {
        guard books.events[event].state == .cancelled else { return false }
        reply.error(.wrongState)
        reply.field(.state, EventState.cancelled.word)
        reply.field(.hint, "the event is cancelled: there is nothing left to sell")
        return true
    }

    mutating func setPrice(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let amount = ask.slot(.amount)?.value, amount >= 0, amount <= Limits.priceMinorMax else {
            return refuseArgument("amount", "a price is 0 to 1000000000000 minor units", &reply)
        }
        guard let name = ask.slot(.category) else {
            return refuseArgument("category", "name the category: VIEW shows them", &reply)
        }
        guard let event = event(.event, ask, &reply) else { return }
        guard let category = books.plan(of: event).categoryIndex(named: ask.bytes(name)) else {
            reply.error(.notFound)
            reply.field(.category, ask.bytes(name))
            reply.field(.hint, "VIEW shows the categories there are")
            return
        }
        if refuseIfCancelled(event, &reply) { return }
        begin(.priceSet, ask, &record)
        record.append(UInt32(event))
        record.append(UInt8(category))
        record.append(amount)
        commit(&record, &effects)
        reply.line(.ok)
        appendEventID(event, .event, &reply)
        reply.field(.category, ask.bytes(name))
        reply.field(.amount, amount)
        if books.events[event].currency != 0 { appendCurrency(event, &reply) }
    }

    mutating func block(
        _ ask: Ask, isBlocking: Bool, _ record: inout RecordWriter, _ reply: inout ReplyWriter,
        _ effects: inout Effects
    ) {
        guard let event = event(.event, ask, &reply) else { return }
        let plan = books.plan(of: event)
        guard let count = resolvePlaces(ask, plan, limit: Limits.seatsPerBlockMax, &reply) else { return }
        if refuseIfCancelled(event, &reply) { return }
        guard count <= Limits.seatsPerBlockMax else {
            reply.error(.limitExceeded)
            reply.field(.limit, Int64(Limits.seatsPerBlockMax))
            reply.field(.hint, "name up to 2000 seats at once: use several requests")
            return
        }
        guard canBlock(isBlocking, event, plan, &reply) else { return }
        begin(isBlocking ? .blocked : .unblocked, ask, &record)
        record.append(UInt32(event))
        record.append(UInt16(places.seats.count))
        record.append(UInt16(places.areas.count))
        for seat in places.seats { record.append(seat.rawValue) }
        for area in places.areas {
            record.append(area.area)
            record.append(area.count)
        }
        commit(&record, &effects)
        reply.line(.ok)
        appendEventID(event, .event, &reply)
        reply.field(.count, Int64(count))
    }

    /// Whether all of `places` are in the state that the request needs; else a refusal that names each that is not.
    private func canBlock(
        _ isBlocking: Bool, _ event: Int, _ plan: SeatPlan, _ reply: inout ReplyWriter
    ) -> Bool {
        let needed: SeatState = isBlocking ? .free : .blocked
        var hasOther = false
        for seat in places.seats where books.seatState(event, seat) != needed {
            if !hasOther {
                reply.error(isBlocking ? .seatTaken : .wrongState)
                reply.beginText(.seats, .list)
            } else {
                reply.appendText(byte: UInt8(ascii: ","))
            }
            hasOther = true
            plan.appendAddress(of: seat, to: &reply)
        }
        if hasOther {
            reply.endText()
            reply.field(
                .hint,
                isBlocking ? "only free seats can be blocked: leave these out" : "these are not blocked: leave them out"
            )
            return false
        }
        for area in places.areas {
            let entry = books.area(event, Int(area.area))
            let there = isBlocking ? books.areaFree(event, Int(area.area), in: plan) : Int(entry.blocked)
            if there >= Int(area.count) { continue }
            reply.error(isBlocking ? .notEnoughSeats : .wrongState)
            reply.beginText(.area)
            plan.appendAreaAddress(Int(area.area), count: nil, to: &reply)
            reply.endText()
            reply.field(isBlocking ? .free : .blocked, Int64(there))
            reply.field(.hint, "name no more places than that")
            return false
        }
        return true
    }
}
