// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How a field's value is encoded in a reply frame. Written in the journal beside idempotency keys: only add.
public enum FieldEncoding: UInt8, Sendable, BitwiseCopyable {
    /// 8 bytes, little-endian, signed.
    case integer = 1
    /// Milliseconds since 1970, 8 bytes, little-endian, signed. Rendered as RFC 3339 in UTC.
    case instant = 2
    /// 1 byte, 0 or 1. Rendered as `yes`/`no`, in JSON as a truth value.
    case yesNo = 3
    /// A 4-byte length and UTF-8 bytes.
    case text = 4
    /// As `text`; items separated by commas, none of which an item contains. In JSON an array of strings.
    case list = 5
    /// 8 bytes: an integer in thousandths. Rendered with two decimals (a search score).
    case thousandths = 6
    /// 8 bytes: whole seconds. Rendered as `600` for `ttl=` and the like: an integer in both forms.
    case seconds = 7
}

/// Writes replies as compact frames that know nothing of text or JSON; the line protocol renders them.
///
/// A stream is frames one after another. A frame is: client (4 bytes), ticket (4), body length (4), body. A body is
/// lines one after another. A line is: kind (1 byte), count of fields (1), fields. A field is: name (1), encoding (1),
/// value. For an `error` line the first two bytes after the count are the code and the retry advice. All integers are
/// little-endian. The last line of a body is `ok` or `error`.
///
/// One writer is reused from batch to batch; in the steady state it allocates nothing.
public struct ReplyWriter: ~Copyable, Sendable {
    private var stream = TrivialArray<UInt8>()
    private var frameStart = 0
    /// Where the count of fields of the line begun last is.
    var countAt = 0
    private var openTextAt = -1

    public static let frameHeaderBytes = 12

    public init() {}

    /// The stream so far.
    public var span: Span<UInt8> {
        @_lifetime(borrow self) get { stream.span }
    }

    /// A copy of the stream so far, for where an allocation does not matter.
    public var bytes: [UInt8] { Array(stream) }

    /// Bytes of memory that it holds, used or not.
    package var heldBytes: Int { stream.heldBytes }

    /// Empties the writer and keeps its memory.
    public mutating func removeAll() { stream.removeAll() }

    /// Starts the reply to `request`.
    public mutating func begin(client: UInt32, ticket: UInt32) {
        frameStart = stream.count
        stream.appendBytes(Self.frameHeaderBytes) { frame in
            frame.storeBytes(of: client.littleEndian, as: UInt32.self)
            frame.storeBytes(of: ticket.littleEndian, toByteOffset: 4, as: UInt32.self)
            frame.storeBytes(of: 0, toByteOffset: 8, as: UInt32.self)
        }
    }

    /// Ends the reply begun last: its length becomes known.
    public mutating func end() {
        let length = UInt32(truncatingIfNeeded: stream.count - frameStart - Self.frameHeaderBytes)
        stream.store(littleEndian: length, at: frameStart + 8)
    }

    /// Takes back everything written since ``begin(client:ticket:)`` but the frame's header.
    public mutating func rewind() {
        stream.removeLast(stream.count - frameStart - Self.frameHeaderBytes)
    }

    /// Takes the reply begun last back altogether, header and all: somebody else will answer.
    public mutating func abandon() {
        stream.removeLast(stream.count - frameStart)
    }

    /// The body of the reply begun last, as far as it is written: what an idempotency key keeps.
    public var bodyRange: Range<Int> { (frameStart + Self.frameHeaderBytes)..<stream.count }

    /// Writes a body that was kept (see ``bodyRange``), as it was.
    public mutating func append(body: Span<UInt8>) {
        stream.append(contentsOf: body)
    }

    // MARK: Lines

    /// Starts an item line, or the last line where `kind` is `.ok`.
    public mutating func line(_ kind: LineKind) {
        countAt = stream.count + 1
        stream.append(littleEndian: UInt16(kind.rawValue))
    }

    /// Starts the last line of a refusal. Write its fields, a hint last.
    public mutating func error(_ code: ErrorCode, retry: Retry = .never) {
        line(.error)
        stream.append(code.rawValue)
        stream.append(retry.rawValue)
    }

    // MARK: Fields

    public mutating func field(_ field: Field, _ value: Int64) {
        append(field, .integer, value)
    }

    public mutating func field(_ field: Field, seconds value: Int64) {
        append(field, .seconds, value)
    }

    public mutating func field(_ field: Field, thousandths value: Int64) {
        append(field, .thousandths, value)
    }

    public mutating func field(_ field: Field, _ value: Instant) {
        append(field, .instant, value.milliseconds)
    }

    public mutating func field(_ field: Field, _ value: Bool) {
        head(field, .yesNo, count: 3) { $0.storeBytes(of: value ? 1 : 0, toByteOffset: 2, as: UInt8.self) }
    }

    public mutating func field(_ field: Field, _ value: String) {
        beginText(field, .text)
        stream.append(contentsOf: value.utf8)
        endText()
    }

    public mutating func field(_ field: Field, _ value: StaticString) {
        beginText(field, .text)
        stream.append(contentsOf: value)
        endText()
    }

    public mutating func field(_ field: Field, _ value: Span<UInt8>) {
        beginText(field, .text)
        appendText(value)
        endText()
    }

    /// Starts a text or list whose bytes are appended piece by piece.
    public mutating func beginText(_ field: Field, _ encoding: FieldEncoding = .text) {
        head(field, encoding, count: 6) { $0.storeBytes(of: 0, toByteOffset: 2, as: UInt32.self) }
        openTextAt = stream.count - 4
    }

    public mutating func appendText(_ piece: Span<UInt8>) {
        stream.append(contentsOf: piece)
    }

    public mutating func appendText(_ piece: StaticString) {
        stream.append(contentsOf: piece)
    }

    public mutating func appendText(_ piece: String) {
        stream.append(contentsOf: piece.utf8)
    }

    public mutating func appendText(byte: UInt8) {
        stream.append(byte)
    }

    /// Appends `count` bytes that `write` fills in.
    @inline(__always)
    mutating func appendText(count: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        stream.appendBytes(count, write)
    }

    public mutating func endText() {
        stream.store(littleEndian: UInt32(truncatingIfNeeded: stream.count - openTextAt - 4), at: openTextAt)
    }

    // MARK: Bytes

    /// Appends a field of `count` bytes; `write` fills in what comes behind its name and its encoding.
    @inline(__always)
    private mutating func head(
        _ field: Field, _ encoding: FieldEncoding, count: Int, _ write: (UnsafeMutableRawPointer) -> Void
    ) {
        stream[countAt] &+= 1
        stream.appendBytes(count) { target in
            target.storeBytes(of: field.rawValue, as: UInt8.self)
            target.storeBytes(of: encoding.rawValue, toByteOffset: 1, as: UInt8.self)
            write(target)
        }
    }

    @inline(__always)
    private mutating func append(_ field: Field, _ encoding: FieldEncoding, _ value: Int64) {
        head(field, encoding, count: 10) {
            $0.storeBytes(of: value.littleEndian, toByteOffset: 2, as: Int64.self)
        }
    }
}
