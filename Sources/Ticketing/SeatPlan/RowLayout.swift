// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One row as an operator described it, checked: what the catalogue keeps of it, and what plans are made from.
///
/// An object, so that a layout of thousands of rows is copied by reference when the next row is added.
public final class RowLayout: Sendable {
    /// Neighbours of one category.
    struct CategoryRun: Sendable, Equatable {
        var count: Int
        var category: String
    }

    /// Neighbours of which the same is true.
    struct FlagRun: Sendable, Equatable {
        var count: Int
        var flags: SeatFlags
    }

    let label: String
    /// The printed name, or empty.
    let name: String
    let seatCount: Int
    /// The seats' labels in the notation of ``LabelExpression``.
    let labels: [UInt8]
    /// Covers all seats; no two neighbouring runs are of one category.
    let categoryRuns: [CategoryRun]
    /// Covers all seats, or empty where nothing is to be said of any.
    let flagRuns: [FlagRun]
    /// `x` and `y` of each seat in hundredths, or empty.
    let positions: [Int32]

    /// A row of seats that were checked: as many categories and flags as labels, positions for all or none.
    init(
        label: String, name: String, labels: LabelList, categories: [String], flags: [SeatFlags], positions: [Int32]
    ) {
        self.label = label
        self.name = name
        self.labels = labels.expression
        self.positions = positions
        seatCount = labels.count
        var categoryRuns: [CategoryRun] = []
        for category in categories {
            if let last = categoryRuns.indices.last, categoryRuns[last].category == category {
                categoryRuns[last].count += 1
            } else {
                categoryRuns.append(CategoryRun(count: 1, category: category))
            }
        }
        var flagRuns: [FlagRun] = []
        for flag in flags {
            if let last = flagRuns.indices.last, flagRuns[last].flags == flag {
                flagRuns[last].count += 1
            } else {
                flagRuns.append(FlagRun(count: 1, flags: flag))
            }
        }
        self.categoryRuns = categoryRuns
        self.flagRuns = flagRuns.allSatisfy { $0.flags.isEmpty } ? [] : flagRuns
    }

    /// The same row under another label.
    init(label: String, like other: RowLayout) {
        self.label = label
        name = other.name
        seatCount = other.seatCount
        labels = other.labels
        categoryRuns = other.categoryRuns
        flagRuns = other.flagRuns
        positions = other.positions
    }
}

/// A section as the catalogue keeps it.
public struct SectionLayout: Sendable {
    public var label: String
    public var name: String
    /// What its rows take where they name no category; empty for ``SeatPlanBuilder/standardCategory``.
    public var category: String
    var rows: [RowLayout] = []

    public var rowCount: Int { rows.count }
}

/// An area as the catalogue keeps it.
public struct AreaLayout: Sendable {
    public var label: String
    public var name: String
    public var category: String
    public var capacity: Int
    /// In hundredths; both or neither.
    public var x: Int32?
    public var y: Int32?

    public init(label: String, name: String, category: String, capacity: Int, x: Int32? = nil, y: Int32? = nil) {
        self.label = label
        self.name = name
        self.category = category
        self.capacity = capacity
        self.x = x
        self.y = y
    }
}
