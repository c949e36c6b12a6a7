// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What one reader was asked most, with the answers: ids and text scores, nothing that sells. Kept by the reader itself,
/// so that no reader waits for another.
///
/// The hottest stay: each hit counts, and where room is needed a hand goes round, halves the counts and takes the first
/// entry that has none left.
struct QueryCache {
    struct Entry {
        var key: [UInt8]
        var query: PreparedQuery
        var weights: [Int]
        var result: SearchResult
        var forgiveness: Forgiveness
        /// The publication at which the answer was last known to be right.
        var generation: UInt64
        /// The index as the reader last took it up, merges counted: they change what words weigh.
        var view: UInt64
        /// The version of the demand by which the answer was last known to be ranked.
        var demand: UInt32
        /// The version that the cursor of a later page names; nil for a first page.
        var cursorDemand: UInt32?
        var heat: UInt8 = 1
    }

    let capacity: Int
    private var places: [[UInt8]: Int] = [:]
    private(set) var entries: [Entry] = []
    private var hand = 0
    /// Answers given from here, and such as were dropped because a change could have altered them.
    private(set) var hits = 0
    private(set) var drops = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    func place(_ key: [UInt8]) -> Int? { places[key] }

    mutating func noteHit(_ place: Int, _ generation: UInt64, _ view: UInt64, _ demand: UInt32) {
        hits += 1
        if entries[place].heat < .max { entries[place].heat += 1 }
        entries[place].generation = generation
        entries[place].view = view
        // A later page stays with the version that its cursor names; the next page of a first one goes on from here.
        if entries[place].demand != demand, entries[place].cursorDemand == nil {
            entries[place].demand = demand
            if entries[place].query.isText, let cursor = entries[place].result.cursor {
                entries[place].result.cursor = SearchCursor.text(cursor, withDemand: demand)
            }
        }
    }

    mutating func drop(_ place: Int) {
        drops += 1
        remove(place)
    }

    private mutating func remove(_ place: Int) {
        places[entries[place].key] = nil
        let last = entries.removeLast()
        guard place < entries.count else { return }
        places[last.key] = place
        entries[place] = last
    }

    mutating func insert(_ entry: Entry) {
        guard capacity > 0 else { return }
        if let known = places[entry.key] { remove(known) }
        if entries.count >= capacity {
            while true {
                hand = hand + 1 < entries.count ? hand + 1 : 0
                entries[hand].heat /= 2
                if entries[hand].heat == 0 { break }
            }
            remove(hand)
        }
        places[entry.key] = entries.count
        entries.append(entry)
    }

    /// All of a query that its answer depends on.
    static func key(_ query: SearchQuery) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(query.words.utf8.count + 64)
        func append(_ value: Int64) {
            withUnsafeBytes(of: value) { key.append(contentsOf: $0) }
        }
        append(SearchCursor.nowHours(query))
        append(Int64(query.limit))
        append(Int64(query.firstDay ?? .min))
        append(Int64(query.lastDay ?? .max))
        key.append(query.sort.rawValue | (query.seesHidden ? 16 : 0) | (query.foldsTours ? 32 : 0))
        for text in [query.words, query.location, query.performer, query.type, query.cursor ?? ""] {
            key.append(contentsOf: text.utf8)
            key.append(0xFF)
        }
        return key
    }
}
