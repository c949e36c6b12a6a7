// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@Suite("Lines of scripts")
struct ScriptTests {
    @Test("a written line is quoted where it must be, and the daemon reads its texts as they were")
    func roundTrip() {
        var line = RequestLineWriter("VENUE ADD", tag: "7")
        line.append("globe")
        line.append(key: "name", "Le Globe")
        line.append(key: "city", "Lyon")
        line.append(key: "country", "")
        #expect(line.text == #"@7 VENUE ADD globe name="Le Globe" city=Lyon country="""#)
        for name in [
            "O'Brien", "a\"b", "a\\b", "a\nb", "x=y", "Кино", "a\u{202e}", "\u{85}b", "😀 x", "aaaaaaaaaaaaaaa b",
        ] {
            var line = RequestLineWriter("VENUE ADD")
            line.append("g")
            line.append(key: "name", name)
            #expect(ask(line.text).text(.name) == name, "\(line.text)")
        }
        var search = RequestLineWriter("SEARCH")
        search.append("free=yes")
        #expect(ask(search.text).text(.words) == "free=yes")
    }

    @Test("a reply line is taken apart into kind, words and fields")
    func replyLine() throws {
        let item = try ReplyLine(parsing: #"@7 * stat holds 12 note="a \"b\" \u{e9}" empty="" "x=y""#)
        #expect(item.tag == "7" && item.kind == .item("stat") && item.words == ["holds", "12", "x=y"])
        #expect(item["note"] == "a \"b\" é" && item["empty"] == "" && item["none"] == nil && !item.kind.isLast)
        let error = try ReplyLine(parsing: #"ERR SEAT_TAKEN seats=a/b/c retry=never hint="x y""#)
        #expect(error.kind == .error("SEAT_TAKEN") && error["seats"] == "a/b/c" && error.kind.isLast)
        #expect(try ReplyLine(parsing: "OK").fields.isEmpty)
    }

    @Test("what is no reply line is refused")
    func refused() {
        let cases: [(String, ReplyLine.Problem)] = [
            ("", .unknownBeginning), ("PING", .unknownBeginning), ("* ", .missingKind), ("ERR", .missingKind),
            ("OK a\"b", .misplacedQuote), ("OK \"a", .misplacedQuote), ("OK \"a\"b", .misplacedQuote),
            (#"OK "\x""#, .badEscape), (#"OK "\u{d800}""#, .badEscape), (#"OK "\u{0}""#, .badEscape),
            ("OK a=1 a=2", .repeatedKey("a")), ("OK a\u{7}b", .control),
        ]
        for (line, problem) in cases {
            #expect(throws: problem, "\(line)") { try ReplyLine(parsing: line) }
        }
    }
}
