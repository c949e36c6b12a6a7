// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the documents of one segment that meet a plan, and says how well each does. Its tables are kept from query to
/// query.
struct PartMatcher {
    /// So many documents are looked at one by one, and not set by set.
    static let oneByOneMax = 16_384
    /// What looking at one document's names costs, in postings.
    static let lookingWork = 12

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
    private var fitMax: [Int] = []
    /// The conditions whose names were not gone through.
    private var lazy: [Int] = []
    private var isLazy: [Bool] = []
    /// Documents that are looked at one by one, where the names of each begin, and the names' records.
    private var pending: [UInt32] = []
    private var pendingStarts: [UInt32] = []
    private var pendingNames: [UInt32] = []
    private var flat = FlatPlan()
    /// Where the work at hand stops: a little more than what is left, so that there always is an answer.
    private var limit = 0
    private var hasTexts = false
    private var hasNamed = false
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
    ///
    /// The names of the rarest condition of each conjunction are gone through, and those of conditions about as rare. A
    /// frequent word's names are not: names that documents at hand have are looked up in its list.
    mutating func begin(_ plan: SegmentPlan, _ tables: SegmentTables, work: inout Int) {
        self.plan = plan
        self.tables = tables
        // Names are gone through for so much at most, so that something is left for their documents.
        limit = max(SearchLimits.workMax, work + SearchLimits.workMax / 8)
        flat.take(plan)
        let count = plan.conditions.count
        fits.begin(conditions: count)
        hasTexts = tables.texts.count > 0
        estimates.removeAll(keepingCapacity: true)
        textCounts.removeAll(keepingCapacity: true)
        fitMax.removeAll(keepingCapacity: true)
        hasTextSet.removeAll(keepingCapacity: true)
        best.removeAll(keepingCapacity: true)
        isLazy.removeAll(keepingCapacity: true)
        while textSets.count < count {
            var set = DocumentSet()
            set.reserve(found.capacity)
            textSets.append(set)
        }
        for condition in 0..<count {
            estimates.append(estimate(plan.conditions[condition], &work))
            textCounts.append(textCount(condition))
            fitMax.append(0)
            hasTextSet.append(false)
            best.append(0)
            isLazy.append(false)
        }
        chooseLazy()
        // The rarest first: where the work does not suffice, the others are looked up.
        let order = (0..<count).sorted { estimates[$0] != estimates[$1] ? estimates[$0] < estimates[$1] : $0 < $1 }
        for (place, condition) in order.enumerated() {
            if !isLazy[condition], place > 0, work + 3 * postings(condition) > limit, canBeLazy(condition) {
                isLazy[condition] = true
                lazy.append(condition)
            }
            if isLazy[condition] { fitMax[condition] = 1024 } else { fill(condition, &work) }
        }
        if lazy.count > 0 {
            let first = lazy[0]
            for record in 0..<fits.count {
                // What is not paid for is looked up once a document needs it.
                if work < limit { probe(record, &work) } else { fits.setFit(record, first, NameFits.unknown) }
            }
        }
        ownMax = plan.conjunctions.isEmpty ? 0 : fits.weigh(flat, tables)
        scatteredMax = scatteredBound()
    }

    /// How many documents meet a condition, name by name.
    private func estimate(_ condition: Condition, _ work: inout Int) -> Int {
        if condition.weight > 0 { return condition.frequency(tables) }
        // The places that filters look at are not counted by term.
        var documents = 0
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for index in Int(table.postingStart[range.low])..<Int(table.postingStart[range.high]) {
                documents += tables.documentCount(ofName: Int(table.postings[index] >> Place.bits))
                work += 1
            }
        }
        return documents
    }

    /// Leaves conditions whose names need not be gone through.
    private mutating func chooseLazy() {
        lazy.removeAll(keepingCapacity: true)
        guard plan.conditions.count > 1 else { return }
        for condition in plan.conditions.indices { isLazy[condition] = canBeLazy(condition) }
        for conjunction in plan.conjunctions {
            guard
                let rarest = conjunction.conditions.min(by: {
                    estimates[$0] != estimates[$1] ? estimates[$0] < estimates[$1] : $0 < $1
                })
            else { continue }
            isLazy[rarest] = false
            for condition in conjunction.conditions where isLazy[condition] {
                // About four names a document, and a few steps for each.
                let ranges = plan.conditions[condition].ranges.count
                if postings(condition) < estimates[rarest] * 8 * ranges { isLazy[condition] = false }
            }
        }
        for condition in plan.conditions.indices where isLazy[condition] { lazy.append(condition) }
    }

    private func canBeLazy(_ condition: Int) -> Bool {
        postings(condition) > 64 && (plan.conditions[condition].weight > 0 || plan.isText)
    }

    private func postings(_ condition: Int) -> Int {
        plan.conditions[condition].ranges.reduce(0) {
            let table = tables.dictionary($1)
            return $0 + Int(table.postingStart[$1.high] - table.postingStart[$1.low])
        }
    }

    /// Compares the terms of a touched name with the conditions that were left.
    private mutating func probe(_ record: Int, _ work: inout Int) {
        let name = fits.names[record]
        for condition in lazy {
            let best = fit(ofName: name, condition, &work)
            fits.setFit(record, condition, UInt16(truncatingIfNeeded: best))
        }
    }

    /// How well a name meets a condition, by its own terms.
    private func fit(ofName name: UInt32, _ condition: Int, _ work: inout Int) -> Int {
        var best = 0
        for range in plan.conditions[condition].ranges {
            let (table, own) =
                range.isName ? (tables.names, tables.nameOwnTerms[name]) : (tables.words, tables.nameWords[name])
            work += 2
            for entry in own {
                let term = Int(entry >> Place.bits)
                if term < range.low || term >= range.high { continue }
                best = max(best, fit(entry, term, range, condition, table))
            }
        }
        return best
    }

    @inline(__always)
    private func fit(_ posting: NamePosting, _ term: Int, _ range: TermRange, _ condition: Int, _ table: TermTable)
        -> Int
    {
        let places = UInt8(truncatingIfNeeded: posting & Place.mask) & range.places
        if places == 0 { return 0 }
        if flat.weights[condition] == 0 { return 1000 }
        if range.isFlat { return range.quality }
        return max(1, (range.quality(of: term, table) * Ranking.placeWeight(places)) >> 10)
    }

    /// Notes the names that meet a condition.
    private mutating func fill(_ number: Int, _ work: inout Int) {
        var most: UInt16 = 0
        for range in plan.conditions[number].ranges {
            let table = tables.dictionary(range)
            for term in range.low..<range.high {
                if work >= limit { break }
                let (first, end) = (Int(table.postingStart[term]), Int(table.postingStart[term + 1]))
                work += 1 + 3 * (end - first)
                for index in first..<end {
                    let posting = table.postings[index]
                    let fit = UInt16(truncatingIfNeeded: fit(posting, term, range, number, table))
                    if fit == 0 { continue }
                    fits.note(posting >> Place.bits, number, fit)
                    most = max(most, fit)
                }
            }
        }
        fitMax[number] = Int(most)
    }

    /// The record of one of a document's names, or -1 where it meets no condition.
    @inline(__always)
    private mutating func record(_ name: UInt32, _ work: inout Int) -> Int {
        if lazy.isEmpty { return fits.record(name) }
        let (record, isNew) = fits.touch(name)
        if isNew || fits.fit(record, lazy[0]) == NameFits.unknown { probe(record, &work) }
        return record
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
        hasNamed = !plan.named.isEmpty
        limit = max(SearchLimits.workHardMax, work + SearchLimits.workMax / 8)
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
            let sets = order.reduce(0) {
                $0 + 3 * postings($1) + estimates[$1] * slice.count / tables.documentCount
            }
            if slice.count < tables.documentCount, slice.count * Self.lookingWork < sets {
                // So few documents that each may be looked at.
                pending.removeAll(keepingCapacity: true)
                for document in slice { pending.append(UInt32(document)) }
                verify(order, &work)
                found.formUnion(meeting)
                continue
            }
            let share = estimates[first] * slice.count / tables.documentCount
            if plan.conditions[first].set == nil, share <= Self.oneByOneMax {
                findOneByOne(order, &work)
                continue
            }
            insert(first, into: meeting, &work)
            for condition in order.dropFirst() {
                let count = meeting.count
                if count == 0 { break }
                if count <= Self.oneByOneMax,
                    count * Self.lookingWork < estimates[condition] * slice.count / tables.documentCount
                {
                    pending.removeAll(keepingCapacity: true)
                    let list = meeting
                    list.forEach { pending.append(UInt32($0)) }
                    meeting.removeAll()
                    verify([condition], &work)
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
        return work < limit
    }

    /// Finds the documents of the rarest of these conditions, the first, that meet the others too: those of names that
    /// meet all, and by their names those that have the words from several.
    private mutating func findOneByOne(_ order: [Int], _ work: inout Int) {
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        let isWhole = slice.count == tables.documentCount
        let first = order[0]
        let others = Array(order[1...])
        pending.removeAll(keepingCapacity: true)
        let known = fits.own.count
        for record in 0..<known where fits.fit(record, first) > 0 {
            if work >= limit { return }
            let name = Int(fits.names[record])
            var (from, to) = (Int(tables.documentStart[name]), Int(tables.documentStart[name + 1]))
            if !isWhole {
                from = Self.first(low, tables.documents, from, to)
                to = Self.first(high, tables.documents, from, to)
            }
            work += 3 + to - from
            if others.allSatisfy({ fits.fit(record, $0) > 0 && fits.fit(record, $0) != NameFits.unknown }) {
                for index in from..<to { found.insert(Int(tables.documents[index])) }
            } else {
                for index in from..<to where meeting.insertNew(Int(tables.documents[index])) {
                    pending.append(tables.documents[index])
                }
            }
        }
        if textCounts[first] > 0 {
            other.removeAll()
            insertTexts(first, into: other, &work)
            let (texts, met) = (other, meeting)
            texts.forEach { document in
                if met.insertNew(document) { pending.append(UInt32(document)) }
            }
        }
        meeting.removeAll()
        verify(others, &work)
        found.formUnion(meeting)
    }

    /// Puts those of the ``pending`` documents that meet the conditions into ``meeting``. Memory is slow to answer and can
    /// be asked for much at once: so step by step for all of them, and not all steps for each.
    private mutating func verify(_ conditions: [Int], _ work: inout Int) {
        work += pending.count * Self.lookingWork
        pendingNames.removeAll(keepingCapacity: true)
        pendingStarts.removeAll(keepingCapacity: true)
        for document in pending { pendingStarts.append(tables.ownStart[Int(document)]) }
        for (index, document) in pending.enumerated() {
            let from = Int(pendingStarts[index])
            pendingStarts[index] = UInt32(pendingNames.count)
            for place in from..<Int(tables.ownStart[Int(document) + 1]) { pendingNames.append(tables.own[place]) }
        }
        pendingStarts.append(UInt32(pendingNames.count))
        for index in pendingNames.indices {
            let record = lazy.isEmpty ? fits.record(pendingNames[index]) : record(pendingNames[index], &work)
            pendingNames[index] = UInt32(truncatingIfNeeded: record)
        }
        let none = UInt32.max
        for (index, document) in pending.enumerated() {
            let range = Int(pendingStarts[index])..<Int(pendingStarts[index + 1])
            var meetsAll = true
            for condition in conditions {
                var isMet = false
                for place in range where pendingNames[place] != none {
                    if fits.fit(Int(pendingNames[place]), condition) > 0 {
                        isMet = true
                        break
                    }
                }
                if !isMet, let set = plan.conditions[condition].set { isMet = set.contains(Int(document)) }
                if !isMet, textCounts[condition] > 0 { isMet = textFit(Int(document), condition, &work) > 0 }
                if !isMet {
                    meetsAll = false
                    break
                }
            }
            if meetsAll { meeting.insert(Int(document)) }
        }
    }

    /// Whether one document meets the plan, found by its own names: what a change of it could have changed. In doubt,
    /// yes.
    mutating func couldMeet(_ document: Int, _ plan: SegmentPlan, _ tables: SegmentTables) -> Bool {
        self.plan = plan
        self.tables = tables
        flat.take(plan)
        if plan.named.contains(document) { return true }
        var ignored = 0
        return plan.conjunctions.contains { conjunction in
            conjunction.conditions.allSatisfy { condition in
                if let set = plan.conditions[condition].set, set.contains(document) { return true }
                for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1])
                where fit(ofName: tables.own[index], condition, &ignored) > 0 {
                    return true
                }
                return couldHaveText(document, plan.conditions[condition])
            }
        }
    }

    /// The words by which a document meets the plan, where a typed one is none of its own but stands for another.
    mutating func words(of document: Int, _ plan: SegmentPlan, _ tables: SegmentTables) -> [UInt8]? {
        self.plan = plan
        self.tables = tables
        flat.take(plan)
        var bestWords: (fit: Int, words: [UInt8])?
        for conjunction in plan.conjunctions {
            var (fits, words): (Int, [UInt8]) = (0, [])
            for condition in conjunction.conditions where plan.conditions[condition].weight > 0 {
                guard let (fit, term) = bestTerm(document, condition) else {
                    words = []
                    break
                }
                if !words.isEmpty { words.append(0x20) }
                words += term
                fits += fit * plan.conditions[condition].weight
            }
            if !words.isEmpty, fits > bestWords?.fit ?? 0 { bestWords = (fits, words) }
        }
        return bestWords?.words
    }

    /// The term of a document that meets a condition best; what was typed where that is it, or its beginning.
    private func bestTerm(_ document: Int, _ number: Int) -> (fit: Int, term: [UInt8])? {
        let condition = plan.conditions[number]
        var found: (fit: Int, term: [UInt8])?
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
                let name = tables.own[index]
                for entry in range.isName ? tables.nameOwnTerms[name] : tables.nameWords[name] {
                    let term = Int(entry >> Place.bits)
                    guard term >= range.low, term < range.high else { continue }
                    let fit = fit(entry, term, range, number, table)
                    guard fit > found?.fit ?? 0 else { continue }
                    let isTyped = !condition.typed.isEmpty && !range.isForgiven
                    found = (fit, isTyped ? condition.typed : Array(table[term]))
                }
            }
        }
        return found
    }

    private func couldHaveText(_ document: Int, _ condition: Condition) -> Bool {
        guard tables.texts.count > 0, condition.weight > 0 else { return false }
        var terms = 0
        for range in condition.ranges where !range.isName {
            terms += range.high - range.low
            if terms > 256 { return true }
            for term in range.low..<range.high {
                let end = Int(tables.textStart[term + 1])
                let index = Self.first(UInt32(document), tables.texts, Int(tables.textStart[term]), end)
                if index < end, tables.texts[index] == UInt32(document) { return true }
            }
        }
        return false
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
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for index in Int(table.postingStart[range.low])..<Int(table.postingStart[range.high]) {
                if work >= limit { return }
                let posting = table.postings[index]
                if UInt8(truncatingIfNeeded: posting & Place.mask) & range.places == 0 { continue }
                let name = Int(posting >> Place.bits)
                var (first, end) = (Int(tables.documentStart[name]), Int(tables.documentStart[name + 1]))
                if !isWhole {
                    first = Self.first(low, tables.documents, first, end)
                    end = Self.first(high, tables.documents, first, end)
                }
                work += 3 + end - first
                for index in first..<end { set.insert(Int(tables.documents[index])) }
            }
        }
        if textCounts[number] > 0 { insertTexts(number, into: set, &work) }
    }

    private func insertTexts(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        for range in plan.conditions[number].ranges where !range.isName {
            for term in range.low..<range.high {
                if work >= limit { return }
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
        if hasNamed, plan.named.contains(document) { return 1000 }
        let count = best.count
        for condition in 0..<count { best[condition] = 0 }
        var score = 0
        for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
            let record = record(tables.own[index], &work)
            if record < 0 { continue }
            if record < fits.own.count { score = max(score, Int(fits.own[record])) }
            for condition in 0..<count { best[condition] = max(best[condition], fits.fit(record, condition)) }
        }
        for condition in 0..<count {
            if flat.isShort[condition], best[condition] < UInt16(Ranking.shortPrefixQuality),
                let set = plan.conditions[condition].set, set.contains(document)
            {
                best[condition] = UInt16(Ranking.shortPrefixQuality)
            }
            if hasTexts, textCounts[condition] > 0, best[condition] < Ranking.textFit {
                best[condition] = max(best[condition], textFit(document, condition, &work))
            }
        }
        for filter in plan.filters where best[filter] == 0 { return 0 }
        for conjunction in 0..<flat.count {
            var (sum, weights) = (0, 0)
            for index in flat.texts(conjunction) {
                let condition = Int(flat.members[index])
                if best[condition] == 0 {
                    sum = 0
                    break
                }
                sum += Int(best[condition]) * flat.weights[condition]
                weights += flat.weights[condition]
            }
            if sum > 0 { score = max(score, max(1, sum / weights * flat.scatteredScales[conjunction] / 1000)) }
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
                var fit = fitMax[condition]
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
