// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension Span<UInt8> {
    /// Whether both spans hold the same bytes; eight at a time.
    ///
    /// - Complexity: O(`count`).
    package func holdsSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        if count < 8 {
            for index in indices where self[index] != other[index] { return false }
            return true
        }
        var at = 0
        while at < count - 8 {
            if word(at) != other.word(at) { return false }
            at += 8
        }
        // The last eight, of which some may have been compared before.
        return word(count - 8) == other.word(count - 8)
    }

    @inline(__always)
    private func word(_ offset: Int) -> UInt64 { bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self) }
}
