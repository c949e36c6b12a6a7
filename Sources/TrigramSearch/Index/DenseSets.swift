// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// One typed letter begins a tenth of all words. What it finds is kept as a bit a document, so that it is a condition like
// any other: combined a word of 64 documents at a time.

/// The documents of a segment as bits, ready made.
struct DenseSet: BitwiseCopyable {
    let words: UnsafePointer<UInt64>
    /// How many documents.
    let documents: Int

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        words[document >> 6] >> UInt64(document & 63) & 1 != 0
    }
}

/// The sets of a segment, by the run of words that they stand for.
struct DenseSets: @unchecked Sendable {
    /// Shorter lists are gone through as they are.
    static let documentsMin = 4_096
    /// Sets for more than one document in so many.
    static let share = 16

    private struct Entry {
        var low: UInt32
        var high: UInt32
        var documents: UInt32
        /// Whether names that begin as the words do are there too.
        var hasNames: Bool
    }

    private var entries = UnsafeMutableBufferPointer<Entry>(start: nil, count: 0)
    private var bits = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)
    private var wordsEach = 0

    var byteCount: Int { bits.count * 8 + entries.count * MemoryLayout<Entry>.size }

    func deallocate() {
        entries.deallocate()
        bits.deallocate()
    }

    /// The set for exactly these words, and names that begin as they do, if there is one.
    ///
    /// - Complexity: O(sets), some dozen.
    func set(beginnings words: Range<Int>) -> DenseSet? { set(words, hasNames: true) }

    /// The set for exactly this word.
    ///
    /// - Complexity: O(sets), some dozen.
    func set(word: Int) -> DenseSet? { set(word..<(word + 1), hasNames: false) }

    private func set(_ words: Range<Int>, hasNames: Bool) -> DenseSet? {
        guard let base = bits.baseAddress else { return nil }
        for number in 0..<entries.count {
            let entry = entries[number]
            if Int(entry.low) == words.lowerBound, Int(entry.high) == words.upperBound, entry.hasNames == hasNames {
                return DenseSet(words: UnsafePointer(base + number * wordsEach), documents: Int(entry.documents))
            }
        }
        return nil
    }

    init() {}

    /// Sets for words, and for beginnings of up to three letters, that more than one document in ``share`` has.
    init(_ tables: SegmentTables) {
        let words = tables.words
        let least = max(Self.documentsMin, tables.documentCount / Self.share)
        guard words.documents(low: 0, high: words.count) > least else { return }
        var runs: [(words: Range<Int>, letters: Int)] = []
        for term in words.firstPlain..<words.count where words.documents(low: term, high: term + 1) > least {
            runs.append((term..<(term + 1), 0))
        }
        for letters in 1...3 {
            var low = words.firstPlain
            for term in words.firstPlain..<words.count {
                let isEnd = term + 1 == words.count
                if isEnd || Self.prefix(words[term], letters) != Self.prefix(words[term + 1], letters) {
                    if words.documents(low: low, high: term + 1) > least, term > low {
                        runs.append((low..<(term + 1), letters))
                    }
                    low = term + 1
                }
            }
        }
        wordsEach = (tables.documentCount + 63) / 64
        bits = .zeros(wordsEach * runs.count)
        entries = .allocate(capacity: runs.count)
        var scratch = Scratch(tables)
        for (number, run) in runs.enumerated() {
            scratch.fill(run.words, tables)
            let set = UnsafeMutableBufferPointer(rebasing: bits[(number * wordsEach)..<((number + 1) * wordsEach)])
            _ = set.update(from: scratch.bits)
            if run.letters > 0 { Self.fill(set, namesBeginningAs: run.words.lowerBound, run.letters, tables) }
            entries.initializeElement(
                at: number,
                to: Entry(
                    low: UInt32(run.words.lowerBound), high: UInt32(run.words.upperBound),
                    documents: UInt32(set.reduce(0) { $0 + $1.nonzeroBitCount }), hasNames: run.letters > 0))
        }
    }

    /// The documents of a run of words, as bits.
    struct Scratch {
        private(set) var bits: [UInt64]
        private var isMarked: [Bool]
        private var marked: [Int] = []

        init(_ tables: SegmentTables) {
            bits = Array(repeating: 0, count: (tables.documentCount + 63) / 64)
            isMarked = Array(repeating: false, count: tables.nameCount)
        }

        /// Takes the documents of these words in the place of those before.
        mutating func fill(_ run: Range<Int>, _ tables: SegmentTables) {
            for word in bits.indices { bits[word] = 0 }
            let words = tables.words
            for index in Int(words.postingStart[run.lowerBound])..<Int(words.postingStart[run.upperBound]) {
                let posting = words.postings[index]
                let name = Int(posting >> Place.bits)
                guard UInt8(truncatingIfNeeded: posting) & Place.searched != 0, !isMarked[name] else { continue }
                isMarked[name] = true
                marked.append(name)
                for place in Int(tables.documentStart[name])..<Int(tables.documentStart[name + 1]) {
                    let document = tables.documents[place]
                    bits[Int(document >> 6)] |= 1 << UInt64(document & 63)
                }
            }
            for name in marked { isMarked[name] = false }
            marked.removeAll(keepingCapacity: true)
            for index in Int(tables.textStart[run.lowerBound])..<Int(tables.textStart[run.upperBound]) {
                let document = tables.texts[index]
                bits[Int(document >> 6)] |= 1 << UInt64(document & 63)
            }
        }

        /// Calls `body` with the documents of one block of a ``DocumentList``, in order.
        func visit(block: Int, _ body: (Int) -> Void) {
            let words = 1 << (DocumentList.blockBits - 6)
            for word in (block * words)..<min(bits.count, (block + 1) * words) {
                var rest = bits[word]
                while rest != 0 {
                    body(word << 6 + rest.trailingZeroBitCount)
                    rest &= rest &- 1
                }
            }
        }
    }

    /// Whole names that begin with the first letters of a word: "a b" begins with "ab".
    private static func fill(
        _ set: UnsafeMutableBufferPointer<UInt64>, namesBeginningAs word: Int, _ letters: Int, _ tables: SegmentTables
    ) {
        let text = tables.words[word]
        var end = 0
        for _ in 0..<letters where end < text.count { _ = UTF8Text.decode(text, &end) }
        let found = tables.names.beginning(with: Array(text[..<end]))
        for index in Int(tables.names.postingStart[found.lowerBound])..<Int(tables.names.postingStart[found.upperBound])
        {
            let posting = tables.names.postings[index]
            guard UInt8(truncatingIfNeeded: posting) & Place.searched != 0 else { continue }
            let name = Int(posting >> Place.bits)
            for place in Int(tables.documentStart[name])..<Int(tables.documentStart[name + 1]) {
                let document = tables.documents[place]
                set[Int(document >> 6)] |= 1 << UInt64(document & 63)
            }
        }
    }

    /// The first letters of a term, as a number; 0 where it has fewer.
    @inline(__always)
    private static func prefix(_ term: UnsafeBufferPointer<UInt8>, _ letters: Int) -> UInt64 {
        var prefix: UInt64 = 0
        var position = 0
        for _ in 0..<letters {
            guard position < term.count else { return 0 }
            prefix = prefix << 21 | UInt64(UTF8Text.decode(term, &position))
        }
        return prefix
    }
}

/// The documents of each type: as bits where they are many, else as a list.
struct TypeSets: @unchecked Sendable {
    enum Documents {
        case set(DenseSet)
        case list(UnsafeBufferPointer<UInt32>)
    }

    private var start = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var lists = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var bits = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)
    /// By type, which set it has, + 1, and of how many documents.
    private var sets = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var counts = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var wordsEach = 0

    init() {}

    /// - Parameter typeOf: by document, its type + 1, or 0.
    init(typeOf: UnsafeBufferPointer<UInt32>, types: Int) {
        wordsEach = (typeOf.count + 63) / 64
        counts = .zeros(types)
        sets = .zeros(types)
        for type in typeOf where type > 0 { counts[Int(type) - 1] += 1 }
        var made = 0
        for type in 0..<types where Int(counts[type]) * 64 > typeOf.count {
            made += 1
            sets[type] = UInt32(made)
        }
        bits = .zeros(made * wordsEach)
        start = .zeros(types + 1)
        for type in 0..<types { start[type + 1] = start[type] + (sets[type] == 0 ? counts[type] : 0) }
        lists = .allocate(capacity: Int(start[types]))
        var next = Array(start)
        for document in 0..<typeOf.count where typeOf[document] > 0 {
            let type = Int(typeOf[document]) - 1
            if sets[type] > 0 {
                bits[(Int(sets[type]) - 1) * wordsEach + document >> 6] |= 1 << UInt64(document & 63)
            } else {
                lists[Int(next[type])] = UInt32(document)
                next[type] += 1
            }
        }
    }

    var typeCount: Int { counts.count }

    func documents(ofType type: Int) -> Documents {
        if sets[type] > 0, let base = bits.baseAddress {
            return .set(
                DenseSet(
                    words: UnsafePointer(base + (Int(sets[type]) - 1) * wordsEach), documents: Int(counts[type])))
        }
        return .list(UnsafeBufferPointer(rebasing: lists[Int(start[type])..<Int(start[type + 1])]))
    }

    func contains(_ document: Int, type: Int) -> Bool {
        switch documents(ofType: type) {
        case .set(let set): return set.contains(document)
        case .list(let list):
            var (low, high) = (0, list.count)
            while low < high {
                let middle = (low + high) / 2
                if list[middle] < UInt32(document) { low = middle + 1 } else { high = middle }
            }
            return low < list.count && list[low] == UInt32(document)
        }
    }

    /// By document, its type + 1, or 0: what the sets were made from.
    func typeOf(documents: Int) -> [UInt32] {
        var typeOf = [UInt32](repeating: 0, count: documents)
        for type in 0..<typeCount {
            switch self.documents(ofType: type) {
            case .set(let set):
                for word in 0..<wordsEach {
                    var rest = set.words[word]
                    while rest != 0 {
                        typeOf[word << 6 + rest.trailingZeroBitCount] = UInt32(type) + 1
                        rest &= rest &- 1
                    }
                }
            case .list(let list):
                for document in list { typeOf[Int(document)] = UInt32(type) + 1 }
            }
        }
        return typeOf
    }

    var byteCount: Int { 4 * (start.count + lists.count) + 8 * (bits.count + counts.count) }

    func deallocate() {
        start.deallocate()
        lists.deallocate()
        bits.deallocate()
        sets.deallocate()
        counts.deallocate()
    }
}
