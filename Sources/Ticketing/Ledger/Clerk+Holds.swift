// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// EXTEND and RELEASE, and finding the hold that a request names.
extension Clerk {
    /// A hold that was found.
    enum FoundHold {
        case open(slot: Int)
        case confirmed(order: Int)
    }

    /// The id in `id=`, if it is one of this kind that this shard made.
    func issuedSerial(_ kind: IssuedKind, _ text: Span<UInt8>) -> UInt64? {
        guard let id = IssuedID.decode(text, keys: books.keys), id.kind == kind, id.shard == books.shard else {
            return nil
        }
        return id.serial
    }

    /// Whether who asks may act for this buyer: the buyer, or an operator who acts for nobody else.
    func owns(_ buyer: Int, _ ask: Ask) -> Bool {
        !ask.actsForBuyer || books.buyers.find(ask.bytes(ask.request.buyer)) == buyer
    }

    func refuseStranger(_ reply: inout ReplyWriter, _ hint: StaticString) {
        reply.error(.forbidden)
        reply.field(.hint, hint)
    }

    /// The hold that `id` names, open or confirmed; nil after a refusal.
    func findHold(_ ask: Ask, _ reply: inout ReplyWriter) -> FoundHold? {
        guard let slot = ask.slot(.id) else {
            refuseArgument("id", "name the hold as HOLD gave it", &reply)
            return nil
        }
        guard let serial = issuedSerial(.hold, ask.bytes(slot)), books.traces.contains(serial),
            !books.traces[serial].isForgotten(at: ask.now)
        else {
            refuseMissing(.hold, slot, ask, &reply)
            return nil
        }
        let trace = books.traces[serial]
        guard owns(Int(trace.buyer), ask) else {
            refuseStranger(&reply, "the hold belongs to somebody else: MINE lists yours")
            return nil
        }
        if let end = trace.end {
            if end == .confirmed { return .confirmed(order: Int(trace.slotOrOrder) - 1) }
            refuseEnded(end, at: trace.endedAt, &reply)
            return nil
        }
        let hold = books.holds[Int(trace.slotOrOrder)]
        if hold.state == .lapsed {
            refuseEnded(hold.isLapsedByCancel ? .cancelled : .time, at: hold.isLapsedByCancel ? nil : hold.ends, &reply)
            return nil
        }
        return .open(slot: Int(trace.slotOrOrder))
    }

    private func refuseEnded(_ end: HoldEnd, at time: Instant?, _ reply: inout ReplyWriter) {
        reply.error(.holdExpired)
        reply.field(.ended, end.word)
        if let time { reply.field(.at, time) }
        switch end {
        case .time: reply.field(.hint, "the hold's time is over: HOLD the seats again")
        case .released, .confirmed: reply.field(.hint, "the hold was released: HOLD the seats again")
        case .cancelled: reply.field(.hint, "the event was cancelled: SEARCH finds others")
        case .refunded: reply.field(.hint, "the payment was refunded: HOLD seats again if the event is on sale")
        }
    }

    func refuseMissing(_ field: Field, _ slot: ArgumentSlot, _ ask: Ask, _ reply: inout ReplyWriter) {
        reply.error(.notFound)
        reply.field(field, ask.bytes(slot))
        reply.field(.hint, "there is no such id, or it ended more than a day ago: MINE lists what there is")
    }

    /// Refuses what only a held hold allows.
    func refuseState(_ hold: FoundHold, _ hint: StaticString, _ reply: inout ReplyWriter) {
        reply.error(.wrongState)
        switch hold {
        case .open(let slot): reply.field(.state, books.holds[slot].state.word)
        case .confirmed(let order):
            reply.field(.state, HoldEnd.confirmed.word)
            append(books.orderID(order), .order, &reply)
        }
        reply.field(.hint, hint)
    }

    mutating func extend(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let found = findHold(ask, &reply) else { return }
        guard case .open(let slot) = found, books.holds[slot].state == .held else {
            return refuseState(
                found, "only a hold that is not being paid can be extended: CONFIRM it when paid", &reply)
        }
        let hold = books.holds[slot]
        guard !hold.isExtended else {
            reply.error(.limitExceeded)
            reply.field(.limit, 1)
            reply.field(.hint, "a hold is extended once: PAY and CONFIRM it before it ends")
            return
        }
        let ends = ask.now.adding(seconds: Int64(books.events[Int(hold.event)].holdSeconds))
        begin(.extended, ask, &record)
        record.append(hold.serial)
        record.append(ends.milliseconds)
        commit(&record, &effects)
        reply.line(.ok)
        append(books.holdID(hold.serial), .hold, &reply)
        reply.field(.ttl, seconds: Self.seconds(from: ask.now, to: ends))
        reply.field(.expires, ends)
    }

    mutating func release(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let found = findHold(ask, &reply) else { return }
        guard case .open(let slot) = found, books.holds[slot].state == .held else {
            return refuseState(found, "only a hold that is not being paid can be released: CANCEL the order", &reply)
        }
        books.unretainedPlan(of: Int(books.holds[slot].event))._withUnsafeGuaranteedRef { plan in
            release(slot, plan, ask, &record, &reply, &effects)
        }
    }

    private mutating func release(
        _ slot: Int, _ plan: SeatPlan, _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter,
        _ effects: inout Effects
    ) {
        let hold = books.holds[slot]
        positions.removeAll(keepingCapacity: true)
        if ask.slot(.seats) != nil {
            guard let count = resolvePlaces(ask, plan, limit: Limits.seatsPerHoldMax, &reply) else { return }
            guard count <= Limits.seatsPerHoldMax else { return refuseTooMany(&reply) }
            guard findPositions(in: hold) else { return refuseMissingPlaces(in: hold, plan, &reply) }
        }
        let releasesAll = positions.isEmpty || positions.count == Int(hold.itemCount)
        begin(.released, ask, &record)
        record.append(hold.serial)
        record.append(releasesAll ? UInt8(0) : UInt8(positions.count))
        if !releasesAll { for position in positions { record.append(position) } }
        commit(&record, &effects)
        reply.line(.ok)
        append(books.holdID(hold.serial), .hold, &reply)
        if releasesAll {
            appendPlaces(0, plan, &reply) { _ in nil }
            return
        }
        let left = books.holds[slot]
        appendPlaces(of: left, plan, &reply)
        reply.field(.total, left.totalMinor)
        appendCurrency(Int(left.event), &reply)
    }

    private func count(_ place: Place, in hold: HoldEntry) -> Int {
        var count = 0
        for index in 0..<Int(hold.itemCount) where books.items[Int(hold.items) + index].place == place { count += 1 }
        return count
    }

    /// Names each of `places` that is not in the hold, or not so often.
    private func refuseMissingPlaces(in hold: HoldEntry, _ plan: SeatPlan, _ reply: inout ReplyWriter) {
        reply.error(.notFound)
        reply.beginText(.seats, .list)
        var isFirst = true
        for seat in places.seats where count(Place(seat: seat), in: hold) == 0 {
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            plan.appendAddress(of: seat, to: &reply)
        }
        for area in places.areas where count(Place(area: Int(area.area)), in: hold) < Int(area.count) {
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            plan.appendAreaAddress(Int(area.area), count: Int(area.count), to: &reply)
        }
        reply.endText()
        reply.field(.hint, "name seats that are in the hold: GET shows them")
    }

    /// Puts the positions of `places` among a hold's items into `positions`, ascending. False where one is not in it.
    private mutating func findPositions(in hold: HoldEntry) -> Bool {
        var missing = places.placeCount
        for index in 0..<Int(hold.itemCount) {
            let place = books.items[Int(hold.items) + index].place
            if let seat = place.seat {
                for wanted in places.seats where wanted == seat {
                    positions.append(UInt8(index))
                    missing -= 1
                }
            } else if let area = place.area {
                // As many of the area's places as asked for, the first ones.
                var taken = 0
                for position in positions where books.items[Int(hold.items) + Int(position)].place == place {
                    taken += 1
                }
                for wanted in places.areas where Int(wanted.area) == area && taken < Int(wanted.count) {
                    positions.append(UInt8(index))
                    missing -= 1
                }
            }
        }
        return missing == 0
    }
}
