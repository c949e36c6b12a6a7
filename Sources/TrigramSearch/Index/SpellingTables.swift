// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What words with typing errors are looked up by: words by trigram, and words by what is left when a letter is taken
/// away.
struct SpellingTables: @unchecked Sendable {
    /// Words of more letters than this are found by beginning only, not by typing errors or from inside.
    static let trigramPointsMax = 32
    /// Lengths of words for which one missing letter is looked up directly: trigrams are weak on these.
    static let deletionPoints = 3...16

    var trigrams = BucketTable()
    var deletions = BucketTable()

    init() {}

    init(_ words: TermTable) {
        // The letters of every word, decoded once.
        var points: [UInt32] = []
        var spelt: [(term: UInt32, start: Int, count: Int)] = []
        var letters: [UInt32] = []
        for term in words.firstPlain..<words.count {
            UTF8Text.points(of: words[term], into: &letters)
            guard letters.count >= 2, letters.count <= Self.trigramPointsMax else { continue }
            // What no document is searched by needs no spelling.
            guard words.documents(low: term, high: term + 1) > 0 else { continue }
            spelt.append((UInt32(term), points.count, letters.count))
            points.append(contentsOf: letters)
        }
        points.withUnsafeBufferPointer { points in
            let estimate = points.count
            trigrams = BucketTable.make(count: spelt.count, estimate: estimate / 16, bucketsMax: 1 << 17) {
                index, body in
                let word = spelt[index]
                let letters = UnsafeBufferPointer(rebasing: points[word.start..<(word.start + word.count)])
                Trigram.forEach(letters) { body(word.term, $0) }
            }
            deletions = BucketTable.make(count: spelt.count, estimate: estimate / 4, bucketsMax: 1 << 22) {
                index, body in
                let word = spelt[index]
                guard Self.deletionPoints.contains(word.count) else { return }
                let letters = UnsafeBufferPointer(rebasing: points[word.start..<(word.start + word.count)])
                Deletion.forEach(letters) { body(word.term, $0) }
            }
        }
    }

    var byteCount: Int { trigrams.byteCount + deletions.byteCount }

    func deallocate() {
        trigrams.deallocate()
        deletions.deallocate()
    }
}

/// Three neighbouring letters; the first two of a word with its beginning.
enum Trigram {
    @inline(__always)
    static func forEach(_ letters: UnsafeBufferPointer<UInt32>, _ body: (UInt64) -> Void) {
        guard letters.count >= 2 else { return }
        body(key(0, letters[0], letters[1]))
        for place in 2..<max(2, letters.count) { body(key(letters[place - 2], letters[place - 1], letters[place])) }
    }

    @inline(__always)
    static func key(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> UInt64 {
        UInt64(first) << 42 | UInt64(second) << 21 | UInt64(third)
    }
}

/// What is left of a word when no letter or one is taken away: two words one error apart (a letter wrong, missing, too
/// many, or two swapped) share one of these.
enum Deletion {
    @inline(__always)
    static func forEach(_ letters: UnsafeBufferPointer<UInt32>, _ body: (UInt64) -> Void) {
        body(hash(letters, without: -1))
        for place in 0..<letters.count {
            // Taking away either of two equal neighbours leaves the same.
            if place > 0, letters[place] == letters[place - 1] { continue }
            body(hash(letters, without: place))
        }
    }

    @inline(__always)
    private static func hash(_ letters: UnsafeBufferPointer<UInt32>, without place: Int) -> UInt64 {
        var hash: UInt64 = 0
        for index in 0..<letters.count where index != place {
            hash = (hash ^ UInt64(letters[index])) &* 0x9FB2_1C65_1E98_DF25
            hash ^= hash >> 31
        }
        return hash
    }
}
