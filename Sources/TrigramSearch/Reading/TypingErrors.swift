// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How unlikely it is that somebody who meant one word typed another: which errors lie between them, and not only how
/// many. A letter left out or two that changed places say more for a word than a letter that is another one, of which
/// there are so many.
///
/// The costs are tenths of the natural logarithm, counted over one half of codespell's list of misspellings: how often
/// people make the kind of error, divided by how many words that kind of error could have come from.
struct TypingErrors {
    enum Cost {
        /// A letter is missing; of two alike, one.
        static let missing = 34
        static let missingDouble = 27
        /// A letter too many: twice the same, one that the word has elsewhere, and any other.
        static let extraDouble = 46
        static let extraKnown = 60
        static let extra = 83
        static let swapped = 38
        /// Another letter: a vowel for a vowel, a consonant for a consonant, and one for the other.
        static let vowel = 53
        static let consonant = 72
        static let other = 92
        /// The first letter is seldom wrong.
        static let first = 20
        /// About what one error of any kind costs.
        static let usual = 45
    }

    private static let far = 1_000
    /// More errors than are ever forgiven in one word lie outside of this many diagonals to each side.
    private static let band = 2

    private var typed: [UInt32] = []
    private var meant: [UInt32] = []

    mutating func setWord(_ letters: [UInt32]) { typed = letters }

    /// The cost of having typed the word for this term, or for a beginning of it; the term is at most two errors away.
    ///
    /// - Complexity: O(letters)
    mutating func cost(of term: UnsafeBufferPointer<UInt8>, asBeginning: Bool) -> Int {
        UTF8Text.points(of: term, into: &meant)
        var first = 0
        while first < typed.count, first < meant.count, typed[first] == meant[first] { first += 1 }
        var (typedEnd, meantEnd) = (typed.count, meant.count)
        if asBeginning {
            meantEnd = min(meantEnd, typedEnd + Self.band)
        } else {
            while typedEnd > first, meantEnd > first, typed[typedEnd - 1] == meant[meantEnd - 1] {
                typedEnd -= 1
                meantEnd -= 1
            }
        }
        if first == typedEnd, first == meantEnd || asBeginning { return 0 }
        return table(first, typedEnd, meantEnd, asBeginning)
    }

    /// The usual table of edit distances with costs for numbers, near its diagonal: from `first` on, up to `typedEnd` and
    /// `meantEnd`.
    private func table(_ first: Int, _ typedEnd: Int, _ meantEnd: Int, _ asBeginning: Bool) -> Int {
        let width = 2 * Self.band + 1
        // Of the last two typed letters and this one.
        var before = InlineArray<5, Int>(repeating: Self.far)
        var row = before
        for column in 0...Self.band where first + column <= meantEnd {
            // Column `c` of row `r` is the diagonal `c - r + band`.
            row[column + Self.band] = column == 0 ? 0 : row[column + Self.band - 1] + missing(first + column - 1)
        }
        for line in 0..<(typedEnd - first) {
            let at = first + line
            var next = InlineArray<5, Int>(repeating: Self.far)
            for diagonal in 0..<width {
                let other = at + 1 + diagonal - Self.band
                guard other >= first, other <= meantEnd else { continue }
                var best = Self.far
                if diagonal + 1 < width { best = row[diagonal + 1] + extra(at) }
                if other > first {
                    let letter = other - 1
                    best = min(best, row[diagonal] + (typed[at] == meant[letter] ? 0 : wrong(at, letter)))
                    if diagonal > 0 { best = min(best, next[diagonal - 1] + missing(letter)) }
                    if line > 0, letter > first, typed[at] == meant[letter - 1], typed[at - 1] == meant[letter] {
                        best = min(best, before[diagonal] + Cost.swapped + (at == 1 ? Cost.first : 0))
                    }
                }
                next[diagonal] = best
            }
            (before, row) = (row, next)
        }
        let end = meantEnd - typedEnd + Self.band
        if !asBeginning { return (0..<width).contains(end) ? row[end] : Self.far }
        return (0..<width).reduce(Self.far) { min($0, row[$1]) }
    }

    @inline(__always)
    private func missing(_ place: Int) -> Int {
        let letter = meant[place]
        let isDouble =
            place > 0 && meant[place - 1] == letter || place + 1 < meant.count && meant[place + 1] == letter
        return isDouble ? Cost.missingDouble : place == 0 ? Cost.missing + Cost.first : Cost.missing
    }

    @inline(__always)
    private func extra(_ place: Int) -> Int {
        let letter = typed[place]
        let isDouble =
            place > 0 && typed[place - 1] == letter || place + 1 < typed.count && typed[place + 1] == letter
        if isDouble { return Cost.extraDouble }
        return (meant.contains(letter) ? Cost.extraKnown : Cost.extra) + (place == 0 ? Cost.first : 0)
    }

    @inline(__always)
    private func wrong(_ place: Int, _ other: Int) -> Int {
        let (isVowel, wasVowel) = (Self.isVowel(typed[place]), Self.isVowel(meant[other]))
        let cost = isVowel != wasVowel ? Cost.other : isVowel ? Cost.vowel : Cost.consonant
        return place == 0 ? cost + Cost.first : cost
    }

    @inline(__always)
    private static func isVowel(_ letter: UInt32) -> Bool {
        // a, e, i, o, u and y, counted from a.
        letter >= 0x61 && letter < 0x61 + 26 && 0x0110_4111 >> (letter - 0x61) & 1 != 0
    }
}
