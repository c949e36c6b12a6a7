// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the terms that a word with typing errors may mean, that contain it, or that begin with something like it.
///
/// One error is found surely, by what is left when a letter is taken away; two errors and what lies inside a word by
/// shared trigrams, of which the best are compared letter by letter.
struct ForgivingLookup {
    /// Terms compared for one word in one segment, by shared trigrams.
    static let comparedMax = 200
    /// Terms that one word may mean in one segment.
    static let meaningsMax = 64

    /// Shared trigrams by term; all zero between lookups.
    private var counters: [UInt8] = []
    private var candidates: [UInt32] = []
    private var distance = EditDistance()
    private var letters: [UInt32] = []
    private var deletionKeys: [UInt64] = []
    private var trigramKeys: [UInt64] = []
    /// Trigrams that a term must share.
    private var trigramsLeast = 0

    /// Typing errors forgiven in a word of so many letters.
    static func errorsMax(letters: Int) -> Int {
        letters < 3 ? 0 : letters < 6 ? 1 : 2
    }

    /// The terms for `word`, and adds to `work` what it cost, in postings.
    mutating func terms(for word: QueryWord, in tables: SegmentTables, work: inout Int) -> [TermRange] {
        let count = word.letters.count
        guard word.kind == .letters, count >= 3, count <= SpellingTables.trigramPointsMax + 2 else { return [] }
        distance.setWord(word.letters)
        takeKeys(of: word)
        var found: [TermRange] = []
        addByDeletion(word, tables, &work)
        work += candidates.count * 8
        candidates.sort()
        var previous = UInt32.max
        for term in candidates where term != previous {
            previous = term
            if let range = meaning(byDeletion: Int(term), word, tables) { found.append(range) }
        }
        let known = Set(found.map(\.low))
        addByTrigrams(tables, &work)
        work += candidates.count * 8
        for term in candidates where !known.contains(Int(term)) {
            if let range = meaning(byTrigrams: Int(term), word, tables) { found.append(range) }
        }
        // The best, and among equals the first of the dictionary.
        found.sort { $0.quality != $1.quality ? $0.quality > $1.quality : $0.low < $1.low }
        if found.count > Self.meaningsMax { found.removeLast(found.count - Self.meaningsMax) }
        return found
    }

    /// The word's own trigrams and deletions. Buckets are shared by several keys, the more the smaller a segment is;
    /// what they bring is compared with these, so that the division into segments shows in no answer.
    private mutating func takeKeys(of word: QueryWord) {
        deletionKeys.removeAll(keepingCapacity: true)
        trigramKeys.removeAll(keepingCapacity: true)
        word.letters.withUnsafeBufferPointer { letters in
            Deletion.forEach(letters) { deletionKeys.append($0) }
            Trigram.forEach(letters) { key in
                if !trigramKeys.contains(key) { trigramKeys.append(key) }
            }
        }
        let errors = Self.errorsMax(letters: word.letters.count)
        trigramsLeast = max(min(2, trigramKeys.count), trigramKeys.count - 3 * errors)
    }

    private mutating func addByDeletion(_ word: QueryWord, _ tables: SegmentTables, _ work: inout Int) {
        candidates.removeAll(keepingCapacity: true)
        let table = tables.spelling.deletions
        guard word.letters.count <= SpellingTables.deletionPoints.upperBound + 1, table.start.count > 1 else { return }
        for key in deletionKeys {
            let bucket = table.bucket(key)
            let (start, end) = (Int(table.start[bucket]), Int(table.start[bucket + 1]))
            candidates.append(contentsOf: table.entries[start..<end])
            work += 2 + end - start
        }
    }

    /// Counts shared trigrams and leaves the terms with the most in `candidates`.
    private mutating func addByTrigrams(_ tables: SegmentTables, _ work: inout Int) {
        candidates.removeAll(keepingCapacity: true)
        let table = tables.spelling.trigrams
        guard table.start.count > 1 else { return }
        if counters.count < tables.words.count { counters = Array(repeating: 0, count: tables.words.count) }
        let least = UInt8(truncatingIfNeeded: trigramsLeast)
        var visited = 0
        // Taken out for the while, so that both may be changed at once; no copy is made.
        var candidates: [UInt32] = []
        swap(&candidates, &self.candidates)
        counters.withUnsafeMutableBufferPointer { counters in
            for key in trigramKeys {
                let bucket = table.bucket(key)
                for term in table.entries[Int(table.start[bucket])..<Int(table.start[bucket + 1])] {
                    let count = counters[Int(term)] &+ 1
                    counters[Int(term)] = count
                    if count == least { candidates.append(term) }
                    visited += 1
                }
            }
            Self.keepBest(&candidates, counters)
            for key in trigramKeys {
                let bucket = table.bucket(key)
                for term in table.entries[Int(table.start[bucket])..<Int(table.start[bucket + 1])] {
                    counters[Int(term)] = 0
                }
            }
        }
        swap(&candidates, &self.candidates)
        work += visited / 4
    }

    /// Keeps the ``comparedMax`` candidates with the most shared trigrams, the first of the dictionary among equals.
    private static func keepBest(_ candidates: inout [UInt32], _ counters: UnsafeMutableBufferPointer<UInt8>) {
        guard candidates.count > comparedMax else { return }
        var byCount = [Int](repeating: 0, count: 256)
        for term in candidates { byCount[Int(counters[Int(term)])] += 1 }
        var (least, kept) = (255, 0)
        while least > 0, kept + byCount[least] <= comparedMax {
            kept += byCount[least]
            least -= 1
        }
        var atLeast = candidates.filter { Int(counters[Int($0)]) == least }
        atLeast.sort()
        let best = candidates.filter { Int(counters[Int($0)]) > least }
        candidates = best + atLeast.prefix(comparedMax - kept)
    }

    /// How well a term fits that came by deletion: one error apart, or two where both words really share what is left.
    private mutating func meaning(byDeletion term: Int, _ word: QueryWord, _ tables: SegmentTables) -> TermRange? {
        let text = tables.words[term]
        let apart = distance.distance(to: text)
        guard apart.whole <= Self.errorsMax(letters: word.letters.count) else { return nil }
        UTF8Text.points(of: text, into: &letters)
        if apart.whole > 1 {
            var isShared = false
            letters.withUnsafeBufferPointer { letters in
                Deletion.forEach(letters) { key in isShared = isShared || deletionKeys.contains(key) }
            }
            guard isShared else { return nil }
        }
        let longest = max(word.letters.count, letters.count)
        return TermRange(
            low: term, high: term + 1, quality: Self.quality(errors: apart.whole, letters: longest), isForgiven: true)
    }

    /// How well a term fits that came by trigrams, as a whole, by its beginning or by what it contains.
    private mutating func meaning(byTrigrams term: Int, _ word: QueryWord, _ tables: SegmentTables) -> TermRange? {
        let text = tables.words[term]
        let typed = word.letters.count
        let apart = distance.distance(to: text)
        var quality = 0
        if apart.whole <= Self.errorsMax(letters: typed) {
            quality = Self.quality(errors: apart.whole, letters: max(typed, Self.letterCount(text)))
        } else if typed >= 4, apart.prefix <= (typed < 7 ? 1 : 2), word.isLast || apart.prefix == 0 {
            // A beginning with errors only where the word may be unfinished.
            let part = 75 + 20 * typed / max(typed, Self.letterCount(text))
            quality = Self.quality(errors: apart.prefix, letters: typed) * part / 100
        }
        if quality == 0, Self.contains(text, word.bytes) { quality = 450 + 250 * word.bytes.count / text.count }
        guard quality > 0 else { return nil }
        UTF8Text.points(of: text, into: &letters)
        var own: [UInt64] = []
        letters.withUnsafeBufferPointer { letters in Trigram.forEach(letters) { own.append($0) } }
        guard trigramKeys.reduce(0, { $0 + (own.contains($1) ? 1 : 0) }) >= trigramsLeast else { return nil }
        return TermRange(low: term, high: term + 1, quality: quality, isForgiven: true)
    }

    private static func quality(errors: Int, letters: Int) -> Int {
        errors == 0 ? 1000 : max(100, 900 - 900 * errors / (letters + 1) - 60 * errors)
    }

    private static func letterCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in text where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ part: [UInt8]) -> Bool {
        guard let first = part.first, part.count <= text.count else { return false }
        for start in 0...(text.count - part.count) where text[start] == first {
            var length = 1
            while length < part.count, text[start + length] == part[length] { length += 1 }
            if length == part.count { return true }
        }
        return false
    }
}
