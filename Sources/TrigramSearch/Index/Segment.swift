// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// An immutable part of the index: a dictionary of terms, their postings, and columns by document. Documents are numbered
// within it in date order, so that a range of dates is a slice of every posting list.

/// The tables of a segment, as plain pointers: a reader uses a copy and touches no reference count. They live as long as
/// the ``Segment`` that owns them.
struct SegmentTables: @unchecked Sendable {
    typealias Table<Element> = UnsafeMutableBufferPointer<Element>

    // MARK: Dictionary, in the order of the terms' bytes

    var termBytes: Table<UInt8>
    /// One more than there are terms, as `postingStart`.
    var termStart: Table<UInt32>
    var postingStart: Table<UInt32>
    var postings: Table<Posting>

    // MARK: Documents, in the order of start and id

    var starts: Table<Int64>
    var days: Table<Int32>
    var numbers: Table<UInt32>
    var ids: Table<UInt8>
    var idStart: Table<UInt32>

    // MARK: Lookups, made from the above

    /// Terms below are those of other ``TermSpace``s.
    var firstWord = 0
    /// The terms of ``TermSpace/type``, and by document which of them it has, + 1.
    var typeTerms = 0..<0
    var typeOf = Table<UInt32>(start: nil, count: 0)
    /// Documents in the order of their numbers.
    var byNumber = Table<UInt32>(start: nil, count: 0)
    /// Documents + 1 by the hash of the id; a power of two.
    var idSlots = Table<UInt32>(start: nil, count: 0)
    /// Words by trigram, and words by what is left when a letter is taken away.
    var trigrams = BucketTable()
    var deletions = BucketTable()
    /// Documents by the first one or two letters of their words, where they are many.
    var prefixes = PrefixBitmaps()
    /// The longest distance, in days, between a document's local day and the day of its start in UTC.
    var daySkewMax: Int64 = 0

    var termCount: Int { termStart.count - 1 }
    var documentCount: Int { numbers.count }

    @inline(__always)
    func term(_ term: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: termBytes[Int(termStart[term])..<Int(termStart[term + 1])])
    }

    @inline(__always)
    func id(_ document: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: ids[Int(idStart[document])..<Int(idStart[document + 1])])
    }

    @inline(__always)
    func frequency(_ term: Int) -> Int {
        Int(postingStart[term + 1] - postingStart[term])
    }

    /// Bytes that the tables take.
    var byteCount: Int {
        termBytes.count + 4 * (termStart.count + postingStart.count + postings.count) + 8 * starts.count
            + 4 * (days.count + numbers.count + idStart.count + typeOf.count + byNumber.count + idSlots.count)
            + ids.count + trigrams.byteCount + deletions.byteCount + prefixes.byteCount
    }

    func deallocate() {
        termBytes.deallocate()
        termStart.deallocate()
        postingStart.deallocate()
        postings.deallocate()
        starts.deallocate()
        days.deallocate()
        numbers.deallocate()
        ids.deallocate()
        idStart.deallocate()
        typeOf.deallocate()
        byNumber.deallocate()
        idSlots.deallocate()
        trigrams.deallocate()
        deletions.deallocate()
        prefixes.deallocate()
    }
}

/// Lists of terms by a hash: entries of bucket `b` are `entries[start[b]..<start[b + 1]]`.
struct BucketTable: @unchecked Sendable {
    var start = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    var entries = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    var shift: UInt64 = 64

    var byteCount: Int { 4 * (start.count + entries.count) }

    @inline(__always)
    func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> shift) }

    func deallocate() {
        start.deallocate()
        entries.deallocate()
    }
}

/// Owns the tables of a segment.
final class Segment: Sendable {
    let tables: SegmentTables

    init(_ tables: SegmentTables) {
        self.tables = tables
    }

    deinit { tables.deallocate() }

    /// The document with the caller's number, whether alive or not; nil where there is none.
    ///
    /// - Complexity: O(log documents)
    func document(numbered number: UInt32) -> Int? {
        var (low, high) = (0, tables.byNumber.count)
        while low < high {
            let middle = (low + high) / 2
            if tables.numbers[Int(tables.byNumber[middle])] < number { low = middle + 1 } else { high = middle }
        }
        guard low < tables.byNumber.count else { return nil }
        let document = Int(tables.byNumber[low])
        return tables.numbers[document] == number ? document : nil
    }
}
