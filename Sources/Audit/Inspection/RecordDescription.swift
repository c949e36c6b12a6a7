// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Records as items for people: every field by its name, what is secret left out.
struct RecordDescription {
    var context = RecordContext()
    /// The number of the event that the record described last is about; nil where it is about none, or that is unknown.
    private(set) var event: Int?

    /// The id of that event.
    var eventID: String? { event.flatMap { context.event($0) } }

    /// Fills `item` with the fields of a record, and learns from it what later records need.
    mutating func describe(_ record: Span<UInt8>, into item: inout InspectedItem) {
        event = nil
        var reader = RecordReader(record)
        let typeByte = reader.read(UInt8.self)
        let time = reader.read(Int64.self)
        guard !reader.isMalformed else { return item.add("malformed", true) }
        if let type = ShardRecordType(rawValue: typeByte) {
            item.add("type", type.word)
            item.add("time", Clock.text(time))
            describe(type, &reader, record, &item)
        } else if let type = CatalogueRecordType(rawValue: typeByte) {
            item.add("type", type.word)
            item.add("time", Clock.text(time))
            describe(type, &reader, record, &item)
        } else {
            item.add("type", "unknown-\(typeByte)")
            item.add("time", Clock.text(time))
            item.add("bytes", record.count)
            return
        }
        if reader.isMalformed || reader.remaining > 0 { item.add("malformed", true) }
    }

    // MARK: A shard's records

    private mutating func describe(
        _ type: ShardRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        switch type {
        case .founding: describeFounding(&reader, record, &item)
        case .digest: item.add("digest", String(reader.read(UInt64.self), radix: 16))
        case .reset: context.reset()
        case .keyOutcome:
            let outcome = KeyOutcomeRecord(&reader)
            item.add("key", "redacted")
            if !reader.isMalformed { item.add("reply", RedactedReply.text(record.extracting(outcome.reply))) }
        case .keysExpired: item.add("count", reader.read(UInt32.self))
        case .planPart:
            let part = PlanPartRecord(&reader)
            item.add("plan", Self.text(part.hash))
            item.add("offset", part.offset)
            item.add("bytes", part.part.count)
            item.add("of", part.total)
            if !reader.isMalformed { context.learn(planPart: part, record) }
        case .eventAdded:
            let added = EventAddedRecord(&reader)
            guard !reader.isMalformed, let texts = EventTextRanges(record, added.texts) else { return }
            event = context.learn(event: record.text(texts[.id]), plan: added.plan)
            if let event { item.add("event", event) }
            describe(texts, record, &item)
            item.add("plan", Self.text(added.plan))
            describe(added.settings, &item)
        case .eventChanged:
            let changed = EventChangedRecord(&reader)
            guard !reader.isMalformed, let texts = EventTextRanges(record, changed.texts) else { return }
            event = changed.event
            item.add("event", changed.event)
            describe(texts, record, &item)
            describe(changed.settings, &item)
        case .eventMoved:
            let moved = EventMovedRecord(&reader)
            addEvent(moved.event, &item)
            item.add("state", EventState(rawValue: moved.state).map { "\($0.word)" } ?? String(moved.state))
        case .eventCancelled: addEvent(EventCancelledRecord(&reader).event, &item)
        case .priceSet:
            let price = PriceSetRecord(&reader)
            addEvent(price.event, &item)
            item.add("category", context.category(price.category, of: price.event))
            item.add("price", price.price)
        case .blocked, .unblocked: describeBlocked(&reader, record, &item)
        case .checkedIn:
            let checked = CheckedInRecord(&reader)
            addTicket(checked.ticket, &item)
            if let name = checked.name, !reader.isMalformed {
                context.learn(gate: checked.gate, name: record.text(name))
            }
            if checked.gate != 0 { item.add("gate", context.gates[checked.gate] ?? "#\(checked.gate)") }
        case .checkInUndone: addTicket(CheckInUndoneRecord(&reader).ticket, &item)
        default: describeSale(type, &reader, record, &item)
        }
    }

    private mutating func describeFounding(
        _ reader: inout RecordReader, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        _ = reader.readRange(reader.remaining)
        guard let founding = try? FoundingRecord(decoding: record) else { return item.add("malformed", true) }
        context.learn(founding: founding)
        item.add(
            "owner", founding.shard == FoundingRecord.catalogueShard ? "catalogue" : "shard \(founding.shard)")
        item.add("shards", founding.shards)
        item.add("secret", "redacted")
    }

    private mutating func describeBlocked(
        _ reader: inout RecordReader, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        let blocked = BlockedRecord(&reader)
        if reader.isMalformed { return }
        addEvent(blocked.event, &item)
        var places = (0..<blocked.seatCount).map { index in
            context.address(RecordedPlace(rawValue: UInt32(blocked.seat(index, record))), of: blocked.event)
        }
        for index in 0..<blocked.areaCount {
            let (area, count) = blocked.area(index, record)
            let place = RecordedPlace(rawValue: 1 << 31 | UInt32(truncatingIfNeeded: area))
            places.append("\(context.address(place, of: blocked.event)):\(count)")
        }
        item.add("seats", places)
    }

    private mutating func describeSale(
        _ type: ShardRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        switch type {
        case .held: describeHeld(HeldRecord(&reader), reader.isMalformed, record, &item)
        case .extended:
            let extended = ExtendedRecord(&reader)
            addHold(extended.serial, &item)
            item.add("ends", Clock.text(extended.ends))
        case .released:
            let released = ReleasedRecord(&reader)
            addHold(released.serial, &item)
            addPositions(released.positions, record, &item)
        case .holdMoved:
            let moved = HoldMovedRecord(&reader)
            addHold(moved.serial, &item)
            item.add("move", HoldMoveWord(rawValue: moved.move)?.word ?? String(moved.move))
            item.add("when", Clock.text(moved.when))
        case .paid:
            let paid = PaidRecord(&reader)
            addHold(paid.serial, &item)
            item.add("payment", paid.payment)
            if let id = context.id(.payment, UInt64(paid.payment)) { item.add("paymentID", id) }
            item.add("method", PaymentMethodWord(rawValue: paid.method)?.word ?? String(paid.method))
            item.add("state", paid.state == 2 ? "paying" : paid.state == 3 ? "paid" : String(paid.state))
            item.add("total", paid.total)
            item.add("outcome", Clock.text(paid.outcome))
            item.add("succeeds", paid.succeeds == 1)
        case .confirmed:
            let confirmed = ConfirmedRecord(&reader)
            addHold(confirmed.serial, &item)
            context.learn(order: confirmed.order, of: confirmed.serial, firstTicket: confirmed.firstTicket)
            item.add("order", confirmed.order)
            if let id = context.id(.order, confirmed.order) { item.add("orderID", id) }
            item.add("firstTicket", confirmed.firstTicket)
            if let id = context.id(.ticket, confirmed.firstTicket) { item.add("firstTicketID", id) }
        case .ticketsCancelled:
            let cancelled = TicketsCancelledRecord(&reader)
            item.add("order", cancelled.order)
            if let id = context.id(.order, cancelled.order) { item.add("orderID", id) }
            note(context.event(ofOrder: cancelled.order), &item)
            addPositions(cancelled.positions, record, &item)
        default: break
        }
    }

    private mutating func describeHeld(
        _ held: HeldRecord, _ isMalformed: Bool, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        if isMalformed { return }
        context.learn(hold: held.serial, event: held.event)
        if let name = held.name { context.learn(buyer: held.buyer, name: record.text(name)) }
        addHold(held.serial, &item)
        item.add("buyer", context.buyers[held.buyer] ?? "#\(held.buyer)")
        item.add("ends", Clock.text(held.ends))
        let items = (0..<held.count).map { held.item($0, record) }
        item.add("seats", items.map { context.address($0.place, of: held.event) })
        item.add("prices", items.map { String($0.price) })
    }

    // MARK: Pieces

    private mutating func note(_ number: Int?, _ item: inout InspectedItem) {
        guard let number else { return }
        event = number
        item.add("event", number)
        if let id = context.event(number) { item.add("id", id) }
    }

    private mutating func addEvent(_ number: Int, _ item: inout InspectedItem) { note(number, &item) }

    private mutating func addHold(_ serial: UInt64, _ item: inout InspectedItem) {
        item.add("hold", serial)
        if let id = context.id(.hold, serial) { item.add("holdID", id) }
        note(context.event(ofHold: serial), &item)
    }

    private mutating func addTicket(_ serial: UInt64, _ item: inout InspectedItem) {
        item.add("ticket", serial)
        if let id = context.id(.ticket, serial) { item.add("ticketID", id) }
        note(context.event(ofTicket: serial), &item)
    }

    private func addPositions(_ range: Range<Int>, _ record: Span<UInt8>, _ item: inout InspectedItem) {
        guard range.upperBound <= record.count else { return }
        item.add("positions", range.isEmpty ? ["all"] : range.map { String(record[$0]) })
    }

    private func describe(_ texts: EventTextRanges, _ record: Span<UInt8>, _ item: inout InspectedItem) {
        item.add("id", record.text(texts[.id]))
        item.addIfAny("venue", record.text(texts[.venue]))
        item.addIfAny("title", record.text(texts[.title]))
        item.addIfAny("eventType", record.text(texts[.type]))
        item.addIfAny("performers", record.text(texts[.performers]))
        item.addIfAny("description", record.text(texts[.description]))
    }

    private func describe(_ settings: EventSettings, _ item: inout InspectedItem) {
        item.add("starts", Clock.text(settings.starts))
        if settings.startsOffsetMinutes != 0 { item.add("offsetMinutes", settings.startsOffsetMinutes) }
        if settings.ends != .max { item.add("ends", Clock.text(settings.ends)) }
        if settings.onsale != .max { item.add("onsale", Clock.text(settings.onsale)) }
        if settings.defaultPrice >= 0 { item.add("price", settings.defaultPrice) }
        item.add("holdSeconds", settings.holdSeconds)
        item.add("limit", settings.limit)
        item.addIfAny("currency", settings.currencyText)
    }

    private static func text(_ hash: PlanHash) -> String {
        [hash.high, hash.low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    // MARK: The catalogue's records

    private mutating func describe(
        _ type: CatalogueRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>, _ item: inout InspectedItem
    ) {
        switch type {
        case .venueAdded:
            let id = record.text(reader.readTextRange())
            item.add("venue", id)
            context.learn(venue: id)
            describe(VenueTextRanges(&reader), record, &item)
        case .venueChanged:
            addVenue(Int(reader.read(UInt32.self)), &item)
            describe(VenueTextRanges(&reader), record, &item)
        case .sectionAdded, .rowAdded, .areaAdded:
            let part = LayoutPartRecord(&reader, isSection: type == .sectionAdded)
            if reader.isMalformed { return }
            addVenue(part.venue, &item)
            item.addIfAny("category", record.text(part.category))
            item.addIfAny("rows", record.text(part.rows))
            describe(record.extracting(part.plan), &item)
        case .performerAdded:
            let id = record.text(reader.readTextRange())
            item.add("performer", id)
            context.learn(performer: id)
            item.add("name", record.text(reader.readTextRange()))
            item.addIfAny("genre", record.text(reader.readTextRange()))
        case .performerChanged:
            let number = Int(reader.read(UInt32.self))
            item.add("performer", number < context.performers.count ? context.performers[number] : "#\(number)")
            item.add("name", record.text(reader.readTextRange()))
            item.addIfAny("genre", record.text(reader.readTextRange()))
        }
    }

    private func addVenue(_ number: Int, _ item: inout InspectedItem) {
        item.add("venue", number < context.venues.count ? context.venues[number] : "#\(number)")
    }

    private func describe(_ texts: VenueTextRanges, _ record: Span<UInt8>, _ item: inout InspectedItem) {
        item.add("name", record.text(texts.name))
        item.addIfAny("city", record.text(texts.city))
        item.addIfAny("country", record.text(texts.country))
        item.addIfAny("address", record.text(texts.address))
        item.addIfAny("tz", record.text(texts.timeZone))
    }

    /// What a part of a layout adds: its first row or area stands for it.
    private func describe(_ part: Span<UInt8>, _ item: inout InspectedItem) {
        guard let plan = try? SeatPlan(decoding: part) else { return item.add("malformed", true) }
        if let section = plan.sections.first { item.add("section", section.label) }
        if let row = plan.rows.first {
            item.add("row", row.label)
            item.add("seats", String(decoding: plan.labelsText(ofRow: 0), as: UTF8.self))
        }
        if let area = plan.areas.first {
            item.add("area", area.label)
            item.add("capacity", area.capacity)
        }
    }
}
