// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// HOLD: the path that every sale takes, and the one that must not allocate.
extension Clerk {
    mutating func hold(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let event = event(.event, ask, &reply) else { return }
        books.unretainedPlan(of: event)._withUnsafeGuaranteedRef { plan in
            hold(event, plan, ask, &record, &reply, &effects)
        }
    }

    private mutating func hold(
        _ event: Int, _ plan: SeatPlan, _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter,
        _ effects: inout Effects
    ) {
        let count: Int
        if let best = ask.slot(.best) {
            guard ask.slot(.seats) == nil else {
                return refuseArgument("best", "name seats or say best=N, not both", &reply)
            }
            guard best.value >= 1 else { return refuseArgument("best", "ask for one seat or more", &reply) }
            count = Int(clamping: best.value)
        } else {
            guard let resolved = resolvePlaces(ask, plan, limit: Limits.seatsPerHoldMax, &reply) else { return }
            count = resolved
        }
        guard books.events[event].state == .onSale else { return refuseState(event, &reply) }
        guard isWithinLimits(count, event, ask, &reply) else { return }
        if let best = ask.slot(.best) {
            guard chooseBest(Int(best.value), event, plan, ask, &reply) else { return }
        } else {
            guard areFree(event, plan, &reply) else { return }
            choosePlaces(event, plan)
        }
        let buyer = books.buyers.find(ask.bytes(ask.request.buyer)) ?? books.buyers.count
        writeHold(event, buyer: buyer, ask, &record)
        commit(&record, &effects)
        writeHoldReply(plan, ask, &reply)
    }

    /// Reads `seats=` into `places` and gives their number, or nil after a refusal. More than the limit is a number
    /// past it, refused with the other limits.
    mutating func resolvePlaces(
        _ ask: Ask, _ plan: SeatPlan, limit: Int, _ reply: inout ReplyWriter
    ) -> Int? {
        guard let slot = ask.slot(.seats) else {
            refuseArgument("seats", "name seats as section/row/seat, or say best=N", &reply)
            return nil
        }
        let text = ask.bytes(slot)
        guard let problem = plan.resolve(text, into: &places, limit: limit) else { return places.placeCount }
        switch problem {
        case .tooMany: return places.placeCount
        case .unknown:
            reply.error(.notFound)
            reply.beginText(.seats, .list)
            for (index, range) in places.unknown.enumerated() {
                if index > 0 { reply.appendText(byte: UInt8(ascii: ",")) }
                reply.appendText(text.extracting(range.range))
            }
            reply.endText()
        case .syntax(let range), .backwards(let range), .duplicate(let range):
            reply.error(.badArgument)
            reply.field(.argument, "seats")
            if range.length > 0 { reply.field(.value, text.extracting(range.range)) }
        }
        reply.field(.hint, problem.hint)
        return nil
    }

    private func refuseState(_ event: Int, _ reply: inout ReplyWriter) {
        let state = books.events[event].state
        reply.error(.notOnSale, retry: state == .cancelled ? .never : .later)
        reply.field(.state, state.word)
        let onsale = Instant(milliseconds: books.events[event].onsale)
        if state == .draft, onsale != .never {
            reply.field(.onsale, onsale)
            reply.field(.hint, "the sale opens at onsale=: send this again then")
            return
        }
        switch state {
        case .draft: reply.field(.hint, "the sale has not begun: an operator opens it with EVENT OPEN")
        case .cancelled: reply.field(.hint, "the event is cancelled: SEARCH finds others")
        case .closed, .onSale: reply.field(.hint, "the sale is closed: SEARCH finds other events")
        }
    }

    func refuseTooMany(_ reply: inout ReplyWriter) {
        reply.error(.limitExceeded)
        reply.field(.limit, Int64(Limits.seatsPerHoldMax))
        reply.field(.hint, "one hold takes up to 100 seats: make several")
    }

    private func isWithinLimits(_ count: Int, _ event: Int, _ ask: Ask, _ reply: inout ReplyWriter) -> Bool {
        if count > Limits.seatsPerHoldMax {
            refuseTooMany(&reply)
            return false
        }
        guard ask.actsForBuyer else { return true }
        var seats = 0
        var openHolds = 0
        if let buyer = books.buyers.find(ask.bytes(ask.request.buyer)),
            let standing = books.findStanding(event: event, buyer: buyer)
        {
            seats = Int(books.standings[standing].seats)
            openHolds = Int(books.standings[standing].openHolds)
        }
        let limit = Int(books.events[event].limit)
        if seats + count > limit {
            reply.error(.limitExceeded)
            reply.field(.limit, Int64(limit))
            reply.field(.held, Int64(seats))
            reply.field(.hint, "this event sells a buyer no more seats than limit=: ask for fewer, or RELEASE some")
            return false
        }
        if openHolds >= Limits.openHoldsPerBuyerPerEventMax {
            reply.error(.limitExceeded)
            reply.field(.limit, Int64(Limits.openHoldsPerBuyerPerEventMax))
            reply.field(.hint, "a buyer has up to 20 open holds at an event: CONFIRM or RELEASE one first")
            return false
        }
        return true
    }

    /// Whether all of `places` are free; else a refusal that names each that is not.
    private func areFree(_ event: Int, _ plan: SeatPlan, _ reply: inout ReplyWriter) -> Bool {
        var hasTaken = false
        for seat in places.seats where books.seatState(event, seat) != .free {
            if !hasTaken {
                reply.error(.seatTaken)
                reply.beginText(.seats, .list)
            } else {
                reply.appendText(byte: UInt8(ascii: ","))
            }
            hasTaken = true
            plan.appendAddress(of: seat, to: &reply)
        }
        if hasTaken {
            reply.endText()
            appendBestHint(event, &reply)
            return false
        }
        for area in places.areas {
            let free = books.areaFree(event, Int(area.area), in: plan)
            if free >= Int(area.count) { continue }
            reply.error(.notEnoughSeats, retry: .later)
            reply.beginText(.area)
            plan.appendAreaAddress(Int(area.area), count: nil, to: &reply)
            reply.endText()
            reply.field(.free, Int64(free))
            reply.field(
                .hint, free > 0 ? "ask for as many places as are free, or try another area" : "try another area")
            return false
        }
        return true
    }

    /// The command to try instead.
    private func appendBestHint(_ event: Int, _ reply: inout ReplyWriter) {
        let entry = books.events[event]
        let texts = books.eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
        reply.beginText(.hint)
        reply.appendText("HOLD ")
        reply.appendText(EventTexts.id(of: texts))
        reply.appendText(" best=")
        reply.append(decimal: places.placeCount)
        reply.endText()
    }

    /// Takes `places` over into `chosen`, each with its price.
    private mutating func choosePlaces(_ event: Int, _ plan: SeatPlan) {
        chosen.removeAll()
        for seat in places.seats {
            choose(Place(seat: seat), category: plan.category(of: seat), event)
        }
        for area in places.areas {
            for _ in 0..<area.count {
                choose(Place(area: Int(area.area)), category: plan.areas[Int(area.area)].category, event)
            }
        }
    }

    /// Adds a place to what is going to be held. Every category of an event on sale has a price.
    mutating func choose(_ place: Place, category: Int, _ event: Int) {
        chosen.append(HeldItem(place, priceMinor: books.price(event, category: category) ?? 0))
    }

    private func writeHold(_ event: Int, buyer: Int, _ ask: Ask, _ record: inout RecordWriter) {
        begin(.held, ask, &record)
        record.append(books.traces.end)
        record.append(UInt32(event))
        record.append(UInt32(buyer))
        record.append(ask.now.adding(seconds: Int64(books.events[event].holdSeconds)).milliseconds)
        let firstPrice = chosen[0].priceMinor
        var hasOnePrice = true
        for index in 0..<chosen.count where chosen[index].priceMinor != firstPrice { hasOnePrice = false }
        record.append(UInt8(chosen.count) | (hasOnePrice ? 0 : 0x80))
        if hasOnePrice { record.append(firstPrice) }
        for index in 0..<chosen.count {
            if !hasOnePrice { record.append(chosen[index].priceMinor) }
            record.append(chosen[index].place.rawValue)
        }
        if buyer == books.buyers.count { record.append(text: ask.bytes(ask.request.buyer)) }
    }

    /// The reply to the hold made last.
    private func writeHoldReply(_ plan: SeatPlan, _ ask: Ask, _ reply: inout ReplyWriter) {
        let serial = books.traces.end - 1
        let slot = Int(books.traces[serial].slotOrOrder)
        let hold = books.holds[slot]
        reply.line(.ok)
        append(books.holdID(serial), .hold, &reply)
        appendPlaces(of: hold, plan, &reply)
        reply.field(.total, hold.totalMinor)
        appendCurrency(Int(hold.event), &reply)
        reply.field(.ttl, seconds: Self.seconds(from: ask.now, to: hold.ends))
        reply.field(.expires, hold.ends)
    }

    func appendPlaces(of hold: HoldEntry, _ plan: SeatPlan, _ reply: inout ReplyWriter) {
        appendPlaces(Int(hold.itemCount), plan, &reply) { books.items[Int(hold.items) + $0].place }
    }

    /// Whole seconds, begun ones counted, never below 0.
    static func seconds(from now: Instant, to end: Instant) -> Int64 {
        end <= now ? 0 : (end.milliseconds - now.milliseconds + 999) / 1_000
    }
}

extension ReplyWriter {
    /// Appends a number to the text that is open.
    mutating func append(decimal value: Int) {
        var divisor = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            appendText(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
