// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension SeatChart {
    /// Makes the request lines of the house: its venue, then each section with its rows, then its areas.
    ///
    /// - Throws: ``ImportProblem`` where two seats would have one address, or a line or the house is too large.
    func write(into writer: inout PlanWriter) throws(ImportProblem) {
        var chart = self
        for index in chart.sections.indices { chart.sections[index].joinRowsOfOneName() }
        chart.sortByDistance()
        var scribe = SeatChartScribe(venue: try chart.writeVenue(into: &writer))
        for section in chart.sections { try scribe.write(section, into: &writer) }
        for area in chart.areas { try scribe.write(area, into: &writer) }
        guard writer.plan.summary.seats + writer.plan.summary.places > 0 else {
            throw source.problem(
                .wrongKind, "there is no seat and no place in this plan; check that it is the right file")
        }
    }

    private func writeVenue(into writer: inout PlanWriter) throws(ImportProblem) -> String {
        let printed = try writer.name(writer.options.venueName ?? name, of: source["name"] ?? source)
        let id = writer.options.venueID ?? IDMaker.slug(printed.isEmpty ? "venue" : printed)
        var line = RequestLine("VENUE ADD", id)
        line.value("name", printed.isEmpty ? id : printed)
        try writer.append(line, about: source)
        writer.count { $0.venues += 1 }
        return id
    }
}

/// Writes the lines of one house, and remembers the labels that it has given.
struct SeatChartScribe {
    let venue: String
    private var places = LabelMaker()
    private var categories = LabelMaker()
    private var categoryLabels: [String: String] = [:]
    private var sectionNames: Set<String> = []
    private var sectionCount = 0
    private var areaCount = 0

    init(venue: String) {
        self.venue = venue
    }

    // MARK: Sections

    mutating func write(_ section: SeatChart.Section, into writer: inout PlanWriter) throws(ImportProblem) {
        let rows = section.rows.filter { !$0.seats.isEmpty }
        if rows.count < section.rows.count, let empty = section.rows.first(where: { $0.seats.isEmpty }) {
            try writer.warn(
                empty.source, "\(section.rows.count - rows.count) rows or tables without a seat were left out")
        }
        if rows.isEmpty { return }
        sectionCount += 1
        guard sectionCount <= ImportLimits.sectionsPerPlanMax else {
            throw section.source.problem(.limit, "a venue has at most \(ImportLimits.sectionsPerPlanMax) sections")
        }
        if !section.printed.isEmpty, !sectionNames.insert(section.printed).inserted {
            try writer.warn(
                section.source,
                "a section called \"\(PrintedText.shown(section.printed))\" came before; this one's label gets a number"
            )
        }
        let label = places.make(section.printed, position: sectionCount)
        var line = RequestLine("SECTION ADD", "\(venue)/\(label)")
        try write(name: section.name, unless: label, about: section.source, to: &line, into: &writer)
        if let category = section.category { line.value("category", try categoryLabel(category, section.source)) }
        try writer.append(line, about: section.source)
        writer.count { $0.sections += 1 }

        let spacing = SeatChart.Row.median(rows.filter { !$0.isTable }.flatMap(\.spacings))
        var rowLabels = LabelMaker()
        for (index, row) in rows.enumerated() {
            let rowLabel = rowLabels.make(row.printed, position: index + 1)
            try write(row, of: section, as: "\(venue)/\(label)/\(rowLabel)", rowLabel, spacing, into: &writer)
        }
    }

    // MARK: Rows

    private mutating func write(
        _ row: SeatChart.Row, of section: SeatChart.Section, as address: String, _ label: String, _ spacing: Double?,
        into writer: inout PlanWriter
    ) throws(ImportProblem) {
        try checkSizes(row, writer)
        let labels = try seatLabels(of: row, into: &writer)
        var line = RequestLine("ROW ADD", address)
        line.value("seats", LabelExpression.text(labels))
        try write(name: row.name, unless: label, about: row.source, to: &line, into: &writer)
        try writeCategories(of: row, in: section, labels, to: &line, into: &writer)
        line.value(
            "gaps", unlessEmpty: row.aisles(sectionSpacing: spacing).map { labels[$0] }.joined(separator: ","))
        let accessible = row.seats.indices.filter { row.seats[$0].isAccessible }
        line.value("accessible", unlessEmpty: Self.runs(accessible, labels).joined(separator: ","))
        try writePositions(of: row, to: &line, into: &writer)
        try writer.append(line, about: row.source)
        writer.count {
            $0.rows += 1
            $0.seats += row.seats.count
        }
    }

    private func checkSizes(_ row: SeatChart.Row, _ writer: PlanWriter) throws(ImportProblem) {
        guard row.seats.count <= ImportLimits.seatsPerRowMax else {
            throw row.source.problem(
                .limit, "a row has at most \(ImportLimits.seatsPerRowMax) seats, and this has \(row.seats.count)")
        }
        guard writer.plan.summary.rows < ImportLimits.rowsPerPlanMax else {
            throw row.source.problem(.limit, "a venue has at most \(ImportLimits.rowsPerPlanMax) rows")
        }
        guard writer.plan.summary.seats + row.seats.count <= ImportLimits.seatsPerPlanMax else {
            throw row.source.problem(.limit, "a venue has at most \(ImportLimits.seatsPerPlanMax) numbered seats")
        }
    }

    /// A label for each seat. Two that print the same would be two people with one seat, so that is an error.
    private func seatLabels(
        of row: SeatChart.Row, into writer: inout PlanWriter
    ) throws(ImportProblem) -> [String] {
        var printed: [String: Int] = [:]
        for (index, seat) in row.seats.enumerated() where !seat.printed.isEmpty {
            if let other = printed.updateValue(index, forKey: seat.printed) {
                let place = row.seats[other].source.location
                throw seat.source.problem(
                    .duplicate,
                    "two seats of row \"\(PrintedText.shown(row.name))\" are both called "
                        + "\"\(PrintedText.shown(seat.printed))\" (the other at line \(place.line)); "
                        + "give one of them another label in the drawing")
            }
        }
        var maker = LabelMaker()
        var labels: [String] = []
        labels.reserveCapacity(row.seats.count)
        for (index, seat) in row.seats.enumerated() {
            if seat.printed.isEmpty {
                try writer.warnOnce(
                    "seat without label", seat.source,
                    "this seat has no label, and others may have none; they are called by their place in the row")
            }
            let label = maker.make(seat.printed, position: index + 1)
            if label != seat.printed, !seat.printed.isEmpty {
                writer.noteOnce(
                    "seat label", seat.source,
                    "this seat is called \"\(PrintedText.shown(seat.printed))\" on paper and \(label) in addresses, "
                        + "and others may be too")
            }
            labels.append(label)
        }
        return labels
    }

    private mutating func writeCategories(
        of row: SeatChart.Row, in section: SeatChart.Section, _ labels: [String], to line: inout RequestLine,
        into writer: inout PlanWriter
    ) throws(ImportProblem) {
        var names: [String] = []
        names.reserveCapacity(row.seats.count)
        for seat in row.seats {
            if let printed = seat.category ?? section.category {
                names.append(try categoryLabel(printed, seat.source))
                continue
            }
            try writer.warnOnce(
                "no category", seat.source,
                "this seat has no price category, and others may have none; "
                    + "they are sold as \"\(SeatChart.standardCategory)\"")
            names.append(SeatChart.standardCategory)
        }
        if let only = names.first, names.allSatisfy({ $0 == only }) {
            line.value("category", only)
            return
        }
        var items: [String] = []
        var start = 0
        while start < names.count {
            let end = names[start...].firstIndex { $0 != names[start] } ?? names.count
            items += Self.runs(Array(start..<end), labels).map { "\($0):\(names[start])" }
            start = end
        }
        line.value("categories", items.joined(separator: ","))
    }

    /// Seats by position as addresses name them: `3-6` is a run in map order, whatever the labels count.
    private static func runs(_ indexes: [Int], _ labels: [String]) -> [String] {
        var items: [String] = []
        var at = 0
        while at < indexes.count {
            var end = at
            while end + 1 < indexes.count, indexes[end + 1] == indexes[end] + 1 { end += 1 }
            items.append(at == end ? labels[indexes[at]] : "\(labels[indexes[at]])-\(labels[indexes[end]])")
            at = end + 1
        }
        return items
    }

    /// Positions to a hundredth where the line has room for them, else to whole units, else none.
    private func writePositions(
        of row: SeatChart.Row, to line: inout RequestLine, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let points = row.seats.compactMap(\.position)
        guard points.count == row.seats.count else {
            if !points.isEmpty {
                try writer.warn(row.source, "some seats of this row have no position, so that none of it was kept")
            }
            return
        }
        for (index, point) in points.enumerated() { try Self.check(point, of: row.seats[index].source) }
        var exact = line
        exact.value("xy", points.map(\.text).joined(separator: " "))
        if writer.fits(exact) {
            line = exact
            return
        }
        var rounded = line
        rounded.value("xy", points.map { $0.rounded().text }.joined(separator: " "))
        if writer.fits(rounded) {
            try writer.warn(
                row.source, "the positions of this long row were rounded to whole units, to fit a line of the protocol")
            line = rounded
        } else if writer.fits(line) {
            try writer.warn(
                row.source, "the positions of this row were left out: they do not fit a line of the protocol")
        }
    }

    // MARK: Areas

    mutating func write(_ area: SeatChart.Area, into writer: inout PlanWriter) throws(ImportProblem) {
        areaCount += 1
        guard areaCount <= ImportLimits.sectionsPerPlanMax else {
            throw area.source.problem(.limit, "a venue has at most \(ImportLimits.sectionsPerPlanMax) areas")
        }
        let total = writer.plan.summary.seats + writer.plan.summary.places
        guard area.capacity >= 1, area.capacity <= ImportLimits.placesPerPlanMax - total else {
            throw area.source.problem(
                .limit,
                "a capacity is at least 1, and a venue has at most \(ImportLimits.placesPerPlanMax) seats and places")
        }
        let label = places.make(area.printed, position: areaCount)
        var line = RequestLine("AREA ADD", "\(venue)/\(label)")
        line.value("capacity", String(area.capacity))
        try write(name: area.name, unless: label, about: area.source, to: &line, into: &writer)
        if area.category == nil {
            try writer.warn(
                area.source, "this area has no price category; it is sold as \"\(SeatChart.standardCategory)\"")
        }
        line.value("category", try categoryLabel(area.category ?? SeatChart.standardCategory, area.source))
        if let center = area.center {
            try Self.check(center, of: area.source)
            line.value("xy", center.text)
        }
        try writer.append(line, about: area.source)
        writer.count {
            $0.areas += 1
            $0.places += area.capacity
        }
    }

    // MARK: Names

    private mutating func categoryLabel(_ printed: String, _ source: JSONValue) throws(ImportProblem) -> String {
        if printed == SeatChart.standardCategory { return printed }
        if let label = categoryLabels[printed] { return label }
        guard categoryLabels.count < ImportLimits.categoriesPerPlanMax - 1 else {
            throw source.problem(.limit, "a venue has at most \(ImportLimits.categoriesPerPlanMax) price categories")
        }
        if categoryLabels.isEmpty { _ = categories.take(SeatChart.standardCategory) }
        let label = categories.make(printed, position: categoryLabels.count + 1)
        categoryLabels[printed] = label
        return label
    }

    /// Keeps the printed name beside the label where the label does not say it already.
    private func write(
        name: String, unless label: String, about source: JSONValue, to line: inout RequestLine,
        into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let printed = try writer.name(name, of: source)
        if printed != label { line.value("name", unlessEmpty: printed) }
    }

    /// Each coordinate of a file was checked on reading; their sums, for things inside things, are checked here.
    private static func check(_ point: Point, of source: JSONValue) throws(ImportProblem) {
        guard abs(point.x) <= ImportLimits.coordinateMax, abs(point.y) <= ImportLimits.coordinateMax else {
            throw source.problem(
                .badValue,
                "this lies too far out; a coordinate is at most \(Int(ImportLimits.coordinateMax)) either way")
        }
    }
}
