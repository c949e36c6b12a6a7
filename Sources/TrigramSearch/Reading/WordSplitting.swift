// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds how a typed word is several words of the dictionary, one behind the other ("mahlersymphony"), one of them
/// perhaps with a typing error ("beethovensynphony"). Words of all parts of the index count alike, so that it does not
/// matter how that is divided.
struct WordSplitting {
    /// A stretch of the word's letters that is a word, or is one with a typing error.
    struct Piece {
        var letters: Range<Int>
        var isMistyped = false
    }

    /// Letters of each piece, and of one with errors.
    static let lettersMin = 3
    static let mistypedLettersMin = 4
    static let lettersMax = 48
    static let waysMax = 4

    /// By place, whether what is before, and what is behind, is words; 0 where not, else where the piece begins or ends.
    private var before: [Int] = []
    private var behind: [Int] = []

    mutating func ways(
        _ word: QueryWord, _ parts: [PublishedPart], _ forgiving: inout ForgivingLookup, _ forgiveness: Forgiveness,
        _ work: inout Int
    ) -> [[Piece]] {
        let count = word.letters.count
        guard count >= 2 * Self.lettersMin, count <= Self.lettersMax else { return [] }
        let offsets = Self.offsets(word)
        func isWord(_ from: Int, _ to: Int) -> Bool {
            let bytes = Array(word.bytes[offsets[from]..<offsets[to]])
            return parts.contains { $0.tables.words.find(bytes) != nil }
        }
        before = Array(repeating: -1, count: count + 1)
        behind = before
        before[0] = 0
        behind[count] = count
        for end in Self.lettersMin...count {
            // Longer pieces first: fewer words say more.
            for start in 0...(end - Self.lettersMin) where before[start] >= 0 && before[end] < 0 && end - start < count
            {
                work += 4 * parts.count
                if isWord(start, end) { before[end] = start }
            }
        }
        for start in (0...(count - Self.lettersMin)).reversed() {
            for end in ((start + Self.lettersMin)...count).reversed()
            where behind[end] >= 0 && behind[start] < 0 && end - start < count {
                work += 4 * parts.count
                if isWord(start, end) { behind[start] = end }
            }
        }
        var ways: [[Piece]] = []
        // Halves that are words both, each way of them.
        for middle in Self.lettersMin...(count - Self.lettersMin)
        where before[middle] == 0 && behind[middle] == count {
            ways.append([Piece(letters: 0..<middle), Piece(letters: middle..<count)])
        }
        if ways.isEmpty, before[count] > 0 { ways.append(pieces(0, count)) }
        // A missing space is one error, a wrong letter another.
        if !ways.isEmpty || forgiveness < .two { return Array(ways.prefix(Self.waysMax)) }
        // Words at one or both ends, and between them one with errors.
        for start in 0..<count where before[start] >= 0 {
            for end in ((start + Self.mistypedLettersMin)...max(count, start + Self.mistypedLettersMin)).reversed()
            where end <= count && behind[end] >= 0 && end - start < count && ways.count < Self.waysMax {
                let piece = Piece(letters: start..<end, isMistyped: true)
                var isMeant = false
                for part in parts where !isMeant {
                    isMeant = !Self.terms(of: piece, word, part.tables, &forgiving, &work).isEmpty
                }
                if isMeant { ways.append(pieces(0, start) + [piece] + pieces(end, count)) }
            }
        }
        return ways
    }

    /// The terms of a piece in one part of the index; none where only other parts have it.
    static func terms(
        of piece: Piece, _ word: QueryWord, _ tables: SegmentTables, _ forgiving: inout ForgivingLookup,
        _ work: inout Int
    ) -> [TermRange] {
        let offsets = offsets(word)
        let bytes = Array(word.bytes[offsets[piece.letters.lowerBound]..<offsets[piece.letters.upperBound]])
        guard piece.isMistyped else { return tables.word(bytes).map { [$0] } ?? [] }
        var part = word
        part.letters = Array(word.letters[piece.letters])
        part.bytes = bytes
        part.isLast = piece.letters.upperBound == word.letters.count
        return forgiving.terms(for: part, in: tables, .one, work: &work).filter { $0.quality >= 600 }
    }

    /// Where each letter begins in the bytes, and where the last ends.
    private static func offsets(_ word: QueryWord) -> [Int] {
        var offsets = [0]
        for letter in word.letters { offsets.append(offsets[offsets.count - 1] + UTF8Text.length(letter)) }
        return offsets
    }

    /// The words of a stretch that is known to be words.
    private func pieces(_ from: Int, _ to: Int) -> [Piece] {
        var found: [Piece] = []
        if from == 0 {
            var end = to
            while end > 0 {
                found.insert(Piece(letters: before[end]..<end), at: 0)
                end = before[end]
            }
        } else {
            var start = from
            while start < to {
                found.append(Piece(letters: start..<behind[start]))
                start = behind[start]
            }
        }
        return found
    }
}
