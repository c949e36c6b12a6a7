// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A venue's layout while it grows: sections, rows and areas in the order in which they were added, checked against
/// each other and against ``Limits`` as they come. A value; ``VenueLayout`` makes a plan of it.
public struct SeatPlanBuilder: Sendable {
    /// The category of whatever names none.
    public static let standardCategory = "standard"

    public private(set) var sections: [SectionLayout] = []
    public private(set) var areas: [AreaLayout] = []
    public private(set) var rowCount = 0
    public private(set) var seatCount = 0
    /// Seats, and places of areas.
    public private(set) var placeCount = 0
    /// Categories of seats and areas, as they came.
    private var categories: [String] = []
    /// Sections count up from 0, areas down from -1: one namespace. For looking up only: its order never shows.
    private var labels: [String: Int] = [:]
    /// The row labels of each section. For looking up only; beside the sections, so that a published layout does not
    /// share them and the next row does not have to copy them.
    private var rowLabels: [Set<String>] = []

    public init() {}

    public var isEmpty: Bool { labels.isEmpty }

    /// The section with this label: an index into ``sections``.
    public func section(labelled label: String) -> Int? {
        guard let number = labels[label], number >= 0 else { return nil }
        return number
    }

    /// The area with this label: an index into ``areas``.
    public func area(labelled label: String) -> Int? {
        guard let number = labels[label], number < 0 else { return nil }
        return -1 - number
    }

    /// Whether a section has a row with this label.
    public func hasRow(_ label: String, inSection section: Int) -> Bool {
        rowLabels[section].contains(label)
    }

    // MARK: Checks

    /// Why `section` of no rows yet cannot be added, or nil.
    public func problem(addingSection label: String) -> LayoutProblem? {
        if labels[label] != nil { return .labelTaken(label) }
        return sections.count < Limits.sectionsPerPlanMax
            ? nil : .limit(what: "sections in a venue", max: Limits.sectionsPerPlanMax)
    }

    /// Why these rows cannot be added to a section (nil: one that is about to be added), or nil.
    public func problem(adding rows: [RowLayout], toSection section: Int?) -> LayoutProblem? {
        var seats = 0
        var names = categories
        for row in rows {
            if let section, hasRow(row.label, inSection: section) { return .labelTaken(row.label) }
            seats += row.seatCount
        }
        // Rows of one request are alike, so their categories are looked at once.
        var previous: RowLayout?
        for row in rows where previous?.categoryRuns != row.categoryRuns {
            for run in row.categoryRuns where !names.contains(run.category) { names.append(run.category) }
            previous = row
        }
        return problem(rows: rows.count, seats: seats, categories: names.count)
    }

    /// Why `count` rows that differ in their labels alone cannot be added to a section that is about to be added, or nil.
    /// None of them needs to be made for this: a request of a few bytes may ask for more than fit.
    ///
    /// - Complexity: O(categories).
    public func problem(adding count: Int, rowsLike row: RowLayout) -> LayoutProblem? {
        var names = categories
        for run in row.categoryRuns where !names.contains(run.category) { names.append(run.category) }
        let (seats, overflows) = count.multipliedReportingOverflow(by: row.seatCount)
        return problem(rows: count, seats: overflows ? .max : seats, categories: names.count)
    }

    private func problem(rows: Int, seats: Int, categories: Int) -> LayoutProblem? {
        // Counts may be any numbers: a sum could overflow, these differences cannot.
        if rows > Limits.rowsPerPlanMax - rowCount {
            return .limit(what: "rows in a venue", max: Limits.rowsPerPlanMax)
        }
        if seats > Limits.seatsPerPlanMax - seatCount {
            return .limit(what: "numbered seats in a venue", max: Limits.seatsPerPlanMax)
        }
        return problem(places: seats, categories: categories)
    }

    /// Why `area` cannot be added, or nil.
    public func problem(adding area: AreaLayout) -> LayoutProblem? {
        if labels[area.label] != nil { return .labelTaken(area.label) }
        if areas.count >= Limits.sectionsPerPlanMax {
            return .limit(what: "areas in a venue", max: Limits.sectionsPerPlanMax)
        }
        return problem(
            places: area.capacity, categories: categories.count + (categories.contains(area.category) ? 0 : 1))
    }

    private func problem(places: Int, categories: Int) -> LayoutProblem? {
        // A capacity may be any number: a sum could overflow, this difference cannot.
        if places > Limits.placesPerPlanMax - placeCount {
            return .limit(what: "seats and places in a venue", max: Limits.placesPerPlanMax)
        }
        if categories > Limits.categoriesPerPlanMax {
            return .limit(what: "price categories in a venue", max: Limits.categoriesPerPlanMax)
        }
        return nil
    }

    // MARK: Growing

    /// Adds a section without rows. Where there is a problem nothing is changed.
    public mutating func addSection(label: String, name: String, category: String) -> LayoutProblem? {
        if let problem = problem(addingSection: label) { return problem }
        labels[label] = sections.count
        sections.append(SectionLayout(label: label, name: name, category: category))
        rowLabels.append([])
        return nil
    }

    /// Adds rows behind those that a section has. Where there is a problem nothing is changed.
    public mutating func addRows(_ rows: [RowLayout], toSection section: Int) -> LayoutProblem? {
        if let problem = problem(adding: rows, toSection: section) { return problem }
        for row in rows {
            rowLabels[section].insert(row.label)
            sections[section].rows.append(row)
            rowCount += 1
            seatCount += row.seatCount
            placeCount += row.seatCount
            for run in row.categoryRuns where !categories.contains(run.category) { categories.append(run.category) }
        }
        return nil
    }

    /// Adds an area. Where there is a problem nothing is changed.
    public mutating func addArea(_ area: AreaLayout) -> LayoutProblem? {
        if let problem = problem(adding: area) { return problem }
        labels[area.label] = -1 - areas.count
        areas.append(area)
        placeCount += area.capacity
        if !categories.contains(area.category) { categories.append(area.category) }
        return nil
    }

    // MARK: Freezing

    func columns() -> SeatPlanColumns {
        SeatPlanColumns(sections: sections, areas: areas, seatCount: seatCount)
    }

    /// The plan of the layout as it stands, made anew.
    ///
    /// - Complexity: O(seats). ``VenueLayout`` makes it once and only when asked.
    public func plan() -> SeatPlan {
        isEmpty ? .empty : SeatPlan(columns: columns())
    }
}

/// Why something cannot be added to a layout.
public enum LayoutProblem: Equatable, Sendable {
    /// A section, area or row of that label is there: `EXISTS`.
    case labelTaken(String)
    /// One more would pass a limit: `LIMIT_EXCEEDED`.
    case limit(what: String, max: Int)
}
