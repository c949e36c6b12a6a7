// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// From a plan to the names that meet its conditions.
extension PartMatcher {
    /// Takes a plan for a segment: which names have all words of a conjunction.
    ///
    /// Names that have but some of the words are not noted: those that documents at hand have are looked up in their own
    /// words (``record(_:_:)``). Where one word is all that is asked for, its names are not noted either, if they are many
    /// and `mayList`: those that can reach the page are found in its lists (``list``).
    mutating func begin(_ plan: SegmentPlan, _ tables: SegmentTables, mayList: Bool = true, work: inout Int) {
        self.plan = plan
        self.tables = tables
        // Names are gone through for so much at most, so that something is left for their documents.
        limit = max(SearchLimits.workMax, work + SearchLimits.workMax / 8)
        flat.take(plan)
        let count = plan.conditions.count
        fits.begin(conditions: count)
        hasTexts = tables.texts.count > 0
        isCut = false
        list = nil
        covers.removeAll()
        estimates.removeAll(keepingCapacity: true)
        residues.removeAll(keepingCapacity: true)
        costs.removeAll(keepingCapacity: true)
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
        work += count * 16 + plan.conditions.reduce(0) { $0 + $1.ranges.count } * 16
        for condition in 0..<count {
            estimates.append(estimate(plan.conditions[condition], &work))
            covers.append(plan.conditions[condition], estimates[condition], tables)
            costs.append(
                plan.conditions[condition].weight > 0
                    ? covers.cost(condition, plan.conditions[condition].ranges, tables)
                    : estimates[condition] + Self.namesWork * postings(condition))
            residues.append(0)
            textCounts.append(textCount(condition))
            fitMax.append(plan.conditions[condition].ranges.reduce(0) { max($0, $1.quality) })
            hasTextSet.append(false)
            best.append(0)
            isLazy.append(false)
        }
        for member in flat.members { isLazy[Int(member)] = true }
        ownMax = 0
        if plan.isText { chooseNames(mayList, &work) } else { noteLazy() }
        scatteredMax = scatteredBound()
    }

    /// How many documents meet a condition, name by name.
    func estimate(_ condition: Condition, _ work: inout Int) -> Int {
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

    func postings(_ condition: Int) -> Int { postings(plan.conditions[condition]) }

    private func postings(_ condition: Condition) -> Int { condition.ranges.reduce(0) { $0 + postings($1) } }

    func postings(_ range: TermRange) -> Int {
        let table = tables.dictionary(range)
        return Int(table.postingStart[range.high] - table.postingStart[range.low])
    }

    /// Compares the terms of a touched name with the conditions that were left.
    mutating func probe(_ record: Int, _ work: inout Int) {
        let name = fits.names[record]
        for condition in lazy {
            let best = fit(ofName: name, condition, &work)
            fits.setFit(record, condition, UInt16(truncatingIfNeeded: best))
        }
    }

    /// How well a name meets a condition, by its own terms.
    func fit(ofName name: UInt32, _ condition: Int, _ work: inout Int) -> Int {
        var best = 0
        let hasSingles = flat.hasSingles(condition)
        let (words, forgiven, names) = flat.wordsAndNames(condition)
        if hasSingles || !words.isEmpty || !forgiven.isEmpty {
            work += Self.ownTermsWork
            for entry in tables.nameWords[name] {
                let term = Int(entry >> Place.bits)
                let places = UInt8(truncatingIfNeeded: entry & Place.mask) & Place.searched
                if hasSingles, places != 0 {
                    let quality = flat.quality(ofSingle: term, condition)
                    if quality > 0 { best = max(best, Ranking.placed(quality, places)) }
                }
                for index in words where flat.ranges[index].low <= term && term < flat.ranges[index].high {
                    best = max(best, fit(entry, term, flat.ranges[index], condition, tables.words))
                }
                if !forgiven.isEmpty, let range = flat.range(of: term, in: forgiven) {
                    best = max(best, fit(entry, term, range, condition, tables.words))
                }
            }
        }
        if !names.isEmpty {
            work += Self.ownTermsWork
            for entry in tables.nameOwnTerms[name] {
                let term = Int(entry >> Place.bits)
                for index in names where flat.ranges[index].low <= term && term < flat.ranges[index].high {
                    best = max(best, fit(entry, term, flat.ranges[index], condition, tables.names))
                }
            }
        }
        return best
    }

    @inline(__always)
    func fit(_ posting: NamePosting, _ term: Int, _ range: TermRange, _ condition: Int, _ table: TermTable)
        -> Int
    {
        let places = UInt8(truncatingIfNeeded: posting & Place.mask) & range.places
        if places == 0 { return 0 }
        if flat.weights[condition] == 0 { return 1000 }
        if range.isFlat { return range.quality }
        return Ranking.placed(range.quality(of: term, table), places)
    }

    /// Notes the names that meet a condition.
    mutating func fill(_ number: Int, _ work: inout Int) {
        var most: UInt16 = 0
        for range in plan.conditions[number].ranges {
            let table = tables.dictionary(range)
            for term in range.low..<range.high {
                if work >= limit { break }
                let (first, end) = (Int(table.postingStart[term]), Int(table.postingStart[term + 1]))
                work += 1 + Self.notingWork * (end - first)
                for index in first..<end {
                    if index + 8 < end { fits.prefetch(table.postings[index + 8] >> Place.bits) }
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
    mutating func record(_ name: UInt32, _ work: inout Int) -> Int {
        if lazy.isEmpty { return fits.record(name) }
        let (record, isNew) = fits.touch(name)
        if isNew || fits.fit(record, lazy[0]) == NameFits.unknown { probe(record, &work) }
        return record
    }

    func textCount(_ number: Int) -> Int {
        guard tables.texts.count > 0, plan.conditions[number].weight > 0 else { return 0 }
        return plan.conditions[number].ranges.reduce(0) {
            $1.isName ? $0 : $0 + Int(tables.textStart[$1.high] - tables.textStart[$1.low])
        }
    }

    /// About what finding the documents costs, over all of the segment.
    var cost: Int {
        plan.conjunctions.reduce(0) { cost, conjunction in
            let rarest = conjunction.conditions.reduce(Int.max) { min($0, estimates[$1]) }
            return conjunction.conditions.reduce(cost) { $0 + min(costs[$1], rarest * Self.lookingWork) }
        }
    }
}
