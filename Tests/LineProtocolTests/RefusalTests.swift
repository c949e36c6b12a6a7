// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@Suite("What a refusal says")
struct RefusalTests {
    @Test("an unknown verb gets UNKNOWN_COMMAND and the nearest there is")
    func unknownVerb() {
        #expect(ask("HODL gala") == .refused(.unknownCommand, argument: nil, hint: "Did you mean HOLD?", tag: ""))
        #expect(ask("SERCH x").hint == "Did you mean SEARCH?")
        #expect(ask("EVENT OPNE gala").hint == "Did you mean EVENT OPEN?")
        #expect(ask("PREFORMRE GET x").hint == "Did you mean PERFORMER?")
        for far in ["XYZZY", "VERSION", "SESSION NEW", "LOGIN", "EXIT"] {
            #expect(ask(far).hint == "HELP lists the commands.", "\(far)")
        }
        #expect(ask("EVENT").hint == "EVENT wants a second word: ADD, SET, GET, LIST, OPEN, CLOSE, CANCEL.")
        #expect(ask("EVENT FROB x").hint == "EVENT wants a second word: ADD, SET, GET, LIST, OPEN, CLOSE, CANCEL.")
        for line in ["\u{FEFF}PING", "PING\u{A0}", "VENUE\u{A0}ADD globe name=Globe", "СОNFIRM"] {
            #expect(ask(line).code == .unknownCommand)
            #expect(ask(line).hint?.hasPrefix("Write the verb in plain ASCII; a mark that cannot be seen may") == true)
        }
        #expect(ask("EVENT \"ADD\" x").code == .unknownCommand)
        #expect(ask(String(repeating: "A", count: 8_000)).code == .unknownCommand)
    }

    @Test(
        "verbs that are not there yet are unknown",
        arguments: [
            "AUTH x", "SESSION NEW", "TRANSFER t to=x", "WATCH g", "UNWATCH 1", "WAIT for=1s", "QUEUE JOIN g",
            "FAULT x",
        ])
    func notYet(line: String) {
        #expect(ask(line).code == .unknownCommand)
    }

    @Test("test commands exist in test mode only")
    func testMode() {
        var open = Counter(testMode: false)
        #expect(open.ask("RESET").code == .unknownCommand)
        #expect(open.ask("CLOCK ADVANCE 601s").code == .unknownCommand)
        #expect(open.ask("clock advance 601s").hint == "CLOCK is for tests: a daemon started with --test has it.")
        #expect(open.ask("RESET").hint == "RESET is for tests: a daemon started with --test has it.")
        #expect(ask("RESET").verb == .reset)
        #expect(ask("CLOCK ADVANCE 601s").value(.duration) == 601)
    }

    @Test("an unknown key is named, with the nearest of the command's own keys")
    func unknownKey() {
        let answer = ask("VENUE ADD g name=x ctiy=Lyon")
        #expect(answer == .refused(.badArgument, argument: "ctiy", hint: "Did you mean city=?", tag: ""))
        #expect(ask("HOLD g s/A/1 sort=date").argument == "sort")
        #expect(ask("HOLD g s/A/1 sort=date").hint?.hasPrefix("Usage: HOLD event [seats]") == true)
        #expect(ask("PING x=1").argument == "x")
        let long = String(repeating: "k", count: 500)
        #expect(ask("PING \(long)=1").argument == String(repeating: "k", count: 64) + "…")
    }

    @Test("a missing argument is named, with the usage")
    func missing() {
        let answer = ask("PRICE SET gala")
        #expect(
            answer
                == .refused(
                    .badArgument, argument: "category", hint: "Usage: PRICE SET event category amount [key=]", tag: ""))
        #expect(ask("EVENT ADD gala venue=v title=x").argument == "starts")
        #expect(ask("ROW ADD v/s/A").argument == "seats")
        #expect(ask("PAY H1 amount=1").argument == "method")
        #expect(ask("FORMAT").argument == "form")
    }

    @Test("a key given twice, and a word too many, are named")
    func tooMuch() {
        #expect(
            ask("VENUE ADD g name=x name=y")
                == .refused(.badArgument, argument: "name", hint: "Give name once.", tag: ""))
        #expect(ask("VENUE ADD g name=x NAME=x").code == .badArgument)
        #expect(ask("PING pong").argument == "pong")
        #expect(ask("GET a b  ").argument == "b")
        #expect(
            ask("VENUE ADD g name='Le Globe'").hint?.hasPrefix("A text with spaces stands in double quotes. Usage: V")
                == true)
        #expect(ask("RELEASE h s/A/1 x").argument == "x")
    }

    @Test("HOLD takes seats or best=, one of them, and what goes with best= only with it")
    func oneOf() {
        #expect(ask("HOLD gala").argument == "seats")
        #expect(ask("HOLD gala s/A/1 best=2").argument == "best")
        #expect(ask("HOLD gala best=2 together=yes section=s category=vip max=100 accessible=yes").verb == .hold)
        for key in ["together=yes", "section=s", "category=vip", "max=100", "accessible=yes"] {
            let answer = ask("HOLD gala s/A/1 \(key)")
            #expect(answer.code == .badArgument && answer.hint?.hasSuffix("best=.") == true, "\(key): \(answer)")
        }
        #expect(ask("SECTION ADD v/s rows=A-C").argument == "rows")
        #expect(ask("SECTION ADD v/s seats=1-10").argument == "seats")
        #expect(ask("ROW ADD v/s/A seats=1-4 category=a categories=1-4:b").code == .badArgument)
    }

    @Test("an id that only looks like another is refused with a hint")
    func lookalikes() {
        // The first a is Cyrillic; é is composed and then not.
        for id in ["g\u{430}la", "caf\u{e9}", "cafe\u{301}", "ｇala"] {
            let answer = ask("EVENT OPEN \(id)")
            #expect(answer.code == .badArgument && answer.argument == "id")
            #expect(answer.hint?.hasPrefix("Use plain ASCII here") == true)
        }
    }

    @Test("lines that are too long or cut say so")
    func wholeLines() {
        let parser = RequestParser(table: CommandTable())
        for (error, code) in [(FormError.lineTooLong, "LINE_TOO_LONG"), (.truncated, "TRUNCATED")] {
            let line = reply(tag: "t") { parser.writeBody(of: error, to: &$0) }[0]
            #expect(line.hasPrefix("@t ERR \(code) hint=\""), "\(line)")
        }
        var counter = Counter()
        #expect(counter.ask([UInt8](repeating: 0x61, count: Limits.lineBytesMax + 1)).code == .lineTooLong)
        #expect(counter.ask([UInt8](repeating: 0x61, count: Limits.lineBytesMax)).code == .unknownCommand)
    }

    @Test("every refusal is one line that the grammar reads, whatever was asked")
    func readable() throws {
        for line in ["PING \u{2028}", "PING a\u{202e}b", #"PING "a\"b\\ c\n""#, "PING é", #"PING "ERR X\nOK""#] {
            let answer = ask(line)
            #expect(answer.code == .badArgument && answer.argument != nil, "\(answer)")
        }
    }
}
