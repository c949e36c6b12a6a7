// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import LineProtocol
import Testing
import Ticketing

/// Random bytes and mutated lines, the same in every run. `BOXOFFICE_FUZZ` sets how many inputs each test takes; the
/// seed is fixed, so that a failure's number finds it again.
@Suite("Fuzzing")
struct FuzzTests {
    private static let executions = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap(Int.init) ?? 4_000

    /// Lines that are good, one of each command and some with every kind of quoting.
    private static let seeds: [[UInt8]] = {
        var lines = CommandTable(testMode: true).commands.map(\.example)
        lines += [
            #"@7 VENUE SET g name="a\"b\\c\n\t\u{1f600}" city=Łódź tz=Europe/Warsaw key=k"#,
            "HOLD gala best=4 together=yes section=stalls category=vip max=9000 accessible=no key=c1",
            "ROW ADD v/s/A seats=1-19/2 categories=1-9:vip,11-19:std gaps=9 xy=\"0,0 25,0\"",
            "EVENT ADD g venue=v title=\"Кино\" starts=1842-03-28T19:00:00.5+01:30 performers=a,b,c hold=10m limit=8",
            "SEARCH \"x=y\" z price=..5000 date=2026-05-01.. sort=price limit=3 after=c", "# comment", "", "GET H1",
        ]
        return lines.map { Array($0.utf8) }
    }()

    private static func mutated(_ dice: inout Dice) -> [UInt8] {
        var line = seeds[Int.random(in: 0..<seeds.count, using: &dice)]
        for _ in 0..<Int.random(in: 0...4, using: &dice) {
            let position = Int.random(in: 0...line.count, using: &dice)
            switch Int.random(in: 0..<7, using: &dice) {
            case 0: line.insert(UInt8.random(in: 0...255, using: &dice), at: position)
            case 1: if position < line.count { line.remove(at: position) }
            case 2: if position < line.count { line[position] ^= 1 << UInt8.random(in: 0..<8, using: &dice) }
            case 3:
                let pieces = [
                    "\"", "\\", "=", " ", "@", "\\u{", "}", "..", ",", "/", "\u{e9}", "\u{202e}", "9999999999",
                ]
                line.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &dice)].utf8, at: position)
            case 4: line = Array(line[..<position])
            case 5: line += line[position...]
            default: line.insert(contentsOf: seeds[Int.random(in: 0..<seeds.count, using: &dice)], at: position)
            }
        }
        return line.filter { $0 != 0x0A }
    }

    @Test("any line is a good request or one readable refusal, and a refusal leaves the batch as it was")
    func lines() throws {
        var dice = Dice(seed: 1)
        var counter = Counter()
        var good = 0
        for number in 0..<Self.executions {
            let line =
                number % 4 == 0
                ? (0..<Int.random(in: 0...40, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
                : Self.mutated(&dice)
            let before = (counter.batch.requests.count, counter.batch.arguments.count, counter.batch.text.count)
            switch counter.ask(line) {
            case .nothing: break
            case .request(_, let parts, _):
                good += 1
                for part in parts {
                    #expect(
                        !part.text.contains("\u{fffd}") || line.contains(0xBD),
                        "input \(number): text cut in a character")
                }
                counter.batch.removeAll()
                continue
            case .refused(let code, _, let hint, _):
                #expect(!hint.isEmpty && hint != "unreadable", "input \(number): \(code) without a readable hint")
            }
            let after = (counter.batch.requests.count, counter.batch.arguments.count, counter.batch.text.count)
            #expect(before == after, "input \(number) was refused and changed the batch")
        }
        #expect(good > Self.executions / 20, "the fuzzer must reach good requests too")
    }

    @Test("a stream of such lines says the same whole and cut anywhere")
    func streams() {
        var dice = Dice(seed: 2)
        for number in 0..<max(1, Self.executions / 40) {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &dice) {
                stream += Self.mutated(&dice)
                if Int.random(in: 0..<30, using: &dice) == 0 {
                    stream += [UInt8](
                        repeating: 0x61, count: Limits.lineBytesMax + Int.random(in: -300...300, using: &dice))
                }
                stream += Bool.random(using: &dice) ? [0x0A] : [0x0D, 0x0A]
            }
            if Bool.random(using: &dice) { stream += Self.mutated(&dice) }
            let whole = split([stream])
            var pieces: [[UInt8]] = []
            var position = 0
            let longest = [3, 50, 5_000][number % 3]
            while position < stream.count {
                let end = min(stream.count, position + Int.random(in: 1...longest, using: &dice))
                pieces.append(Array(stream[position..<end]))
                position = end
            }
            #expect(split(pieces) == whole, "stream \(number)")
        }
    }

    @Test("any texts written to a reply or a request are read back as they were")
    func roundTrips() throws {
        var dice = Dice(seed: 3)
        for number in 0..<Self.executions / 4 {
            var texts: [String] = []
            for _ in 0..<4 {
                var text = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 0...12, using: &dice) {
                    let range: ClosedRange<UInt32> =
                        [1...0x7F, 0x20...0x7E, 0x80...0x2070, 1...0x10FFFF][Int.random(in: 0..<4, using: &dice)]
                    if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &dice)) { text.append(scalar) }
                }
                texts.append(String(text))
            }
            let lines = reply(tag: "t") {
                $0.line(.stat)
                $0.field(.name, texts[0])
                $0.field(.value, texts[1])
                $0.field(.title, texts[2])
                $0.line(.ok)
                $0.field(.hint, texts[3])
            }
            #expect(lines.count == 2, "reply \(number)")
            let item = try ReplyLine(parsing: lines[0])
            #expect(item.words == [texts[0], texts[1]] && item["title"] == texts[2], "reply \(number): \(lines[0])")
            #expect(try ReplyLine(parsing: lines[1])["hint"] == texts[3], "reply \(number): \(lines[1])")

            var line = RequestLineWriter("VENUE SET")
            line.append("g")
            line.append(key: "city", texts[0])
            line.append(key: "address", texts[1])
            let answer = ask(line.text)
            #expect(
                answer.text(.city) == texts[0] && answer.text(.address) == texts[1], "request \(number): \(line.text)")
        }
    }

    @Test("random bodies render to whole lines, in either form")
    func bodies() {
        var dice = Dice(seed: 4)
        for number in 0..<Self.executions {
            let body = (0..<Int.random(in: 0...60, using: &dice)).map { place in
                place % 3 == 0 ? UInt8.random(in: 0...30, using: &dice) : UInt8.random(in: 0...255, using: &dice) & 0x6F
            }
            var output: [UInt8] = []
            TextRenderer.render(body.span, tag: .none, to: &output)
            #expect(output.last == 0x0A, "body \(number)")
            output = []
            JSONRenderer.render(body.span, tag: .none, to: &output)
            #expect(output.last == 0x0A, "body \(number)")
        }
    }
}
