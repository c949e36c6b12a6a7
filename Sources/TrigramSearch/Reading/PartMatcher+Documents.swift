// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// From names to the documents that meet a plan.
extension PartMatcher {
    /// Finds the documents of the slice that meet the plan; ``found`` holds them.
    mutating func find(in slice: Range<Int>, work: inout Int) -> Bool {
        self.slice = slice
        found.removeAll()
        hasNamed = !plan.named.isEmpty
        limit = max(SearchLimits.workHardMax, work + SearchLimits.workMax / 8)
        for index in hasTextSet.indices where hasTextSet[index] { hasTextSet[index] = false }
        for document in plan.named where slice.contains(document) { found.insert(document) }
        for conjunction in 0..<flat.count { find(conjunction, &work) }
        return work < limit
    }

    /// Finds the documents that meet one conjunction: those of names that meet all of it at once, and then, of the other
    /// names alone, those that have the words from several.
    private mutating func find(_ conjunction: Int, _ work: inout Int) {
        let conditions = flat.members[flat.all(conjunction)].map(Int.init)
        guard let first = conditions.min(by: { isRarer($0, $1) }), estimates[first] > 0 else { return }
        if conditions.count == 1 { return insert(first, into: found, &work) }
        let covered = insertWhole(conditions, &work)
        defer { forgetWhole() }
        for condition in conditions { residues[condition] = max(0, estimates[condition] - covered) }
        let order = conditions.sorted {
            residues[$0] != residues[$1] ? residues[$0] < residues[$1] : isRarer($0, $1)
        }
        // What is left of a condition is counted, so that none is none.
        if residues[order[0]] == 0 { return }
        meeting.removeAll()
        let sets = order.reduce(0) { $0 + Self.namesWork * postings($1) + share(costs[$1]) }
        if slice.count < tables.documentCount, slice.count * Self.lookingWork < sets {
            // So few documents that each may be looked at.
            pending.removeAll(keepingCapacity: true)
            for document in slice { pending.append(UInt32(document)) }
            verify(order, &work)
            found.formUnion(meeting)
            return
        }
        if canBeGoneThrough(order, covered) {
            pending.removeAll(keepingCapacity: true)
            gather(order[0], &work)
            meeting.removeAll()
            verify(Array(order[1...]), &work)
            found.formUnion(meeting)
            return
        }
        insert(order[0], into: meeting, &work)
        for condition in order.dropFirst() {
            let count = meeting.count
            if count == 0 { break }
            if count <= Self.oneByOneMax, count * Self.lookingWork < share(costs[condition]) {
                pending.removeAll(keepingCapacity: true)
                let list = meeting
                list.visit { pending.append(UInt32($0)) }
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

    private func isRarer(_ one: Int, _ other: Int) -> Bool {
        estimates[one] != estimates[other] ? estimates[one] < estimates[other] : one < other
    }

    /// The slice's share of what all documents have.
    private func share(_ count: Int) -> Int { count * slice.count / tables.documentCount }

    /// Whether looking at what is left of the first condition, one document after the other, costs less than sets.
    private func canBeGoneThrough(_ order: [Int], _ covered: Int) -> Bool {
        let count = share(residues[order[0]])
        guard plan.conditions[order[0]].set == nil, count <= Self.oneByOneMax else { return false }
        let others = order.dropFirst().reduce(0) { $0 + share(covered > 0 ? min(costs[$1], residues[$1]) : costs[$1]) }
        return count * Self.lookingWork < others
    }

    /// The slice's documents of a name.
    @inline(__always)
    private func documents(of name: Int) -> Range<Int> {
        let (from, to) = (Int(tables.documentStart[name]), Int(tables.documentStart[name + 1]))
        if slice.count == tables.documentCount { return from..<to }
        let first = Self.first(UInt32(slice.lowerBound), tables.documents, from, to)
        return first..<Self.first(UInt32(slice.upperBound), tables.documents, first, to)
    }

    /// Puts the documents of those names that meet all conditions into ``found``. Returns how many, name by name.
    private mutating func insertWhole(_ conditions: [Int], _ work: inout Int) -> Int {
        var covered = 0
        for record in 0..<fits.own.count {
            guard conditions.allSatisfy({ fits.fit(record, $0) > 0 && fits.fit(record, $0) != NameFits.unknown }) else {
                continue
            }
            if work >= limit { break }
            let name = Int(fits.names[record])
            let range = documents(of: name)
            work += Self.namesWork + range.count
            for index in range { found.insert(Int(tables.documents[index])) }
            covered += tables.documentCount(ofName: name)
            fits.setWhole(record)
            whole.append(record)
        }
        work += fits.own.count / 4
        return covered
    }

    private mutating func forgetWhole() {
        for record in whole { fits.clearWhole(record) }
        whole.removeAll(keepingCapacity: true)
    }

    /// Gathers the slice's documents of a condition in ``pending``, those of names that meet all conditions left out.
    private mutating func gather(_ number: Int, _ work: inout Int) {
        let met = meeting
        var gathered = pending
        pending = []
        for range in plan.conditions[number].ranges {
            visitDocuments(of: range, range.low..<range.high, tables.dictionary(range), &work) { documents in
                for document in documents where met.insertNew(Int(document)) { gathered.append(document) }
            }
        }
        pending = gathered
        if textCounts[number] == 0 { return }
        other.removeAll()
        insertTexts(number, into: other, &work)
        let texts = other
        texts.visit { document in
            if met.insertNew(document) { pending.append(UInt32(document)) }
        }
    }

    /// Puts those of the ``pending`` documents that meet the conditions into ``meeting``. Memory is slow to answer and can
    /// be asked for much at once: so step by step for all of them, and not all steps for each.
    mutating func verify(_ conditions: [Int], _ work: inout Int) {
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
        if lazy.count > 0 {
            // Those that were not compared yet will be.
            let (known, first) = (fits, lazy[0])
            let strangers = pendingNames.lazy.filter { known.isStrange($0, first) }
            touched &+= tables.nameWords.touch(strangers)
            if lazy.contains(where: { !flat.wordsAndNames($0).names.isEmpty }) {
                touched &+= tables.nameOwnTerms.touch(strangers)
            }
        }
        for index in pendingNames.indices {
            let record = lazy.isEmpty ? fits.record(pendingNames[index]) : record(pendingNames[index], &work)
            pendingNames[index] = UInt32(truncatingIfNeeded: record)
        }
        let none = UInt32.max
        let sets = conditions.map { plan.conditions[$0].set }
        for (index, document) in pending.enumerated() {
            let range = Int(pendingStarts[index])..<Int(pendingStarts[index + 1])
            var meetsAll = true
            for (number, condition) in conditions.enumerated() {
                var isMet = false
                for place in range where pendingNames[place] != none {
                    if fits.fit(Int(pendingNames[place]), condition) > 0 {
                        isMet = true
                        break
                    }
                }
                if !isMet, let set = sets[number] { isMet = set.contains(Int(document)) }
                if !isMet, textCounts[condition] > 0 { isMet = textFit(Int(document), condition, &work) > 0 }
                if !isMet {
                    meetsAll = false
                    break
                }
            }
            if meetsAll { meeting.insert(Int(document)) }
        }
    }

    /// All documents of the slice.
    mutating func findAll(in slice: Range<Int>) {
        self.slice = slice
        found.removeAll()
        found.insert(slice)
    }

    /// Puts the documents of the slice that meet one condition into a set.
    mutating func insert(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        let condition = plan.conditions[number]
        if let dense = condition.set {
            work += slice.count / 64
            set.insert(dense, in: slice)
        }
        var hasNames = false
        for range in condition.ranges {
            if range.isName, range.prefixBytes > 0, hasNames { continue }
            if condition.weight > 0, let dense = ready(range) {
                work += slice.count / 64
                set.insert(dense, in: slice)
                hasNames = hasNames || range.prefixBytes > 0
                continue
            }
            let table = tables.dictionary(range)
            // Run by run of terms without a set of their own.
            var from = range.low
            if !range.isName, condition.weight > 0, range.high - range.low <= Self.separateTermsMax {
                for term in range.low..<range.high {
                    guard let dense = ready(TermRange(low: term, high: term + 1)) else { continue }
                    work += slice.count / 64
                    set.insert(dense, in: slice)
                    insert(range, from..<term, table, into: set, &work)
                    from = term + 1
                }
            }
            insert(range, from..<range.high, table, into: set, &work)
        }
        if textCounts[number] > 0 { insertTexts(number, into: set, &work) }
    }

    private mutating func insert(
        _ range: TermRange, _ terms: Range<Int>, _ table: TermTable, into set: DocumentSet, _ work: inout Int
    ) {
        visitDocuments(of: range, terms, table, &work) { documents in
            for document in documents { set.insert(Int(document)) }
        }
    }

    /// Calls `body` with the slice's documents of each name that the terms have, of those that count for the range and do
    /// not meet all of a conjunction anyway.
    ///
    /// Names lie far apart in memory: so some at a time are found first, then where their documents begin is looked at,
    /// and then the documents are gone through, so that one answer is waited for while others are on their way.
    @inline(__always)
    private mutating func visitDocuments(
        of range: TermRange, _ terms: Range<Int>, _ table: TermTable, _ work: inout Int,
        _ body: (Slice<UnsafeMutableBufferPointer<UInt32>>) -> Void
    ) {
        let skipsWhole = !whole.isEmpty
        let isAll = slice.count == tables.documentCount
        let (postings, starts, documents) = (table.postings, tables.documentStart, tables.documents)
        let end = Int(table.postingStart[terms.upperBound])
        var next = Int(table.postingStart[terms.lowerBound])
        var (firsts, ends) = (InlineArray<32, Int>(repeating: 0), InlineArray<32, Int>(repeating: 0))
        var sum: UInt32 = 0
        while next < end, work < limit {
            let last = min(end, next + 32)
            work += Self.namesWork * (last - next)
            var kept = 0
            for index in next..<last {
                let posting = postings[index]
                if UInt8(truncatingIfNeeded: posting & Place.mask) & range.places == 0 { continue }
                let name = posting >> Place.bits
                if skipsWhole, fits.isWhole(name) { continue }
                (firsts[kept], ends[kept]) = (Int(starts[Int(name)]), Int(starts[Int(name) + 1]))
                kept += 1
            }
            for index in 0..<kept { sum &+= documents[firsts[index]] }
            for index in 0..<kept {
                var run = firsts[index]..<ends[index]
                if !isAll {
                    let first = Self.first(UInt32(slice.lowerBound), documents, run.lowerBound, run.upperBound)
                    run = first..<Self.first(UInt32(slice.upperBound), documents, first, run.upperBound)
                }
                work += run.count
                body(documents[run])
            }
            next = last
        }
        touched &+= sum
    }

    /// The ready-made documents of a range of words: those of their descriptions too.
    func ready(_ range: TermRange) -> DenseSet? {
        if range.isName || tables.words.documents(low: range.low, high: range.high) < DenseSets.documentsMin {
            return nil
        }
        if range.prefixBytes > 0, !range.isForgiven { return tables.dense.set(beginnings: range.low..<range.high) }
        return range.high == range.low + 1 ? tables.dense.set(word: range.low) : nil
    }

    func insertTexts(_ number: Int, into set: DocumentSet, _ work: inout Int) {
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
}
