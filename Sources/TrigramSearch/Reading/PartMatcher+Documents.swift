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
        forgetWhole()
        return work < limit && !isCut
    }

    /// Finds the documents that meet one conjunction: those of names that meet all of it at once, and then, of the other
    /// names alone, those that have the words from several.
    private mutating func find(_ conjunction: Int, _ work: inout Int) {
        let conditions = flat.members[flat.all(conjunction)].map(Int.init)
        guard let first = conditions.min(by: { isRarer($0, $1) }), estimates[first] > 0 else { return }
        if conditions.count == 1 { return insert(first, into: found, &work) }
        let covered = insertWhole(conditions, &work)
        for condition in conditions { residues[condition] = max(0, estimates[condition] - covered) }
        var order = conditions.sorted {
            residues[$0] != residues[$1] ? residues[$0] < residues[$1] : isRarer($0, $1)
        }
        // What is left of a condition is counted, so that none is none.
        if residues[order[0]] == 0 { return }
        meeting.removeAll()
        if slice.count < tables.documentCount, slice.count * 2 < share(costs[order[0]]) {
            // So few documents that each may be looked at.
            meeting.insert(slice)
        } else {
            insert(order[0], into: meeting, &work)
            order.removeFirst()
        }
        meeting.subtract(found)
        for condition in order {
            guard let set = covers.whole(condition) else { continue }
            work += slice.count / Covers.wordsAtOnce
            meeting.formIntersection(set.words, wordCount: (tables.documentCount + 63) / 64)
        }
        order.removeAll { covers.whole($0) != nil }
        // What is left: the cheapest first, while it costs less than looking at the documents' names.
        order.sort { costs[$0] != costs[$1] ? costs[$0] < costs[$1] : $0 < $1 }
        while let condition = order.first {
            let count = meeting.count
            work += slice.count / Covers.wordsAtOnce
            if count == 0 { return }
            if namesWork(count, condition) < share(costs[condition]) { return narrow(order, &work) }
            other.removeAll()
            insert(condition, into: other, &work)
            meeting.formIntersection(other)
            order.removeFirst()
        }
        found.formUnion(meeting)
    }

    /// What looking at the names of so many documents costs, to see whether they meet a condition.
    private func namesWork(_ count: Int, _ condition: Int) -> Int {
        if case .list = plan.conditions[condition].ready { return Self.askingListWork * count }
        return min(Self.markingWork * postings(condition) + Self.lookingWork * count, Self.askingNamesWork * count)
    }

    private func isRarer(_ one: Int, _ other: Int) -> Bool {
        estimates[one] != estimates[other] ? estimates[one] < estimates[other] : one < other
    }

    /// The slice's share of what all documents have.
    private func share(_ count: Int) -> Int { count * slice.count / tables.documentCount }

    /// The slice's documents of a name.
    @inline(__always)
    func documents(of name: Int) -> Range<Int> {
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
            covered += tables.documentCount(ofName: name)
            // What met a conjunction before was found by it.
            if fits.isWhole(UInt32(name)) { continue }
            let range = documents(of: name)
            work += Self.namesWork + range.count
            for index in range { found.insert(Int(tables.documents[index])) }
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

    /// Puts those documents of ``meeting`` that meet the conditions into ``found``, condition after condition.
    private mutating func narrow(_ conditions: [Int], _ work: inout Int) {
        var count = 0
        let pending = self.pending
        meeting.visit { document in
            pending[count] = UInt32(document)
            count += 1
        }
        for condition in conditions where count > 0 {
            work += Self.lookingWork * count
            if Self.markingWork * postings(condition) < (Self.askingNamesWork - Self.lookingWork) * count {
                marked.removeAll()
                visitNames(of: condition, &work) { marked.insert(Int($0)) }
                count = keepPending(count, condition, isMarked: true, &work)
            } else {
                count = keepPending(count, condition, isMarked: false, &work)
            }
        }
        for index in 0..<count { found.insert(Int(pending[index])) }
    }

    /// Keeps those of the first `count` ``pending`` documents that meet the condition: of which a name is ``marked``, or has
    /// one of its terms. Returns how many.
    private mutating func keepPending(_ count: Int, _ condition: Int, isMarked: Bool, _ work: inout Int) -> Int {
        let (own, ownStart, pending, marked) = (tables.own, tables.ownStart, self.pending, self.marked)
        let sets = covers.sets[covers.sets(of: condition)]
        let ready = plan.conditions[condition].ready
        let hasTexts = textCounts[condition] > 0
        var kept = 0
        for index in 0..<count {
            if index + 24 < count { ownStart.prefetch(Int(pending[index + 24])) }
            if index + 12 < count { own.prefetch(Int(ownStart[Int(pending[index + 12])])) }
            let document = Int(pending[index])
            let names = Int(ownStart[document])..<Int(ownStart[document + 1])
            var isMet = sets.contains { $0.contains(document) }
            if !isMet, case .list(let list) = ready { isMet = list.contains(document) }
            if !isMet {
                isMet =
                    isMarked
                    ? names.contains { marked.contains(Int(own[$0])) }
                    : names.contains { fit(ofName: own[$0], condition, &work) > 0 }
            }
            if !isMet, hasTexts { isMet = textFit(document, condition, &work) > 0 }
            pending[kept] = UInt32(document)
            kept += isMet ? 1 : 0
        }
        return kept
    }

    /// All documents of the slice.
    mutating func findAll(in slice: Range<Int>) {
        self.slice = slice
        found.removeAll()
        found.insert(slice)
    }

    /// Puts the documents of the slice that meet one condition into a set.
    mutating func insert(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        for index in covers.sets(of: number) {
            work += slice.count / Covers.wordsAtOnce
            set.insert(covers.sets[index], in: slice)
        }
        for index in covers.lists(of: number) {
            let list = covers.lists[index]
            work += share(list.count) / Covers.listed
            set.insert(list, in: slice)
        }
        for index in covers.rests(of: number) {
            let rest = covers.rests[index]
            let range = plan.conditions[number].ranges[rest.range]
            visitDocuments(of: range, rest.low..<rest.high, tables.dictionary(range), &work) { documents in
                for document in documents { set.insert(Int(document)) }
            }
            if textCounts[number] > 0 { insertTexts(range, rest.low..<rest.high, into: set, &work) }
        }
    }

    /// Calls `body` with the slice's documents of each name that the terms have, of those that count for the range and do
    /// not meet all of a conjunction anyway: those documents were found.
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
            for index in 0..<kept { documents.prefetch(firsts[index]) }
            for index in last..<min(end, last + 32) { starts.prefetch(Int(postings[index] >> Place.bits)) }
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
    }

    /// Puts the slice's documents whose descriptions have one of the terms of a range into a set.
    func insertTexts(_ range: TermRange, _ terms: Range<Int>, into set: DocumentSet, _ work: inout Int) {
        if range.isName { return }
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        for term in terms {
            if work >= limit { return }
            var (first, end) = (Int(tables.textStart[term]), Int(tables.textStart[term + 1]))
            if first == end { continue }
            first = Self.first(low, tables.texts, first, end)
            end = Self.first(high, tables.texts, first, end)
            work += 2 + end - first
            for index in first..<end { set.insert(Int(tables.texts[index])) }
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
