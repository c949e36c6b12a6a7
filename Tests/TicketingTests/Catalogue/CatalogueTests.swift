// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("The catalogue's decisions")
struct CatalogueTests {
    let desk = CatalogueDesk()

    init() {
        desk.ask(Ask(.venueAdd, [.venue: "globe", .name: "Le Globe", .city: "Lyon"]))
    }

    @Test("a venue is added once, and changed")
    func venues() {
        #expect(desk.ask(Ask(.venueAdd, [.venue: "globe", .name: "Other"])) == "ERR exists venue=globe")
        #expect(desk.hint(Ask(.venueAdd, [.venue: "globe", .name: "Other"])).contains("VENUE SET globe"))
        let all = Ask(
            .venueAdd,
            [.venue: "v2", .name: "Ü", .city: "C", .country: "D", .address: "1, Rue", .timeZone: "Europe/Paris"])
        #expect(desk.ask(all) == "OK venue=v2")
        #expect(desk.ask(Ask(.venueSet, [.venue: "v2", .city: "", .name: "New"])) == "OK venue=v2")
        let venue = desk.catalogue.venue("v2")
        #expect(venue?.name == "New" && venue?.city == "" && venue?.country == "D" && venue?.address == "1, Rue")
        #expect(venue?.timeZone == "Europe/Paris")
        #expect(desk.ask(Ask(.venueSet, [.venue: "nope", .name: "x"])) == "ERR notFound venue=nope")
        #expect(desk.ask(Ask(.venueSet, [.venue: "globe"])) == "ERR badArgument argument=name")
    }

    @Test("sections, rows and areas grow a venue's layout")
    func layouts() {
        #expect(
            desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "stalls", .rows: "A-C", .seats: "1-10"]))
                == "OK section=globe/stalls seatCount=30")
        #expect(
            desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "box", .category: "vip"])) == "OK section=globe/box")
        #expect(
            desk.ask(Ask(.rowAdd, [.venue: "globe", .section: "box", .row: "1", .seats: "a-c", .gaps: "a"]))
                == "OK row=globe/box/1 seatCount=3")
        #expect(
            desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "lawn", .capacity: "500"]))
                == "OK area=globe/lawn capacity=500")
        let plan = desk.catalogue.venue("globe")?.plan
        #expect(plan?.seatCount == 33 && plan?.placeCount == 533)
        #expect(plan?.categories == ["standard", "vip"])
        #expect(plan?.address(of: SeatIndex(30)) == "box/1/a")
        #expect(plan?.isAisleAfter(SeatIndex(30)) == true)
        #expect(plan?.areas[0].category == 0)
    }

    @Test("rows of a section are all like the first, in the order asked for")
    func manyRows() {
        let ask = Ask(
            .sectionAdd,
            [.venue: "globe", .section: "s", .rows: "Y-AB,1-2", .seats: "1-4", .category: "c", .name: "Sect"])
        #expect(desk.ask(ask) == "OK section=globe/s seatCount=24")
        let plan = desk.catalogue.venue("globe")?.plan
        #expect(plan?.rows.map(\.label) == ["Y", "Z", "AA", "AB", "1", "2"])
        #expect(plan?.sections[0].name == "Sect")
        #expect(plan?.categories == ["c"])
    }

    @Test("what exists is not added again, and what is missing is named")
    func existence() {
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A", .seats: "1"]))
        desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "lawn", .capacity: "5"]))
        #expect(desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s"])) == "ERR exists section=globe/s")
        #expect(desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "lawn"])) == "ERR exists section=globe/lawn")
        #expect(desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "s", .capacity: "1"])) == "ERR exists area=globe/s")
        #expect(
            desk.ask(Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A", .seats: "1"]))
                == "ERR exists row=globe/s/A")
        #expect(
            desk.ask(Ask(.rowAdd, [.venue: "globe", .section: "lawn", .row: "A", .seats: "1"]))
                == "ERR notFound section=globe/lawn")
        #expect(desk.ask(Ask(.sectionAdd, [.venue: "odeon", .section: "s"])) == "ERR notFound venue=odeon")
        #expect(desk.ask(Ask(.areaAdd, [.venue: "odeon", .area: "s", .capacity: "1"])) == "ERR notFound venue=odeon")
        #expect(
            desk.ask(Ask(.rowAdd, [.venue: "odeon", .section: "s", .row: "A", .seats: "1"]))
                == "ERR notFound venue=odeon")
    }

    @Test("performers are added once, and changed")
    func performers() {
        #expect(desk.ask(Ask(.performerAdd, [.performer: "o", .name: "O'Brien"])) == "OK performer=o")
        #expect(desk.ask(Ask(.performerAdd, [.performer: "o", .name: "x"])) == "ERR exists performer=o")
        #expect(desk.ask(Ask(.performerSet, [.performer: "o", .genre: "folk"])) == "OK performer=o")
        #expect(desk.catalogue.performer("o")?.name == "O'Brien")
        #expect(desk.catalogue.performer("o")?.genre == "folk")
        #expect(desk.ask(Ask(.performerSet, [.performer: "p", .genre: "x"])) == "ERR notFound performer=p")
        #expect(desk.ask(Ask(.performerSet, [.performer: "o"])) == "ERR badArgument argument=name")
    }

    @Test("a form that cannot be read is refused, changes nothing and is named")
    func forms() {
        let digest = desk.catalogue.digest
        let records = desk.journal.count
        let long = String(repeating: "x", count: 513)
        let asks: [(Ask, String)] = [
            (Ask(.venueAdd, [.venue: "-x", .name: "n"]), "venue"),
            (Ask(.venueAdd, [.venue: String(repeating: "x", count: 65), .name: "n"]), "venue"),
            (Ask(.venueAdd, [.venue: "é", .name: "n"]), "venue"), (Ask(.venueAdd, [.venue: "x"]), "name"),
            (Ask(.venueAdd, [.venue: "x", .name: ""]), "name"), (Ask(.venueAdd, [.venue: "x", .name: long]), "name"),
            (Ask(.venueAdd, [.venue: "x", .name: "a\nb"]), "name"),
            (Ask(.venueAdd, [.venue: "x", .name: "a\u{85}b"]), "name"),
            (Ask(.venueAdd, [.venue: "x", .name: "n", .country: String(repeating: "x", count: 65)]), "country"),
            (Ask(.venueAdd, [.venue: "x", .name: "n", .timeZone: "Europe//Paris"]), "tz"),
            (Ask(.venueAdd, [.venue: "x", .name: "n", .timeZone: "+01:00"]), "tz"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "a-b"]), "section"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A-C"]), "seats"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .seats: "1-3"]), "seats"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A-", .seats: "1"]), "rows"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "1-32769", .seats: "1"]), "rows"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A,A", .seats: "1"]), "rows"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .category: "a b"]), "category"),
            (Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A", .seats: "1", .xy: "0,0"]), "xy"),
            (Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A"]), "seats"),
            (Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A", .seats: "1-1001"]), "seats"),
            (Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A", .seats: "1-3", .gaps: "9"]), "gaps"),
            (Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A/", .seats: "1-3"]), "row"),
            (Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A", .seats: "1-3", .xy: "1,1"]), "xy"),
            (Ask(.areaAdd, [.venue: "globe", .area: "a", .capacity: "0"]), "capacity"),
            (Ask(.areaAdd, [.venue: "globe", .area: "a"]), "capacity"),
            (Ask(.areaAdd, [.venue: "globe", .area: "a", .capacity: "1", .xy: "1,1 2,2"]), "xy"),
            (Ask(.performerAdd, [.performer: "p"]), "name"),
        ]
        for (ask, argument) in asks {
            #expect(desk.ask(ask.key("k")) == "ERR badArgument argument=\(argument)", "\(ask)")
            #expect(!desk.hint(ask).isEmpty)
        }
        #expect(desk.catalogue.digest == digest)
        #expect(desk.journal.count == records)
        #expect(desk.catalogue.keyCount == 0)
    }

    @Test("a name may be 512 bytes long, a country 64")
    func textLimits() {
        let ask = Ask(
            .venueAdd,
            [.venue: "x", .name: String(repeating: "n", count: 512), .country: String(repeating: "c", count: 64)])
        #expect(desk.ask(ask) == "OK venue=x")
        #expect(desk.ask(Ask(.venueAdd, [.venue: String(repeating: "i", count: 64), .name: "n"])).hasPrefix("OK"))
    }

    @Test("only an operator changes the catalogue, for a buyer or not")
    func roles() {
        #expect(desk.ask(Ask(.venueAdd, [.venue: "x", .name: "n"], role: .buyer, buyer: "ada")) == "ERR forbidden")
        #expect(desk.ask(Ask(.venueAdd, [.venue: "x", .name: "n"], role: .gate)) == "ERR forbidden")
        #expect(desk.ask(Ask(.reset, role: .gate)) == "ERR forbidden")
        #expect(desk.ask(Ask(.venueAdd, [.venue: "", .name: "n"], role: .gate)) == "ERR badArgument argument=venue")
        #expect(desk.ask(Ask(.venueAdd, [.venue: "x", .name: "n"], buyer: "ada")) == "OK venue=x")
    }

    @Test("the catalogue holds as many items as it may, and not one more")
    func itemLimit() {
        let desk = CatalogueDesk(itemsMax: 2)
        for id in ["a", "b"] {
            #expect(desk.ask(Ask(.venueAdd, [.venue: id, .name: "n"])).hasPrefix("OK"))
            #expect(desk.ask(Ask(.performerAdd, [.performer: id, .name: "n"])).hasPrefix("OK"))
        }
        #expect(desk.ask(Ask(.venueAdd, [.venue: "c", .name: "n"])) == "ERR limitExceeded limit=2")
        #expect(desk.ask(Ask(.performerAdd, [.performer: "c", .name: "n"])) == "ERR limitExceeded limit=2")
        #expect(desk.ask(Ask(.venueAdd, [.venue: "b", .name: "n"])) == "ERR exists venue=b")
    }

    @Test("a layout past its limits is refused as a whole")
    func layoutLimits() {
        let digest = desk.catalogue.digest
        let big = Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "1-251", .seats: "1-1000"])
        #expect(desk.ask(big) == "ERR limitExceeded limit=250000")
        #expect(
            desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "a", .capacity: "1000001"]))
                == "ERR limitExceeded limit=1000000")
        #expect(
            desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "a", .capacity: "\(Int64.max)"]))
                == "ERR limitExceeded limit=1000000")
        #expect(desk.catalogue.digest == digest)
        let fits = Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "1-250", .seats: "1-1000"])
        #expect(desk.ask(fits) == "OK section=globe/s seatCount=250000")
        #expect(
            desk.ask(Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "x", .seats: "1"]))
                == "ERR limitExceeded limit=250000")
        #expect(desk.journal.allSatisfy { $0.count <= Limits.recordBytesMax })
        #expect(desk.journal.last.map { $0.count < 200 } == true)
    }

    @Test("rows that do not fit are refused before any of them is made")
    func rowsThatDoNotFit() async {
        // In a process of its own, whose memory nothing else asks for.
        await #expect(processExitsWith: .success) {
            let desk = CatalogueDesk()
            desk.ask(Ask(.venueAdd, [.venue: "v", .name: "V"]))
            // Labels without any order, so that a row takes kilobytes and all rows of the request some 160 MB.
            let seats = (0..<1_000).map { String($0 * 389 % 1_000) }.joined(separator: ",")
            let ask = Ask(.sectionAdd, [.venue: "v", .section: "s", .rows: "1-32768", .seats: seats])
            let before = Memory.peakBytes
            let answer = desk.ask(ask)
            let peak = Memory.peakBytes - before
            precondition(answer == "ERR limitExceeded limit=250000", answer)
            precondition(before > 0 && peak < 16 << 20, "a refusal took \(peak) bytes")
        }
    }

    @Test("an event passes through, with what the catalogue knows of it")
    func forwards() {
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A", .seats: "1-3"]))
        desk.ask(Ask(.performerAdd, [.performer: "ada", .name: "Ada"]))
        desk.ask(Ask(.performerAdd, [.performer: "bob", .name: "Bob"]))
        let digest = desk.catalogue.digest
        func forward(_ ask: Ask) -> CatalogueAttachment? {
            desk.forgetEffects()
            #expect(desk.ask(ask) == "")
            #expect(desk.effects.forwards.first?.request.verb == ask.verb)
            return desk.effects.forwards.first?.attachment
        }
        let known = forward(Ask(.eventAdd, [.event: "gala", .venue: "globe", .performers: "bob,ada"], role: .buyer))
        #expect(known?.plan === desk.catalogue.venue("globe")?.plan)
        #expect(known?.plan?.seatCount == 3)
        #expect(known?.missingPerformer == nil)
        let unknown = forward(Ask(.eventAdd, [.event: "gala", .venue: "odeon", .performers: "bob,eve,dan"]))
        #expect(unknown?.plan == nil)
        #expect(unknown?.missingPerformer == "eve")
        let set = forward(Ask(.eventSet, [.event: "gala", .title: "x"]))
        #expect(set?.plan == nil && set?.missingPerformer == nil)
        #expect(desk.catalogue.digest == digest)
    }

    @Test("an event keeps the plan that stood when it was forwarded")
    func frozenPlan() {
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A", .seats: "1-3"]))
        let before = desk.catalogue.venue("globe")?.plan
        desk.ask(Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "B", .seats: "1-3"]))
        #expect(before?.seatCount == 3)
        #expect(desk.catalogue.venue("globe")?.plan.seatCount == 6)
    }

    @Test("every change is published, and a refusal publishes nothing")
    func publications() {
        desk.forgetEffects()
        desk.ask(Ask(.venueAdd, [.venue: "globe", .name: "x"]))
        #expect(desk.effects.publications.isEmpty)
        desk.ask(Ask(.venueSet, [.venue: "globe", .city: "Metz"]))
        desk.ask(Ask(.performerAdd, [.performer: "p", .name: "P"]))
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s", .rows: "A", .seats: "1-3"]))
        #expect(desk.effects.publications.map(\.kind) == [.venue, .performer, .venue])
        #expect(desk.effects.publications.map(\.place) == [0, 0, 1])
        #expect(desk.effects.venues.map(\.layout.seatCount) == [0, 3])
        #expect(desk.effects.venues[0].city == "Metz")
    }

    @Test("a reset forgets everything but the founding")
    func reset() throws {
        let empty = CatalogueDesk().catalogue.digest
        desk.ask(Ask(.performerAdd, [.performer: "p", .name: "P"]).key("k"))
        desk.forgetEffects()
        #expect(desk.ask(Ask(.reset)) == "OK")
        #expect(desk.effects.publications.map(\.kind) == [.reset])
        #expect(desk.catalogue.venueCount == 0 && desk.catalogue.performerCount == 0 && desk.catalogue.keyCount == 0)
        #expect(desk.catalogue.digest == empty)
        #expect(desk.catalogue.founding?.shards == 4)
        #expect(desk.ask(Ask(.performerAdd, [.performer: "p", .name: "P"]).key("k")) == "OK performer=p")
        #expect(try CatalogueDesk.replay(desk.journal).digest == desk.catalogue.digest)
    }

    @Test("what a plan says of itself makes the same plan again", arguments: 0..<60 as Range<UInt64>)
    func exported(seed: UInt64) {
        var random = Seeded(seed)
        let plan = SeatPlanBuilder.random(&random).plan()
        for (number, section) in plan.sections.enumerated() {
            desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: section.label, .name: section.name]))
            for row in section.rowRange {
                #expect(desk.ask(rowAdd(plan, row: row, section: plan.sections[number].label)).hasPrefix("OK"))
            }
        }
        for (number, area) in plan.areas.enumerated() {
            var ask = Ask(.areaAdd, [.venue: "globe", .area: area.label, .capacity: "\(area.capacity)"])
            ask.arguments.append((.category, plan.categories[area.category]))
            let position = plan.text { plan.appendPosition(ofArea: number, to: &$0) }
            if !position.isEmpty { ask.arguments.append((.xy, position)) }
            desk.ask(ask)
        }
        #expect(desk.catalogue.venue("globe")?.plan.contentHash == plan.contentHash)
    }

    private func rowAdd(_ plan: SeatPlan, row: Int, section: String) -> Ask {
        var ask = Ask(.rowAdd, [.venue: "globe", .section: section, .row: plan.rows[row].label])
        ask.arguments.append((.seats, plan.text { plan.appendLabels(ofRow: row, to: &$0) }))
        let categories = plan.text { plan.appendCategories(ofRow: row, to: &$0) }
        ask.arguments.append((plan.singleCategory(ofRow: row) == nil ? .categories : .category, categories))
        let others: [(Argument, String)] = [
            (.gaps, plan.text { plan.appendGaps(ofRow: row, to: &$0) }),
            (.accessible, plan.text { plan.appendAccessible(ofRow: row, to: &$0) }),
            (.xy, plan.text { plan.appendPositions(ofRow: row, to: &$0) }),
        ]
        ask.arguments += others.filter { !$0.1.isEmpty }
        return ask
    }
}
