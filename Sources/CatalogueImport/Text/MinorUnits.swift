// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Money as files write it (`59.5` beside `USD`) in minor units, in decimal arithmetic: a price never passes through a
/// binary fraction.
enum MinorUnits {
    /// The digits behind the point that a currency has: two, but for those of ISO 4217 (2024) that are named here.
    static func digits(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }

    /// Whether `text` has the form of an ISO 4217 code.
    static func isCurrency(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    }

    /// A JSON number as an amount in minor units, rounded half up; nil where it is negative or more than any price.
    static func amount(_ number: String, currency: String) -> Int64? {
        var digits: [UInt8] = []
        var scale = Self.digits(of: currency)
        var isAfterPoint = false
        var exponent = 0
        for (offset, byte) in number.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - 0x30)
                if isAfterPoint { scale -= 1 }
            case UInt8(ascii: "."): isAfterPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard let value = Int(number.utf8.dropFirst(offset + 1).asText), abs(value) < 100 else { return nil }
                exponent = value
            default: return nil
            }
            if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") { break }
        }
        return rounded(digits, shiftedBy: scale + exponent)
    }

    private static func rounded(_ digits: [UInt8], shiftedBy shift: Int) -> Int64? {
        // The digits are read up to the point where the amount's own end, one more rounds.
        let kept = digits.count + shift
        var value: Int64 = 0
        for index in 0..<max(0, kept) {
            let digit = index < digits.count ? Int64(digits[index]) : 0
            value = value * 10 + digit
            if value > ImportLimits.priceMinorMax { return nil }
        }
        if kept >= 0, kept < digits.count, digits[kept] >= 5 { value += 1 }
        return value <= ImportLimits.priceMinorMax ? value : nil
    }
}

extension Sequence<UInt8> {
    fileprivate var asText: String { String(decoding: Array(self), as: UTF8.self) }
}
