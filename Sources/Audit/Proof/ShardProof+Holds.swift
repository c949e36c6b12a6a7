// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Holds being made and ending.
extension ShardProof {
    /// The serial that the next hold must have.
    var nextHold: UInt64 { firstHold + UInt64(holdPlaces.count) }

    /// Missing serials that are filled in, so that what comes after them still finds its place.
    private static var gapMax: UInt64 { 65_536 }

    mutating func takeHeld(_ reader: inout RecordReader, _ record: Span<UInt8>, at time: Int64) -> Int64? {
        let held = HeldRecord(&reader)
        guard !reader.isMalformed, isEvent(held.event), isNextHold(held.serial) else { return nil }
        if held.count < 1 || held.count > Limits.seatsPerHoldMax {
            report("hold \(held.serial) has \(held.count) places")
        }
        if held.ends < time || held.ends > time.addingClamped(Limits.holdSecondsMax * 1_000) {
            report("hold \(held.serial) made at \(Clock.text(time)) ends at \(Clock.text(held.ends))")
        }
        if events[held.event].state != EventState.onSale.rawValue {
            report("hold \(held.serial) is made for event \(eventIDs[held.event]), which is not on sale")
        }
        checkBuyer(held.buyer, held.name, record)

        let slot = makeHold(held)
        let first = holds[slot].firstItem
        var total: Int64 = 0
        var kept = 0
        for index in 0..<held.count {
            let (place, price) = held.item(index, record)
            if !(0...Limits.priceMinorMax).contains(price) { report("hold \(held.serial) has a place at \(price)") }
            guard isPlace(place, of: held.event) else { continue }
            take(place, of: held.event, for: Owner(hold: held.serial))
            items[first + kept] = HeldPlace(place: place, price: price)
            kept += 1
            total = total.addingClamped(price)
        }
        holds[slot].itemCount = kept
        holds[slot].total = total
        link(slot)
        schedule(slot)
        return total
    }

    private mutating func isNextHold(_ serial: UInt64) -> Bool {
        if serial == nextHold { return true }
        report("hold \(serial) comes where hold \(nextHold) belongs")
        guard serial > nextHold, serial - nextHold <= Self.gapMax else { return false }
        while nextHold < serial { holdPlaces.append(HoldPlace(.unknown)) }
        return true
    }

    private mutating func checkBuyer(_ buyer: Int, _ name: Range<Int>?, _ record: Span<UInt8>) {
        if buyer < buyerCount {
            if name != nil { report("buyer \(buyer) is given a name a second time") }
            return
        }
        guard buyer == buyerCount, let name, !name.isEmpty, name.count <= Limits.buyerBytesMax else {
            return report("buyer \(buyer) comes where buyer \(buyerCount) belongs, or has no name")
        }
        buyerCount += 1
        if !buyerNames.insert(record.text(name).hashValue).inserted {
            report("buyer \(buyer) has the name of another buyer")
        }
    }

    private mutating func makeHold(_ held: HeldRecord) -> Int {
        let room = max(1, held.count)
        let line = HoldLine(
            serial: held.serial, ends: held.ends, total: 0, event: Int32(truncatingIfNeeded: held.event),
            firstItem: items.take(room), itemCount: 0, itemRoom: room, money: events[held.event].money)
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = Int(free)
            holds[slot] = line
        } else {
            slot = holds.count
            holds.append(line)
        }
        holdPlaces.append(HoldPlace(slot: slot))
        openHolds += 1
        return slot
    }

    // MARK: Finding

    /// The slot of an open hold.
    @inline(__always)
    func openSlot(_ serial: UInt64) -> Int? {
        guard serial >= firstHold, serial < nextHold else { return nil }
        return holdPlaces[Int(serial - firstHold)].slot
    }

    /// The slot of the open hold that a record is about; reported where it is not open any more, or never was.
    mutating func slot(of serial: UInt64, to deed: String) -> Int? {
        if let slot = openSlot(serial) { return slot }
        guard serial >= firstHold, serial < nextHold,
            let ending = holdPlaces[Int(serial - firstHold)].ending
        else {
            report("hold \(serial) never was, and is \(deed)")
            return nil
        }
        report("hold \(serial) ended \(ending.text), and is \(deed) after that")
        return nil
    }

    /// The same for what only a held hold allows, before its end.
    mutating func heldSlot(of serial: UInt64, at time: Int64, to deed: String) -> Int? {
        guard let slot = slot(of: serial, to: deed) else { return nil }
        if holds[slot].standing != .held { report("hold \(serial) is \(deed) while it is \(holds[slot].stateWord)") }
        if holds[slot].ends <= time {
            report("hold \(serial) is \(deed) at \(Clock.text(time)) and ended at \(Clock.text(holds[slot].ends))")
        }
        return slot
    }

    // MARK: Changing

    mutating func takeExtended(_ reader: inout RecordReader, at time: Int64) {
        let extended = ExtendedRecord(&reader)
        guard !reader.isMalformed, let slot = heldSlot(of: extended.serial, at: time, to: "extended") else { return }
        if holds[slot].isExtended { report("hold \(extended.serial) is extended a second time") }
        if extended.ends < time || extended.ends > time.addingClamped(Limits.holdSecondsMax * 1_000) {
            report("hold \(extended.serial) extended at \(Clock.text(time)) ends at \(Clock.text(extended.ends))")
        }
        holds[slot].isExtended = true
        holds[slot].ends = extended.ends
        schedule(slot)
    }

    mutating func takeReleased(_ reader: inout RecordReader, _ record: Span<UInt8>, at time: Int64) {
        let released = ReleasedRecord(&reader)
        guard !reader.isMalformed, let slot = heldSlot(of: released.serial, at: time, to: "released") else { return }
        if released.positions.isEmpty {
            freePlaces(of: slot)
            return end(slot, .released)
        }
        let hold = holds[slot]
        var kept = 0
        var position = 0
        var next = released.positions.lowerBound
        while position < hold.itemCount {
            let item = items[hold.firstItem + position]
            if next < released.positions.upperBound, Int(record[next]) == position {
                giveBack(item.place, of: Int(hold.event), by: Owner(hold: hold.serial))
                holds[slot].total &-= item.price
                next += 1
            } else {
                items[hold.firstItem + kept] = item
                kept += 1
            }
            position += 1
        }
        if next != released.positions.upperBound {
            report("hold \(hold.serial) gives back places that it does not have, or one of them twice")
        }
        if kept == 0 { report("hold \(hold.serial) gave back its last place and goes on") }
        holds[slot].itemCount = kept
    }

    // MARK: Ending

    /// Gives all places of a hold back and takes it off its event's list.
    mutating func freePlaces(of slot: Int) {
        let hold = holds[slot]
        for index in 0..<hold.itemCount {
            giveBack(items[hold.firstItem + index].place, of: Int(hold.event), by: Owner(hold: hold.serial))
        }
        unlink(slot)
    }

    /// Ends a hold whose places went elsewhere.
    mutating func end(_ slot: Int, _ ending: HoldPlace.Ending) {
        let hold = holds[slot]
        holdPlaces[Int(hold.serial - firstHold)] = HoldPlace(ending)
        items.giveBack(hold.firstItem, room: hold.itemRoom)
        holds[slot].serial = 0
        freeSlots.append(UInt32(truncatingIfNeeded: slot))
        openHolds -= 1
    }

    mutating func schedule(_ slot: Int) {
        due.add(DueHeap.Entry(due: holds[slot].due, serial: holds[slot].serial))
    }

    // MARK: The list of an event's open holds

    mutating func link(_ slot: Int) {
        let event = Int(holds[slot].event)
        let older = events[event].openHold
        holds[slot].older = older
        holds[slot].newer = 0
        if older != 0 { holds[Int(older - 1)].newer = UInt32(slot + 1) }
        events[event].openHold = UInt32(slot + 1)
    }

    mutating func unlink(_ slot: Int) {
        let hold = holds[slot]
        if hold.newer != 0 {
            holds[Int(hold.newer - 1)].older = hold.older
        } else {
            events[Int(hold.event)].openHold = hold.older
        }
        if hold.older != 0 { holds[Int(hold.older - 1)].newer = hold.newer }
    }
}

extension Int64 {
    /// The sum, or the nearest that there is.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        if overflowed { return other > 0 ? .max : .min }
        return sum
    }
}
