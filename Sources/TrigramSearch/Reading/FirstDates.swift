// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which date ranks first of each tour, of those seen so far.
struct FirstDates {
    typealias Entry = HitCollector.Entry

    /// By slot, a number of ``entries`` + 1, or 0: open addressing, at most half full.
    private var slots = [UInt32](repeating: 0, count: 128)
    private var entries: [Entry] = []

    /// What ranks first of the entry's tour; the entry itself where it is the only one.
    mutating func first(of entry: Entry) -> Entry {
        let slot = slot(of: entry.tour)
        if slots[slot] > 0 { return entries[Int(slots[slot]) - 1] }
        entries.append(entry)
        slots[slot] = UInt32(truncatingIfNeeded: entries.count)
        if 2 * entries.count > slots.count { grow() }
        return entry
    }

    mutating func replace(_ first: Entry, by entry: Entry) {
        entries[Int(slots[slot(of: first.tour)]) - 1] = entry
    }

    private func slot(of tour: Int) -> Int {
        var slot = tour & (slots.count - 1)
        while slots[slot] > 0, entries[Int(slots[slot]) - 1].tour != tour { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: 2 * slots.count)
        for (number, entry) in entries.enumerated() {
            slots[slot(of: entry.tour)] = UInt32(truncatingIfNeeded: number + 1)
        }
    }
}
