// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Renders replies as the lines of the protocol's JSON form: one object a line.
public enum JSONRenderer {
    /// Appends the lines of one reply, each with `tag` as `"tag"`. Where `body` is not a whole reply, what is good of it
    /// is followed by an `INTERNAL` error, so that the client's framing holds, and the result is false.
    ///
    /// - Complexity: O(bytes of the body); allocates nothing that the output does not.
    @discardableResult
    public static func render(
        _ body: Span<UInt8>, tag: Tag, to output: inout some ReplyOutput & ~Copyable
    ) -> Bool {
        body.withUnsafeBytes { bytes in
            let cells = ReplyCells.shared
            var position = 0
            guard let base = bytes.baseAddress else { return ReplyFailure.write(tag, to: &output, .json) }
            while let head = ReplyLineHead(base, position, bytes.count, cells) {
                output.append(atMost: head.renderedBytesMax) { start in
                    var target = start
                    write(head, of: base, tag, cells, to: &target)
                    return target - start
                }
                position = head.end
                if head.isLast {
                    if position == bytes.count { return true }
                    return false
                }
            }
            return ReplyFailure.write(tag, to: &output, .json)
        }
    }

    private static func write(
        _ head: ReplyLineHead, of body: UnsafeRawPointer, _ tag: Tag, _ cells: ReplyCells,
        to target: inout UnsafeMutablePointer<UInt8>
    ) {
        var saysRetry = false
        switch head.kind {
        case LineKind.ok.rawValue:
            TextRenderer.append("{\"ok\":true", to: &target)
        case LineKind.error.rawValue:
            TextRenderer.append("{\"ok\":false,\"code\":\"", to: &target)
            cells.codes.write(head.code, to: &target)
            TextRenderer.append("\"", to: &target)
            saysRetry = ErrorCode(rawValue: head.code).map(ReplyTable.saysRetry) ?? false
        default:
            TextRenderer.append("{\"kind\":\"", to: &target)
            cells.kinds.write(head.kind, to: &target)
            TextRenderer.append("\"", to: &target)
        }
        if !tag.isEmpty {
            TextRenderer.append(",\"tag\":\"", to: &target)
            tag.store(to: target)
            target += tag.count
            TextRenderer.append("\"", to: &target)
        }
        var position = head.fieldsStart
        var words = 0
        for index in 0..<head.fieldCount {
            let field = body.load(fromByteOffset: position, as: UInt8.self)
            let encoding = body.load(fromByteOffset: position + 1, as: UInt8.self)
            position += 2
            if saysRetry, field == Field.after.rawValue || field == Field.hint.rawValue {
                writeRetry(head.retry, to: &target)
                saysRetry = false
            }
            let wordKey = words == index ? cells.wordKey(head.kind, index, field) : 0
            if wordKey != 0 {
                cells.wordKeys.write(wordKey, to: &target)
                words += 1
            } else {
                cells.jsonKeys.write(field, to: &target)
            }
            switch encoding {
            case FieldEncoding.text.rawValue, FieldEncoding.list.rawValue:
                let length = Int(body.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
                position += 4
                let text = (body + position).assumingMemoryBound(to: UInt8.self)
                writeText(text, length, isList: encoding == FieldEncoding.list.rawValue, to: &target)
                position += length
            case FieldEncoding.yesNo.rawValue:
                let isYes = body.load(fromByteOffset: position, as: UInt8.self) != 0
                TextRenderer.append(isYes ? "true" : "false", to: &target)
                position += 1
            default:
                let value = Int64(littleEndian: body.loadUnaligned(fromByteOffset: position, as: Int64.self))
                position += 8
                switch encoding {
                case FieldEncoding.instant.rawValue:
                    target[0] = UInt8(ascii: "\"")
                    target += 1
                    cells.write(Instant(milliseconds: value), to: &target)
                    target[0] = UInt8(ascii: "\"")
                    target += 1
                case FieldEncoding.thousandths.rawValue: cells.write(thousandths: value, to: &target)
                default: cells.write(value, to: &target)
                }
            }
        }
        if saysRetry { writeRetry(head.retry, to: &target) }
        TextRenderer.append("}\n", to: &target)
    }

    private static func writeRetry(_ retry: UInt8, to target: inout UnsafeMutablePointer<UInt8>) {
        TextRenderer.append(",\"retry\":\"", to: &target)
        TextRenderer.append(ReplyTable.spelling(of: Retry(rawValue: retry) ?? .never), to: &target)
        TextRenderer.append("\"", to: &target)
    }

    /// Writes a string, or an array of the strings that lie between commas.
    private static func writeText(
        _ source: UnsafePointer<UInt8>, _ count: Int, isList: Bool, to target: inout UnsafeMutablePointer<UInt8>
    ) {
        if isList, count == 0 { return TextRenderer.append("[]", to: &target) }
        TextRenderer.append(isList ? "[\"" : "\"", to: &target)
        var index = 0
        while index < count {
            let byte = source[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                target[0] = UInt8(ascii: "\\")
                target[1] = byte
                target += 2
                index += 1
            case UInt8(ascii: ",") where isList:
                TextRenderer.append("\",\"", to: &target)
                index += 1
            case 0x0A:
                TextRenderer.append("\\n", to: &target)
                index += 1
            case 0x09:
                TextRenderer.append("\\t", to: &target)
                index += 1
            case 0x20...0x7E:
                target[0] = byte
                target += 1
                index += 1
            default:
                let character = TextEscape(source + index, count - index)
                if character.mustEscape {
                    TextRenderer.append("\\u", to: &target)
                    for digit in (0..<4).reversed() {
                        target[0] = TextRenderer.hexDigit(character.scalar >> UInt32(digit * 4))
                        target += 1
                    }
                } else {
                    target[0] = byte
                    target += 1
                }
                index += character.length
            }
        }
        TextRenderer.append(isList ? "\"]" : "\"", to: &target)
    }
}

/// The last line of a reply that could not be rendered.
enum ReplyFailure {
    enum Form {
        case text, json
    }

    static func write(_ tag: Tag, to output: inout some ReplyOutput & ~Copyable, _ form: Form) -> Bool {
        output.append(atMost: 256) { start in
            var target = start
            switch form {
            case .text:
                if !tag.isEmpty {
                    target[0] = UInt8(ascii: "@")
                    tag.store(to: target + 1)
                    target += tag.count + 1
                    TextRenderer.append(" ", to: &target)
                }
                TextRenderer.append(
                    "ERR INTERNAL retry=never hint=\"the daemon made a reply that it cannot read; report this\"\n",
                    to: &target)
            case .json:
                TextRenderer.append("{\"ok\":false,\"code\":\"INTERNAL\"", to: &target)
                if !tag.isEmpty {
                    TextRenderer.append(",\"tag\":\"", to: &target)
                    tag.store(to: target)
                    target += tag.count
                    TextRenderer.append("\"", to: &target)
                }
                TextRenderer.append(
                    ",\"retry\":\"never\",\"hint\":\"the daemon made a reply that it cannot read; report this\"}\n",
                    to: &target)
            }
            return target - start
        }
        return false
    }
}
