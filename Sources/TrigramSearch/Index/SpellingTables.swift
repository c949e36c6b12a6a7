// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What words with typing errors are looked up by: words by what is left of their beginnings when letters are taken away,
/// and by trigram for what lies inside.
struct SpellingTables: @unchecked Sendable {
    /// Words of more letters than this are found by beginning only, not by typing errors or from inside.
    static let lettersMax = 32

    /// Words by two letters taken away from their first six.
    var deletions = BucketTable()
    /// Words by one letter taken away from their first four: of all that begin with the same four, the first.
    var beginnings = BucketTable()
    var trigrams = BucketTable()
    /// By word, its ``Spelling``.
    var spellings = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)

    init() {}

    init(_ words: TermTable) {
        // The letters of every word, decoded once.
        var points: [UInt32] = []
        var spelt: [(term: UInt32, start: Int, count: Int, isFirst: Bool)] = []
        var letters: [UInt32] = []
        var beginning: [UInt32] = []
        spellings = .zeros(words.count)
        points.reserveCapacity(words.bytes.count)
        for term in words.firstPlain..<words.count {
            UTF8Text.points(of: words[term], into: &letters)
            guard letters.count >= 2, letters.count <= Self.lettersMax else { continue }
            // What no document is searched by needs no spelling.
            guard words.documents(low: term, high: term + 1) > 0 else { continue }
            spellings[term] = letters.withUnsafeBufferPointer { Spelling($0).bits }
            let isFirst = !beginning.elementsEqual(letters.prefix(Beginning.letters))
            if isFirst { beginning = Array(letters.prefix(Beginning.letters)) }
            spelt.append((UInt32(term), points.count, letters.count, isFirst))
            points.append(contentsOf: letters)
        }
        points.withUnsafeBufferPointer { points in
            let estimate = points.count
            func letters(_ index: Int) -> UnsafeBufferPointer<UInt32> {
                let word = spelt[index]
                return UnsafeBufferPointer(rebasing: points[word.start..<(word.start + word.count)])
            }
            deletions = BucketTable.make(count: spelt.count, estimate: estimate / 2, bucketsMax: 1 << 20) {
                index, body in
                Deletion.forEachPair(letters(index)) { body(spelt[index].term, $0) }
            }
            beginnings = BucketTable.make(count: spelt.count, estimate: estimate / 16, bucketsMax: 1 << 17) {
                index, body in
                guard spelt[index].isFirst else { return }
                Beginning.forEach(letters(index)) { body(spelt[index].term, $0) }
            }
            trigrams = BucketTable.make(count: spelt.count, estimate: estimate / 16, bucketsMax: 1 << 17) {
                index, body in
                Trigram.forEach(letters(index)) { body(spelt[index].term, $0) }
            }
        }
    }

    var byteCount: Int {
        trigrams.byteCount + deletions.byteCount + beginnings.byteCount + 4 * spellings.count
    }

    func deallocate() {
        trigrams.deallocate()
        deletions.deallocate()
        beginnings.deallocate()
        spellings.deallocate()
    }
}

/// Which letters a word has, and how many: enough to tell most words apart without looking at them.
struct Spelling {
    /// Letters, 26 of them told apart, below how many there are.
    let bits: UInt32

    @inline(__always)
    init(_ letters: UnsafeBufferPointer<UInt32>) {
        var bits: UInt32 = 0
        for letter in letters { bits |= 1 << (letter % 26) }
        self.bits = bits | UInt32(letters.count) << 26
    }

    @inline(__always)
    init(bits: UInt32) { self.bits = bits }

    @inline(__always)
    var count: Int { Int(bits >> 26) }

    private static let letterMask: UInt32 = 1 << 26 - 1

    @inline(__always)
    func hasSameLetters(as other: Spelling) -> Bool { (bits ^ other.bits) & Self.letterMask == 0 }

    /// Whether two words may be so few errors apart: each error changes the length by one at most, and makes one kind of
    /// letter missing at most and one come newly. Where a word is longer, so many errors at least are letters that it has
    /// too many: these make none missing.
    @inline(__always)
    func isNear(_ other: Spelling, errors: Int) -> Bool {
        let longer = other.count - count
        return abs(longer) <= errors
            && Self.hasAtMost(errors - max(0, longer), bits & ~other.bits)
            && Self.hasAtMost(errors + min(0, longer), other.bits & ~bits)
    }

    /// Whether the other word may begin with something so few errors apart from this: of this one's letters it may lack
    /// one for each.
    @inline(__always)
    func mayBegin(_ other: Spelling, errors: Int) -> Bool {
        count <= other.count + errors && Self.hasAtMost(errors, bits & ~other.bits)
    }

    /// Whether so few kinds of letters are among these: two at most, which is cheaper to see than to count them.
    @inline(__always)
    private static func hasAtMost(_ most: Int, _ bits: UInt32) -> Bool {
        var letters = bits & letterMask
        for _ in 0..<most { letters &= letters &- 1 }
        return letters == 0
    }
}

/// Three neighbouring letters.
enum Trigram {
    @inline(__always)
    static func forEach(_ letters: UnsafeBufferPointer<UInt32>, _ body: (UInt64) -> Void) {
        guard letters.count >= 3 else { return }
        for place in 2..<letters.count { body(key(letters[place - 2], letters[place - 1], letters[place])) }
    }

    @inline(__always)
    static func key(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> UInt64 {
        UInt64(first) << 42 | UInt64(second) << 21 | UInt64(third)
    }
}

/// What is left of the first six letters of a word, blanks behind a shorter one, when two are taken away.
///
/// Words that are at most two errors apart (a letter wrong, missing, too many, or two neighbours swapped) share one of
/// these: in the first six of both, the letters that have a partner among the other's first six come in the same order,
/// and each error leaves one without at most. Words with one error share all those pairs of which one is the letter
/// without a partner, so that three pairs find them.
enum Deletion {
    static let letters = 6

    /// All pairs, and those three that find one error.
    private static let pairs: [(Int, Int)] = (0..<letters).flatMap { one in
        ((one + 1)..<letters).map { (one, $0) }
    }
    private static let onePairs = [(0, 1), (2, 3), (4, 5)]

    @inline(__always)
    static func forEachPair(_ word: UnsafeBufferPointer<UInt32>, _ body: (UInt64) -> Void) {
        var six: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        let count = word.count
        if count > 0 { six.0 = UInt64(word[0]) }
        if count > 1 { six.1 = UInt64(word[1]) }
        if count > 2 { six.2 = UInt64(word[2]) }
        if count > 3 { six.3 = UInt64(word[3]) }
        if count > 4 { six.4 = UInt64(word[4]) }
        if count > 5 { six.5 = UInt64(word[5]) }
        // Those that end in the same letters are made together.
        let (a, b, c, d, e, f) = six
        body(key(c, d, e, f))
        body(key(b, d, e, f))
        body(key(b, c, e, f))
        body(key(b, c, d, f))
        body(key(b, c, d, e))
        body(key(a, d, e, f))
        body(key(a, c, e, f))
        body(key(a, c, d, f))
        body(key(a, c, d, e))
        body(key(a, b, e, f))
        body(key(a, b, d, f))
        body(key(a, b, d, e))
        body(key(a, b, c, f))
        body(key(a, b, c, e))
        body(key(a, b, c, d))
    }

    @inline(__always)
    private static func key(_ one: UInt64, _ two: UInt64, _ three: UInt64, _ four: UInt64) -> UInt64 {
        (one << 42 | two << 21 | three) &* 0x9FB2_1C65_1E98_DF25 ^ four
    }

    /// The keys by which words at most `errors` apart, one or two, are found.
    static func keys(of word: [UInt32], errors: Int, into keys: inout [UInt64]) {
        keys.removeAll(keepingCapacity: true)
        let six = (0..<letters).map { $0 < word.count ? UInt64(word[$0]) : 0 }
        for (one, other) in errors == 1 ? onePairs : pairs {
            let left = (0..<letters).filter { $0 != one && $0 != other }.map { six[$0] }
            let key = key(left[0], left[1], left[2], left[3])
            if !keys.contains(key) { keys.append(key) }
        }
    }
}

/// What is left of the first four letters of a word when one is taken away: words of which beginnings are at most one
/// error apart from four or five typed letters share one of these.
enum Beginning {
    static let letters = 4

    @inline(__always)
    static func forEach(_ word: UnsafeBufferPointer<UInt32>, _ body: (UInt64) -> Void) {
        guard word.count >= 3 else { return }
        let (a, b, c) = (word[0], word[1], word[2])
        body(Trigram.key(a, b, c))
        guard word.count > 3 else { return }
        let d = word[3]
        if d != c { body(Trigram.key(a, b, d)) }
        if c != b { body(Trigram.key(a, c, d)) }
        if b != a { body(Trigram.key(b, c, d)) }
    }
}
