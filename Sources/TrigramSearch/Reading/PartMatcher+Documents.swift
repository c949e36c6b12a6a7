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
                $0 + 3 * postings($1) + costs[$1] * slice.count / tables.documentCount
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
            let others = order.dropFirst().reduce(0) { $0 + costs[$1] * slice.count / tables.documentCount }
            if plan.conditions[first].set == nil, share <= Self.oneByOneMax, share * Self.lookingWork < others {
                findOneByOne(order, &work)
                continue
            }
            insert(first, into: meeting, &work)
            for condition in order.dropFirst() {
                let count = meeting.count
                if count == 0 { break }
                if count <= Self.oneByOneMax,
                    count * Self.lookingWork < costs[condition] * slice.count / tables.documentCount
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
    mutating func findOneByOne(_ order: [Int], _ work: inout Int) {
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

    /// All documents of the slice.
    mutating func findAll(in slice: Range<Int>) {
        self.slice = slice
        found.removeAll()
        found.insert(slice)
    }

    /// Puts the documents of the slice that meet one condition into a set.
    func insert(_ number: Int, into set: DocumentSet, _ work: inout Int) {
        let condition = plan.conditions[number]
        if let dense = condition.set {
            work += slice.count / 64
            set.insert(dense, in: slice)
        }
        let isWhole = slice.count == tables.documentCount
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
                    insert(range, from..<term, table, isWhole, into: set, &work)
                    from = term + 1
                }
            }
            insert(range, from..<range.high, table, isWhole, into: set, &work)
        }
        if textCounts[number] > 0 { insertTexts(number, into: set, &work) }
    }

    private func insert(
        _ range: TermRange, _ terms: Range<Int>, _ table: TermTable, _ isWhole: Bool, into set: DocumentSet,
        _ work: inout Int
    ) {
        let (low, high) = (UInt32(slice.lowerBound), UInt32(slice.upperBound))
        for index in Int(table.postingStart[terms.lowerBound])..<Int(table.postingStart[terms.upperBound]) {
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
