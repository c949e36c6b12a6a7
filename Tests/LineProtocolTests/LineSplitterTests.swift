// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

/// What a splitter said, with its bytes copied.
enum Said: Equatable {
    case line([UInt8])
    case tooLong(tag: String)
    case wrongProtocol(WrongProtocol)
    case truncated([UInt8])
}

/// All that a splitter says of `pieces`, and at the end of input.
func split(_ pieces: [[UInt8]]) -> [Said] {
    var splitter = LineSplitter()
    var said: [Said] = []
    for piece in pieces {
        var position = 0
        piece.withUnsafeBytes { bytes in
            steps: while true {
                switch splitter.next(in: bytes, at: &position) {
                case .line(let line): said.append(.line(Array(line)))
                case .tooLong(let beginning): said.append(.tooLong(tag: Tag(ofRefusedLine: beginning).description))
                case .wrongProtocol(let which): said.append(.wrongProtocol(which))
                case .needsMore: break steps
                }
            }
        }
        #expect(position == piece.count, "a splitter that needs more has used up what it was given")
    }
    if case .truncated(let line) = splitter.finish() { said.append(.truncated(Array(line))) }
    return said
}

func split(_ text: String) -> [Said] { split([Array(text.utf8)]) }

func lines(_ texts: String...) -> [Said] { texts.map { .line(Array($0.utf8)) } }

@Suite("Finding lines")
struct LineSplitterTests {
    @Test("a line ends at its line feed, and one carriage return before it is dropped")
    func endings() {
        #expect(split("PING\nTIME\r\n\r\n\nA\r\r\n") == lines("PING", "TIME", "", "", "A\r"))
    }

    @Test("a stream says the same wherever it is cut")
    func cuts() {
        let streams = [
            "PING\r\n@7 HOLD gala stalls/A/3\n\n# x\nTIME\nhalf", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "\u{16}\u{3}\u{1}x\nPING\n",
            "\u{16}PING\n\u{16}\u{3}\nGET / HTTP/1.1\n", "", "\n", "\r",
        ]
        for stream in streams {
            let bytes = Array(stream.utf8)
            let whole = split([bytes])
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
                    #expect(split(pieces) == whole, "\(stream.debugDescription) cut at \(first) and \(second)")
                }
            }
            #expect(split(bytes.map { [$0] }) == whole, "\(stream.debugDescription) byte by byte")
        }
    }

    @Test("a line of exactly the longest length passes, and one byte more does not, however it is cut")
    func longest() {
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: Limits.lineBytesMax)
        let feed: [UInt8] = [0x0A]
        for cut in [0, 1, 100, Limits.lineBytesMax - 1, Limits.lineBytesMax] {
            let head = Array(longest[..<cut])
            let tail = Array(longest[cut...])
            #expect(split([head, tail + feed]) == [.line(longest)], "cut at \(cut)")
            #expect(
                split([head, tail + [0x61] + feed + Array("PING\n".utf8)]) == [.tooLong(tag: "")] + lines("PING"),
                "one too many, cut at \(cut)")
        }
    }

    @Test("the carriage return counts as a byte of its line")
    func carriageReturnCounts() {
        let line = [UInt8](repeating: UInt8(ascii: "a"), count: Limits.lineBytesMax - 1)
        #expect(split([line + [0x0D, 0x0A]]) == [.line(line)])
        #expect(split([line + [0x61, 0x0D, 0x0A]]) == [.tooLong(tag: "")])
    }

    @Test("ten million bytes without a line feed are said to be too long once, and the next line is heard")
    func endless() {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
        var pieces: [[UInt8]] = [Array("@t7 HOLD ".utf8)]
        for _ in 0..<160 { pieces.append(piece) }
        pieces.append(Array("\nPING\n".utf8))
        #expect(split(pieces) == [.tooLong(tag: "t7")] + lines("PING"))
    }

    @Test("a line that is too long keeps its tag, in one piece or in many")
    func tagOfTooLong() {
        let bytes = Array("@a.b HOLD ".utf8) + [UInt8](repeating: 0x61, count: 9_000) + [0x0A]
        #expect(split([bytes]) == [.tooLong(tag: "a.b")])
        #expect(split(bytes.map { [$0] }) == [.tooLong(tag: "a.b")])
    }

    @Test("what is left at the end of input is truncated, unless it would have been ignored")
    func truncated() {
        #expect(split("PING\nQUI") == lines("PING") + [.truncated(Array("QUI".utf8))])
        #expect(split("PING\n") == lines("PING"))
        #expect(split("PING\n   ") == lines("PING"))
        #expect(split("PING\n # end") == lines("PING"))
        #expect(split("PING\r") == [.truncated(Array("PING".utf8))])
        #expect(split([[UInt8](repeating: 0x61, count: 9_000)]) == [.tooLong(tag: "")], "said once, not twice")
    }

    @Test("an HTTP request as the first line is recognised, later it is a line like any other")
    func http() {
        #expect(split("GET / HTTP/1.1\r\nHost: x\r\n") == [.wrongProtocol(.http)])
        #expect(split("POST /x HTTP/2.0\nPING\n") == [.wrongProtocol(.http)])
        #expect(split("PING\nGET / HTTP/1.1\n") == lines("PING", "GET / HTTP/1.1"))
        #expect(split("GET / HTTP/1x1\n") == lines("GET / HTTP/1x1"))
        #expect(split("HTTP/1.1\n") == lines("HTTP/1.1"))
        let endless = [UInt8](repeating: 0x61, count: 9_000)
        for pieces in [[endless, Array("\nGET / HTTP/1.1\n".utf8)], [endless + Array("\nGET / HTTP/1.1\n".utf8)]] {
            #expect(split(pieces) == [.tooLong(tag: "")] + lines("GET / HTTP/1.1"))
        }
    }

    @Test("a TLS hello is recognised by its first two bytes, and only at the very beginning")
    func tls() {
        #expect(split([[0x16, 0x03, 0x01, 0x0A]]) == [.wrongProtocol(.tls)])
        #expect(split([[0x16], [0x03], [0x01]]) == [.wrongProtocol(.tls)])
        #expect(split([[0x16, 0x04, 0x0A]]) == [.line([0x16, 0x04])])
        #expect(split([[0x61, 0x0A, 0x16, 0x03, 0x0A]]) == [.line([0x61]), .line([0x16, 0x03])])
    }

    @Test("the answer to HTTP says its own length")
    func httpAnswer() throws {
        let answer = WrongProtocol.httpAnswer.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        // "\r\n" is one Character.
        let bytes = Array(answer.utf8)
        let bodyStart = try #require(
            bytes.indices.dropLast(3).first { Array(bytes[$0..<($0 + 4)]) == [0x0D, 0x0A, 0x0D, 0x0A] })
        #expect(answer.contains("Content-Length: \(bytes.count - bodyStart - 4)\r\n"))
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
    }

    @Test("whole lines are handed out in place, and a door may stop after any of them")
    func inPlace() {
        let bytes = Array("PING\nTIME\nWH".utf8)
        bytes.withUnsafeBytes { bytes in
            var splitter = LineSplitter()
            var position = 0
            guard case .line(let first) = splitter.next(in: bytes, at: &position) else {
                Issue.record("no line")
                return
            }
            #expect(first.baseAddress == bytes.baseAddress && position == 5)
            // The door stops here, and comes back with the rest in another buffer.
            let rest = Array(bytes[position...])
            rest.withUnsafeBytes { rest in
                var position = 0
                guard case .line(let second) = splitter.next(in: rest, at: &position) else {
                    Issue.record("no line")
                    return
                }
                #expect(Array(second) == Array("TIME".utf8) && position == 5 && splitter.keptBytes == 0)
                _ = splitter.next(in: rest, at: &position)
                #expect(splitter.keptBytes == 2)
            }
        }
    }
}
