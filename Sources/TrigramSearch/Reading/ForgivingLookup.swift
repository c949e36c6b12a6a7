// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the terms that a word with typing errors may mean, that begin with something like it, or that contain it.
///
/// All of them are found: words are looked up by what is left of both when letters are taken away, which words so near to
/// each other share (``Deletion``, ``Beginning``), and from inside by the rarest of the trigrams. What comes of it is
/// compared letter by letter.
struct ForgivingLookup {
    /// Terms that one word may mean in one segment.
    static let meaningsMax = 256
    /// From so many letters on a word is looked for inside others.
    static let insideLettersMin = 4

    /// What comparing a word with another letter by letter costs, in postings.
    private static let comparingWork = 40

    /// What was looked up, and what was found.
    private struct Lookup {
        var segment: UnsafeMutablePointer<UInt8>?
        var word: [UInt8]
        var isLast: Bool
        var errors: Int
        var terms: [TermRange]
        var isCut: Bool
    }

    /// Whether the last lookup left out some of what a word may mean.
    private(set) var wasCut = false
    private var lookups: [Lookup] = []
    private var candidates: [UInt32] = []
    private var distance = EditDistance()
    private var errors = TypingErrors()
    private var keys: [UInt64] = []
    /// A bit for each term; none is set between two words.
    private var bits: [UInt64] = []
    /// So few candidates are sorted one by one.
    private static let sortedMax = 64

    /// Forgets what was looked up: before another query, since the segments may be others.
    mutating func forget() { lookups.removeAll(keepingCapacity: true) }

    /// The terms for `word`, and adds to `work` what it cost, in postings. Where more errors are forgiven word by word, much
    /// is asked again: what was looked up is known until ``forget()``.
    mutating func terms(
        for word: QueryWord, in tables: SegmentTables, _ forgiveness: Forgiveness, work: inout Int
    ) -> [TermRange] {
        let count = word.letters.count
        let errors = forgiveness.errors(letters: count)
        wasCut = false
        guard word.kind == .letters, errors > 0, count <= SpellingTables.lettersMax + 2, tables.words.count > 0 else {
            return []
        }
        let segment = tables.words.bytes.baseAddress
        for known in lookups where known.segment == segment && known.errors == errors && known.isLast == word.isLast {
            if known.word == word.bytes {
                wasCut = known.isCut
                return known.terms
            }
        }
        let terms = look(for: word, in: tables, errors, &work)
        lookups.append(
            Lookup(
                segment: segment, word: word.bytes, isLast: word.isLast, errors: errors, terms: terms, isCut: wasCut))
        return terms
    }

    private mutating func look(
        for word: QueryWord, in tables: SegmentTables, _ errors: Int, _ work: inout Int
    ) -> [TermRange] {
        let count = word.letters.count
        candidates.removeAll(keepingCapacity: true)
        let spelling = word.letters.withUnsafeBufferPointer { Spelling($0) }
        addByDeletion(word, spelling, errors, tables.spelling, &work)
        if word.isLast, (4...5).contains(count) { addByBeginning(word, tables, &work) }
        if count >= Self.insideLettersMin { addFromInside(word, spelling, tables.spelling, &work) }
        guard !candidates.isEmpty else { return [] }
        work += candidates.count * 8
        order(tables.words.count)
        distance.setWord(word.letters)
        self.errors.setWord(word.letters)
        var found: [TermRange] = []
        for term in candidates {
            work += Self.comparingWork
            guard let range = meaning(Int(term), word, spelling, errors, tables) else { continue }
            // Neighbours that begin alike are one.
            if range.prefixBytes > 0, let last = found.last, last.high == range.low, last.prefixBytes > 0,
                last.quality == range.quality, last.isLikely == range.isLikely
            {
                found[found.count - 1].high = range.high
            } else {
                found.append(range)
            }
        }
        wasCut = found.count > Self.meaningsMax
        return wasCut ? best(of: found) : found
    }

    /// Those of the terms that fit best, the best first; among equals the first of the dictionary. Counted and not compared:
    /// there may be many hundreds.
    private func best(of found: [TermRange]) -> [TermRange] {
        var starts = [Int](repeating: 0, count: 1_002)
        for range in found { starts[1_001 - range.quality] += 1 }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
        var order = [Int](repeating: 0, count: found.count)
        for (index, range) in found.enumerated() {
            order[starts[1_000 - range.quality]] = index
            starts[1_000 - range.quality] += 1
        }
        return order.prefix(Self.meaningsMax).map { found[$0] }
    }

    /// The longer terms that contain `word`, and adds to `work` what it cost, in postings.
    mutating func terms(containing word: QueryWord, in tables: SegmentTables, work: inout Int) -> [TermRange] {
        let count = word.letters.count
        guard word.kind == .letters, count >= Self.insideLettersMin, count < SpellingTables.lettersMax,
            tables.words.count > 0
        else { return [] }
        candidates.removeAll(keepingCapacity: true)
        addFromInside(word, word.letters.withUnsafeBufferPointer { Spelling($0) }, tables.spelling, &work)
        work += candidates.count * Self.comparingWork
        var found: [TermRange] = []
        wasCut = false
        for term in candidates {
            let letters = Spelling(bits: tables.spelling.spellings[Int(term)]).count
            let text = tables.words[Int(term)]
            guard letters > count, let place = Self.place(of: word.bytes, in: text) else { continue }
            if found.count == Self.meaningsMax {
                wasCut = true
                break
            }
            let isEnd = place + word.bytes.count == text.count
            let quality = Self.insideQuality(typed: count, letters: letters, isEnd: isEnd)
            found.append(TermRange(low: Int(term), high: Int(term) + 1, quality: quality, isForgiven: true))
        }
        return found
    }

    // MARK: Candidates

    /// Puts the candidates in order, each once: by a bit for each term where they are many.
    private mutating func order(_ terms: Int) {
        if candidates.count < Self.sortedMax {
            candidates.sort()
            var kept = 1
            for index in 1..<candidates.count where candidates[index] != candidates[index - 1] {
                candidates[kept] = candidates[index]
                kept += 1
            }
            candidates.removeLast(candidates.count - kept)
            return
        }
        while bits.count * 64 < terms { bits.append(0) }
        for term in candidates { bits[Int(term >> 6)] |= 1 << UInt64(term & 63) }
        candidates.removeAll(keepingCapacity: true)
        for word in bits.indices where bits[word] != 0 {
            var rest = bits[word]
            while rest != 0 {
                candidates.append(UInt32(word << 6 + rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
            bits[word] = 0
        }
    }

    private mutating func addByDeletion(
        _ word: QueryWord, _ spelling: Spelling, _ errors: Int, _ tables: SpellingTables, _ work: inout Int
    ) {
        Deletion.keys(of: word.letters, errors: errors, into: &keys)
        // All of its first six letters were typed: then what goes on behind them does not matter.
        let mayGoOn = word.isLast && word.letters.count >= Deletion.letters
        let table = tables.deletions
        for key in keys {
            let bucket = table.bucket(key)
            let range = Int(table.start[bucket])..<Int(table.start[bucket + 1])
            work += 24 + 3 * range.count
            for index in range {
                let term = table.entries[index]
                let other = Spelling(bits: tables.spellings[Int(term)])
                if spelling.isNear(other, errors: errors) || mayGoOn && spelling.mayBegin(other, errors: errors) {
                    candidates.append(term)
                }
            }
        }
    }

    /// Words that may go on behind something like the four or five letters that were typed.
    private mutating func addByBeginning(_ word: QueryWord, _ tables: SegmentTables, _ work: inout Int) {
        let table = tables.spelling.beginnings
        let spelling = word.letters.withUnsafeBufferPointer { Spelling($0) }
        keys.removeAll(keepingCapacity: true)
        word.letters.withUnsafeBufferPointer { letters in
            Beginning.forEach(UnsafeBufferPointer(rebasing: letters[..<Beginning.letters])) { keys.append($0) }
        }
        for key in keys {
            let bucket = table.bucket(key)
            for index in Int(table.start[bucket])..<Int(table.start[bucket + 1]) {
                // All words with the same four letters lie behind the first.
                let first = Int(table.entries[index])
                let text = tables.words[first]
                var (bytes, letters) = (0, 0)
                while bytes < text.count, letters < Beginning.letters {
                    _ = UTF8Text.decode(text, &bytes)
                    letters += 1
                }
                let beginning = UnsafeBufferPointer(rebasing: text[..<bytes])
                var term = first
                while term < tables.words.count, ByteOrder.commonPrefix(tables.words[term], beginning) == bytes {
                    let other = Spelling(bits: tables.spelling.spellings[term])
                    if spelling.mayBegin(other, errors: 1) { candidates.append(UInt32(term)) }
                    term += 1
                }
                work += 40 + 6 * (term - first)
            }
        }
    }

    /// Words with the rarest of the word's trigrams, and all its letters.
    private mutating func addFromInside(
        _ word: QueryWord, _ spelling: Spelling, _ tables: SpellingTables, _ work: inout Int
    ) {
        let table = tables.trigrams
        var rarest = 0..<Int.max
        word.letters.withUnsafeBufferPointer { letters in
            Trigram.forEach(letters) { key in
                let bucket = table.bucket(key)
                let range = Int(table.start[bucket])..<Int(table.start[bucket + 1])
                if range.count < rarest.count { rarest = range }
            }
        }
        work += 24 * word.letters.count + 3 * rarest.count
        for index in rarest {
            let term = table.entries[index]
            if spelling.mayBegin(Spelling(bits: tables.spellings[Int(term)]), errors: 0) { candidates.append(term) }
        }
    }

    // MARK: Comparing

    /// How well a term fits: as a whole, by its beginning or by what it contains; nil where not at all.
    private mutating func meaning(
        _ term: Int, _ word: QueryWord, _ spelling: Spelling, _ errors: Int, _ tables: SegmentTables
    ) -> TermRange? {
        let text = tables.words[term]
        let typed = word.letters.count
        let other = Spelling(bits: tables.spelling.spellings[term])
        let letters = other.count
        let apart = apart(text, typed, letters, errors, isLast: word.isLast)
        let isNear = apart.whole <= errors
        // The term may begin so, with errors, where the word may be unfinished.
        let mayBegin =
            word.isLast && typed >= 4 && apart.prefix > 0 && apart.prefix <= (typed < Deletion.letters ? 1 : errors)
        let place =
            typed >= Self.insideLettersMin && letters > typed && spelling.mayBegin(other, errors: 0)
            ? Self.place(of: word.bytes, in: text) : nil
        guard isNear || mayBegin || place != nil else { return nil }
        var quality = 0
        if isNear || mayBegin { self.errors.setTerm(text) }
        if isNear {
            let cost = self.errors.cost(asBeginning: false)
            quality = Self.quality(errors: apart.whole, letters: max(typed, letters), cost: cost)
        }
        if let place {
            let isEnd = place + word.bytes.count == text.count
            quality = max(quality, Self.insideQuality(typed: typed, letters: letters, isEnd: isEnd))
        }
        var range = TermRange(low: term, high: term + 1, quality: quality, isForgiven: true)
        range.isLikely = place != nil || Self.isLikely(quality, letters: typed)
        if mayBegin {
            let cost = self.errors.cost(asBeginning: true)
            var beginning = range
            beginning.quality = Self.quality(errors: apart.prefix, letters: typed, cost: cost)
            beginning.prefixBytes = word.bytes.count
            beginning.isLikely = Self.isLikely(beginning.quality, letters: typed)
            if beginning.quality(of: term, tables.words) > quality { range = beginning }
        }
        return range
    }

    /// How far a term is from the word; of one that is too long to be near, how far its beginning is.
    private func apart(
        _ text: UnsafeBufferPointer<UInt8>, _ typed: Int, _ letters: Int, _ errors: Int, isLast: Bool
    ) -> EditDistance.Result {
        // A byte for each letter; what is behind as many as were typed, and may be missing, is too far.
        let most = typed + errors
        guard letters > most, text.count == letters else { return distance.distance(to: text) }
        if !isLast { return EditDistance.Result(whole: .max, prefix: .max) }
        let beginning = UnsafeBufferPointer(rebasing: text[..<most])
        return EditDistance.Result(whole: .max, prefix: distance.distance(to: beginning).prefix)
    }

    private static func quality(errors: Int, letters: Int, cost: Int) -> Int {
        if errors == 0 { return 1000 }
        let likely = (errors * TypingErrors.Cost.usual - cost) * 6 / 5
        return min(990, max(100, 900 - 900 * errors / (letters + 1) - 60 * errors + likely))
    }

    private static func isLikely(_ quality: Int, letters: Int) -> Bool {
        letters < Ranking.doubtedLettersMin || quality >= Ranking.likely
    }

    /// Of so many letters of a longer word nothing was wrong: the more they are, the less likely by chance; and people
    /// remember ends.
    private static func insideQuality(typed: Int, letters: Int, isEnd: Bool) -> Int {
        (typed < 5 ? 450 : isEnd ? 600 : 510) + 200 * typed / letters
    }

    /// Where a text has the part.
    private static func place(of part: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = part.first, part.count <= text.count else { return nil }
        for start in 0...(text.count - part.count) where text[start] == first {
            var length = 1
            while length < part.count, text[start + length] == part[length] { length += 1 }
            if length == part.count { return start }
        }
        return nil
    }
}
