// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The fields of a plan's rows and areas, in the order in which `VIEW` and `VENUE GET` write them.
enum PlanLines {
    /// Address, printed name, category or categories, labels.
    static func rowHead(_ plan: SeatPlan, _ row: Int, to reply: inout ReplyWriter) {
        reply.beginText(.row)
        plan.appendRowAddress(row, to: &reply)
        reply.endText()
        if !plan.rows[row].name.isEmpty { reply.field(.name, plan.rows[row].name) }
        if let category = plan.singleCategory(ofRow: row) {
            reply.field(.category, plan.categories[category])
        } else {
            reply.beginText(.categories)
            plan.appendCategories(ofRow: row, to: &reply)
            reply.endText()
        }
        reply.beginText(.labels)
        plan.appendLabels(ofRow: row, to: &reply)
        reply.endText()
    }

    static func gaps(_ plan: SeatPlan, _ row: Int, to reply: inout ReplyWriter) {
        guard plan.hasGaps(inRow: row) else { return }
        reply.beginText(.gaps)
        plan.appendGaps(ofRow: row, to: &reply)
        reply.endText()
    }

    static func accessible(_ plan: SeatPlan, _ row: Int, to reply: inout ReplyWriter) {
        guard plan.hasAccessibleSeats(inRow: row) else { return }
        reply.beginText(.accessible)
        plan.appendAccessible(ofRow: row, to: &reply)
        reply.endText()
    }

    /// `xy=`, where the row has positions.
    static func positions(_ plan: SeatPlan, _ row: Int, to reply: inout ReplyWriter) {
        let first = SeatIndex(UInt32(plan.seatRange(ofRow: row).lowerBound))
        guard !plan.seatRange(ofRow: row).isEmpty, plan.position(of: first) != nil else { return }
        reply.beginText(.xy)
        plan.appendPositions(ofRow: row, to: &reply)
        reply.endText()
    }

    static func position(ofArea area: Int, of plan: SeatPlan, to reply: inout ReplyWriter) {
        guard plan.areas[area].x != nil else { return }
        reply.beginText(.xy)
        plan.appendPosition(ofArea: area, to: &reply)
        reply.endText()
    }
}
