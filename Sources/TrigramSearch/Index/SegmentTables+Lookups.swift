// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension SegmentTables {
    /// Words of more letters than this are found by beginning only, not by typing errors or from inside.
    static let trigramPointsMax = 32
    /// Whole names of several words are long and many: typing errors in them are looked for up to here.
    static let wholeTrigramPointsMax = 16
    /// Lengths of words for which one missing letter is looked up directly: trigrams are weak on these.
    static let deletionPoints = 3...16

    /// Makes what is derived from dictionary and columns.
    mutating func makeLookups() {
        firstWord = lowerBound(space: TermSpace.firstWordByte)
        typeTerms = lowerBound(space: TermSpace.type)..<lowerBound(space: TermSpace.type + 1)
        typeOf = .allocate(capacity: documentCount)
        typeOf.initialize(repeating: 0)
        for term in typeTerms {
            for posting in postings[Int(postingStart[term])..<Int(postingStart[term + 1])] {
                typeOf[Int(posting >> 8)] = UInt32(term - typeTerms.lowerBound + 1)
            }
        }
        makeDocumentLookups()
        makeWordLookups()
        prefixes = PrefixBitmaps.make(self)
    }

    /// The first term whose first byte is not below `space`.
    func lowerBound(space: UInt8) -> Int {
        var (low, high) = (0, termCount)
        while low < high {
            let middle = (low + high) / 2
            if termBytes[Int(termStart[middle])] < space { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func makeDocumentLookups() {
        var numbered = numbers.enumerated().map { UInt64($1) << 32 | UInt64($0) }
        numbered.sort()
        byNumber = .allocate(capacity: documentCount)
        for (place, entry) in numbered.enumerated() { byNumber[place] = UInt32(truncatingIfNeeded: entry) }

        var capacity = 4
        while capacity < documentCount + documentCount / 2 { capacity *= 2 }
        idSlots = .allocate(capacity: capacity)
        idSlots.initialize(repeating: 0)
        for document in 0..<documentCount {
            var slot = Int(ByteStringTable.hash(id(document), seed: 0)) & (capacity - 1)
            while idSlots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            idSlots[slot] = UInt32(document) + 1
        }
        for document in 0..<documentCount {
            let day = SearchDocument.localDay(startsMilliseconds: starts[document], offsetMinutes: 0)
            daySkewMax = max(daySkewMax, abs(Int64(day) - Int64(days[document])))
        }
    }

    private mutating func makeWordLookups() {
        // The letters of every word that typing errors are looked for in: decoded once.
        var points: [UInt32] = []
        var words: [(term: UInt32, start: Int, count: Int)] = []
        var letters: [UInt32] = []
        for term in firstWord..<termCount {
            UTF8Text.points(of: self.term(term), into: &letters)
            guard letters.count >= 2, letters.count <= Self.trigramPointsMax else { continue }
            if letters.count > Self.wholeTrigramPointsMax, !isWord(term) { continue }
            words.append((UInt32(term), points.count, letters.count))
            points.append(contentsOf: letters)
        }
        points.withUnsafeBufferPointer { points in
            trigrams = BucketTable.make(words, entriesPerBucket: 16, bucketsMax: 1 << 17) { word, body in
                let letters = UnsafeBufferPointer(rebasing: points[word.start..<(word.start + word.count)])
                Trigram.forEach(letters, body)
            }
            let short = words.filter { Self.deletionPoints.contains($0.count) }
            deletions = BucketTable.make(short, entriesPerBucket: 4, bucketsMax: 1 << 22) { word, body in
                let letters = UnsafeBufferPointer(rebasing: points[word.start..<(word.start + word.count)])
                Deletion.forEach(letters, body)
            }
        }
    }

    /// Whether a document has the term as a word, and not only as a whole name without its spaces.
    private func isWord(_ term: Int) -> Bool {
        for posting in postings[Int(postingStart[term])..<Int(postingStart[term + 1])]
        where UInt8(truncatingIfNeeded: posting) & Place.anyWord != 0 {
            return true
        }
        return false
    }
}

extension BucketTable {
    /// Puts each word's number into the buckets of its keys: counted first, then filled, so that a bucket lists its
    /// words in order.
    static func make(
        _ words: [(term: UInt32, start: Int, count: Int)], entriesPerBucket: Int, bucketsMax: Int,
        _ keys: ((term: UInt32, start: Int, count: Int), (UInt64) -> Void) -> Void
    ) -> BucketTable {
        let estimate = words.reduce(0) { $0 + $1.count } / entriesPerBucket
        var (bits, buckets) = (UInt64(4), 16)
        while buckets < estimate, buckets < bucketsMax { (bits, buckets) = (bits + 1, buckets * 2) }
        var table = BucketTable()
        table.shift = 64 - bits
        table.start = .allocate(capacity: buckets + 1)
        table.start.initialize(repeating: 0)
        for word in words { keys(word) { table.start[table.bucket($0) + 1] += 1 } }
        for bucket in 0..<buckets { table.start[bucket + 1] += table.start[bucket] }
        table.entries = .allocate(capacity: Int(table.start[buckets]))
        for word in words {
            keys(word) { hash in
                let bucket = table.bucket(hash)
                table.entries[Int(table.start[bucket])] = word.term
                table.start[bucket] += 1
            }
        }
        // Filling moved every start to its end, which is the next one's start.
        for bucket in stride(from: buckets, to: 0, by: -1) { table.start[bucket] = table.start[bucket - 1] }
        table.start[0] = 0
        return table
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
