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
        return work < limit && !isCut
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
        pending.removeAll(keepingCapacity: true)
        let gathered = share(costs[order[0]])
        if slice.count < tables.documentCount, slice.count * 2 < gathered {
            // So few documents that each may be looked at.
            for document in slice { pending.append(UInt32(document)) }
            return narrow(order, &work)
        }
        meeting.removeAll()
        let others = Array(order[1...])
        if covers.sets(of: order[0]).isEmpty, share(residues[order[0]]) <= Self.oneByOneMax {
            gather(order[0], others, &work)
            return narrow(others, &work)
        }
        insert(order[0], into: meeting, &work)
        for condition in others {
            guard let set = covers.whole(condition) else { continue }
            work += slice.count / 64
            meeting.formIntersection(set.words, wordCount: (tables.documentCount + 63) / 64)
        }
        for (place, condition) in others.enumerated() where covers.whole(condition) == nil {
            let count = meeting.count
            if count * Self.lookingWork + Self.markingWork * postings(condition) < share(costs[condition]) {
                meeting.visit { pending.append(UInt32($0)) }
                return narrow(Array(others[place...]), &work)
            }
            other.removeAll()
            insert(condition, into: other, &work)
            meeting.formIntersection(other)
        }
        found.formUnion(meeting)
    }

    private func isRarer(_ one: Int, _ other: Int) -> Bool {
        estimates[one] != estimates[other] ? estimates[one] < estimates[other] : one < other
    }

    /// The slice's share of what all documents have.
    private func share(_ count: Int) -> Int { count * slice.count / tables.documentCount }

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

    /// Gathers the slice's documents of a condition in ``pending``, those of names that meet all conditions left out, and
    /// those that are not in the ready-made sets of the others.
    private mutating func gather(_ number: Int, _ others: [Int], _ work: inout Int) {
        let met = meeting
        var gathered = pending
        pending = []
        let sets = others.compactMap { covers.whole($0) }
        let isNarrow = !sets.isEmpty
        for range in plan.conditions[number].ranges {
            visitDocuments(of: range, range.low..<range.high, tables.dictionary(range), &work) { documents in
                for document in documents {
                    if isNarrow, !sets.allSatisfy({ $0.contains(Int(document)) }) { continue }
                    if met.insertNew(Int(document)) { gathered.append(document) }
                }
            }
        }
        pending = gathered
        if textCounts[number] == 0 { return }
        other.removeAll()
        for range in plan.conditions[number].ranges { insertTexts(range, range.low..<range.high, into: other, &work) }
        let texts = other
        texts.visit { document in
            if met.insertNew(document) { pending.append(UInt32(document)) }
        }
    }

    /// Puts those of the ``pending`` documents that meet the conditions into ``found``, condition after condition.
    private mutating func narrow(_ conditions: [Int], _ work: inout Int) {
        for condition in conditions {
            guard let set = covers.whole(condition) else { continue }
            work += pending.count
            pending.removeAll { !set.contains(Int($0)) }
        }
        var hasNames = false
        for condition in conditions where covers.whole(condition) == nil && !pending.isEmpty {
            let count = pending.count
            let marking = Self.markingWork * postings(condition) + Self.lookingWork * count
            let asking = Self.askingNamesWork * count
            if share(costs[condition]) < min(marking, asking) {
                other.removeAll()
                insert(condition, into: other, &work)
                keepPending(condition, .set, hasNames, &work)
                continue
            }
            if !hasNames { fetchNames() }
            hasNames = true
            work += Self.lookingWork * count
            if marking < asking {
                marked.removeAll()
                visitNames(of: condition, &work) { marked.insert(Int($0)) }
                keepPending(condition, .marked, hasNames, &work)
            } else {
                keepPending(condition, .asked, hasNames, &work)
            }
        }
        for document in pending { found.insert(Int(document)) }
    }

    /// Finds the names of the ``pending`` documents. Memory is slow to answer and can be asked for much at once: so step by
    /// step for all of them, and not all steps for each.
    private mutating func fetchNames() {
        pendingNames.removeAll(keepingCapacity: true)
        pendingStarts.removeAll(keepingCapacity: true)
        pendingEnds.removeAll(keepingCapacity: true)
        for document in pending { pendingStarts.append(tables.ownStart[Int(document)]) }
        for (index, document) in pending.enumerated() {
            let from = Int(pendingStarts[index])
            pendingStarts[index] = UInt32(pendingNames.count)
            for place in from..<Int(tables.ownStart[Int(document) + 1]) { pendingNames.append(tables.own[place]) }
            pendingEnds.append(UInt32(pendingNames.count))
        }
    }

    /// What tells whether a document meets a condition: that it is in the set ``other``, that one of its names is
    /// ``marked``, or how one of its names compares.
    private enum Test {
        case set, marked, asked
    }

    /// Takes those of the ``pending`` documents out that do not meet the condition.
    private mutating func keepPending(_ condition: Int, _ test: Test, _ hasNames: Bool, _ work: inout Int) {
        var kept = 0
        let sets = covers.sets(of: condition)
        if test == .asked { lookAhead(pendingNames, [condition]) }
        for index in pending.indices {
            let document = Int(pending[index])
            var isMet = test == .set && other.contains(document)
            for set in sets where covers.sets[set].contains(document) { isMet = true }
            if !isMet, test != .set {
                for place in Int(pendingStarts[index])..<Int(pendingEnds[index]) {
                    let name = pendingNames[place]
                    if test == .marked ? marked.contains(Int(name)) : fit(ofName: name, condition, &work) > 0 {
                        isMet = true
                        break
                    }
                }
                if !isMet, textCounts[condition] > 0 { isMet = textFit(document, condition, &work) > 0 }
            }
            if !isMet { continue }
            pending[kept] = pending[index]
            if hasNames { (pendingStarts[kept], pendingEnds[kept]) = (pendingStarts[index], pendingEnds[index]) }
            kept += 1
        }
        pending.removeLast(pending.count - kept)
        if hasNames {
            pendingStarts.removeLast(pendingStarts.count - kept)
            pendingEnds.removeLast(pendingEnds.count - kept)
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
        for index in covers.sets(of: number) {
            work += slice.count / 64
            set.insert(covers.sets[index], in: slice)
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
