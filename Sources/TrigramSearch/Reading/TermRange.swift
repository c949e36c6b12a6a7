// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Finding terms in a segment's dictionary, and how well each fits what was typed.

/// Neighbouring terms of a segment that answer one word of a query.
struct TermRange: BitwiseCopyable {
    var low: Int
    var high: Int
    /// 1…1000: how well the terms fit; where ``prefixBytes`` is set, each by how much of it was typed.
    var quality: Int
    /// Bytes that were typed of longer terms; 0 where the terms fit as they are.
    var prefixBytes = 0
    /// Where not 0, only postings with one of these places count.
    var places: UInt8 = 0
    /// Whether all postings fit alike, wherever in their document they are.
    var isFlat = false

    @inline(__always)
    func quality(of term: Int, _ tables: SegmentTables) -> Int {
        if prefixBytes == 0 { return quality }
        let bytes = Int(tables.termStart[term + 1] - tables.termStart[term])
        return bytes == prefixBytes ? quality : quality * (700 + 250 * prefixBytes / bytes) / 1000
    }
}

/// The terms that answer one condition of a query, any of them, and how much the condition weighs.
struct TermGroup {
    var ranges: [TermRange] = []
    /// 0 for a filter.
    var weight = 0
    /// Documents that answer it besides, and how well: a beginning so short that its terms are not gone through.
    var bitmap: PrefixBitmap?

    /// Postings of all its terms.
    func frequency(_ tables: SegmentTables) -> Int {
        ranges.reduce(bitmap?.documents ?? 0) {
            $0 + Int(tables.postingStart[$1.high] - tables.postingStart[$1.low])
        }
    }

    var termCount: Int { ranges.reduce(0) { $0 + $1.high - $1.low } }

    /// What it costs to look one document up in all lists, in postings.
    var probingWork: Int { 1 + 8 * termCount }
}

extension SegmentTables {
    /// The first term that is not before `text` (behind the byte `space`, where not 0).
    ///
    /// - Complexity: O(log terms)
    func lowerBound(_ text: [UInt8], space: UInt8 = 0) -> Int {
        text.withUnsafeBufferPointer { text in
            var (low, high) = space == 0 ? (firstWord, termCount) : (0, firstWord)
            while low < high {
                let middle = (low + high) / 2
                if isBefore(middle, text, space) { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    @inline(__always)
    private func isBefore(_ term: Int, _ text: UnsafeBufferPointer<UInt8>, _ space: UInt8) -> Bool {
        let own = self.term(term)
        if space == 0 { return ByteOrder.compare(own, text) < 0 }
        if own[0] != space { return own[0] < space }
        return ByteOrder.compare(UnsafeBufferPointer(rebasing: own[1...]), text) < 0
    }

    /// The term `text`, alone.
    func exact(_ text: [UInt8], space: UInt8 = 0, quality: Int = 1000, places: UInt8 = 0) -> TermRange? {
        guard !text.isEmpty else { return nil }
        let found = lowerBound(text, space: space)
        guard found < termCount, isEqual(found, text, space) else { return nil }
        return TermRange(low: found, high: found + 1, quality: quality, places: places)
    }

    /// All terms that begin with `text`, itself among them.
    func beginning(with text: [UInt8], space: UInt8 = 0, quality: Int = 1000, places: UInt8 = 0) -> TermRange? {
        guard let last = text.last else { return nil }
        let low = lowerBound(text, space: space)
        // No byte of UTF-8 is 255, so the last byte has a next one.
        var next = text
        next[next.count - 1] = last &+ 1
        let high = lowerBound(next, space: space)
        guard low < high else { return nil }
        return TermRange(
            low: low, high: high, quality: quality, prefixBytes: text.count + (space == 0 ? 0 : 1), places: places)
    }

    private func isEqual(_ term: Int, _ text: [UInt8], _ space: UInt8) -> Bool {
        text.withUnsafeBufferPointer { text in
            let own = self.term(term)
            if space == 0 { return ByteOrder.areEqual(own, text) }
            return own[0] == space && ByteOrder.areEqual(UnsafeBufferPointer(rebasing: own[1...]), text)
        }
    }

    /// The document whose id has these bytes, alive or not.
    func documents(withID bytes: [UInt8]) -> [Int] {
        guard !bytes.isEmpty, bytes.count <= SearchLimits.idBytesMax, idSlots.count > 0 else { return [] }
        return bytes.withUnsafeBufferPointer { bytes in
            var found: [Int] = []
            var slot = Int(ByteStringTable.hash(bytes, seed: 0)) & (idSlots.count - 1)
            while idSlots[slot] != 0, found.count < 64 {
                let document = Int(idSlots[slot] - 1)
                if ByteOrder.areEqual(id(document), bytes) { found.append(document) }
                slot = (slot + 1) & (idSlots.count - 1)
            }
            return found
        }
    }

    /// The first document in `range` that begins at `start` or later.
    func firstDocument(from start: Int64, in range: Range<Int>) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
