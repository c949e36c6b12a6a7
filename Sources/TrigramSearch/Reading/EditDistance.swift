// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How many typing errors lie between a typed word and a term: letters wrong, missing, too many, or two neighbours
/// swapped (counted once).
///
/// Bit-parallel, a column of the usual table in one machine word, after H. Hyyrö, "A Bit-Vector Algorithm for Computing
/// Levenshtein and Damerau Edit Distances" (2003).
struct EditDistance {
    static let pointsMax = 64

    /// In which positions of the typed word each letter is.
    private var ascii = [UInt64](repeating: 0, count: 128)
    private var others: [(point: UInt32, positions: UInt64)] = []
    private var letters: [UInt32] = []

    /// The distance to a whole term and to the nearest of its beginnings.
    struct Result: Equatable {
        var whole: Int
        var prefix: Int
    }

    /// Takes the typed word, of 1 to ``pointsMax`` letters.
    mutating func setWord(_ word: [UInt32]) {
        for letter in letters where letter < 128 { ascii[Int(letter)] = 0 }
        others.removeAll(keepingCapacity: true)
        letters = word
        for (position, letter) in word.prefix(Self.pointsMax).enumerated() {
            let bit: UInt64 = 1 << UInt64(position)
            if letter < 128 {
                ascii[Int(letter)] |= bit
            } else if let known = others.firstIndex(where: { $0.point == letter }) {
                others[known].positions |= bit
            } else {
                others.append((letter, bit))
            }
        }
    }

    /// - Complexity: O(letters of the term).
    func distance(to term: UnsafeBufferPointer<UInt8>) -> Result {
        let count = min(letters.count, Self.pointsMax)
        let last: UInt64 = 1 << UInt64(count - 1)
        var (verticalUp, verticalDown, diagonal, before): (UInt64, UInt64, UInt64, UInt64) = (.max, 0, 0, 0)
        var score = count
        var best = count
        var position = 0
        while position < term.count {
            let byte = term[position]
            let matches: UInt64
            if byte < 0x80 {
                matches = ascii[Int(byte)]
                position += 1
            } else {
                matches = positions(of: UTF8Text.decode(term, &position))
            }
            let swapped = ((~diagonal & matches) << 1) & before
            diagonal = (((matches & verticalUp) &+ verticalUp) ^ verticalUp) | matches | verticalDown | swapped
            var horizontalUp = verticalDown | ~(diagonal | verticalUp)
            var horizontalDown = diagonal & verticalUp
            if horizontalUp & last != 0 { score += 1 }
            if horizontalDown & last != 0 { score -= 1 }
            horizontalUp = horizontalUp << 1 | 1
            horizontalDown <<= 1
            verticalUp = horizontalDown | ~(diagonal | horizontalUp)
            verticalDown = horizontalUp & diagonal
            before = matches
            best = min(best, score)
        }
        return Result(whole: score, prefix: best)
    }

    @inline(__always)
    private func positions(of point: UInt32) -> UInt64 {
        if point < 128 { return ascii[Int(point)] }
        for other in others where other.point == point { return other.positions }
        return 0
    }
}
