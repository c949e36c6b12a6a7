// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CChecksum

/// CRC32C (Castagnoli), the checksum of journal blocks: by the processor's own instruction where it has one, else sixteen
/// bytes a step through sixteen tables. Both give the same.
public struct CRC32C: Sendable, BitwiseCopyable {
    private var state: UInt32 = .max

    public init() {}

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// The checksum of all bytes so far.
    public var value: UInt32 { ~state }

    /// - Complexity: O(`bytes.count`).
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if Self.hasInstruction {
            state = box_office_crc32c(state, bytes.baseAddress, bytes.count)
        } else {
            updateByTables(bytes)
        }
    }

    private static let hasInstruction = box_office_has_crc32c()

    /// As ``update(_:)``, on any processor.
    mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
        guard var pointer = bytes.baseAddress else { return }
        let table = Self.tables
        var crc = state
        var left = bytes.count
        while left >= 16 {
            let low = UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
            let high = UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            crc = table[Int(truncatingIfNeeded: low & 0xFF) &+ 15 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 8) & 0xFF) &+ 14 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 16) & 0xFF) &+ 13 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 24) & 0xFF) &+ 12 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 32) & 0xFF) &+ 11 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 40) & 0xFF) &+ 10 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (low >> 48) & 0xFF) &+ 9 &* 256]
            crc ^= table[Int(truncatingIfNeeded: low >> 56) &+ 8 &* 256]
            crc ^= table[Int(truncatingIfNeeded: high & 0xFF) &+ 7 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 8) & 0xFF) &+ 6 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 16) & 0xFF) &+ 5 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 24) & 0xFF) &+ 4 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 32) & 0xFF) &+ 3 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 40) & 0xFF) &+ 2 &* 256]
            crc ^= table[Int(truncatingIfNeeded: (high >> 48) & 0xFF) &+ 1 &* 256]
            crc ^= table[Int(truncatingIfNeeded: high >> 56)]
            pointer += 16
            left &-= 16
        }
        while left > 0 {
            crc = table[Int(truncatingIfNeeded: (crc ^ UInt32(pointer.load(as: UInt8.self))) & 0xFF)] ^ (crc >> 8)
            pointer += 1
            left &-= 1
        }
        state = crc
    }

    /// Table k holds the effect of a byte that is followed by k others. Made once, 16 KiB, never freed.
    private static var tables: UnsafePointer<UInt32> { sharedTables.pointer }

    private struct Tables: @unchecked Sendable {
        let pointer: UnsafePointer<UInt32>
    }

    private static let sharedTables: Tables = {
        let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 16 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            table[byte] = crc
        }
        for step in 1..<16 {
            for byte in 0..<256 {
                let before = table[(step - 1) * 256 + byte]
                table[step * 256 + byte] = (before >> 8) ^ table[Int(before & 0xFF)]
            }
        }
        return Tables(pointer: UnsafePointer(table))
    }()
}
