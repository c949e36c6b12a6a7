// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads a seating plan of pretix: zones of rows of seats.
///
/// Written against the plan's published schema (`seating-plan.schema.json` of pretix): a zone becomes a section, a row a
/// row, a seat a seat; positions add up from zone, row and seat. Areas are shapes that are drawn and not booked, so they
/// are left out with a note. Real plans carry keys that the schema does not know; each is warned of once.
struct PretixPlan {
    static func translate(_ root: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        let reader = PretixPlan()
        try reader.read(root, into: &writer).write(into: &writer)
    }

    // MARK: The plan

    private func read(_ root: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) -> SeatChart {
        guard root.isObject else {
            throw root.problem(.wrongKind, "a pretix seating plan is an object, not \(root.kindName)")
        }
        guard let zones = try root.array("zones") else {
            throw root.problem(.wrongKind, "a pretix seating plan has \"zones\", and this has none; check the file")
        }
        try warnOfUnknownKeys(root, level: "plan", ["name", "categories", "size", "zones"], &writer)
        let declared = try readCategories(root, into: &writer)
        for key in ["name", "size"] as [StaticString] where root[key] == nil {
            try writer.warn(root, "the plan has no \"\(key)\", which its schema demands")
        }
        var chart = SeatChart(name: try root.string("name") ?? "", source: root)
        for zone in zones.children {
            chart.sections.append(try readZone(zone, declared, into: &writer))
        }
        return chart
    }

    private func readCategories(
        _ root: JSONValue, into writer: inout PlanWriter
    ) throws(ImportProblem) -> Set<String> {
        guard let list = try root.array("categories") else {
            try writer.warn(root, "the plan has no \"categories\", which its schema demands")
            return []
        }
        var names: Set<String> = []
        for category in list.children {
            guard let name = try object(category, "a category").string("name") else {
                throw category.problem(.missing, "a category needs a \"name\"")
            }
            guard names.insert(name).inserted else {
                throw category.problem(
                    .duplicate, "the category \"\(PrintedText.shown(name))\" is there twice; give one another name")
            }
            try warnOfUnknownKeys(category, level: "category", ["name", "color"], &writer)
        }
        return names
    }

    // MARK: Zones

    private func readZone(
        _ value: JSONValue, _ declared: Set<String>, into writer: inout PlanWriter
    ) throws(ImportProblem) -> SeatChart.Section {
        let zone = try object(value, "a zone")
        try warnOfUnknownKeys(zone, level: "zone", ["name", "zone_id", "uuid", "position", "rows", "areas"], &writer)
        guard let rows = try zone.array("rows") else {
            throw zone.problem(.missing, "a zone needs \"rows\", an empty list where it has none")
        }
        let origin = try position(of: zone, "zone", into: &writer) ?? Point(x: 0, y: 0)
        if let areas = try zone.array("areas"), areas.count > 0 {
            writer.note(
                areas,
                "areas of pretix are drawn and not booked, so \(areas.count) of them were left out; "
                    + "a standing area is added with AREA ADD")
        }
        let zoneID = try zone.string("zone_id")
        let name = try zone.string("name") ?? zoneID ?? ""
        var section = SeatChart.Section(printed: name, name: name, source: zone)
        for row in rows.children {
            section.rows.append(try readRow(row, origin, declared, into: &writer))
        }
        return section
    }

    // MARK: Rows

    private func readRow(
        _ value: JSONValue, _ origin: Point, _ declared: Set<String>, into writer: inout PlanWriter
    ) throws(ImportProblem) -> SeatChart.Row {
        let row = try object(value, "a row")
        try warnOfUnknownKeys(
            row, level: "row",
            ["row_number", "row_label", "seat_label", "row_number_position", "uuid", "position", "seats"], &writer)
        guard let seats = try row.array("seats") else {
            throw row.problem(.missing, "a row needs \"seats\", an empty list where it has none")
        }
        let number = try row.label("row_number") ?? ""
        if number.isEmpty {
            try writer.warnOnce(
                "row without number", row,
                "this row has no \"row_number\", and others may have none; they are called by their place in the zone")
        }
        let start = origin + (try position(of: row, "row", into: &writer) ?? Point(x: 0, y: 0))
        let printed = try row.label("row_label") ?? ""
        let name = printed.isEmpty ? number : Self.fill(printed, with: number)
        var result = SeatChart.Row(printed: number, name: name, seats: [], source: row)
        result.seats.reserveCapacity(seats.count)
        for seat in seats.children {
            result.seats.append(try readSeat(seat, start, declared, into: &writer))
        }
        return result
    }

    /// A label may say `%s` where the number goes.
    private static func fill(_ label: String, with number: String) -> String {
        guard let percent = label.firstIndex(of: "%") else { return label }
        let after = label.index(after: percent)
        guard after < label.endIndex, label[after] == "s" else { return label }
        return label[..<percent] + number + label[label.index(after: after)...]
    }

    private func readSeat(
        _ value: JSONValue, _ start: Point, _ declared: Set<String>, into writer: inout PlanWriter
    ) throws(ImportProblem) -> SeatChart.Seat {
        let seat = try object(value, "a seat")
        try warnOfUnknownKeys(
            seat, level: "seat",
            ["seat_guid", "seat_number", "uuid", "start_direction", "radius", "position", "category"], &writer)
        let category = try seat.string("category") ?? ""
        if !category.isEmpty, !declared.contains(category) {
            try writer.warnOnce(
                "category " + category, seat,
                "the category \"\(PrintedText.shown(category))\" is not among the plan's \"categories\"; it is kept")
        }
        let offset = try seat.point("position")
        if offset == nil {
            try writer.warnOnce(
                "seat without position", seat, "this seat has no \"position\", and others may have none")
        }
        return SeatChart.Seat(
            printed: try seat.label("seat_number") ?? "", position: offset.map { start + $0 },
            category: category.isEmpty ? nil : category, isAccessible: false, source: seat)
    }

    // MARK: Parts

    private func object(_ value: JSONValue, _ what: String) throws(ImportProblem) -> JSONValue {
        guard value.isObject else {
            throw value.problem(.badValue, "\(what) has to be an object, not \(value.kindName)")
        }
        return value
    }

    private func position(
        of value: JSONValue, _ what: String, into writer: inout PlanWriter
    ) throws(ImportProblem) -> Point? {
        if let point = try value.point("position") { return point }
        try writer.warnOnce(
            what + " without position", value,
            "this \(what) has no \"position\", and others may have none; they are taken to lie at 0,0")
        return nil
    }

    private func warnOfUnknownKeys(
        _ value: JSONValue, level: String, _ known: Set<String>, _ writer: inout PlanWriter
    ) throws(ImportProblem) {
        for member in value.children where !known.contains(member.key) {
            let key = PrintedText.shown(member.key)
            try writer.warnOnce(
                "key \(level).\(member.key)", member,
                "the key \"\(key)\" of a \(level) is not in the schema of pretix; it was left out")
        }
    }
}
