// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension [UInt8] {
    /// Appends `count` bytes that `write` fills in: one check of the array's memory for all of them, where appending
    /// each would check anew.
    @inline(__always)
    mutating func appendBytes(_ count: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { buffer, initialized in
                guard let base = buffer.baseAddress else { return }
                write(UnsafeMutableRawPointer(base + initialized))
                initialized += count
            }
        }
    }

    /// Appends an integer, the lowest byte first.
    @inline(__always)
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Value) {
        appendBytes(MemoryLayout<Value>.size) { $0.storeBytes(of: value.littleEndian, as: Value.self) }
    }

    /// Writes an integer over the bytes from `offset` on.
    @inline(__always)
    mutating func store(littleEndian value: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset <= count - 4, "an integer is written past the end")
        withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self) }
    }
}
