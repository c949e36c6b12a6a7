// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Runs of bytes kept for good: names, titles, descriptions. A run never straddles a chunk, so reading one is one span.
/// Nothing is ever moved, and what is replaced stays until everything is forgotten.
struct ChunkedBytes: ~Copyable {
    /// The longest run that can be kept.
    static let runBytesMax = chunkBytes
    private static let chunkBytes = 1 << 16

    private var chunks: ChunkedColumn<UnsafeMutablePointer<UInt8>>
    private var usedInLast = chunkBytes

    init() {
        chunks = ChunkedColumn(chunkShift: 8)
    }

    deinit {
        for index in 0..<chunks.count { chunks[index].deallocate() }
    }

    /// Keeps a run and gives its position.
    mutating func append(_ run: Span<UInt8>) -> UInt64 {
        precondition(run.count <= Self.runBytesMax, "a run is longer than a chunk")
        if usedInLast + run.count > Self.chunkBytes {
            chunks.append(.allocate(capacity: Self.chunkBytes))
            usedInLast = 0
        }
        let at = chunks[chunks.count - 1] + usedInLast
        for index in run.indices { (at + index).initialize(to: run[index]) }
        let position = UInt64((chunks.count - 1) * Self.chunkBytes + usedInLast)
        usedInLast += run.count
        return position
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

    mutating func removeAll() {
        for index in 0..<chunks.count { chunks[index].deallocate() }
        chunks.removeAll()
        usedInLast = Self.chunkBytes
    }

    var bytesAllocated: Int { chunks.count * Self.chunkBytes + chunks.bytesAllocated }
}
