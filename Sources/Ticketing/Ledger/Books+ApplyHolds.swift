// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Holds being made, moving on and ending.
extension Books {
    /// Body: serial (8), event (4), buyer (4), end (8), count (1), then the price (8) with bit 7 of the count clear, or
    /// a price each with it set; the places (4 each); and the buyer's name where its number is new.
    mutating func applyHeld(
        _ reader: inout RecordReader, _ record: Span<UInt8>, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let serial = reader.read(UInt64.self)
        let event = try readEvent(&reader, .held)
        let buyer = Int(reader.read(UInt32.self))
        let ends = Instant(milliseconds: reader.read(Int64.self))
        let countByte = reader.read(UInt8.self)
        let count = Int(countByte & 0x7F)
        let hasOnePrice = countByte & 0x80 == 0
        guard !reader.isMalformed, serial == traces.end, count >= 1, count <= Limits.seatsPerHoldMax,
            ends >= now, ends <= Instant.latest.adding(seconds: Limits.holdSecondsMax), buyer <= buyers.count,
            reader.remaining >= count * (hasOnePrice ? 4 : 12) + (hasOnePrice ? 8 : 0)
        else { throw .malformed(type: LedgerRecord.held.rawValue, what: "its head makes no sense") }

        let slot = nextSlot
        let sizeClass = ItemSlab.sizeClass(for: count)
        let firstItem = items.allocate(sizeClass: sizeClass)
        let onePrice = hasOnePrice ? reader.read(Int64.self) : nil
        let taken = unretainedPlan(of: event)._withUnsafeGuaranteedRef { plan in
            takePlaces(
                count, at: onePrice, ofEvent: event, in: plan, owner: UInt32(slot), items: Int(firstItem), &reader,
                effects: &effects)
        }
        guard let total = taken else {
            throw .malformed(type: LedgerRecord.held.rawValue, what: "a place is not there or not free")
        }

        if buyer == buyers.count {
            let name = reader.readTextRange()
            guard !reader.isMalformed, !name.isEmpty, name.count <= Limits.buyerBytesMax,
                buyers.find(record.extracting(name)) == nil
            else { throw .malformed(type: LedgerRecord.held.rawValue, what: "its buyer has no name") }
            buyers.add(record.extracting(name))
            digest.add(Digest.word(.buyer, UInt64(buyer), Mix.hash(record.extracting(name), seed: 0)))
        }
        let standing = standing(event: event, buyer: buyer)
        update(standing: standing) { standing in
            standing.seats += UInt32(count)
            standing.openHolds += 1
        }
        open(
            HoldEntry(
                serial: serial, endsMilliseconds: ends.milliseconds, totalMinor: total,
                outcomeMilliseconds: Instant.never.milliseconds, event: UInt32(event), buyer: UInt32(buyer),
                standing: UInt32(standing), payment: 0, items: firstItem, olderOfEvent: 0, newerOfEvent: 0,
                olderOfBuyer: 0, newerOfBuyer: 0, itemCount: UInt8(count), sizeClass: sizeClass,
                stateByte: HoldState.held.rawValue, flags: 0))
        let trace = HoldTrace(slot: slot, buyer: UInt32(buyer))
        traces.append(trace)
        digest.add(Digest.of(.holdTrace, serial, trace))
        openHoldCount += 1
        schedule(hold: slot, now: now)
        forgetTraces(at: now)
    }

    /// Takes the places of a new hold as its record names them, each at its price or all at `onePrice`. Returns the sum,
    /// or nil where one is not there or not free.
    private mutating func takePlaces(
        _ count: Int, at onePrice: Int64?, ofEvent event: Int, in plan: SeatPlan, owner: UInt32, items firstItem: Int,
        _ reader: inout RecordReader, effects: inout Effects
    ) -> Int64? {
        var mover = PlaceMover(event: event, sequence: beginChange(event), move: .hold)
        var total: Int64 = 0
        for index in 0..<count {
            let price = onePrice ?? reader.read(Int64.self)
            let place = Place(rawValue: reader.read(UInt32.self))
            guard price >= 0, price <= Limits.priceMinorMax, isFree(place, event, in: plan) else { return nil }
            setItem(firstItem + index, HeldItem(place, priceMinor: price))
            mover.move(place, owner: owner, in: plan, books: &self, effects: &effects)
            total += price
        }
        mover.finish(books: &self, effects: &effects)
        return total
    }

    /// Whether a place can be held at all and is free.
    func isFree(_ place: Place, _ event: Int, in plan: SeatPlan) -> Bool {
        if let seat = place.seat {
            return Int(seat.rawValue) < plan.seatCount && seatState(event, seat) == .free
        }
        guard let area = place.area, area < plan.areas.count else { return false }
        return areaFree(event, area, in: plan) > 0
    }

    /// Body: serial (8), end (8).
    mutating func applyExtended(_ reader: inout RecordReader, at now: Instant) throws(RecordError) {
        let slot = try readHold(&reader, .extended)
        let ends = Instant(milliseconds: reader.read(Int64.self))
        guard !reader.isMalformed, holds[slot].state == .held, ends >= now,
            ends <= Instant.latest.adding(seconds: Limits.holdSecondsMax)
        else { throw .malformed(type: LedgerRecord.extended.rawValue, what: "the hold cannot be extended") }
        update(hold: slot) { hold in
            hold.endsMilliseconds = ends.milliseconds
            hold.flags |= HoldEntry.extended
        }
        schedule(hold: slot, now: now)
    }

    /// Body: serial (8), count (1), and the indexes of the items given back in ascending order (1 each); a count of 0
    /// is all of them.
    mutating func applyReleased(
        _ reader: inout RecordReader, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let slot = try readHold(&reader, .released)
        let count = Int(reader.read(UInt8.self))
        let hold = holds[slot]
        guard !reader.isMalformed, hold.state == .held, count < Int(hold.itemCount) else {
            throw .malformed(type: LedgerRecord.released.rawValue, what: "the hold has no such seats")
        }
        if count == 0 {
            freePlaces(of: slot, effects: &effects)
            end(hold: slot, .released, at: now)
            return
        }
        let event = Int(hold.event)
        let plan = plan(of: event)
        var mover = PlaceMover(event: event, sequence: beginChange(event), move: .free)
        var kept = Int(hold.items)
        var next = 0
        var total = hold.totalMinor
        for _ in 0..<count {
            let released = Int(reader.read(UInt8.self))
            guard !reader.isMalformed, released >= next, released < Int(hold.itemCount) else {
                throw .malformed(type: LedgerRecord.released.rawValue, what: "the hold has no such seats")
            }
            kept = keepItems(of: hold, next..<released, at: kept)
            let at = Int(hold.items) + released
            let item = items[at]
            dropItem(at)
            total -= item.priceMinor
            mover.move(item.place, owner: 0, in: plan, books: &self, effects: &effects)
            next = released + 1
        }
        _ = keepItems(of: hold, next..<Int(hold.itemCount), at: kept)
        mover.finish(books: &self, effects: &effects)
        update(hold: slot) { hold in
            hold.itemCount -= UInt8(count)
            hold.totalMinor = total
        }
        update(standing: Int(hold.standing)) { $0.seats -= UInt32(count) }
    }

    /// Moves items of a hold together, from `range` to where `kept` stands.
    private mutating func keepItems(of hold: HoldEntry, _ range: Range<Int>, at kept: Int) -> Int {
        var kept = kept
        for index in range {
            let from = Int(hold.items) + index
            if from != kept {
                let item = items[from]
                dropItem(from)
                setItem(kept, item)
            }
            kept += 1
        }
        return kept
    }

    // MARK: Ending

    /// Moves all places of a hold in one change of its event.
    mutating func movePlaces(of slot: Int, _ move: Move, owner: (Int) -> UInt32, effects: inout Effects) {
        let hold = holds[slot]
        let event = Int(hold.event)
        var mover = PlaceMover(event: event, sequence: beginChange(event), move: move)
        unretainedPlan(of: event)._withUnsafeGuaranteedRef { plan in
            for index in 0..<Int(hold.itemCount) {
                mover.move(
                    items[Int(hold.items) + index].place, owner: owner(index), in: plan, books: &self,
                    effects: &effects)
            }
        }
        mover.finish(books: &self, effects: &effects)
    }

    /// Gives the places of a hold back and takes it off the lists of open ones.
    mutating func freePlaces(of slot: Int, effects: inout Effects) {
        movePlaces(of: slot, .free, owner: { _ in 0 }, effects: &effects)
        let count = UInt32(holds[slot].itemCount)
        update(standing: Int(holds[slot].standing)) { standing in
            standing.seats -= count
            standing.openHolds -= 1
        }
        unlink(hold: slot)
    }

    /// Closes a hold whose places went elsewhere: its slot is free, its trace says how it ended.
    mutating func end(hold slot: Int, _ how: HoldEnd, at time: Instant, order: Int? = nil) {
        let hold = holds[slot]
        for index in 0..<Int(hold.itemCount) { dropItem(Int(hold.items) + index) }
        items.release(hold.items, sizeClass: hold.sizeClass)
        update(trace: hold.serial) { trace in
            trace.end(how, at: time)
            if let order { trace.slotOrOrder = UInt32(order) + 1 }
        }
        releaseSlot(slot)
        openHoldCount -= 1
    }

    /// Forgets what ended 24 hours ago: a few with each new hold, so that forgetting keeps up with making and no
    /// moment pays for many. What is still there but past its time is answered as if it were gone.
    private mutating func forgetTraces(at now: Instant) {
        for _ in 0..<4 {
            guard traces.count > 0, traces[traces.start].isForgotten(at: now) else { return }
            digest.remove(Digest.of(.holdTrace, traces.start, traces[traces.start]))
            traces.removeFirst()
        }
    }

    // MARK: Moving on

    /// Body: serial (8), move (1), when (8).
    mutating func applyHoldMoved(
        _ reader: inout RecordReader, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let slot = try readHold(&reader, .holdMoved)
        let moveByte = reader.read(UInt8.self)
        let when = Instant(milliseconds: reader.read(Int64.self))
        guard !reader.isMalformed, let move = HoldMove(rawValue: moveByte), when >= .earliest, when <= now else {
            throw .malformed(type: LedgerRecord.holdMoved.rawValue, what: "it does not say what happened")
        }
        switch (move, holds[slot].state) {
        case (.expired, .held):
            freePlaces(of: slot, effects: &effects)
            end(hold: slot, .time, at: when)
        case (.lapsed, .paying):
            lapse(hold: slot, byCancel: false, effects: &effects)
            schedule(hold: slot, now: now)
        case (.paid, .paying):
            update(hold: slot) { hold in
                hold.state = .paid
                hold.outcomeMilliseconds = Instant.never.milliseconds
            }
            schedule(hold: slot, now: now)
        case (.retaken, .lapsed):
            try retake(hold: slot, effects: &effects)
            schedule(hold: slot, now: now)
        case (.refunded, .lapsed): end(hold: slot, .refunded, at: when)
        case (.declined, .paying):
            movePlaces(of: slot, .unpay, owner: { _ in UInt32(slot) }, effects: &effects)
            update(hold: slot) { hold in
                hold.state = .held
                hold.method = .none
                hold.outcomeMilliseconds = Instant.never.milliseconds
            }
            schedule(hold: slot, now: now)
        case (.declinedAfterEnd, .paying):
            freePlaces(of: slot, effects: &effects)
            end(hold: slot, .time, at: when)
        case (.declinedAfterEnd, .lapsed):
            end(hold: slot, holds[slot].isLapsedByCancel ? .cancelled : .time, at: when)
        default: throw .malformed(type: LedgerRecord.holdMoved.rawValue, what: "the hold is in another state")
        }
    }

    /// Frees the seats of a hold whose payment is still under way.
    mutating func lapse(hold slot: Int, byCancel: Bool, effects: inout Effects) {
        freePlaces(of: slot, effects: &effects)
        update(hold: slot) { hold in
            hold.state = .lapsed
            if byCancel { hold.flags |= HoldEntry.lapsedByCancel }
        }
    }

    private mutating func retake(hold slot: Int, effects: inout Effects) throws(RecordError) {
        let hold = holds[slot]
        guard canRetake(hold: slot) else {
            throw .malformed(type: LedgerRecord.holdMoved.rawValue, what: "a place is not free any more")
        }
        movePlaces(of: slot, .retake, owner: { _ in UInt32(slot) }, effects: &effects)
        update(standing: Int(hold.standing)) { standing in
            standing.seats += UInt32(hold.itemCount)
            standing.openHolds += 1
        }
        update(hold: slot) { hold in
            hold.state = .paid
            hold.outcomeMilliseconds = Instant.never.milliseconds
        }
        link(hold: slot)
    }

    /// Whether a lapsed hold could have its places again.
    func canRetake(hold slot: Int) -> Bool {
        let hold = holds[slot]
        let event = Int(hold.event)
        guard events[event].state != .cancelled else { return false }
        let plan = plan(of: event)
        for index in 0..<Int(hold.itemCount) {
            let place = items[Int(hold.items) + index].place
            if let area = place.area {
                var wanted = 0
                for other in 0..<Int(hold.itemCount) where items[Int(hold.items) + other].place == place { wanted += 1 }
                if areaFree(event, area, in: plan) < wanted { return false }
            } else if !isFree(place, event, in: plan) {
                return false
            }
        }
        return true
    }
}
