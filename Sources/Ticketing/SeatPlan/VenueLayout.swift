// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Synchronization

/// A venue's layout at one moment, with its plan made when somebody first asks for it.
///
/// A venue is added row by row, and each row is published. Making all columns of an arena anew for every row would take
/// a time that grows with the square of its size, so what is published is this: a reference to the rows. The plan is
/// made once, by whoever first needs it (an event that is added, a reader of the plan), and shared by all.
public final class VenueLayout: Sendable {
    public let seatCount: Int
    public let sectionCount: Int
    public let rowCount: Int
    public let areaCount: Int
    /// Seats, and places of areas.
    public let placeCount: Int
    private let sections: [SectionLayout]
    private let areas: [AreaLayout]
    private let made: Mutex<SeatPlan?>

    public static let empty = VenueLayout(plan: .empty)

    public init(_ builder: SeatPlanBuilder) {
        sections = builder.sections
        areas = builder.areas
        seatCount = builder.seatCount
        sectionCount = builder.sections.count
        rowCount = builder.rowCount
        areaCount = builder.areas.count
        placeCount = builder.placeCount
        made = Mutex(nil)
    }

    /// The layout of a plan that is there already.
    public init(plan: SeatPlan) {
        sections = []
        areas = []
        seatCount = plan.seatCount
        sectionCount = plan.sections.count
        rowCount = plan.rows.count
        areaCount = plan.areas.count
        placeCount = plan.placeCount
        made = Mutex(plan)
    }

    /// The plan.
    ///
    /// - Complexity: O(seats) the first time, while others who ask wait; O(1) from then on.
    public var plan: SeatPlan {
        made.withLock { made in
            if let made { return made }
            let plan = makePlan()
            made = plan
            return plan
        }
    }

    /// The plan, for somebody who needs it once and may take long: it is not kept, and nobody waits meanwhile.
    ///
    /// - Complexity: O(seats), unless ``plan`` was asked for before.
    var planOnce: SeatPlan { made.withLock { $0 } ?? makePlan() }

    private func makePlan() -> SeatPlan {
        SeatPlan(columns: SeatPlanColumns(sections: sections, areas: areas, seatCount: seatCount))
    }
}
