// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// One line of a reply's body, looked over before it is rendered: what follows may then be read without further checks.
///
/// Bodies come from this daemon, but some of them by way of its journal, so none is believed.
struct ReplyLineHead: BitwiseCopyable {
    var kind: UInt8
    var isLast: Bool
    var fieldCount: Int
    /// Of an `ERR` line.
    var code: UInt8 = 0
    var retry: UInt8 = 0
    /// Where its first field begins.
    var fieldsStart: Int
    var end: Int
    /// Bytes that the line takes in either form, at most.
    var renderedBytesMax: Int

    // The tag, the kind or code, `retry=`, brackets, the line feed, and what 16-byte copies write past their end.
    private static let lineOverheadBytes = 128
    // A key with its punctuation (16), a number or time with its quotes (22), rounded up.
    private static let fieldOverheadBytes = 48
    // A control character becomes `\u{1f}` or `\u001f`; nothing grows more.
    private static let escapedBytesPerByte = 6

    /// The line at `start` of a body that ends at `end`; nil where it is not one.
    @inline(__always)
    init?(_ body: UnsafeRawPointer, _ start: Int, _ end: Int, _ cells: ReplyCells) {
        guard end - start >= 2 else { return nil }
        kind = body.load(fromByteOffset: start, as: UInt8.self)
        fieldCount = Int(body.load(fromByteOffset: start + 1, as: UInt8.self))
        guard cells.kinds.has(kind) else { return nil }
        isLast = kind <= LineKind.error.rawValue
        var position = start + 2
        if kind == LineKind.error.rawValue {
            guard end - position >= 2 else { return nil }
            code = body.load(fromByteOffset: position, as: UInt8.self)
            retry = body.load(fromByteOffset: position + 1, as: UInt8.self)
            guard cells.codes.has(code), retry <= Retry.same.rawValue else { return nil }
            position += 2
        }
        fieldsStart = position
        renderedBytesMax = Self.lineOverheadBytes + fieldCount * Self.fieldOverheadBytes
        var fields = fieldCount
        while fields > 0 {
            guard end - position >= 3, cells.textKeys.has(body.load(fromByteOffset: position, as: UInt8.self)),
                let encoding = FieldEncoding(rawValue: body.load(fromByteOffset: position + 1, as: UInt8.self))
            else { return nil }
            position += 2
            switch encoding {
            case .integer, .instant, .thousandths, .seconds:
                position += 8
            case .yesNo:
                position += 1
            case .text, .list:
                guard end - position >= 4 else { return nil }
                let length = Int(body.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian)
                position += 4 + length
                renderedBytesMax += length * Self.escapedBytesPerByte
            }
            guard position <= end else { return nil }
            fields -= 1
        }
        self.end = position
    }
}
