// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What an id that the daemon made stands for: its first letter.
public enum IssuedKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case hold = 0x48  // H
    case order = 0x4F  // O
    case ticket = 0x54  // T
    case payment = 0x50  // P

    /// What the check bits of an id of this kind must be after decryption. An id of one kind with another's letter
    /// is as wrong as one made up.
    fileprivate var check: UInt64 { UInt64(rawValue) << 8 | UInt64(~rawValue) }
}

/// The keys that ids and ticket codes are made with: drawn from the 32-byte secret of a journal's founding record.
///
/// A trivial value of some 400 bytes; the door and each shard keep their own.
public struct IssuedIDKeys: Sendable {
    fileprivate let ids: Speck64
    fileprivate let codes: Speck128
    /// A seed for hash tables, so that nobody who does not know the secret can aim at one bucket.
    let hashSeed: UInt64

    /// Draws the keys from a secret of 32 bytes by encrypting counters with it. A shorter secret is filled up with
    /// zeros, a longer one is cut.
    public init(secret: [UInt8]) {
        var words = InlineArray<4, UInt64>(repeating: 0)
        for (index, byte) in secret.prefix(32).enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        let root = Speck128(key: words)
        let first = root.encrypt(WideBlock(high: 0, low: 1))
        let second = root.encrypt(WideBlock(high: 0, low: 2))
        let third = root.encrypt(WideBlock(high: 0, low: 3))
        codes = Speck128(key: [first.low, first.high, second.low, second.high])
        ids = Speck64(
            key: [
                UInt32(truncatingIfNeeded: third.low), UInt32(truncatingIfNeeded: third.low >> 32),
                UInt32(truncatingIfNeeded: third.high), UInt32(truncatingIfNeeded: third.high >> 32),
            ])
        hashSeed = root.encrypt(WideBlock(high: 0, low: 4)).low
    }
}

/// An id that the daemon made: a kind, the shard that it lives on, and its number there.
///
/// Its text is the kind's letter and 13 characters of Crockford's base 32: the encryption of shard (8 bits), serial
/// (40 bits) and check bits (16). So an id cannot be guessed, and one never issued is told by arithmetic.
public struct IssuedID: Equatable, Sendable, BitwiseCopyable {
    public var kind: IssuedKind
    public var shard: UInt8
    /// Below 2^40.
    public var serial: UInt64

    public static let textBytes = 14
    static let serialLimit: UInt64 = 1 << 40

    public init(kind: IssuedKind, shard: UInt8, serial: UInt64) {
        self.kind = kind
        self.shard = shard
        self.serial = serial
    }

    /// What `text` stands for, or nil where it is no id that these keys made. Allocates nothing.
    public static func decode(_ text: Span<UInt8>, keys: borrowing IssuedIDKeys) -> IssuedID? {
        guard text.count == textBytes, let kind = IssuedKind(rawValue: text[0]) else { return nil }
        var block: UInt64 = 0
        for index in 1..<textBytes {
            guard let digit = Crockford.digit(of: text[index]) else { return nil }
            // Thirteen digits hold 65 bits; the first may use four of its five.
            if index == 1, digit > 15 { return nil }
            block = block << 5 | digit
        }
        let plain = keys.ids.decrypt(block)
        guard plain & 0xFFFF == kind.check else { return nil }
        return IssuedID(
            kind: kind, shard: UInt8(truncatingIfNeeded: plain >> 56), serial: plain >> 16 & (serialLimit - 1))
    }

    /// Appends the text of this id to the text or list that `reply` has open.
    public func append(to reply: inout ReplyWriter, keys: borrowing IssuedIDKeys) {
        let plain = UInt64(shard) << 56 | (serial & (Self.serialLimit - 1)) << 16 | kind.check
        let block = keys.ids.encrypt(plain)
        reply.appendText(count: Self.textBytes) { text in
            text.storeBytes(of: kind.rawValue, as: UInt8.self)
            for index in 0..<13 {
                text.storeBytes(
                    of: Crockford.character(of: block >> UInt64(60 - 5 * index)), toByteOffset: 1 + index,
                    as: UInt8.self)
            }
        }
    }
}

/// The secret that lets a ticket's holder in: 26 characters of Crockford's base 32, the encryption of shard (8 bits),
/// ticket serial (40), generation (16) and 64 zeros. A transferred ticket gets the next generation, and its old code
/// means nothing any more.
public struct TicketCode: Equatable, Sendable, BitwiseCopyable {
    public var shard: UInt8
    /// The ticket's serial, below 2^40.
    public var serial: UInt64
    public var generation: UInt16

    public static let textBytes = 26

    public init(shard: UInt8, serial: UInt64, generation: UInt16) {
        self.shard = shard
        self.serial = serial
        self.generation = generation
    }

    /// What `text` stands for, or nil where it is no code that these keys made. Allocates nothing.
    public static func decode(_ text: Span<UInt8>, keys: borrowing IssuedIDKeys) -> TicketCode? {
        guard text.count == textBytes else { return nil }
        var block = WideBlock(high: 0, low: 0)
        for index in 0..<textBytes {
            guard let digit = Crockford.digit(of: text[index]) else { return nil }
            // Twenty-six digits hold 130 bits; the first may use three of its five.
            if index == 0, digit > 7 { return nil }
            block.high = block.high << 5 | block.low >> 59
            block.low = block.low << 5 | digit
        }
        let plain = keys.codes.decrypt(block)
        guard plain.low == 0 else { return nil }
        return TicketCode(
            shard: UInt8(truncatingIfNeeded: plain.high >> 56),
            serial: plain.high >> 16 & (IssuedID.serialLimit - 1), generation: UInt16(truncatingIfNeeded: plain.high))
    }

    /// Appends this code to the text or list that `reply` has open.
    public func append(to reply: inout ReplyWriter, keys: borrowing IssuedIDKeys) {
        let high = UInt64(shard) << 56 | (serial & (IssuedID.serialLimit - 1)) << 16 | UInt64(generation)
        let block = keys.codes.encrypt(WideBlock(high: high, low: 0))
        for index in 0..<Self.textBytes {
            let shift = UInt64(125 - 5 * index)
            let digit =
                shift >= 64
                ? block.high >> (shift - 64)
                : shift > 59 ? block.high << (64 - shift) | block.low >> shift : block.low >> shift
            reply.appendText(byte: Crockford.character(of: digit))
        }
    }
}
