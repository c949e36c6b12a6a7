// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CIntrinsics

/// Runs of bytes kept for good: names, titles, descriptions. A run never straddles a chunk, so reading one is one span.
/// Nothing is ever moved, and what is replaced stays until everything is forgotten.
struct ChunkedBytes: ~Copyable {
    /// The longest run that can be kept.
    static let runBytesMax = chunkBytes
    private static let chunkBytes = 1 << 16

    private var chunks: ChunkedColumn<UnsafeMutablePointer<UInt8>>
    private var usedInLast = chunkBytes
    private var capture: BytesCapture?

    init() {
        chunks = ChunkedColumn(chunkShift: 8)
    }

    deinit {
        for index in 0..<chunks.count { ChunkMemory.deallocate(chunks[index], capacity: Self.chunkBytes) }
    }

    /// Keeps a run and gives its position.
    mutating func append(_ run: Span<UInt8>) -> UInt64 {
        precondition(run.count <= Self.runBytesMax, "a run is longer than a chunk")
        if usedInLast + run.count > Self.chunkBytes {
            addChunk()
        }
        let at = chunks[chunks.count - 1] + usedInLast
        for index in run.indices { (at + index).initialize(to: run[index]) }
        let position = UInt64((chunks.count - 1) * Self.chunkBytes + usedInLast)
        usedInLast += run.count
        return position
    }

    private mutating func addChunk() {
        let chunk = ChunkMemory.allocate(UInt8.self, capacity: Self.chunkBytes)
        // Zeros, since a snapshot holds whole chunks, and equal states are to have equal snapshots.
        chunk.initialize(repeating: 0, count: Self.chunkBytes)
        chunks.append(chunk)
        usedInLast = 0
    }

    /// The `count` bytes at a position that append(_:) gave.
    @_lifetime(borrow self)
    func span(at position: UInt64, count: Int) -> Span<UInt8> {
        let offset = Int(position) % Self.chunkBytes
        precondition(offset + count <= Self.chunkBytes, "a run was read past its chunk")
        if count == 0 { return unsafe _overrideLifetime(Span(), borrowing: self) }
        let start = UnsafePointer(chunks[Int(position) / Self.chunkBytes] + offset)
        return unsafe _overrideLifetime(Span(_unsafeStart: start, count: count), borrowing: self)
    }

    /// Has the beginning of a run fetched that will be needed soon.
    @inline(__always)
    func prefetch(_ position: UInt64) {
        let chunk = Int(truncatingIfNeeded: position) / Self.chunkBytes
        guard chunk < chunks.count else { return }
        box_office_prefetch(chunks[chunk] + Int(truncatingIfNeeded: position) % Self.chunkBytes)
    }

    mutating func removeAll() {
        capture = nil
        for index in 0..<chunks.count { ChunkMemory.deallocate(chunks[index], capacity: Self.chunkBytes) }
        chunks.removeAll()
        usedInLast = Self.chunkBytes
    }

    var bytesAllocated: Int { chunks.count * Self.chunkBytes + chunks.bytesAllocated }
}

// MARK: - Snapshots

extension ChunkedBytes {
    /// Where the next run would lie at the earliest: all bytes kept lie before.
    var end: UInt64 { chunks.count == 0 ? 0 : UInt64((chunks.count - 1) * Self.chunkBytes + usedInLast) }

    /// Whether a run lies within what is kept.
    func contains(position: UInt64, count: Int) -> Bool {
        guard count > 0 else { return true }
        return position < end && UInt64(count) <= end - position
            && Int(position % UInt64(Self.chunkBytes)) + count <= Self.chunkBytes
    }

    /// Begins to capture the bytes that are there now. They never change, so nothing has to be taken early.
    mutating func beginCapture(into sink: StateCapture, as kind: SnapshotContent.Kind) {
        capture = BytesCapture(sink: sink, kind: kind, end: end)
    }

    /// Takes the next chunk. False where there is none.
    mutating func captureNext() -> Bool {
        guard var work = capture, work.next < work.end else {
            capture = nil
            return false
        }
        let chunk = work.next / UInt64(Self.chunkBytes)
        let count = Int(min(UInt64(Self.chunkBytes), work.end - work.next))
        work.sink.take(
            work.kind, first: work.next, UnsafeRawBufferPointer(start: chunks[Int(chunk)], count: count),
            elementBytes: 1)
        work.next += UInt64(count)
        capture = work
        return true
    }

    mutating func endCapture() { capture = nil }

    /// Fills in bytes that are read from a snapshot; they come in order. False where they do not.
    mutating func restore(first: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard first == end, first < UInt64(SnapshotContent.columnCountMax) else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            if usedInLast == Self.chunkBytes { addChunk() }
            let count = min(rest.count, Self.chunkBytes - usedInLast)
            UnsafeMutableRawBufferPointer(start: chunks[chunks.count - 1] + usedInLast, count: count)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
            usedInLast += count
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// How far the capture of runs of bytes has come.
struct BytesCapture {
    let sink: StateCapture
    let kind: SnapshotContent.Kind
    let end: UInt64
    var next: UInt64 = 0
}
