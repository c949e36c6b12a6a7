// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing

/// Answers what is read from the published house alone: `VIEW`, `EVENT GET`, the lists, the catalogue. Each writes the
/// lines of one reply; nothing here waits for a shard.
struct Looks {
    let reader: HouseReader
    private var look = PublishedEvent.Look()
    /// What the view written last was made from; nil where it was refused, or changed all the while.
    private(set) var stampOfView: ViewCache.Stamp?

    init(reader: HouseReader) {
        self.reader = reader
    }

    // MARK: VIEW

    mutating func view(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        stampOfView = nil
        guard let event = visibleEvent(.event, of: request, in: batch) else {
            return Self.unknown(
                .event, batch.string(.event, of: request), hint: "EVENT LIST shows the events there are", to: &reply)
        }
        // Both before what they vouch for is read.
        let catalogue = reader.house.catalogueStamp.load(ordering: .acquiring)
        var stamp = event.stamp
        var facts = event.currentFacts()
        event.read(into: &look)
        // Facts and seats of one moment: read again where a change came between.
        for _ in 0..<100 {
            let after = event.stamp
            if after == stamp {
                stampOfView = ViewCache.Stamp(event: event, changes: stamp, catalogue: catalogue)
                break
            }
            stamp = after
            facts = event.currentFacts()
            event.read(into: &look)
        }
        let plan = event.plan
        let withPositions = batch.slot(.xy, of: request)?.value == 1
        var sections = plan.sections.indices
        var areas = plan.areas.indices
        if let wanted = batch.string(.section, of: request) {
            let section = plan.sections.firstIndex { $0.label == wanted }
            let area = plan.areas.firstIndex { $0.label == wanted }
            guard section != nil || area != nil else {
                return Self.unknown(.section, wanted, hint: "VIEW without section= shows all sections", to: &reply)
            }
            sections = section.map { $0..<($0 + 1) } ?? 0..<0
            areas = area.map { $0..<($0 + 1) } ?? 0..<0
        }
        Self.write(event: facts, to: &reply)
        let names = reader.house.names(for: facts)
        if let venue = names.venue { Self.write(venue: venue, to: &reply) }
        for performer in names.performers { Self.write(performer: performer, to: &reply) }
        Self.writePrices(of: facts, to: &reply)
        var free = 0
        for section in sections {
            for row in plan.sections[section].rowRange {
                reply.line(.row)
                PlanLines.rowHead(plan, row, to: &reply)
                reply.beginText(.map)
                plan.forEachPosition(ofRow: row) { seat in
                    guard let seat else { return reply.appendText(byte: UInt8(ascii: "_")) }
                    let state = SeatState(rawValue: look.seats[Int(seat.rawValue)]) ?? .blocked
                    if state == .free { free += 1 }
                    reply.appendText(byte: state.mapCharacter)
                }
                reply.endText()
                if withPositions { PlanLines.positions(plan, row, to: &reply) }
            }
        }
        for area in areas {
            let place = plan.areas[area]
            let held = Int64(look.areaHeld[area])
            let sold = Int64(look.areaSold[area])
            reply.line(.area)
            reply.field(.area, place.label)
            if !place.name.isEmpty { reply.field(.name, place.name) }
            reply.field(.category, plan.categories[place.category])
            reply.field(.capacity, Int64(place.capacity))
            reply.field(.free, Int64(place.capacity) - held - sold)
            reply.field(.held, held)
            reply.field(.sold, sold)
            if withPositions { PlanLines.position(ofArea: area, of: plan, to: &reply) }
            free += place.capacity - Int(held) - Int(sold)
        }
        reply.line(.ok)
        reply.field(.sequence, Int64(clamping: max(look.sequence, facts.sequence)))
        reply.field(.free, Int64(free))
    }

    // MARK: Events

    func eventGet(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        guard let event = visibleEvent(.event, of: request, in: batch) else {
            return Self.unknown(
                .event, batch.string(.event, of: request), hint: "EVENT LIST shows the events there are", to: &reply)
        }
        let facts = event.currentFacts()
        Self.write(event: facts, to: &reply)
        Self.writePrices(of: facts, to: &reply)
        reply.line(.ok)
        reply.field(.event, facts.id)
        reply.field(.seatCount, Int64(event.plan.placeCount))
        reply.field(.free, Int64(event.freeCount))
    }

    func eventList(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let limit = Self.pageLimit(request, batch)
        let after = batch.slot(.after, of: request).map { batch.copy(of: $0.text) }
        let order = reader.eventsInOrder()
        var position = 0
        if let after {
            position = order.partitioningIndex { after.lexicographicallyPrecedes(reader.events[Int($0)].idBytes) }
        }
        var written = 0
        var last: String?
        var more = false
        while position < order.count {
            let event = reader.events[Int(order[position])]
            position += 1
            if !Self.sees(event, request) { continue }
            let facts = event.currentFacts()
            if written == limit {
                more = true
                break
            }
            Self.write(event: facts, to: &reply)
            reply.field(.free, Int64(event.freeCount))
            written += 1
            last = facts.id
        }
        Self.endList(written, more ? last : nil, to: &reply)
    }

    /// The event that `argument` names, unless it is a draft and the asker is no operator.
    func visibleEvent(_ argument: Argument, of request: Request, in batch: RequestBatch) -> PublishedEvent? {
        reader.visibleEvent(argument, of: request, in: batch)
    }

    /// Drafts are seen by operators only, and not while they act for a buyer.
    static func sees(_ event: PublishedEvent, _ request: Request) -> Bool {
        event.state != .draft || (request.role == .operator && !request.actsForBuyer)
    }

    // MARK: Catalogue

    func venueGet(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let id = batch.string(.venue, of: request) ?? ""
        guard let venue = reader.house.catalogue.withLock({ $0.venues[id] }) else {
            return Self.unknown(.venue, id, hint: "VENUE LIST shows the venues there are", to: &reply)
        }
        Self.write(venue: venue, to: &reply)
        if batch.slot(.plan, of: request)?.value == 1 {
            let plan = venue.plan
            for section in plan.sections {
                reply.line(.section)
                reply.field(.section, section.label)
                if !section.name.isEmpty { reply.field(.name, section.name) }
                for row in section.rowRange {
                    reply.line(.row)
                    PlanLines.rowHead(plan, row, to: &reply)
                    PlanLines.gaps(plan, row, to: &reply)
                    PlanLines.accessible(plan, row, to: &reply)
                    PlanLines.positions(plan, row, to: &reply)
                }
            }
            for (index, area) in plan.areas.enumerated() {
                reply.line(.area)
                reply.field(.area, area.label)
                if !area.name.isEmpty { reply.field(.name, area.name) }
                reply.field(.category, plan.categories[area.category])
                reply.field(.capacity, Int64(area.capacity))
                PlanLines.position(ofArea: index, of: plan, to: &reply)
            }
        }
        reply.line(.ok)
        reply.field(.venue, venue.id)
        reply.field(.seatCount, Int64(venue.layout.placeCount))
    }

    func venueList(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let limit = Self.pageLimit(request, batch)
        let after = batch.string(.after, of: request)
        let page = reader.house.catalogue.withLock { view in
            Self.page(of: view.venues, in: view.venueOrder, after: after, limit: limit)
        }
        for venue in page.items { Self.write(venue: venue, to: &reply) }
        Self.endList(page.items.count, page.hasMore ? page.items.last?.id : nil, to: &reply)
    }

    func performerGet(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let id = batch.string(.performer, of: request) ?? ""
        guard let performer = reader.house.catalogue.withLock({ $0.performers[id] }) else {
            return Self.unknown(.performer, id, hint: "PERFORMER LIST shows the performers there are", to: &reply)
        }
        Self.write(performer: performer, to: &reply)
        reply.line(.ok)
        reply.field(.performer, performer.id)
    }

    func performerList(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let limit = Self.pageLimit(request, batch)
        let after = batch.string(.after, of: request)
        let page = reader.house.catalogue.withLock { view in
            Self.page(of: view.performers, in: view.performerOrder, after: after, limit: limit)
        }
        for performer in page.items { Self.write(performer: performer, to: &reply) }
        Self.endList(page.items.count, page.hasMore ? page.items.last?.id : nil, to: &reply)
    }

    /// The `limit` items whose ids come next after `after`, in order of their bytes.
    ///
    /// - Complexity: O(log n + `limit`): it is looked up under the catalogue's lock.
    private static func page<Item>(
        of items: [String: Item], in order: IDOrder<String>, after: String?, limit: Int
    ) -> (items: [Item], hasMore: Bool) {
        let page = order.page(after: after, limit: limit)
        return (page.ids.compactMap { items[$0] }, page.hasMore)
    }

    // MARK: Lines

    static func write(event facts: EventFacts, to reply: inout ReplyWriter) {
        reply.line(.event)
        reply.field(.id, facts.id)
        reply.field(.title, facts.title)
        reply.field(.venue, facts.venueID)
        reply.field(.state, facts.state.word)
        reply.field(.starts, facts.starts)
        if facts.startsOffsetMinutes != 0 { reply.field(.offset, offset(facts.startsOffsetMinutes)) }
        if let ends = facts.ends { reply.field(.ends, ends) }
        if !facts.type.isEmpty { reply.field(.type, facts.type) }
        if !facts.performerIDs.isEmpty {
            reply.beginText(.performers, .list)
            reply.appendText(facts.performerIDs.joined(separator: ","))
            reply.endText()
        }
        if !facts.description.isEmpty { reply.field(.description, facts.description) }
        if !facts.currency.isEmpty { reply.field(.currency, facts.currency) }
        if let onsale = facts.onsale { reply.field(.onsale, onsale) }
        reply.field(.holdTime, seconds: facts.holdSeconds)
        reply.field(.limit, Int64(facts.limit))
    }

    /// `+02:00`: the offset that `starts=` was given in, where it is not UTC.
    private static func offset(_ minutes: Int16) -> String {
        let hours = String(abs(Int(minutes)) / 60)
        let rest = String(abs(Int(minutes)) % 60)
        return (minutes < 0 ? "-" : "+") + (hours.count < 2 ? "0" : "") + hours + ":" + (rest.count < 2 ? "0" : "")
            + rest
    }

    static func writePrices(of facts: EventFacts, to reply: inout ReplyWriter) {
        for (category, price) in zip(facts.plan.categories, facts.prices) {
            guard let price else { continue }
            reply.line(.price)
            reply.field(.category, category)
            reply.field(.amount, price)
        }
    }

    static func write(venue: VenueFacts, to reply: inout ReplyWriter) {
        reply.line(.venue)
        reply.field(.id, venue.id)
        reply.field(.name, venue.name)
        if !venue.city.isEmpty { reply.field(.city, venue.city) }
        if !venue.country.isEmpty { reply.field(.country, venue.country) }
        if !venue.address.isEmpty { reply.field(.address, venue.address) }
        if !venue.timeZone.isEmpty { reply.field(.timeZone, venue.timeZone) }
    }

    static func write(performer: PerformerFacts, to reply: inout ReplyWriter) {
        reply.line(.performer)
        reply.field(.id, performer.id)
        reply.field(.name, performer.name)
        if !performer.genre.isEmpty { reply.field(.genre, performer.genre) }
    }

    /// Says what was asked for as the shards do: `event=gala`.
    private static func unknown(_ field: Field, _ id: String?, hint: StaticString, to reply: inout ReplyWriter) {
        reply.error(.notFound)
        reply.field(field, id ?? "")
        reply.field(.hint, hint)
    }

    private static func pageLimit(_ request: Request, _ batch: RequestBatch) -> Int {
        Int(batch.slot(.limit, of: request)?.value ?? 100)
    }

    private static func endList(_ count: Int, _ after: String?, to reply: inout ReplyWriter) {
        reply.line(.ok)
        reply.field(.count, Int64(count))
        if let after { reply.field(.after, after) }
    }
}

extension Array where Element == UInt32 {
    /// The first index whose element satisfies `belongsInSecondPartition`; all after it do too.
    ///
    /// - Complexity: O(log n).
    fileprivate func partitioningIndex(where belongsInSecondPartition: (UInt32) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsInSecondPartition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
