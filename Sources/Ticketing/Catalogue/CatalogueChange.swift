// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A change of the catalogue as asked for: every argument read and checked for form, nothing yet compared with the
/// state. What is wrong with the form is refused before a role or a key is looked at, and never kept beside a key.
enum CatalogueChange {
    /// Texts that are nil were not given.
    struct VenueArguments {
        var name: String?
        var city: String?
        var country: String?
        var address: String?
        var timeZone: String?
    }

    case addVenue(id: String, VenueArguments)
    case setVenue(id: String, VenueArguments)
    /// `rowLabels` and `rowsText` are empty where no rows were asked for.
    case addSection(
        venue: String, label: String, name: String, category: String, rowsText: String, rows: LabelList,
        draft: RowDraft?)
    case addRow(venue: String, section: String, label: String, draft: RowDraft)
    case addArea(venue: String, area: AreaLayout)
    case addPerformer(id: String, name: String, genre: String)
    case setPerformer(id: String, name: String?, genre: String?)
    case reset
}

/// Why a request is refused, on its way to the reply.
struct Refusal: Error {
    var code: ErrorCode
    var field: Field?
    var value = ""
    /// In place of `value`, where the field is a number.
    var number: Int64?
    var retry = Retry.never
    var hint: String

    static func badArgument(_ argument: Argument, _ hint: String) -> Refusal {
        Refusal(code: .badArgument, field: .argument, value: argument.catalogueWord, hint: hint)
    }

    func write(to reply: inout ReplyWriter) {
        reply.error(code, retry: retry)
        if let field {
            if let number { reply.field(field, number) } else { reply.field(field, value) }
        }
        reply.field(.hint, hint)
    }
}

extension Argument {
    /// How the catalogue's arguments are written in a request.
    var catalogueWord: String {
        switch self {
        case .timeZone: "tz"
        default: String(describing: self)
        }
    }
}

// MARK: - Reading a request

/// Reads the arguments of one request of the catalogue.
struct CatalogueRequest {
    let request: Request
    let batch: RequestBatch

    /// The change asked for; nil for a verb that is none of the catalogue's.
    func change() throws(Refusal) -> CatalogueChange? {
        switch request.verb {
        case .venueAdd:
            let id = try id(.venue)
            let arguments = try venueArguments()
            guard arguments.name != nil else { throw missing(.name, "VENUE ADD \(id) name=\"…\"") }
            return .addVenue(id: id, arguments)
        case .venueSet: return .setVenue(id: try id(.venue), try venueArguments(atLeastOne: true))
        case .sectionAdd: return try addSection()
        case .rowAdd: return try addRow()
        case .areaAdd: return try addArea()
        case .performerAdd:
            let id = try id(.performer)
            guard let name = try name(.name) else { throw missing(.name, "PERFORMER ADD \(id) name=\"…\"") }
            return .addPerformer(id: id, name: name, genre: try text(.genre) ?? "")
        case .performerSet:
            let id = try id(.performer)
            let name = try name(.name)
            let genre = try text(.genre)
            guard name != nil || genre != nil else { throw missing(.name, "say what to change: name= or genre=") }
            return .setPerformer(id: id, name: name, genre: genre)
        case .reset: return .reset
        default: return nil
        }
    }

    private func missing(_ argument: Argument, _ hint: String) -> Refusal {
        .badArgument(argument, hint)
    }

    // MARK: Texts

    private func bytes(_ argument: Argument) -> [UInt8]? {
        batch.slot(argument, of: request).map { batch.copy(of: $0.text) }
    }

    private func id(_ argument: Argument) throws(Refusal) -> String {
        guard let bytes = bytes(argument), isID(bytes.span) else {
            throw .badArgument(
                argument,
                "an id is 1 to \(Limits.idBytesMax) letters, digits, dots, _ or -, the first a letter or digit")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func label(_ argument: Argument) throws(Refusal) -> String {
        guard let bytes = bytes(argument), isLabel(bytes.span) else {
            throw .badArgument(
                argument,
                "a label is 1 to \(Limits.labelBytesMax) letters, digits, dots or _: put the printed one into name=")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func category() throws(Refusal) -> String? {
        guard let bytes = bytes(.category) else { return nil }
        guard isCategory(bytes.span) else {
            throw .badArgument(.category, "a category is 1 to \(Limits.labelBytesMax) letters, digits, dots, _ or -")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text that may be empty: that takes back what was there.
    private func text(_ argument: Argument, bytesMax: Int = Limits.nameBytesMax) throws(Refusal) -> String? {
        guard let bytes = bytes(argument) else { return nil }
        guard bytes.count <= bytesMax else { throw .badArgument(argument, "at most \(bytesMax) bytes, please") }
        guard !hasControl(bytes) else {
            throw .badArgument(argument, "line breaks and other control characters do not belong here")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func name(_ argument: Argument) throws(Refusal) -> String? {
        let name = try text(argument)
        if name?.isEmpty == true { throw .badArgument(argument, "a name is 1 to \(Limits.nameBytesMax) bytes") }
        return name
    }

    /// Controls of ASCII and of Latin-1 (`C2 80` to `C2 9F` in UTF-8).
    private func hasControl(_ bytes: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
            previous = byte
        }
        return false
    }

    private func venueArguments(atLeastOne: Bool = false) throws(Refusal) -> CatalogueChange.VenueArguments {
        let arguments = CatalogueChange.VenueArguments(
            name: try name(.name), city: try text(.city), country: try text(.country, bytesMax: Limits.idBytesMax),
            address: try text(.address), timeZone: try timeZone())
        let isEmpty = [arguments.name, arguments.city, arguments.country, arguments.address, arguments.timeZone]
            .allSatisfy { $0 == nil }
        if atLeastOne, isEmpty { throw missing(.name, "say what to change: name=, city=, country=, address= or tz=") }
        return arguments
    }

    /// A name of the form that the IANA time zone database has, as `Europe/Paris` or `Etc/GMT+5`; whether that zone
    /// exists is not asked.
    private func timeZone() throws(Refusal) -> String? {
        guard let zone = try text(.timeZone, bytesMax: Limits.idBytesMax) else { return nil }
        if zone.isEmpty { return zone }
        let hasForm = zone.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            part in
            guard let first = part.first, isLetterOrDigit(first), !isDigit(first) else { return false }
            return part.allSatisfy { isLetterOrDigit($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2B }
        }
        guard hasForm else { throw .badArgument(.timeZone, "name a time zone as tz=Europe/Paris or tz=UTC") }
        return zone
    }

    // MARK: Layouts

    private func addSection() throws(Refusal) -> CatalogueChange {
        let venue = try id(.venue)
        let label = try label(.section)
        let name = try text(.name) ?? ""
        let category = try category() ?? ""
        guard let rowsText = bytes(.rows) else {
            for argument in [Argument.seats, .categories, .gaps, .accessible, .xy]
            where batch.slot(argument, of: request) != nil {
                throw .badArgument(argument, "give rows= too, or add the rows one by one with ROW ADD")
            }
            return .addSection(
                venue: venue, label: label, name: name, category: category, rowsText: "", rows: LabelList(), draft: nil)
        }
        if batch.slot(.xy, of: request) != nil {
            throw .badArgument(.xy, "rows differ in where they lie: add them one by one with ROW ADD … xy=")
        }
        let rows: LabelList
        do {
            rows = try LabelExpression.parse(rowsText.span, limit: Limits.rowsPerPlanMax)
        } catch {
            throw .badArgument(
                .rows, error.hint(in: rowsText.span, of: "a venue has at most \(Limits.rowsPerPlanMax) rows"))
        }
        return .addSection(
            venue: venue, label: label, name: name, category: category,
            rowsText: String(decoding: rowsText, as: UTF8.self), rows: rows, draft: try draft())
    }

    private func addRow() throws(Refusal) -> CatalogueChange {
        var draft = try draft()
        draft.name = try text(.name) ?? ""
        if let category = try category() { draft.take(category: category) }
        return .addRow(venue: try id(.venue), section: try label(.section), label: try label(.row), draft: draft)
    }

    /// The row that `seats=` and its companions describe, but for `category=`, which SECTION ADD keeps for all rows.
    private func draft() throws(Refusal) -> RowDraft {
        guard let seats = bytes(.seats) else { throw .badArgument(.seats, "say which seats a row has, as seats=1-10") }
        do {
            var draft = try RowDraft(seats: seats.span)
            if let text = bytes(.categories) { try draft.take(categories: text.span) }
            if let text = bytes(.gaps) { try draft.take(gaps: text.span) }
            if let text = bytes(.accessible) { try draft.take(accessible: text.span) }
            if let text = bytes(.xy) { try draft.take(xy: text.span) }
            return draft
        } catch {
            throw .badArgument(error.argument, error.hint)
        }
    }

    private func addArea() throws(Refusal) -> CatalogueChange {
        let venue = try id(.venue)
        let label = try label(.area)
        guard let capacity = batch.slot(.capacity, of: request)?.value, capacity > 0 else {
            throw .badArgument(.capacity, "say how many people the area takes, as capacity=500")
        }
        var area = AreaLayout(
            label: label, name: try text(.name) ?? "", category: try category() ?? SeatPlanBuilder.standardCategory,
            capacity: Int(capacity))
        if let text = bytes(.xy) {
            do {
                let pair = try Coordinates.parse(text.span, count: 1)
                (area.x, area.y) = (pair[0], pair[1])
            } catch {
                throw .badArgument(error.argument, error.hint)
            }
        }
        return .addArea(venue: venue, area: area)
    }
}
