// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Changing one line of the books, with the digest kept.
extension Books {
    mutating func update<Result>(event: Int, _ change: (inout EventEntry) -> Result) -> Result {
        let before = events[event]
        let result = change(&events[event])
        digest.replace(.event, UInt64(event), before, by: events[event])
        return result
    }

    mutating func update(hold slot: Int, _ change: (inout HoldEntry) -> Void) {
        let before = holds[slot]
        change(&holds[slot])
        digest.replace(.hold, UInt64(slot), before, by: holds[slot])
    }

    mutating func update(trace serial: UInt64, _ change: (inout HoldTrace) -> Void) {
        let before = traces[serial]
        change(&traces[serial])
        digest.replace(.holdTrace, serial, before, by: traces[serial])
    }

    mutating func update(order: Int, _ change: (inout OrderEntry) -> Void) {
        let before = orders[order]
        change(&orders[order])
        digest.replace(.order, UInt64(order), before, by: orders[order])
    }

    mutating func update(ticket: Int, _ change: (inout TicketEntry) -> Void) {
        let before = tickets[ticket]
        change(&tickets[ticket])
        digest.replace(.ticket, UInt64(ticket), before, by: tickets[ticket])
    }

    mutating func update(standing: Int, _ change: (inout Standing) -> Void) {
        let before = standings[standing]
        change(&standings[standing])
        digest.replace(.standing, UInt64(standing), before, by: standings[standing])
    }

    /// The line of what a buyer has at an event, made where there is none.
    mutating func standing(event: Int, buyer: Int) -> Int {
        if let found = findStanding(event: event, buyer: buyer) { return found }
        let number = standings.count
        let entry = Standing(event: UInt32(event), buyer: UInt32(buyer), seats: 0, openHolds: 0)
        standings.append(entry)
        standingTable.insert(hash: standingHash(event: event, buyer: buyer), number)
        digest.add(Digest.of(.standing, UInt64(number), entry))
        return number
    }

    mutating func setItem(_ at: Int, _ item: HeldItem) {
        items[at] = item
        digest.add(Digest.of(.item, UInt64(at), item))
    }

    /// Takes an item out of the digest; its place in the slab is left as it is.
    mutating func dropItem(_ at: Int) {
        digest.remove(Digest.of(.item, UInt64(at), items[at]))
    }

    // MARK: Open holds of an event and of a buyer

    /// Puts a hold at the head of its event's and its buyer's list.
    mutating func link(hold slot: Int) {
        let event = Int(holds[slot].event)
        let buyer = Int(holds[slot].buyer)
        let olderOfEvent = events[event].openHold
        let olderOfBuyer = buyers[buyer].openHold
        update(hold: slot) { hold in
            hold.olderOfEvent = olderOfEvent
            hold.newerOfEvent = 0
            hold.olderOfBuyer = olderOfBuyer
            hold.newerOfBuyer = 0
        }
        putAtHead(hold: slot, ofEvent: event, olderOfEvent, ofBuyer: buyer, olderOfBuyer)
    }

    /// Makes a hold that names the heads of the lists of its event and its buyer as older ones their new head.
    private mutating func putAtHead(
        hold slot: Int, ofEvent event: Int, _ olderOfEvent: UInt32, ofBuyer buyer: Int, _ olderOfBuyer: UInt32
    ) {
        // With every booking: each changes one word of its line, and the digest is told of that word alone.
        if olderOfEvent != 0 {
            let older = Int(olderOfEvent - 1)
            let before = holds[older].newerOfEventWord
            holds[older].newerOfEvent = UInt32(slot) + 1
            digest.replace(
                .hold, UInt64(older), word: HoldEntry.newerOfEventWordNumber, before, by: holds[older].newerOfEventWord)
        }
        if olderOfBuyer != 0 {
            let older = Int(olderOfBuyer - 1)
            let before = holds[older].newerOfBuyerWord
            holds[older].newerOfBuyer = UInt32(slot) + 1
            digest.replace(
                .hold, UInt64(older), word: HoldEntry.newerOfBuyerWordNumber, before, by: holds[older].newerOfBuyerWord)
        }
        let before = events[event].openHoldWord
        events[event].openHold = UInt32(slot) + 1
        digest.replace(
            .event, UInt64(event), word: EventEntry.openHoldWordNumber, before, by: events[event].openHoldWord)
        buyers[buyer].openHold = UInt32(slot) + 1
    }

    mutating func unlink(hold slot: Int) {
        let hold = holds[slot]
        if hold.newerOfEvent != 0 {
            update(hold: Int(hold.newerOfEvent - 1)) { $0.olderOfEvent = hold.olderOfEvent }
        } else {
            update(event: Int(hold.event)) { $0.openHold = hold.olderOfEvent }
        }
        if hold.olderOfEvent != 0 {
            update(hold: Int(hold.olderOfEvent - 1)) { $0.newerOfEvent = hold.newerOfEvent }
        }
        if hold.newerOfBuyer != 0 {
            update(hold: Int(hold.newerOfBuyer - 1)) { $0.olderOfBuyer = hold.olderOfBuyer }
        } else {
            buyers[Int(hold.buyer)].openHold = hold.olderOfBuyer
        }
        if hold.olderOfBuyer != 0 {
            update(hold: Int(hold.olderOfBuyer - 1)) { $0.newerOfBuyer = hold.newerOfBuyer }
        }
    }

    // MARK: Slots

    /// The slot that the next new hold will get.
    var nextSlot: Int { freeHold != 0 ? Int(freeHold - 1) : holds.count }

    /// Puts a new hold in ``nextSlot``, at the head of its event's and its buyer's list.
    mutating func open(_ entry: HoldEntry) {
        let slot = nextSlot
        let (event, buyer) = (Int(entry.event), Int(entry.buyer))
        var entry = entry
        entry.olderOfEvent = events[event].openHold
        entry.olderOfBuyer = buyers[buyer].openHold
        if freeHold != 0 {
            freeHold = holds[slot].olderOfEvent
            holds[slot] = entry
        } else {
            holds.append(entry)
        }
        digest.add(Digest.of(.hold, UInt64(slot), entry))
        putAtHead(hold: slot, ofEvent: event, entry.olderOfEvent, ofBuyer: buyer, entry.olderOfBuyer)
    }

    mutating func releaseSlot(_ slot: Int) {
        digest.remove(Digest.of(.hold, UInt64(slot), holds[slot]))
        holds[slot].serial = 0
        holds[slot].olderOfEvent = freeHold
        freeHold = UInt32(slot) + 1
    }

    /// Enters when a hold moves on by itself. An entry for the same time that is there already may stay: entries that
    /// no longer stand are passed over.
    mutating func schedule(hold slot: Int, now: Instant) {
        let hold = holds[slot]
        let when = hold.due
        guard when != .never else { return }
        due.add(
            DueQueue.Entry(due: when.milliseconds, subject: hold.serial),
            duration: when.milliseconds - now.milliseconds)
    }

    /// Enters when an event goes on sale by the clock: at its `onsale=`, once it has a currency and all its prices. A
    /// draft that gets them after its time opens at once.
    mutating func schedule(event: Int) {
        let entry = events[event]
        guard entry.state == .draft, entry.onsale != Instant.never.milliseconds, isComplete(event) else { return }
        due.add(
            DueQueue.Entry(due: entry.onsale, subject: Self.eventSubject | UInt64(event)), duration: -1)
    }

    /// Events come after holds that are due at the same time; holds by their serials, events by their numbers.
    static let eventSubject: UInt64 = 0xFFFF_FFFF_0000_0000

    /// What an entry of the queue still stands for.
    enum DueSubject {
        case hold(slot: Int)
        case event(Int)
    }

    func subject(of entry: DueQueue.Entry) -> DueSubject? {
        if entry.subject >= Self.eventSubject {
            let event = Int(UInt32(truncatingIfNeeded: entry.subject))
            guard event < events.count, events[event].state == .draft, events[event].onsale == entry.due,
                isComplete(event)
            else { return nil }
            return .event(event)
        }
        guard traces.contains(entry.subject), traces[entry.subject].end == nil else { return nil }
        let slot = Int(traces[entry.subject].slotOrOrder)
        return holds[slot].due.milliseconds == entry.due ? .hold(slot: slot) : nil
    }

    /// Whether something may be due at `now`: false is certain, and costs nothing.
    @inline(__always)
    mutating func mayBeDue(at now: Instant) -> Bool {
        guard let (entry, _) = due.earliest() else { return false }
        return entry.due <= now.milliseconds
    }

    /// What is due first, entries that no longer stand taken out.
    ///
    /// - Complexity: O(1), amortised over the entries.
    mutating func nextDue() -> (due: Instant, subject: DueSubject)? {
        while let (entry, lane) = due.earliest() {
            if let subject = subject(of: entry) { return (Instant(milliseconds: entry.due), subject) }
            due.removeEarliest(of: lane)
        }
        return nil
    }
}
