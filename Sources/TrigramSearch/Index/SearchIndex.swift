// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Synchronization

/// The writer's side of the index: changes are gathered, then published at once.
///
/// Every method may be called from any thread; writers wait for each other, never for a reader, and never for
/// ``merge()``. What is published is a list of immutable segments: one large, the base, and behind it the young ones,
/// each of another size, so that a query looks at few and a change costs its own size times the logarithm of all.
public final class SearchIndex: Sendable {
    /// Parts that may pile up while a merge runs or when nobody calls ``merge()``; from here on ``publish()`` merges,
    /// whatever it takes.
    static let partsMax = 12

    /// Publications of more documents than this make readers forget what they keep.
    private static let loggedMax = 32
    /// Merged segments of more documents than this are not kept for the log of changes.
    private static let logKeepsMax = 50_000

    private let writing = Mutex(IndexWriting())
    /// Held only to read or replace the reference.
    private let published = Mutex(PublishedIndex(parts: [], generation: 0, changes: ChangeLog()))
    let demand = Mutex(DemandHistory())
    private let generation = Atomic<UInt64>(0)
    private let mergeDue = Atomic<Bool>(false)

    public init() {}

    // MARK: Changes

    /// Adds the document, or puts it in the place of the one with its number. Visible once ``publish()`` returns.
    ///
    /// - Complexity: O(length of the texts).
    public func update(_ document: SearchDocument) {
        writing.withLock { writing in
            writing.add(document)
            if writing.builder.isFull { publish(&writing) }
        }
    }

    /// Takes the document with this number out. Visible once ``publish()`` returns; a number that is not there is
    /// ignored.
    public func remove(_ number: UInt32) {
        writing.withLock { $0.remove(number) }
    }

    /// Forgets every document, at once and visibly.
    public func removeAll() {
        writing.withLock { writing in
            writing.removeAll()
            writing.generation += 1
            writing.changes.forget(writing.generation)
            show(&writing)
        }
    }

    /// Makes all changes so far visible: a reader's query that begins after this returns sees them.
    ///
    /// - Complexity: O(d log n) amortised, for d changed documents of n; with none, nothing. A million at once is a bulk
    ///   load: they become one segment without any merge.
    public func publish() {
        writing.withLock { writing in
            if !writing.isPublished { publish(&writing) }
        }
    }

    private func publish(_ writing: inout IndexWriting) {
        writing.generation += 1
        let numbers = writing.unpublished
        let isLogged = numbers.count <= Self.loggedMax
        if !isLogged { writing.changes.forget(writing.generation) }
        for part in writing.parts.indices {
            for number in numbers {
                guard let document = Self.kill(number, in: &writing.parts[part]), isLogged else { continue }
                writing.changes.append(writing.parts[part].segment, document, writing.generation)
            }
        }
        if let segment = writing.seal(), isLogged {
            for document in 0..<segment.tables.documentCount where numbers.contains(segment.tables.numbers[document]) {
                writing.changes.append(segment, document, writing.generation)
            }
        }
        writing.parts.removeAll { $0.liveCount == 0 && !writing.merging.contains($0.serial) }
        while writing.parts.count > Self.partsMax, let group = writing.groupToMerge() {
            let parts = Array(writing.parts[group])
            writing.replace(group, by: SegmentMerge.merge(parts))
            Self.forgetLarge(parts, in: &writing)
        }
        show(&writing)
    }

    /// Takes a document out of a part; returns it if it was there.
    @discardableResult
    private static func kill(_ number: UInt32, in part: inout SegmentPart) -> Int? {
        guard let document = part.segment.document(numbered: number), !part.isDead(document) else { return nil }
        part.kill(document)
        return document
    }

    /// Large segments that were merged are not kept for the log's sake.
    private static func forgetLarge(_ merged: [SegmentPart], in writing: inout IndexWriting) {
        if merged.contains(where: { $0.segment.tables.documentCount > logKeepsMax }) {
            writing.changes.forget(writing.generation)
        }
    }

    /// Puts the writer's parts before the readers.
    private func show(_ writing: inout IndexWriting) {
        // Readers and this writer share the tombstones from here on.
        for part in writing.parts.indices { writing.parts[part].share() }
        mergeDue.store(writing.merging.isEmpty && writing.groupToMerge() != nil, ordering: .relaxed)
        let next = PublishedIndex(parts: writing.parts, generation: writing.generation, changes: writing.changes)
        let previous = published.withLock { current in
            let previous = current
            current = next
            return previous
        }
        generation.wrappingAdd(1, ordering: .releasing)
        // The last reference to a large segment may end here, outside the readers' lock.
        _ = previous
    }

    // MARK: Merging

    /// Whether ``merge()`` has something to do.
    public var isMergeDue: Bool { mergeDue.load(ordering: .relaxed) }

    /// Joins one group of parts of the index into one, for the host to call on a thread of its own while
    /// ``isMergeDue``. Neither writers nor readers wait for it; what changes meanwhile is carried over. Returns whether
    /// anything was merged; a call while another one runs returns false.
    ///
    /// - Complexity: O(postings of the group).
    @discardableResult
    public func merge() -> Bool { merge(beforeReplacing: {}) }

    /// Merges, and calls `beforeReplacing` where other writers may have their turn: tests do.
    func merge(beforeReplacing: () -> Void) -> Bool {
        let group: [SegmentPart] = writing.withLock { writing in
            guard writing.merging.isEmpty, let group = writing.groupToMerge() else { return [] }
            for part in group { writing.parts[part].share() }
            writing.merging = writing.parts[group].map(\.serial)
            return Array(writing.parts[group])
        }
        guard let first = group.first else { return false }
        let segment = SegmentMerge.merge(group)
        beforeReplacing()
        writing.withLock { writing in
            // All was forgotten meanwhile: so is this.
            guard writing.merging == group.map(\.serial),
                let start = writing.parts.firstIndex(where: { $0.serial == first.serial })
            else { return }
            writing.merging = []
            let range = start..<(start + group.count)
            let now = Array(writing.parts[range])
            writing.replace(range, by: segment)
            // Documents that went while the merge ran went from its result too.
            if segment != nil {
                for (before, after) in zip(group, now) {
                    let numbers = before.segment.tables.numbers
                    after.tombstones?.bits.forEach(notIn: before.tombstones?.bits) {
                        Self.kill(numbers[$0], in: &writing.parts[start])
                    }
                }
            }
            Self.forgetLarge(group, in: &writing)
            show(&writing)
        }
        return true
    }

    // MARK: Reading

    /// Documents that are published.
    public var count: Int { published.withLock { $0.count } }

    /// Bytes that the published tables take, the texts they were made from not among them.
    public var byteCount: Int {
        published.withLock { $0.parts.reduce(0) { $0 + $1.segment.tables.byteCount } }
    }

    /// A reader of this index. Make one for each event loop or thread.
    ///
    /// - Parameters:
    ///   - cachedQueries: how many answers it keeps.
    ///   - cachedBytes: what these may take in all.
    public func makeReader(
        cachedQueries: Int = SearchLimits.cachedQueriesMax, cachedBytes: Int = SearchLimits.cachedBytesMax
    ) -> SearchReader {
        SearchReader(index: self, cache: QueryCache(capacity: cachedQueries, bytesMax: cachedBytes))
    }

    /// Changes with every publication; a reader that sees another number than before asks for ``current``.
    var currentGeneration: UInt64 { generation.load(ordering: .acquiring) }

    var current: PublishedIndex { published.withLock { $0 } }

    /// Makes readers look for a new version of the demand.
    func noteDemand() { generation.wrappingAdd(1, ordering: .releasing) }
}

/// What readers see: the parts as they were when they were published.
final class PublishedIndex: Sendable {
    let parts: [SegmentPart]
    let count: Int
    /// Which publication this is; merges are none.
    let generation: UInt64
    let changes: ChangeLog

    init(parts: [SegmentPart], generation: UInt64, changes: ChangeLog) {
        self.parts = parts
        self.generation = generation
        self.changes = changes
        count = parts.reduce(0) { $0 + $1.liveCount }
    }
}
