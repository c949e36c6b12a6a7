// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Names that are met again and again, each kept once and called by its number: buyers, gates. Number 0 is the empty
/// name: nobody in particular.
struct NameTable: ~Copyable {
    struct Entry: BitwiseCopyable {
        var position: UInt64
        var length: UInt32
        var hash: UInt32
        /// For buyers: the newest open hold and the newest order, each plus one.
        var openHold: UInt32 = 0
        var lastOrder: UInt32 = 0
    }

    private var entries: ChunkedColumn<Entry>
    private var texts: ChunkedBytes
    private var table: IndexTable
    /// Set once, before the first name.
    var seed: UInt64 = 0

    init() {
        entries = ChunkedColumn(chunkShift: 9)
        texts = ChunkedBytes()
        table = IndexTable()
        entries.append(Entry(position: 0, length: 0, hash: 0))
    }

    var count: Int { entries.count }

    /// The number of a name, or nil where it was never met.
    ///
    /// - Complexity: O(length of the name).
    func find(_ name: Span<UInt8>) -> Int? {
        if name.isEmpty { return 0 }
        return table.find(hash: hash(of: name)) { number in
            let entry = entries[number]
            return texts.span(at: entry.position, count: Int(entry.length)).holdsSameBytes(as: name)
        }
    }

    /// Keeps a name that is not there yet.
    mutating func add(_ name: Span<UInt8>) {
        let hash = hash(of: name)
        table.insert(hash: hash, entries.count)
        let position = texts.append(name)
        entries.append(Entry(position: position, length: UInt32(name.count), hash: hash))
    }

    // MARK: Fetching ahead

    /// Has the slot fetched by which a name will be found. Returns its hash, for the next step.
    func prefetch(_ name: Span<UInt8>) -> UInt32 {
        let hash = hash(of: name)
        table.prefetch(hash: hash)
        return hash
    }

    /// Has the entry fetched that most probably has this hash, and returns its number; that of the next name where there
    /// is none.
    func prefetch(hash: UInt32) -> Int {
        let number = table.firstCandidate(hash: hash) ?? entries.count
        entries.prefetch(number)
        return number
    }

    /// Has the beginning of a name fetched.
    func prefetchText(of number: Int) {
        if number < entries.count { texts.prefetch(entries[number].position) }
    }

    private func hash(of name: Span<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: Mix.hash(name, seed: seed))
    }

    subscript(number: Int) -> Entry {
        get { entries[number] }
        _modify { yield &entries[number] }
    }

    @_lifetime(borrow self)
    func text(_ number: Int) -> Span<UInt8> {
        let entry = entries[number]
        return texts.span(at: entry.position, count: Int(entry.length))
    }

    mutating func removeAll() {
        entries.removeAll()
        texts.removeAll()
        table.removeAll()
        entries.append(Entry(position: 0, length: 0, hash: 0))
    }

    var bytesAllocated: Int { entries.bytesAllocated + texts.bytesAllocated + table.bytesAllocated }
}

// MARK: - Snapshots

extension NameTable {
    /// Where the bytes of the names end.
    var textsEnd: UInt64 { texts.end }

    mutating func beginCapture(
        into sink: StateCapture, entries kind: SnapshotContent.Kind, texts textKind: SnapshotContent.Kind
    ) {
        entries.beginCapture(into: sink, as: kind)
        texts.beginCapture(into: sink, as: textKind)
    }

    mutating func captureNext() -> Bool { entries.captureNext() || texts.captureNext() }

    mutating func endCapture() {
        entries.endCapture()
        texts.endCapture()
    }

    /// Drops the empty name, so that all entries come from a snapshot.
    mutating func beginRestore() { entries.removeAll() }

    mutating func restore(entriesFrom first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        entries.restore(first: first, bytes)
    }

    mutating func restore(textsFrom first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        texts.restore(first: first, bytes)
    }

    /// Whether everything came, and every name lies where its entry says.
    func isRestored(count expected: UInt64, textsEnd expectedEnd: UInt64) -> Bool {
        guard expected > 0, entries.isRestored(count: expected), textsEnd == expectedEnd else { return false }
        for number in 0..<entries.count {
            guard texts.contains(position: entries[number].position, count: Int(entries[number].length)) else {
                return false
            }
        }
        return true
    }

    /// Makes the index of a table that was read from a snapshot.
    mutating func rebuildIndex() {
        table = IndexTable(for: entries.count)
        for number in 1..<max(1, entries.count) { table.insert(hash: entries[number].hash, number) }
    }
}
