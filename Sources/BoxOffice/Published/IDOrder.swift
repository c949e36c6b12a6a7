// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Ids in order: the order of a list, kept as they come, so that a page of a list costs what is on it and not what there
/// is. Ids are ASCII, whose order as text is that of their bytes.
///
/// Blocks of some hundreds of sorted ids, one behind the other: a new one moves a few kilobytes aside at most, and what
/// comes in order is appended.
struct IDOrder<ID: Comparable> {
    /// None is empty.
    private var blocks: [[ID]] = []
    private(set) var count = 0

    /// Ids of a block before it is divided.
    private static var blockMax: Int { 512 }

    /// Enters an id that is not there.
    ///
    /// - Complexity: O(log n) comparisons, one where it comes after all others.
    mutating func insert(_ id: ID) {
        count += 1
        guard let last = blocks.last?.last else { return blocks.append([id]) }
        var block = blocks.count - 1
        if last < id {
            if blocks[block].count == Self.blockMax { return blocks.append([id]) }
            return blocks[block].append(id)
        }
        block = self.block(after: id)
        let place = Self.place(after: id, in: blocks[block])
        blocks[block].insert(id, at: place)
        if blocks[block].count > Self.blockMax {
            let half = Array(blocks[block][(Self.blockMax / 2)...])
            blocks[block].removeLast(half.count)
            blocks.insert(half, at: block + 1)
        }
    }

    /// The first `limit` ids that come after `id`, from the first of all where that is nil, and whether there are more.
    ///
    /// - Complexity: O(log n) comparisons, and O(`limit`).
    func page(after id: ID?, limit: Int) -> (ids: [ID], hasMore: Bool) {
        var page: [ID] = []
        var block = id.map { self.block(after: $0) } ?? 0
        var place = 0
        if let id, block < blocks.count { place = Self.place(after: id, in: blocks[block]) }
        while block < blocks.count {
            if page.count == limit { return (page, true) }
            let taken = blocks[block][place...].prefix(limit - page.count)
            page += taken
            if taken.endIndex < blocks[block].count { return (page, true) }
            block += 1
            place = 0
        }
        return (page, false)
    }

    /// The block with the first id that comes after `id`; the number of blocks where there is none.
    private func block(after id: ID) -> Int {
        Self.first(in: blocks.indices) { id < blocks[$0][blocks[$0].count - 1] }
    }

    private static func place(after id: ID, in block: [ID]) -> Int {
        first(in: block.indices) { id < block[$0] }
    }

    /// The first of `indices` that satisfies `isAfter`, as all behind it do; their end where there is none.
    private static func first(in indices: Range<Int>, where isAfter: (Int) -> Bool) -> Int {
        var low = indices.lowerBound
        var high = indices.upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if isAfter(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
