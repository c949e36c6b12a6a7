// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A set of ASCII bytes as 128 bits: the alphabets of the grammar.
struct ByteSet: Sendable, BitwiseCopyable {
    var low: UInt64
    var high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let bits = byte < 64 ? low : high
        return byte < 128 && (bits >> UInt64(byte & 63)) & 1 != 0
    }

    /// Whether all of these bytes are in the set.
    @inline(__always)
    func containsAll(_ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        while index < count {
            if !contains(start[index]) { return false }
            index += 1
        }
        return true
    }

    private static var letters: UInt64 { 0x07FF_FFFE_07FF_FFFE }
    private static var underscore: UInt64 { 0x0000_0000_8000_0000 }

    /// `A-Z a-z 0-9`
    static var alphanumeric: ByteSet { ByteSet(low: 0x03FF_0000_0000_0000, high: letters) }
    /// `A-Z a-z 0-9 -`: the name of a key, after its first letter.
    static var keyName: ByteSet { ByteSet(low: 0x03FF_2000_0000_0000, high: letters) }
    /// `A-Z a-z 0-9 . _ -`: an id or a tag.
    static var identifier: ByteSet { ByteSet(low: 0x03FF_6000_0000_0000, high: letters | underscore) }
    /// `A-Z a-z 0-9 . _`: a section, row or seat label.
    static var label: ByteSet { ByteSet(low: 0x03FF_4000_0000_0000, high: letters | underscore) }
    /// Labels with `, - /`: a labels expression.
    static var labels: ByteSet { ByteSet(low: 0x03FF_F000_0000_0000, high: letters | underscore) }
    /// Labels with `, - / :`: seats and areas as addressed, and labels with their categories.
    static var seats: ByteSet { ByteSet(low: 0x07FF_F000_0000_0000, high: letters | underscore) }
    /// Digits with `. - ,` and space: positions on a map.
    static var coordinates: ByteSet { ByteSet(low: 0x03FF_7001_0000_0000, high: 0) }
}

/// The sets that the hot path asks for, as bits of a table with an entry for each byte: one load answers.
enum ByteClass {
    static let keyName: UInt8 = 1
    static let identifier: UInt8 = 2
    static let alphanumeric: UInt8 = 4
    static let seats: UInt8 = 8

    /// A new table; whoever asks for it deallocates it.
    static func makeTable() -> UnsafeMutablePointer<UInt8> {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max {
            var bits: UInt8 = 0
            if ByteSet.keyName.contains(byte) { bits |= keyName }
            if ByteSet.identifier.contains(byte) { bits |= identifier }
            if ByteSet.alphanumeric.contains(byte) { bits |= alphanumeric }
            if ByteSet.seats.contains(byte) { bits |= seats }
            (table + Int(byte)).initialize(to: bits)
        }
        return table
    }
}
