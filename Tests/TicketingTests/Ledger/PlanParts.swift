// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

@testable import Ticketing

/// A part of a test's seat plan.
enum PlanPart {
    /// `section/row`, labels as in `seats=`, categories as in `categories=`, the labels before a gap, accessible ones.
    case row(String, String, categories: String = "", gaps: String = "", accessible: String = "")
    /// Label, places, category.
    case area(String, Int, category: String = "standard")
}

/// The plan of these parts, in their order.
func plan(_ parts: [PlanPart]) -> SeatPlan {
    var builder = SeatPlanBuilder()
    for part in parts {
        switch part {
        case .row(let address, let seats, let categories, let gaps, let accessible):
            let names = address.split(separator: "/").map(String.init)
            if builder.section(labelled: names[0]) == nil {
                precondition(builder.addSection(label: names[0], name: "", category: "") == nil)
            }
            guard let section = builder.section(labelled: names[0]),
                var row = try? RowDraft(seats: Array(seats.utf8).span)
            else { preconditionFailure("a test's row does not parse: \(address)") }
            do {
                if !categories.isEmpty { try row.take(categories: Array(categories.utf8).span) }
                if !gaps.isEmpty { try row.take(gaps: Array(gaps.utf8).span) }
                if !accessible.isEmpty { try row.take(accessible: Array(accessible.utf8).span) }
            } catch {
                preconditionFailure("a test's row does not parse: \(error)")
            }
            precondition(
                builder.addRows([row.layout(label: names[1], category: "standard")], toSection: section) == nil)
        case .area(let label, let capacity, let category):
            precondition(
                builder.addArea(AreaLayout(label: label, name: "", category: category, capacity: capacity)) == nil)
        }
    }
    return builder.plan()
}
