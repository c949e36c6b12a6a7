// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Labels one after another in one run of bytes: the seats of a row, or the rows of a section, in map order.
public struct LabelList: Sendable, Equatable {
    public private(set) var bytes: [UInt8] = []
    private(set) var ends: [UInt32] = []

    public init() {}

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }

    /// Where label `index` lies in ``bytes``.
    public func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    public subscript(index: Int) -> String {
        String(decoding: bytes[range(at: index)], as: UTF8.self)
    }

    func isEqual(at index: Int, to label: Span<UInt8>) -> Bool {
        let range = range(at: index)
        guard range.count == label.count else { return false }
        for offset in label.indices where bytes[range.lowerBound + offset] != label[offset] { return false }
        return true
    }

    /// The place of a label in the list.
    ///
    /// - Complexity: O(labels).
    func index(of label: Span<UInt8>) -> Int? {
        (0..<count).first { isEqual(at: $0, to: label) }
    }

    mutating func append(_ label: Span<UInt8>) {
        for index in label.indices { bytes.append(label[index]) }
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    mutating func append(_ label: String) {
        bytes.append(contentsOf: label.utf8)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    /// Appends a prefix with a number behind it, at least `width` digits wide.
    mutating func append(prefix: Span<UInt8>, number: Int, width: Int) {
        for index in prefix.indices { bytes.append(prefix[index]) }
        let digits = String(number).utf8
        for _ in 0..<max(0, width - digits.count) { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: digits)
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    /// The first label that was there before, if any.
    ///
    /// - Complexity: O(labels) on average.
    func firstDuplicate() -> Int? {
        var table = AddressTable(count: count)
        for index in 0..<count {
            let label = bytes.span.extracting(range(at: index))
            var hash = AddressHash()
            hash.update(label)
            if table.insert(index, hash: hash.value, isEqual: { isEqual(at: $0, to: label) }) != nil { return index }
        }
        return nil
    }
}

/// Whether these bytes are a label as addresses need it: `[A-Za-z0-9._]{1,32}`.
func isLabel(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty, bytes.count <= Limits.labelBytesMax else { return false }
    for index in bytes.indices where !isLabelByte(bytes[index]) { return false }
    return true
}

@inline(__always)
func isLabelByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
}

@inline(__always)
func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
}

/// Whether these bytes are an id as operators choose it: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
func isID(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty, bytes.count <= Limits.idBytesMax, isLetterOrDigit(bytes[0]) else { return false }
    for index in bytes.indices where !isLabelByte(bytes[index]) && bytes[index] != UInt8(ascii: "-") { return false }
    return true
}

/// Whether these bytes name a price category: `[A-Za-z0-9._-]{1,32}`.
func isCategory(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty, bytes.count <= Limits.labelBytesMax else { return false }
    for index in bytes.indices where !isLabelByte(bytes[index]) && bytes[index] != UInt8(ascii: "-") { return false }
    return true
}
