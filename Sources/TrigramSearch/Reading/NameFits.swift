// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How well each name of a segment that a query touches meets each of its conditions. Reused from query to query; what
/// is kept by name is zero between them.
struct NameFits {
    /// By name, its record + 1; 0 where the query does not touch it.
    private var slots = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private var slotCount = 0
    /// The touched names, by record.
    private(set) var names: [UInt32] = []
    /// By record, and condition within it, 0…1000.
    private var fits = UnsafeMutablePointer<UInt16>.allocate(capacity: 1)
    private var fitCapacity = 0
    /// By record, what the name is worth if it meets all conditions of the text alone; else 0.
    private(set) var own: [UInt16] = []
    private var stride = 1

    init() {}

    func deallocate() {
        slots.deallocate()
        fits.deallocate()
    }

    mutating func reserve(names count: Int) {
        guard count > slotCount else { return }
        slots.deallocate()
        slots = .allocate(capacity: count)
        slots.initialize(repeating: 0, count: count)
        slotCount = count
    }

    /// Forgets the query before, and begins one of so many conditions.
    mutating func begin(conditions: Int) {
        for name in names { slots[Int(name)] = 0 }
        names.removeAll(keepingCapacity: true)
        own.removeAll(keepingCapacity: true)
        stride = max(1, conditions)
    }

    var count: Int { names.count }

    /// The record of a name, or -1.
    @inline(__always)
    func record(_ name: UInt32) -> Int { Int(slots[Int(name)]) - 1 }

    @inline(__always)
    func fit(_ record: Int, _ condition: Int) -> UInt16 { fits[record * stride + condition] }

    /// Notes how well a name meets a condition, the best of several times.
    @inline(__always)
    mutating func note(_ name: UInt32, _ condition: Int, _ fit: UInt16) {
        var slot = Int(slots[Int(name)])
        if slot == 0 {
            if (names.count + 1) * stride > fitCapacity { grow() }
            names.append(name)
            slot = names.count
            slots[Int(name)] = UInt32(slot)
            let base = fits + (slot - 1) * stride
            for index in 0..<stride { base[index] = 0 }
        }
        let at = (slot - 1) * stride + condition
        if fits[at] < fit { fits[at] = fit }
    }

    private mutating func grow() {
        let capacity = max(256, 2 * fitCapacity, 2 * stride)
        let larger = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
        larger.update(from: fits, count: min(fitCapacity, names.count * stride))
        fits.deallocate()
        fits = larger
        fitCapacity = capacity
    }

    /// Says for every touched name what it is worth alone. Returns the best.
    mutating func weigh(_ plan: SegmentPlan, _ tables: SegmentTables) -> Int {
        own.reserveCapacity(names.count)
        var best: UInt16 = 0
        for record in 0..<names.count {
            var worth = 0
            for conjunction in plan.conjunctions where conjunction.scale > 0 {
                var (sum, weights) = (0, 0)
                for condition in conjunction.conditions where plan.conditions[condition].weight > 0 {
                    let fit = Int(fits[record * stride + condition])
                    if fit == 0 || plan.conditions[condition].isShort && fit <= Ranking.shortPrefixQuality {
                        weights = 0
                        break
                    }
                    sum += fit * plan.conditions[condition].weight
                    weights += plan.conditions[condition].weight
                }
                guard weights > 0 else { continue }
                let letters = Int(tables.nameLetters[Int(names[record])])
                let typed = plan.typedLetters
                let covered = Ranking.coverage * min(letters, typed) / max(1, letters, typed)
                worth = max(worth, max(1, sum / weights * (conjunction.scale + covered) / 1000))
            }
            own.append(UInt16(clamping: worth))
            best = max(best, UInt16(clamping: worth))
        }
        return Int(best)
    }
}
