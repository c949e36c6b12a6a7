// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Addresses")
struct ResolveTests {
    let plan: SeatPlan

    init() throws {
        plan = try SeatPlanBuilder.theatre().plan()
    }

    @Test("every seat is found by its address, and only by it")
    func everySeat() {
        for seat in 0..<plan.seatCount {
            let index = SeatIndex(UInt32(seat))
            let address = plan.address(of: index)
            #expect(plan.resolve(address).places.seats == [index])
            #expect(plan.resolve(address + "x").problem == .unknown)
            #expect(plan.resolve("x" + address).problem == .unknown)
        }
    }

    private func label(_ seat: Int) -> String {
        plan.seatLabel(of: SeatIndex(UInt32(seat)))
    }

    @Test("every run goes from seat to seat in map order, whatever the labels")
    func everyRun() {
        for row in plan.rows {
            let prefix = "\(plan.sections[row.section].label)/\(row.label)/"
            for from in row.seatRange {
                for to in row.seatRange {
                    let text = prefix + label(from) + "-" + label(to)
                    let (places, problem) = plan.resolve(text)
                    if from <= to {
                        #expect(problem == nil)
                        #expect(places.seats == (from...to).map { seat in SeatIndex(UInt32(seat)) })
                    } else {
                        #expect(problem == .backwards(TextRange(0..<text.utf8.count)))
                    }
                }
            }
        }
    }

    @Test("an area takes a count, one where none is given")
    func areas() {
        #expect(plan.addresses("lawn:4") == ["lawn:4"])
        #expect(plan.addresses("lawn,pit:2") == ["lawn:1", "pit:2"])
        #expect(plan.addresses("stalls/A/2,lawn:3,stalls/A/1") == ["stalls/A/2", "stalls/A/1", "lawn:3"])
        #expect(plan.resolve("meadow:2").problem == .unknown)
        #expect(plan.resolve("stalls").problem == .unknown)
    }

    @Test(
        "what is no address is named",
        arguments: [
            "", ",", "lawn,", ",lawn", "stalls/", "stalls/A", "stalls/A/", "/A/1", "stalls//1", "stalls/A/1/2",
            "stalls/A/1-",
            "stalls/A/-2", "stalls/A/1-2-3", "stalls/A/1:2", "lawn:", "lawn:0", "lawn:x", "lawn:-1", "lawn:1:2",
            "lawn-2",
            "lawn:9999999999", "stalls/A/é", "stalls A 1", "stalls/A/1 ",
        ])
    func syntax(text: String) {
        guard case .syntax = plan.resolve(text).problem else {
            Issue.record("\(text) was taken")
            return
        }
    }

    @Test("each unknown address is named, and the known ones do not hide them")
    func unknown() {
        let text = "stalls/A/1,stalls/A/99,stalls/C/1,lawn,box/L1/left-far,fan"
        let (places, problem) = plan.resolve(text)
        #expect(problem == .unknown)
        #expect(
            places.unknown
                == ["stalls/A/99", "stalls/C/1", "box/L1/left-far", "fan"].map { range($0, in: text) })
    }

    @Test("a place named twice is refused, in runs and areas too")
    func duplicates() {
        for (text, second) in [
            ("stalls/A/1,stalls/A/1", 11..<21), ("stalls/A/1-3,stalls/A/3-4", 13..<25), ("lawn:2,lawn", 7..<11),
        ] {
            #expect(plan.resolve(text).problem == .duplicate(TextRange(second)))
        }
        #expect(plan.resolve("stalls/A/1,stalls/B/1").problem == nil)
    }

    @Test("the limit counts seats and places, and one more is too many")
    func limit() {
        #expect(plan.resolve("stalls/A/1-10", limit: 10).problem == nil)
        #expect(plan.resolve("stalls/A/1-10,box/L1/left", limit: 10).problem == .tooMany)
        #expect(plan.resolve("stalls/A/1-4,lawn:6", limit: 10).problem == nil)
        #expect(plan.resolve("stalls/A/1-4,lawn:7", limit: 10).problem == .tooMany)
        #expect(plan.resolve("lawn:100").problem == nil)
        #expect(plan.resolve("lawn:101").problem == .tooMany)
        #expect(plan.resolve("lawn:999999999,lawn:999999999").problem == .tooMany)
    }

    @Test("a form that cannot be read comes before what is not there, and that before too many")
    func precedence() {
        #expect(plan.resolve("fan,lawn:101,stalls/").problem == .syntax(TextRange(13..<20)))
        #expect(plan.resolve("fan,stalls/A/1,stalls/A/1").problem == .duplicate(TextRange(15..<25)))
        #expect(plan.resolve("lawn:101,fan").problem == .unknown)
    }

    @Test("a list serves request after request")
    func reuse() {
        var places = PlaceList()
        for round in 0..<1_000 {
            let text = Array("stalls/A/\(round % 10 + 1),lawn:2".utf8)
            #expect(plan.resolve(text.span, into: &places) == nil)
            #expect(places.seats.map(\.rawValue) == [UInt32(round % 10)])
            #expect(places.areas == [PlaceList.AreaCount(area: 0, count: 2)])
        }
    }

    @Test("no short text traps")
    func everyShortText() {
        var builder = SeatPlanBuilder()
        let section = builder.section("s")
        guard (try? builder.row("A", of: section, seats: "1-3")) != nil else { return }
        _ = builder.addArea(AreaLayout(label: "s1", name: "", category: "std", capacity: 4))
        let plan = builder.plan()
        var places = PlaceList()
        var fine = 0
        forEachText(upTo: 7, of: "sA1/-:,") { text in
            if plan.resolve(text.span, into: &places) == nil { fine += 1 }
        }
        // s/A/1, s/A/1-1, s1, s1:1, s1:11, s1:111 is too many.
        #expect(fine == 5)
    }
}
