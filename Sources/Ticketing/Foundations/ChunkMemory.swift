// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Synchronization

/// Memory for the chunks of the books' columns, for all shards of the process.
///
/// A page of 4 KiB that is touched for the first time costs the shard's thread a trap of a microsecond and more, and the
/// books of a sale on fire grow by a page every thirty holds. So chunks are cut from regions of 2 MiB that the system is
/// asked to back by one huge page each: one trap for 512, and fewer misses when the processor looks an address up. A
/// system without huge pages gives small ones. Chunks that are given back are used again; regions are kept.
enum ChunkMemory {
    private static let regionBytes = 1 << 21
    /// Longer chunks are not worth a place in a region.
    private static let chunkBytesMax = 1 << 17
    private static let alignment = 64

    /// Memory for `capacity` elements, not initialized.
    ///
    /// - Complexity: O(1); takes a lock, which chunks are rare enough for.
    static func allocate<Element: BitwiseCopyable>(
        _: Element.Type = Element.self, capacity: Int
    ) -> UnsafeMutablePointer<Element> {
        let bytes = roundedBytes(of: Element.self, capacity)
        guard bytes <= chunkBytesMax else { return .allocate(capacity: capacity) }
        let address = pool.withLock { $0.take(bytes: bytes) }
        guard let memory = UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("there is no memory left for the books")
        }
        return memory.bindMemory(to: Element.self, capacity: capacity)
    }

    /// Gives back what `allocate` returned for the same capacity.
    static func deallocate<Element: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Element>, capacity: Int) {
        let bytes = roundedBytes(of: Element.self, capacity)
        guard bytes <= chunkBytesMax else { return memory.deallocate() }
        pool.withLock { $0.giveBack(UInt(bitPattern: memory), bytes: bytes) }
    }

    private static func roundedBytes<Element>(of _: Element.Type, _ capacity: Int) -> Int {
        max(alignment, (capacity * MemoryLayout<Element>.stride + alignment - 1) / alignment * alignment)
    }

    private static let pool = Mutex(Pool())

    /// Addresses as integers, which may cross from thread to thread.
    private struct Pool: Sendable {
        /// The rest of the region that is being cut up.
        private var next: UInt = 0
        private var left = 0
        /// By size in units of `alignment`: the first free chunk, which begins with the address of the next; 0 ends.
        private var free = [UInt](repeating: 0, count: ChunkMemory.chunkBytesMax / ChunkMemory.alignment + 1)

        /// The address of a chunk, or 0 where the system gives no more memory.
        mutating func take(bytes: Int) -> UInt {
            let list = bytes / ChunkMemory.alignment
            if let first = UnsafePointer<UInt>(bitPattern: free[list]) {
                free[list] = first.pointee
                return UInt(bitPattern: first)
            }
            if left < bytes, !addRegion() { return 0 }
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

        /// Maps a region that begins where a huge page may.
        private mutating func addRegion() -> Bool {
            let bytes = ChunkMemory.regionBytes
            guard let mapped = mmap(nil, 2 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                mapped != MAP_FAILED
            else { return false }
            let start = UInt(bitPattern: mapped)
            let region = (start + UInt(bytes) - 1) / UInt(bytes) * UInt(bytes)
            let end = region + UInt(bytes)
            if region > start { munmap(mapped, Int(region - start)) }
            let rest = Int(start + UInt(2 * bytes) - end)
            if rest > 0 { munmap(UnsafeMutableRawPointer(bitPattern: end), rest) }
            // Where this is refused, the region has small pages.
            madvise(UnsafeMutableRawPointer(bitPattern: region), bytes, MADV_HUGEPAGE)
            next = region
            left = bytes
            return true
        }
    }
}
