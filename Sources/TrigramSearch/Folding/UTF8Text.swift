// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reading and writing UTF-8 by code point, without Strings.
enum UTF8Text {
    /// The code point at `position`, which moves behind it. A byte that begins no valid sequence is read as U+0000, a
    /// space to the folding, and passed over alone.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt32 {
        let first = UInt32(bytes[position])
        position += 1
        if first < 0x80 { return first }
        let length = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1
        guard first >= 0xC2, first <= 0xF4, position + length <= bytes.count else { return 0 }
        var point = first & (0x3F >> UInt32(length))
        for place in 0..<length {
            let next = UInt32(bytes[position + place])
            guard next & 0xC0 == 0x80 else { return 0 }
            point = point << 6 | (next & 0x3F)
        }
        let least: UInt32 = length == 3 ? 0x1_0000 : length == 2 ? 0x800 : 0x80
        guard point >= least, point < 0x11_0000, !(0xD800...0xDFFF).contains(point) else { return 0 }
        position += length
        return point
    }

    /// Bytes of a code point.
    @inline(__always)
    static func length(_ point: UInt32) -> Int {
        point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
    }

    static func append(_ point: UInt32, to bytes: inout [UInt8]) {
        if point < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: point))
            return
        }
        let count = length(point)
        let lead: UInt32 = count == 2 ? 0xC0 : count == 3 ? 0xE0 : 0xF0
        bytes.append(UInt8(truncatingIfNeeded: lead | point >> UInt32(6 * (count - 1))))
        for place in stride(from: count - 2, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | (point >> UInt32(6 * place) & 0x3F)))
        }
    }

    /// The code points of valid UTF-8, put in the place of what `points` held.
    static func points(of bytes: UnsafeBufferPointer<UInt8>, into points: inout [UInt32]) {
        points.removeAll(keepingCapacity: true)
        points.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x80 {
                points.append(UInt32(byte))
                position += 1
            } else {
                points.append(decode(bytes, &position))
            }
        }
    }

    /// The longest prefix of at most ``SearchLimits/termBytesMax`` bytes that ends between code points.
    @inline(__always)
    static func clipped(_ range: Range<Int>, of bytes: [UInt8]) -> Range<Int> {
        guard range.count > SearchLimits.termBytesMax else { return range }
        var end = range.lowerBound + SearchLimits.termBytesMax
        while end > range.lowerBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return range.lowerBound..<end
    }
}
