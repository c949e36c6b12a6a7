// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import LineProtocol
import Testing
import Ticketing

@Suite("Replies")
struct RendererTests {
    @Test("the lines of a sale are those of the protocol's page")
    func session() {
        #expect(
            reply {
                $0.line(.ok)
                $0.field(.hold, "H7QK2M9XW")
                $0.beginText(.seats, .list)
                $0.appendText("stalls/A/3,stalls/A/4")
                $0.endText()
                $0.field(.total, 9_000)
                $0.field(.currency, "EUR")
                $0.field(.ttl, seconds: 600)
                $0.field(.expires, Instant(milliseconds: 1_932_833_400_999))
            } == [
                "OK hold=H7QK2M9XW seats=stalls/A/3,stalls/A/4 total=9000 currency=EUR ttl=600 "
                    + "expires=2031-04-01T18:10:00Z"
            ])
        #expect(
            reply {
                $0.error(.seatTaken)
                $0.field(.seats, "stalls/A/3")
                $0.field(.hint, "HOLD gala best=1")
            } == [#"ERR SEAT_TAKEN seats=stalls/A/3 retry=never hint="HOLD gala best=1""#])
        #expect(
            reply(tag: "7") {
                $0.line(.event)
                $0.field(.id, "gala")
                $0.field(.title, "O'Brien Gala")
                $0.field(.score, thousandths: 583)
                $0.line(.price)
                $0.field(.category, "std")
                $0.field(.amount, 4_500)
                $0.line(.stat)
                $0.field(.name, "holds")
                $0.field(.value, 12)
                $0.line(.ok)
                $0.field(.message, "bye")
                $0.field(.replayed, true)
            } == [
                #"@7 * event gala title="O'Brien Gala" score=0.58"#, "@7 * price std amount=4500", "@7 * stat holds 12",
                "@7 OK bye replayed=yes",
            ])
    }

    @Test("JSON has the same framing, types and names")
    func json() {
        #expect(
            reply(tag: "7", json: true) {
                $0.line(.event)
                $0.field(.id, "gala")
                $0.field(.starts, Instant(milliseconds: 0))
                $0.field(.free, 30)
                $0.field(.score, thousandths: 583)
                $0.line(.row)
                $0.field(.row, "stalls/A")
                $0.beginText(.labels, .list)
                $0.appendText("1,2")
                $0.endText()
                $0.line(.ok)
                $0.field(.message, "bye")
                $0.field(.replayed, true)
                $0.field(.ttl, seconds: 60)
            } == [
                #"{"kind":"event","tag":"7","id":"gala","starts":"1970-01-01T00:00:00Z","free":30,"score":0.58}"#,
                #"{"kind":"row","tag":"7","row":"stalls/A","labels":["1","2"]}"#,
                #"{"ok":true,"tag":"7","message":"bye","replayed":true,"ttl":60}"#,
            ])
        #expect(
            reply(json: true) {
                $0.error(.busy, retry: .later)
                $0.field(.after, 3)
                $0.field(.hint, "wait")
            } == [#"{"ok":false,"code":"BUSY","retry":"later","after":3,"hint":"wait"}"#])
        #expect(
            reply(json: true) {
                $0.line(.ok)
                $0.beginText(.seats, .list)
                $0.endText()
            } == [#"{"ok":true,"seats":[]}"#])
    }

    @Test("an item's own id is a word whichever of its two fields says it, and only as its first field")
    func itemIDs() {
        for (kind, field) in [(LineKind.event, Field.event), (.hold, .hold), (.ticket, .ticket), (.hold, .id)] {
            let lines = reply(json: true) {
                $0.line(kind)
                $0.field(field, "x")
                $0.field(.state, "y")
                $0.line(.ok)
                $0.field(.event, "z")
            }
            #expect(
                lines == [
                    #"{"kind":"\#(ReplyTable.word(of: kind))","id":"x","state":"y"}"#, #"{"ok":true,"event":"z"}"#,
                ])
        }
        #expect(
            reply {
                $0.line(.hold)
                $0.field(.state, "held")
                $0.field(.hold, "x")
                $0.line(.ok)
            } == ["* hold state=held hold=x", "OK"])
    }

    @Test("advice on sending again is said for all but errors of form")
    func retry() {
        for code in ErrorCode.allCases {
            let line = reply { $0.error(code, retry: .same) }[0]
            #expect(line.hasPrefix("ERR \(ReplyTable.spelling(of: code))"))
            #expect(line.contains("retry=same") == (code.rawValue >= 20), "\(line)")
        }
    }

    @Test("no stored name can forge a line, in either form, and each is read back as it was")
    func forgery() throws {
        var names = [
            "", " ", "a b", "a=b", "\"", "\\", "a\nOK", "\r\n", "\t", "x\u{7f}", "\u{80}", "\u{85}", "\u{9f}", "\u{a0}",
            "\u{2028}ERR", "\u{2029}", "\u{202e}drow", "\u{2066}", "\u{2069}", "\u{200e}", "\u{200f}", "\u{61c}",
            "\u{1b}[31m", "Beyoncé", "Кино", "渋谷公会堂", "😀", "O'Brien", "\u{200b}", "\u{2065}", "\u{206a}", "\u{202f}",
            "\u{2027}", "x\u{feff}y", "key=value", "@7", "#x", "aaaaaaaa", "aaaaaaaaa=", "aaaaaaa\n", "\u{1}",
        ]
        for scalar in UInt32(1)...0x2100 { if let scalar = Unicode.Scalar(scalar) { names.append("x\(scalar)y") } }
        for name in names {
            let write: (inout ReplyWriter) -> Void = {
                $0.line(.venue)
                $0.field(.id, name)
                $0.field(.name, name)
                $0.line(.ok)
            }
            let text = reply(write)
            #expect(text.count == 2 && text[1] == "OK", "\(name.debugDescription)")
            let line = try ReplyLine(parsing: text[0])
            #expect(line.words == [name] && line["name"] == name, "\(text[0])")
            for scalar in text[0].unicodeScalars { #expect(!Self.mustBeEscaped(scalar), "\(text[0].debugDescription)") }

            let json = reply(json: true, write)
            let object = try JSONSerialization.jsonObject(with: Data(json[0].utf8)) as? [String: Any]
            #expect(json.count == 2 && object?["name"] as? String == name, "\(json[0])")
            for scalar in json[0].unicodeScalars { #expect(!Self.mustBeEscaped(scalar), "\(json[0].debugDescription)") }
        }
    }

    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    @Test("names are quoted only where they must be")
    func bareness() {
        for bare in ["a", "stalls/A/3,stalls/A/4", "Beyoncé", "O'Brien", "渋谷", "a'b", "{}", "aaaaaaaaaaaaaaaa"] {
            #expect(
                reply {
                    $0.line(.ok)
                    $0.field(.name, bare)
                } == ["OK name=\(bare)"])
        }
        #expect(
            reply {
                $0.line(.ok)
                $0.field(.name, "a\u{1b}\u{2028}\n\t\"\\")
            } == [#"OK name="a\u{1b}\u{2028}\n\t\"\\""#])
    }

    @Test("numbers of every length, with their signs")
    func numbers() {
        var numbers: [Int64] = [0, 1, -1, 9, 10, 99, 100, 101, .max, .min, .max - 1]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1, -power, 1 - power]
        }
        for number in numbers {
            let write: (inout ReplyWriter) -> Void = {
                $0.line(.ok)
                $0.field(.total, number)
            }
            #expect(reply(write) == ["OK total=\(number)"])
            #expect(reply(json: true, write) == [#"{"ok":true,"total":\#(number)}"#])
        }
        for (thousandths, text) in [
            (0, "0.00"), (580, "0.58"), (585, "0.59"), (1_000, "1.00"), (12_345, "12.35"), (-580, "-0.58"),
            (-4, "0.00"),
        ] {
            #expect(
                reply {
                    $0.line(.ok)
                    $0.field(.score, thousandths: Int64(thousandths))
                } == ["OK score=\(text)"])
        }
    }

    @Test("times are cut to the second, before 1970 too, and kept within the years that print")
    func instants() {
        let cases: [(Int64, String)] = [
            (-1, "1969-12-31T23:59:59Z"), (999, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (Instant.earliest.milliseconds, "0001-01-01T00:00:00Z"), (.min, "0001-01-01T00:00:00Z"),
            (Instant.latest.milliseconds, "9999-12-31T23:59:59Z"), (.max, "9999-12-31T23:59:59Z"),
        ]
        for (milliseconds, text) in cases {
            #expect(
                reply {
                    $0.line(.ok)
                    $0.field(.time, Instant(milliseconds: milliseconds))
                } == ["OK time=\(text)"])
        }
    }

    @Test("a tag of the longest length is on every line")
    func tags() {
        let tag = String(repeating: "t", count: Limits.tagBytesMax)
        let lines = reply(tag: tag) {
            $0.line(.row)
            $0.line(.ok)
        }
        #expect(lines == ["@\(tag) * row", "@\(tag) OK"])
    }

    @Test("a body cut anywhere, or with any byte changed, ends in one last line and never traps")
    func damaged() {
        var writer = ReplyWriter()
        writer.begin(client: 1, ticket: 2)
        writer.line(.event)
        writer.field(.id, "gala")
        writer.field(.free, 30)
        writer.field(.starts, Instant(milliseconds: 0))
        writer.error(.seatTaken)
        writer.beginText(.seats, .list)
        writer.appendText("stalls/A/3")
        writer.endText()
        writer.field(.replayed, true)
        writer.end()
        let body = Array(writer.bytes[ReplyWriter.frameHeaderBytes...])
        for length in 0...body.count {
            let cut = body.span.extracting(..<length)
            var text: [UInt8] = []
            var json: [UInt8] = []
            let results = [
                TextRenderer.render(cut, tag: .none, to: &text), JSONRenderer.render(cut, tag: .none, to: &json),
            ]
            #expect(results == [length == body.count, length == body.count], "cut at \(length)")
            // Of a line that was cut, nothing is shown.
            for output in [text, json] where length < body.count {
                let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
                #expect(lines.count <= 2 && lines.last?.contains("INTERNAL") == true, "cut at \(length): \(lines)")
                #expect(lines.count == 1 || lines[0].contains("1970-01-01T00:00:00Z"), "cut at \(length): \(lines)")
            }
        }
        var damaged: [[UInt8]] = [body + [1]]
        for position in body.indices {
            for value in [0, 1, 2, 3, 4, 7, 8, 9, 127, 128, 255] as [UInt8] {
                var copy = body
                copy[position] = value
                damaged.append(copy)
            }
        }
        for body in damaged {
            for json in [false, true] {
                var output: [UInt8] = []
                if json {
                    JSONRenderer.render(body.span, tag: makeTag("7"), to: &output)
                } else {
                    TextRenderer.render(body.span, tag: makeTag("7"), to: &output)
                }
                #expect(output.last == 0x0A)
                let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
                let last = json ? #"{"ok":"# : "@7 "
                #expect(lines.last?.hasPrefix(last) == true, "\(body)")
                let endings = lines.filter {
                    json ? $0.hasPrefix(last) : $0.hasPrefix("@7 OK") || $0.hasPrefix("@7 ERR")
                }
                #expect(endings.count == 1, "\(body)")
            }
        }
    }

    @Test("frames are read back one by one, and a stream that ends inside one says so")
    func frames() {
        var writer = ReplyWriter()
        for ticket in UInt32(0)..<3 {
            writer.begin(client: 7, ticket: ticket)
            writer.line(.ok)
            writer.field(.count, Int64(ticket))
            writer.end()
        }
        let bytes = writer.bytes
        for length in 0...bytes.count {
            var reader = ReplyFrameReader(bytes.span.extracting(..<length))
            var tickets: [UInt32] = []
            while let frame = reader.next() {
                #expect(frame.client == 7)
                tickets.append(frame.ticket)
            }
            #expect(tickets == (0..<UInt32(length / (bytes.count / 3))).map { $0 })
            #expect(reader.isMalformed == (length % (bytes.count / 3) != 0))
        }
    }
}
