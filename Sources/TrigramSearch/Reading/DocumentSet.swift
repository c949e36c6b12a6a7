// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import CIntrinsics

/// A set of documents of one segment, as bits below a summary, so that a small set is gone through and emptied at its own
/// cost. Reused from query to query.
///
/// Owned by a reader; its methods change only what the pointers lead to.
struct DocumentSet {
    /// Documents of a block: those of one cache line. A bit of the summary stands for each block with a document in it.
    static let blockBits = 9

    private var words = UnsafeMutablePointer<UInt64>.allocate(capacity: 8)
    private var summary = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private(set) var capacity = 0
    private var summaryCount = 0

    init() {}

    func deallocate() {
        words.deallocate()
        summary.deallocate()
    }

    /// Makes room for so many documents; the set is empty then.
    mutating func reserve(_ documents: Int) {
        guard documents > capacity else { return }
        deallocate()
        let blocks = (documents + 511) >> Self.blockBits
        capacity = blocks << Self.blockBits
        summaryCount = (blocks + 63) / 64
        words = .allocate(capacity: blocks * 8)
        words.initialize(repeating: 0, count: blocks * 8)
        summary = .allocate(capacity: summaryCount)
        summary.initialize(repeating: 0, count: summaryCount)
    }

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        words[document >> 6] >> UInt64(document & 63) & 1 != 0
    }

    @inline(__always)
    func insert(_ document: Int) {
        words[document >> 6] |= 1 << UInt64(document & 63)
        summary[document >> 15] |= 1 << UInt64(document >> 9 & 63)
    }

    /// Inserts, and returns whether it was new.
    @inline(__always)
    func insertNew(_ document: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(document & 63)
        if words[document >> 6] & bit != 0 { return false }
        words[document >> 6] |= bit
        summary[document >> 15] |= 1 << UInt64(document >> 9 & 63)
        return true
    }

    @inline(__always)
    func remove(_ document: Int) {
        words[document >> 6] &= ~(1 << UInt64(document & 63))
    }

    /// Calls `body` with each block that may hold a document.
    @inline(__always)
    private func forEachBlock(_ body: (Int) -> Void) {
        for index in 0..<summaryCount {
            var rest = summary[index]
            while rest != 0 {
                body(index << 6 + rest.trailingZeroBitCount)
                rest &= rest &- 1
            }
        }
    }

    func removeAll() {
        forEachBlock { block in
            (words + block << 3).update(repeating: 0, count: 8)
        }
        summary.update(repeating: 0, count: summaryCount)
    }

    static func count(_ words: UnsafeMutableBufferPointer<UInt64>) -> Int {
        words.baseAddress.map { box_office_count_bits_of_words($0, words.count) } ?? 0
    }

    var count: Int { box_office_count_bits(words, summary, summaryCount) }

    /// Calls `body` with each document, in order.
    @inline(__always)
    func visit(_ body: (Int) -> Void) {
        forEachBlock { block in
            for word in (block << 3)..<(block << 3 + 8) {
                var bits = words[word]
                while bits != 0 {
                    body(word << 6 + bits.trailingZeroBitCount)
                    bits &= bits &- 1
                }
            }
        }
    }

    /// Inserts a run of documents.
    func insert(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let (first, last) = (range.lowerBound >> 6, (range.upperBound - 1) >> 6)
        for word in first...last {
            var bits = UInt64.max
            if word == first { bits &= .max << UInt64(range.lowerBound & 63) }
            if word == last { bits &= .max >> UInt64(63 - (range.upperBound - 1) & 63) }
            words[word] |= bits
        }
        for block in (first >> 3)...(last >> 3) { summary[block >> 6] |= 1 << UInt64(block & 63) }
    }

    /// Inserts those documents of a ready-made set that lie in the slice.
    func insert(_ set: DenseSet, in slice: Range<Int>) {
        guard !slice.isEmpty else { return }
        let (first, last) = (slice.lowerBound >> 6, (slice.upperBound - 1) >> 6)
        for word in first...last {
            var bits = set.words[word]
            if word == first { bits &= .max << UInt64(slice.lowerBound & 63) }
            if word == last { bits &= .max >> UInt64(63 - (slice.upperBound - 1) & 63) }
            words[word] |= bits
        }
        for block in (first >> 3)...(last >> 3) { summary[block >> 6] |= 1 << UInt64(block & 63) }
    }

    /// Inserts those documents of a ready-made list that lie in the slice.
    func insert(_ list: DocumentList, in slice: Range<Int>) {
        guard !slice.isEmpty else { return }
        let raw = UnsafeMutableRawPointer(words)
        let (first, last) = (
            slice.lowerBound >> DocumentList.blockBits, (slice.upperBound - 1) >> DocumentList.blockBits
        )
        for block in first...last {
            let base = block << DocumentList.blockBits
            let isInner = base >= slice.lowerBound && base + 1 << DocumentList.blockBits <= slice.upperBound
            list.visit(block: block) { document in
                if isInner || slice.contains(document) {
                    // Byte by byte: neighbours of one word need not wait for each other.
                    let byte = raw.load(fromByteOffset: document >> 3, as: UInt8.self)
                    raw.storeBytes(of: byte | 1 << UInt8(document & 7), toByteOffset: document >> 3, as: UInt8.self)
                }
                return true
            }
        }
        for block in (slice.lowerBound >> Self.blockBits)...((slice.upperBound - 1) >> Self.blockBits) {
            summary[block >> 6] |= 1 << UInt64(block & 63)
        }
    }

    func formUnion(_ other: DocumentSet) {
        other.forEachBlock { block in
            let (own, theirs) = (words + block << 3, other.words + block << 3)
            for word in 0..<8 { own[word] |= theirs[word] }
            summary[block >> 6] |= 1 << UInt64(block & 63)
        }
    }

    func formIntersection(_ other: DocumentSet) {
        forEachBlock { block in
            let (own, theirs) = (words + block << 3, other.words + block << 3)
            for word in 0..<8 { own[word] &= theirs[word] }
        }
    }

    /// Keeps what is in `bits` too, `wordCount` words of it.
    func formIntersection(_ bits: UnsafePointer<UInt64>, wordCount: Int) {
        forEachBlock { block in
            let base = block << 3
            for word in base..<(base + 8) { words[word] &= word < wordCount ? bits[word] : 0 }
        }
    }

    func subtract(_ other: DocumentSet) {
        forEachBlock { block in
            let (own, theirs) = (words + block << 3, other.words + block << 3)
            for word in 0..<8 { own[word] &= ~theirs[word] }
        }
    }

    func subtract(_ bits: UnsafePointer<UInt64>, wordCount: Int) {
        forEachBlock { block in
            let base = block << 3
            for word in base..<min(base + 8, wordCount) { words[word] &= ~bits[word] }
        }
    }

    /// Takes out what is gone.
    ///
    /// - Complexity: O(blocks of which something is gone): a page of tombstones has as many as a word of the summary.
    func subtract(_ gone: TombstoneBits) {
        for index in 0..<min(summaryCount, gone.pageCount) {
            guard let page = gone.page(index) else { continue }
            var rest = summary[index] & page.blocks
            while rest != 0 {
                let block = rest.trailingZeroBitCount
                let (own, theirs) = (words + (index << 6 + block) << 3, page.words + block << 3)
                for word in 0..<8 { own[word] &= ~theirs[word] }
                rest &= rest &- 1
            }
        }
    }

    /// The first document at or behind `document`, or nil.
    func next(from document: Int) -> Int? {
        guard document < capacity else { return nil }
        var word = document >> 6
        var bits = words[word] & (.max << UInt64(document & 63))
        while bits == 0 {
            word += 1
            if word & 7 == 0 {
                // At a block's beginning: to the next that may hold something.
                var block = word >> 3
                var index = block >> 6
                guard index < summaryCount else { return nil }
                var rest = summary[index] & (.max << UInt64(block & 63))
                while rest == 0 {
                    index += 1
                    if index == summaryCount { return nil }
                    rest = summary[index]
                }
                block = index << 6 + rest.trailingZeroBitCount
                word = block << 3
            }
            bits = words[word]
        }
        return word << 6 + bits.trailingZeroBitCount
    }

    /// The last document before `document`, or nil.
    func previous(before document: Int) -> Int? {
        guard document > 0 else { return nil }
        let last = min(document, capacity) - 1
        guard last >= 0 else { return nil }
        var word = last >> 6
        var bits = words[word] & (.max >> UInt64(63 - last & 63))
        while bits == 0 {
            if word & 7 == 0 {
                var block = word >> 3 - 1
                guard block >= 0 else { return nil }
                var index = block >> 6
                var rest = summary[index] & (.max >> UInt64(63 - block & 63))
                while rest == 0 {
                    index -= 1
                    if index < 0 { return nil }
                    rest = summary[index]
                }
                block = index << 6 + 63 - rest.leadingZeroBitCount
                word = block << 3 + 7
            } else {
                word -= 1
            }
            bits = words[word]
        }
        return word << 6 + 63 - bits.leadingZeroBitCount
    }
}
