// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Keeps the best hits of a page, and one more that tells whether there is a next page.
struct HitCollector {
    struct Entry: BitwiseCopyable {
        /// Small is first: the start, or the score below zero.
        var key: Int64
        var part: Int
        var document: Int
        var score: Int
        /// Where the later dates of a tour give way, what tells the tour; else -1.
        var tour = -1

        @inline(__always)
        func isSame(as other: Entry) -> Bool { document == other.document && part == other.part }

        /// The entry as a later date of its tour.
        var givingWay: Entry {
            var entry = self
            entry.key = Int64(-(score * Ranking.laterDate / 1000))
            return entry
        }
    }

    /// Where a page begins: entries must be behind this.
    struct Position {
        var key: Int64
        var id: [UInt8]
    }

    private let limit: Int
    private let after: Position?
    let order: HitOrder
    /// The kept entries; where full, a heap with the last of them at the top.
    private var entries: [Entry] = []
    private var firsts: FirstDates?
    /// Whether an entry behind the position had no room.
    private var hasDropped = false
    /// Whether an entry gave way to one of a page before, when others had been dropped for it: what was told apart is kept,
    /// and all must be collected anew.
    private(set) var mustCollectAgain = false

    init(limit: Int, after: Position?, tables: [SegmentTables]) {
        self.limit = limit + 1
        self.after = after
        order = HitOrder(tables: tables)
    }

    /// Entries with a larger key are not kept any more.
    var worstKey: Int64 { entries.count == limit ? entries[0].key : .max }

    /// Empties itself, but knows what is the first of its tour.
    mutating func collectAgain() {
        entries.removeAll(keepingCapacity: true)
        (hasDropped, mustCollectAgain) = (false, false)
    }

    @inline(__always)
    mutating func add(_ entry: Entry) {
        if entry.key > worstKey { return }
        if entry.tour < 0 { offer(entry) } else { addDate(entry) }
    }

    /// Adds a date of a tour. All but the first of each give way, so that the dates of one do not fill a page: every
    /// document has one place in the order that this makes, however the index is divided and wherever a page begins.
    private mutating func addDate(_ entry: Entry) {
        if firsts == nil { firsts = FirstDates() }
        let first = firsts?.first(of: entry) ?? entry
        if first.isSame(as: entry) { return offer(entry) }
        if order.isBefore(first, entry) { return offer(entry.givingWay) }
        firsts?.replace(first, by: entry)
        if let place = entries.firstIndex(where: { $0.isSame(as: first) }) {
            // Behind the position the new first takes its place, so that what was dropped stays so.
            if hasDropped, let after, !order.isBehind(entry, after) { mustCollectAgain = true }
            remove(at: place)
        }
        offer(first.givingWay)
        offer(entry)
    }

    @inline(__always)
    private mutating func offer(_ entry: Entry) {
        if let after, !order.isBehind(entry, after) { return }
        if entry.key > worstKey {
            hasDropped = true
            return
        }
        if entries.count < limit {
            entries.append(entry)
            siftUp(entries.count - 1)
            return
        }
        hasDropped = true
        // The last of them has no room, or the entry.
        if order.isBefore(entry, entries[0]) {
            entries[0] = entry
            siftDown(0)
        }
    }

    /// The kept entries in order, one more than the page has where there are more.
    func sorted() -> [Entry] { entries.sorted(by: order.isBefore) }

    // MARK: The heap

    private mutating func remove(at place: Int) {
        let last = entries.removeLast()
        if place == entries.count { return }
        entries[place] = last
        siftUp(place)
        siftDown(place)
    }

    private mutating func siftUp(_ from: Int) {
        var child = from
        while child > 0 {
            let parent = (child - 1) / 2
            guard order.isBefore(entries[parent], entries[child]) else { return }
            entries.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown(_ from: Int) {
        var parent = from
        while true {
            var last = parent
            for child in (2 * parent + 1)...(2 * parent + 2) where child < entries.count {
                if order.isBefore(entries[last], entries[child]) { last = child }
            }
            if last == parent { return }
            entries.swapAt(parent, last)
            parent = last
        }
    }
}

/// In which order entries come: by key, then by id, then by number.
struct HitOrder {
    private let tables: [SegmentTables]

    init(tables: [SegmentTables]) { self.tables = tables }

    /// Whether one entry comes before another.
    @inline(__always)
    func isBefore(_ left: HitCollector.Entry, _ right: HitCollector.Entry) -> Bool {
        left.key != right.key ? left.key < right.key : isIDBefore(left, right)
    }

    /// Whether the entry comes behind the position.
    func isBehind(_ entry: HitCollector.Entry, _ position: HitCollector.Position) -> Bool {
        if entry.key != position.key { return entry.key > position.key }
        return position.id.withUnsafeBufferPointer {
            ByteOrder.compare(tables[entry.part].id(entry.document), $0) > 0
        }
    }

    private func isIDBefore(_ left: HitCollector.Entry, _ right: HitCollector.Entry) -> Bool {
        let order = ByteOrder.compare(tables[left.part].id(left.document), tables[right.part].id(right.document))
        if order != 0 { return order < 0 }
        return tables[left.part].numbers[left.document] < tables[right.part].numbers[right.document]
    }
}
