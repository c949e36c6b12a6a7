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

    private var typed: [UInt32] = []
    private var meant: [UInt32] = []

    mutating func setWord(_ letters: [UInt32]) { typed = letters }

    /// Takes the term that may have been meant.
    mutating func setTerm(_ term: UnsafeBufferPointer<UInt8>) { UTF8Text.points(of: term, into: &meant) }

    /// The cost of having typed the word for the term, or for a beginning of it; the term is at most two errors away.
    ///
    /// - Complexity: O(letters)
    func cost(asBeginning: Bool) -> Int {
        typed.withUnsafeBufferPointer { typed in
            meant.withUnsafeBufferPointer { Comparison(typed: typed, meant: $0).cost(asBeginning) }
        }
    }
}

/// A typed word beside one that may have been meant.
private struct Comparison {
    typealias Cost = TypingErrors.Cost

    static let far = 1_000
    /// More errors than are ever forgiven in one word lie outside of this many diagonals to each side.
    static let band = 2

    let typed: UnsafeBufferPointer<UInt32>
    let meant: UnsafeBufferPointer<UInt32>

    func cost(_ asBeginning: Bool) -> Int {
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
        // Of the last two typed letters and this one; a diagonal more at each end, that nothing comes from.
        let diagonals = 1..<(2 * Self.band + 2)
        var before = InlineArray<7, Int>(repeating: Self.far)
        var row = before
        for column in 0...Self.band where first + column <= meantEnd {
            // Column `c` of row `r` is the diagonal `c - r + band + 1`.
            row[column + Self.band + 1] = column == 0 ? 0 : row[column + Self.band] + missing(first + column - 1)
        }
        for at in first..<typedEnd {
            var next = InlineArray<7, Int>(repeating: Self.far)
            let (letter, extra) = (typed[at], extra(at))
            for diagonal in diagonals {
                let other = at + diagonal - Self.band
                guard other >= first, other <= meantEnd else { continue }
                var best = row[diagonal + 1] + extra
                if other > first {
                    let own = meant[other - 1]
                    best = min(best, row[diagonal] + (letter == own ? 0 : wrong(letter, own, isFirst: at == 0)))
                    best = min(best, next[diagonal - 1] + missing(other - 1))
                    if at > first, other > first + 1, letter == meant[other - 2], typed[at - 1] == own {
                        best = min(best, before[diagonal] + Cost.swapped + (at == 1 ? Cost.first : 0))
                    }
                }
                next[diagonal] = min(best, Self.far)
            }
            (before, row) = (row, next)
        }
        if asBeginning { return diagonals.reduce(Self.far) { min($0, row[$1]) } }
        let end = meantEnd - typedEnd + Self.band + 1
        return diagonals.contains(end) ? row[end] : Self.far
    }

    @inline(__always)
    private func missing(_ place: Int) -> Int {
        if Self.isDouble(meant, place) { return Cost.missingDouble }
        return place == 0 ? Cost.missing + Cost.first : Cost.missing
    }

    @inline(__always)
    private func extra(_ place: Int) -> Int {
        if Self.isDouble(typed, place) { return Cost.extraDouble }
        return (meant.contains(typed[place]) ? Cost.extraKnown : Cost.extra) + (place == 0 ? Cost.first : 0)
    }

    @inline(__always)
    private func wrong(_ typed: UInt32, _ meant: UInt32, isFirst: Bool) -> Int {
        let (isVowel, wasVowel) = (Self.isVowel(typed), Self.isVowel(meant))
        let cost = isVowel != wasVowel ? Cost.other : isVowel ? Cost.vowel : Cost.consonant
        return isFirst ? cost + Cost.first : cost
    }

    /// Whether a neighbour is the same letter.
    @inline(__always)
    private static func isDouble(_ word: UnsafeBufferPointer<UInt32>, _ place: Int) -> Bool {
        place > 0 && word[place - 1] == word[place] || place + 1 < word.count && word[place + 1] == word[place]
    }

    @inline(__always)
    private static func isVowel(_ letter: UInt32) -> Bool {
        // a, e, i, o, u and y, counted from a.
        letter >= 0x61 && letter < 0x61 + 26 && 0x0110_4111 >> (letter - 0x61) & 1 != 0
    }
}
