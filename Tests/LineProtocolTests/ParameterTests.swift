// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@Suite("The types of arguments")
struct ParameterTests {
    /// Milliseconds of `starts=` and the offset in minutes; nil where it is refused.
    private func starts(_ text: String) -> (Int64, Int16)? {
        let answer = ask("EVENT SET gala starts=\(text)")
        guard let part = answer.parts.first(where: { $0.argument == .starts }) else {
            #expect(answer.code == .badArgument && answer.argument == "starts", "\(text): \(answer)")
            return nil
        }
        return (part.value, part.extra)
    }

    @Test("an id is 1 to 64 bytes of its alphabet and begins with a letter or digit")
    func ids() {
        let longest = String(repeating: "a", count: Limits.idBytesMax)
        for good in ["a", "9", "A.b_c-D", longest] { #expect(ask("EVENT OPEN \(good)").text(.event) == good) }
        for bad in [".a", "-a", "_a", "a/b", "a b".debugDescription, "\"\"", longest + "a", "a,b", "a:b"] {
            #expect(ask("EVENT OPEN \(bad)").code == .badArgument, "\(bad)")
        }
    }

    @Test("lists of ids: each is one, no more than there may be, none only where that says something")
    func idLists() {
        func performers(_ list: String) -> Answer { ask("EVENT SET gala performers=\(list)") }
        #expect(performers("a,b,c").text(.performers) == "a,b,c")
        #expect(performers("").text(.performers) == "")
        for bad in [",", "a,", ",a", "a,,b", "a,-b"] { #expect(performers(bad).code == .badArgument, "\(bad)") }
        let most = Array(repeating: "p", count: Limits.performersPerEventMax).joined(separator: ",")
        #expect(performers(most).verb == .eventSet)
        #expect(performers(most + ",p").code == .badArgument)
        #expect(ask("CANCEL O1 T1,T2").text(.tickets) == "T1,T2")
        #expect(ask("CANCEL O1 \"\"").code == .badArgument)
    }

    @Test("addresses are split into their parts")
    func addresses() {
        let row = ask("ROW ADD globe/stalls/A_1 seats=1-10")
        #expect([row.text(.venue), row.text(.section), row.text(.row)] == ["globe", "stalls", "A_1"])
        #expect(ask("SECTION ADD globe/stalls").text(.section) == "stalls")
        #expect(ask("AREA ADD globe/lawn capacity=4").text(.area) == "lawn")
        let label = String(repeating: "s", count: Limits.labelBytesMax)
        #expect(ask("SECTION ADD globe/\(label)").text(.section) == label)
        for bad in ["globe", "globe/", "/s", "globe/a/b", "globe/a-b", "gl obe/a".debugDescription, "globe/\(label)s"] {
            #expect(ask("SECTION ADD \(bad)").code == .badArgument, "\(bad)")
        }
        for bad in ["globe/s", "globe/s/", "globe//A", "globe/s/A/1", "globe/s/é"] {
            #expect(ask("ROW ADD \(bad) seats=1").code == .badArgument, "\(bad)")
        }
    }

    @Test("whole numbers: digits alone, within their range")
    func integers() {
        func limit(_ text: String) -> Int64? { ask("VENUE LIST limit=\(text)").value(.limit) }
        #expect(limit("1") == 1 && limit("007") == 7 && limit("\(Limits.pageItemsMax)") == Int64(Limits.pageItemsMax))
        for bad in [
            "0", "\(Limits.pageItemsMax + 1)", "-1", "+1", "1.0", "1e3", "", "x", "0x10", "99999999999999999999", "１",
        ] {
            #expect(limit(bad) == nil, "\(bad)")
        }
    }

    @Test("money at its limit, one past it, and past 64 bits")
    func money() {
        #expect(ask("PRICE SET g std \(Limits.priceMinorMax)").value(.amount) == Limits.priceMinorMax)
        #expect(ask("PRICE SET g std 0").value(.amount) == 0)
        for bad in ["\(Limits.priceMinorMax + 1)", "18446744073709551616", "-1", "1,50"] {
            #expect(ask("PRICE SET g std \(bad)").code == .badArgument, "\(bad)")
        }
        let total = Limits.priceMinorMax * Int64(Limits.seatsPerHoldMax)
        #expect(ask("PAY H1 amount=\(total) method=cash").value(.amount) == total)
        #expect(ask("PAY H1 amount=\(total + 1) method=cash").code == .badArgument)
    }

    @Test("ranges of money are half-open pairs")
    func moneyRanges() {
        func price(_ text: String) -> [Int64] { ask("SEARCH price=\(text)").values(.price) }
        #expect(price("..5000") == [.min, 5_001])
        #expect(price("1000..") == [1_000, .max])
        #expect(price("1000..5000") == [1_000, 5_001])
        #expect(price("1000") == [1_000, 1_001])
        for bad in ["..", "", "5000..1000", "1..2..3", "a..b", "-1..5", "1...5", "..\(Limits.priceMinorMax + 1)"] {
            #expect(price(bad) == [], "\(bad)")
        }
    }

    @Test("durations have a unit and a range")
    func durations() {
        func hold(_ text: String) -> Int64? { ask("EVENT SET g hold=\(text)").value(.hold) }
        #expect(hold("600s") == 600 && hold("10m") == 600 && hold("2h") == 7_200 && hold("1s") == 1)
        #expect(hold("\(Limits.holdSecondsMax)s") == Limits.holdSecondsMax)
        for bad in [
            "0s", "\(Limits.holdSecondsMax + 1)s", "600", "s", "10M", "1d", "-5s", "999999999999999999h", "1.5h",
        ] {
            #expect(hold(bad) == nil, "\(bad)")
        }
    }

    @Test("times: seconds optional, any offset, fractions cut to milliseconds")
    func instants() throws {
        #expect(try #require(starts("1970-01-01T00:00Z")) == (0, 0))
        #expect(try #require(starts("1970-01-01t00:00:01z")) == (1_000, 0))
        #expect(try #require(starts("1970-01-01T02:00+02:00")) == (0, 120))
        #expect(try #require(starts("1969-12-31T18:30:00-05:30")) == (0, -330))
        #expect(try #require(starts("1970-01-01T00:00:00.123456789Z")) == (123, 0))
        #expect(try #require(starts("1970-01-01T00:00:00.5Z")) == (500, 0))
        #expect(try #require(starts("1842-03-28T19:00Z")) == (-4_031_787_600_000, 0))
        #expect(try #require(starts("2000-02-29T00:00Z")) == (951_782_400_000, 0))
        #expect(try #require(starts("0001-01-01T00:00Z")).0 == Instant.earliest.milliseconds)
        #expect(try #require(starts("9999-12-31T23:59:59Z")).0 == Instant.latest.milliseconds)
    }

    @Test(
        "times that no calendar or clock shows are refused",
        arguments: [
            "2031-02-29T00:00Z", "1900-02-29T00:00Z", "2031-04-31T00:00Z", "2031-13-01T00:00Z", "2031-00-01T00:00Z",
            "2031-01-00T00:00Z", "2031-01-32T00:00Z", "2031-01-01T24:00Z", "2031-01-01T23:60Z", "2031-01-01T23:59:60Z",
            "2016-12-31T23:59:60Z", "0000-12-31T00:00Z", "0001-01-01T00:00+01:00", "9999-12-31T23:59:59-00:01",
            "2031-01-01T00:00", "2031-01-01", "2031-01-01T00:00:00.Z", "2031-01-01T00:00+2:00", "2031-01-01T00:00+0200",
            "2031-01-01T00:00+24:00", "2031-01-01T00:00+02:60", "2031-1-1T00:00Z", "31-01-01T00:00Z", "x", "",
            "2031-01-01T00:00ZZ", "2031-01-01T00:00:0Z", "2031-01-01T0:00Z", "+2031-01-01T00:00Z", "2031-01-01_00:00Z",
            "2031-01-01T00:00:00", "2031-01-01T00:00:00.", "2031-01-01T00:00:00.5", "2031-01-01T00:00+02:0",
        ])
    func badInstants(text: String) {
        #expect(starts(text) == nil)
    }

    @Test("every day of eight centuries is read and written alike")
    func calendar() throws {
        var counter = Counter()
        var day = 0
        for year in 1_600..<2_400 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, length) in lengths.enumerated() {
                // The ends of each month, where calendars go wrong.
                for date in [1, length] {
                    let text = "\(year)-\(month < 9 ? "0" : "")\(month + 1)-\(date < 10 ? "0" : "")\(date)T12:34:56Z"
                    let expected = (Int64(day + date - 1) - 135_140) * 86_400_000 + 45_296_000
                    let value = counter.ask("EVENT SET g starts=\(text)").value(.starts)
                    #expect(value == expected, "\(text)")
                    let line = reply {
                        $0.line(.ok)
                        $0.field(.time, Instant(milliseconds: expected + 999))
                    }
                    #expect(line == ["OK time=\(text)"])
                }
                day += length
            }
        }
    }

    @Test("dates are half-open pairs of midnights on a local clock")
    func dates() {
        func date(_ text: String) -> [Int64] { ask("SEARCH date=\(text)").values(.date) }
        let day: Int64 = 86_400_000
        #expect(date("1970-01-01..1970-01-31") == [0, 31 * day])
        #expect(date("1970-01-02") == [day, 2 * day])
        #expect(date("..1970-01-01") == [.min, day])
        #expect(date("1970-01-01..") == [0, .max])
        for bad in [
            "..", "0000-12-31", "1970-01-02..1970-01-01", "1970-02-30", "1970-01-01...1970-01-02", "1970-1-1", "x..y",
        ] {
            #expect(date(bad) == [], "\(bad)")
        }
    }

    @Test("yes and no, words of a set, and currencies")
    func choices() {
        #expect(ask("SEARCH free=yes").value(.free) == 1 && ask("SEARCH free=NO").value(.free) == 0)
        for bad in ["1", "true", "", "ye", "yess"] { #expect(ask("SEARCH free=\(bad)").code == .badArgument) }
        #expect(ask("SEARCH sort=relevance").value(.sort) == 0 && ask("SEARCH sort=price").value(.sort) == 2)
        #expect(ask("FORMAT json").value(.format) == 1 && ask("FORMAT text").value(.format) == 0)
        #expect(ask("FORMAT xml").hint == "form is one of: text, json.")
        #expect(ask("EVENT SET g currency=EUR").text(.currency) == "EUR")
        for bad in ["eur", "EU", "EURO", "E1R", "€€€"] {
            #expect(ask("EVENT SET g currency=\(bad)").code == .badArgument)
        }
    }

    @Test("texts at their limit and one past it")
    func texts() {
        func name(_ count: Int) -> Answer { ask("VENUE SET g name=\(String(repeating: "n", count: count))") }
        #expect(name(Limits.nameBytesMax).verb == .venueSet)
        #expect(name(Limits.nameBytesMax + 1).code == .badArgument)
        #expect(name(0).code == .badArgument)
        func key(_ count: Int) -> Answer { ask("EVENT OPEN g key=\(String(repeating: "k", count: count))") }
        #expect(key(Limits.keyBytesMax).verb == .eventOpen)
        #expect(key(Limits.keyBytesMax + 1).code == .badArgument && key(0).code == .badArgument)
        func description(_ count: Int) -> Answer {
            ask("EVENT SET g description=\(String(repeating: "d", count: count))")
        }
        #expect(description(Limits.descriptionBytesMax).verb == .eventSet)
        #expect(description(Limits.descriptionBytesMax + 1).code == .badArgument)
    }

    /// Spaces of all kinds, joiners and marks of no width, controls, fillers, a blank cell of braille.
    private static let blanks = [
        " ", "\u{a0}", "\u{3000}", "\u{200b}", "\u{200d}\u{feff}", "\u{ad}", "\u{2060} \u{180e}", #"\n\t"#,
        #"\u{202e}"#,
        "\u{3164}", "\u{fe0f}", "\u{e0020}", "\u{2800}",
    ]

    @Test("a name that nobody can see is refused, wherever one is given", arguments: blanks)
    func blankNames(blank: String) {
        let lines = [
            "VENUE ADD g name=", "VENUE SET g name=", "PERFORMER ADD p name=", "SECTION ADD v/s name=",
            "AREA ADD v/a capacity=1 name=", "EVENT SET e title=",
            "EVENT ADD e venue=v starts=2031-05-01T19:30Z title=",
        ]
        for line in lines {
            let key = line.hasSuffix("title=") ? "title" : "name"
            let hint = "\(key) is 1 to 512 bytes long, and not all of it blank."
            #expect(
                ask(line + "\"\(blank)\"") == .refused(.badArgument, argument: key, hint: hint, tag: ""), "\(line)")
            #expect(ask(line + "\"\(blank)x\"").code == nil)
        }
        #expect(ask("AS \"\(blank)\"").code == .badArgument)
        #expect(ask("VENUE SET g city=\"\(blank)\"").code == nil)
    }

    @Test("a buyer is 1 to 64 bytes that can be read aloud")
    func buyers() {
        let longest = String(repeating: "b", count: Limits.buyerBytesMax)
        for good in ["ada", "-", "ada@example.org", "Åse", longest] { #expect(ask("AS \(good)").text(.buyer) == good) }
        #expect(ask("AS \"Ada Lovelace\"").text(.buyer) == "Ada Lovelace")
        for bad in ["\"\"", "\" \"", longest + "b", #""a\nb""#, #""a\u{202e}b""#, "a\u{2066}b", #""\u{7f}""#] {
            #expect(ask("AS \(bad)").code == .badArgument, "\(bad)")
        }
    }

    @Test("seats, labels and positions keep to their alphabets")
    func alphabets() {
        for good in ["stalls/A/3-6,lawn:4", "a/b/c"] { #expect(ask("HOLD g \(good)").text(.seats) == good) }
        for bad in ["a;b", "a/b/é", "\"\"", "a/b/c d".debugDescription, "a/b/*"] {
            #expect(ask("HOLD g \(bad)").code == .badArgument, "\(bad)")
        }
        #expect(ask("ROW ADD v/s/A seats=1-19/2 gaps=5,7 xy=\"0,0 25,-1.5\"").text(.xy) == "0,0 25,-1.5")
        #expect(ask("ROW ADD v/s/A seats=1:2").code == .badArgument)
        #expect(ask("ROW ADD v/s/A seats=1-4 xy=1;2").code == .badArgument)
        #expect(ask("ROW ADD v/s/A seats=1-10 categories=1-4:vip,5-10:std").verb == .rowAdd)
        #expect(ask("PRICE SET g vip-1 5").text(.category) == "vip-1")
        #expect(ask("PRICE SET g vip:1 5").code == .badArgument)
    }
}
