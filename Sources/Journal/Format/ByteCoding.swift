// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Little-endian integers in raw memory, and runs of zeros.
extension UnsafeRawBufferPointer {
    /// The integer at `offset`, which must lie within the buffer.
    @inline(__always)
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Integer.Type = Integer.self
    ) -> Integer {
        Integer(littleEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// Whether every byte is zero. The count must be a multiple of 64.
    ///
    /// - Complexity: O(count), and O(1) where the first bytes already are not.
    package var isZero: Bool {
        precondition(count % 64 == 0)
        var offset = 0
        while offset < count {
            var bits: UInt64 = 0
            for word in 0..<8 { bits |= loadUnaligned(fromByteOffset: offset &+ word &* 8, as: UInt64.self) }
            if bits != 0 { return false }
            offset &+= 64
        }
        return true
    }
}

extension UnsafeMutableRawBufferPointer {
    @inline(__always)
    package func set<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Integer.self)
    }

    package func fillWithZeros() {
        if count > 0 { initializeMemory(as: UInt8.self, repeating: 0) }
    }
}
