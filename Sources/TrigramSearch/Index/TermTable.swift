// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A dictionary in the order of its terms' bytes, with the names that each term is in. Plain pointers, owned by a
/// ``Segment``.
struct TermTable: @unchecked Sendable {
    typealias Table<Element> = UnsafeMutableBufferPointer<Element>

    var bytes = Table<UInt8>(start: nil, count: 0)
    /// One more than there are terms, as `postingStart` and `documentsBefore`.
    var start = Table<UInt32>(start: nil, count: 0)
    var postingStart = Table<UInt32>(start: nil, count: 0)
    var postings = Table<NamePosting>(start: nil, count: 0)
    /// How many documents, name by name, the terms before have: a range of terms is a difference.
    var documentsBefore = Table<UInt32>(start: nil, count: 0)
    /// The first eight bytes of each term, as a number; empty where the table does without.
    var keys = Table<UInt64>(start: nil, count: 0)
    /// The same of each ``sampleStep``th term, where there are not all.
    var samples = Table<UInt64>(start: nil, count: 0)
    static let sampleStep = 16
    /// The first term that is in no ``TermSpace``.
    var firstPlain = 0

    var count: Int { start.count - 1 }

    var byteCount: Int {
        bytes.count + 4 * (start.count + postingStart.count + postings.count + documentsBefore.count)
            + 8 * (keys.count + samples.count)
    }

    func deallocate() {
        bytes.deallocate()
        start.deallocate()
        postingStart.deallocate()
        postings.deallocate()
        documentsBefore.deallocate()
        keys.deallocate()
        samples.deallocate()
    }

    @inline(__always)
    subscript(term: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[Int(start[term])..<Int(start[term + 1])])
    }

    @inline(__always)
    func documents(low: Int, high: Int) -> Int { Int(documentsBefore[high] &- documentsBefore[low]) }

    /// The first term that is not before `text` (behind the byte `space`, where not 0).
    ///
    /// - Complexity: O(log terms)
    func lowerBound(_ text: UnsafeBufferPointer<UInt8>, space: UInt8 = 0) -> Int {
        var (low, high) = space == 0 ? (firstPlain, count) : (0, firstPlain)
        if space == 0, !keys.isEmpty {
            let key = ByteOrder.key(text)
            while low < high {
                let middle = (low + high) / 2
                let own = keys[middle]
                if own < key || own == key && ByteOrder.compare(self[middle], text) < 0 {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
        if space == 0, !samples.isEmpty { narrow(&low, &high, ByteOrder.key(text)) }
        while low < high {
            let middle = (low + high) / 2
            if isBefore(middle, text, space) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Leaves of a range what may be the first term that is not before the key.
    private func narrow(_ low: inout Int, _ high: inout Int, _ key: UInt64) {
        // The first sample that is not below the key: the one before it is, and what is behind one above is too far.
        var (first, end) = (0, samples.count)
        while first < end {
            let middle = (first + end) / 2
            if samples[middle] < key { first = middle + 1 } else { end = middle }
        }
        if first > 0 { low = max(low, (first - 1) * Self.sampleStep + 1) }
        while first < samples.count, samples[first] == key { first += 1 }
        if first < samples.count { high = max(low, min(high, first * Self.sampleStep)) }
    }

    @inline(__always)
    private func isBefore(_ term: Int, _ text: UnsafeBufferPointer<UInt8>, _ space: UInt8) -> Bool {
        let own = self[term]
        if space == 0 { return ByteOrder.compare(own, text) < 0 }
        if own[0] != space { return own[0] < space }
        return ByteOrder.compare(UnsafeBufferPointer(rebasing: own[1...]), text) < 0
    }

    /// The term `text`.
    func find(_ text: UnsafeBufferPointer<UInt8>, space: UInt8 = 0) -> Int? {
        guard !text.isEmpty else { return nil }
        let found = lowerBound(text, space: space)
        guard found < count else { return nil }
        let own = self[found]
        if space == 0 { return ByteOrder.areEqual(own, text) ? found : nil }
        guard own[0] == space, ByteOrder.areEqual(UnsafeBufferPointer(rebasing: own[1...]), text) else { return nil }
        return found
    }

    func find(_ text: [UInt8], space: UInt8 = 0) -> Int? {
        text.withUnsafeBufferPointer { find($0, space: space) }
    }

    /// The terms that begin with `text`, itself among them.
    func beginning(with text: [UInt8]) -> Range<Int> {
        guard let last = text.last else { return 0..<0 }
        return text.withUnsafeBufferPointer { typed in
            func begins(_ term: Int) -> Bool { ByteOrder.commonPrefix(self[term], typed) == typed.count }
            let low = lowerBound(typed)
            // Most beginnings have few terms: look near first.
            var step = 1
            while low + step <= count, step < 64, begins(low + step - 1) { step *= 2 }
            if step < 64 {
                var (from, to) = (low + step / 2, min(count, low + step))
                while from < to {
                    let middle = (from + to) / 2
                    if begins(middle) { from = middle + 1 } else { to = middle }
                }
                return low..<max(low, from)
            }
            // No byte of UTF-8 is 255, so the last byte has a next one.
            var next = text
            next[next.count - 1] = last &+ 1
            return low..<max(low, next.withUnsafeBufferPointer { lowerBound($0) })
        }
    }

    /// The terms of one ``TermSpace``.
    func terms(of space: UInt8) -> Range<Int> {
        func bound(_ byte: UInt8) -> Int {
            var (low, high) = (0, firstPlain)
            while low < high {
                let middle = (low + high) / 2
                if bytes[Int(start[middle])] < byte { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return bound(space)..<bound(space + 1)
    }
}

/// Writes a ``TermTable``, term by term in order.
struct TermTableWriter {
    private var bytes: [UInt8] = []
    private var start: [UInt32] = []
    private var postingStart: [UInt32] = []
    private(set) var postings: [NamePosting] = []

    init(terms: Int, bytes: Int, postings: Int) {
        self.bytes.reserveCapacity(bytes)
        start.reserveCapacity(terms + 1)
        postingStart.reserveCapacity(terms + 1)
        self.postings.reserveCapacity(postings)
    }

    var count: Int { start.count }

    mutating func begin(_ text: UnsafeBufferPointer<UInt8>) {
        start.append(UInt32(bytes.count))
        postingStart.append(UInt32(postings.count))
        bytes.append(contentsOf: text)
    }

    @inline(__always)
    mutating func append(_ posting: NamePosting) { postings.append(posting) }

    mutating func append(_ some: some Sequence<NamePosting>) { postings.append(contentsOf: some) }

    /// Puts the last term's postings in order, one for each name.
    mutating func sortLast() {
        let first = Int(postingStart[postingStart.count - 1])
        guard postings.count - first > 1 else { return }
        postings[first...].sort()
        var kept = first
        for index in (first + 1)..<postings.count {
            if postings[index] >> Place.bits == postings[kept] >> Place.bits {
                postings[kept] |= postings[index]
            } else {
                kept += 1
                postings[kept] = postings[index]
            }
        }
        postings.removeLast(postings.count - kept - 1)
    }

    /// - Parameter texts: by term, how many documents have it beside those of its names.
    consuming func finish(
        documentsOf documentStart: UnsafeMutableBufferPointer<UInt32>, texts: UnsafeMutableBufferPointer<UInt32>?,
        withKeys: Bool
    ) -> TermTable {
        start.append(UInt32(bytes.count))
        postingStart.append(UInt32(postings.count))
        var table = TermTable()
        table.bytes = .copying(bytes)
        table.start = .copying(start)
        table.postingStart = .copying(postingStart)
        table.postings = .copying(postings)
        let count = table.count
        table.documentsBefore = .allocate(capacity: count + 1)
        var before: UInt32 = 0
        for term in 0..<count {
            table.documentsBefore[term] = before
            for index in Int(table.postingStart[term])..<Int(table.postingStart[term + 1]) {
                let posting = table.postings[index]
                if UInt8(truncatingIfNeeded: posting) & Place.searched == 0 { continue }
                let name = Int(posting >> Place.bits)
                before &+= documentStart[name + 1] &- documentStart[name]
            }
            if let texts { before &+= texts[term + 1] &- texts[term] }
        }
        table.documentsBefore[count] = before
        while table.firstPlain < count, table[table.firstPlain][0] < TermSpace.firstWordByte { table.firstPlain += 1 }
        if withKeys {
            table.keys = .allocate(capacity: count)
            for term in 0..<count { table.keys[term] = ByteOrder.key(table[term]) }
        } else {
            let step = TermTable.sampleStep
            table.samples = .allocate(capacity: (count + step - 1) / step)
            for sample in 0..<table.samples.count { table.samples[sample] = ByteOrder.key(table[sample * step]) }
        }
        return table
    }
}

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
    static func copying(_ array: [Element]) -> Self {
        let table = Self.allocate(capacity: array.count)
        _ = table.initialize(from: array)
        return table
    }

    static func zeros(_ count: Int) -> Self where Element: FixedWidthInteger {
        let table = Self.allocate(capacity: count)
        table.initialize(repeating: 0)
        return table
    }
}
