// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import CatalogueImport

@Suite("Labels, ids and texts")
struct TextTests {
    @Test(
        "a printed name gives the label that people would type",
        arguments: [
            ("A", "A"), ("Section A", "Section_A"), ("Loge d'Honneur", "Loge_dHonneur"), ("Galería Ñ", "Galeria_N"),
            ("1.2", "1.2"), ("5-a", "5_a"), ("  --A--  ", "A"), ("Straße", "Strasse"), ("Łódź", "Lodz"),
            ("Balcón (izq.)", "Balcon_izq"), ("e\u{301}", "e"), ("Ａ１", "A1"), ("Ряд 5", "5"), ("ș", "s"), ("ế", "e"),
        ])
    func labels(printed: String, label: String) {
        #expect(LabelMaker.label(from: printed) == label)
    }

    @Test("a name of another script, or of none, becomes its position number")
    func positions() {
        var maker = LabelMaker()
        #expect(maker.make("舞台", position: 3) == "3")
        #expect(maker.make("", position: 4) == "4")
        #expect(maker.make("Партер", position: 4) == "4.2")
        #expect(maker.make("-", position: 9) == "9")
    }

    @Test("labels are unique and of the right form, whatever is printed")
    func uniqueness() {
        var maker = LabelMaker()
        var seen: Set<String> = []
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("aAé1.-_ ñЖ漢'\u{301}")
        for position in 1...5_000 {
            let length = [0, 1, 2, 40].randomElement(using: &generator) ?? 1
            let printed = String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
            let label = maker.make(printed, position: position)
            #expect(seen.insert(label).inserted, "\(label) twice")
            #expect(LabelMaker.isLabel(Substring(label)), "\(label) from \(printed)")
        }
    }

    @Test("a thousand long equal names stay within 32 bytes")
    func longNames() {
        var maker = LabelMaker()
        let name = String(repeating: "x", count: 500)
        let labels = (1...1_000).map { maker.make(name, position: $0) }
        #expect(Set(labels).count == 1_000)
        #expect(labels.allSatisfy { $0.utf8.count <= 32 })
        #expect(labels[1] == String(repeating: "x", count: 30) + ".2")
    }

    @Test("ids of other systems stay as they are where they fit, and stay apart where they do not")
    func ids() {
        #expect(IDMaker.fit("KovZpZA7AAEA") == "KovZpZA7AAEA")
        #expect(IDMaker.fit("Z698xZC2Z17xp_8-1.2") == "Z698xZC2Z17xp_8-1.2")
        let made = ["a b", "a/b", "-a", "é", "漢", String(repeating: "a", count: 65), "", "_"].map(IDMaker.fit)
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { IDMaker.isID($0) }, "\(made)")
        #expect(IDMaker.slug("Théâtre du Léman") == "theatre-du-leman")
        #expect(IDMaker.isID(IDMaker.slug("漢字")))
        #expect(IDMaker.slug(String(repeating: "ab ", count: 50)).utf8.count <= 64)
    }

    @Test("labels written short read back the same")
    func expressions() throws {
        let cases: [([String], String)] = [
            (["1"], "1"), (["1", "2"], "1-2"), (["1", "3"], "1,3"), (["1", "3", "5"], "1-5/2"),
            (["3", "2", "1"], "3-1"), (["1", "2", "3", "7", "A", "8", "9"], "1-3,7,A,8-9"), (["01", "02"], "01,02"),
            (["10", "8", "6", "4"], "10-4/2"), (["0", "1", "2"], "0-2"),
            (["1000000000", "1000000001"], "1000000000,1000000001"),
        ]
        for (labels, text) in cases {
            #expect(LabelExpression.text(labels) == text)
            #expect(LabelExpression.labels(text, limit: 100) == labels)
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            var labels = (0..<30).map { _ in String(Int.random(in: 0...40, using: &generator)) }
            labels = labels.reduce(into: []) { unique, label in if !unique.contains(label) { unique.append(label) } }
            #expect(LabelExpression.labels(LabelExpression.text(labels), limit: 100) == labels)
        }
    }

    @Test("expressions count letters as a spreadsheet does, and refuse what has no sense")
    func ranges() {
        #expect(LabelExpression.labels("Y-AC", limit: 10) == ["Y", "Z", "AA", "AB", "AC"])
        #expect(LabelExpression.labels("08-11", limit: 10) == ["08", "09", "10", "11"])
        #expect(LabelExpression.labels("T1-T3", limit: 10) == ["T1", "T2", "T3"])
        for odd in ["", "1-", "-1", "1--2", "1-5/0", "a-B", "1-a", "1,,2", "1,1", "1-2/x", "é", "1-999999999", "A1-B2"]
        {
            #expect(LabelExpression.labels(odd, limit: 1_000) == nil, "\(odd)")
        }
    }

    @Test("times are those of the calendar, and offsets stay as written")
    func times() {
        #expect(CivilTime("2031-05-01T19:30+02:00")?.text == "2031-05-01T19:30:00+02:00")
        #expect(CivilTime("1842-12-07T20:00:30.25Z")?.text == "1842-12-07T20:00:30Z")
        #expect(CivilTime("2024-02-29")?.day == 29)
        #expect(CivilTime("0001-01-01T00:00Z") != nil)
        #expect(CivilTime("9999-12-31T23:59Z") != nil)
        for odd in [
            "2023-02-29", "2031-13-01", "2031-00-01", "2031-04-31", "2031-05-01T24:00Z", "2031-05-01T19:60Z",
            "0000-01-01",
            "2031-05-01T19:30:60Z", "2031-5-1", "2031-05-01T19:30+2:00", "2031-05-01T19:30+24:00", "2031-05-01T19:30ZZ",
            "0001-01-01T00:00+00:01", "9999-12-31T23:59-00:01", "", "x", "2031-05-01T", "2031-05-01T19:30:00.Z",
            "20310501", "२०३१-05-01",
        ] {
            #expect(CivilTime(odd) == nil, "\(odd)")
        }
        #expect(CivilTime("1970-01-02T00:01")?.minutesAsWritten == 1_441)
        #expect(CivilTime("2000-03-01T00:00")?.minutesAsWritten == 951_868_800 / 60)
        #expect(CivilTime("1842-12-07T20:00")?.minutesAsWritten == -4_009_838_400 / 60)
    }

    @Test("money keeps every digit, in the currency's own minor unit")
    func money() {
        #expect(MinorUnits.amount("59.5", currency: "USD") == 5_950)
        #expect(MinorUnits.amount("59.499", currency: "EUR") == 5_950)
        #expect(MinorUnits.amount("59.494999", currency: "EUR") == 5_949)
        #expect(MinorUnits.amount("1500", currency: "JPY") == 1_500)
        #expect(MinorUnits.amount("1.5", currency: "KWD") == 1_500)
        #expect(MinorUnits.amount("1.5e2", currency: "USD") == 15_000)
        #expect(MinorUnits.amount("150E-2", currency: "USD") == 150)
        #expect(MinorUnits.amount("0.004", currency: "USD") == 0)
        #expect(MinorUnits.amount("0.005", currency: "USD") == 1)
        #expect(MinorUnits.amount("-1", currency: "USD") == nil)
        #expect(MinorUnits.amount("1e99", currency: "USD") == nil)
        #expect(MinorUnits.amount("1e999999999999999999999", currency: "USD") == nil)
        #expect(MinorUnits.amount("10000000000", currency: "USD") == 1_000_000_000_000)
        #expect(MinorUnits.amount("10000000000.01", currency: "USD") == nil)
    }

    @Test(
        "whatever a text holds, the grammar reads it back from its line",
        arguments: [
            "", " ", "a", "a b", "O'Brien", "\"", "\\", "a\\b", "\\\"", "\\n", "a=b", "=", "key=1", "\n\t\r",
            "\u{0}\u{7F}\u{9F}",
            "\u{202E}x\u{2028}\u{2066}", "é漢🎭", "e\u{301}", "#", "@7", "a\u{A0}b", "\u{FEFF}",
        ])
    func quoting(text: String) throws {
        var line = RequestLine("VENUE ADD", "v")
        line.value("name", text)
        line.value("city", "x")
        #expect(!line.text.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" || $0 == "\u{2028}" })
        let request = try #require(RequestGrammar.parse(line.text), "\(line.text)")
        #expect(request.keys["name"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(request.keys["city"] == "x")
    }

    @Test("a text is cut at a character, and shown without what a terminal obeys")
    func cutting() {
        #expect(PrintedText.cut("aé", toBytes: 2) == "a")
        #expect(PrintedText.cut("e\u{301}e\u{301}", toBytes: 5) == "e\u{301}")
        #expect(PrintedText.cut("abc", toBytes: 3) == "abc")
        #expect(PrintedText.name(" a\n\tb \u{1B}[31m\u{2028}c ") == "a b [31m c")
        #expect(!PrintedText.shown("\u{1B}[2J\u{7}").unicodeScalars.contains { $0.value < 0x20 })
    }
}
