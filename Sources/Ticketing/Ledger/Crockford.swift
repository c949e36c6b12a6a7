// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Crockford's base 32: digits and upper-case letters without I, L, O and U, so that an id read over the telephone
/// survives. Ids are case-sensitive, so what is written here is the only spelling that is read.
enum Crockford {
    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    static func character(of digit: UInt64) -> UInt8 {
        alphabet.utf8Start[Int(digit & 31)]
    }

    /// The value of a digit, or nil where the byte is none.
    static func digit(of character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "H"): UInt64(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "J"), UInt8(ascii: "K"): UInt64(character - UInt8(ascii: "J")) + 18
        case UInt8(ascii: "M"), UInt8(ascii: "N"): UInt64(character - UInt8(ascii: "M")) + 20
        case UInt8(ascii: "P")...UInt8(ascii: "T"): UInt64(character - UInt8(ascii: "P")) + 22
        case UInt8(ascii: "V")...UInt8(ascii: "Z"): UInt64(character - UInt8(ascii: "V")) + 27
        default: nil
        }
    }
}
