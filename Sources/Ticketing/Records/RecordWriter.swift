// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Writes what was decided as journal records: bytes that ``apply`` alone turns into state, live and on replay.
///
/// A record is: type (1 byte), time of the decision (8 bytes, milliseconds since 1970), body. All integers are
/// little-endian; text is a 2-byte length and UTF-8 bytes unless said otherwise. Several records written for one
/// decision lie one after another in `bytes`, split at `ends`; the host hands them to the journal in that order.
public struct RecordWriter: ~Copyable, Sendable {
    private var written = TrivialArray<UInt8>()
    private var endings = TrivialArray<Int>()

    public init() {}

    public var isEmpty: Bool { endings.isEmpty }

    /// Records that were ended.
    public var count: Int { endings.count }

    /// Bytes of all records.
    public var byteCount: Int { written.count }

    /// The record number `index`.
    @_lifetime(borrow self)
    public func record(at index: Int) -> Span<UInt8> { written.span.extracting(range(of: index)) }

    /// The record that ended last.
    ///
    /// - Precondition: There is one.
    public var last: Span<UInt8> {
        @_lifetime(borrow self) get { record(at: endings.count - 1) }
    }

    /// A copy of all records, one after another, for where an allocation does not matter.
    package var bytes: [UInt8] { Array(written) }

    /// Where each record ends in `bytes`; a copy.
    package var ends: [Int] { Array(endings) }

    /// Empties the writer and keeps its memory.
    public mutating func removeAll() {
        written.removeAll()
        endings.removeAll()
    }

    public mutating func begin(type: UInt8, at time: Instant) {
        written.appendBytes(9) { head in
            head.storeBytes(of: type, as: UInt8.self)
            head.storeBytes(of: time.milliseconds.littleEndian, toByteOffset: 1, as: Int64.self)
        }
    }

    /// When the decision of a record was made.
    public static func time(of record: Span<UInt8>) -> Instant? {
        guard record.count >= 9 else { return nil }
        let milliseconds = record.bytes.unsafeLoadUnaligned(fromByteOffset: 1, as: Int64.self).littleEndian
        return Instant(milliseconds: milliseconds)
    }

    public mutating func end() {
        endings.append(written.count)
    }

    public mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
        written.append(littleEndian: value)
    }

    /// Appends text of at most 65,535 bytes behind its 2-byte length.
    public mutating func append(text: Span<UInt8>) {
        append(UInt16(truncatingIfNeeded: text.count))
        append(raw: text)
    }

    public mutating func append(text: String) {
        append(UInt16(truncatingIfNeeded: text.utf8.count))
        written.append(contentsOf: text.utf8)
    }

    public mutating func append(raw: Span<UInt8>) {
        written.append(contentsOf: raw)
    }

    /// The range of the record that ended as number `index`.
    package func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : endings[index - 1])..<endings[index]
    }
}

/// Why a record could not be applied: the journal was written by a newer version, or its content contradicts itself.
/// Blocks carry checksums, so this is a defect or tampering, never a torn write.
public enum RecordError: Error, Equatable, Sendable {
    case unknownType(UInt8)
    case malformed(type: UInt8, what: StaticStringText)
    case digestMismatch(expected: UInt64, found: UInt64)
    /// The content of a snapshot makes no sense.
    case snapshot(StaticStringText)
}

/// A static text that can be compared.
public struct StaticStringText: Equatable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: StaticString
    public init(stringLiteral value: StaticString) { text = value }
    public var description: String { text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
    public static func == (left: Self, right: Self) -> Bool { left.description == right.description }
}

/// Reads a record back. Reading past the end yields zeros and sets `isMalformed`, so that a decoder checks once, at the
/// end, and before it believes a length.
public struct RecordReader: ~Escapable {
    @usableFromInline let bytes: Span<UInt8>
    @usableFromInline var position = 0
    public private(set) var isMalformed = false

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    public var remaining: Int { bytes.count - position }

    public mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type = Value.self) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else {
            isMalformed = true
            position = bytes.count
            return 0
        }
        defer { position += size }
        return bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Value.self).littleEndian
    }

    /// The text behind its 2-byte length, as a range of the record's bytes.
    public mutating func readTextRange() -> Range<Int> {
        let length = Int(read(UInt16.self))
        return readRange(length)
    }

    /// The next `length` bytes, as a range of the record's bytes.
    public mutating func readRange(_ length: Int) -> Range<Int> {
        guard length >= 0, remaining >= length else {
            isMalformed = true
            position = bytes.count
            return bytes.count..<bytes.count
        }
        defer { position += length }
        return position..<(position + length)
    }

    public mutating func readString() -> String {
        let range = readTextRange()
        return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
