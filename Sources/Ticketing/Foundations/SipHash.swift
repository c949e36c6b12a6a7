// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 or 128 bits, taken in pieces.
///
/// The same bytes under the same key give the same hash on every machine and in every run, which `Hasher` refuses;
/// without the key, nobody can make two inputs collide on purpose.
struct SipHash: BitwiseCopyable {
    struct Key: Sendable, Hashable, BitwiseCopyable {
        var low: UInt64
        var high: UInt64
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that do not fill a word yet, the first one lowest.
    private var tail: UInt64 = 0
    private var length: UInt64 = 0
    private let isWide: Bool

    /// - Parameter isWide: Whether ``finish128()`` will be asked for, which starts another way.
    init(key: Key, isWide: Bool = false) {
        v0 = key.low ^ 0x736F_6D65_7073_6575
        v1 = key.high ^ 0x646F_7261_6E64_6F6D
        v2 = key.low ^ 0x6C79_6765_6E65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
        if isWide { v1 ^= 0xEE }
        self.isWide = isWide
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    private mutating func take(word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// Takes in the lowest `count` bytes of a word, 1 to 8 of them; the others are zero.
    @inline(__always)
    private mutating func add(_ word: UInt64, count: UInt64) {
        let filled = length & 7
        length &+= count
        tail |= word &<< (filled &* 8)
        guard filled + count >= 8 else { return }
        take(word: tail)
        // What of the word did not fit in is the next tail; nothing, where it began one.
        tail = filled == 0 ? 0 : word &>> ((8 &- filled) &* 8)
    }

    @inline(__always)
    mutating func update(byte: UInt8) { add(UInt64(byte), count: 1) }

    mutating func update(_ bytes: Span<UInt8>) {
        var at = 0
        while bytes.count - at >= 8 {
            add(bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian, count: 8)
            at += 8
        }
        let left = bytes.count - at
        guard left > 0 else { return }
        var word: UInt64 = 0
        for index in 0..<left { word |= UInt64(bytes[at + index]) &<< UInt64(8 &* index) }
        add(word, count: UInt64(left))
    }

    /// Eight bytes, little-endian.
    @inline(__always)
    mutating func update(_ value: UInt64) { add(value, count: 8) }

    /// A text behind its length, so that two texts never run into each other.
    mutating func update(_ text: String) {
        update(UInt64(text.utf8.count))
        for byte in text.utf8 { update(byte: byte) }
    }

    private mutating func close() {
        take(word: tail | length << 56)
        v2 ^= isWide ? 0xEE : 0xFF
        for _ in 0..<4 { round() }
    }

    /// The hash of all bytes so far, in 64 bits.
    consuming func finish() -> UInt64 {
        precondition(!isWide)
        close()
        return v0 ^ v1 ^ v2 ^ v3
    }

    /// The hash of all bytes so far, in 128 bits.
    consuming func finish128() -> (low: UInt64, high: UInt64) {
        precondition(isWide)
        close()
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return (low, v0 ^ v1 ^ v2 ^ v3)
    }
}
