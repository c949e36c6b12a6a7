// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Seat plans")
struct SeatPlanTests {
    @Test("seats are numbered by section, row and place, as added")
    func numbering() throws {
        let plan = try SeatPlanBuilder.theatre().plan()
        #expect(plan.seatCount == 33)
        #expect(plan.placeCount == 33 + 503)
        #expect(plan.rows.map(\.firstSeat) == [0, 10, 30])
        #expect(plan.sections.map(\.rowRange) == [0..<2, 2..<3])
        #expect(plan.address(of: SeatIndex(0)) == "stalls/A/1")
        #expect(plan.address(of: SeatIndex(10)) == "stalls/B/19")
        #expect(plan.address(of: SeatIndex(31)) == "box/L1/middle")
        for row in plan.rows.indices {
            for seat in plan.seatRange(ofRow: row) { #expect(plan.rowIndex(of: SeatIndex(UInt32(seat))) == row) }
            #expect(plan.seatRange(ofRow: row) == plan.rows[row].seatRange)
            #expect(plan.sectionIndex(ofRow: row) == plan.rows[row].section)
        }
    }

    @Test("rows that are added to an earlier section go before those of a later one")
    func lateRow() throws {
        var builder = try SeatPlanBuilder.theatre()
        try builder.row("C", of: 0, seats: "1-2")
        let plan = builder.plan()
        #expect(plan.rows.map(\.label) == ["A", "B", "C", "L1"])
        #expect(plan.address(of: SeatIndex(30)) == "stalls/C/1")
        #expect(plan.address(of: SeatIndex(32)) == "box/L1/left")
    }

    @Test("categories come in order of first appearance")
    func categories() throws {
        let plan = try SeatPlanBuilder.theatre().plan()
        #expect(plan.categories == ["vip", "std", "standard", "grass"])
        #expect(plan.category(of: SeatIndex(3)) == 0)
        #expect(plan.category(of: SeatIndex(4)) == 1)
        #expect(plan.areas.map(\.category) == [3, 0])
        #expect(plan.category("std") == 1)
        #expect(plan.category("st") == nil)
    }

    @Test("a row says of itself what ROW ADD takes")
    func texts() throws {
        let plan = try SeatPlanBuilder.theatre().plan()
        #expect(plan.text { plan.appendRowAddress(0, to: &$0) } == "stalls/A")
        #expect(plan.text { plan.appendLabels(ofRow: 0, to: &$0) } == "1-10")
        #expect(plan.text { plan.appendLabels(ofRow: 1, to: &$0) } == "19-1/2,2-20/2")
        #expect(plan.text { plan.appendLabels(ofRow: 2, to: &$0) } == "left,middle,right")
        #expect(plan.text { plan.appendGaps(ofRow: 0, to: &$0) } == "5")
        #expect(plan.text { plan.appendAccessible(ofRow: 0, to: &$0) } == "1,9-10")
        #expect(plan.text { plan.appendCategories(ofRow: 0, to: &$0) } == "1-4:vip,5-10:std")
        #expect(plan.text { plan.appendCategories(ofRow: 2, to: &$0) } == "vip")
        #expect(plan.text { plan.appendPositions(ofRow: 0, to: &$0) } == "")
        #expect(plan.text { plan.appendPositions(ofRow: 2, to: &$0) } == "0,0 25,-0.5 50,1.25")
        #expect(plan.text { plan.appendPosition(ofArea: 1, to: &$0) } == "0.05,-0.07")
        #expect(plan.text { plan.appendAreaAddress(0, count: 40, to: &$0) } == "lawn:40")
        #expect(plan.text { plan.appendAreaAddress(0, count: nil, to: &$0) } == "lawn")
        #expect(plan.text { plan.appendAddress(of: SeatIndex(32), to: &$0) } == "box/L1/right")
        #expect(plan.singleCategory(ofRow: 0) == nil)
        #expect(plan.hasGaps(inRow: 0) && !plan.hasGaps(inRow: 1))
        #expect(plan.hasAccessibleSeats(inRow: 0) && !plan.hasAccessibleSeats(inRow: 1))
    }

    @Test("a row is walked with its aisle")
    func walk() throws {
        let plan = try SeatPlanBuilder.theatre().plan()
        var map = ""
        plan.forEachPosition(ofRow: 0) { map += $0 == nil ? "_" : "." }
        #expect(map == "....._.....")
        #expect(plan.position(of: SeatIndex(0)) == nil)
        #expect(plan.position(of: SeatIndex(31)).map { [$0.x, $0.y] } == [2_500, -50])
    }

    @Test("sections and areas are found by label, in one namespace")
    func labels() throws {
        var builder = try SeatPlanBuilder.theatre()
        let plan = builder.plan()
        #expect(plan.section("box") == 1)
        #expect(plan.section("lawn") == nil)
        #expect(plan.area("pit") == 1)
        #expect(plan.area("box") == nil)
        #expect(builder.addSection(label: "lawn", name: "", category: "") == .labelTaken("lawn"))
        #expect(
            builder.addArea(AreaLayout(label: "box", name: "", category: "x", capacity: 1)) == .labelTaken("box"))
    }

    @Test("a layout's plan is made once, and shared")
    func layout() throws {
        let layout = VenueLayout(try SeatPlanBuilder.theatre())
        #expect(layout.seatCount == 33 && layout.rowCount == 3 && layout.sectionCount == 2 && layout.areaCount == 2)
        #expect(layout.plan === layout.plan)
        #expect(layout.plan.contentHash == (try SeatPlanBuilder.theatre().plan().contentHash))
    }
}

@Suite("Rows as requests describe them")
struct RowDraftTests {
    private func row(
        _ seats: String, categories: String? = nil, gaps: String? = nil, accessible: String? = nil, xy: String? = nil
    ) throws -> SeatPlan {
        var builder = SeatPlanBuilder()
        let section = builder.section("s")
        try builder.row(
            "A", of: section, seats: seats, categories: categories, gaps: gaps, accessible: accessible, xy: xy)
        return builder.plan()
    }

    @Test("categories go to runs by position, the rest to the section's")
    func categories() throws {
        let plan = try row("9-1/2,2-10/2", categories: "9-1:odd,4,8-10:even")
        #expect(
            plan.text { plan.appendCategories(ofRow: 0, to: &$0) } == "9-1:odd,2:standard,4:even,6:standard,8-10:even")
        let stepped = try row("1-10", categories: "1-9/2:odd")
        #expect((0..<10).map { stepped.category(of: SeatIndex($0)) } == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    }

    @Test(
        "what does not fit the row is refused, naming the argument",
        arguments: [
            ("1-4", "1-2", Argument.categories), ("1-4", "1-2:", .categories), ("1-4", ":vip", .categories),
            ("1-4", "1-2:vip,2-3:std", .categories), ("1-4", "5:vip", .categories), ("1-4", "3-1:vip", .categories),
            ("1-4", "", .categories), ("1-4", "1:a b", .categories),
        ])
    func refusedCategories(seats: String, categories: String, argument: Argument) {
        #expect {
            try row(seats, categories: categories)
        } throws: { ($0 as? RowDraft.Problem)?.argument == argument }
    }

    @Test("a gap lies between two seats, never after the last")
    func gaps() throws {
        let plan = try row("1-4", gaps: "1,3")
        #expect((0..<4).map { plan.isAisleAfter(SeatIndex($0)) } == [true, false, true, false])
        for gaps in ["4", "5", "", "1,,2"] {
            #expect { try row("1-4", gaps: gaps) } throws: { ($0 as? RowDraft.Problem)?.argument == .gaps }
        }
    }

    @Test("accessible seats are labels and runs")
    func accessible() throws {
        let plan = try row("1-9/2", accessible: "1-5,9")
        #expect((0..<5).map { plan.isAccessible(SeatIndex($0)) } == [true, true, true, false, true])
        #expect { try row("1-4", accessible: "1-9") } throws: { ($0 as? RowDraft.Problem)?.argument == .accessible }
    }

    @Test("coordinates are kept in hundredths, rounded half away from zero")
    func coordinates() throws {
        let plan = try row("1-3", xy: "0,-0.005 12.345,-12.344  21474836.47,-21474836.47")
        #expect(plan.position(of: SeatIndex(0)).map { [$0.x, $0.y] } == [0, -1])
        #expect(plan.position(of: SeatIndex(1)).map { [$0.x, $0.y] } == [1_235, -1_234])
        #expect(plan.position(of: SeatIndex(2)).map { [$0.x, $0.y] } == [.max, -.max])
        for xy in [
            "", "0,0", "0,0 1,1 2,2 3,3", "0,0 1,1 2", "0,0 1,1 2,", "0,0 1,1 ,2", "0,0 1,1 2,1e3", "0,0 1,1 2,1.",
            "0,0 1,1 2,.5", "0,0 1,1 2,21474836.48", "0,0 1,1 2,99999999999999999999", "0,0 1,1 2,--1", "0,0 1,1 2,+1",
            "0,0 1,1 2,-", "0,0 1,1 2,21474836.475",
        ] {
            #expect(throws: RowDraft.Problem.self, "\(xy)") { try row("1-3", xy: xy) }
        }
    }

    @Test("a row has a thousand seats, and not one more")
    func seatLimit() throws {
        #expect(try row("1-1000").seatCount == 1_000)
        #expect { try row("1-1001") } throws: { ($0 as? RowDraft.Problem)?.argument == .seats }
    }
}
