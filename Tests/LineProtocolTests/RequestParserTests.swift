// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@Suite("The form of a request")
struct RequestParserTests {
    @Test("a verb, words and keys become typed arguments")
    func whole() {
        let answer = ask("@7 HOLD gala stalls/A/3-4 key=c1")
        #expect(
            answer
                == .request(
                    .hold,
                    [
                        Part(argument: .event, text: "gala", value: 0, extra: 0),
                        Part(argument: .seats, text: "stalls/A/3-4", value: 0, extra: 0),
                        Part(argument: .key, text: "c1", value: 0, extra: 0),
                    ], tag: "7"))
    }

    @Test("keys stand anywhere after the verb, and verbs and keys are case-insensitive")
    func anywhere() {
        #expect(ask("hOLD KEY=c1 gala stalls/A/3") == ask("HOLD gala stalls/A/3 key=c1").reordered([2, 0, 1]))
        #expect(ask("event Add g Title=x VENUE=v starts=2031-05-01T19:30Z").verb == .eventAdd)
    }

    @Test("spaces at the ends and between words do not matter")
    func spaces() {
        #expect(ask("  @7   HOLD   gala   stalls/A/3  ") == ask("@7 HOLD gala stalls/A/3"))
    }

    @Test("blank lines and comments are ignored", arguments: ["", "   ", "#", "# HOLD", "  # x", "#\u{7f}"])
    func ignored(line: String) {
        #expect(ask(line) == .nothing)
    }

    @Test("a comment is ignored whatever its bytes are")
    func ignoredBytes() {
        var counter = Counter()
        #expect(counter.ask(Array("# caf".utf8) + [0xE9]) == .nothing)
    }

    @Test("every command's own example is good")
    func examples() {
        for command in CommandTable(testMode: true).commands {
            let answer = ask(command.example)
            #expect(answer.verb == command.verb, "\(command.example): \(answer)")
        }
    }

    @Test("quotes keep spaces, signs and escapes")
    func quotes() {
        #expect(ask(#"VENUE ADD g name="Le Globe""#).text(.name) == "Le Globe")
        #expect(ask(#"VENUE ADD g name="a\"b\\c\n\t\u{e9}\u{1F600}""#).text(.name) == "a\"b\\c\n\té😀")
        #expect(ask(#"VENUE ADD g name=a=b"#).text(.name) == "a=b")
        #expect(ask(#"VENUE ADD g name="a=b" city="""#).text(.city) == "")
        #expect(ask("VENUE ADD g name=x city=").text(.city) == "")
        #expect(ask("VENUE ADD g name=O'Brien").text(.name) == "O'Brien")
        #expect(ask(#"VENUE ADD "g" name=x"#).text(.venue) == "g")
        #expect(ask("SEARCH \"date=x\" rock").text(.words) == "date=x rock")
    }

    @Test(
        "misplaced quotes and bad escapes are BAD_SYNTAX",
        arguments: [
            #"VENUE ADD g name=a"b"#, #"VENUE ADD g name="a"#, #"VENUE ADD g name="a"b"#, #"VENUE ADD g name=a\b"#,
            #"VENUE ADD g name="\x""#, #"VENUE ADD g name="\"#, #"VENUE ADD g name="\u""#, #"VENUE ADD g name="\u{}""#,
            #"VENUE ADD g name="\u{110000}""#, #"VENUE ADD g name="\u{d800}""#, #"VENUE ADD g name="\u{DFFF}""#,
            #"VENUE ADD g name="\u{0}""#, #"VENUE ADD g name="\u{000000}""#, #"VENUE ADD g name="\u{0000041}""#,
            #"VENUE ADD g name="\u{41""#, #"VENUE ADD g na"me=x"#, #"VENUE ADD g "a""b""#, #"PI"NG"#, #""PING""#,
            #"VENUE ADD g name="\u41""#,
        ])
    func badQuotes(line: String) {
        let answer = ask(line)
        #expect(answer.code == .badSyntax, "\(answer)")
        #expect(answer.hint?.isEmpty == false)
    }

    @Test("control characters are BAD_SYNTAX, tag and all")
    func controls() {
        for control in Array(0x00...0x1F) + [0x7F] where control != 0x0A {
            var counter = Counter()
            let answer = counter.ask(Array("@7 VENUE ADD g name=a".utf8) + [UInt8(control)] + Array("b".utf8))
            #expect(answer.code == .badSyntax && answer.tag == "7", "control \(control): \(answer)")
        }
        for control in ["\u{80}", "\u{85}", "\u{9f}"] {
            #expect(ask("VENUE ADD g name=a\(control)b").code == .badSyntax)
        }
        #expect(ask("VENUE ADD g name=a\u{a0}b").text(.name) == "a\u{a0}b")
    }

    @Test("bytes that are not UTF-8 are BAD_UTF8, surrogates and over-long forms included")
    func badUTF8() {
        let bad: [[UInt8]] = [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xC2, 0x41], [0xE2, 0x41, 0x80],
            [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x41, 0x80],
        ]
        for bytes in bad {
            for rest in ["", "x", " y=z abcdefgh"] {
                var counter = Counter()
                let answer = counter.ask(Array("@7 SEARCH a".utf8) + bytes + Array(rest.utf8))
                #expect(answer.code == .badUTF8 && answer.tag == "7", "\(bytes): \(answer)")
            }
        }
    }

    @Test("what the standard library takes for UTF-8 is what the parser takes for it")
    func everyTwoByteSequence() {
        var counter = Counter()
        for first in UInt8(0x80)...0xFF {
            for second in UInt8(0x00)...0xFF where second >= 0x20 && second != 0x7F && second != 0x22 && second != 0x5C
            {
                let bytes = [first, second]
                let isValid = String(validating: bytes, as: UTF8.self) != nil
                let answer = counter.ask(Array("SEARCH x".utf8) + bytes)
                #expect((answer.code != .badUTF8) == isValid, "\(bytes): \(answer)")
            }
        }
    }

    @Test("a tag is 1 to 32 bytes of its alphabet, and comes back even with an error")
    func tags() {
        let longest = String(repeating: "t", count: Limits.tagBytesMax)
        #expect(ask("@\(longest) PING").tag == longest)
        #expect(ask("@\(longest)t PING").code == .badSyntax)
        #expect(ask("@a.b_c-9 NONSENSE").tag == "a.b_c-9")
        for bad in ["@ PING", "@é PING", "@a/b PING", "@\"a\" PING"] { #expect(ask(bad).code == .badSyntax, "\(bad)") }
        let alone = ask("@7")
        #expect(alone.code == .unknownCommand && alone.tag == "7")
    }

    @Test("words of a search are joined by one space, keys left out")
    func words() {
        #expect(ask(#"SEARCH  the   free=yes  "o  brien" limit=5 gala"#).text(.words) == "the o  brien gala")
        #expect(ask("SEARCH").text(.words) == nil)
        #expect(ask("SEARCH free=no").value(.free) == 0)
        #expect(ask("HELP event add").text(.topic) == "event add")
    }

    @Test("a refused line leaves the batch as it was")
    func untouched() {
        var counter = Counter()
        _ = counter.ask("HOLD gala stalls/A/3")
        let before = (counter.batch.requests.count, counter.batch.arguments.count, counter.batch.text.count)
        for line in ["HOLD gala stalls/A/3 best=x", "HOLD gala", "NONSENSE", "HOLD gala \"", "@@ PING", "# x", ""] {
            _ = counter.ask(line)
        }
        let after = (counter.batch.requests.count, counter.batch.arguments.count, counter.batch.text.count)
        #expect(before == after)
        #expect(counter.ask("GET H1").text(.id) == "H1")
    }

    @Test("a request carries who asks, for whom, and its place on its connection")
    func whoAsks() {
        var counter = Counter(role: .operator, buyer: "ada@example.org")
        _ = counter.ask("PING")
        _ = counter.ask("HOLD gala stalls/A/3")
        let request = counter.batch.requests[1]
        #expect(request.client == 1 && request.ticket == 2 && request.role == .operator && request.actsForBuyer)
        #expect(String(decoding: counter.batch.text[request.buyer.range], as: UTF8.self) == "ada@example.org")
        #expect(counter.batch.string(.event, of: request) == "gala")
    }

    @Test("a request may be appended to several batches")
    func broadcast() {
        var parser = RequestParser(table: CommandTable())
        let outcome = Array("MINE event=gala".utf8).withUnsafeBytes { parser.parse($0, role: .buyer) }
        guard case .request = outcome else {
            Issue.record("refused")
            return
        }
        #expect(parser.verb == .mine && parser.command.route == .everyShard)
        for _ in 0..<3 {
            let batch = RequestBatch()
            batch.text = [1, 2, 3]
            let request = parser.append(to: batch, client: 9, ticket: 1, role: .buyer, buyer: [0x61].span)
            #expect(batch.string(.event, of: request) == "gala")
            #expect(batch.text[request.buyer.range] == [0x61])
        }
    }

    @Test("who may not ask is told so after the line was found good", arguments: [Role.buyer, .gate])
    func forbidden(role: Role) {
        #expect(ask("EVENT OPEN gala", role: role).code == .forbidden)
        #expect(ask("EVENT OPEN", role: role).code == .badArgument)
        #expect(ask("CHECKIN abc", role: role).code == (role == .gate ? nil : .forbidden))
        #expect(ask("HOLD gala stalls/A/1", role: role).code == (role == .gate ? .forbidden : nil))
        #expect(ask("PING", role: role).verb == .ping)
    }
}

extension Answer {
    /// This request with its arguments in another order.
    func reordered(_ order: [Int]) -> Answer {
        guard case .request(let verb, let parts, let tag) = self else { return self }
        return .request(verb, order.map { parts[$0] }, tag: tag)
    }
}
