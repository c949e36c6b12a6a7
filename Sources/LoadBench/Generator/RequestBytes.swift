// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// Requests that wait to be sent on one connection: written in place, used again and again, and sent in one go.
struct RequestBytes: ~Copyable {
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var sent = 0
    private var end = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 256)
        memory = .allocate(capacity: self.capacity)
    }

    deinit { memory.deallocate() }

    var isEmpty: Bool { sent == end }

    /// What waits, for tests.
    var waiting: [UInt8] { Array(UnsafeBufferPointer(start: memory + sent, count: end - sent)) }

    mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        (memory + end).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
    }

    mutating func append(_ bytes: [UInt8]) {
        reserve(bytes.count)
        bytes.withUnsafeBufferPointer { from in
            if let base = from.baseAddress { (memory + end).update(from: base, count: from.count) }
        }
        end += bytes.count
    }

    mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        for index in bytes.indices { memory[end + index] = bytes[index] }
        end += bytes.count
    }

    mutating func append(decimal value: Int) {
        reserve(20)
        var rest = value.magnitude
        var digits = 1
        var bound: UInt = 10
        while rest >= bound, digits < 19 {
            digits += 1
            bound *= 10
        }
        if value < 0 {
            memory[end] = UInt8(ascii: "-")
            end += 1
        }
        for index in stride(from: digits - 1, through: 0, by: -1) {
            memory[end + index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        end += digits
    }

    mutating func endLine() { append("\n") }

    enum Progress { case all, part, failed }

    /// Sends what the socket takes now.
    mutating func flush(_ descriptor: Int32) -> Progress {
        while sent < end {
            let count = send(descriptor, memory + sent, end - sent, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .part : .failed
            }
            sent += count
        }
        sent = 0
        end = 0
        return .all
    }

    private mutating func reserve(_ count: Int) {
        guard capacity - end < count else { return }
        grow(count)
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        let waiting = end - sent
        let larger = max(capacity * 2, waiting + count)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: memory + sent, count: waiting)
        memory.deallocate()
        memory = moved
        capacity = larger
        sent = 0
        end = waiting
    }
}
