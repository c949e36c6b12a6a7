// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads events of the Ticketmaster Discovery API, version 2: a page of a search, pages one after another, one event, or
/// a list of events.
///
/// An event there is an announcement: it has a date, a place, people and perhaps a range of prices, and no seats. So it
/// becomes a draft whose lowest price, if there is one, is the price of every category.
///
/// Only what cannot be done without is demanded (an id and a date); what else is absent is left out, since answers of
/// that API vary from event to event.
struct DiscoveryEvents {
    private var venues: [String: String] = [:]
    private var performers: [String: String] = [:]
    private var eventSources: [String: String] = [:]
    private var venueIDs = ForeignIDs()
    private var performerIDs = ForeignIDs()
    private var eventIDs = ForeignIDs()

    static func translate(
        _ first: JSONValue, of document: JSONDocument, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        var reader = DiscoveryEvents()
        var next: JSONValue? = first
        while let value = next {
            try reader.readTop(value, into: &writer)
            next = try document.readNext()
        }
    }

    // MARK: Pages

    private mutating func readTop(_ value: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        if value.isArray {
            for event in value.children { try readEvent(event, into: &writer) }
            return
        }
        guard value.isObject else {
            throw value.problem(.wrongKind, "a page of events is an object, not \(value.kindName)")
        }
        if let events = try value.object("_embedded")?.array("events") {
            for event in events.children { try readEvent(event, into: &writer) }
        } else if value["dates"] != nil {
            try readEvent(value, into: &writer)
        } else if value["page"] != nil {
            writer.note(value, "this page holds no events")
        } else {
            throw value.problem(
                .wrongKind,
                "this is neither a page of Discovery events (\"_embedded.events\") nor one event (\"dates\")")
        }
    }

    // MARK: Events

    private mutating func readEvent(_ event: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        guard event.isObject else {
            throw event.problem(.badValue, "an event has to be an object, not \(event.kindName)")
        }
        guard let foreign = try event.label("id"), !foreign.isEmpty else {
            throw event.problem(.missing, "an event needs an \"id\"")
        }
        let title = try writer.name(try event.string("name") ?? "", of: event["name"] ?? event)
        if let known = eventSources.updateValue(title, forKey: foreign) {
            guard known == title else {
                throw event.problem(
                    .duplicate,
                    "two events have the id \"\(PrintedText.shown(foreign))\" and other names; "
                        + "take one of them out")
            }
            try writer.warn(
                event, "this event came before (pages overlap when events are added meanwhile); it was left out")
            return
        }
        let dates = try event.object("dates")
        guard let starts = try self.starts(of: event, dates, into: &writer) else { return }
        let id = eventIDs.id(for: foreign)
        let venue = try readVenue(of: event, into: &writer)
        var draft = EventDraft(id: id, venue: venue, title: title.isEmpty ? id : title, starts: starts)
        draft.performers = try readPerformers(of: event, into: &writer)
        draft.type = try Self.segment(of: event) ?? ""
        draft.type = PrintedText.cut(PrintedText.name(draft.type), toBytes: ImportLimits.idBytesMax)
        draft.ends = try ends(dates) ?? ""
        draft.description = try writer.description(try event.string("info") ?? "", of: event["info"] ?? event)
        try readPrice(of: event, to: &draft, into: &writer)
        let state = try dates?.object("status")?.string("code") ?? ""
        let isCancelled = state == "cancelled" || state == "canceled"
        if !isCancelled, !draft.currency.isEmpty { draft.onsale = try onsale(of: event, into: &writer) ?? "" }
        try draft.write(about: event, into: &writer)
        if isCancelled { try writer.append(RequestLine("EVENT CANCEL", id), about: event) }
        if state == "postponed" {
            writer.note(event, "this event is postponed; it is kept with the date that the file says")
        }
    }

    /// When it starts, in the offset of the place where that can be told; nil for an event that has no date yet.
    private func starts(
        of event: JSONValue, _ dates: JSONValue?, into writer: inout PlanWriter
    ) throws(ImportProblem) -> String? {
        let start = try dates?.object("start")
        let utc = try time(start, "dateTime")
        let date = try time(start, "localDate")
        guard let date else {
            if let utc { return utc.text }
            try writer.warn(event, "this event has no date yet; it was left out")
            return nil
        }
        let clock = try start?.string("localTime")
        guard let clock, let local = CivilTime("\(Self.dateText(date))T\(clock)") else {
            if let clock {
                throw (start?["localTime"] ?? event).problem(
                    .badValue, "\"\(PrintedText.shown(clock))\" is not a time of day; write it as 19:30:00")
            }
            if let utc { return utc.text }
            writer.note(event, "this event has a date and no time yet; it is kept as midnight, UTC")
            return "\(Self.dateText(date))T00:00:00Z"
        }
        var result = local
        if let utc, utc.offsetMinutes == 0 {
            // The place's own offset is what lies between its clock and UTC.
            let offset = local.minutesAsWritten - utc.minutesAsWritten
            guard abs(offset) <= 14 * 60 else { return utc.text }
            result.offsetMinutes = offset
            return result.text
        }
        writer.note(event, "the file does not say this event's offset from UTC; its local time is kept as UTC")
        result.offsetMinutes = 0
        return result.text
    }

    private static func dateText(_ date: CivilTime) -> String {
        String(date.text.prefix(10))
    }

    private func ends(_ dates: JSONValue?) throws(ImportProblem) -> String? {
        guard let end = try dates?.object("end"), let utc = try time(end, "dateTime"), utc.offsetMinutes != nil else {
            return nil
        }
        return utc.text
    }

    private func time(_ value: JSONValue?, _ name: StaticString) throws(ImportProblem) -> CivilTime? {
        guard let value, let text = try value.string(name), let member = value[name] else { return nil }
        guard let time = CivilTime(text) else {
            throw member.problem(
                .badValue,
                "\"\(PrintedText.shown(text))\" is not a date or time of the calendar; write 2031-05-01T19:30:00Z")
        }
        return time
    }

    private func onsale(of event: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) -> String? {
        guard let sale = try event.object("sales")?.object("public"), let start = try time(sale, "startDateTime") else {
            return nil
        }
        // Sales that began at a time nobody noted are written as beginning in 1900.
        return start.year <= 1900 || start.offsetMinutes == nil ? nil : start.text
    }

    private func readPrice(
        of event: JSONValue, to draft: inout EventDraft, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        guard let ranges = try event.array("priceRanges"), let range = ranges.children.first(where: { $0.isObject })
        else {
            return
        }
        guard let currency = try range.string("currency") else { return }
        guard MinorUnits.isCurrency(currency) else {
            throw range.problem(
                .badValue, "\"\(PrintedText.shown(currency))\" is not a currency; write its three letters, as USD")
        }
        draft.currency = currency
        guard let min = range["min"] else { return }
        guard let text = min.numberText, let amount = MinorUnits.amount(text, currency: currency) else {
            throw min.problem(.badValue, "a price is a number from 0 to 10,000,000,000 with a decimal point")
        }
        draft.price = String(amount)
    }

    // MARK: Venues and performers

    private mutating func readVenue(of event: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) -> String
    {
        let list = try event.object("_embedded")?.array("venues")
        guard let venue = list?.children.first(where: { $0.isObject }) else {
            return try unknownVenue(of: event, into: &writer)
        }
        if let more = list?.count, more > 1 {
            try writer.warn(venue, "this event names \(more) venues; the first is taken")
        }
        let name = try writer.name(try venue.string("name") ?? "", of: venue["name"] ?? venue)
        let city = try writer.name(try venue.object("city")?.string("name") ?? "", of: venue)
        guard let foreign = try venue.label("id") ?? (name.isEmpty ? nil : name + ", " + city), !foreign.isEmpty else {
            return try unknownVenue(of: event, into: &writer)
        }
        if let id = venues[foreign] { return id }
        let id = venueIDs.id(for: foreign)
        venues[foreign] = id
        var line = RequestLine("VENUE ADD", id)
        line.value("name", name.isEmpty ? id : name)
        line.value("city", unlessEmpty: city)
        line.value("country", unlessEmpty: try venue.object("country")?.label("countryCode") ?? "")
        let street = [
            try venue.object("address")?.string("line1") ?? "", try venue.label("postalCode") ?? "",
            try venue.object("state")?.label("stateCode") ?? "",
        ].filter { !$0.isEmpty }
        line.value("address", unlessEmpty: try writer.name(street.joined(separator: ", "), of: venue))
        let zone = try venue.string("timezone") ?? ""
        line.value("tz", unlessEmpty: zone.utf8.count <= ImportLimits.idBytesMax ? PrintedText.name(zone) : "")
        try writer.append(line, about: venue)
        writer.count { $0.venues += 1 }
        return id
    }

    /// An event is somewhere, even where nobody has said where.
    private mutating func unknownVenue(of event: JSONValue, into writer: inout PlanWriter) throws(ImportProblem)
        -> String
    {
        let id = "unknown-venue"
        try writer.warn(event, "this event names no venue; it is kept at \"\(id)\"")
        if venues.updateValue(id, forKey: "") == nil {
            var line = RequestLine("VENUE ADD", id)
            line.value("name", "Unknown venue")
            try writer.append(line, about: event)
            writer.count { $0.venues += 1 }
        }
        return id
    }

    private mutating func readPerformers(
        of event: JSONValue, into writer: inout PlanWriter
    ) throws(ImportProblem) -> [String] {
        guard let attractions = try event.object("_embedded")?.array("attractions") else { return [] }
        var ids: [String] = []
        var isCast: Set<String> = []
        for attraction in attractions.children where attraction.isObject {
            let name = try writer.name(try attraction.string("name") ?? "", of: attraction["name"] ?? attraction)
            guard let foreign = try attraction.label("id") ?? (name.isEmpty ? nil : name), !foreign.isEmpty else {
                try writer.warn(attraction, "this attraction has neither an id nor a name; it was left out")
                continue
            }
            let id: String
            if let known = performers[foreign] {
                id = known
            } else {
                id = performerIDs.id(for: foreign)
                performers[foreign] = id
                var line = RequestLine("PERFORMER ADD", id)
                line.value("name", name.isEmpty ? id : name)
                let genre = try Self.classification(of: attraction, "genre") ?? ""
                line.value("genre", unlessEmpty: try writer.name(genre, of: attraction))
                try writer.append(line, about: attraction)
                writer.count { $0.performers += 1 }
            }
            if isCast.insert(id).inserted { ids.append(id) }
        }
        if ids.count > ImportLimits.performersPerEventMax {
            try writer.warn(
                attractions, "an event has at most \(ImportLimits.performersPerEventMax) performers; the first are kept"
            )
            ids.removeLast(ids.count - ImportLimits.performersPerEventMax)
        }
        return ids
    }

    private static func segment(of event: JSONValue) throws(ImportProblem) -> String? {
        try classification(of: event, "segment")
    }

    /// The name of a level of the primary classification, or of the first; `Undefined` says nothing.
    private static func classification(
        of value: JSONValue, _ level: StaticString
    ) throws(ImportProblem) -> String? {
        guard let list = try value.array("classifications") else { return nil }
        let objects = list.children.filter { $0.isObject }
        guard let chosen = objects.first(where: { $0["primary"]?.bool == true }) ?? objects.first else { return nil }
        guard let name = try chosen.object(level)?.string("name"), name != "Undefined" else { return nil }
        return name
    }
}

/// Ids made from another system's, each its own.
private struct ForeignIDs {
    private var taken: Set<String> = []

    mutating func id(for foreign: String) -> String {
        let fitting = IDMaker.fit(foreign)
        if taken.insert(fitting).inserted { return fitting }
        // Two that differ fit to one only where one of them looks like the other's digest: next to never.
        var number = 2
        while !taken.insert("\(fitting.prefix(58)).\(number)").inserted { number += 1 }
        return "\(fitting.prefix(58)).\(number)"
    }
}
