// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The catalogue's records (their types are in RecordType.swift), after type and time. "text" is a 2-byte length and
// UTF-8; a "plan" is an encoded SeatPlan to the end of the record, used for its bounds checks and its compactness.
//
//     venueAdded        text id, name, city, country, address, time zone
//     venueChanged      venue (4), then as venueAdded but for the id: all texts as they are now
//     sectionAdded      venue (4), text category or empty, text rows expression or empty, plan: the section, with one
//                       row where there are any, which all of them are like
//     rowAdded          venue (4), plan: a section's label and the one row
//     areaAdded         venue (4), plan: the one area
//     performerAdded    text id, name, genre
//     performerChanged  performer (4), text name, genre
//
// Venues and performers are numbered in the order in which they were added.

extension Catalogue {
    /// Applies one record, type and time included. The only way in which the state changes.
    ///
    /// - Throws: Where the record is of an unknown type, contradicts the state, or is a digest other than the state's;
    ///   the state is then as it was before.
    public func apply(record: Span<UInt8>, effects: inout Effects) throws(RecordError) {
        guard record.count >= RecordReader.headerBytes, record.count <= Limits.recordBytesMax else {
            throw .malformed(type: 0, what: "length of a record")
        }
        let type = record[0]
        if type != RecordType.founding, founding == nil {
            throw .malformed(type: type, what: "a record before the founding")
        }
        switch type {
        case RecordType.founding: try applyFounding(record)
        case RecordType.digest: try compareDigest(record)
        case RecordType.reset: try applyReset(record, &effects)
        case RecordType.keyOutcome, RecordType.keysExpired: try keys.apply(record: record)
        case RecordType.venueAdded: try applyVenueAdded(record, &effects)
        case RecordType.venueChanged: try applyVenueChanged(record, &effects)
        case RecordType.sectionAdded: try applySectionAdded(record, &effects)
        case RecordType.rowAdded: try applyRowAdded(record, &effects)
        case RecordType.areaAdded: try applyAreaAdded(record, &effects)
        case RecordType.performerAdded: try applyPerformerAdded(record, &effects)
        case RecordType.performerChanged: try applyPerformerChanged(record, &effects)
        default: throw .unknownType(type)
        }
        if let time = RecordWriter.time(of: record) { lastRecorded = max(lastRecorded ?? time, time) }
    }

    // MARK: Founding, digest, reset

    private func applyFounding(_ record: Span<UInt8>) throws(RecordError) {
        guard founding == nil else { throw .malformed(type: RecordType.founding, what: "a second founding") }
        let decoded = try FoundingRecord(decoding: record)
        founding = decoded
        keys.found(decoded)
    }

    private func compareDigest(_ record: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(body: record)
        let expected = reader.read(UInt64.self)
        try reader.finish(RecordType.digest)
        guard expected == digest else { throw .digestMismatch(expected: expected, found: digest) }
    }

    private func applyReset(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        try RecordReader(body: record).finish(RecordType.reset)
        voidCapture()
        venues = []
        performers = []
        venuesByID = [:]
        performersByID = [:]
        keys.removeAll()
        contentDigest = 0
        if effects.isPublishing { effects.publications.append(Publication(kind: .reset, place: 0)) }
    }

    // MARK: Venues

    private func applyVenueAdded(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.venueAdded
        var reader = RecordReader(body: record)
        let id = reader.readString()
        let texts = VenueTexts(reading: &reader)
        try reader.finish(type)
        guard isID(id), venuesByID[id] == nil, venues.count < Int(UInt32.max) else {
            throw .malformed(type: type, what: "id of a venue")
        }
        let venue = Venue(number: UInt32(venues.count), id: id, texts: texts)
        venuesByID[id] = venues.count
        venues.append(venue)
        venue.mix = StateMix.mix(venue)
        contentDigest &+= venue.mix
        publishIfAsked(venue, &effects)
    }

    private func applyVenueChanged(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        var reader = RecordReader(body: record)
        let venue = try readVenue(&reader, RecordType.venueChanged)
        let texts = VenueTexts(reading: &reader)
        try reader.finish(RecordType.venueChanged)
        willChange(venue)
        venue.texts = texts
        contentDigest &-= venue.mix
        venue.mix = StateMix.mix(venue)
        contentDigest &+= venue.mix
        publishIfAsked(venue, &effects)
    }

    private func readVenue(_ reader: inout RecordReader, _ type: UInt8) throws(RecordError) -> Venue {
        let number = Int(reader.read(UInt32.self))
        guard !reader.isMalformed, number < venues.count else {
            throw .malformed(type: type, what: "number of a venue")
        }
        return venues[number]
    }

    // MARK: Layouts

    /// Reads a plan to the end of the record, of so many sections, rows and areas.
    private func readPlan(
        _ reader: inout RecordReader, of record: Span<UInt8>, _ type: UInt8, sections: Int, rows: ClosedRange<Int>,
        areas: Int
    ) throws(RecordError) -> SeatPlanBuilder {
        let plan = record.extracting(reader.readRange(reader.remaining))
        try reader.finish(type)
        let builder = try SeatPlanBuilder.decode(plan).builder
        guard builder.sections.count == sections, rows.contains(builder.rowCount), builder.areas.count == areas else {
            throw .malformed(type: type, what: "parts of a layout")
        }
        return builder
    }

    private func applySectionAdded(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.sectionAdded
        var reader = RecordReader(body: record)
        let venue = try readVenue(&reader, type)
        let category = reader.readString()
        let rowLabels = reader.readTextRange()
        let part = try readPlan(&reader, of: record, type, sections: 1, rows: 0...1, areas: 0).sections[0]
        guard category.isEmpty || isCategory(category), rowLabels.isEmpty == part.rows.isEmpty else {
            throw .malformed(type: type, what: "section")
        }
        var rows: [RowLayout] = []
        if let first = part.rows.first {
            guard let labels = try? LabelExpression.parse(record.extracting(rowLabels), limit: Limits.rowsPerPlanMax),
                labels[0] == first.label
            else { throw .malformed(type: type, what: "rows of a section") }
            for index in 0..<labels.count { rows.append(RowLayout(label: labels[index], like: first)) }
        }
        guard venue.builder.problem(addingSection: part.label) == nil,
            venue.builder.problem(adding: rows, toSection: nil) == nil
        else { throw .malformed(type: type, what: "a section that cannot be added") }
        let number = venue.builder.sections.count
        willChange(venue)
        _ = venue.changeLayout { builder in
            let problem = builder.addSection(label: part.label, name: part.name, category: category)
            return problem ?? builder.addRows(rows, toSection: number)
        }
        contentDigest &+= StateMix.mix(venue.builder.sections[number], at: number, of: venue.number)
        for (index, row) in rows.enumerated() {
            contentDigest &+= StateMix.mix(row, at: index, ofSection: number, of: venue.number)
        }
        publishIfAsked(venue, &effects)
    }

    private func applyRowAdded(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.rowAdded
        var reader = RecordReader(body: record)
        let venue = try readVenue(&reader, type)
        let part = try readPlan(&reader, of: record, type, sections: 1, rows: 1...1, areas: 0).sections[0]
        guard let section = venue.builder.section(labelled: part.label),
            venue.builder.problem(adding: part.rows, toSection: section) == nil
        else { throw .malformed(type: type, what: "a row that cannot be added") }
        let index = venue.builder.sections[section].rowCount
        willChange(venue)
        _ = venue.changeLayout { $0.addRows(part.rows, toSection: section) }
        contentDigest &+= StateMix.mix(part.rows[0], at: index, ofSection: section, of: venue.number)
        publishIfAsked(venue, &effects)
    }

    private func applyAreaAdded(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.areaAdded
        var reader = RecordReader(body: record)
        let venue = try readVenue(&reader, type)
        let area = try readPlan(&reader, of: record, type, sections: 0, rows: 0...0, areas: 1).areas[0]
        guard venue.builder.problem(adding: area) == nil else {
            throw .malformed(type: type, what: "an area that cannot be added")
        }
        contentDigest &+= StateMix.mix(area, at: venue.builder.areas.count, of: venue.number)
        willChange(venue)
        _ = venue.changeLayout { $0.addArea(area) }
        publishIfAsked(venue, &effects)
    }

    // MARK: Performers

    private func applyPerformerAdded(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.performerAdded
        var reader = RecordReader(body: record)
        let id = reader.readString()
        let name = reader.readString()
        let genre = reader.readString()
        try reader.finish(type)
        guard isID(id), performersByID[id] == nil, performers.count < Int(UInt32.max) else {
            throw .malformed(type: type, what: "id of a performer")
        }
        let performer = Performer(number: UInt32(performers.count), id: id, name: name, genre: genre)
        performersByID[id] = performers.count
        performers.append(performer)
        performer.mix = StateMix.mix(performer)
        contentDigest &+= performer.mix
        publishIfAsked(performer, &effects)
    }

    private func applyPerformerChanged(_ record: Span<UInt8>, _ effects: inout Effects) throws(RecordError) {
        let type = RecordType.performerChanged
        var reader = RecordReader(body: record)
        let number = Int(reader.read(UInt32.self))
        let name = reader.readString()
        let genre = reader.readString()
        try reader.finish(type)
        guard number < performers.count else { throw .malformed(type: type, what: "number of a performer") }
        let performer = performers[number]
        willChange(performer)
        performer.name = name
        performer.genre = genre
        contentDigest &-= performer.mix
        performer.mix = StateMix.mix(performer)
        contentDigest &+= performer.mix
        publishIfAsked(performer, &effects)
    }

    // MARK: Publishing

    private func publishIfAsked(_ venue: Venue, _ effects: inout Effects) {
        if effects.isPublishing { publish(venue, into: &effects) }
    }

    private func publishIfAsked(_ performer: Performer, _ effects: inout Effects) {
        if effects.isPublishing { publish(performer, into: &effects) }
    }

    func publish(_ venue: Venue, into effects: inout Effects) {
        let place = UInt32(effects.venues.count)
        effects.venues.append(venue.facts)
        effects.publications.append(Publication(kind: .venue, place: place))
    }

    func publish(_ performer: Performer, into effects: inout Effects) {
        let place = UInt32(effects.performers.count)
        effects.performers.append(performer.facts)
        effects.publications.append(Publication(kind: .performer, place: place))
    }
}

private func isID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return isID(bytes.span)
}

private func isCategory(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return isCategory(bytes.span)
}

extension VenueTexts {
    init(reading reader: inout RecordReader) {
        name = reader.readString()
        city = reader.readString()
        country = reader.readString()
        address = reader.readString()
        timeZone = reader.readString()
    }

    func write(into record: inout RecordWriter) {
        record.append(text: name)
        record.append(text: city)
        record.append(text: country)
        record.append(text: address)
        record.append(text: timeZone)
    }
}

extension RecordReader {
    /// Bytes of a record before its body: type and time.
    static let headerBytes = 9

    /// A reader that stands behind type and time.
    @_lifetime(copy record)
    init(body record: Span<UInt8>) {
        self.init(record)
        _ = readRange(Self.headerBytes)
    }

    /// Checks that all was there and nothing is left.
    func finish(_ type: UInt8) throws(RecordError) {
        guard !isMalformed, remaining == 0 else { throw .malformed(type: type, what: "length of a field") }
    }
}
