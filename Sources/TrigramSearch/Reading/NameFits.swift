// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How well each name of a segment that a query touches meets each of its conditions. Reused from query to query; what
/// is kept by name is zero between them.
struct NameFits {
    /// By name, its record + 1; 0 where the query does not touch it.
    private var slots = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private var slotCount = 0
    /// The touched names, by record; and how many.
    private(set) var names = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private(set) var count = 0
    private var nameCapacity = 0
    /// By record, and condition within it, 0…1000.
    private var fits = UnsafeMutablePointer<UInt16>.allocate(capacity: 1)
    private var fitCapacity = 0
    /// By record, what the name is worth if it meets all conditions of the text alone; else 0.
    private(set) var own: [UInt16] = []
    private var stride = 1
    private var unfinished: [Unfinished] = []

    /// In the place of how well a name meets a condition: that it was not looked up yet.
    static let unknown = UInt16.max

    init() {}

    func deallocate() {
        slots.deallocate()
        names.deallocate()
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
        for record in 0..<count { slots[Int(names[record])] = 0 }
        count = 0
        own.removeAll(keepingCapacity: true)
        stride = max(1, conditions)
    }

    /// The record of a name, or -1.
    @inline(__always)
    func record(_ name: UInt32) -> Int { Int(slots[Int(name)] & ~Self.wholeBit) - 1 }

    @inline(__always)
    func fit(_ record: Int, _ condition: Int) -> UInt16 { fits[record * stride + condition] }

    /// Has what is known of a name brought near.
    @inline(__always)
    func prefetch(_ name: UInt32) {
        UnsafeMutableBufferPointer(start: slots, count: slotCount).prefetch(Int(name))
    }

    /// Notes how well a name meets a condition, the best of several times.
    @inline(__always)
    mutating func note(_ name: UInt32, _ condition: Int, _ fit: UInt16) {
        let at = touch(name).record * stride + condition
        if fits[at] < fit { fits[at] = fit }
    }

    /// The record of a name, made now if it is new: of a name that meets nothing so far.
    @inline(__always)
    mutating func touch(_ name: UInt32) -> (record: Int, isNew: Bool) {
        let slot = Int(slots[Int(name)] & ~Self.wholeBit)
        if slot > 0 { return (slot - 1, false) }
        let record = count
        if record == nameCapacity || (record + 1) * stride > fitCapacity { grow() }
        names[record] = name
        count = record + 1
        slots[Int(name)] = UInt32(count)
        let base = fits + record * stride
        for index in 0..<stride { base[index] = 0 }
        return (record, true)
    }

    // A name that meets all of a conjunction has the highest bit of its slot set.

    private static let wholeBit: UInt32 = 1 << 31

    @inline(__always)
    func isWhole(_ name: UInt32) -> Bool { slots[Int(name)] & Self.wholeBit != 0 }
    func setWhole(_ record: Int) { slots[Int(names[record])] |= Self.wholeBit }
    func clearWhole(_ record: Int) { slots[Int(names[record])] &= ~Self.wholeBit }

    @inline(__always)
    func setFit(_ record: Int, _ condition: Int, _ fit: UInt16) { fits[record * stride + condition] = fit }

    private mutating func grow() {
        if count == nameCapacity {
            nameCapacity = max(256, 2 * nameCapacity)
            let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: nameCapacity)
            larger.update(from: names, count: count)
            names.deallocate()
            names = larger
        }
        guard (count + 1) * stride > fitCapacity else { return }
        let capacity = max(256, 2 * fitCapacity, 2 * stride)
        let larger = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
        larger.update(from: fits, count: min(fitCapacity, count * stride))
        fits.deallocate()
        fits = larger
        fitCapacity = capacity
    }

    /// Says for every touched name what it is worth alone. Returns the best.
    mutating func weigh(_ plan: FlatPlan, _ tables: SegmentTables) -> Int {
        own.reserveCapacity(count)
        unfinished.removeAll(keepingCapacity: true)
        var best: UInt16 = 0
        for record in 0..<count {
            var worth = 0
            let base = fits + record * stride
            for conjunction in 0..<plan.count {
                var (sum, weights, begun) = (0, 0, -1)
                for index in plan.texts(conjunction) {
                    let condition = Int(plan.members[index])
                    let fit = Int(base[condition])
                    if plan.isShort[condition], fit <= Ranking.shortPrefixQuality || fit == Int(Self.unknown) {
                        begun = condition
                        continue
                    }
                    if fit == 0 || fit == Int(Self.unknown) {
                        weights = 0
                        break
                    }
                    sum += fit * plan.weights[condition]
                    weights += plan.weights[condition]
                }
                guard weights > 0 else { continue }
                if begun >= 0 {
                    if plan.isRare[conjunction] {
                        unfinished.append(Unfinished(record, conjunction, begun, sum, weights))
                    }
                    continue
                }
                worth = max(worth, self.worth(record, sum / weights, conjunction, plan, tables))
            }
            own.append(UInt16(clamping: worth))
            best = max(best, UInt16(clamping: worth))
        }
        for name in unfinished { best = max(best, finish(name, plan, tables)) }
        return Int(best)
    }

    /// Names of which was looked whether they have a word that begins with the one or two letters of the last word.
    var unfinishedCount: Int { unfinished.count }

    /// What a name is worth whose words meet the conditions so well.
    @inline(__always)
    func worth(_ record: Int, _ fit: Int, _ conjunction: Int, _ plan: FlatPlan, _ tables: SegmentTables) -> Int {
        plan.worth(tables.nameSizes[Int(names[record])], fit, conjunction)
    }

    /// A name that meets all of a conjunction but the one or two letters of the last word, as far as is known.
    private struct Unfinished {
        var record: Int
        var conjunction: Int
        var condition: Int
        var sum: Int
        var weights: Int

        init(_ record: Int, _ conjunction: Int, _ condition: Int, _ sum: Int, _ weights: Int) {
            (self.record, self.conjunction, self.condition) = (record, conjunction, condition)
            (self.sum, self.weights) = (sum, weights)
        }
    }

    /// Looks whether a word of the name begins with the letters, and says what the name is worth then.
    private mutating func finish(_ name: Unfinished, _ plan: FlatPlan, _ tables: SegmentTables) -> UInt16 {
        let beginning = plan.beginnings[name.condition]
        var places: UInt8 = 0
        for entry in tables.nameWords[names[name.record]] where beginning.contains(Int(entry >> Place.bits)) {
            places |= UInt8(truncatingIfNeeded: entry & Place.mask) & Place.searched
        }
        if places == 0 { return 0 }
        let weight = plan.weights[name.condition]
        let sum = name.sum + ((Ranking.shortPrefixQuality * Ranking.placeWeights[Int(places)]) >> 10) * weight
        let worth = worth(name.record, sum / (name.weights + weight), name.conjunction, plan, tables)
        own[name.record] = max(own[name.record], UInt16(clamping: worth))
        return own[name.record]
    }
}

/// A plan as plain numbers, for what is done a document at a time.
struct FlatPlan {
    /// The conditions of all conjunctions, one conjunction after another: those of the text, then the filters.
    private(set) var members: [Int32] = []
    private var starts: [Int] = [0]
    private(set) var scales: [Int] = []
    private(set) var scatteredScales: [Int] = []
    /// By conjunction, whether few documents have one of its words: then the one or two letters behind it are compared
    /// with each name, and else they say little. Known of the index as a whole, however it is divided.
    private(set) var isRare: [Bool] = []
    private static let rareDocumentsLog = 12
    private var filterCount = 0
    /// By condition.
    private(set) var weights: [Int] = []
    private(set) var isShort: [Bool] = []
    private(set) var typedLetters = 0
    private(set) var typedWords = 0
    /// By condition, the words that begin with the one or two letters that were typed.
    private(set) var beginnings: [Range<Int>] = []
    /// The whole names that do.
    private(set) var beginningNames: [Range<Int>] = []
    /// Whether errors are forgiven, be it that this segment has nothing that may be meant.
    private(set) var isForgiving = false
    /// The words of each condition that fit one by one, in order, and how well each does; and what else answers it.
    private var singleStarts: [Int] = []
    private var singles: [(term: UInt32, quality: Int32)] = []
    private var rangeStarts: [Int] = []
    private(set) var ranges: [TermRange] = []
    /// How many of the ranges are of words as they were typed, which come first, and of words that begin with an error:
    /// these are in order, and apart.
    private var wordRangeCounts: [(typed: Int, forgiven: Int)] = []

    init() {}

    mutating func take(_ plan: SegmentPlan) {
        members.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        scales.removeAll(keepingCapacity: true)
        scatteredScales.removeAll(keepingCapacity: true)
        isRare.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        isShort.removeAll(keepingCapacity: true)
        starts.append(0)
        filterCount = plan.filters.count
        typedLetters = plan.typedLetters
        typedWords = plan.typedWords
        beginnings.removeAll(keepingCapacity: true)
        beginningNames.removeAll(keepingCapacity: true)
        for conjunction in plan.conjunctions {
            for condition in conjunction.conditions { members.append(Int32(condition)) }
            starts.append(members.count)
            scales.append(conjunction.scale)
            scatteredScales.append(conjunction.scatteredScale)
            isRare.append(
                conjunction.conditions.contains {
                    let condition = plan.conditions[$0]
                    return condition.weight > 0 && !condition.isShort
                        && plan.documentsLog - (condition.weight - 2) / 2 <= Self.rareDocumentsLog
                })
        }
        singles.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
        singleStarts.removeAll(keepingCapacity: true)
        rangeStarts.removeAll(keepingCapacity: true)
        wordRangeCounts.removeAll(keepingCapacity: true)
        isForgiving = plan.isForgiving
        for condition in plan.conditions {
            let first = singles.count
            singleStarts.append(first)
            rangeStarts.append(ranges.count)
            for range in condition.ranges {
                if !range.isName, range.isForgiven, range.prefixBytes == 0, range.high == range.low + 1 {
                    singles.append((UInt32(range.low), Int32(range.quality)))
                } else if !range.isName, !range.isForgiven {
                    ranges.append(range)
                }
            }
            let middle = ranges.count
            for range in condition.ranges where !range.isName && range.isForgiven && range.prefixBytes > 0 {
                ranges.append(range)
            }
            if ranges.count > middle + 1 { ranges[middle...].sort { $0.low < $1.low } }
            wordRangeCounts.append((middle - rangeStarts[rangeStarts.count - 1], ranges.count - middle))
            for range in condition.ranges where range.isName { ranges.append(range) }
            if singles.count > first + 1 { singles[first...].sort { $0.term < $1.term } }
            weights.append(condition.weight)
            isShort.append(condition.isShort)
            beginnings.append(condition.beginning)
            beginningNames.append(condition.beginningNames)
        }
        singleStarts.append(singles.count)
        rangeStarts.append(ranges.count)
    }

    /// The ranges of a condition that are more than one forgiven word: of words, and of names.
    @inline(__always)
    func wordsAndNames(_ condition: Int) -> (words: Range<Int>, forgiven: Range<Int>, names: Range<Int>) {
        let first = rangeStarts[condition]
        let middle = first + wordRangeCounts[condition].typed
        let end = middle + wordRangeCounts[condition].forgiven
        return (first..<middle, middle..<end, end..<rangeStarts[condition + 1])
    }

    /// Which of some ranges has the term, where they are in order and apart.
    @inline(__always)
    func range(of term: Int, in some: Range<Int>) -> TermRange? {
        var (low, high) = (some.lowerBound, some.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].high <= term { low = middle + 1 } else { high = middle }
        }
        return low < some.upperBound && ranges[low].low <= term ? ranges[low] : nil
    }

    @inline(__always)
    func hasSingles(_ condition: Int) -> Bool { singleStarts[condition] < singleStarts[condition + 1] }

    /// How well a word fits among those of a condition that fit one by one; 0 where it is none of them.
    @inline(__always)
    func quality(ofSingle term: Int, _ condition: Int) -> Int {
        var (low, high) = (singleStarts[condition], singleStarts[condition + 1])
        let end = high
        while low < high {
            let middle = (low + high) / 2
            if Int(singles[middle].term) < term { low = middle + 1 } else { high = middle }
        }
        return low < end && Int(singles[low].term) == term ? Int(singles[low].quality) : 0
    }

    var count: Int { scales.count }

    /// What a name of this size is worth that meets a conjunction so well.
    @inline(__always)
    func worth(_ size: NameSize, _ fit: Int, _ conjunction: Int) -> Int {
        let covered = Ranking.covered(size, letters: typedLetters, words: typedWords, isForgiving)
        return max(1, fit * (scales[conjunction] + covered) / 1000)
    }

    /// Where in ``members`` a conjunction's conditions are.
    @inline(__always)
    func all(_ conjunction: Int) -> Range<Int> { starts[conjunction]..<starts[conjunction + 1] }

    /// The same, without the filters.
    @inline(__always)
    func texts(_ conjunction: Int) -> Range<Int> { starts[conjunction]..<(starts[conjunction + 1] - filterCount) }
}
