// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// An immutable part of the index: two dictionaries, the names that they lead to, and documents. Documents are numbered
// within it in date order, so that a range of dates is a slice of every list.

/// The tables of a segment, as plain pointers: a reader uses a copy and touches no reference count. They live as long as
/// the ``Segment`` that owns them.
struct SegmentTables: @unchecked Sendable {
    typealias Table<Element> = UnsafeMutableBufferPointer<Element>

    // MARK: Dictionaries

    var words = TermTable()
    /// Names without their spaces; types and performers' ids in spaces of their own.
    var names = TermTable()
    /// By word, where its documents in `texts` begin: those in whose descriptions it is. Empty where no document has one.
    var textStart = Table<UInt32>(start: nil, count: 0)
    var texts = Table<UInt32>(start: nil, count: 0)

    // MARK: Names, in the order of kind, letters, text and identity

    /// Where titles and places begin.
    var firstTitle = 0
    var firstPlace = 0
    /// Tells names apart that read alike (two performers of one name); equal in all segments.
    var identities = Table<UInt64>(start: nil, count: 0)
    /// The name's term in ``names``; `UInt32.max` where it has none.
    var nameTerms = Table<UInt32>(start: nil, count: 0)
    var nameSizes = Table<NameSize>(start: nil, count: 0)
    /// The words and terms of each name: the dictionaries the other way round, each above its places.
    var nameWords = ForwardTable()
    var nameOwnTerms = ForwardTable()
    /// The documents of each name, in order.
    var documentStart = Table<UInt32>(start: nil, count: 0)
    var documents = Table<UInt32>(start: nil, count: 0)

    // MARK: Documents, in the order of start and id

    /// The names of each document: performers as they were given, the title, the place.
    var ownStart = Table<UInt32>(start: nil, count: 0)
    var own = Table<UInt32>(start: nil, count: 0)
    var starts = Table<Int64>(start: nil, count: 0)
    /// Days between the local date and that of the start in UTC.
    var daySkews = Table<Int8>(start: nil, count: 0)
    /// What tells the dates of one tour from those of nearly all others; equal in all segments.
    var tourMarks = Table<UInt16>(start: nil, count: 0)
    var numbers = Table<UInt32>(start: nil, count: 0)
    var ids = IDColumn()
    /// Hidden documents, a bit each; empty where there are none.
    var hidden = Table<UInt64>(start: nil, count: 0)

    // MARK: Lookups, made from the above

    var lengths = NameLengths()
    var types = TypeSets()
    var spelling = SpellingTables()
    /// Documents by words, and beginnings of words, that many of them have.
    var ready = ReadyRuns()
    var documentByNumber = NumberLookup()
    /// Documents by the hash of the id.
    var byID = BucketTable()
    /// The longest distance, in days, between a document's local day and the day of its start in UTC.
    var daySkewMax: Int64 = 0

    var documentCount: Int { numbers.count }
    var nameCount: Int { identities.count }

    @inline(__always)
    func id(_ document: Int) -> UnsafeBufferPointer<UInt8> { ids[document] }

    @inline(__always)
    func kind(_ name: Int) -> NameKind { name < firstTitle ? .performer : name < firstPlace ? .title : .place }

    @inline(__always)
    func documentCount(ofName name: Int) -> Int { Int(documentStart[name + 1] - documentStart[name]) }

    /// Tells names apart, the same number in all segments; above all numbers of tours.
    @inline(__always)
    func nameKey(_ name: Int) -> Int { Int(truncatingIfNeeded: identities[name] >> 2) | 1 << 62 }

    /// The local date of a document, in days since 1970.
    func localDay(_ document: Int) -> Int64 {
        Int64(SearchDocument.localDay(startsMilliseconds: starts[document], offsetMinutes: 0))
            + Int64(daySkews[document])
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

    /// The documents whose id has these bytes, alive or not.
    func documents(withID bytes: [UInt8]) -> [Int] {
        guard !bytes.isEmpty, bytes.count <= SearchLimits.idBytesMax, byID.start.count > 1 else { return [] }
        return bytes.withUnsafeBufferPointer { bytes in
            let bucket = byID.bucket(UInt64(ByteStringTable.hash(bytes, seed: 0)))
            var found: [Int] = []
            for index in Int(byID.start[bucket])..<Int(byID.start[bucket + 1]) {
                let document = Int(byID.entries[index])
                if ByteOrder.areEqual(id(document), bytes) { found.append(document) }
            }
            return found
        }
    }

    /// Makes what is derived from dictionaries and columns.
    mutating func makeLookups() {
        if texts.isEmpty {
            textStart.deallocate()
            textStart = Table(start: nil, count: 0)
        }
        makeTourMarks()
        for document in 0..<documentCount { daySkewMax = max(daySkewMax, abs(Int64(daySkews[document]))) }
        documentByNumber = NumberLookup(numbers)
        let columns = self
        byID = BucketTable.make(count: documentCount, estimate: documentCount / 16, bucketsMax: 1 << 20) {
            index, body in
            body(UInt32(index), UInt64(ByteStringTable.hash(columns.id(index), seed: 0)))
        }
        lengths = NameLengths(self)
        nameWords = ForwardTable(words, names: nameCount)
        nameOwnTerms = ForwardTable(names, names: nameCount)
        spelling = SpellingTables(words)
        ready = ReadyRuns(self)
    }

    /// Bytes that the tables take.
    var byteCount: Int {
        let byName = 8 * identities.count + 4 * (nameTerms.count + documentStart.count + documents.count)
        let byDocument = 8 * starts.count + 4 * (ownStart.count + own.count + numbers.count)
        let lookups =
            lengths.byteCount + nameWords.byteCount + nameOwnTerms.byteCount + types.byteCount + spelling.byteCount
            + ready.byteCount
            + documentByNumber.byteCount + byID.byteCount
        return words.byteCount + names.byteCount + 4 * (textStart.count + texts.count) + byName + 2 * nameSizes.count
            + byDocument + daySkews.count + 2 * tourMarks.count + ids.byteCount + 8 * hidden.count + lookups
    }

    func deallocate() {
        words.deallocate()
        names.deallocate()
        textStart.deallocate()
        texts.deallocate()
        identities.deallocate()
        nameTerms.deallocate()
        nameSizes.deallocate()
        documentStart.deallocate()
        documents.deallocate()
        ownStart.deallocate()
        own.deallocate()
        starts.deallocate()
        daySkews.deallocate()
        tourMarks.deallocate()
        numbers.deallocate()
        ids.deallocate()
        hidden.deallocate()
        nameWords.deallocate()
        nameOwnTerms.deallocate()
        lengths.deallocate()
        types.deallocate()
        spelling.deallocate()
        ready.deallocate()
        documentByNumber.deallocate()
        byID.deallocate()
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
    func document(numbered number: UInt32) -> Int? { tables.documentByNumber.document(number, tables.numbers) }
}

/// Finds documents by the caller's numbers: directly where these are dense, else by halving.
struct NumberLookup: @unchecked Sendable {
    private var base: UInt32 = 0
    private var isDirect = false
    /// By number, document + 1; or the documents in the order of their numbers.
    private var table = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)

    init() {}

    init(_ numbers: UnsafeMutableBufferPointer<UInt32>) {
        guard let least = numbers.min(), let most = numbers.max() else { return }
        base = least
        let span = Int(most - least) + 1
        isDirect = span <= 2 * numbers.count + 16
        if isDirect {
            table = .zeros(span)
            for document in 0..<numbers.count { table[Int(numbers[document] - least)] = UInt32(document) + 1 }
        } else {
            var numbered = numbers.enumerated().map { UInt64($1) << 32 | UInt64($0) }
            numbered.sort()
            table = .allocate(capacity: numbers.count)
            for (place, entry) in numbered.enumerated() { table[place] = UInt32(truncatingIfNeeded: entry) }
        }
    }

    var byteCount: Int { 4 * table.count }
    func deallocate() { table.deallocate() }

    /// - Complexity: O(1) where numbers are dense, else O(log documents)
    func document(_ number: UInt32, _ numbers: UnsafeMutableBufferPointer<UInt32>) -> Int? {
        if isDirect {
            guard number >= base, Int(number - base) < table.count else { return nil }
            let entry = table[Int(number - base)]
            return entry == 0 ? nil : Int(entry) - 1
        }
        var (low, high) = (0, table.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[Int(table[middle])] < number { low = middle + 1 } else { high = middle }
        }
        guard low < table.count else { return nil }
        let document = Int(table[low])
        return numbers[document] == number ? document : nil
    }
}
