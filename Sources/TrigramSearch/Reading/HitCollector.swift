// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Keeps the best hits of a page, counts them all.
struct HitCollector {
    struct Entry: BitwiseCopyable {
        /// Small is first: the start, or the score below zero.
        var key: Int64
        var part: Int
        var document: Int
        var score: Int
    }

    /// Where a page begins: entries must be behind this.
    struct Position {
        var key: Int64
        var id: [UInt8]
    }

    /// Hits wanted, at most.
    private let limit: Int
    /// Whether order matters; else the first that come are kept.
    private let isOrdered: Bool
    private let after: Position?
    private let tables: [SegmentTables]
    /// The kept entries; where ordered and full, a heap with the last of them at the top.
    private var entries: [Entry] = []
    /// Documents that match, and those of them behind ``after``.
    private(set) var total = 0
    private(set) var eligible = 0

    init(limit: Int, isOrdered: Bool, after: Position?, tables: [SegmentTables]) {
        self.limit = limit
        self.isOrdered = isOrdered
        self.after = after
        self.tables = tables
    }

    @inline(__always)
    mutating func add(_ entry: Entry) {
        total += 1
        if let after, !isBehind(entry, after) { return }
        eligible += 1
        guard isOrdered else {
            if entries.count < limit { entries.append(entry) }
            return
        }
        if entries.count < limit {
            entries.append(entry)
            siftUp()
        } else if limit > 0, isBefore(entry, entries[0]) {
            entries[0] = entry
            siftDown()
        }
    }

    /// Counts documents that match and are behind those of this page, or before it.
    mutating func count(_ documents: Int, behind isBehind: Bool) {
        total += documents
        if isBehind { eligible += documents }
    }

    /// The kept entries in order.
    func sorted() -> [Entry] {
        isOrdered ? entries.sorted(by: isBefore) : entries
    }

    /// Whether the entry comes behind the position.
    func isBehind(_ entry: Entry, _ position: Position) -> Bool {
        if entry.key != position.key { return entry.key > position.key }
        return position.id.withUnsafeBufferPointer {
            ByteOrder.compare(tables[entry.part].id(entry.document), $0) > 0
        }
    }

    @inline(__always)
    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.key != right.key ? left.key < right.key : isIDBefore(left, right)
    }

    private func isIDBefore(_ left: Entry, _ right: Entry) -> Bool {
        let order = ByteOrder.compare(tables[left.part].id(left.document), tables[right.part].id(right.document))
        if order != 0 { return order < 0 }
        return tables[left.part].numbers[left.document] < tables[right.part].numbers[right.document]
    }

    private mutating func siftUp() {
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(entries[parent], entries[child]) else { return }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var last = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if isBefore(entries[last], entries[child]) { last = child }
            }
            if last == parent { return }
            entries.swapAt(parent, last)
            parent = last
        }
    }
}
