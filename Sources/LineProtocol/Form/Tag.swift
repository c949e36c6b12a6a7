// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The tag of a request (`@7`), echoed on every line of its reply. At most ``Limits/tagBytesMax`` bytes, kept inline, so
/// that a door can keep one for each request in flight without an allocation.
public struct Tag: Sendable, BitwiseCopyable, Equatable {
    // 32 bytes, zeros behind the tag's own.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0
    private var length: UInt8 = 0

    /// No tag.
    public static var none: Tag { Tag() }

    private init() {}

    /// The tag with these bytes (without the `@`); nil where they are not `[A-Za-z0-9._-]{1,32}`.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, bytes.count <= Limits.tagBytesMax else { return nil }
        for byte in bytes where !ByteSet.identifier.contains(byte) { return nil }
        withUnsafeMutableBytes(of: &self) { $0.copyMemory(from: bytes) }
        length = UInt8(truncatingIfNeeded: bytes.count)
    }

    /// Bytes without the `@`; 0 where there is no tag.
    public var count: Int { Int(length) }

    public var isEmpty: Bool { length == 0 }

    /// The tag of a line that is refused as a whole (too long, truncated): what stands between an `@` at its start and
    /// the first space. No tag where that is not well formed, or where no space tells that it is complete.
    public init(ofRefusedLine line: UnsafeRawBufferPointer) {
        self.init()
        var start = 0
        while start < line.count, line[start] == UInt8(ascii: " ") { start += 1 }
        guard start < line.count, line[start] == UInt8(ascii: "@") else { return }
        var end = start + 1
        while end < line.count, end - start <= Limits.tagBytesMax + 1, line[end] != UInt8(ascii: " ") { end += 1 }
        guard end < line.count, let tag = Tag(UnsafeRawBufferPointer(rebasing: line[(start + 1)..<end])) else { return }
        self = tag
    }

    /// Writes the 32 bytes that hold the tag, of which the first ``count`` count.
    @inline(__always)
    func store(to memory: UnsafeMutableRawPointer) {
        memory.storeBytes(of: first, as: UInt64.self)
        memory.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        memory.storeBytes(of: third, toByteOffset: 16, as: UInt64.self)
        memory.storeBytes(of: fourth, toByteOffset: 24, as: UInt64.self)
    }
}

extension Tag: CustomStringConvertible {
    public var description: String {
        withUnsafeBytes(of: self) { String(decoding: $0.prefix(count), as: UTF8.self) }
    }
}
