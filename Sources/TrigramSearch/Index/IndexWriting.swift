// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What the writer of an index holds: the documents that are not yet published, and the parts that are.
///
/// Every part costs every query some microseconds, so they are to be few: of each size, by powers of 16, there is one when
/// all merges are done, and a document is copied some eight times a power on its way into the largest.
struct IndexWriting {
    /// Changes of the youngest part: while it has fewer, it is made anew by each publication, which costs less than to join
    /// parts of one document each.
    static let openChangesMax = 4

    /// What is not published, behind what the youngest part has where that is open.
    private(set) var builder = SegmentBuilder()
    /// Documents and removals of the builder that are published.
    private var shown = (documents: 0, removals: 0)
    /// Whether the youngest part is what the builder had when it was last published.
    private var isOpen = false
    /// The oldest, usually the largest, first.
    var parts: [SegmentPart] = []
    /// The parts that a running merge is reading: a run of neighbours, left alone meanwhile.
    var merging: [UInt64] = []
    private var nextSerial: UInt64 = 0
    /// Counts publications.
    var generation: UInt64 = 0
    var changes = ChangeLog()

    // MARK: Changes

    mutating func add(_ document: SearchDocument) { builder.add(document) }
    mutating func remove(_ number: UInt32) { builder.remove(number) }

    mutating func removeAll() {
        close()
        parts = []
        merging = []
    }

    var isPublished: Bool { builder.numbers.count == shown.documents && builder.removals.count == shown.removals }

    /// The numbers of documents that came or went since the last publication.
    var unpublished: [UInt32] {
        builder.numbers[shown.documents...] + builder.removals[shown.removals...].map(\.number)
    }

    /// Puts what was gathered into the youngest part: a new one, or in place of the open one. Returns its segment, if it has
    /// any document.
    mutating func seal() -> Segment? {
        if isOpen { parts.removeLast() }
        let segment = builder.seal()
        if let segment { append(segment) }
        if builder.numbers.count + builder.removals.count < Self.openChangesMax {
            shown = (builder.numbers.count, builder.removals.count)
            isOpen = segment != nil
        } else {
            close()
        }
        return segment
    }

    private mutating func close() {
        builder = SegmentBuilder()
        shown = (0, 0)
        isOpen = false
    }

    private mutating func append(_ segment: Segment) {
        parts.append(SegmentPart(segment: segment, serial: nextSerial))
        nextSerial += 1
    }

    // MARK: Merging

    mutating func replace(_ group: Range<Int>, by segment: Segment?) {
        if let segment {
            parts.replaceSubrange(group, with: [SegmentPart(segment: segment, serial: nextSerial)])
            nextSerial += 1
        } else {
            parts.removeSubrange(group)
        }
    }

    /// The youngest neighbouring parts that are worth joining: several of about one size with all smaller ones behind them,
    /// or one of which a third is tombstones. Nil where there are none. The open part is left alone.
    func groupToMerge() -> Range<Int>? {
        // What is older than a running merge's parts waits until it is done.
        var first = 0
        if let last = merging.last { first = (parts.firstIndex { $0.serial == last } ?? -1) + 1 }
        let closed = max(first, isOpen ? parts.count - 1 : parts.count)
        var end = closed
        while end > first {
            var start = end
            let tier = Self.tier(parts[end - 1].liveCount)
            while start > first, Self.tier(parts[start - 1].liveCount) <= tier { start -= 1 }
            if end - start > 1, fits(start..<end) { return start..<end }
            end = start
        }
        return (first..<closed).first { part in
            parts[part].deadCount * 2 > parts[part].liveCount && parts[part].segment.tables.documentCount > 64
        }.map { $0..<($0 + 1) }
    }

    /// Whether a segment can hold all of the parts.
    private func fits(_ group: Range<Int>) -> Bool {
        let tables = parts[group].map(\.segment.tables)
        return tables.reduce(0) { $0 + $1.documentCount } <= Place.documentsPerSegmentMax
            && tables.reduce(0) { $0 + $1.texts.count + $1.own.count + $1.words.postings.count } < 1 << 31
            && tables.reduce(0) { $0 + $1.words.bytes.count + $1.names.bytes.count + $1.ids.byteCount } < 1 << 31
            && tables.reduce(0) { $0 + $1.nameCount } < 1 << 27
    }

    /// Sizes by powers of 16.
    private static func tier(_ documents: Int) -> Int {
        documents < 1 ? 0 : (documents.bitWidth - documents.leadingZeroBitCount - 1) / 4
    }
}

/// Which documents the latest publications put in and took out, so that a reader can tell which of the answers it keeps
/// may differ now.
struct ChangeLog: Sendable {
    static let changesMax = 128

    struct Change: Sendable {
        var generation: UInt64
        /// The document, as it was or as it is.
        var segment: Segment
        var document: UInt32
    }

    private(set) var changes: [Change] = []
    /// All changes behind this publication are there.
    private(set) var completeSince: UInt64 = 0

    mutating func append(_ segment: Segment, _ document: Int, _ generation: UInt64) {
        changes.append(Change(generation: generation, segment: segment, document: UInt32(document)))
        guard changes.count > Self.changesMax else { return }
        // Half at once, so that one change costs little; a publication is there as a whole or not.
        completeSince = changes[changes.count / 2].generation
        changes.removeAll { $0.generation <= completeSince }
    }

    /// Forgets what was: any answer may differ.
    mutating func forget(_ generation: UInt64) {
        changes.removeAll()
        completeSince = generation
    }
}
