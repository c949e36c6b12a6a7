// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Makes labels for addresses (`[A-Za-z0-9._]{1,32}`) from printed names, each once.
///
/// Latin letters lose their accents, digits and letters stay as they are, every run of other characters becomes one
/// `_`, and what is left is cut to 32 bytes. A name of which nothing is left (another script, or no name) becomes its
/// position number. A label that is taken gets the first of `.2`, `.3` … that is free. The same names in the same order
/// give the same labels, always.
struct LabelMaker {
    private var taken: Set<String> = []
    /// Where the search for a free number goes on, so that a thousand equal names do not cost a million looks.
    private var nextNumber: [String: Int] = [:]

    /// Takes `label` if it is free.
    mutating func take(_ label: String) -> Bool {
        taken.insert(label).inserted
    }

    mutating func make(_ printed: String, position: Int) -> String {
        let base = Self.label(from: printed) ?? String(position)
        if taken.insert(base).inserted { return base }
        var number = nextNumber[base] ?? 2
        while true {
            let suffix = ".\(number)"
            let candidate = base.prefix(ImportLimits.labelBytesMax - suffix.utf8.count) + suffix
            number += 1
            if taken.insert(String(candidate)).inserted {
                nextNumber[base] = number
                return String(candidate)
            }
        }
    }

    /// The label that `printed` gives, or nil where nothing of it can stand in a label.
    static func label(from printed: String) -> String? {
        let bytes = folded(printed, separator: UInt8(ascii: "_")) { byte in byte == UInt8(ascii: ".") }
        let cut = trimmed(bytes.prefix(ImportLimits.labelBytesMax))
        return cut.isEmpty ? nil : String(decoding: cut, as: UTF8.self)
    }

    /// Letters and digits of `text` in ASCII with one `separator` for each run of anything else but what `keeps` says.
    static func folded(_ text: String, separator: UInt8, keeps: (UInt8) -> Bool) -> [UInt8] {
        var ascii: [UInt8] = []
        for scalar in text.unicodeScalars where !LatinFolding.append(scalar, to: &ascii) { ascii.append(0) }
        var bytes: [UInt8] = []
        for byte in ascii {
            if isLetterOrDigit(byte) || keeps(byte) {
                bytes.append(byte)
            } else if byte == UInt8(ascii: "'") {
                continue
            } else if let last = bytes.last, last != separator {
                bytes.append(separator)
            }
        }
        return bytes
    }

    /// Without dots and separators at the ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, !isLetterOrDigit(first) { bytes.removeFirst() }
        while let last = bytes.last, !isLetterOrDigit(last) { bytes.removeLast() }
        return bytes
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether `text` can stand in an address as it is.
    static func isLabel(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard (1...ImportLimits.labelBytesMax).contains(bytes.count) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
    }
}

/// Makes ids (`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`) from names and from the ids of other systems.
enum IDMaker {
    /// Whether `text` is an id as it is.
    static func isID(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= ImportLimits.idBytesMax else { return false }
        return LabelMaker.isLetterOrDigit(first)
            && bytes.allSatisfy {
                LabelMaker.isLetterOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// An id from a printed name, in lower case with hyphens; a short digest of the name where nothing of it can stand.
    static func slug(_ name: String) -> String {
        let bytes = LabelMaker.folded(name, separator: UInt8(ascii: "-")) { _ in false }
        let lower = bytes.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 + 32 : $0 }
        let cut = LabelMaker.trimmed(lower.prefix(ImportLimits.idBytesMax))
        return cut.isEmpty ? "id-" + ContentDigest(Array(name.utf8)).hex : String(decoding: cut, as: UTF8.self)
    }

    /// An id of another system as it is where it fits, else its characters that do and a digest of the whole, so that
    /// two ids that differ stay two.
    static func fit(_ foreign: String) -> String {
        if isID(foreign) { return foreign }
        let bytes = LabelMaker.folded(foreign, separator: UInt8(ascii: "-")) { byte in
            byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        let digest = ContentDigest(Array(foreign.utf8)).hex
        let cut = LabelMaker.trimmed(bytes.prefix(ImportLimits.idBytesMax - 1 - digest.utf8.count))
        return cut.isEmpty ? "id-" + digest : String(decoding: cut, as: UTF8.self) + "-" + digest
    }
}
