// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Seat plans and events.
extension Books {
    /// Body: hash (16), offset (4), total (4), length (4), and so many bytes from the offset. The parts of a plan come one after another,
    /// before the event that names it.
    mutating func applyPlanPart(_ reader: inout RecordReader, _ record: Span<UInt8>) throws(RecordError) {
        let hash = PlanHash(high: reader.read(UInt64.self), low: reader.read(UInt64.self))
        let offset = Int(reader.read(UInt32.self))
        let total = Int(reader.read(UInt32.self))
        let length = Int(reader.read(UInt32.self))
        let range = reader.readRange(length)
        guard !reader.isMalformed, !range.isEmpty, total <= Self.planBytesMax, offset + range.count <= total else {
            throw .malformed(type: LedgerRecord.planPart.rawValue, what: "its lengths make no sense")
        }
        // A first part starts anew: the parts before it were cut off by a crash.
        var incoming =
            offset == 0 ? IncomingPlan(hash: hash, total: total, bytes: []) : incomingPlan ?? IncomingPlan.none
        incomingPlan = nil
        guard incoming.hash == hash, incoming.total == total, incoming.bytes.count == offset else {
            throw .malformed(type: LedgerRecord.planPart.rawValue, what: "it does not follow the part before it")
        }
        for index in range { incoming.bytes.append(record[index]) }
        guard incoming.bytes.count == total else {
            incomingPlan = incoming
            return
        }
        let plan = try SeatPlan(decoding: incoming.bytes.span)
        guard plan.contentHash == hash, planNumbers[hash] == nil else {
            throw .malformed(type: LedgerRecord.planPart.rawValue, what: "the plan is not the one it says")
        }
        addPlan(plan)
    }

    /// Bytes of an encoded plan: past what the largest one needs, and a bound on what is gathered.
    static let planBytesMax = 1 << 28
    static let planPartBytesMax = 120_000

    mutating func addPlan(_ plan: SeatPlan) {
        planNumbers[plan.contentHash] = plans.count
        plans.append(plan)
        digest.add(Digest.word(.plan, plan.contentHash.high, plan.contentHash.low))
    }

    /// Body: plan's hash (16), settings (see `readSettings`), length of the texts (2), texts (see EventTexts).
    mutating func applyEventAdded(
        _ reader: inout RecordReader, _ record: Span<UInt8>, effects: inout Effects
    ) throws(RecordError) {
        let hash = PlanHash(high: reader.read(UInt64.self), low: reader.read(UInt64.self))
        var entry = EventEntry()
        try readSettings(&reader, into: &entry, .eventAdded)
        let range = reader.readTextRange()
        let texts = record.extracting(range)
        guard !reader.isMalformed, EventTexts.isWellFormed(texts), findEvent(EventTexts.id(of: texts)) == nil,
            events.count < Limits.eventsPerShardMax
        else { throw .malformed(type: LedgerRecord.eventAdded.rawValue, what: "its texts make no sense") }
        if planNumbers[hash] == nil, hash == SeatPlan.empty.contentHash { addPlan(.empty) }
        guard let number = planNumbers[hash] else {
            throw .malformed(type: LedgerRecord.eventAdded.rawValue, what: "its plan has not come")
        }
        let plan = plans[number]
        entry.plan = UInt32(number)
        entry.texts = eventTexts.append(texts)
        entry.textBytes = UInt32(texts.count)
        makeRoom(for: &entry, plan)
        let event = events.count
        events.append(entry)
        digest.add(Digest.of(.event, UInt64(event), entry))
        digest.add(Digest.word(.eventText, UInt64(event), Mix.hash(texts, seed: 0)))
        eventTable.insert(
            hash: UInt32(truncatingIfNeeded: Mix.hash(EventTexts.id(of: texts), seed: keys.hashSeed)), event)
        _ = beginChange(event)
        publishFacts(event, effects: &effects)
        schedule(event: event)
    }

    /// Gives a new event its stretches of the shared columns, every seat free.
    private mutating func makeRoom(for entry: inout EventEntry, _ plan: SeatPlan) {
        entry.firstSeat = UInt64(seatStates.count)
        entry.firstRow = UInt64(rowRuns.count)
        entry.firstArea = UInt64(areas.count)
        entry.firstPrice = UInt64(prices.count)
        seatStates.append(repeating: SeatState.free.rawValue, count: plan.seatCount)
        seatOwners.append(repeating: 0, count: plan.seatCount)
        addRows(plan.rows.count)
        areas.append(repeating: AreaEntry(), count: plan.areas.count)
        prices.append(repeating: -1, count: plan.categories.count)
        // A new seat, area or price is no part of the digest but its first change: what a digest replaces was put in.
        for seat in 0..<plan.seatCount {
            digest.add(Digest.word(.seatState, entry.firstSeat + UInt64(seat), 0))
        }
        for area in plan.areas.indices {
            digest.add(Digest.of(.area, entry.firstArea + UInt64(area), AreaEntry()))
        }
        seatCounts[0] += plan.seatCount
    }

    /// Settings: starts (8), its offset (2), ends (8), onsale (8), default price (8), hold time (4), limit (4),
    /// currency (4).
    private func readSettings(
        _ reader: inout RecordReader, into entry: inout EventEntry, _ type: LedgerRecord
    ) throws(RecordError) {
        entry.starts = reader.read(Int64.self)
        entry.startsOffset = reader.read(Int16.self)
        entry.ends = reader.read(Int64.self)
        entry.onsale = reader.read(Int64.self)
        entry.defaultPrice = reader.read(Int64.self)
        entry.holdSeconds = reader.read(UInt32.self)
        entry.limit = reader.read(UInt32.self)
        entry.currency = reader.read(UInt32.self)
        let holdRange = Limits.holdSecondsMin...Limits.holdSecondsMax
        guard !reader.isMalformed, isInstant(entry.starts),
            entry.ends == Instant.never.milliseconds || isInstant(entry.ends),
            entry.onsale == Instant.never.milliseconds || isInstant(entry.onsale), entry.defaultPrice >= -1,
            entry.defaultPrice <= Limits.priceMinorMax, holdRange.contains(Int64(entry.holdSeconds)), entry.limit >= 1,
            entry.currency == 0 || Currency(packed: entry.currency) != nil
        else { throw .malformed(type: type.rawValue, what: "its settings make no sense") }
    }

    private func isInstant(_ milliseconds: Int64) -> Bool {
        milliseconds >= Instant.earliest.milliseconds && milliseconds <= Instant.latest.milliseconds
    }

    /// Body: event (4), settings, length of the texts (2), texts; the id and venue among them are as they were.
    mutating func applyEventChanged(
        _ reader: inout RecordReader, _ record: Span<UInt8>, effects: inout Effects
    ) throws(RecordError) {
        let event = try readEvent(&reader, .eventChanged)
        var entry = events[event]
        try readSettings(&reader, into: &entry, .eventChanged)
        let texts = record.extracting(reader.readTextRange())
        guard !reader.isMalformed, EventTexts.isWellFormed(texts), isSameEvent(event, texts) else {
            throw .malformed(type: LedgerRecord.eventChanged.rawValue, what: "its texts make no sense")
        }
        digest.remove(
            Digest.word(
                .eventText, UInt64(event),
                Mix.hash(eventTexts.span(at: entry.texts, count: Int(entry.textBytes)), seed: 0)))
        digest.add(Digest.word(.eventText, UInt64(event), Mix.hash(texts, seed: 0)))
        entry.texts = eventTexts.append(texts)
        entry.textBytes = UInt32(texts.count)
        entry.sequence += 1
        let new = entry
        update(event: event) { $0 = new }
        publishFacts(event, effects: &effects)
        schedule(event: event)
    }

    private func isSameEvent(_ event: Int, _ texts: Span<UInt8>) -> Bool {
        let entry = events[event]
        let old = eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
        for part in [EventTexts.Part.id, .venue] {
            let range = EventTexts.range(of: part, in: texts)
            guard range == EventTexts.range(of: part, in: old) else { return false }
            for index in range where texts[index] != old[index] { return false }
        }
        return true
    }

    /// Body: event (4), its new state (1): on sale or closed.
    mutating func applyEventMoved(_ reader: inout RecordReader, effects: inout Effects) throws(RecordError) {
        let event = try readEvent(&reader, .eventMoved)
        guard let state = EventState(rawValue: reader.read(UInt8.self)), state == .onSale || state == .closed,
            events[event].state != .cancelled, !reader.isMalformed, state == .closed || isComplete(event)
        else { throw .malformed(type: LedgerRecord.eventMoved.rawValue, what: "the event cannot come to that state") }
        _ = beginChange(event)
        update(event: event) { $0.state = state }
        publishFacts(event, effects: &effects)
    }

    /// Body: event (4). Its open holds end; those whose payment is under way lapse, those paid are refunded.
    mutating func applyEventCancelled(
        _ reader: inout RecordReader, at now: Instant, effects: inout Effects
    ) throws(RecordError) {
        let event = try readEvent(&reader, .eventCancelled)
        guard events[event].state != .cancelled else {
            throw .malformed(type: LedgerRecord.eventCancelled.rawValue, what: "the event is cancelled already")
        }
        while events[event].openHold != 0 {
            let slot = Int(events[event].openHold - 1)
            switch holds[slot].state {
            case .held, .lapsed:
                freePlaces(of: slot, effects: &effects)
                end(hold: slot, .cancelled, at: now)
            case .paid:
                freePlaces(of: slot, effects: &effects)
                end(hold: slot, .refunded, at: now)
            case .paying:
                lapse(hold: slot, byCancel: true, effects: &effects)
                schedule(hold: slot, now: now)
            }
        }
        _ = beginChange(event)
        update(event: event) { $0.state = .cancelled }
        publishFacts(event, effects: &effects)
    }

    /// Body: event (4), category of its plan (1), price (8).
    mutating func applyPriceSet(_ reader: inout RecordReader, effects: inout Effects) throws(RecordError) {
        let event = try readEvent(&reader, .priceSet)
        let category = Int(reader.read(UInt8.self))
        let price = reader.read(Int64.self)
        guard !reader.isMalformed, category < plan(of: event).categories.count, price >= 0,
            price <= Limits.priceMinorMax
        else { throw .malformed(type: LedgerRecord.priceSet.rawValue, what: "there is no such category or price") }
        let at = Int(events[event].firstPrice) + category
        if prices[at] >= 0 { digest.remove(Digest.word(.price, UInt64(at), UInt64(prices[at]))) }
        prices[at] = price
        digest.add(Digest.word(.price, UInt64(at), UInt64(price)))
        _ = beginChange(event)
        publishFacts(event, effects: &effects)
        schedule(event: event)
    }

    /// Body: event (4), seats (2), areas (2), seats (4 each), areas (number 4, places 4).
    mutating func applyBlocked(
        _ reader: inout RecordReader, isBlocking: Bool, effects: inout Effects
    ) throws(RecordError) {
        let type: LedgerRecord = isBlocking ? .blocked : .unblocked
        let event = try readEvent(&reader, type)
        let seatCount = Int(reader.read(UInt16.self))
        let areaCount = Int(reader.read(UInt16.self))
        guard !reader.isMalformed, reader.remaining == seatCount * 4 + areaCount * 8 else {
            throw .malformed(type: type.rawValue, what: "its lengths make no sense")
        }
        let plan = plan(of: event)
        let sequence = beginChange(event)
        var row = -1
        for _ in 0..<seatCount {
            let seat = SeatIndex(reader.read(UInt32.self))
            guard Int(seat.rawValue) < plan.seatCount,
                seatState(event, seat) == (isBlocking ? .free : .blocked)
            else { throw .malformed(type: type.rawValue, what: "a seat is in another state") }
            if row != plan.rowIndex(of: seat) {
                row = plan.rowIndex(of: seat)
                markRow(event, row, isFreeing: !isBlocking)
            }
            setSeat(event, seat, isBlocking ? .blocked : .free, owner: 0, sequence: sequence, effects: &effects)
        }
        for _ in 0..<areaCount {
            let area = Int(reader.read(UInt32.self))
            let count = reader.read(UInt32.self)
            guard area < plan.areas.count,
                isBlocking
                    ? Int(count) <= areaFree(event, area, in: plan) : count <= self.area(event, area).blocked
            else { throw .malformed(type: type.rawValue, what: "an area has no such places") }
            setArea(event, area) { entry in
                if isBlocking { entry.blocked += count } else { entry.blocked -= count }
            }
            publishArea(event, area, sequence: sequence, effects: &effects)
        }
    }
}

extension Books.IncomingPlan {
    static var none: Self { Self(hash: PlanHash(high: 0, low: 0), total: -1, bytes: []) }
}
