// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

@testable import Ticketing

/// A reply as a test reads it: fields by name, everything as text.
struct Answer: Equatable, CustomStringConvertible {
    struct Line: Equatable {
        var kind: LineKind
        var fields: [Field: String] = [:]
    }

    var lines: [Line] = []
    /// Nil for OK.
    var code: ErrorCode?
    var retry: Retry?

    /// Reads a frame, header included.
    init(frame: [UInt8]) {
        self.init(body: Array(frame.dropFirst(ReplyWriter.frameHeaderBytes)))
    }

    init(body: [UInt8]) {
        var at = 0
        func integer(_ count: Int) -> UInt64 {
            var value: UInt64 = 0
            for byte in 0..<count { value |= UInt64(body[at + byte]) << UInt64(8 * byte) }
            at += count
            return value
        }
        while at < body.count {
            guard let kind = LineKind(rawValue: UInt8(integer(1))) else { break }
            var line = Line(kind: kind)
            let count = integer(1)
            if kind == .error {
                code = ErrorCode(rawValue: UInt8(integer(1)))
                retry = Retry(rawValue: UInt8(integer(1)))
            }
            for _ in 0..<count {
                guard let field = Field(rawValue: UInt8(integer(1))),
                    let encoding = FieldEncoding(rawValue: UInt8(integer(1)))
                else { return }
                switch encoding {
                case .integer, .instant, .thousandths, .seconds:
                    line.fields[field] = String(Int64(bitPattern: integer(8)))
                case .yesNo: line.fields[field] = integer(1) == 1 ? "yes" : "no"
                case .text, .list:
                    let length = Int(integer(4))
                    line.fields[field] = String(decoding: body[at..<(at + length)], as: UTF8.self)
                    at += length
                }
            }
            lines.append(line)
        }
    }

    var isOK: Bool { lines.last?.kind == .ok }

    /// A field of the last line.
    subscript(_ field: Field) -> String? { lines.last?.fields[field] }

    var hold: String { self[.hold] ?? "no hold: \(self)" }
    var order: String { self[.order] ?? "no order: \(self)" }
    var seats: [String] { Self.items(self[.seats]) }
    var tickets: [String] { Self.items(self[.tickets]) }
    var codes: [String] { Self.items(self[.codes]) }
    var items: [Line] { Array(lines.dropLast()) }

    static func items(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map(String.init)
    }

    var description: String {
        lines.map { line in
            let fields = line.fields.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            return line.kind == .error ? "ERR \(code.map { "\($0)" } ?? "?") \(fields)" : "\(line.kind) \(fields)"
        }.joined(separator: "; ")
    }
}
