// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization

/// Memory for the chunks of the books' columns, for all shards of the process.
///
/// A page that is touched for the first time costs the shard's thread a trap of a microsecond and more (ten, where a virtual
/// machine's host has to find it first), and the books of a sale on fire grow by a page every thirty holds. So chunks are
/// cut from regions of 2 MiB, some of which are kept ready, touched already, by somebody who is in no hurry (see
/// ``prepareRegions()``). Chunks that are given back are used again; regions are kept.
package enum ChunkMemory {
    private static let regionBytes = 1 << 21
    /// Regions that are kept ready, where one was used up.
    private static let readyMax = 2
    /// Longer chunks are not worth a place in a region.
    private static let chunkBytesMax = 1 << 17
    private static let alignment = 64
    /// What the system hands memory out by, at least.
    private static let pageBytes = 4_096

    /// Memory for `capacity` elements, not initialized.
    ///
    /// - Complexity: O(1); takes a lock, which chunks are rare enough for.
    static func allocate<Element: BitwiseCopyable>(
        _: Element.Type = Element.self, capacity: Int
    ) -> UnsafeMutablePointer<Element> {
        let bytes = roundedBytes(of: Element.self, capacity)
        let taken =
            bytes <= chunkBytesMax ? UnsafeMutableRawPointer(bitPattern: pool.withLock { $0.take(bytes: bytes) }) : nil
        // What is too long for a region is allocated like anything else.
        let memory = taken ?? .allocate(byteCount: bytes, alignment: alignment)
        return memory.bindMemory(to: Element.self, capacity: capacity)
    }

    /// Gives back what `allocate` returned for the same capacity.
    static func deallocate<Element: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Element>, capacity: Int) {
        let bytes = roundedBytes(of: Element.self, capacity)
        guard bytes <= chunkBytesMax else { return UnsafeMutableRawPointer(memory).deallocate() }
        pool.withLock { $0.giveBack(UInt(bitPattern: memory), bytes: bytes) }
    }

    private static func roundedBytes<Element>(of _: Element.Type, _ capacity: Int) -> Int {
        max(alignment, (capacity * MemoryLayout<Element>.stride + alignment - 1) / alignment * alignment)
    }

    private static let pool = Mutex(Pool())

    // MARK: Ready before it is needed

    private static let wantsMore = Atomic(false)

    /// Whether it is time for ``prepareRegions()``. True once each time: who asks sees to it.
    @inline(__always)
    package static func takeWish() -> Bool {
        wantsMore.load(ordering: .relaxed) && wantsMore.exchange(false, ordering: .relaxed)
    }

    /// Makes regions ready. Takes some milliseconds; not for a thread that somebody waits for.
    package static func prepareRegions() {
        while pool.withLock({ $0.ready.count < readyMax }) {
            let region = makeRegion()
            for offset in stride(from: 0, to: regionBytes, by: pageBytes) {
                region.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
            }
            let address = UInt(bitPattern: region)
            pool.withLock { $0.ready.append(address) }
        }
    }

    private static func makeRegion() -> UnsafeMutableRawPointer {
        .allocate(byteCount: regionBytes, alignment: pageBytes)
    }

    /// Addresses as integers, which may cross from thread to thread.
    private struct Pool: Sendable {
        /// The rest of the region that is being cut up.
        private var next: UInt = 0
        private var left = 0
        private var regions = 0
        /// Regions that were made ready.
        var ready: [UInt] = []
        /// By size in units of `alignment`: the first free chunk, which begins with the address of the next; 0 ends.
        private var free = [UInt](repeating: 0, count: ChunkMemory.chunkBytesMax / ChunkMemory.alignment + 1)

        /// The address of a chunk.
        mutating func take(bytes: Int) -> UInt {
            let list = bytes / ChunkMemory.alignment
            if let first = UnsafePointer<UInt>(bitPattern: free[list]) {
                free[list] = first.pointee
                return UInt(bitPattern: first)
            }
            if left < bytes { addRegion() }
            let address = next
            next += UInt(bytes)
            left -= bytes
            return address
        }

        mutating func giveBack(_ address: UInt, bytes: Int) {
            let list = bytes / ChunkMemory.alignment
            UnsafeMutablePointer<UInt>(bitPattern: address)?.pointee = free[list]
            free[list] = address
        }

        /// Begins another region. What is left of the one before is lost.
        private mutating func addRegion() {
            next = ready.popLast() ?? UInt(bitPattern: ChunkMemory.makeRegion())
            left = ChunkMemory.regionBytes
            regions += 1
            // A small house never needs a second one.
            if regions > 1 { ChunkMemory.wantsMore.store(true, ordering: .relaxed) }
        }
    }
}
