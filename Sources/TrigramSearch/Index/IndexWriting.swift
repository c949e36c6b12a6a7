// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What the writer of an index holds: the documents that are not yet published, and the parts that are.
struct IndexWriting {
    /// Parts of about the same size that are joined when they come to be so many.
    static let mergeWidth = 4

    var builder = SegmentBuilder()
    /// The oldest, usually the largest, first.
    var parts: [SegmentPart] = []
    /// The parts that a running merge is reading: a run of neighbours, left alone meanwhile.
    var merging: [UInt64] = []
    private var nextSerial: UInt64 = 0
    /// Counts publications.
    var generation: UInt64 = 0
    var changes = ChangeLog()

    mutating func append(_ segment: Segment) {
        parts.append(SegmentPart(segment: segment, serial: nextSerial))
        nextSerial += 1
    }

    mutating func replace(_ group: Range<Int>, by segment: Segment?) {
        if let segment {
            parts.replaceSubrange(group, with: [SegmentPart(segment: segment, serial: nextSerial)])
            nextSerial += 1
        } else {
            parts.removeSubrange(group)
        }
    }

    /// The youngest neighbouring parts that are worth joining: ``mergeWidth`` or more of about one size with all smaller
    /// ones behind them, or one of which a third is tombstones. Nil where there are none with at most `documentsMax`.
    func groupToMerge(documentsMax: Int) -> Range<Int>? {
        // What is older than a running merge's parts waits until it is done.
        var first = 0
        if let last = merging.last { first = (parts.firstIndex { $0.serial == last } ?? -1) + 1 }
        var end = parts.count
        while end > first {
            var start = end
            let tier = Self.tier(parts[end - 1].liveCount)
            while start > first, Self.tier(parts[start - 1].liveCount) <= tier { start -= 1 }
            if end - start >= Self.mergeWidth, fits(start..<end, documentsMax) { return start..<end }
            end = start
        }
        return (first..<max(first, parts.count)).first { part in
            parts[part].deadCount * 2 > parts[part].liveCount && parts[part].segment.tables.documentCount > 64
                && fits(part..<(part + 1), documentsMax)
        }.map { $0..<($0 + 1) }
    }

    private func fits(_ group: Range<Int>, _ documentsMax: Int) -> Bool {
        let tables = parts[group].map(\.segment.tables)
        return tables.reduce(0) { $0 + $1.documentCount } <= documentsMax
            && tables.reduce(0) { $0 + $1.texts.count + $1.own.count + $1.words.postings.count } < 1 << 31
            && tables.reduce(0) { $0 + $1.words.bytes.count + $1.names.bytes.count + $1.ids.byteCount } < 1 << 31
            && tables.reduce(0) { $0 + $1.nameCount } < 1 << 27
    }

    /// Sizes by powers of four.
    private static func tier(_ documents: Int) -> Int {
        documents < 1 ? 0 : (documents.bitWidth - documents.leadingZeroBitCount - 1) / 2
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
