// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A word that thousands of documents have is in hundreds of names all over memory. What such words find is kept ready
// made besides: as bits where it is very much (``DenseSets``), else as a list.

/// The documents of a word, in order: the lower halves of their numbers, by the upper.
struct DocumentList: BitwiseCopyable {
    /// Documents of a block share all but the lower 16 bits of their numbers.
    static let blockBits = 16

    /// Where each block's begin in `entries`, one more than there are blocks.
    fileprivate let starts: UnsafePointer<UInt32>
    fileprivate let entries: UnsafePointer<UInt16>
    fileprivate let blocks: Int

    /// How many documents.
    var count: Int { Int(starts[blocks] - starts[0]) }

    func isSame(_ other: DocumentList) -> Bool { starts == other.starts }

    /// Calls `body` with each document of the slice, in order.
    @inline(__always)
    func visit(in slice: Range<Int>, _ body: (Int) -> Void) {
        guard !slice.isEmpty else { return }
        let (first, last) = (slice.lowerBound >> Self.blockBits, (slice.upperBound - 1) >> Self.blockBits)
        for block in first...last {
            let base = block << Self.blockBits
            let isInner = base >= slice.lowerBound && base + 1 << Self.blockBits <= slice.upperBound
            for index in Int(starts[block])..<Int(starts[block + 1]) {
                let document = base | Int(entries[index])
                if isInner || slice.contains(document) { body(document) }
            }
        }
    }
}

/// The words of a segment that many documents have, each with its documents.
struct ReadyWords: @unchecked Sendable {
    /// Words that more than one document in so many has are kept, and none of fewer documents than a few hundred.
    static let share = 144
    static let documentsMin = 512

    enum Documents {
        case set(DenseSet)
        case list(DocumentList)
    }

    private struct Word {
        var term: UInt32
        /// Which list it has; none where it has a set.
        var list: Int32
        var set: DenseSet?
        /// Whether all names that begin as the word does have a word that begins so.
        var coversNames: Bool
    }

    private var words = UnsafeMutableBufferPointer<Word>(start: nil, count: 0)
    private var starts = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var entries = UnsafeMutableBufferPointer<UInt16>(start: nil, count: 0)
    private var blocks = 0

    var byteCount: Int { words.count * MemoryLayout<Word>.stride + 4 * starts.count + 2 * entries.count }

    func deallocate() {
        words.deallocate()
        starts.deallocate()
        entries.deallocate()
    }

    /// Calls `body` with each of these words that is ready made, in order: its documents, and whether all names that begin
    /// as the word does have a word that begins so.
    @inline(__always)
    func forEach(in terms: Range<Int>, _ body: (_ term: Int, Documents, _ coversNames: Bool) -> Void) {
        var (low, high) = (0, words.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(words[middle].term) < terms.lowerBound { low = middle + 1 } else { high = middle }
        }
        while low < words.count, Int(words[low].term) < terms.upperBound {
            let word = words[low]
            low += 1
            if let set = word.set {
                body(Int(word.term), .set(set), word.coversNames)
            } else if let starts = starts.baseAddress, let entries = entries.baseAddress {
                let list = DocumentList(
                    starts: UnsafePointer(starts + Int(word.list) * (blocks + 1)), entries: UnsafePointer(entries),
                    blocks: blocks)
                body(Int(word.term), .list(list), word.coversNames)
            }
        }
    }

    init() {}

    /// The tables must have their ``DenseSets``.
    init(_ tables: SegmentTables) {
        let terms = tables.words
        let least = max(Self.documentsMin, tables.documentCount / Self.share)
        guard terms.documents(low: 0, high: terms.count) > least else { return }
        blocks = (tables.documentCount + 0xFFFF) >> DocumentList.blockBits
        var (made, starts, entries): ([Word], [UInt32], [UInt16]) = ([], [], [])
        var scratch = DenseSets.Scratch(tables)
        for term in terms.firstPlain..<terms.count where terms.documents(low: term, high: term + 1) > least {
            let set = tables.dense.set(word: term)
            var word = Word(term: UInt32(term), list: 0, set: set, coversNames: Self.coversNames(term, tables))
            if set == nil {
                word.list = Int32(starts.count / (blocks + 1))
                scratch.fill(term..<(term + 1), tables)
                starts.append(UInt32(entries.count))
                for block in 0..<blocks {
                    scratch.visit(block: block) { entries.append(UInt16(truncatingIfNeeded: $0)) }
                    starts.append(UInt32(entries.count))
                }
            }
            made.append(word)
        }
        words = .copying(made)
        self.starts = .copying(starts)
        self.entries = .copying(entries)
    }

    private static func coversNames(_ term: Int, _ tables: SegmentTables) -> Bool {
        let text = Array(tables.words[term])
        let (names, words) = (tables.names, tables.words.beginning(with: text))
        let found = names.beginning(with: text)
        for index in Int(names.postingStart[found.lowerBound])..<Int(names.postingStart[found.upperBound]) {
            let places = UInt8(truncatingIfNeeded: names.postings[index] & Place.mask)
            var missing = places
            for entry in tables.nameWords[names.postings[index] >> Place.bits]
            where words.contains(Int(entry >> Place.bits)) {
                missing &= ~UInt8(truncatingIfNeeded: entry & Place.mask)
            }
            if missing != 0 { return false }
        }
        return true
    }
}
