// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Renders replies as the lines of the protocol's text form.
public enum TextRenderer {
    /// Appends the lines of one reply, `tag` before each. Where `body` is not a whole reply, what is good of it is
    /// followed by `ERR INTERNAL`, so that the client's framing holds, and the result is false.
    ///
    /// - Complexity: O(bytes of the body); allocates nothing that the output does not.
    @discardableResult
    public static func render(
        _ body: Span<UInt8>, tag: Tag, to output: inout some ReplyOutput & ~Copyable
    ) -> Bool {
        body.withUnsafeBytes { bytes in
            let cells = ReplyCells.shared
            var position = 0
            guard let base = bytes.baseAddress else { return ReplyFailure.write(tag, to: &output, .text) }
            while let head = ReplyLineHead(base, position, bytes.count, cells) {
                output.append(atMost: head.renderedBytesMax) { start in
                    var target = start
                    write(head, of: base, bytes.count, tag, cells, to: &target)
                    return target - start
                }
                position = head.end
                if head.isLast {
                    if position == bytes.count { return true }
                    // An ending was sent already; whatever follows belongs to no reply.
                    return false
                }
            }
            return ReplyFailure.write(tag, to: &output, .text)
        }
    }

    @inline(__always)
    private static func write(
        _ head: ReplyLineHead, of body: UnsafeRawPointer, _ bodyCount: Int, _ tag: Tag, _ cells: ReplyCells,
        to target: inout UnsafeMutablePointer<UInt8>
    ) {
        if !tag.isEmpty {
            target[0] = UInt8(ascii: "@")
            tag.store(to: target + 1)
            target += tag.count + 1
            target[0] = UInt8(ascii: " ")
            target += 1
        }
        if !head.isLast {
            target[0] = UInt8(ascii: "*")
            target[1] = UInt8(ascii: " ")
            target += 2
        }
        cells.kinds.write(head.kind, to: &target)
        var saysRetry = false
        if head.kind == LineKind.error.rawValue {
            target[0] = UInt8(ascii: " ")
            target += 1
            cells.codes.write(head.code, to: &target)
            saysRetry = ErrorCode(rawValue: head.code).map(ReplyTable.saysRetry) ?? false
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
            if words == index, cells.wordKey(head.kind, index, field) != 0 {
                target[0] = UInt8(ascii: " ")
                target += 1
                words += 1
            } else {
                cells.textKeys.write(field, to: &target)
            }
            switch encoding {
            case FieldEncoding.text.rawValue, FieldEncoding.list.rawValue:
                let length = Int(body.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
                position += 4
                write(text: body + position, length, bodyCount - position, to: &target)
                position += length
            case FieldEncoding.yesNo.rawValue:
                let isYes = body.load(fromByteOffset: position, as: UInt8.self) != 0
                append(isYes ? "yes" : "no", to: &target)
                position += 1
            default:
                let value = Int64(littleEndian: body.loadUnaligned(fromByteOffset: position, as: Int64.self))
                position += 8
                switch encoding {
                case FieldEncoding.instant.rawValue: cells.write(Instant(milliseconds: value), to: &target)
                case FieldEncoding.thousandths.rawValue: cells.write(thousandths: value, to: &target)
                default: cells.write(value, to: &target)
                }
            }
        }
        if saysRetry { writeRetry(head.retry, to: &target) }
        target[0] = 0x0A
        target += 1
    }

    private static func writeRetry(_ retry: UInt8, to target: inout UnsafeMutablePointer<UInt8>) {
        append(" retry=", to: &target)
        append(ReplyTable.spelling(of: Retry(rawValue: retry) ?? .never), to: &target)
    }

    @inline(__always)
    static func append(_ text: StaticString, to target: inout UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        target += text.utf8CodeUnitCount
    }

    /// Writes a value: bare where it can be, quoted and escaped where it must. `readable` bytes from `source` on may be
    /// read, which lets a short text be copied as whole words.
    @inline(__always)
    static func write(
        text source: UnsafeRawPointer, _ count: Int, _ readable: Int, to target: inout UnsafeMutablePointer<UInt8>
    ) {
        let raw = UnsafeMutableRawPointer(target)
        var index = 0
        var special: UInt64 = count == 0 ? 1 : 0
        while index < count {
            let left = count - index
            guard readable - index >= 8 else {
                // The end of the body is near: byte by byte.
                let byte = source.load(fromByteOffset: index, as: UInt8.self)
                special |= needsLook(UInt64(byte) | 0x6161_6161_6161_6100)
                raw.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
                index += 1
                continue
            }
            var word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            raw.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
            if left < 8 {
                let mask = (1 as UInt64) << UInt64(left * 8) &- 1
                word = (word & mask) | (0x6161_6161_6161_6161 & ~mask)
            }
            special |= needsLook(word)
            index += 8
        }
        if special == 0 {
            target += count
        } else {
            writeCarefully(source.assumingMemoryBound(to: UInt8.self), count, to: &target)
        }
    }

    /// Not zero where one of eight bytes may not simply be copied into a bare value: a control, a space, `"`, `=`, `\`,
    /// DEL, or anything that is not ASCII (which may well be bare, but wants a look).
    @inline(__always)
    private static func needsLook(_ word: UInt64) -> UInt64 {
        var found = (word &- 0x2121_2121_2121_2121) & ~word
        found |= LineScan.zeroBytes(word ^ 0x2222_2222_2222_2222)
        found |= LineScan.zeroBytes(word ^ 0x3D3D_3D3D_3D3D_3D3D)
        found |= LineScan.zeroBytes(word ^ 0x5C5C_5C5C_5C5C_5C5C)
        found |= word | (word &+ 0x0101_0101_0101_0101)
        return found & 0x8080_8080_8080_8080
    }

    @inline(never)
    private static func writeCarefully(
        _ source: UnsafePointer<UInt8>, _ count: Int, to target: inout UnsafeMutablePointer<UInt8>
    ) {
        guard TextEscape.needsQuotes(source, count) else {
            target.update(from: source, count: count)
            target += count
            return
        }
        writeQuoted(source, count, to: &target)
    }

    /// Writes a text in quotes, with the escapes of the grammar.
    static func writeQuoted(
        _ source: UnsafePointer<UInt8>, _ count: Int, to target: inout UnsafeMutablePointer<UInt8>
    ) {
        target[0] = UInt8(ascii: "\"")
        target += 1
        var index = 0
        while index < count {
            let byte = source[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                target[0] = UInt8(ascii: "\\")
                target[1] = byte
                target += 2
                index += 1
                continue
            case 0x0A: append("\\n", to: &target)
            case 0x09: append("\\t", to: &target)
            default:
                let character = TextEscape(source + index, count - index)
                if character.mustEscape {
                    append("\\u{", to: &target)
                    writeHex(character.scalar, to: &target)
                    target[0] = UInt8(ascii: "}")
                    target += 1
                } else {
                    target[0] = byte
                    target += 1
                }
                index += character.length
                continue
            }
            index += 1
        }
        target[0] = UInt8(ascii: "\"")
        target += 1
    }

    /// Writes a number in as few hexadecimal digits as it takes.
    private static func writeHex(_ value: UInt32, to target: inout UnsafeMutablePointer<UInt8>) {
        var digits = 1
        while value >> UInt32(digits * 4) != 0 { digits += 1 }
        for digit in (0..<digits).reversed() {
            target[0] = hexDigit(value >> UInt32(digit * 4))
            target += 1
        }
    }

    static func hexDigit(_ value: UInt32) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value & 15)
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
