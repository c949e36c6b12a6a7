// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What one reader was asked most, with the answers: ids and text scores, nothing that sells. Kept by the reader itself,
/// so that no reader waits for another.
///
/// The hottest stay: each hit counts, and where room is needed a hand goes round, halves the counts and takes the first
/// entry that has none left. There is a bound to how many they are, and to the bytes that they take.
struct QueryCache {
    struct Answer {
        var result: SearchResult
        /// Whether the query has words, be they of punctuation: then there are scores.
        var isText: Bool
        /// What the hits score by their names, where a caller orders those that it keeps of them.
        var claims: [NameClaim] = []

        /// Whether the hits are all that match.
        var hasAll: Bool { result.total == result.hits.count }

        /// Leaves of the answer how many hits there are.
        mutating func forgetHits() {
            result.hits = []
            (result.cursor, result.did) = (nil, nil)
            claims = []
        }
    }

    struct Entry {
        var key: Key
        var query: PreparedQuery
        var weights: [Int]
        var answer: Answer
        /// The publication at which the answer was last known to be right.
        var generation: UInt64
        /// The index as the reader last took it up, merges counted: they change what words weigh.
        var view: UInt64
        /// The version of the demand by which the answer was last known to be ranked.
        var demand: UInt32
        /// The version that the cursor of a later page names; nil for a first page.
        var cursorDemand: UInt32?
        var heat: UInt8 = 1
        /// What the entry takes beside its place in ``entries``, as it was when it was put there.
        fileprivate(set) var heldBytes = 0

        fileprivate mutating func noteHit(_ generation: UInt64, _ view: UInt64, _ demand: UInt32) {
            if heat < .max { heat += 1 }
            self.generation = generation
            self.view = view
            // A later page stays with the version that its cursor names; the next page of a first one goes on from here.
            guard self.demand != demand, cursorDemand == nil else { return }
            self.demand = demand
            if query.isText, let cursor = answer.result.cursor {
                answer.result.cursor = SearchCursor.text(cursor, withDemand: demand)
            }
        }
    }

    private let capacity: Int
    private let bytesMax: Int
    /// What the entries hold.
    private var heldBytes = 0
    /// By slot, an entry + 1, or 0: open addressing, with room for twice as many.
    private var slots: [UInt32]
    /// By entry, the hash of its key.
    private var hashes: [UInt64] = []
    private(set) var entries: [Entry] = []
    private var hand = 0
    private var scratch: [UInt8] = []
    /// Answers given from here, and such as were dropped because a change could have altered them.
    private(set) var hits = 0
    private(set) var drops = 0

    init(capacity: Int, bytesMax: Int) {
        self.capacity = capacity
        self.bytesMax = bytesMax
        var count = 16
        while count < 2 * capacity { count *= 2 }
        slots = Array(repeating: 0, count: capacity > 0 ? count : 1)
    }

    /// What is taken by all that is kept, and by the room for more.
    var byteCount: Int {
        heldBytes + entries.allocatedBytes + hashes.allocatedBytes + slots.allocatedBytes
    }

    /// What finds an entry.
    struct Key {
        var bytes: [UInt8]
        var hash: UInt64
    }

    func place(_ key: Key) -> Int? {
        var slot = Int(truncatingIfNeeded: key.hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if hashes[place] == key.hash, entries[place].key.bytes == key.bytes { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Where the entry's number stands.
    private func slot(of place: Int) -> Int {
        var slot = Int(truncatingIfNeeded: hashes[place]) & (slots.count - 1)
        while Int(slots[slot]) != place + 1 { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// Empties a slot; what stands behind it because it was taken moves up.
    private mutating func empty(_ slot: Int) {
        let mask = slots.count - 1
        var (hole, next) = (slot, (slot + 1) & mask)
        while slots[next] != 0 {
            let home = Int(truncatingIfNeeded: hashes[Int(slots[next]) - 1]) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
    }

    mutating func noteHit(_ place: Int, _ generation: UInt64, _ view: UInt64, _ demand: UInt32) {
        hits += 1
        entries[place].noteHit(generation, view, demand)
    }

    mutating func drop(_ place: Int) {
        drops += 1
        remove(place)
    }

    private mutating func remove(_ place: Int) {
        empty(slot(of: place))
        heldBytes -= entries[place].heldBytes
        let last = entries.count - 1
        if place < last {
            slots[slot(of: last)] = UInt32(place + 1)
            entries[place] = entries[last]
            hashes[place] = hashes[last]
        }
        entries.removeLast()
        hashes.removeLast()
    }

    mutating func insert(_ entry: Entry) {
        var entry = entry
        entry.trim()
        entry.heldBytes = entry.allocatedBytes
        if let known = place(entry.key) { remove(known) }
        // At once, so that what the room takes is known; memory that was never used costs nothing.
        entries.reserveCapacity(capacity)
        hashes.reserveCapacity(capacity)
        while !entries.isEmpty, entries.count >= capacity || byteCount + entry.heldBytes > bytesMax { removeColdest() }
        guard byteCount + entry.heldBytes <= bytesMax else { return }
        var slot = Int(truncatingIfNeeded: entry.key.hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(entries.count + 1)
        entries.append(entry)
        hashes.append(entry.key.hash)
        heldBytes += entry.heldBytes
    }

    private mutating func removeColdest() {
        while true {
            hand = hand + 1 < entries.count ? hand + 1 : 0
            entries[hand].heat /= 2
            if entries[hand].heat == 0 { return remove(hand) }
        }
    }

    /// All of a query that its answer depends on; nil where it would not be kept.
    mutating func key(_ query: SearchQuery, laterShare: Int) -> Key? {
        let textBytes =
            query.words.utf8.count + query.location.utf8.count + query.performer.utf8.count + query.type.utf8.count
            + (query.cursor?.utf8.count ?? 0)
        guard capacity > 0, textBytes <= SearchLimits.cachedQueryBytesMax else { return nil }
        scratch.removeAll(keepingCapacity: true)
        let numbers = (
            SearchCursor.nowHours(query), Int64(query.limit), Int64(query.firstDay ?? .min),
            Int64(query.lastDay ?? .max)
        )
        withUnsafeBytes(of: numbers) { scratch.append(contentsOf: $0) }
        scratch.append(
            query.sort.rawValue | (query.seesHidden ? 16 : 0) | (query.foldsTours ? 32 : 0)
                | (laterShare < 1000 ? 64 : 0))
        append(query.words)
        append(query.location)
        append(query.performer)
        append(query.type)
        append(query.cursor ?? "")
        return Key(bytes: scratch, hash: scratch.withUnsafeBufferPointer { IdentityTable.identity(of: $0) })
    }

    private mutating func append(_ text: String) {
        if !text.isEmpty {
            var text = text
            text.withUTF8 { scratch.append(contentsOf: $0) }
        }
        // No UTF-8 has this byte, so that texts cannot run into each other.
        scratch.append(0xFF)
    }
}
