// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the documents of one segment that meet a plan, and says how well each does. Its tables are kept from query to
/// query.
struct PartMatcher {
    /// So many documents are looked at one by one, and not set by set.
    static let oneByOneMax = 2_048
    /// What looking at one document's names costs, in postings.
    static let lookingWork = 6

    var fits = NameFits()
    /// The documents that meet the plan.
    private(set) var found = DocumentSet()
    var ranked = DocumentSet()
    private var meeting = DocumentSet()
    private var other = DocumentSet()
    private(set) var tables = SegmentTables()
    private(set) var plan = SegmentPlan()
    private var slice = 0..<0
    /// By condition, about how many documents meet it.
    private var estimates: [Int] = []
    /// By condition, its documents by descriptions, once they were needed as a set.
    private var textSets: [DocumentSet] = []
    private var hasTextSet: [Bool] = []
    private var textCounts: [Int] = []
    /// By condition, how well the document at hand meets it.
    private var best: [UInt16] = []
    /// By condition, how well a name meets it at best.
    private var fitMax: [UInt16] = []
    /// The best that one name reaches alone, and that several reach together.
    private(set) var ownMax = 0
    private(set) var scatteredMax = 0

    init() {}

    func deallocate() {
        fits.deallocate()
        for set in [found, ranked, meeting, other] + textSets { set.deallocate() }
    }

    mutating func reserve(documents: Int, names: Int) {
        fits.reserve(names: names)
        found.reserve(documents)
        ranked.reserve(documents)
        meeting.reserve(documents)
        other.reserve(documents)
        for index in textSets.indices { textSets[index].reserve(documents) }
    }

    // MARK: Conditions

    /// Takes a plan for a segment: which names meet which conditions.
    mutating func begin(_ plan: SegmentPlan, _ tables: SegmentTables, work: inout Int) {
        self.plan = plan
        self.tables = tables
        let count = plan.conditions.count
        fits.begin(conditions: count)
        estimates.removeAll(keepingCapacity: true)
        textCounts.removeAll(keepingCapacity: true)
        hasTextSet.removeAll(keepingCapacity: true)
        best.removeAll(keepingCapacity: true)
        fitMax.removeAll(keepingCapacity: true)
        while textSets.count < count {
            var set = DocumentSet()
            set.reserve(found.capacity)
            textSets.append(set)
        }
        for condition in 0..<count {
            fitMax.append(0)
            estimates.append(fill(condition, &work))
            textCounts.append(textCount(condition))
            hasTextSet.append(false)
            best.append(0)
        }
        ownMax = plan.conjunctions.isEmpty ? 0 : fits.weigh(plan, tables)
        scatteredMax = scatteredBound()
    }

    /// Notes the names that meet a condition; returns how many documents do, name by name.
    private mutating func fill(_ number: Int, _ work: inout Int) -> Int {
        let condition = plan.conditions[number]
        var documents = condition.set?.documents ?? 0
        let isFilter = condition.weight == 0
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for term in range.low..<range.high {
                if work >= SearchLimits.workHardMax { return documents }
                let (first, end) = (Int(table.postingStart[term]), Int(table.postingStart[term + 1]))
                work += 1 + 2 * (end - first)
                let quality = range.quality(of: term, table)
                for index in first..<end {
                    let posting = table.postings[index]
                    let places = UInt8(truncatingIfNeeded: posting & Place.mask) & range.places
                    if places == 0 { continue }
                    let name = posting >> Place.bits
                    let fit =
                        isFilter ? 1000 : range.isFlat ? quality : (quality * Ranking.placeWeight(places)) >> 10
                    fits.note(name, number, UInt16(truncatingIfNeeded: max(1, fit)))
                    fitMax[number] = max(fitMax[number], UInt16(truncatingIfNeeded: max(1, fit)))
                    if isFilter { documents += tables.documentCount(ofName: Int(name)) }
                }
            }
            if !isFilter { documents += table.documents(low: range.low, high: range.high) }
        }
        return documents
    }

    private func textCount(_ number: Int) -> Int {
        guard tables.texts.count > 0, plan.conditions[number].weight > 0 else { return 0 }
        return plan.conditions[number].ranges.reduce(0) {
            $1.isName ? $0 : $0 + Int(tables.textStart[$1.high] - tables.textStart[$1.low])
        }
    }

    /// About what finding the documents costs, over all of the segment.
    var cost: Int {
        plan.conjunctions.reduce(0) { cost, conjunction in
            let rarest = conjunction.conditions.reduce(Int.max) { min($0, estimates[$1]) }
            return conjunction.conditions.reduce(cost) { $0 + min(estimates[$1], rarest * Self.lookingWork) }
        }
    }

    // MARK: Documents

    /// Finds the documents of the slice that meet the plan; ``found`` holds them.
    mutating func find(in slice: Range<Int>, work: inout Int) -> Bool {
        self.slice = slice
        found.removeAll()
        for index in hasTextSet.indices where hasTextSet[index] { hasTextSet[index] = false }
        for document in plan.named where slice.contains(document) { found.insert(document) }
        for conjunction in plan.conjunctions {
            let order = conjunction.conditions.sorted {
                estimates[$0] != estimates[$1] ? estimates[$0] < estimates[$1] : $0 < $1
            }
            guard let first = order.first, estimates[first] > 0 else { continue }
            if order.count == 1 {
                insert(first, into: found, &work)
                continue
            }
            meeting.removeAll()
            insert(first, into: meeting, &work)
            for condition in order.dropFirst() {
                let count = meeting.count
                if count == 0 { break }
                if count * Self.lookingWork < estimates[condition] * slice.count / tables.documentCount {
                    work += count * Self.lookingWork
                    let meeting = meeting
                    meeting.forEach { document in
                        if !meets(document, condition, &work) { meeting.remove(document) }
                    }
                } else if let set = plan.conditions[condition].set, plan.conditions[condition].ranges.isEmpty {
                    work += slice.count / 64
                    meeting.formIntersection(set.words, wordCount: (tables.documentCount + 63) / 64)
                } else {
                    other.removeAll()
                    insert(condition, into: other, &work)
                    meeting.formIntersection(other)
                }
            }
            found.formUnion(meeting)
        }
        return work < SearchLimits.workHardMax
    }

    /// All documents of the slice.
    mutating func findAll(in slice: Range<Int>) {
        self.slice = slice
        found.removeAll()
        found.insert(slice)
    }

    /// Puts the documents of the slice that meet one condition into a set.
    private func insert(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        let condition = plan.conditions[number]
        if let dense = condition.set {
            work += slice.count / 64
            set.insert(dense, in: slice)
        }
        let isWhole = slice.count == tables.documentCount
        var isReady = false
        if isWhole, condition.weight > 0, let range = condition.ranges.first(where: { !$0.isName }),
            let dense = tables.dense.set(low: range.low, high: range.high),
            condition.ranges.allSatisfy({ !$0.isForgiven })
        {
            // Ready made, whole names of that beginning included.
            isReady = range.prefixBytes > 0 || condition.ranges.count == 1
            if isReady {
                work += slice.count / 64
                set.insert(dense, in: slice)
            }
        }
        if isReady { return }
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        for record in 0..<fits.count where fits.fit(record, number) > 0 {
            if work >= SearchLimits.workHardMax { return }
            let name = Int(fits.names[record])
            var (first, end) = (Int(tables.documentStart[name]), Int(tables.documentStart[name + 1]))
            if !isWhole {
                first = Self.first(low, tables.documents, first, end)
                end = Self.first(high, tables.documents, first, end)
            }
            work += 3 + end - first
            for index in first..<end { set.insert(Int(tables.documents[index])) }
        }
        if textCounts[number] > 0 { insertTexts(number, into: set, &work) }
    }

    private func insertTexts(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        for range in plan.conditions[number].ranges where !range.isName {
            for term in range.low..<range.high {
                if work >= SearchLimits.workHardMax { return }
                var (first, end) = (Int(tables.textStart[term]), Int(tables.textStart[term + 1]))
                if first == end { continue }
                first = Self.first(low, tables.texts, first, end)
                end = Self.first(high, tables.texts, first, end)
                work += 2 + end - first
                for index in first..<end { set.insert(Int(tables.texts[index])) }
            }
        }
    }

    /// The first of `first..<end` that is not below `document`.
    @inline(__always)
    static func first(
        _ document: UInt32, _ list: UnsafeMutableBufferPointer<UInt32>, _ first: Int, _ end: Int
    ) -> Int {
        var (low, high) = (first, end)
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < document { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: One document

    private mutating func meets(_ document: Int, _ condition: Int, _ work: inout Int) -> Bool {
        for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
            let record = fits.record(tables.own[index])
            if record >= 0, fits.fit(record, condition) > 0 { return true }
        }
        if let set = plan.conditions[condition].set, set.contains(document) { return true }
        return textCounts[condition] > 0 && textFit(document, condition, &work) > 0
    }

    /// How well the document's description meets a condition.
    private mutating func textFit(_ document: Int, _ condition: Int, _ work: inout Int) -> UInt16 {
        if !hasTextSet[condition], textCounts[condition] > 512 {
            let terms = plan.conditions[condition].ranges.reduce(0) { $0 + ($1.isName ? 0 : $1.high - $1.low) }
            if terms > 4 {
                textSets[condition].removeAll()
                insertTexts(condition, into: textSets[condition], &work)
                hasTextSet[condition] = true
            }
        }
        if hasTextSet[condition], !textSets[condition].contains(document) { return 0 }
        var fit: UInt16 = 0
        for range in plan.conditions[condition].ranges where !range.isName {
            let worth = range.isForgiven ? Ranking.forgivenTextFit : Ranking.textFit
            if worth <= fit { continue }
            for term in range.low..<range.high {
                let (first, end) = (Int(tables.textStart[term]), Int(tables.textStart[term + 1]))
                if first == end { continue }
                work += 4
                let index = Self.first(UInt32(document), tables.texts, first, end)
                if index < end, tables.texts[index] == UInt32(document) {
                    fit = worth
                    break
                }
            }
        }
        return fit
    }

    /// 1…1000: how well a document's texts meet the plan; 0 where they do not.
    mutating func score(_ document: Int, work: inout Int) -> Int {
        if plan.named.contains(document) { return 1000 }
        let count = plan.conditions.count
        for condition in 0..<count { best[condition] = 0 }
        var score = 0
        for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
            let record = fits.record(tables.own[index])
            if record < 0 { continue }
            score = max(score, Int(fits.own[record]))
            for condition in 0..<count { best[condition] = max(best[condition], fits.fit(record, condition)) }
        }
        for condition in 0..<count {
            if best[condition] < UInt16(Ranking.shortPrefixQuality), let set = plan.conditions[condition].set,
                set.contains(document)
            {
                best[condition] = UInt16(Ranking.shortPrefixQuality)
            }
            if textCounts[condition] > 0, best[condition] < Ranking.textFit {
                best[condition] = max(best[condition], textFit(document, condition, &work))
            }
        }
        for filter in plan.filters where best[filter] == 0 { return 0 }
        for conjunction in plan.conjunctions {
            var (sum, weights) = (0, 0)
            for condition in conjunction.conditions {
                if best[condition] == 0 {
                    sum = 0
                    break
                }
                let weight = plan.conditions[condition].weight
                sum += Int(best[condition]) * weight
                weights += weight
            }
            if weights == 0 { continue }
            if sum > 0 { score = max(score, max(1, sum / weights * conjunction.scatteredScale / 1000)) }
        }
        return score
    }

    /// The best score of a document whose words are not all in one name.
    private func scatteredBound() -> Int {
        var bound = 0
        for conjunction in plan.conjunctions {
            var (sum, weights, texts) = (0, 0, 0)
            for condition in conjunction.conditions where plan.conditions[condition].weight > 0 {
                let weight = plan.conditions[condition].weight
                var fit = Int(fitMax[condition])
                if textCounts[condition] > 0 { fit = max(fit, Int(Ranking.textFit)) }
                if plan.conditions[condition].isShort { fit = max(fit, Ranking.shortPrefixQuality) }
                sum += fit * weight
                weights += weight
                texts += 1
            }
            if texts == 1 {
                // One name has the one condition; only what is no name's is scattered.
                let condition = conjunction.conditions.first { plan.conditions[$0].weight > 0 } ?? 0
                sum = textCounts[condition] > 0 ? Int(Ranking.textFit) * weights : 0
                if plan.conditions[condition].isShort { sum = max(sum, Ranking.shortPrefixQuality * weights) }
            }
            if weights > 0 { bound = max(bound, sum / weights * conjunction.scatteredScale / 1000) }
        }
        return bound
    }

    /// Takes what the bits say out of ``found``, or all else.
    mutating func subtract(_ bits: UnsafePointer<UInt64>) {
        found.subtract(bits, wordCount: (tables.documentCount + 63) / 64)
    }

    mutating func keepType() {
        guard let type = plan.type, type >= 0 else { return }
        switch tables.types.documents(ofType: type) {
        case .set(let set): found.formIntersection(set.words, wordCount: (tables.documentCount + 63) / 64)
        case .list(let list):
            other.removeAll()
            for document in list { other.insert(Int(document)) }
            found.formIntersection(other)
        }
    }
}
