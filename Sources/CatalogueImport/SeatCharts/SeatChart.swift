// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A house as a drawing describes it, whatever program drew it: what seating plans and charts are read into and request
/// lines are made from. Names are as printed; labels come later.
struct SeatChart {
    struct Seat {
        /// What is printed on it; empty where nothing is.
        var printed: String
        /// In the chart's own units; nil where the drawing does not say.
        var position: Point?
        /// The printed name of its price category; nil for the section's.
        var category: String?
        var isAccessible: Bool
        /// Where in the file it stands.
        var source: JSONValue
    }

    struct Row {
        /// What tells it apart from other rows of its section; empty where nothing does.
        var printed: String
        /// What is shown to people.
        var name: String
        var seats: [Seat]
        /// A table is a row of its chairs: no aisle between two of them, and never one row with another.
        var isTable = false
        /// Seats after which a gap lies whatever the distance, by position in `seats`: where rows were joined.
        var joints: [Int] = []
        var source: JSONValue
    }

    struct Section {
        var printed: String
        var name: String
        var category: String?
        var rows: [Row] = []
        /// Floors are sold one after another, the first first.
        var floor = 0
        /// Where the audience looks: rows and sections nearer to it come first. Nil keeps the file's order.
        var focalPoint: Point?
        var source: JSONValue
    }

    struct Area {
        var printed: String
        var name: String
        var capacity: Int
        var category: String?
        var center: Point?
        var floor = 0
        var focalPoint: Point?
        var source: JSONValue
    }

    var name: String
    var sections: [Section] = []
    var areas: [Area] = []
    /// The whole drawing.
    var source: JSONValue

    /// The category of whatever names none.
    static let standardCategory = "standard"
}

// MARK: - Rows that are one

extension SeatChart.Section {
    /// Joins rows that print the same: a row on both sides of an aisle is often drawn as two, and tickets say one.
    ///
    /// The parts are put in order along the row, and a gap lies between them where they are not neighbours.
    mutating func joinRowsOfOneName() {
        var joined: [SeatChart.Row] = []
        var places: [String: Int] = [:]
        var parts: [Int: [SeatChart.Row]] = [:]
        for row in rows {
            if row.isTable || row.printed.isEmpty {
                joined.append(row)
            } else if let place = places[row.printed] {
                parts[place, default: [joined[place]]].append(row)
            } else {
                places[row.printed] = joined.count
                joined.append(row)
            }
        }
        for (place, rows) in parts { joined[place] = Self.join(rows) }
        rows = joined
    }

    private static func join(_ parts: [SeatChart.Row]) -> SeatChart.Row {
        guard var row = parts.first else { preconditionFailure("a row has at least one part") }
        let ordered = inOrderAlongTheRow(parts)
        row.seats = []
        for part in ordered where !part.seats.isEmpty {
            if !row.seats.isEmpty { row.joints.append(row.seats.count - 1) }
            row.seats += part.seats
        }
        return row
    }

    /// Parts in the direction of the longest part, by where their middle lies; as they came where nothing can be told.
    private static func inOrderAlongTheRow(_ parts: [SeatChart.Row]) -> [SeatChart.Row] {
        let longest = parts.max { $0.seats.count < $1.seats.count }
        guard let first = longest?.seats.first?.position, let last = longest?.seats.last?.position,
            first.distance(to: last) > 0
        else { return parts }
        let direction = last - first
        var keyed: [(along: Double, place: Int)] = []
        for (place, part) in parts.enumerated() {
            guard let center = Point.mean(of: part.seats.compactMap(\.position)) else { return parts }
            let offset = center - first
            keyed.append((offset.x * direction.x + offset.y * direction.y, place))
        }
        keyed.sort { ($0.along, $0.place) < ($1.along, $1.place) }
        return keyed.map { parts[$0.place] }
    }
}

// MARK: - Aisles

extension SeatChart.Row {
    /// How much farther than usual two neighbours stand apart where an aisle runs between them.
    ///
    /// Chairs in one row of a real house vary by some ten percent (curves, arm rests), while the narrowest aisle adds
    /// more than half a seat; a place left out in a row adds a whole one.
    static let aisleRatio = 1.6

    /// The distances between neighbours, where both have a position.
    var spacings: [Double] {
        zip(seats, seats.dropFirst()).compactMap { left, right in
            guard let a = left.position, let b = right.position else { return nil }
            return a.distance(to: b)
        }
    }

    /// The seats, by position in `seats`, after which an aisle lies.
    ///
    /// - Parameter sectionSpacing: The usual distance in the section, for rows too short to have one of their own.
    func aisles(sectionSpacing: Double?) -> [Int] {
        if isTable { return [] }
        let own = spacings
        let usual = own.count >= 3 ? Self.median(own) : sectionSpacing
        return (0..<max(0, seats.count - 1)).filter { index in
            guard let a = seats[index].position, let b = seats[index + 1].position, let usual, usual > 0 else {
                return joints.contains(index)
            }
            return a.distance(to: b) > usual * Self.aisleRatio
        }
    }

    static func median(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}

// MARK: - Order

extension SeatChart {
    /// Puts sections, rows and areas in order of distance to where the audience looks: a section or row is as near as
    /// its nearest seat. What is equally near, or has no focal point, keeps the file's order.
    mutating func sortByDistance() {
        for index in sections.indices {
            guard let focus = sections[index].focalPoint else { continue }
            sections[index].rows = Self.sorted(sections[index].rows) { (0, $0.distance(to: focus)) }
        }
        sections = Self.sorted(sections) { section in
            guard let focus = section.focalPoint else { return (section.floor, 0) }
            return (section.floor, section.rows.map { $0.distance(to: focus) }.min() ?? .infinity)
        }
        areas = Self.sorted(areas) { area in
            guard let focus = area.focalPoint, let center = area.center else { return (area.floor, 0) }
            return (area.floor, center.distance(to: focus))
        }
    }

    /// Swift's sort promises no order of equals, and equals have to keep the file's.
    private static func sorted<Item>(_ items: [Item], by key: (Item) -> (Int, Double)) -> [Item] {
        let keyed = items.enumerated().map { (key: key($0.element), place: $0.offset) }
        let order = keyed.sorted { ($0.key.0, $0.key.1, $0.place) < ($1.key.0, $1.key.1, $1.place) }
        return order.map { items[$0.place] }
    }
}

extension SeatChart.Row {
    fileprivate func distance(to focus: Point) -> Double {
        seats.compactMap { $0.position?.distance(to: focus) }.min() ?? .infinity
    }
}
