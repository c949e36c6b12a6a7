// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import CatalogueImport

@Suite("Discovery events")
struct DiscoveryTests {
    @Test("become venues, performers and drafts; a cancelled one is cancelled")
    func page() throws {
        let plan = try translate(Sample.discovery)
        #expect(plan.format == .discovery)
        #expect(
            plan.requests == [
                #"VENUE ADD KovZpZA7AAEA name="Madison Square Garden" city="New York" country=US address="7th Ave, 10001, NY" "#
                    + "tz=America/New_York",
                "PERFORMER ADD K8vZ9171ob7 name=Beyoncé genre=Pop",
                "PERFORMER ADD has-space-e-6ed3af8f6d230b70 name=Кино",
                #"EVENT ADD vvG1zZ9 venue=KovZpZA7AAEA title="O'Brien & Beyoncé \"Live\"" starts=2031-05-01T19:30:00-04:00 "#
                    + "currency=USD price=5950 type=Music performers=K8vZ9171ob7,has-space-e-6ed3af8f6d230b70 "
                    + #"onsale=2031-01-10T15:00:00Z description="Doors 18:00.\nNo bags.""#,
                #"EVENT ADD vvG1zZ8 venue=KovZpZA7AAEA title="Second night" starts=2031-05-02T00:00:00Z"#,
                "EVENT CANCEL vvG1zZ8",
            ])
        #expect(plan.summary.events == 2 && plan.summary.venues == 1 && plan.summary.performers == 2)
    }

    private func event(_ dates: String, _ rest: String = "") -> String {
        #"{"id":"e1","name":"N","dates":\#(dates),"_embedded":{"venues":[{"id":"v","name":"V"}]}\#(rest)}"#
    }

    @Test(
        "the start is told in the place's own offset where both clocks are given",
        arguments: [
            (#"{"start":{"dateTime":"2031-05-01T23:30:00Z"}}"#, "2031-05-01T23:30:00Z"),
            (#"{"start":{"localDate":"2031-05-01","localTime":"19:30:00"}}"#, "2031-05-01T19:30:00Z"),
            (
                #"{"start":{"localDate":"2031-05-02","localTime":"05:00:00","dateTime":"2031-05-01T23:30:00Z"}}"#,
                "2031-05-02T05:00:00+05:30"
            ),
            (
                #"{"start":{"localDate":"2031-01-01","localTime":"23:00:00","dateTime":"2031-01-02T04:00:00Z"}}"#,
                "2031-01-01T23:00:00-05:00"
            ),
            (
                #"{"start":{"localDate":"2031-01-01","localTime":"23:00:00","dateTime":"2031-06-02T04:00:00Z"}}"#,
                "2031-06-02T04:00:00Z"
            ),
        ])
    func starts(dates: String, starts: String) throws {
        let request = try #require(try translate(event(dates)).request("EVENT ADD"))
        #expect(RequestGrammar.parse(request)?.keys["starts"] == starts)
    }

    @Test("one event, a list, pages one after another and an empty page are taken")
    func shapes() throws {
        let one = event(#"{"start":{"localDate":"2031-05-01"}}"#)
        #expect(try translate(one).summary.events == 1)
        #expect(try translate("[\(one)]").summary.events == 1)
        let other = one.replacing("e1", with: "e2")
        #expect(
            try translate(#"{"_embedded":{"events":[\#(one)]}}"# + "\n" + #"{"_embedded":{"events":[\#(other)]}}"#)
                .summary.events == 2)
        let empty = try translate(#"{"page":{"totalElements":0}}"#)
        #expect(empty.lines.isEmpty && empty.warnings.count == 1)
    }

    @Test("an event that comes again is left out, and another of its id is an error")
    func repeated() throws {
        let one = event(#"{"start":{"localDate":"2031-05-01"}}"#)
        let plan = try translate("[\(one),\(one)]")
        #expect(plan.summary.events == 1)
        #expect(plan.warnings.contains { $0.severity == .warning && $0.location.path == "$[1]" })
        #expect(try problem("[\(one),\(one.replacing("\"N\"", with: "\"M\""))]").kind == .duplicate)
    }

    @Test("an event without a date is left out, one without a venue is kept at an unknown one")
    func incomplete() throws {
        let plan = try translate(
            #"[{"id":"a","dates":{"start":{"dateTBD":true}}},{"id":"b","dates":{"start":{"localDate":"2031-05-01"}}}]"#)
        #expect(
            plan.requests == [
                #"VENUE ADD unknown-venue name="Unknown venue""#,
                "EVENT ADD b venue=unknown-venue title=b starts=2031-05-01T00:00:00Z",
            ])
    }

    @Test("a sale time without a currency is left out, since an event opens only with one")
    func sales() throws {
        let sales = #","sales":{"public":{"startDateTime":"2031-01-10T15:00:00Z"}}"#
        let dates = #"{"start":{"localDate":"2031-05-01"}}"#
        #expect(try translate(event(dates, sales)).request("EVENT ADD")?.contains("onsale") == false)
        let priced = sales + #","priceRanges":[{"currency":"JPY","min":4500.4}]"#
        #expect(
            try translate(event(dates, priced)).request("EVENT ADD")?.contains(
                "currency=JPY price=4500 onsale=2031-01-10T15:00:00Z") == true)
    }

    @Test(
        "what cannot be is an error with its path",
        arguments: [
            (#"[{"dates":{}}]"#, "$[0]"),
            (#"{"_embedded":{"events":7}}"#, "$._embedded.events"),
            (#"{"_embedded":{"events":[7]}}"#, "$._embedded.events[0]"),
            (#"{"_embedded":{}}"#, "$"),
            (#"{"id":"a","dates":{"start":{"localDate":"2031-02-30"}}}"#, "$.dates.start.localDate"),
            (
                #"{"id":"a","dates":{"start":{"localDate":"2031-02-20","localTime":"25:00"}}}"#,
                "$.dates.start.localTime"
            ),
            (
                #"{"id":"a","dates":{"start":{"localDate":"2031-02-20"}},"priceRanges":[{"currency":"usd"}]}"#,
                "$.priceRanges[0]"
            ),
            (
                #"{"id":"a","dates":{"start":{"localDate":"2031-02-20"}},"priceRanges":[{"currency":"USD","min":-1}]}"#,
                "$.priceRanges[0].min"
            ),
            (
                #"{"id":"a","dates":{"start":{"localDate":"2031-02-20"}},"priceRanges":[{"currency":"USD","min":1e300}]}"#,
                "$.priceRanges[0].min"
            ),
        ])
    func malformed(text: String, path: String) throws {
        #expect(try problem(text, as: .discovery).location.path == path)
    }
}

@Suite("Our own lines")
struct CatalogueLinesTests {
    @Test("each object becomes its request, with the protocol's keys")
    func lines() throws {
        let plan = try translate(Sample.lines)
        #expect(plan.format == .lines)
        #expect(plan.warnings.isEmpty)
        #expect(
            plan.requests == [
                #"VENUE ADD globe name="Le Globe" city=Lyon tz=Europe/Paris"#,
                "SECTION ADD globe/stalls category=std rows=A-C seats=1-10",
                #"ROW ADD globe/stalls/D seats=1-19/2 name="Rang D" categories=1-9:vip,11-19:std gaps=9 accessible=1,19"#,
                "AREA ADD globe/lawn capacity=400 xy=3,4.5",
                #"PERFORMER ADD obrien name="Nora O'Brien" genre=folk"#,
                #"EVENT ADD gala venue=globe title="O'Brien Gala" starts=2031-05-01T19:30:00+02:00 currency=EUR price=4500 "#
                    + #"performers=obrien description="Line one\nline \"two\"""#,
                "PRICE SET gala vip 9000",
                "BLOCK gala stalls/A/1-2,lawn:5",
                "EVENT OPEN gala",
                "EVENT ADD old venue=globe title=Vieux starts=1842-12-07T20:00:00-05:00",
                "EVENT CLOSE gala",
                "EVENT CANCEL old",
            ])
        #expect(plan.summary.seats == 40 && plan.summary.rows == 4 && plan.summary.places == 400)
    }

    @Test("a promise of how many objects follow finds a file that lost its end")
    func promise() throws {
        let whole = #"{"kind":"catalogue","objects":12}"# + "\n" + Sample.lines
        #expect(try translate(whole).lines.count == 12)
        let cut = whole.split(separator: "\n").dropLast().joined(separator: "\n")
        #expect(try problem(cut).kind == .truncated)
        #expect(try problem(whole + "\n" + #"{"kind":"open","event":"gala"}"#).kind == .truncated)
    }

    @Test("what is not in the file is noted, for it may exist already")
    func references() throws {
        let plan = try translate(
            #"{"kind":"event","id":"a","venue":"elsewhere","title":"T","starts":"2031-01-01T20:00Z","performers":"x,y"}"#
        )
        #expect(plan.warnings.map(\.severity) == [.note, .note])
        #expect(
            try translate(#"{"kind":"row","venue":"v","section":"s","row":"1","seats":["a","b"]}"#).lines.count == 1)
    }

    @Test("a very long description goes into a line of its own, cut only where that does not suffice")
    func longDescription() throws {
        func event(_ description: String) -> String {
            let performers = (0..<64).map { #""\#(String(repeating: "p", count: 62))\#($0)""# }.joined(separator: ",")
            return
                #"{"kind":"event","id":"a","venue":"v","title":"T","starts":"2031-01-01T20:00Z","performers":[\#(performers)],"description":"\#(description)"}"#
        }
        let plain = try translate(event(String(repeating: "d", count: 4_096)))
        #expect(plain.requests(of: "EVENT SET").count == 1)
        #expect(plain.requests(of: "EVENT SET").first?.hasSuffix(String(repeating: "d", count: 4_096)) == true)
        let quotes = try translate(event(String(repeating: #"\""#, count: 4_096)))
        #expect(quotes.warnings.contains { $0.message.contains("cut") })
        #expect((plain.lines + quotes.lines).allSatisfy { RequestGrammar.violation(in: $0) == nil })
        #expect(try problem(event(String(repeating: "d", count: 4_097))).kind == .limit)
    }

    @Test(
        "what cannot be meant is an error with its path and what to do",
        arguments: [
            (#"{"kind":"venue"}"#, "$", "\"id\""),
            (#"{"kind":"venue","id":"a b","name":"x"}"#, "$.id", "letters"),
            (#"{"kind":"venue","id":"a","name":""}"#, "$.name", "empty"),
            (#"{"kind":"performer","id":"a","name":"\u200b "}"#, "$.name", "blank"),
            (#"{"kind":"venue","id":"a","nmae":"x"}"#, "$.nmae", "did you mean \"name\"?"),
            (#"{"kind":"venue","id":"a","name":"x","zzzzzz":"x"}"#, "$.zzzzzz", "it has id, name"),
            (#"{"kind":"venue","id":"a","name":7}"#, "$.name", "string"),
            (#"{"kind":"venue","id":"a","name":"x\u0000"}"#, "$.name", "NUL"),
            (#"{"kind":"hall","id":"a"}"#, "$.kind", "one of venue"),
            (#"{"kind":7}"#, "$.kind", "one of venue"),
            (#"{"id":"a"}"#, "$", "kind"),
            ("[]", "$", "one object"),
            (#"{"kind":"section","venue":"v","section":"s","rows":"A-C"}"#, "$", "together"),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-"}"#, "$.seats", "1-10"),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":["1","1"]}"#, "$.seats", "once"),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-2000"}"#, "$.seats", "1000"),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-3","gaps":"4"}"#, "$.gaps", "not a seat"),
            (
                #"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-3","categories":"1-3:vip!"}"#,
                "$.categories", "1-4:vip"
            ),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-3","xy":"0,0 1,1"}"#, "$.xy", "3 pairs"),
            (#"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-2","xy":"0,0 nan,1"}"#, "$.xy", "2 pairs"),
            (
                #"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-2","xy":[[0,0],[1e8,1]]}"#, "$.xy",
                "2 pairs"
            ),
            (#"{"kind":"area","venue":"v","area":"a","capacity":0}"#, "$.capacity", "from 1"),
            (#"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00"}"#, "$.starts", "offset"),
            (
                #"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00Z","price":-1}"#,
                "$.price", "from 0"
            ),
            (
                #"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00Z","price":1.5}"#,
                "$.price", "whole"
            ),
            (
                #"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00Z","performers":"a,a"}"#,
                "$.performers", "twice"
            ),
            (
                #"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00Z","hold":"10"}"#,
                "$.hold", "10m"
            ),
            (
                #"{"kind":"event","id":"e","venue":"v","title":"t","starts":"2031-01-01T20:00Z","currency":"euro"}"#,
                "$.currency", "EUR"
            ),
            (#"{"kind":"block","event":"e","seats":"a b"}"#, "$.seats", "stalls/A/3-6"),
            (#"{"kind":"price","event":"e","amount":5}"#, "$", "category"),
        ])
    func malformed(text: String, path: String, says: String) throws {
        let found = try problem(text, as: .lines)
        #expect(found.location.path == path)
        #expect(found.message.contains(says), "\(found)")
    }

    @Test("a line of exactly 8,192 bytes is written, and what makes it longer goes into the next")
    func lineLimit() throws {
        let performers = (0..<64).map { #""\#(String(repeating: "p", count: 61))\#($0)""# }.joined(separator: ",")
        var longest = 0
        for bytes in 3_800...4_096 {
            let plan = try translate(
                #"{"kind":"event","id":"a","venue":"v","title":"T","starts":"2031-01-01T20:00Z","performers":[\#(performers)],"description":"\#(String(repeating: "d", count: bytes))"}"#
            )
            longest = max(longest, plan.lines.map(\.utf8.count).max() ?? 0)
        }
        #expect(longest == 8_192)
    }

    @Test("lists that fit no line are refused before each item is looked at")
    func longLists() throws {
        let items = String(repeating: "\"1\",", count: 8_192) + "\"1\""
        let row = #"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-3","gaps":[\#(items)]}"#
        #expect(try problem(row).kind == .limit)
        let text = String(repeating: "1,", count: 40_000) + "1"
        let long = #"{"kind":"row","venue":"v","section":"s","row":"r","seats":"1-3","gaps":"\#(text)"}"#
        #expect(try problem(long).kind == .limit)
    }

    @Test("names are given once, and before they are used")
    func names() throws {
        let venue = #"{"kind":"venue","id":"v","name":"V"}"#
        let section = #"{"kind":"section","venue":"v","section":"s","rows":"A-B","seats":"1-2"}"#
        let row = #"{"kind":"row","venue":"v","section":"s","row":"B","seats":"1"}"#
        #expect(try problem([venue, venue].joined(separator: "\n")).location.line == 2)
        #expect(try problem([venue, section, section].joined(separator: "\n")).kind == .duplicate)
        #expect(try problem([venue, section, row].joined(separator: "\n")).kind == .duplicate)
        #expect(try problem([venue, row].joined(separator: "\n")).kind == .missing)
        #expect(try problem([row, venue].joined(separator: "\n")).kind == .duplicate)
        let ids = [
            venue, #"{"kind":"performer","id":"v","name":"V"}"#,
            #"{"kind":"area","venue":"v","area":"s","capacity":1}"#,
        ]
        #expect(try translate(ids.joined(separator: "\n")).lines.count == 3)
    }
}
