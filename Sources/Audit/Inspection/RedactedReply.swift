// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// Replies that were kept beside keys, with the secrets that let ticket holders in taken out.
enum RedactedReply {
    private static let secrets: Set<UInt8> = [Field.codes.rawValue, Field.code.rawValue]

    /// The reply's lines in text, joined by ` | `; `malformed` where the bytes are no reply.
    static func text(_ body: Span<UInt8>) -> String {
        guard ReplyEnding(of: body) != nil, let redacted = redact(body) else { return "malformed" }
        var rendered: [UInt8] = []
        TextRenderer.render(redacted.span, tag: .none, to: &rendered)
        return String(decoding: rendered, as: UTF8.self).split(separator: "\n").joined(separator: " | ")
    }

    /// The same body with other values in place of secrets.
    private static func redact(_ body: Span<UInt8>) -> [UInt8]? {
        var redacted: [UInt8] = []
        var reader = RecordReader(body)
        func copy(_ range: Range<Int>) { for index in range { redacted.append(body[index]) } }
        while reader.remaining > 0 {
            let kind = reader.read(UInt8.self)
            let count = reader.read(UInt8.self)
            redacted += [kind, count]
            if kind == LineKind.error.rawValue { copy(reader.readRange(2)) }
            for _ in 0..<count {
                let field = reader.read(UInt8.self)
                let encoding = reader.read(UInt8.self)
                redacted += [field, encoding]
                switch FieldEncoding(rawValue: encoding) {
                case .integer, .instant, .thousandths, .seconds: copy(reader.readRange(8))
                case .yesNo: copy(reader.readRange(1))
                case .text, .list:
                    let value = reader.readRange(Int(reader.read(UInt32.self)))
                    if secrets.contains(field) {
                        let word = Array("redacted".utf8)
                        redacted += [UInt8(word.count), 0, 0, 0] + word
                    } else {
                        for shift in [0, 8, 16, 24] { redacted.append(UInt8(truncatingIfNeeded: value.count >> shift)) }
                        copy(value)
                    }
                case nil: return nil
                }
            }
            if reader.isMalformed { return nil }
        }
        return redacted
    }
}
