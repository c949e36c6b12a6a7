// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Ticketing

/// What became of a line, in values that are easy to compare.
enum Answer: Equatable, CustomStringConvertible {
    case nothing
    case request(Verb, [Part], tag: String)
    case refused(ErrorCode, argument: String?, hint: String, tag: String)

    var verb: Verb? {
        if case .request(let verb, _, _) = self { verb } else { nil }
    }

    var code: ErrorCode? {
        if case .refused(let code, _, _, _) = self { code } else { nil }
    }

    var argument: String? {
        if case .refused(_, let argument, _, _) = self { argument } else { nil }
    }

    var hint: String? {
        if case .refused(_, _, let hint, _) = self { hint } else { nil }
    }

    var tag: String {
        switch self {
        case .nothing: ""
        case .request(_, _, let tag), .refused(_, _, _, let tag): tag
        }
    }

    var parts: [Part] {
        if case .request(_, let parts, _) = self { parts } else { [] }
    }

    func text(_ argument: Argument) -> String? { parts.first { $0.argument == argument }?.text }
    func value(_ argument: Argument) -> Int64? { parts.first { $0.argument == argument }?.value }
    func values(_ argument: Argument) -> [Int64] { parts.filter { $0.argument == argument }.map(\.value) }

    var description: String {
        switch self {
        case .nothing: "nothing"
        case .request(let verb, let parts, let tag): "@\(tag) \(verb) \(parts.map(\.description))"
        case .refused(let code, let argument, let hint, let tag): "@\(tag) \(code) arg=\(argument ?? "-") \(hint)"
        }
    }
}

/// One argument of a request.
struct Part: Equatable, CustomStringConvertible {
    var argument: Argument
    var text: String
    var value: Int64
    var extra: Int16

    var description: String { "\(argument)=\(text)(\(value))" }
}

/// A parser with a batch, as a door has them.
struct Counter: ~Copyable {
    var parser: RequestParser
    let batch = RequestBatch()
    var session: RequestSession

    init(testMode: Bool = true, role: Role = .operator, buyer: String = "") {
        parser = RequestParser(table: CommandTable(testMode: testMode))
        session = RequestSession(role: role, buyer: Array(buyer.utf8))
    }

    mutating func ask(_ line: String) -> Answer { ask(Array(line.utf8)) }

    mutating func ask(_ line: [UInt8]) -> Answer {
        line.withUnsafeBytes { ask($0) }
    }

    mutating func ask(_ line: UnsafeRawBufferPointer) -> Answer {
        switch parser.parse(line, session: session, client: 1, ticket: 2, into: batch) {
        case .nothing: return .nothing
        case .request(let request, let tag):
            let first = Int(request.firstArgument)
            let parts = batch.arguments[first..<(first + Int(request.argumentCount))].map { slot in
                Part(
                    argument: slot.argument, text: String(decoding: batch.text[slot.text.range], as: UTF8.self),
                    value: slot.value, extra: slot.extra)
            }
            return .request(request.verb, parts, tag: tag.description)
        case .refused(let error, let tag):
            var replies = ReplyWriter()
            parser.write(error, client: 1, ticket: 2, to: &replies)
            let reply = (try? ReplyLine(parsing: rendered(replies)[0])) ?? unreadable
            return .refused(
                error.code, argument: reply["arg"], hint: reply["hint"] ?? "", tag: tag.description)
        }
    }
}

private let unreadable: ReplyLine = {
    do { return try ReplyLine(parsing: "ERR UNREADABLE hint=unreadable") } catch { fatalError("\(error)") }
}()

/// A line parsed by a new parser, by an operator in test mode.
func ask(_ line: String, role: Role = .operator) -> Answer {
    var counter = Counter(role: role)
    return counter.ask(line)
}

/// The lines of all replies in `writer`, in text form, without their line feeds.
func rendered(_ writer: borrowing ReplyWriter, tag: String = "", json: Bool = false) -> [String] {
    var output: [UInt8] = []
    var frames = ReplyFrameReader(writer.bytes.span)
    while let frame = frames.next() {
        let body = writer.bytes.span.extracting(frame.body)
        if json {
            JSONRenderer.render(body, tag: makeTag(tag), to: &output)
        } else {
            TextRenderer.render(body, tag: makeTag(tag), to: &output)
        }
    }
    var lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    lines.removeLast()
    return lines.map(String.init)
}

/// The lines of a reply that `write` writes.
func reply(tag: String = "", json: Bool = false, _ write: (inout ReplyWriter) -> Void) -> [String] {
    var writer = ReplyWriter()
    writer.begin(client: 1, ticket: 2)
    write(&writer)
    writer.end()
    return rendered(writer, tag: tag, json: json)
}

func makeTag(_ text: String) -> Tag {
    Array(text.utf8).withUnsafeBytes { Tag($0) } ?? .none
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
