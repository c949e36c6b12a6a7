// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The best of what was found, without looking at all of it.
extension SearchRun {
    /// Ranks what was found by score: all of it where that is little; else outwards from now, by bounds of what the rest
    /// can reach.
    mutating func rank(_ number: Int, _ matcher: inout PartMatcher) {
        let tables = parts[number].tables
        let found = matcher.found
        let count = found.count
        if count <= Self.oneByOneMax {
            var documents: [Int] = []
            found.visit { documents.append($0) }
            matcher.lookAhead(documents: documents)
            for document in documents { add(document, number, tables, &matcher) }
            return
        }
        let ranked = matcher.ranked
        ranked.removeAll()
        for document in matcher.plan.named where found.contains(document) && ranked.insertNew(document) {
            add(document, number, tables, &matcher)
        }
        var walk = Walk(from: firstOfPage(tables), isBackward: true, found)
        if matcher.list != nil || matcher.fits.own.count > Self.namesFirstMax {
            // So many names that what is near now will do: it sets the bar for the rest.
            let bound = max(matcher.ownMax, matcher.scatteredMax)
            go(&walk, number, tables, &matcher, bound: bound, steps: count <= Self.walkedMax ? .max : Self.nearFirst)
            if walk.isDone || !canReach(bound) { return }
        }
        rankByName(number, tables, &matcher)
        go(&walk, number, tables, &matcher, bound: matcher.scatteredMax, steps: .max)
    }

    /// Goes on with a walk, until what comes cannot reach the page with a text worth `bound`.
    private mutating func go(
        _ walk: inout Walk, _ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher, bound: Int,
        steps: Int
    ) {
        var left = steps
        let ranked = matcher.ranked
        var documents: [Int] = []
        var judged = 0
        while left > 0, bound > 0, !walk.isDone {
            // So many were looked at that the rest may well be.
            if judged == Self.nearFirst { matcher.noteAll(forDocuments: matcher.found.count - judged, &work) }
            judged += Self.stride
            documents.removeAll(keepingCapacity: true)
            while documents.count < min(left, Self.stride), let next = walk.peek(tables, query.nowHours),
                canReach(bound, next, tables, demand: request.demand.most)
            {
                documents.append(next)
                walk.advance()
            }
            // The next is none, or cannot reach the page.
            walk.isDone = documents.count < min(left, Self.stride)
            left -= documents.count
            matcher.lookAhead(documents: documents)
            for document in documents {
                if work > limit {
                    isPartial = true
                    walk.isDone = true
                    return
                }
                work += 2
                let demand = request.demand[tables.numbers[document]]
                if !canReach(bound, document, tables, demand: demand) { continue }
                if ranked.insertNew(document) { add(document, number, tables, &matcher) }
            }
        }
        if bound <= 0 { walk.isDone = true }
    }

    /// Whether a text of this worth can still come onto the page.
    private func canReach(_ worth: Int) -> Bool {
        worth > 0 && Int64(-(worth * (1000 + request.demand.most) / 1000)) <= collector.worstKey
    }

    @inline(__always)
    private func canReach(_ worth: Int, _ document: Int, _ tables: SegmentTables, demand: Int) -> Bool {
        Int64(
            -Ranking.score(
                text: worth, startsMilliseconds: tables.starts[document], nowHours: query.nowHours, demand: demand))
            <= collector.worstKey
    }

    /// Ranks the documents of those names that have all words, the best name first.
    private mutating func rankByName(_ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher) {
        var (names, worths) = ([UInt32](), [UInt16]())
        let least = (1...1_000).first { canReach($0) } ?? 1_001
        work += matcher.fits.own.count / 2
        for (record, worth) in matcher.fits.own.enumerated() where worth >= least {
            names.append(matcher.fits.names[record])
            worths.append(worth)
        }
        let listed = matcher.listedNames(worth: least, &work)
        names += listed.names
        worths += listed.worths
        let now = UInt32(tables.firstDocument(from: query.nowHours * 3_600_000, in: 0..<tables.documentCount))
        let (found, ranked) = (matcher.found, matcher.ranked)
        for place in bestFirst(worths) {
            let worth = Int(worths[Int(place)])
            guard canReach(worth) else { return }
            if work > limit {
                isPartial = true
                return
            }
            let name = Int(names[Int(place)])
            let own = matcher.documents(of: name)
            let middle = PartMatcher.first(now, tables.documents, own.lowerBound, own.upperBound)
            work += 8
            for index in middle..<own.upperBound where !addOfName(index) { break }
            for index in (own.lowerBound..<middle).reversed() where !addOfName(index) { break }

            func addOfName(_ index: Int) -> Bool {
                let document = Int(tables.documents[index])
                work += 1
                guard found.contains(document) else { return true }
                if !canReach(worth, document, tables, demand: request.demand.most) { return false }
                let score = Ranking.score(
                    text: worth, startsMilliseconds: tables.starts[document], nowHours: query.nowHours,
                    demand: request.demand[tables.numbers[document]])
                if Int64(-score) > collector.worstKey { return true }
                guard ranked.insertNew(document) else { return true }
                if worth >= matcher.scatteredMax {
                    // No name of the document is worth more: the best came first.
                    work += Self.judgedWork
                    add(document, score: score, number, tables)
                } else {
                    add(document, number, tables, &matcher)
                }
                return true
            }
        }
    }

    /// Places by what is there worth, the best first; equals in order. Counted and not compared: they may be many thousands.
    private func bestFirst(_ worths: [UInt16]) -> [UInt32] {
        var starts = [Int](repeating: 0, count: 1_002)
        for worth in worths { starts[1_001 - min(1_000, Int(worth))] += 1 }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
        var order = [UInt32](repeating: 0, count: worths.count)
        for (index, worth) in worths.enumerated() {
            let place = 1_000 - min(1_000, Int(worth))
            order[starts[place]] = UInt32(index)
            starts[place] += 1
        }
        return order
    }

    @inline(__always)
    private mutating func add(_ document: Int, _ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher) {
        add(document, score: score(document, tables, &matcher), number, tables)
    }

    @inline(__always)
    private mutating func add(_ document: Int, score: Int, _ number: Int, _ tables: SegmentTables) {
        var entry = HitCollector.Entry(key: Int64(-score), part: number, document: document, score: score)
        if entry.key > collector.worstKey { return }
        if showsTours { entry.tour = Int(tables.tourMarks[document]) }
        collector.add(entry)
    }
}
