// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Mixing for hashes and for the digest of the state: written out here, because the standard library's hashing is
/// seeded anew in each process and must never reach a journal.
enum Mix {
    /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    @inline(__always)
    static func finalize(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }

    /// A hash of bytes, keyed with `seed`.
    static func hash(_ bytes: Span<UInt8>, seed: UInt64) -> UInt64 {
        var state = seed ^ (UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15)
        var at = 0
        while bytes.count - at >= 8 {
            let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
            state = finalize(state ^ word) &+ 0x9E37_79B9_7F4A_7C15
            at += 8
        }
        guard at < bytes.count else { return finalize(state ^ seed) }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count {
            word |= UInt64(bytes[at]) &<< shift
            shift += 8
            at += 1
        }
        state = finalize(state ^ word) &+ 0x9E37_79B9_7F4A_7C15
        return finalize(state ^ seed)
    }
}

/// A digest of the whole state, kept up to date with each write: the sum, over all words of the state, of each word
/// mixed with the column and index where it lies. A sum does not care for the order of the writes, and a word that
/// changes is taken out and put in again, so the digest costs a little with each write and nothing when it is asked for.
struct Digest: BitwiseCopyable {
    private(set) var value: UInt64 = 0

    /// The columns of the state. Raw values are part of the journal format (digests are compared on replay).
    enum Column: UInt64 {
        case seatState = 1
        case seatOwner, area, event, eventText, price, plan, buyer, gate, standing
        case holdTrace, hold, item, order, ticket, keys, counter
    }

    @inline(__always)
    static func word(_ column: Column, _ index: UInt64, _ word: UInt64) -> UInt64 {
        Mix.finalize(word ^ Mix.finalize(index &* 0x9E37_79B9_7F4A_7C15 &+ column.rawValue))
    }

    @inline(__always)
    mutating func add(_ word: UInt64) { value &+= word }

    @inline(__always)
    mutating func remove(_ word: UInt64) { value &-= word }

    @inline(__always)
    mutating func replace(_ column: Column, _ index: UInt64, _ old: UInt64, by new: UInt64) {
        value = value &- Self.word(column, index, old) &+ Self.word(column, index, new)
    }

    /// The digest of all bytes of a plain value without padding: the sum of its words of eight bytes (the last may have
    /// four), each mixed with its place. So a word that stays what it was costs nothing when a value is replaced.
    @inline(__always)
    static func of<Value: BitwiseCopyable>(_ column: Column, _ index: UInt64, _ value: borrowing Value) -> UInt64 {
        var place = Self.place(column, index)
        var sum: UInt64 = 0
        withUnsafeBytes(of: value) { bytes in
            for at in stride(from: 0, to: bytes.count, by: 8) {
                sum &+= Mix.finalize(Self.load(bytes, at) ^ place)
                place &+= Self.step
            }
        }
        return sum
    }

    /// Takes a plain value out and puts another in its place.
    @inline(__always)
    mutating func replace<Value: BitwiseCopyable>(
        _ column: Column, _ index: UInt64, _ old: Value, by new: Value
    ) {
        var place = Self.place(column, index)
        var difference: UInt64 = 0
        withUnsafeBytes(of: old) { old in
            withUnsafeBytes(of: new) { new in
                for at in stride(from: 0, to: old.count, by: 8) {
                    let (before, after) = (Self.load(old, at), Self.load(new, at))
                    if before != after { difference &+= Mix.finalize(after ^ place) &- Mix.finalize(before ^ place) }
                    place &+= Self.step
                }
            }
        }
        value &+= difference
    }

    /// Takes one word of a plain value out and puts another in its place: the word number `word`, of eight bytes. What a
    /// change of a single field costs, where ``replace(_:_:_:by:)`` looks at all of them. The words are those of a
    /// little-endian machine.
    @inline(__always)
    mutating func replace(_ column: Column, _ index: UInt64, word: UInt64, _ old: UInt64, by new: UInt64) {
        let place = Self.place(column, index) &+ word &* Self.step
        value = value &- Mix.finalize(old ^ place) &+ Mix.finalize(new ^ place)
    }

    /// What the words of a value are mixed with: different for each column, index and word.
    @inline(__always)
    private static func place(_ column: Column, _ index: UInt64) -> UInt64 {
        Mix.finalize(index &* 0x9E37_79B9_7F4A_7C15 &+ column.rawValue)
    }

    private static var step: UInt64 { 0xD1B5_4A32_D192_ED03 }

    @inline(__always)
    private static func load(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        bytes.count - at >= 8
            ? bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
            : UInt64(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).littleEndian)
    }
}
