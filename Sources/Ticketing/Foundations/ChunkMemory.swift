// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Synchronization

/// Memory for the chunks of the books' columns, for all shards of the process.
///
/// A page of 4 KiB that is touched for the first time costs the shard's thread a trap of a microsecond and more (ten, where
/// a virtual machine's host has to find it first), and the books of a sale on fire grow by a page every thirty holds. So
/// chunks are cut from regions of 2 MiB, some of which are kept ready by somebody who is in no hurry (see
/// ``prepareRegions()``): touched already, and backed by one huge page where the system has them, which also spares the
/// processor misses when it looks an address up. Chunks that are given back are used again; regions are kept.
package enum ChunkMemory {
    private static let regionBytes = 1 << 21
    /// Regions that are kept ready, where one was used up.
    private static let readyMax = 2
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
        let address = bytes <= chunkBytesMax ? pool.withLock { $0.take(bytes: bytes) } : 0
        // What is too long for a region, or finds the system without another one, is allocated like anything else.
        let memory =
            UnsafeMutableRawPointer(bitPattern: address) ?? .allocate(byteCount: bytes, alignment: alignment)
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

    // MARK: Ready before it is needed

    /// Houses that take in what their directories hold.
    private static let opening = Atomic(0)
    private static let wantsOne = Atomic(false)

    /// A house begins to take in what its directory holds: as long as one does, regions are huge pages as they come.
    package static func beginOpening() { opening.wrappingAdd(1, ordering: .relaxed) }

    /// It has. Where no house is being opened, nobody may be kept waiting for a whole huge page to be zeroed, up to some
    /// milliseconds: a region that is needed before one is ready has small pages.
    package static func endOpening() { opening.wrappingSubtract(1, ordering: .relaxed) }

    /// Whether it is time for ``prepareRegions()``. True once each time: who asks sees to it.
    @inline(__always)
    package static func takeWish() -> Bool {
        wantsOne.load(ordering: .relaxed) && wantsOne.exchange(false, ordering: .relaxed)
    }

    /// Makes regions ready. Takes some milliseconds; not for a thread that somebody waits for.
    package static func prepareRegions() {
        while pool.withLock({ $0.ready.count < readyMax }) {
            let region = mapRegion(wantsHugePage: true)
            guard let memory = UnsafeMutablePointer<UInt8>(bitPattern: region) else { return }
            for offset in stride(from: 0, to: regionBytes, by: 4_096) { memory[offset] = 0 }
            pool.withLock { $0.ready.append(region) }
        }
    }

    /// Maps a region that begins where a huge page may, and gives its address; 0 where the system gives no more memory.
    private static func mapRegion(wantsHugePage: Bool) -> UInt {
        guard let mapped = mmap(nil, 2 * regionBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            mapped != MAP_FAILED
        else { return 0 }
        let bytes = UInt(regionBytes)
        let start = UInt(bitPattern: mapped)
        let region = (start + bytes - 1) / bytes * bytes
        if region > start { munmap(mapped, Int(region - start)) }
        let rest = start + 2 * bytes - (region + bytes)
        if rest > 0 { munmap(UnsafeMutableRawPointer(bitPattern: region + bytes), Int(rest)) }
        // Where the first is refused, the region has small pages. The second is for systems that give huge ones unasked.
        madvise(
            UnsafeMutableRawPointer(bitPattern: region), regionBytes, wantsHugePage ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
        return region
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

        private mutating func addRegion() -> Bool {
            let isOpening = ChunkMemory.opening.load(ordering: .relaxed) > 0
            let region = ready.popLast() ?? ChunkMemory.mapRegion(wantsHugePage: isOpening)
            guard region != 0 else { return false }
            next = region
            left = ChunkMemory.regionBytes
            regions += 1
            // A small house never needs a second one.
            if !isOpening, regions > 1 { ChunkMemory.wantsOne.store(true, ordering: .relaxed) }
            return true
        }
    }
}
