// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds how a typed word is several words of the dictionary, one behind the other ("mahlersymphony"), one of them
/// perhaps with a typing error ("beethovensynphony").
struct WordSplitting {
    /// Letters of each piece, and of one with errors.
    static let lettersMin = 3
    static let mistypedLettersMin = 4
    static let lettersMax = 48
    static let waysMax = 4

    /// By place, whether what is before, and what is behind, is words; 0 where not, else where the piece begins or ends.
    private var before: [Int] = []
    private var behind: [Int] = []

    /// The ways, each by the terms of its pieces.
    mutating func ways(
        _ word: QueryWord, _ tables: SegmentTables, _ forgiving: inout ForgivingLookup, _ forgiveness: Forgiveness,
        _ work: inout Int
    ) -> [[[TermRange]]] {
        let count = word.letters.count
        guard count >= 2 * Self.lettersMin, count <= Self.lettersMax else { return [] }
        // Where each letter begins in the bytes.
        var offsets = [0]
        for letter in word.letters { offsets.append(offsets[offsets.count - 1] + UTF8Text.length(letter)) }
        func find(_ from: Int, _ to: Int) -> TermRange? { tables.word(Array(word.bytes[offsets[from]..<offsets[to]])) }
        before = Array(repeating: -1, count: count + 1)
        behind = before
        before[0] = 0
        behind[count] = count
        for end in Self.lettersMin...count {
            // Longer pieces first: fewer words say more.
            for start in 0...(end - Self.lettersMin) where before[start] >= 0 && before[end] < 0 && end - start < count
            {
                work += 4
                if find(start, end) != nil { before[end] = start }
            }
        }
        for start in (0...(count - Self.lettersMin)).reversed() {
            for end in ((start + Self.lettersMin)...count).reversed()
            where behind[end] >= 0 && behind[start] < 0 && end - start < count {
                work += 4
                if find(start, end) != nil { behind[start] = end }
            }
        }
        var ways: [[[TermRange]]] = []
        // Halves that are words both, each way of them.
        for middle in Self.lettersMin...(count - Self.lettersMin) {
            if before[middle] == 0, behind[middle] == count, let left = find(0, middle), let right = find(middle, count)
            {
                ways.append([[left], [right]])
            }
        }
        if ways.isEmpty, before[count] > 0 { ways.append(pieces(0, count, find)) }
        // A missing space is one error, a wrong letter another.
        if !ways.isEmpty || forgiveness < .two { return Array(ways.prefix(Self.waysMax)) }
        // Words at one or both ends, and between them one with errors.
        for start in 0..<count where before[start] >= 0 {
            for end in ((start + Self.mistypedLettersMin)...max(count, start + Self.mistypedLettersMin)).reversed()
            where end <= count && behind[end] >= 0 && end - start < count && ways.count < Self.waysMax {
                var letters = word
                letters.letters = Array(word.letters[start..<end])
                letters.bytes = Array(word.bytes[offsets[start]..<offsets[end]])
                letters.isLast = end == count
                let meant = forgiving.terms(for: letters, in: tables, .one, work: &work).filter { $0.quality >= 600 }
                guard !meant.isEmpty else { continue }
                ways.append(pieces(0, start, find) + [meant] + pieces(end, count, find))
            }
        }
        return ways
    }

    /// The words of a stretch that is known to be words.
    private func pieces(_ from: Int, _ to: Int, _ find: (Int, Int) -> TermRange?) -> [[TermRange]] {
        var found: [[TermRange]] = []
        if from == 0 {
            var end = to
            while end > 0, let range = find(before[end], end) {
                found.insert([range], at: 0)
                end = before[end]
            }
        } else {
            var start = from
            while start < to, let range = find(start, behind[start]) {
                found.append([range])
                start = behind[start]
            }
        }
        return found
    }
}
