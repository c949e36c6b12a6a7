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
        rankEntire(number, tables, &matcher)
        var walk = Walk(from: firstOfPage(number), isBackward: true, found)
        let names = matcher.fits.own.count + (matcher.list.map { matcher.postings($0.condition) } ?? 0)
        if names > Self.namesFirstMax, names > count || count <= Self.walkedMax {
            // So many names for so few documents that what is near now will do: it sets the bar for the rest.
            let bound = max(matcher.ownMax, matcher.scatteredMax)
            go(&walk, number, tables, &matcher, bound: bound, steps: count <= Self.walkedMax ? .max : Self.nearFirst)
            if walk.isDone || !canReach(bound) { return }
        }
        rankByName(number, tables, &matcher)
        go(&walk, number, tables, &matcher, bound: matcher.scatteredMax, steps: .max)
    }

    /// Ranks the documents of which a name is all that was typed.
    private mutating func rankEntire(_ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher) {
        let term = matcher.plan.entireName
        if term < 0 { return }
        var (names, worths) = ([UInt32](), [UInt16]())
        for index in Int(tables.names.postingStart[term])..<Int(tables.names.postingStart[term + 1]) {
            work += PartMatcher.markingWork
            let name = tables.names.postings[index] >> Place.bits
            let worth = matcher.entireWorth(ofName: name)
            if worth == 0 { continue }
            names.append(name)
            worths.append(UInt16(worth))
        }
        rank(names, worths, number, tables, &matcher)
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

    /// Ranks the documents of those names that have all words, the best name first. Where these are listed, the bar that
    /// they must reach falls step by step, until it is as low as that of the page.
    private mutating func rankByName(_ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher) {
        var above = matcher.ownMax + 1
        var share = Self.firstFall
        while above > 1, canReach(above - 1) {
            if work > limit {
                isPartial = true
                return
            }
            var least = leastWorth()
            if matcher.canListByLength { least = max(least, above * share / 8) }
            var (names, worths) = matcher.listedNames(worth: least..<above, &work)
            work += matcher.fits.own.count / 2
            for (record, worth) in matcher.fits.own.enumerated() where worth >= least && worth < above {
                names.append(matcher.fits.names[record])
                worths.append(worth)
            }
            share = names.isEmpty ? Self.laterFall : Self.firstFall
            rank(names, worths, number, tables, &matcher)
            above = least
        }
    }

    /// The least that a text must be worth to come onto the page; more than it can be where that is full.
    private func leastWorth() -> Int {
        var (low, high) = (1, 1_001)
        while low < high {
            let middle = (low + high) / 2
            if canReach(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Ranks the documents of names, the best name first.
    private mutating func rank(
        _ names: [UInt32], _ worths: [UInt16], _ number: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher
    ) {
        let now = UInt32(tables.firstDocument(from: query.nowHours * 3_600_000, in: 0..<tables.documentCount))
        let order = bestFirst(worths)
        for next in Swift.stride(from: 0, to: order.count, by: Self.stride) {
            let some = order[next..<min(order.count, next + Self.stride)]
            guard canReach(Int(worths[Int(order[next])])) else { return }
            let runs = matcher.lookAhead(some.map { names[Int($0)] }, from: now)
            for (place, run) in zip(some, runs) {
                let worth = Int(worths[Int(place)])
                guard canReach(worth) else { return }
                if work > limit {
                    isPartial = true
                    return
                }
                rank(Int(names[Int(place)]), run, worth: worth, number, tables, &matcher)
            }
        }
    }

    /// Ranks the documents of a name, outwards from now.
    private mutating func rank(
        _ name: Int, _ own: PartMatcher.NameRun, worth: Int, _ number: Int, _ tables: SegmentTables,
        _ matcher: inout PartMatcher
    ) {
        let (found, ranked) = (matcher.found, matcher.ranked)
        let key = tables.nameKey(name)
        var best = looksAtNames ? collector.bestScore(ofName: key) : 0
        func most(_ index: Int) -> Int {
            Ranking.score(
                text: worth, startsMilliseconds: tables.starts[Int(tables.documents[index])], nowHours: query.nowHours,
                demand: request.demand.most)
        }
        var ahead = own.next
        var behind = ahead - 1
        work += 8
        while ahead < own.documents.upperBound || behind >= own.documents.lowerBound {
            // Whatever is nearer, so that the best mostly comes first.
            let (next, last) = (
                ahead < own.documents.upperBound ? most(ahead) : 0,
                behind >= own.documents.lowerBound ? most(behind) : 0
            )
            if !canReach(score: max(next, last), best) { return }
            let document = Int(tables.documents[next >= last ? ahead : behind])
            if next >= last { ahead += 1 } else { behind -= 1 }
            work += 1
            guard found.contains(document), !ranked.contains(document) else { continue }
            let score = Ranking.score(
                text: worth, startsMilliseconds: tables.starts[document], nowHours: query.nowHours,
                demand: request.demand[tables.numbers[document]])
            if !canReach(score: score, best) { continue }
            work += Self.judgedWork
            let entry = HitCollector.Entry(key: Int64(-score), part: number, document: document, score: score)
            if looksAtNames {
                collector.add(entry, name: key)
                best = max(best, score)
            } else if worth >= matcher.scatteredMax {
                // No name of the document is worth more: the best came first.
                ranked.insert(document)
                collector.add(entry)
            } else {
                ranked.insert(document)
                add(document, number, tables, &matcher)
            }
        }
    }

    /// Whether a document of this score comes onto the page, be it as the best of its name or behind that.
    @inline(__always)
    private func canReach(score: Int, _ best: Int) -> Bool {
        let own = score < best ? score * request.laterShare / 1000 : score
        return Int64(-own) <= collector.worstKey
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
        let score = score(document, tables, &matcher)
        var entry = HitCollector.Entry(key: Int64(-score), part: number, document: document, score: score)
        guard looksAtNames else { return collector.add(entry) }
        var best = 0
        for (name, worth) in matcher.wholeNames {
            entry.score = Ranking.score(
                text: worth, startsMilliseconds: tables.starts[document], nowHours: query.nowHours,
                demand: request.demand[tables.numbers[document]])
            entry.key = Int64(-entry.score)
            best = max(best, entry.score)
            collector.add(entry, name: name)
        }
        if best == score { return }
        // Found by several names together: then it is the dates of a tour that give way.
        (entry.score, entry.key) = (score, Int64(-score))
        collector.add(entry, name: Int(tables.tourMarks[document]))
    }
}
