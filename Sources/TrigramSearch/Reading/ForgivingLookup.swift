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

    /// Typing errors forgiven in a word of so many letters.
    static func errorsMax(letters: Int) -> Int {
        letters < 3 ? 0 : letters < 6 ? 1 : 2
    }

    /// The terms for `word`, and adds to `work` what it cost, in postings.
    mutating func terms(for word: QueryWord, in tables: SegmentTables, work: inout Int) -> [TermRange] {
        let count = word.letters.count
        guard word.kind == .letters, count >= 3, count <= SegmentTables.trigramPointsMax + 2 else { return [] }
        distance.setWord(word.letters)
        candidates.removeAll(keepingCapacity: true)
        var found: [TermRange] = []
        addByDeletion(word, tables, &work)
        work += candidates.count * 8
        candidates.sort()
        var previous = UInt32.max
        for term in candidates where term != previous {
            previous = term
            if let range = meaning(of: Int(term), word, tables, isInside: false) { found.append(range) }
        }
        candidates.removeAll(keepingCapacity: true)
        let counted = addByTrigrams(word, tables, &work)
        work += candidates.count * 8
        for term in candidates where !found.contains(where: { $0.low == Int(term) }) {
            if let range = meaning(of: Int(term), word, tables, isInside: counted) { found.append(range) }
        }
        // The best, and among equals the first of the dictionary.
        found.sort { $0.quality != $1.quality ? $0.quality > $1.quality : $0.low < $1.low }
        if found.count > Self.meaningsMax { found.removeLast(found.count - Self.meaningsMax) }
        return found
    }

    private mutating func addByDeletion(_ word: QueryWord, _ tables: SegmentTables, _ work: inout Int) {
        let table = tables.deletions
        guard word.letters.count <= SegmentTables.deletionPoints.upperBound + 1, table.start.count > 1 else { return }
        var cost = 0
        word.letters.withUnsafeBufferPointer { letters in
            Deletion.forEach(letters) { hash in
                let bucket = table.bucket(hash)
                let (start, end) = (Int(table.start[bucket]), Int(table.start[bucket + 1]))
                candidates.append(contentsOf: table.entries[start..<end])
                cost += 2 + end - start
            }
        }
        work += cost
    }

    /// Counts shared trigrams and leaves the best terms in `candidates`, best first.
    private mutating func addByTrigrams(_ word: QueryWord, _ tables: SegmentTables, _ work: inout Int) -> Bool {
        let table = tables.trigrams
        guard word.letters.count >= 3, table.start.count > 1 else { return false }
        var buckets: [Int] = []
        word.letters.withUnsafeBufferPointer { letters in
            Trigram.forEach(letters) { key in
                let bucket = table.bucket(key)
                if !buckets.contains(bucket) { buckets.append(bucket) }
            }
        }
        if counters.count < tables.termCount { counters = Array(repeating: 0, count: tables.termCount) }
        let errors = Self.errorsMax(letters: word.letters.count)
        let least = UInt8(max(min(2, buckets.count), buckets.count - 3 * errors))
        var visited = 0
        // Taken out for the while, so that both may be changed at once; no copy is made.
        var candidates: [UInt32] = []
        swap(&candidates, &self.candidates)
        counters.withUnsafeMutableBufferPointer { counters in
            for bucket in buckets {
                for term in table.entries[Int(table.start[bucket])..<Int(table.start[bucket + 1])] {
                    let count = counters[Int(term)] &+ 1
                    counters[Int(term)] = count
                    if count == least { candidates.append(term) }
                    visited += 1
                }
            }
            Self.keepBest(&candidates, counters)
            for bucket in buckets {
                for term in table.entries[Int(table.start[bucket])..<Int(table.start[bucket + 1])] {
                    counters[Int(term)] = 0
                }
            }
        }
        swap(&candidates, &self.candidates)
        work += visited / 4
        return true
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

    /// How well the term fits the word, or nil where it does not.
    private func meaning(of term: Int, _ word: QueryWord, _ tables: SegmentTables, isInside: Bool) -> TermRange? {
        let text = tables.term(term)
        let errorsMax = Self.errorsMax(letters: word.letters.count)
        let apart = distance.distance(to: text)
        let letters = word.letters.count
        var quality = 0
        if apart.whole <= errorsMax {
            // Of a whole term as many letters as were typed, give or take the errors.
            let longest = max(letters, Self.letterCount(text))
            quality = Self.quality(errors: apart.whole, letters: longest)
        } else if letters >= 4, apart.prefix <= (letters < 7 ? 1 : 2) {
            // A beginning: certain enough only where the word may be unfinished.
            let errors = apart.prefix
            let part = 75 + 20 * letters / max(letters, Self.letterCount(text))
            if word.isLast || errors == 0 { quality = Self.quality(errors: errors, letters: letters) * part / 100 }
        }
        if quality == 0, isInside, letters >= 3, Self.contains(text, word.bytes) {
            quality = 450 + 250 * word.bytes.count / text.count
        }
        return quality == 0 ? nil : TermRange(low: term, high: term + 1, quality: quality)
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
