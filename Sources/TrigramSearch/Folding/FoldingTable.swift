// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What each code point becomes, as a table of pages that is unpacked once from ``FoldingData``.

/// What a folded code point is to the division into words.
enum CharacterClass: UInt32 {
    /// White space, controls, unassigned: ends a word and a chunk.
    case space = 0
    /// A letter or digit.
    case letter = 1
    /// A letter of a script that is written without spaces.
    case ideograph = 2
    /// Says nothing: apostrophes, marks, soft hyphens. (Some marks combine with the letter before; see compositions.)
    case vanishing = 3
    /// Ends a word; makes a word where a chunk holds nothing else.
    case punctuation = 4
}

/// The folding of all of Unicode. Immutable; one is shared by all threads.
final class FoldingTable: Sendable {
    static let shared = FoldingTable()

    /// Where each run of 256 code points begins in `entries`. Equal pages are stored once.
    private let pages: [UInt32]
    /// By page and low byte. Bits 0–20 are what the code point becomes, 21–23 the class of that. With ``isItself`` the
    /// code point stays; with ``isExpansion`` the low bits point at a count and so many code points in `expansions`.
    private let entries: [UInt32]
    private let expansions: [UInt32]
    /// Letter, mark and what they become together: few, and looked at only when a mark comes.
    private let compositions: [(letter: UInt32, mark: UInt32, result: UInt32)]

    static let isItself: UInt32 = 1 << 30
    static let isExpansion: UInt32 = 1 << 31

    private init() {
        var classes = Self.asciiClasses()
        var numbers = NumberList(FoldingData.classes)
        var point = 0
        while let gap = numbers.next(), let length = numbers.next(), let kind = numbers.next() {
            point += Int(gap)
            for _ in 0..<Int(length) where point < classes.count {
                classes[point] = UInt8(truncatingIfNeeded: kind)
                point += 1
            }
        }
        var flat = classes.map { Self.isItself | UInt32($0) << 21 }
        for letter in UInt32(0x41)...0x5A { flat[Int(letter)] = Self.entry(letter + 0x20, classes) }
        var expansions: [UInt32] = []
        numbers = NumberList(FoldingData.mappings)
        point = 0
        while let gap = numbers.next(), let count = numbers.next(), let step = numbers.next() {
            point += Int(gap)
            if count == 0 {
                flat[point] = Self.isExpansion | UInt32(expansions.count)
                expansions.append(UInt32(truncatingIfNeeded: step))
                for _ in 0..<Int(step) { expansions.append(UInt32(truncatingIfNeeded: numbers.next() ?? 0)) }
                point += 1
            } else {
                let delta = numbers.next() ?? 0
                for place in 0..<Int(count) {
                    let from = point + place * Int(step)
                    flat[from] = Self.entry(UInt32(truncatingIfNeeded: from + Int(delta)), classes)
                }
                point += Int(count - 1) * Int(step) + 1
            }
        }
        var pages: [UInt32] = []
        var entries: [UInt32] = []
        for page in 0..<(flat.count / 256) {
            let start = page * 256
            let last = Int(pages.last ?? 0)
            if page > 0, entries[last..<(last + 256)].elementsEqual(flat[start..<(start + 256)]) {
                pages.append(UInt32(last))
            } else {
                pages.append(UInt32(entries.count))
                entries.append(contentsOf: flat[start..<(start + 256)])
            }
        }
        var compositions: [(letter: UInt32, mark: UInt32, result: UInt32)] = []
        numbers = NumberList(FoldingData.compositions)
        while let letter = numbers.next(), let mark = numbers.next(), let result = numbers.next() {
            compositions.append(
                (
                    UInt32(truncatingIfNeeded: letter), UInt32(truncatingIfNeeded: mark),
                    UInt32(truncatingIfNeeded: result)
                ))
        }
        self.pages = pages
        self.entries = entries
        self.expansions = expansions
        self.compositions = compositions
    }

    /// The entry of a code point below 0x110000.
    @inline(__always)
    func entry(_ point: UInt32) -> UInt32 {
        let found = entries[Int(pages[Int(point >> 8)]) + Int(point & 255)]
        return found & Self.isItself != 0 ? (found & 0x00E0_0000) | point : found
    }

    /// The code points that an expanding entry becomes.
    func expansion(_ entry: UInt32) -> ArraySlice<UInt32> {
        let start = Int(entry & 0x1F_FFFF)
        return expansions[(start + 1)..<(start + 1 + Int(expansions[start]))]
    }

    /// What a letter and the mark behind it become where the letter keeps its mark; nil where the mark vanishes.
    ///
    /// Hangul letters are composed by arithmetic, as The Unicode Standard, section 3.12 has it.
    func composed(_ letter: UInt32, _ mark: UInt32) -> UInt32? {
        for pair in compositions where pair.letter == letter && pair.mark == mark { return pair.result }
        return nil
    }

    /// The syllable of Hangul that `next` makes with what is before it, or nil.
    @inline(__always)
    static func hangul(_ before: UInt32, _ next: UInt32) -> UInt32? {
        if (0x1161...0x1175).contains(next), (0x1100...0x1112).contains(before) {
            return 0xAC00 + ((before - 0x1100) * 21 + (next - 0x1161)) * 28
        }
        if (0x11A8...0x11C2).contains(next), (0xAC00...0xD7A3).contains(before), (before - 0xAC00) % 28 == 0 {
            return before + (next - 0x11A7)
        }
        return nil
    }

    private static func entry(_ target: UInt32, _ classes: [UInt8]) -> UInt32 {
        target | UInt32(classes[Int(target)]) << 21
    }

    private static func asciiClasses() -> [UInt8] {
        var classes = [UInt8](repeating: 0, count: 0x110000)
        for point in 0x21...0x7E {
            let isWord = (0x30...0x39).contains(point) || (0x41...0x5A).contains(point) || (0x61...0x7A).contains(point)
            classes[point] = isWord ? 1 : point == 0x27 || point == 0x60 ? 3 : 4
        }
        return classes
    }
}

/// Reads the hexadecimal numbers of a static text, one after another.
private struct NumberList {
    private let text: StaticString
    private var position = 0

    init(_ text: StaticString) {
        self.text = text
    }

    mutating func next() -> Int64? {
        text.withUTF8Buffer { bytes in
            while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
            guard position < bytes.count else { return nil }
            var value: Int64 = 0
            var isNegative = false
            while position < bytes.count, bytes[position] > 0x20 {
                let byte = bytes[position]
                position += 1
                switch byte {
                case 0x2D: isNegative = true
                case 0x30...0x39: value = value << 4 | Int64(byte - 0x30)
                default: value = value << 4 | Int64(byte - 0x61 + 10)
                }
            }
            return isNegative ? -value : value
        }
    }
}
