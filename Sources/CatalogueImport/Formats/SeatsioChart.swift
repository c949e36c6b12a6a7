// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads a chart of seats.io: rows, tables, booths and general-admission areas, in sections or not, on floors or not.
///
/// There is no published schema; this follows charts as the designer writes them (versions 17 to 22). A row is a row, a
/// table a row of its chairs, a booth an area of one place. What is only drawn (shapes, texts, icons, images) is left out.
struct SeatsioChart {
    /// What a drawing on a floor, or inside a section, stands in.
    private struct Frame {
        /// Where its own 0,0 lies in the whole chart.
        var origin = Point(x: 0, y: 0)
        var floor = 0
        var focalPoint: Point?
        /// The section around it, if any.
        var section: Int?
    }

    private var chart: SeatChart
    private var categories: [String: Category] = [:]
    private var zoneFocalPoints: [String: Point] = [:]
    /// Sections made up for rows that stand in none, by floor and printed name.
    private var looseSections: [String: Int] = [:]

    private struct Category {
        var label: String
        var isAccessible: Bool
    }

    /// The section of rows that stand in none.
    static let looseSectionName = "main"

    static func translate(_ root: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        guard root.isObject else {
            throw root.problem(.wrongKind, "a seats.io chart is an object, not \(root.kindName)")
        }
        var reader = SeatsioChart(chart: SeatChart(name: try root.string("name") ?? "", source: root))
        try reader.readCategories(root, into: &writer)
        try reader.readZones(root)
        if let factor = root["sectionScaleFactor"]?.double, factor != 100 {
            try writer.warn(
                root["sectionScaleFactor"] ?? root,
                "sections of this chart are drawn at another scale; positions inside them are kept as they are written")
        }
        try reader.readFloors(root, into: &writer)
        try reader.chart.write(into: &writer)
    }

    private init(chart: SeatChart) {
        self.chart = chart
    }

    // MARK: Categories and zones

    private mutating func readCategories(_ root: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        guard let list = try root.object("categories")?.array("list") else {
            try writer.warn(root, "the chart has no \"categories\"; check that the file is whole")
            return
        }
        for category in list.children {
            guard category.isObject, let key = try category.label("key") else {
                throw category.problem(.missing, "a category needs a \"key\"")
            }
            let label = try category.label("label") ?? key
            let isAccessible = try category.flag("accessible")
            guard categories.updateValue(Category(label: label, isAccessible: isAccessible), forKey: key) == nil else {
                throw category.problem(
                    .duplicate, "two categories have the key \"\(PrintedText.shown(key))\"; give one another key")
            }
        }
    }

    private mutating func readZones(_ root: JSONValue) throws(ImportProblem) {
        guard let list = try root.object("zones")?.array("list") else { return }
        for zone in list.children {
            if let key = try zone.label("key"), let point = try zone.point("focalPoint") {
                zoneFocalPoints[key] = point
            }
        }
    }

    /// What a seat's, area's or section's category prints, and whether it is one of accessible seats; nil for none.
    private func category(
        of value: JSONValue, into writer: inout PlanWriter
    ) throws(ImportProblem) -> Category? {
        let printed = try value.label("categoryLabel")
        guard let key = try value.label("categoryKey") else {
            guard let printed, !printed.isEmpty else { return nil }
            return Category(label: printed, isAccessible: false)
        }
        if let category = categories[key] { return category }
        let name = PrintedText.shown(key)
        guard let printed, !printed.isEmpty else {
            try writer.warnOnce(
                "category " + key, value, "there is no category with the key \"\(name)\" in this chart; it was left out"
            )
            return nil
        }
        try writer.warnOnce(
            "category " + key, value,
            "there is no category with the key \"\(name)\" in this chart; its own label is used")
        return Category(label: printed, isAccessible: false)
    }

    // MARK: Floors and sections

    private mutating func readFloors(_ root: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        if let floors = try root.array("subChartFloors") {
            for (number, floor) in floors.children.enumerated() {
                try readDrawing(floor, Frame(floor: number, focalPoint: try focalPoint(of: floor)), into: &writer)
            }
        } else if let drawing = try root.object("subChart") {
            try readDrawing(drawing, Frame(focalPoint: try focalPoint(of: drawing)), into: &writer)
        } else {
            throw root.problem(.wrongKind, "a seats.io chart has a \"subChart\", and this has none; check the file")
        }
    }

    private func focalPoint(of drawing: JSONValue) throws(ImportProblem) -> Point? {
        drawing.isObject ? try drawing.point("focalPoint") : nil
    }

    private mutating func readDrawing(
        _ drawing: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        guard drawing.isObject else {
            throw drawing.problem(.badValue, "a drawing has to be an object, not \(drawing.kindName)")
        }
        for member in drawing.children where member.isArray && member.count > 0 {
            switch member.key {
            case "rows": for row in member.children { try readRow(row, frame, into: &writer) }
            case "tables": for table in member.children { try readTable(table, frame, into: &writer) }
            case "booths": for booth in member.children { try readBooth(booth, frame, into: &writer) }
            case "generalAdmissionAreas": for area in member.children { try readArea(area, frame, into: &writer) }
            case "sections": for section in member.children { try readSection(section, frame, into: &writer) }
            case "shapes", "texts", "icons", "images", "imageObjects", "lines", "points": break
            default:
                try writer.warnOnce(
                    "drawing " + member.key, member,
                    "\"\(PrintedText.shown(member.key))\" are not known and were left out; "
                        + "check whether something there is to be sold")
            }
        }
    }

    private mutating func readSection(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let section = try object(value, "a section")
        let label = try section.label("label") ?? ""
        let shown = try section.label("displayLabel") ?? label
        var inner = frame
        if let corner = try section.point("topLeft") { inner.origin = frame.origin + corner }
        if let zone = try section.label("zone"), let focus = zoneFocalPoints[zone] { inner.focalPoint = focus }
        inner.section = chart.sections.count
        chart.sections.append(
            SeatChart.Section(
                printed: label, name: shown, category: try category(of: section, into: &writer)?.label,
                floor: frame.floor, focalPoint: inner.focalPoint, source: section))
        guard let drawing = section["subChart"] else {
            try writer.warn(section, "this section has no \"subChart\", so that it has no seats; it was left out")
            return
        }
        try readDrawing(drawing, inner, into: &writer)
    }

    /// The section that a row goes into: the one around it, the one that it names, or one made up.
    private mutating func section(for row: JSONValue, _ frame: Frame) throws(ImportProblem) -> Int {
        if let section = frame.section { return section }
        let named = try row.label("sectionLabel") ?? ""
        let name = named.isEmpty ? Self.looseSectionName : named
        let key = "\(frame.floor) \(name)"
        if let section = looseSections[key] { return section }
        chart.sections.append(
            SeatChart.Section(
                printed: name, name: try row.label("sectionDisplayedLabel") ?? name, floor: frame.floor,
                focalPoint: frame.focalPoint, source: row))
        looseSections[key] = chart.sections.count - 1
        return chart.sections.count - 1
    }

    // MARK: Rows and tables

    private mutating func readRow(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        try readSeats(of: try object(value, "a row"), isTable: false, frame, into: &writer)
    }

    private mutating func readTable(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let table = try object(value, "a table")
        if try table.flag("bookAsAWhole") {
            try writer.warn(table, "this table is booked as a whole; here its chairs are sold one by one")
        }
        try readSeats(of: table, isTable: true, frame, into: &writer)
    }

    private mutating func readSeats(
        of row: JSONValue, isTable: Bool, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        guard let seats = try row.array("seats") else {
            throw row.problem(
                .missing, "a \(isTable ? "table" : "row") needs \"seats\", an empty list where it has none")
        }
        let label = Self.printed(try row.label("label"))
        var result = SeatChart.Row(
            printed: label, name: try row.label("displayLabel") ?? label, seats: [], isTable: isTable, source: row)
        result.seats.reserveCapacity(seats.count)
        for seat in seats.children {
            result.seats.append(try readSeat(seat, frame, into: &writer))
        }
        chart.sections[try section(for: row, frame)].rows.append(result)
    }

    private func readSeat(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) -> SeatChart.Seat {
        let seat = try object(value, "a seat")
        let category = try category(of: seat, into: &writer)
        let isAccessible = try seat.flag("accessible")
        let isOfAccessibleCategory = try seat.flag("categoryAccessible")
        return SeatChart.Seat(
            printed: Self.printed(try seat.label("label")), position: try seat.asPoint().map { frame.origin + $0 },
            category: category?.label,
            isAccessible: isAccessible || isOfAccessibleCategory || category?.isAccessible == true, source: seat)
    }

    /// The designer writes `?` for what nobody has labelled yet.
    private static func printed(_ label: String?) -> String {
        label == "?" ? "" : label ?? ""
    }

    // MARK: Areas

    private mutating func readArea(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let area = try object(value, "an area")
        guard let capacity = area["capacity"] else { throw area.problem(.missing, "an area needs a \"capacity\"") }
        guard let places = capacity.integer, places >= 1, places <= ImportLimits.placesPerPlanMax else {
            throw capacity.problem(
                .badValue, "a capacity is a whole number from 1 to \(ImportLimits.placesPerPlanMax)")
        }
        if try area.flag("bookAsAWhole") {
            try writer.warn(area, "this area is booked as a whole; here its places are sold one by one")
        }
        try append(area, capacity: places, frame, into: &writer)
    }

    private mutating func readBooth(
        _ value: JSONValue, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        try append(try object(value, "a booth"), capacity: 1, frame, into: &writer)
    }

    private mutating func append(
        _ area: JSONValue, capacity: Int, _ frame: Frame, into writer: inout PlanWriter
    ) throws(ImportProblem) {
        let label = Self.printed(try area.label("label"))
        let shown = try area.label("displayLabel") ?? label
        var category = try category(of: area, into: &writer)?.label
        var prefix = ""
        if let section = frame.section {
            // Areas belong to the house, not to a section, so that their label says where they lie.
            prefix = chart.sections[section].name + " "
            category = category ?? chart.sections[section].category
        }
        chart.areas.append(
            SeatChart.Area(
                printed: label.isEmpty ? "" : prefix + label, name: prefix + shown, capacity: capacity,
                category: category, center: try center(of: area).map { frame.origin + $0 }, floor: frame.floor,
                focalPoint: frame.focalPoint, source: area))
    }

    /// The middle of a shape: of a circle or rectangle its own, of a polygon that of the box around it.
    private func center(of area: JSONValue) throws(ImportProblem) -> Point? {
        if let center = try area.point("center") { return center }
        guard let points = try area.array("points") else { return nil }
        var low: Point?
        var high: Point?
        for value in points.children {
            guard value.isObject, let point = try value.asPoint() else { continue }
            low = low.map { Point(x: min($0.x, point.x), y: min($0.y, point.y)) } ?? point
            high = high.map { Point(x: max($0.x, point.x), y: max($0.y, point.y)) } ?? point
        }
        guard let low, let high else { return nil }
        return Point(x: (low.x + high.x) / 2, y: (low.y + high.y) / 2)
    }

    private func object(_ value: JSONValue, _ what: String) throws(ImportProblem) -> JSONValue {
        guard value.isObject else {
            throw value.problem(.badValue, "\(what) has to be an object, not \(value.kindName)")
        }
        return value
    }
}
