// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Keeps the best hits of a page, and one more that tells whether there is a next page.
struct HitCollector {
    struct Entry: BitwiseCopyable {
        /// Small is first: the start, or the score below zero.
        var key: Int64
        var part: Int
        var document: Int
        var score: Int
        /// Tells documents apart.
        var number: Int { part << 32 | document }

        @inline(__always)
        func isSame(as other: Entry) -> Bool { document == other.document && part == other.part }
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
    private var names: NameClaims
    /// Whether there was no room for more, so that something may have been passed over.
    private var wasFull = false
    /// Whether there is room again, be it for what was passed over: all must be collected anew. Who is the best of each
    /// name stays known.
    private(set) var mustCollectAgain = false

    /// - Parameter laterShare: what hits are worth that are not the best of any name, of 1000.
    init(limit: Int, after: Position?, tables: [SegmentTables], laterShare: Int = Ranking.later) {
        self.limit = limit + 1
        names = NameClaims(laterShare: laterShare)
        self.after = after
        order = HitOrder(tables: tables)
    }

    /// Entries with a larger key are not kept any more.
    var worstKey: Int64 { entries.count == limit ? entries[0].key : .max }

    /// The score of the best of a name; 0 where there is none so far.
    func bestScore(ofName name: Int) -> Int { names.score(ofName: name) }

    /// By which names an entry was added, and for which scores.
    func claims(of entry: Entry, hit: Int) -> [NameClaim] { names.claims(of: entry, hit: hit) }

    /// Empties itself, but knows what is the best of each name.
    mutating func collectAgain() {
        entries.removeAll(keepingCapacity: true)
        (wasFull, mustCollectAgain) = (false, false)
    }

    @inline(__always)
    mutating func add(_ entry: Entry) {
        if entry.key <= worstKey { offer(entry) }
    }

    /// Adds a document by one of its names, for what it scores by that name. All but the best of a name give way: every
    /// document has one place in the order that this makes, however the index is divided and wherever a page begins.
    mutating func add(_ entry: Entry, name: Int) {
        if entry.key > worstKey { return }
        let (document, isNew, loser) = names.take(entry, name: name, order)
        if !isNew { remove(entry) }
        if let loser {
            let past = names.placed(loser)
            remove(past)
            offer(names.placed(document))
            noteRoom()
            offer(past)
        } else {
            offer(names.placed(document))
            noteRoom()
        }
    }

    /// Notes whether a document that was moved left room that another had to make for it: to a place behind, or to one
    /// before the page.
    private mutating func noteRoom() {
        if wasFull, entries.count < limit { mustCollectAgain = true }
    }

    @inline(__always)
    private mutating func offer(_ entry: Entry) {
        if let after, !order.isBehind(entry, after) { return }
        if entries.count < limit {
            entries.append(entry)
            siftUp(entries.count - 1)
            wasFull = wasFull || entries.count == limit
        } else if order.isBefore(entry, entries[0]) {
            entries[0] = entry
            siftDown(0)
        }
    }

    /// The kept entries in order, one more than the page has where there are more.
    func sorted() -> [Entry] { entries.sorted(by: order.isBefore) }

    // MARK: The heap

    private mutating func remove(_ entry: Entry) {
        guard let place = entries.firstIndex(where: { $0.isSame(as: entry) }) else { return }
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
