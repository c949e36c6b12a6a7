// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import CatalogueImport

@Suite("A pretix seating plan")
struct PretixTests {
    @Test("becomes a venue with sections and rows; positions add up, printed names stay beside labels")
    func plan() throws {
        let plan = try translate(Sample.pretix)
        #expect(plan.format == .pretix)
        #expect(
            plan.requests == [
                #"VENUE ADD theatre-du-leman name="Théâtre du Léman""#,
                "SECTION ADD theatre-du-leman/Parterre",
                #"ROW ADD theatre-du-leman/Parterre/A seats=1-5 name="Rang A" categories=1-2:Parterre,3-5:Balcon_N gaps=3 "#
                    + #"xy="10,20 35.5,20 61,20 130,20.13 155.5,20""#,
                "ROW ADD theatre-du-leman/Parterre/B seats=1 category=Parterre xy=10,50",
                "SECTION ADD theatre-du-leman/2 name=Балкон",
                "ROW ADD theatre-du-leman/2/1 seats=5_a,5_a.2,3 categories=5_a-5_a.2:Balcon_N,3:standard "
                    + #"xy="0,200 25,200 50,200""#,
            ])
        #expect(plan.summary.seats == 9 && plan.summary.rows == 3 && plan.summary.sections == 2)
    }

    @Test("areas are noted, unknown keys are warned of once a kind, and are errors under strict")
    func warnings() throws {
        let plan = try translate(Sample.pretix)
        #expect(plan.warnings.contains { $0.severity == .note && $0.message.contains("areas of pretix") })
        let fancy = plan.warnings.filter { $0.message.contains("\"fancy\"") }
        #expect(fancy.map(\.location) == [FileLocation(line: 26, column: 66, path: "$.zones[1].rows[0].fancy")])
        #expect(plan.warnings.contains { $0.severity == .note && $0.message.contains("\"5-a\" on paper and 5_a") })
        #expect(plan.warnings.map(\.location.line) == plan.warnings.map(\.location.line).sorted())
        let found = try problem(Sample.pretix, strict: true)
        #expect(found.kind == .strict)
        #expect(found.location.path == "$.zones[1].rows[0].fancy")
    }

    @Test("a venue id may be given, and has to be one")
    func venueID() throws {
        #expect(try translate(Sample.pretix, venue: "leman").requests[2].hasPrefix("ROW ADD leman/Parterre/A "))
        #expect(throws: ImportProblem.self) { try translate(Sample.pretix, venue: "le man") }
    }

    @Test("zones that print the same get a number")
    func equalZones() throws {
        let zone =
            #"{"name":"Saal","position":{"x":0,"y":0},"rows":[{"row_number":"1","position":{"x":0,"y":0},"seats":[{"seat_guid":"a","seat_number":"1","position":{"x":0,"y":0},"category":"c"}]}]}"#
        let plan = try translate(
            #"{"name":"N","categories":[{"name":"c"}],"size":{"width":1,"height":1},"zones":[\#(zone),\#(zone)]}"#)
        #expect(plan.requests(of: "SECTION ADD") == ["SECTION ADD n/Saal", "SECTION ADD n/Saal.2 name=Saal"])
    }

    @Test(
        "what is missing or of the wrong type is an error with its path",
        arguments: [
            (#"{"zones":{}}"#, "$.zones"),
            (#"{"zones":[1]}"#, "$.zones[0]"),
            (#"{"zones":[{"position":{"x":0,"y":0}}]}"#, "$.zones[0]"),
            (#"{"zones":[{"rows":[{}]}]}"#, "$.zones[0].rows[0]"),
            (#"{"zones":[{"rows":[{"seats":[[]]}]}]}"#, "$.zones[0].rows[0].seats[0]"),
            (
                #"{"zones":[{"rows":[{"seats":[{"position":{"x":"1","y":2}}]}]}]}"#,
                "$.zones[0].rows[0].seats[0].position.x"
            ),
            (
                #"{"zones":[{"rows":[{"seats":[{"position":{"x":1e7,"y":2}}]}]}]}"#,
                "$.zones[0].rows[0].seats[0].position.x"
            ),
            (
                #"{"zones":[{"rows":[{"seats":[{"position":{"x":1e999,"y":2}}]}]}]}"#,
                "$.zones[0].rows[0].seats[0].position.x"
            ),
            (#"{"zones":[{"rows":[{"seats":[{"seat_number":{}}]}]}]}"#, "$.zones[0].rows[0].seats[0].seat_number"),
            (#"{"zones":[{"name":7,"rows":[]}]}"#, "$.zones[0].name"),
            (#"{"zones":[],"categories":[{"name":"a"},{"name":"a"}]}"#, "$.categories[1]"),
            (#"{"zones":[],"categories":[{}]}"#, "$.categories[0]"),
            (#"{"zones":[]}"#, "$"),
        ])
    func malformed(text: String, path: String) throws {
        #expect(try problem(text, as: .pretix).location.path == path)
    }

    @Test("far offsets that add up to too much are an error")
    func farSums() throws {
        let text =
            #"{"zones":[{"position":{"x":900000,"y":0},"rows":[{"row_number":"1","position":{"x":900000,"y":0},"seats":[{"seat_number":"1","position":{"x":0,"y":0}}]}]}]}"#
        #expect(try problem(text).message.contains("too far out"))
    }
}

@Suite("A seats.io chart")
struct SeatsioTests {
    @Test("becomes sections by distance to the focal point, rows joined, tables as rows, booths as areas")
    func chart() throws {
        let plan = try translate(Sample.chart)
        #expect(plan.format == .seatsio)
        #expect(
            plan.requests == [
                #"VENUE ADD jazz-club-bla name="Jazz Club “Blå”""#,
                "SECTION ADD jazz-club-bla/1 name=舞台 category=Good_Seats",
                "ROW ADD jazz-club-bla/1/1 seats=1 category=Good_Seats xy=90,280",
                "SECTION ADD jazz-club-bla/main",
                #"ROW ADD jazz-club-bla/main/A seats=1-6 name="Row A (front)" "#
                    + "categories=1-2:Good_Seats,3-4:Wheelchair,5-6:Good_Seats gaps=4 accessible=2-4 "
                    + #"xy="0,200 20,200 40,200 60,200 120,200 140,200""#,
                #"ROW ADD jazz-club-bla/main/B seats=1-2 category=Good_Seats xy="0,100 20,100""#,
                #"ROW ADD jazz-club-bla/main/T1 seats=1-4 category=Good_Seats xy="300,90 310,100 300,110 250,100""#,
                #"SECTION ADD jazz-club-bla/Balcony_Left name="Balcony Left" category=Wheelchair"#,
                #"ROW ADD jazz-club-bla/Balcony_Left/1 seats=101-105/2 category=Wheelchair xy="501.01,52 521,52 541,52""#,
                "AREA ADD jazz-club-bla/Lawn capacity=250 category=Good_Seats xy=5,15",
                #"AREA ADD jazz-club-bla/Booth_1 capacity=1 name="Booth 1" category=Good_Seats xy=5,6.5"#,
                #"AREA ADD jazz-club-bla/Balcony_Left_Pit capacity=3 name="Balcony Left Pit" category=Wheelchair xy=501,51"#,
            ])
        #expect(plan.summary.seats == 16 && plan.summary.areas == 3 && plan.summary.places == 254)
        #expect(plan.warnings.contains { $0.message.contains("booked as a whole") })
    }

    @Test("floors come one after another, and a zone's own focal point orders its rows")
    func floors() throws {
        let plan = try translate(Sample.floors)
        #expect(plan.requests(of: "SECTION ADD").count == 2)
        #expect(
            plan.requests(of: "ROW ADD").map { $0.split(separator: " ")[2] } == [
                "floors/S1/near", "floors/S1/far", "floors/S1.2/A",
            ])
    }

    /// A chart of one row, with seats at these places along it.
    private func row(_ places: [Double], labels: [String]? = nil) -> String {
        let seats = places.enumerated().map { index, x in
            #"{"x":\#(x),"y":5,"label":"\#(labels?[index] ?? String(index + 1))","categoryKey":1}"#
        }
        return chart(rows: #"{"label":"A","seats":[\#(seats.joined(separator: ","))]}"#)
    }

    private func chart(rows: String, extra: String = "") -> String {
        #"{"name":"N","categories":{"list":[{"label":"c","key":1}]},"subChart":{"rows":[\#(rows)]\#(extra)}}"#
    }

    @Test(
        "a distance of more than 1.6 usual ones is an aisle",
        arguments: [
            ([0, 20, 40, 60], ""), ([0, 20, 40, 72, 92], ""), ([0, 20, 40, 72.1, 92.1], "3"),
            ([0, 20, 40, 80, 100, 120, 160], "3,6"), ([160, 120, 100, 80, 40, 20, 0], "1,4"), ([5, 5, 5, 5], ""),
            ([0, 90], ""), ([0], ""),
        ] as [([Double], String)])
    func aisles(places: [Double], gaps: String) throws {
        let request = try #require(try translate(row(places)).request("ROW ADD"))
        #expect(RequestGrammar.parse(request)?.keys["gaps"] ?? "" == gaps)
    }

    @Test("the section's usual distance serves rows that are too short to have one")
    func shortRows() throws {
        let long = (0..<10).map { #"{"x":\#($0 * 20),"y":0,"label":"\#($0)","categoryKey":1}"# }.joined(separator: ",")
        let short = #"{"x":0,"y":20,"label":"1","categoryKey":1},{"x":60,"y":20,"label":"2","categoryKey":1}"#
        let plan = try translate(chart(rows: #"{"label":"A","seats":[\#(long)]},{"label":"B","seats":[\#(short)]}"#))
        #expect(plan.request("ROW ADD n/main/B")?.contains(" gaps=1 ") == true)
    }

    @Test("parts of one row are put in order along it, with a gap between them unless they are neighbours")
    func joinedRows() throws {
        func part(_ labels: ClosedRange<Int>, from x: Int) -> String {
            let seats = labels.map {
                #"{"x":\#(x + ($0 - labels.lowerBound) * 10),"y":0,"label":"\#($0)","categoryKey":1}"#
            }
            return #"{"label":"A","seats":[\#(seats.joined(separator: ","))]}"#
        }
        let apart = try translate(chart(rows: [part(7...9, from: 200), part(1...4, from: 0)].joined(separator: ",")))
        #expect(apart.request("ROW ADD")?.contains("seats=1-4,7-9 category=c gaps=4 ") == true)
        let together = try translate(chart(rows: [part(5...8, from: 40), part(1...4, from: 0)].joined(separator: ",")))
        #expect(together.request("ROW ADD")?.contains("seats=1-8 category=c xy=") == true)
    }

    @Test("two seats of one name in a row are an error that names both")
    func duplicateSeats() throws {
        let found = try problem(row([0, 1, 2], labels: ["1", "2", "1"]))
        #expect(found.kind == .duplicate)
        #expect(found.location.path == "$.subChart.rows[0].seats[2]")
        #expect(found.message.contains("\"1\""))
        let twice = #"{"label":"A","seats":[{"x":0,"y":0,"label":"1","categoryKey":1}]}"#
        #expect(try problem(chart(rows: twice + "," + twice)).kind == .duplicate)
    }

    @Test("a row of many seats keeps rounded positions, and a longer one none, with a warning each")
    func longRows() throws {
        let exact = try translate(row((0..<300).map { Double($0) * 20.37 }))
        #expect(exact.warnings.isEmpty)
        #expect(exact.request("ROW ADD")?.contains("20.37,5") == true)
        let rounded = try translate(row((0..<900).map { Double($0) * 20.37 }))
        #expect(rounded.request("ROW ADD")?.contains(" 20,5 41,5 ") == true)
        #expect(rounded.warnings.map(\.message).contains { $0.contains("rounded") })
        let none = try translate(row((0..<1_000).map { 100_000 + Double($0) * 20.37 }))
        #expect(none.request("ROW ADD")?.contains("xy=") == false)
        #expect(none.warnings.map(\.message).contains { $0.contains("left out") })
        #expect(none.summary.seats == 1_000)
        #expect(try problem(row((0..<1_001).map { Double($0) })).kind == .limit)
    }

    @Test("labels too long for one line are an error and no line is longer than the protocol takes")
    func longLabels() throws {
        let labels = (0..<400).map { "seat number \($0) of many" }
        let found = try problem(row((0..<400).map { Double($0) }, labels: labels))
        #expect(found.kind == .limit)
        #expect(found.location.path == "$.subChart.rows[0]")
    }

    @Test("a category without a key, or of an unknown one, is warned of and still sold")
    func oddCategories() throws {
        let seats =
            #"{"x":0,"y":0,"label":"1"},{"x":1,"y":0,"label":"2","categoryKey":99,"categoryLabel":"Old"},{"x":2,"y":0,"label":"3","categoryKey":98}"#
        let plan = try translate(chart(rows: #"{"label":"A","seats":[\#(seats)]}"#))
        #expect(plan.request("ROW ADD")?.contains("categories=1:standard,2:Old,3:standard") == true)
        #expect(plan.warnings.count == 3)
    }

    @Test("sections inside sections add their corners up")
    func nestedSections() throws {
        let inner =
            #"{"label":"B","categoryKey":1,"topLeft":{"x":5,"y":7},"subChart":{"rows":[{"label":"1","seats":[{"x":1,"y":1,"label":"1"}]}]}}"#
        let outer = #"{"label":"A","topLeft":{"x":100,"y":200},"subChart":{"sections":[\#(inner)]}}"#
        let plan = try translate(chart(rows: "", extra: #","sections":[\#(outer)]"#))
        #expect(plan.request("ROW ADD")?.hasSuffix("n/B/1 seats=1 category=c xy=106,208") == true)
    }

    @Test("lists of things nobody knows are warned of")
    func unknownThings() throws {
        let plan = try translate(
            chart(
                rows: #"{"label":"A","seats":[{"x":0,"y":0,"label":"1","categoryKey":1}]}"#,
                extra: #","hammocks":[{"a":1}]"#))
        #expect(plan.warnings.map(\.location.path) == ["$.subChart.hammocks"])
    }

    @Test(
        "what is missing or of the wrong type is an error with its path",
        arguments: [
            (#"{"subChart":7}"#, "$.subChart"),
            (#"{"subChart":{"rows":[7]}}"#, "$.subChart.rows[0]"),
            (#"{"subChart":{"rows":[{}]}}"#, "$.subChart.rows[0]"),
            (#"{"subChart":{"rows":[{"seats":[{"x":"a"}]}]}}"#, "$.subChart.rows[0].seats[0].x"),
            (
                #"{"subChart":{"rows":[{"seats":[{"x":0,"y":0,"accessible":"no"}]}]}}"#,
                "$.subChart.rows[0].seats[0].accessible"
            ),
            (#"{"subChart":{"generalAdmissionAreas":[{"label":"a"}]}}"#, "$.subChart.generalAdmissionAreas[0]"),
            (
                #"{"subChart":{"generalAdmissionAreas":[{"capacity":0}]}}"#,
                "$.subChart.generalAdmissionAreas[0].capacity"
            ),
            (
                #"{"subChart":{"generalAdmissionAreas":[{"capacity":1.5}]}}"#,
                "$.subChart.generalAdmissionAreas[0].capacity"
            ),
            (
                #"{"subChart":{"generalAdmissionAreas":[{"capacity":1e30}]}}"#,
                "$.subChart.generalAdmissionAreas[0].capacity"
            ),
            (
                #"{"subChart":{"sections":[{"topLeft":{"x":1e99,"y":0},"subChart":{}}]}}"#,
                "$.subChart.sections[0].topLeft.x"
            ),
            (#"{"subChartFloors":[7]}"#, "$.subChartFloors[0]"),
            (#"{"subChart":{},"categories":{"list":[{"key":1},{"key":1}]}}"#, "$.categories.list[1]"),
            (#"{"subChart":{}}"#, "$"),
        ])
    func malformed(text: String, path: String) throws {
        #expect(try problem(text, as: .seatsio).location.path == path)
    }
}
