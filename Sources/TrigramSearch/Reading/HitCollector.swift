// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Keeps the best hits of a page, and one more that tells whether there is a next page.
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

    private let limit: Int
    private let after: Position?
    private let tables: [SegmentTables]
    /// The kept entries; where full, a heap with the last of them at the top.
    private var entries: [Entry] = []

    init(limit: Int, after: Position?, tables: [SegmentTables]) {
        self.limit = limit + 1
        self.after = after
        self.tables = tables
    }

    var isFull: Bool { entries.count == limit }

    /// Entries with a larger key are not kept any more.
    var worstKey: Int64 { entries.count == limit ? entries[0].key : .max }

    @inline(__always)
    mutating func add(_ entry: Entry) {
        if entry.key > worstKey { return }
        if let after, !isBehind(entry, after) { return }
        if entries.count < limit {
            entries.append(entry)
            siftUp()
        } else if isBefore(entry, entries[0]) {
            entries[0] = entry
            siftDown()
        }
    }

    /// The kept entries in order, one more than the page has where there are more.
    func sorted() -> [Entry] { entries.sorted(by: isBefore) }

    /// Whether the entry comes behind the position.
    func isBehind(_ entry: Entry, _ position: Position) -> Bool {
        if entry.key != position.key { return entry.key > position.key }
        return position.id.withUnsafeBufferPointer {
            ByteOrder.compare(tables[entry.part].id(entry.document), $0) > 0
        }
    }

    /// Whether one entry comes before another.
    @inline(__always)
    func isBefore(_ left: Entry, _ right: Entry) -> Bool {
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
            for child in (2 * parent + 1)...(2 * parent + 2) where child < entries.count {
                if isBefore(entries[last], entries[child]) { last = child }
            }
            if last == parent { return }
            entries.swapAt(parent, last)
            parent = last
        }
    }
}
