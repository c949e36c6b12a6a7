// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// One typed letter begins a tenth of all words. What it finds is kept as a bit a document, so that it is a condition like
// any other: tested in one step, gone through in order.

/// The documents of a segment with a word that begins in a certain way.
struct PrefixBitmap: BitwiseCopyable {
    let words: UnsafePointer<UInt64>
    /// How many documents.
    let documents: Int
    var quality: Int { Ranking.shortPrefixQuality }

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        words[document >> 6] >> UInt64(document & 63) & 1 != 0
    }

    /// Calls `body` with each document of the slice, in order.
    @inline(__always)
    func forEach(in slice: Range<Int>, _ body: (Int) -> Void) {
        guard !slice.isEmpty else { return }
        for word in (slice.lowerBound >> 6)...((slice.upperBound - 1) >> 6) {
            var bits = words[word]
            while bits != 0 {
                let document = word << 6 + bits.trailingZeroBitCount
                bits &= bits &- 1
                if slice.contains(document) { body(document) }
            }
        }
    }
}

/// The bitmaps of a segment, by the run of terms that they stand for.
struct PrefixBitmaps: @unchecked Sendable {
    /// Shorter lists of postings are gone through as they are.
    static let postingsMin = 4_096

    private struct Entry {
        var low: UInt32
        var high: UInt32
        var documents: UInt32
    }

    private var entries = UnsafeMutableBufferPointer<Entry>(start: nil, count: 0)
    private var bits = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)
    private var wordsEach = 0

    var byteCount: Int { bits.count * 8 + entries.count * MemoryLayout<Entry>.size }

    func deallocate() {
        entries.deallocate()
        bits.deallocate()
    }

    /// The bitmap for exactly these terms, if there is one.
    ///
    /// - Complexity: O(bitmaps), some hundred.
    func bitmap(low: Int, high: Int) -> PrefixBitmap? {
        guard let base = bits.baseAddress else { return nil }
        for (number, entry) in entries.enumerated() where Int(entry.low) == low && Int(entry.high) == high {
            return PrefixBitmap(words: UnsafePointer(base + number * wordsEach), documents: Int(entry.documents))
        }
        return nil
    }

    /// Bitmaps for those first letters, and first two letters, that more than one document in 32 has: there a bitmap is
    /// smaller than a list.
    static func make(_ tables: SegmentTables) -> PrefixBitmaps {
        let least = max(postingsMin, tables.documentCount / 32)
        guard Int(tables.postingStart[tables.termCount]) > least else { return PrefixBitmaps() }
        var runs: [Range<Int>] = []
        for letters in 1...2 {
            var low = tables.firstWord
            for term in tables.firstWord..<tables.termCount {
                let isEnd = term + 1 == tables.termCount
                if isEnd || prefix(tables.term(term), letters) != prefix(tables.term(term + 1), letters) {
                    let postings = Int(tables.postingStart[term + 1] - tables.postingStart[low])
                    if postings > least, term > low { runs.append(low..<(term + 1)) }
                    low = term + 1
                }
            }
        }
        var made = PrefixBitmaps()
        made.wordsEach = (tables.documentCount + 63) / 64
        made.bits = .allocate(capacity: made.wordsEach * runs.count)
        made.bits.initialize(repeating: 0)
        made.entries = .allocate(capacity: runs.count)
        for (number, run) in runs.enumerated() {
            let bitmap = UnsafeMutableBufferPointer(
                rebasing: made.bits[(number * made.wordsEach)..<((number + 1) * made.wordsEach)])
            let (start, end) = (Int(tables.postingStart[run.lowerBound]), Int(tables.postingStart[run.upperBound]))
            for posting in tables.postings[start..<end] {
                bitmap[Int(posting >> 14)] |= 1 << UInt64(posting >> 8 & 63)
            }
            made.entries.initializeElement(
                at: number,
                to: Entry(
                    low: UInt32(run.lowerBound), high: UInt32(run.upperBound),
                    documents: UInt32(bitmap.reduce(0) { $0 + $1.nonzeroBitCount })))
        }
        return made
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
