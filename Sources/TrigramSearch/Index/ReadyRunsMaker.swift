// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Decides which runs of words are kept ready made: those of which it would cost much more to put their documents together
/// from what is ready made of their parts.
///
/// The words are gone through as a tree of beginnings. Each adds its documents once, to the beginning that it belongs to,
/// and each beginning adds what it gathered to the one before it.
struct ReadyRunsMaker {
    /// What putting documents together must cost at least, in postings, for them to be kept ready made: as much as of one
    /// document in so many, and never less than a few thousand. Of a single word less: it is a part of many beginnings, and
    /// may be meant by many misspellings.
    static let share = 48
    static let wordShare = 144
    static let costMin = 2_048
    /// A set is for more than one document in so many, counted name by name, and never for less than a few thousand.
    static let setShare = 16
    static let setMin = 4_096
    /// Letters that are kept ready made in any case, if they cost so much: how well they fit depends on nothing else.
    static let shortLetters = 2

    private(set) var runs: [ReadyRun] = []
    private(set) var bits: [UInt64] = []
    let wordsEach: Int
    private(set) var starts: [UInt32] = []
    private(set) var gaps: [UInt8] = []
    let blocks: Int

    private let tables: SegmentTables
    private let words: TermTable
    private let costMin: Int
    private let wordCostMin: Int
    private let setMin: Int
    /// Documents that were gathered, a set for each depth of the tree.
    private var gathered: [UnsafeMutableBufferPointer<UInt64>] = []

    init(_ tables: SegmentTables) {
        self.tables = tables
        words = tables.words
        wordsEach = (tables.documentCount + 63) / 64
        blocks = (tables.documentCount + 1 << DocumentList.blockBits - 1) >> DocumentList.blockBits
        costMin = max(Self.costMin, tables.documentCount / Self.share)
        wordCostMin = max(Self.costMin, tables.documentCount / Self.wordShare)
        setMin = max(Self.setMin, tables.documentCount / Self.setShare)
        gathered = [.zeros(wordsEach)]
    }

    mutating func make() {
        let all = words.firstPlain..<words.count
        if !all.isEmpty, cost(all) > wordCostMin { _ = divide(all, bytes: 0, depth: 0) }
        for set in gathered { set.deallocate() }
        gathered.removeAll()
    }

    /// What gathering the documents of words costs, name by name.
    private func cost(_ run: Range<Int>) -> Int {
        let names = Int(words.postingStart[run.upperBound] - words.postingStart[run.lowerBound])
        return PartMatcher.namesWork * names + words.documents(low: run.lowerBound, high: run.upperBound)
    }

    // MARK: The tree

    /// Gathers the documents of all words that begin with the same bytes, beginning by beginning. Returns what that costs
    /// with what was made ready.
    private mutating func divide(_ run: Range<Int>, bytes: Int, depth: Int) -> Int {
        var cost = 0
        var low = run.lowerBound
        while low < run.upperBound {
            let end = self.end(ofBeginning: words[low], bytes)
            // What goes on with the same letter; a word that ends here is alone.
            let high = end > bytes ? self.high(ofBeginning: words[low][..<end], low..<run.upperBound) : low + 1
            let part = low..<high
            let own = self.cost(part)
            if own > wordCostMin {
                cost += make(part, bytes: max(1, end), depth: depth)
            } else {
                insert(part, depth: depth)
                cost += own
            }
            low = high
        }
        return cost
    }

    /// Gathers the documents of one run, makes them ready if that is worth it, and adds them to those of the run around it.
    /// Returns what finding them costs then.
    private mutating func make(_ run: Range<Int>, bytes: Int, depth: Int) -> Int {
        while gathered.count <= depth + 1 { gathered.append(.zeros(wordsEach)) }
        var cost: Int
        let first = words[run.lowerBound]
        if run.count == 1 {
            insert(run, depth: depth + 1)
            cost = self.cost(run)
        } else {
            let common = ByteOrder.commonPrefix(first, words[run.upperBound - 1])
            cost = divide(run, bytes: beginning(of: first, common), depth: depth + 1)
        }
        let names = namesBesides(run, bytes)
        // No word, and so no beginning of one, has more than ``SearchLimits/termBytesMax`` bytes: they fit one byte.
        var ready = ReadyRun(
            low: UInt32(run.lowerBound), high: UInt32(run.upperBound), place: 0, documents: 0, form: .parts,
            names: .apart, bytes: UInt8(bytes), namesFrom: UInt8(clamping: names.from))
        let isBeginning = run.count > 1
        let isApart = isBeginning && names.cost > 0
        let whole = cost + (isApart ? names.cost : 0)
        let documents = DocumentSet.count(gathered[depth + 1])
        let isShort = isBeginning && letters(first, bytes) <= Self.shortLetters
        let isSet = words.documents(low: run.lowerBound, high: run.upperBound) > setMin
        let kept = isSet ? wordsEach / 4 : documents
        if whole > (isBeginning ? costMin : wordCostMin), whole > 2 * kept || isShort {
            // The names come last, so that the run around it has only what its words have.
            add(to: depth)
            if isApart {
                insert(names: names.range, depth: depth + 1)
                ready.names = .among
            } else {
                cost = kept
            }
            keep(&ready, asSet: isSet, depth: depth + 1)
            runs.append(ready)
        } else {
            add(to: depth)
            if isBeginning { runs.append(ready) }
        }
        gathered[depth + 1].update(repeating: 0)
        return cost
    }

    private func letters(_ word: UnsafeBufferPointer<UInt8>, _ bytes: Int) -> Int {
        word[..<bytes].reduce(0) { $1 & 0xC0 != 0x80 ? $0 + 1 : $0 }
    }

    /// The end of the letter at `bytes`, or `bytes` where the word has none there.
    private func end(ofBeginning word: UnsafeBufferPointer<UInt8>, _ bytes: Int) -> Int {
        var end = bytes
        if end < word.count { _ = UTF8Text.decode(word, &end) }
        return end
    }

    /// As many of the bytes as are whole letters.
    private func beginning(of word: UnsafeBufferPointer<UInt8>, _ bytes: Int) -> Int {
        var end = bytes
        while end > 0, end < word.count, word[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    /// Behind the last word of a range that begins so, as its first does.
    private func high(ofBeginning text: Slice<UnsafeBufferPointer<UInt8>>, _ range: Range<Int>) -> Int {
        let text = UnsafeBufferPointer(rebasing: text)
        var (low, high) = (range.lowerBound + 1, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.commonPrefix(words[middle], text) == text.count { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Names

    /// The whole names that begin as the words of a run do, and have none of them; the bytes from which on there are none
    /// such, and what going through them costs.
    private func namesBesides(_ run: Range<Int>, _ bytes: Int) -> (range: Range<Int>, from: Int, cost: Int) {
        let first = words[run.lowerBound]
        let names = tables.names
        let range = names.beginning(with: Array(first[..<bytes]))
        var from = bytes
        var postings = 0
        for term in range {
            for index in Int(names.postingStart[term])..<Int(names.postingStart[term + 1]) {
                postings += 1
                let posting = names.postings[index]
                // A word of the run must be wherever the name is, so that it fits as well.
                var missing = UInt8(truncatingIfNeeded: posting & Place.mask) & Place.searched
                for entry in tables.nameWords[posting >> Place.bits] where run.contains(Int(entry >> Place.bits)) {
                    missing &= ~UInt8(truncatingIfNeeded: entry & Place.mask)
                }
                if missing != 0 { from = max(from, ByteOrder.commonPrefix(names[term], first) + 1) }
            }
        }
        if from == bytes { return (range, from, 0) }
        let documents = names.documents(low: range.lowerBound, high: range.upperBound)
        return (range, from, PartMatcher.namesWork * postings + documents)
    }

    // MARK: Documents

    /// Gathers the documents of words.
    private func insert(_ run: Range<Int>, depth: Int) {
        let postings = Int(words.postingStart[run.lowerBound])..<Int(words.postingStart[run.upperBound])
        insert(words.postings, postings, depth)
        if tables.texts.isEmpty { return }
        let (texts, bits) = (tables.texts, gathered[depth])
        for index in Int(tables.textStart[run.lowerBound])..<Int(tables.textStart[run.upperBound]) {
            let document = texts[index]
            bits[Int(document >> 6)] |= 1 << UInt64(document & 63)
        }
    }

    private func insert(names range: Range<Int>, depth: Int) {
        let names = tables.names
        insert(
            names.postings, Int(names.postingStart[range.lowerBound])..<Int(names.postingStart[range.upperBound]), depth
        )
    }

    private func insert(
        _ postings: UnsafeMutableBufferPointer<NamePosting>, _ range: Range<Int>, _ depth: Int
    ) {
        let (starts, documents, bits) = (tables.documentStart, tables.documents, gathered[depth])
        for index in range {
            if index + 8 < range.upperBound { starts.prefetch(Int(postings[index + 8] >> Place.bits)) }
            let posting = postings[index]
            if UInt8(truncatingIfNeeded: posting) & Place.searched == 0 { continue }
            let name = Int(posting >> Place.bits)
            for place in Int(starts[name])..<Int(starts[name + 1]) {
                let document = documents[place]
                bits[Int(document >> 6)] |= 1 << UInt64(document & 63)
            }
        }
    }

    /// Adds what was gathered at one depth to the one above.
    private func add(to depth: Int) {
        guard depth > 0 else { return }
        let (above, own) = (gathered[depth], gathered[depth + 1])
        for word in 0..<wordsEach { above[word] |= own[word] }
    }

    /// Writes what was gathered as a set or a list.
    private mutating func keep(_ run: inout ReadyRun, asSet isSet: Bool, depth: Int) {
        run.documents = UInt32(DocumentSet.count(gathered[depth]))
        if isSet {
            run.form = .set
            run.place = UInt32(bits.count / wordsEach)
            bits += gathered[depth]
            return
        }
        run.form = .list
        run.place = UInt32(starts.count / (blocks + 1))
        let each = 1 << (DocumentList.blockBits - 6)
        starts.append(UInt32(gaps.count))
        for block in 0..<blocks {
            let words = (block * each)..<min(wordsEach, (block + 1) * each)
            DocumentList.append(gathered[depth], words: words, block: block, to: &gaps)
            starts.append(UInt32(gaps.count))
        }
    }
}
