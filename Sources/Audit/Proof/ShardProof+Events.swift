// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Seat plans and events.
extension ShardProof {
    /// A seat plan of which not all parts have come.
    struct IncomingPlan {
        var hash: PlanHash
        var total: Int
        var bytes: [UInt8] = []
    }

    /// Bytes of an encoded plan: a bound on what is gathered.
    private static var planBytesMax: Int { 1 << 28 }

    mutating func takePlanPart(_ reader: inout RecordReader, _ record: Span<UInt8>) {
        let part = PlanPartRecord(&reader)
        if reader.isMalformed { return }
        guard part.total <= Self.planBytesMax, !part.part.isEmpty, part.offset + part.part.count <= part.total else {
            return report("the lengths of a seat plan's part make no sense")
        }
        // A first part starts anew.
        var plan = part.offset == 0 ? IncomingPlan(hash: part.hash, total: part.total) : incoming
        incoming = nil
        guard plan?.hash == part.hash, plan?.total == part.total, plan?.bytes.count == part.offset else {
            return report("a seat plan's part does not follow the part before it")
        }
        for index in part.part { plan?.bytes.append(record[index]) }
        guard let plan, plan.bytes.count == plan.total else {
            incoming = plan
            return
        }
        do {
            let decoded = try SeatPlan(decoding: plan.bytes.span)
            if decoded.contentHash != plan.hash { report("a seat plan is not the one that its parts name") }
            if planNumbers[plan.hash] != nil { report("a seat plan comes a second time") }
            add(decoded, as: plan.hash)
        } catch {
            report("a seat plan cannot be read: \(error)")
        }
    }

    mutating func add(_ plan: SeatPlan, as hash: PlanHash) {
        planNumbers[hash] = plans.count
        plans.append(plan)
    }

    mutating func takeEventAdded(_ reader: inout RecordReader, _ record: Span<UInt8>) {
        let added = EventAddedRecord(&reader)
        if reader.isMalformed { return }
        guard let texts = EventTextRanges(record, added.texts) else {
            return report("the texts of an event make no sense")
        }
        let id = record.text(texts[.id])
        if eventNumbers[id] != nil { report("event \(id) is added a second time") }
        if planNumbers[added.plan] == nil, added.plan == SeatPlan.empty.contentHash {
            add(.empty, as: added.plan)
        }
        guard let plan = planNumbers[added.plan] else {
            return report("event \(id) is added and its seat plan has not come")
        }
        check(added.settings, of: id)
        append(event: id, plan: plan, currency: added.settings.currency)
    }

    /// Gives a new event its seats and areas, all free.
    mutating func append(event id: String, plan number: Int, currency: UInt32) {
        let plan = plans[number]
        var line = EventLine()
        line.plan = number
        line.firstSeat = owners.count
        line.seatCount = plan.seatCount
        line.firstArea = areas.count
        line.areaCount = plan.areas.count
        line.categoryCount = plan.categories.count
        line.money = moneyIndex(of: currency)
        owners.append(contentsOf: repeatElement(.nobody, count: plan.seatCount))
        for area in plan.areas { areas.append(AreaLine(capacity: area.capacity)) }
        eventNumbers[id] = events.count
        eventIDs.append(id)
        events.append(line)
    }

    func currencyIndex(_ text: String) -> Int32? {
        money.firstIndex { $0.currency == text }.map { Int32($0) }
    }

    private mutating func moneyIndex(of currency: UInt32) -> Int32 {
        let text = CurrencyCode.text(of: currency)
        if let index = currencyIndex(text) { return index }
        money.append(MoneyLine(currency: text))
        return Int32(money.count - 1)
    }

    private mutating func check(_ settings: EventSettings, of id: String) {
        let isCurrency = settings.currency == 0 || settings.currencyText.utf8.allSatisfy { $0 >= 0x41 && $0 <= 0x5A }
        let holdSeconds = Limits.holdSecondsMin...Limits.holdSecondsMax
        if !isCurrency || !holdSeconds.contains(Int64(settings.holdSeconds)) || settings.limit == 0
            || !(-1...Limits.priceMinorMax).contains(settings.defaultPrice)
        {
            report("the settings of event \(id) make no sense")
        }
    }

    mutating func takeEventChanged(_ reader: inout RecordReader, _ record: Span<UInt8>) {
        let changed = EventChangedRecord(&reader)
        guard !reader.isMalformed, isEvent(changed.event) else { return }
        guard let texts = EventTextRanges(record, changed.texts) else {
            return report("the texts of event \(eventIDs[changed.event]) make no sense")
        }
        let id = record.text(texts[.id])
        if id != eventIDs[changed.event] { report("event \(eventIDs[changed.event]) becomes \(id)") }
        check(changed.settings, of: id)
        let currency = moneyIndex(of: changed.settings.currency)
        if events[changed.event].money != currency, events[changed.event].state != EventState.draft.rawValue {
            report("event \(id) changes its currency and is no draft any more")
        }
        events[changed.event].money = currency
    }

    mutating func takeEventMoved(_ reader: inout RecordReader) {
        let moved = EventMovedRecord(&reader)
        guard !reader.isMalformed, isEvent(moved.event) else { return }
        guard moved.state == EventState.onSale.rawValue || moved.state == EventState.closed.rawValue else {
            return report("event \(eventIDs[moved.event]) comes to state \(moved.state), which there is not")
        }
        if events[moved.event].state == EventState.cancelled.rawValue {
            report("event \(eventIDs[moved.event]) was cancelled and goes on")
        }
        events[moved.event].state = moved.state
    }

    /// Open holds end: those held without more, those paid with a refund; those whose payment is under way lapse.
    mutating func takeEventCancelled(_ reader: inout RecordReader, at time: Int64) {
        let cancelled = EventCancelledRecord(&reader)
        guard !reader.isMalformed, isEvent(cancelled.event) else { return }
        if events[cancelled.event].state == EventState.cancelled.rawValue {
            report("event \(eventIDs[cancelled.event]) is cancelled a second time")
        }
        events[cancelled.event].state = EventState.cancelled.rawValue
        while events[cancelled.event].openHold != 0 {
            let slot = Int(events[cancelled.event].openHold - 1)
            switch holds[slot].standing {
            case .held, .lapsed:
                freePlaces(of: slot)
                end(slot, .cancelled)
            case .paid:
                freePlaces(of: slot)
                refund(slot)
                end(slot, .refunded)
            case .paying:
                freePlaces(of: slot)
                holds[slot].standing = .lapsed
                holds[slot].isLapsedByCancel = true
                schedule(slot)
            }
        }
    }

    mutating func takePriceSet(_ reader: inout RecordReader) {
        let price = PriceSetRecord(&reader)
        guard !reader.isMalformed, isEvent(price.event) else { return }
        if price.category >= events[price.event].categoryCount
            || !(0...Limits.priceMinorMax).contains(price.price)
        {
            report("event \(eventIDs[price.event]) has no category \(price.category), or \(price.price) is no price")
        }
    }

    mutating func takeBlocked(_ reader: inout RecordReader, _ record: Span<UInt8>, isBlocking: Bool) {
        let blocked = BlockedRecord(&reader)
        guard !reader.isMalformed, isEvent(blocked.event) else { return }
        for index in 0..<blocked.seatCount {
            let seat = blocked.seat(index, record)
            let place = RecordedPlace(rawValue: UInt32(truncatingIfNeeded: seat) & 0x7FFF_FFFF)
            guard seat < events[blocked.event].seatCount else {
                report("event \(eventIDs[blocked.event]) has no seat \(seat)")
                continue
            }
            if isBlocking {
                take(place, of: blocked.event, for: .house)
            } else {
                giveBack(place, of: blocked.event, by: .house)
            }
        }
        for index in 0..<blocked.areaCount {
            let (area, places) = blocked.area(index, record)
            guard area < events[blocked.event].areaCount else {
                report("event \(eventIDs[blocked.event]) has no area \(area)")
                continue
            }
            let at = events[blocked.event].firstArea + area
            areas[at].blocked += isBlocking ? places : -places
            checkArea(area, of: blocked.event)
        }
    }

    /// Whether there is such an event; reported where not.
    mutating func isEvent(_ number: Int) -> Bool {
        if number < events.count { return true }
        report("event number \(number) is not there: \(events.count) were added")
        return false
    }
}
