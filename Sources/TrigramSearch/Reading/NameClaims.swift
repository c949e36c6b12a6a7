// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which document is the best of each name that hits were found by, of those seen so far.
///
/// A document claims each of its names that has all words, for the score that it has by that name alone; the best of a
/// name keeps it. What keeps none of its names gives way: so that the dates of one performer do not fill a page where
/// other names fit about as well.
struct NameClaims {
    typealias Entry = HitCollector.Entry

    private struct Claim {
        var name: Int
        var document: Int
        var score: Int
        /// The claim of the same document before; -1 for the first.
        var previous: Int
    }

    private var claims: [Claim] = []
    /// The documents with the score of the best of their claims, and the last of these.
    private var documents: [(entry: Entry, last: Int)] = []
    private var holders = NumberTable()
    private var places = NumberTable()
    /// What those that keep no name are worth, of 1000.
    private let laterShare: Int

    init(laterShare: Int) { self.laterShare = laterShare }

    /// The score of the best of a name; 0 where none was seen.
    func score(ofName name: Int) -> Int { holders[name].map { claims[$0].score } ?? 0 }

    /// Notes a claim. Returns the document's number here, whether it is new, and the one that has lost the name by it.
    mutating func take(_ entry: Entry, name: Int, _ order: HitOrder) -> (document: Int, isNew: Bool, loser: Int?) {
        let known = places[entry.number]
        let document = known ?? documents.count
        if known == nil {
            places[entry.number] = document
            documents.append((entry, -1))
        } else if documents[document].entry.score < entry.score {
            documents[document].entry = entry
        }
        guard !hasClaim(document, name) else { return (document, false, nil) }
        claims.append(Claim(name: name, document: document, score: entry.score, previous: documents[document].last))
        documents[document].last = claims.count - 1
        let holder = holders[name]
        if let holder {
            var other = documents[claims[holder].document].entry
            other.key = Int64(-claims[holder].score)
            guard order.isBefore(entry, other) else { return (document, known == nil, nil) }
        }
        holders[name] = claims.count - 1
        return (document, known == nil, holder.map { claims[$0].document })
    }

    private func hasClaim(_ document: Int, _ name: Int) -> Bool {
        var claim = documents[document].last
        while claim >= 0, claims[claim].name != name { claim = claims[claim].previous }
        return claim >= 0
    }

    /// The document in its place: by the best of the names that it keeps, or behind others.
    func placed(_ document: Int) -> Entry {
        var entry = documents[document].entry
        var worth = entry.score * laterShare / 1000
        var claim = documents[document].last
        while claim >= 0 {
            if claims[claim].score > worth, holders[claims[claim].name] == claim { worth = claims[claim].score }
            claim = claims[claim].previous
        }
        entry.key = Int64(-worth)
        return entry
    }

    /// The claims of a document, which is a caller's hit of this number.
    func claims(of entry: Entry, hit: Int) -> [NameClaim] {
        var found: [NameClaim] = []
        var claim = places[entry.number].map { documents[$0].last } ?? -1
        while claim >= 0 {
            found.append(NameClaim(hit: hit, name: claims[claim].name, score: claims[claim].score))
            claim = claims[claim].previous
        }
        return found
    }
}

/// What a hit scores by one of its names.
struct NameClaim {
    var hit: Int
    var name: Int
    var score: Int
}

/// Numbers by numbers: open addressing, at most half full; nothing is removed.
private struct NumberTable {
    /// By slot, a number of ``entries`` + 1, or 0.
    private var slots = [UInt32](repeating: 0, count: 64)
    private var entries: [(key: Int, value: Int)] = []

    subscript(key: Int) -> Int? {
        get {
            let entry = Int(slots[slot(of: key)]) - 1
            return entry >= 0 ? entries[entry].value : nil
        }
        set {
            guard let newValue else { return }
            let slot = slot(of: key)
            if slots[slot] > 0 {
                entries[Int(slots[slot]) - 1].value = newValue
                return
            }
            entries.append((key, newValue))
            slots[slot] = UInt32(truncatingIfNeeded: entries.count)
            if 2 * entries.count > slots.count { grow() }
        }
    }

    private func slot(of key: Int) -> Int {
        var slot = (key &* 0x9E37_79B1) >> 16 & (slots.count - 1)
        while slots[slot] > 0, entries[Int(slots[slot]) - 1].key != key { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: 2 * slots.count)
        for number in entries.indices { slots[slot(of: entries[number].key)] = UInt32(truncatingIfNeeded: number + 1) }
    }
}
