// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// EVENT ADD, EVENT SET, EVENT OPEN, EVENT CLOSE and EVENT CANCEL.
///
/// `onsale=` opens a draft by the clock. A draft that has no currency or price yet when its time comes stays a draft,
/// and opens as soon as it has them: the hour was announced, and a script that sets prices line by line must not miss
/// it. An event that was closed or opened by hand is left alone by the clock.
extension Clerk {
    mutating func addEvent(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let id = ask.slot(.event), id.text.length > 0, Int(id.text.length) <= Limits.idBytesMax else {
            return refuseArgument(
                "id", "an id is 1 to 64 bytes of letters, digits, dots, dashes and underscores", &reply)
        }
        guard let starts = ask.slot(.starts) else {
            return refuseArgument("starts", "say when it starts, as starts=2031-05-01T19:30Z", &reply)
        }
        guard ask.slot(.title) != nil else {
            return refuseArgument("title", "give the event a title=", &reply)
        }
        guard let venue = ask.slot(.venue) else {
            return refuseArgument("venue", "name the venue= that VENUE ADD made", &reply)
        }
        var entry = EventEntry()
        entry.starts = starts.value
        entry.startsOffset = starts.extra
        guard readSettings(ask, into: &entry, &reply), areTextsWithinLimits(ask, &reply) else { return }
        guard books.findEvent(ask.bytes(id)) == nil else {
            reply.error(.exists)
            reply.field(.event, ask.bytes(id))
            reply.field(.hint, "the event is there already: change it with EVENT SET, or take another id")
            return
        }
        guard let plan = attachment(ask)?.plan else {
            reply.error(.notFound)
            reply.field(.venue, ask.bytes(venue))
            reply.field(.hint, "VENUE LIST shows the venues there are")
            return
        }
        guard hasPerformers(ask, &reply) else { return }
        guard books.events.count < Limits.eventsPerShardMax else {
            reply.error(.limitExceeded)
            reply.field(.limit, Int64(Limits.eventsPerShardMax))
            reply.field(.hint, "this shard has all the events it can hold: use another data directory")
            return
        }
        writePlan(plan, ask, &record, &effects)
        begin(.eventAdded, ask, &record)
        record.append(plan.contentHash.high)
        record.append(plan.contentHash.low)
        writeSettings(entry, &record)
        writeTexts(ask, over: nil, &record)
        commit(&record, &effects)
        reply.line(.ok)
        reply.field(.event, ask.bytes(id))
        reply.field(.seatCount, Int64(plan.placeCount))
    }

    private func attachment(_ ask: Ask) -> CatalogueAttachment? {
        ask.request.attachment == 0 ? nil : ask.batch.attachments[Int(ask.request.attachment) - 1]
    }

    private func hasPerformers(_ ask: Ask, _ reply: inout ReplyWriter) -> Bool {
        guard ask.slot(.performers) != nil, let missing = attachment(ask)?.missingPerformer else { return true }
        reply.error(.notFound)
        reply.field(.performer, missing)
        reply.field(.hint, "PERFORMER LIST shows the performers there are: PERFORMER ADD makes one")
        return false
    }

    /// Writes and applies the parts of a plan that this journal does not have yet.
    private mutating func writePlan(
        _ plan: SeatPlan, _ ask: Ask, _ record: inout RecordWriter, _ effects: inout Effects
    ) {
        let hash = plan.contentHash
        guard books.planNumbers[hash] == nil, hash != SeatPlan.empty.contentHash else { return }
        var bytes: [UInt8] = []
        plan.encode(into: &bytes)
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + Books.planPartBytesMax, bytes.count)
            begin(.planPart, ask, &record)
            record.append(hash.high)
            record.append(hash.low)
            record.append(UInt32(offset))
            record.append(UInt32(bytes.count))
            record.append(UInt32(end - offset))
            record.append(raw: bytes.span.extracting(offset..<end))
            commit(&record, &effects)
            offset = end
        }
    }

    // MARK: Settings

    /// Reads what is given into `entry`. False after a refusal.
    private func readSettings(_ ask: Ask, into entry: inout EventEntry, _ reply: inout ReplyWriter) -> Bool {
        guard isInRange(.starts, "starts", ask, &reply), isInRange(.ends, "ends", ask, &reply),
            isInRange(.onsale, "onsale", ask, &reply)
        else { return false }
        if let starts = ask.slot(.starts) {
            entry.starts = starts.value
            entry.startsOffset = starts.extra
        }
        if let ends = ask.slot(.ends) { entry.ends = ends.value }
        guard entry.ends >= entry.starts else {
            refuseArgument("ends", "an event ends when it starts, or later", &reply)
            return false
        }
        if let onsale = ask.slot(.onsale) { entry.onsale = onsale.value }
        if let price = ask.slot(.price) {
            guard price.value >= 0, price.value <= Limits.priceMinorMax else {
                refuseArgument("price", "a price is 0 to 1000000000000 minor units", &reply)
                return false
            }
            entry.defaultPrice = price.value
        }
        if let hold = ask.slot(.hold) {
            guard hold.value >= Limits.holdSecondsMin, hold.value <= Limits.holdSecondsMax else {
                refuseArgument("hold", "seats are held for 1s to 24h", &reply)
                return false
            }
            entry.holdSeconds = UInt32(hold.value)
        }
        if let limit = ask.slot(.limit) {
            guard limit.value >= 1, limit.value <= Int64(Limits.placesPerPlanMax) else {
                refuseArgument("limit", "a buyer may have 1 to 1000000 seats", &reply)
                return false
            }
            entry.limit = UInt32(limit.value)
        }
        if let slot = ask.slot(.currency) {
            guard let currency = Currency(ask.bytes(slot)) else {
                refuseArgument("currency", "a currency is three letters, as EUR", &reply)
                return false
            }
            entry.currency = currency.packed
        }
        return true
    }

    private func isInRange(
        _ argument: Argument, _ name: StaticString, _ ask: Ask, _ reply: inout ReplyWriter
    ) -> Bool {
        guard let slot = ask.slot(argument) else { return true }
        let instant = Instant(milliseconds: slot.value)
        if instant >= .earliest, instant <= .latest { return true }
        refuseArgument(name, "name a time of the years 1 to 9999", &reply)
        return false
    }

    private func areTextsWithinLimits(_ ask: Ask, _ reply: inout ReplyWriter) -> Bool {
        if let title = ask.slot(.title), title.text.length == 0 || Int(title.text.length) > Limits.nameBytesMax {
            refuseArgument("title", "a title is 1 to 512 bytes long", &reply)
            return false
        }
        if let type = ask.slot(.type), Int(type.text.length) > Limits.idBytesMax {
            refuseArgument("type", "a type is up to 64 bytes long", &reply)
            return false
        }
        if let description = ask.slot(.description), Int(description.text.length) > Limits.descriptionBytesMax {
            refuseArgument("description", "a description is up to 4096 bytes long", &reply)
            return false
        }
        if let performers = ask.batch.string(.performers, of: ask.request) {
            let ids = performers.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let bytesMax = EventTexts.Part.performers.bytesMax
            if ids.count > Limits.performersPerEventMax || performers.utf8.count > bytesMax {
                refuseArgument("performers", "an event has up to 64 performers", &reply)
                return false
            }
            if Set(ids.map { String(Substring($0)) }).count < ids.count {
                refuseArgument("performers", "name each performer once", &reply)
                return false
            }
        }
        return true
    }

    private func writeSettings(_ entry: EventEntry, _ record: inout RecordWriter) {
        record.append(entry.starts)
        record.append(entry.startsOffset)
        record.append(entry.ends)
        record.append(entry.onsale)
        record.append(entry.defaultPrice)
        record.append(entry.holdSeconds)
        record.append(entry.limit)
        record.append(entry.currency)
    }

    /// Writes the texts behind their length: what is given, and the rest as `event` has it.
    private func writeTexts(_ ask: Ask, over event: Int?, _ record: inout RecordWriter) {
        var texts: [UInt8] = []
        for part in EventTexts.Part.allCases {
            if event == nil || (part != .id && part != .venue), let slot = ask.slot(part.argument) {
                EventTexts.append(ask.bytes(slot), to: &texts)
            } else if let event {
                let entry = books.events[event]
                let old = books.eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
                EventTexts.append(old.extracting(EventTexts.range(of: part, in: old)), to: &texts)
            } else {
                EventTexts.append(Span(), to: &texts)
            }
        }
        record.append(text: texts.span)
    }

    mutating func setEvent(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let event = event(.event, ask, &reply) else { return }
        guard Self.settable.contains(where: { ask.slot($0) != nil }) else {
            return refuseArgument("title", "say what to change: title=, starts=, limit= or another", &reply)
        }
        var entry = books.events[event]
        let state = entry.state
        guard readSettings(ask, into: &entry, &reply), areTextsWithinLimits(ask, &reply) else { return }
        if let venue = ask.slot(.venue) {
            let texts = books.eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
            let range = EventTexts.range(of: .venue, in: texts)
            var isSame = range.count == Int(venue.text.length)
            let given = ask.bytes(venue)
            if isSame {
                for index in 0..<range.count where texts[range.lowerBound + index] != given[index] { isSame = false }
            }
            guard isSame else {
                return refuseArgument("venue", "an event stays at its venue: cancel it and add another", &reply)
            }
        }
        guard hasPerformers(ask, &reply) else { return }
        if entry.currency != books.events[event].currency || ask.slot(.onsale) != nil, state != .draft {
            reply.error(.wrongState)
            reply.field(.state, state.word)
            reply.field(.hint, "currency= and onsale= can be changed only while the event is a draft")
            return
        }
        begin(.eventChanged, ask, &record)
        record.append(UInt32(event))
        writeSettings(entry, &record)
        writeTexts(ask, over: event, &record)
        commit(&record, &effects)
        reply.line(.ok)
        appendEventID(event, .event, &reply)
    }

    /// What `EVENT SET` takes beside the event; `venue=` so that it can be refused.
    private static let settable: [Argument] = [
        .title, .starts, .currency, .ends, .type, .performers, .description, .onsale, .hold, .limit, .price, .venue,
    ]

    // MARK: States

    mutating func moveEvent(
        _ ask: Ask, to state: EventState, _ record: inout RecordWriter, _ reply: inout ReplyWriter,
        _ effects: inout Effects
    ) {
        guard let event = event(.event, ask, &reply) else { return }
        let before = books.events[event].state
        let isPossible =
            state == .onSale ? before == .draft || before == .closed : before == .onSale
        guard isPossible else {
            reply.error(.wrongState)
            reply.field(.state, before.word)
            reply.field(
                .hint,
                before == .cancelled
                    ? "a cancelled event stays cancelled: add another"
                    : state == .onSale ? "the event is on sale already" : "only an event that is on sale can be closed")
            return
        }
        if state == .onSale, !isComplete(event, &reply) { return }
        writeMoved(event: event, to: state, at: ask.now, &record)
        commit(&record, &effects)
        reply.line(.ok)
        appendEventID(event, .event, &reply)
        reply.field(.state, state.word)
    }

    /// Whether the event has all it needs to be sold; else a refusal that names what is missing.
    private func isComplete(_ event: Int, _ reply: inout ReplyWriter) -> Bool {
        let state = books.events[event].state
        guard books.events[event].currency != 0 else {
            reply.error(.wrongState)
            reply.field(.state, state.word)
            reply.field(.argument, "currency")
            reply.beginText(.hint)
            reply.appendText("set the currency first: EVENT SET ")
            appendID(of: event, &reply)
            reply.appendText(" currency=EUR")
            reply.endText()
            return false
        }
        let plan = books.plan(of: event)
        if let category = books.firstUnpricedCategory(event, in: plan) {
            reply.error(.wrongState)
            reply.field(.state, state.word)
            reply.field(.category, plan.categories[category])
            reply.beginText(.hint)
            reply.appendText("price this category first: PRICE SET ")
            appendID(of: event, &reply)
            reply.appendText(" ")
            reply.appendText(plan.categories[category])
            reply.appendText(" amount, in minor units")
            reply.endText()
            return false
        }
        return true
    }

    private func appendID(of event: Int, _ reply: inout ReplyWriter) {
        let entry = books.events[event]
        let texts = books.eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
        reply.appendText(EventTexts.id(of: texts))
    }

    mutating func cancelEvent(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let event = event(.event, ask, &reply) else { return }
        guard books.events[event].state != .cancelled else {
            reply.error(.wrongState)
            reply.field(.state, EventState.cancelled.word)
            reply.field(.hint, "the event is cancelled already: CANCEL its orders to refund them")
            return
        }
        var ended: Int64 = 0
        var refund: Int64 = 0
        var next = books.events[event].openHold
        while next != 0 {
            let hold = books.holds[Int(next) - 1]
            ended += 1
            if hold.state == .paid { refund += hold.totalMinor }
            next = hold.olderOfEvent
        }
        begin(.eventCancelled, ask, &record)
        record.append(UInt32(event))
        commit(&record, &effects)
        reply.line(.ok)
        appendEventID(event, .event, &reply)
        reply.field(.state, EventState.cancelled.word)
        reply.field(.count, ended)
        reply.field(.refund, refund)
        if books.events[event].currency != 0 { appendCurrency(event, &reply) }
    }
}
