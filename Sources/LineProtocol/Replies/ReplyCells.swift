// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The reply table in the shape that rendering wants: every spelling with its punctuation, ready to be copied as one
/// 16-byte cell, and the numbers 00 to 99 as pairs of digits.
///
/// Made once and kept for the life of the process; read-only from then on, which is what makes sharing it safe.
struct ReplyCells: @unchecked Sendable {
    static let shared = ReplyCells()

    /// ` seats=` by field; a length of 0 says that there is no such field.
    let textKeys: Cells
    /// `,"seats":` by field.
    let jsonKeys: Cells
    /// ` SEAT_TAKEN` by code, without the space.
    let codes: Cells
    /// `row` by kind.
    let kinds: Cells
    /// For each kind two entries of: field, other field that stands for it (or the same), place of its key in
    /// `wordKeys`. Zeros where there is no bare word.
    private let words: UnsafeMutablePointer<UInt8>
    /// `,"id":` for bare words whose key in JSON is not the field's own.
    let wordKeys: Cells
    /// `00` to `99`.
    let pairs: UnsafeMutablePointer<UInt16>

    /// 256 strings of at most 16 bytes.
    struct Cells: @unchecked Sendable {
        private let bytes: UnsafeMutablePointer<UInt8>
        private let lengths: UnsafeMutablePointer<UInt8>

        init() {
            bytes = .allocate(capacity: 256 * 16)
            bytes.initialize(repeating: 0, count: 256 * 16)
            lengths = .allocate(capacity: 256)
            lengths.initialize(repeating: 0, count: 256)
        }

        func set(_ place: UInt8, _ prefix: StaticString, _ word: StaticString, _ suffix: StaticString) {
            var count = 0
            for part in [prefix, word, suffix] {
                part.withUTF8Buffer { part in
                    precondition(count + part.count <= 16, "a spelling in the reply table is too long")
                    for byte in part {
                        bytes[Int(place) * 16 + count] = byte
                        count += 1
                    }
                }
            }
            lengths[Int(place)] = UInt8(count)
        }

        @inline(__always)
        func has(_ place: UInt8) -> Bool { lengths[Int(place)] != 0 }

        /// Writes the cell (16 bytes, of which only its own count) and moves `target` past it.
        @inline(__always)
        func write(_ place: UInt8, to target: inout UnsafeMutablePointer<UInt8>) {
            UnsafeMutableRawPointer(target).copyMemory(from: bytes + Int(place) * 16, byteCount: 16)
            target += Int(lengths[Int(place)])
        }
    }

    private init() {
        textKeys = Cells()
        jsonKeys = Cells()
        codes = Cells()
        kinds = Cells()
        wordKeys = Cells()
        for field in Field.allCases {
            textKeys.set(field.rawValue, " ", ReplyTable.spelling(of: field), "=")
            jsonKeys.set(field.rawValue, ",\"", ReplyTable.spelling(of: field), "\":")
        }
        for code in ErrorCode.allCases { codes.set(code.rawValue, "", ReplyTable.spelling(of: code), "") }
        words = .allocate(capacity: 256 * 2 * 3)
        words.initialize(repeating: 0, count: 256 * 2 * 3)
        var place: UInt8 = 0
        for kind in LineKind.allCases {
            kinds.set(kind.rawValue, "", ReplyTable.word(of: kind), "")
            for (position, word) in ReplyTable.words(of: kind).prefix(2).enumerated() {
                let entry = words + (Int(kind.rawValue) * 2 + position) * 3
                place += 1
                entry[0] = word.field.rawValue
                entry[1] = word.orField.rawValue
                entry[2] = place
                wordKeys.set(place, ",\"", word.key, "\":")
            }
        }
        pairs = .allocate(capacity: 100)
        for number in 0..<100 {
            let tens = UInt16(UInt8(ascii: "0")) + UInt16(number / 10)
            let ones = UInt16(UInt8(ascii: "0")) + UInt16(number % 10)
            (pairs + number).initialize(to: (tens | ones << 8).littleEndian)
        }
    }

    /// The place in `wordKeys` where `field` stands as the bare word number `position` of a line of this kind; 0 where
    /// it does not.
    @inline(__always)
    func wordKey(_ kind: UInt8, _ position: Int, _ field: UInt8) -> UInt8 {
        guard position < 2 else { return 0 }
        let entry = words + (Int(kind) * 2 + position) * 3
        return entry[0] == field || entry[1] == field ? entry[2] : 0
    }
}
