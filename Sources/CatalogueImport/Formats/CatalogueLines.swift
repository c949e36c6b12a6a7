// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads our own JSON lines: one object a line, its `kind` the thing that it adds, its fields named as the keys of the
/// protocol. Format.md in CatalogueImport.docc is its manual.
struct CatalogueLines {
    /// What the file has added so far, as `kind id`, with the byte where it did: names are given once.
    private var added: [String: UInt32] = [:]
    /// What the file spoke of and had not added, which has to exist already, and so cannot be added later.
    private var outside: [String: UInt32] = [:]
    private var objectCount = 0
    private var promisedCount: Int?

    static func translate(
        _ first: JSONValue, of document: JSONDocument, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        var reader = CatalogueLines()
        var next: JSONValue? = first
        while let value = next {
            try reader.read(value, into: &writer)
            next = try document.readNext()
        }
        try reader.checkPromise(document)
    }

    private func checkPromise(_ document: JSONDocument) throws(ImportProblem) {
        guard let promisedCount, promisedCount != objectCount else { return }
        let place = document.lineAndColumn(ofByte: document.bytes.count)
        throw ImportProblem(
            kind: .truncated, file: document.fileName,
            location: FileLocation(line: place.line, column: place.column, path: "$"),
            message:
                "the first line promises \(promisedCount) objects, and \(objectCount) follow; get the whole file again")
    }

    private mutating func read(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        guard object.isObject else {
            throw object.problem(.wrongKind, "each line has to be one object, not \(object.kindName)")
        }
        guard let kind = object["kind"] else {
            throw object.problem(.missing, "each object needs a \"kind\", as \"venue\" or \"event\"")
        }
        let isFirst = objectCount == 0 && promisedCount == nil
        if isFirst, kind.text == "catalogue" {
            let fields = try CatalogueFields(object, "catalogue", ["objects"])
            promisedCount = Int(try fields.requiredInteger("objects", 0...100_000_000))
            return
        }
        objectCount += 1
        switch kind.text {
        case "venue": try readVenue(object, into: &writer)
        case "section": try readSection(object, into: &writer)
        case "row": try readRow(object, into: &writer)
        case "area": try readArea(object, into: &writer)
        case "performer": try readPerformer(object, into: &writer)
        case "event": try readEvent(object, into: &writer)
        case "price": try readPrice(object, into: &writer)
        case "block": try readBlock(object, into: &writer)
        case "open": try readStep("EVENT OPEN", "open", object, into: &writer)
        case "close": try readStep("EVENT CLOSE", "close", object, into: &writer)
        case "cancel": try readStep("EVENT CANCEL", "cancel", object, into: &writer)
        default:
            throw kind.problem(
                .badValue,
                "kind has to be one of venue, section, row, area, performer, event, price, block, open, close, cancel "
                    + "(and catalogue in the first line)")
        }
    }

    // MARK: The house

    private mutating func readVenue(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(object, "a venue", ["id", "name", "city", "country", "address", "tz"])
        let id = try fields.id("id")
        try add("venue", id, object)
        var line = RequestLine("VENUE ADD", id)
        line.value("name", try fields.requiredName("name"))
        line.value("city", unlessEmpty: try fields.text("city"))
        line.value("country", unlessEmpty: try fields.text("country"))
        line.value("address", unlessEmpty: try fields.text("address"))
        line.value("tz", unlessEmpty: try fields.text("tz", maxBytes: ImportLimits.idBytesMax))
        try writer.append(line, about: object)
        writer.count { $0.venues += 1 }
    }

    private mutating func readSection(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(
            object, "a section", ["venue", "section", "name", "category", "rows", "seats"])
        let venue = try fields.id("venue")
        let section = try fields.label("section")
        refer(to: "venue", venue, object, &writer)
        try add("section", "\(venue)/\(section)", object)
        var line = RequestLine("SECTION ADD", "\(venue)/\(section)")
        line.value("name", unlessEmpty: try fields.printedName())
        line.value("category", unlessEmpty: try fields.category("category"))
        let rows = try fields.labels("rows", max: ImportLimits.rowsPerPlanMax)
        let seats = try fields.labels("seats", max: ImportLimits.seatsPerRowMax)
        guard (rows == nil) == (seats == nil) else {
            throw object.problem(.missing, "\"rows\" and \"seats\" of a section go together; give both or neither")
        }
        if let rows, let seats {
            line.value("rows", rows.expression)
            line.value("seats", seats.expression)
            for row in rows.labels { try add("row", "\(venue)/\(section)/\(row)", object) }
            writer.count {
                $0.rows += rows.labels.count
                $0.seats += rows.labels.count * seats.labels.count
            }
        }
        try writer.append(line, about: object)
        writer.count { $0.sections += 1 }
    }

    private mutating func readRow(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(
            object, "a row",
            ["venue", "section", "row", "seats", "name", "category", "categories", "gaps", "accessible", "xy"])
        let venue = try fields.id("venue")
        let section = try fields.label("section")
        let row = try fields.label("row")
        if added["venue \(venue)"] != nil, added["section \(venue)/\(section)"] == nil {
            throw object.problem(
                .missing, "the venue \"\(venue)\" of this file has no section \"\(section)\" yet; put its line before")
        }
        refer(to: "venue", venue, object, &writer)
        refer(to: "section", "\(venue)/\(section)", object, &writer)
        try add("row", "\(venue)/\(section)/\(row)", object)
        guard let seats = try fields.labels("seats", max: ImportLimits.seatsPerRowMax) else {
            throw object.problem(.missing, "a row needs the field \"seats\"")
        }
        var line = RequestLine("ROW ADD", "\(venue)/\(section)/\(row)")
        line.value("seats", seats.expression)
        line.value("name", unlessEmpty: try fields.printedName())
        let category = try fields.category("category")
        let categories = try fields.categories("categories", of: seats.labels)
        guard category.isEmpty || categories.isEmpty else {
            throw object.problem(.badValue, "a row has \"category\" or \"categories\"; give one of them")
        }
        line.value("category", unlessEmpty: category)
        line.value("categories", unlessEmpty: categories)
        line.value("gaps", unlessEmpty: try fields.someLabels("gaps", of: seats.labels))
        line.value("accessible", unlessEmpty: try fields.someLabels("accessible", of: seats.labels))
        line.value("xy", unlessEmpty: try fields.positions("xy", count: seats.labels.count))
        try writer.append(line, about: object)
        writer.count {
            $0.rows += 1
            $0.seats += seats.labels.count
        }
    }

    private mutating func readArea(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(object, "an area", ["venue", "area", "capacity", "name", "category", "xy"])
        let venue = try fields.id("venue")
        let area = try fields.label("area")
        refer(to: "venue", venue, object, &writer)
        try add("area", "\(venue)/\(area)", object)
        let capacity = try fields.requiredInteger("capacity", 1...ImportLimits.placesPerPlanMax)
        var line = RequestLine("AREA ADD", "\(venue)/\(area)")
        line.value("capacity", capacity)
        line.value("name", unlessEmpty: try fields.printedName())
        line.value("category", unlessEmpty: try fields.category("category"))
        line.value("xy", unlessEmpty: try fields.positions("xy", count: 1))
        try writer.append(line, about: object)
        writer.count {
            $0.areas += 1
            $0.places += Int(capacity) ?? 0
        }
    }

    // MARK: Performers and events

    private mutating func readPerformer(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(object, "a performer", ["id", "name", "genre"])
        let id = try fields.id("id")
        try add("performer", id, object)
        var line = RequestLine("PERFORMER ADD", id)
        line.value("name", try fields.requiredName("name"))
        line.value("genre", unlessEmpty: try fields.text("genre"))
        try writer.append(line, about: object)
        writer.count { $0.performers += 1 }
    }

    private mutating func readEvent(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(
            object, "an event",
            [
                "id", "venue", "title", "starts", "ends", "currency", "price", "type", "performers", "description",
                "onsale", "hold", "limit",
            ])
        let id = try fields.id("id")
        try add("event", id, object)
        let starts = try fields.time("starts")
        guard !starts.isEmpty else { throw object.problem(.missing, "an event needs the field \"starts\"") }
        var draft = EventDraft(
            id: id, venue: try fields.id("venue"), title: try fields.requiredName("title"), starts: starts)
        refer(to: "venue", draft.venue, object, &writer)
        draft.ends = try fields.time("ends")
        draft.currency = try fields.currency("currency")
        draft.price = try fields.integer("price", 0...Int(ImportLimits.priceMinorMax))
        draft.type = try fields.text("type", maxBytes: ImportLimits.idBytesMax)
        draft.performers = try fields.ids("performers", max: ImportLimits.performersPerEventMax)
        for performer in draft.performers { refer(to: "performer", performer, object, &writer) }
        draft.description = try fields.text("description", maxBytes: ImportLimits.descriptionBytesMax)
        draft.onsale = try fields.time("onsale")
        draft.hold = try fields.duration("hold")
        draft.limit = try fields.integer("limit", 1...1_000_000)
        try draft.write(about: object, into: &writer)
    }

    private mutating func readPrice(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(object, "a price", ["event", "category", "amount"])
        let event = try fields.id("event")
        refer(to: "event", event, object, &writer)
        let category = try fields.category("category")
        guard !category.isEmpty else { throw object.problem(.missing, "a price needs the field \"category\"") }
        var line = RequestLine("PRICE SET", event)
        line.word(category)
        line.word(try fields.requiredInteger("amount", 0...Int(ImportLimits.priceMinorMax)))
        try writer.append(line, about: object)
    }

    private mutating func readBlock(_ object: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let fields = try CatalogueFields(object, "a block", ["event", "seats"])
        let event = try fields.id("event")
        refer(to: "event", event, object, &writer)
        let seats = try fields.seats("seats")
        guard !seats.isEmpty else { throw object.problem(.missing, "a block needs the field \"seats\"") }
        var line = RequestLine("BLOCK", event)
        line.word(seats)
        try writer.append(line, about: object)
    }

    private mutating func readStep(
        _ verb: String, _ kind: StaticString, _ object: JSONValue, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let event = try CatalogueFields(object, kind, ["event"]).id("event")
        refer(to: "event", event, object, &writer)
        try writer.append(RequestLine(verb, event), about: object)
    }

    // MARK: Names

    private mutating func add(_ kind: StaticString, _ id: String, _ object: JSONValue) throws(ImportProblem) {
        let name = "\(kind) \(id)"
        let start = object.document.nodes[object.index].start
        if let other = outside[name] {
            let line = object.document.lineAndColumn(ofByte: Int(other)).line
            throw object.problem(
                .duplicate, "line \(line) speaks of the \(kind) \"\(id)\" already; put what adds it before what uses it"
            )
        }
        if let other = added.updateValue(start, forKey: name) {
            let line = object.document.lineAndColumn(ofByte: Int(other)).line
            throw object.problem(
                .duplicate, "the \(kind) \"\(id)\" was added in line \(line) already; give one of them another name")
        }
    }

    /// What a file speaks of without adding it may be in the box office already; that is not known here.
    private mutating func refer(
        to kind: StaticString, _ id: String, _ object: JSONValue, _ writer: inout PlanWriter
    ) {
        let name = "\(kind) \(id)"
        guard added[name] == nil, outside[name] == nil else { return }
        outside[name] = object.document.nodes[object.index].start
        writer.noteOnce(
            "outside \(kind)", object,
            "the \(kind) \"\(id)\", and perhaps others, is not added by this file; it has to exist already")
    }
}
