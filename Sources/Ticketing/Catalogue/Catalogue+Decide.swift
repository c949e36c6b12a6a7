// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension Catalogue {
    /// Decides one request: checks it, writes and applies what was decided, and answers.
    ///
    /// Checks come in the protocol's order: form, role, key, existence, limits. `EVENT ADD` and `EVENT SET` are not
    /// decided here: what they name is looked up, and they are added to `effects.forwards` in place of a reply.
    ///
    /// - Parameters:
    ///   - now: The shard's time, decided by the host; never earlier than that of an earlier decision.
    ///   - reply: Begun by the caller, who also ends it. For a forwarded request nothing is written.
    package func decide(
        _ request: Request, in contents: borrowing RequestBatch.Contents, at now: Instant, record: inout RecordWriter,
        reply: inout ReplyWriter, effects: inout Effects
    ) {
        decide(request, in: contents.batch, at: now, record: &record, reply: &reply, effects: &effects)
    }

    /// The same, for one request of a batch alone.
    public func decide(
        _ request: Request, in batch: RequestBatch, at now: Instant, record: inout RecordWriter,
        reply: inout ReplyWriter, effects: inout Effects
    ) {
        if request.verb == .eventAdd || request.verb == .eventSet {
            effects.forwards.append(Effects.Forward(request: request, attachment: attachment(for: request, in: batch)))
            return
        }
        let change: CatalogueChange
        do {
            guard let asked = try CatalogueRequest(request: request, batch: batch).change() else {
                Refusal(code: .internal, hint: "the catalogue does not decide this").write(to: &reply)
                return
            }
            change = asked
        } catch {
            error.write(to: &reply)
            return
        }
        guard request.role == .operator else {
            Refusal(code: .forbidden, hint: "only an operator changes the catalogue").write(to: &reply)
            return
        }
        // What RESET forgets includes its own key: it has none.
        let question = keys.question(for: request, in: batch)
        if let question, keys.answer(question, at: now, to: &reply) { return }
        if refusesChanges { return reply.refuseReadOnly() }
        var decision = Decision(catalogue: self, now: now)
        do {
            try decision.decide(change, record: &record, reply: &reply, effects: &effects)
        } catch {
            error.write(to: &reply)
        }
        if let question { keys.keep(question, reply: reply, at: now, record: &record) }
        noteTime(ofRecordsIn: record, at: now)
    }

    /// What a shard cannot look up: the venue's plan as it stands, and whether the performers exist.
    private func attachment(for request: Request, in batch: RequestBatch) -> CatalogueAttachment {
        var plan: SeatPlan?
        if let id = batch.string(.venue, of: request), let venue = venuesByID[id] {
            plan = venues[venue].layout.plan
        }
        let performers = batch.string(.performers, of: request) ?? ""
        let missing = performers.utf8.split(separator: UInt8(ascii: ","))
            .lazy.map { String(Substring($0)) }
            .first { self.performersByID[$0] == nil }
        return CatalogueAttachment(plan: plan, missingPerformer: missing)
    }
}

/// One decision of the catalogue. Each function either throws before anything is written, or writes the record, applies
/// it, and answers.
private struct Decision {
    let catalogue: Catalogue
    let now: Instant

    mutating func decide(
        _ change: CatalogueChange, record: inout RecordWriter, reply: inout ReplyWriter, effects: inout Effects
    ) throws(Refusal) {
        switch change {
        case .addVenue(let id, let arguments):
            try addVenue(id, arguments, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.venue, id)
        case .setVenue(let id, let arguments):
            try setVenue(id, arguments, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.venue, id)
        case .addSection(let venue, let label, let name, let category, let rowsText, let rows, let draft):
            let seats = try addSection(
                venue, SectionLayout(label: label, name: name, category: category), rowsText, rows, draft, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.section, "\(venue)/\(label)")
            if draft != nil { reply.field(.seatCount, Int64(seats)) }
        case .addRow(let venue, let section, let label, let draft):
            try addRow(venue, section, label, draft, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.row, "\(venue)/\(section)/\(label)")
            reply.field(.seatCount, Int64(draft.labels.count))
        case .addArea(let venue, let area):
            try addArea(venue, area, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.area, "\(venue)/\(area.label)")
            reply.field(.capacity, Int64(area.capacity))
        case .addPerformer(let id, let name, let genre):
            try addPerformer(id, name, genre, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.performer, id)
        case .setPerformer(let id, let name, let genre):
            try setPerformer(id, name, genre, &record)
            catalogue.applyLast(of: record, effects: &effects)
            reply.line(.ok)
            reply.field(.performer, id)
        case .reset:
            catalogue.reset(at: now, record: &record, effects: &effects)
            reply.line(.ok)
        }
    }

    // MARK: Venues

    private func addVenue(
        _ id: String, _ arguments: CatalogueChange.VenueArguments, _ record: inout RecordWriter
    ) throws(Refusal) {
        if catalogue.venuesByID[id] != nil {
            throw Refusal(
                code: .exists, field: .venue, value: id, hint: "VENUE SET \(id) changes it, VENUE GET \(id) shows it")
        }
        try checkRoom(catalogue.venues.count, what: "venues")
        record.begin(type: RecordType.venueAdded, at: now)
        record.append(text: id)
        VenueTexts(name: "", city: "", country: "", address: "", timeZone: "").changed(by: arguments)
            .write(into: &record)
        record.end()
    }

    private func setVenue(
        _ id: String, _ arguments: CatalogueChange.VenueArguments, _ record: inout RecordWriter
    ) throws(Refusal) {
        let venue = try venue(id)
        record.begin(type: RecordType.venueChanged, at: now)
        record.append(venue.number)
        venue.texts.changed(by: arguments).write(into: &record)
        record.end()
    }

    private func venue(_ id: String) throws(Refusal) -> Venue {
        guard let index = catalogue.venuesByID[id] else {
            throw Refusal(
                code: .notFound, field: .venue, value: id,
                hint: "VENUE LIST shows the venues, VENUE ADD \(id) name= adds one")
        }
        return catalogue.venues[index]
    }

    private func checkRoom(_ count: Int, what: String) throws(Refusal) {
        guard count < catalogue.itemsMax else {
            throw Refusal(
                code: .limitExceeded, field: .limit, number: Int64(catalogue.itemsMax),
                hint: "the catalogue holds at most \(catalogue.itemsMax) \(what)")
        }
    }

    // MARK: Layouts

    /// Returns how many seats were added.
    private func addSection(
        _ venueID: String, _ section: SectionLayout, _ rowsText: String, _ rows: LabelList, _ draft: RowDraft?,
        _ record: inout RecordWriter
    ) throws(Refusal) -> Int {
        let venue = try venue(venueID)
        let path = "\(venueID)/\(section.label)"
        try refuse(
            venue.builder.problem(addingSection: section.label), .section, path,
            exists: "a section or area has this label: add rows with ROW ADD \(path)/… or take another label")
        let category = section.category.isEmpty ? SeatPlanBuilder.standardCategory : section.category
        // Rows that are asked for in one request differ in their labels alone: the first stands for all of them.
        let first = draft?.layout(label: rows[0], category: category)
        if let first {
            try refuse(venue.builder.problem(adding: rows.count, rowsLike: first), .section, path, exists: "")
        }
        var part = SeatPlanBuilder()
        _ = part.addSection(label: section.label, name: section.name, category: "")
        if let first { _ = part.addRows([first], toSection: 0) }
        record.begin(type: RecordType.sectionAdded, at: now)
        record.append(venue.number)
        record.append(text: section.category)
        record.append(text: rowsText)
        append(part, to: &record)
        record.end()
        return rows.count * (first?.seatCount ?? 0)
    }

    private func addRow(
        _ venueID: String, _ section: String, _ label: String, _ draft: RowDraft, _ record: inout RecordWriter
    ) throws(Refusal) {
        let venue = try venue(venueID)
        let path = "\(venueID)/\(section)"
        guard let number = venue.builder.section(labelled: section) else {
            throw Refusal(
                code: .notFound, field: .section, value: path,
                hint: "SECTION ADD \(path) adds it, VENUE GET \(venueID) plan=yes shows what is there")
        }
        let own = venue.builder.sections[number].category
        let row = draft.layout(label: label, category: own.isEmpty ? SeatPlanBuilder.standardCategory : own)
        try refuse(
            venue.builder.problem(adding: [row], toSection: number), .row, "\(path)/\(label)",
            exists: "the section has a row of this label: take another")
        var part = SeatPlanBuilder()
        _ = part.addSection(label: section, name: "", category: "")
        _ = part.addRows([row], toSection: 0)
        record.begin(type: RecordType.rowAdded, at: now)
        record.append(venue.number)
        append(part, to: &record)
        record.end()
    }

    private func addArea(_ venueID: String, _ area: AreaLayout, _ record: inout RecordWriter) throws(Refusal) {
        let venue = try venue(venueID)
        try refuse(
            venue.builder.problem(adding: area), .area, "\(venueID)/\(area.label)",
            exists: "a section or area has this label: take another")
        var part = SeatPlanBuilder()
        _ = part.addArea(area)
        record.begin(type: RecordType.areaAdded, at: now)
        record.append(venue.number)
        append(part, to: &record)
        record.end()
    }

    private func append(_ part: SeatPlanBuilder, to record: inout RecordWriter) {
        var bytes: [UInt8] = []
        part.columns().encode(into: &bytes)
        record.append(raw: bytes.span)
    }

    private func refuse(
        _ problem: LayoutProblem?, _ field: Field, _ path: String, exists hint: String
    ) throws(Refusal) {
        switch problem {
        case nil: return
        case .labelTaken: throw Refusal(code: .exists, field: field, value: path, hint: hint)
        case .limit(let what, let max):
            throw Refusal(
                code: .limitExceeded, field: .limit, number: Int64(max), hint: "at most \(max) \(what): make it smaller"
            )
        }
    }

    // MARK: Performers

    private func addPerformer(
        _ id: String, _ name: String, _ genre: String, _ record: inout RecordWriter
    ) throws(Refusal) {
        if catalogue.performersByID[id] != nil {
            throw Refusal(
                code: .exists, field: .performer, value: id,
                hint: "PERFORMER SET \(id) changes it, PERFORMER GET \(id) shows it")
        }
        try checkRoom(catalogue.performers.count, what: "performers")
        record.begin(type: RecordType.performerAdded, at: now)
        record.append(text: id)
        record.append(text: name)
        record.append(text: genre)
        record.end()
    }

    private func setPerformer(
        _ id: String, _ name: String?, _ genre: String?, _ record: inout RecordWriter
    ) throws(Refusal) {
        guard let index = catalogue.performersByID[id] else {
            throw Refusal(
                code: .notFound, field: .performer, value: id,
                hint: "PERFORMER LIST shows the performers, PERFORMER ADD \(id) name= adds one")
        }
        let performer = catalogue.performers[index]
        record.begin(type: RecordType.performerChanged, at: now)
        record.append(performer.number)
        record.append(text: name ?? performer.name)
        record.append(text: genre ?? performer.genre)
        record.end()
    }
}

extension VenueTexts {
    func changed(by arguments: CatalogueChange.VenueArguments) -> VenueTexts {
        VenueTexts(
            name: arguments.name ?? name, city: arguments.city ?? city, country: arguments.country ?? country,
            address: arguments.address ?? address, timeZone: arguments.timeZone ?? timeZone)
    }
}
