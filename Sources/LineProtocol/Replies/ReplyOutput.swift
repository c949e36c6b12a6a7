// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where rendered replies go: bytes that grow at the end. An array of bytes is one; a door makes its own buffer one.
public protocol ReplyOutput: ~Copyable {
    /// Appends at most `count` bytes: calls `write` once, with memory for that many, and keeps as many as it returns.
    mutating func append(atMost count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int)
}

extension Array: ReplyOutput where Element == UInt8 {
    public mutating func append(atMost count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { buffer, initialized in
                guard let base = buffer.baseAddress else { return }
                initialized += write(base + initialized)
            }
        }
    }
}
