// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// By condition, which of its documents are there ready made, as sets, and which terms are left to go through. Reused
/// from query to query.
struct Covers {
    /// Neighbouring terms of a range of the condition.
    struct Rest {
        var range: Int
        var low: Int
        var high: Int
    }

    /// Of so few terms each is looked at whether its documents are there ready made.
    static let separateTermsMax = 64

    private var setStarts: [Int] = []
    private var restStarts: [Int] = []
    private(set) var sets: [DenseSet] = []
    private(set) var rests: [Rest] = []

    mutating func removeAll() {
        setStarts.removeAll(keepingCapacity: true)
        restStarts.removeAll(keepingCapacity: true)
        sets.removeAll(keepingCapacity: true)
        rests.removeAll(keepingCapacity: true)
        setStarts.append(0)
        restStarts.append(0)
    }

    /// Adds the next condition, which so many documents meet, name by name.
    mutating func append(_ condition: Condition, _ estimate: Int, _ tables: SegmentTables) {
        if let set = condition.set {
            // All that it may be besides begins with the same letters.
            sets.append(set)
        } else if condition.weight > 0, estimate > DenseSets.documentsMin {
            divide(condition, tables)
        } else {
            for (number, range) in condition.ranges.enumerated() {
                rests.append(Rest(range: number, low: range.low, high: range.high))
            }
        }
        setStarts.append(sets.count)
        restStarts.append(rests.count)
    }

    private mutating func divide(_ condition: Condition, _ tables: SegmentTables) {
        var hasNames = false
        for (number, range) in condition.ranges.enumerated() {
            // Ready-made beginnings have the names too.
            if range.isName, range.prefixBytes > 0, hasNames { continue }
            if let set = Self.ready(range, tables) {
                append(set)
                hasNames = hasNames || range.prefixBytes > 0
                continue
            }
            // Run by run of terms without a set of their own.
            var from = range.low
            if !range.isName, range.high - range.low <= Self.separateTermsMax {
                for term in range.low..<range.high {
                    guard let set = Self.ready(TermRange(low: term, high: term + 1), tables) else { continue }
                    append(set)
                    if from < term { rests.append(Rest(range: number, low: from, high: term)) }
                    from = term + 1
                }
            }
            if from < range.high { rests.append(Rest(range: number, low: from, high: range.high)) }
        }
    }

    private mutating func append(_ set: DenseSet) {
        let first = setStarts[setStarts.count - 1]
        if !sets[first...].contains(where: { $0.words == set.words }) { sets.append(set) }
    }

    /// The ready-made documents of a range of words: those of their descriptions too.
    private static func ready(_ range: TermRange, _ tables: SegmentTables) -> DenseSet? {
        if range.isName || tables.words.documents(low: range.low, high: range.high) < DenseSets.documentsMin {
            return nil
        }
        if range.prefixBytes > 0, !range.isForgiven { return tables.dense.set(beginnings: range.low..<range.high) }
        return range.high == range.low + 1 ? tables.dense.set(word: range.low) : nil
    }

    /// Where in ``sets`` a condition's are, and in ``rests``.
    @inline(__always)
    func sets(of condition: Int) -> Range<Int> { setStarts[condition]..<setStarts[condition + 1] }

    @inline(__always)
    func rests(of condition: Int) -> Range<Int> { restStarts[condition]..<restStarts[condition + 1] }

    /// The one set that has all documents of the condition.
    @inline(__always)
    func whole(_ condition: Int) -> DenseSet? {
        let sets = sets(of: condition)
        return sets.count == 1 && rests(of: condition).isEmpty ? self.sets[sets.lowerBound] : nil
    }

    /// What putting all documents into a set costs.
    func cost(_ condition: Int, _ ranges: [TermRange], _ tables: SegmentTables) -> Int {
        let ready = sets(of: condition).count * (tables.documentCount / 64)
        return rests(of: condition).reduce(ready) { cost, index in
            let rest = rests[index]
            let table = tables.dictionary(ranges[rest.range])
            let names = Int(table.postingStart[rest.high] - table.postingStart[rest.low])
            return cost + PartMatcher.namesWork * names + table.documents(low: rest.low, high: rest.high)
        }
    }
}
