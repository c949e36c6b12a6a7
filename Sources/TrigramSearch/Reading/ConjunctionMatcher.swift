// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Conditions that a document must meet, all of them, and of how much a full match is worth, of 1000.
struct Conjunction {
    var groups: [TermGroup]
    var scale: Int
}

/// Finds the documents of one segment that meet a conjunction, with how well they do. Its tables by document are kept
/// from query to query and are all zero between them.
struct ConjunctionMatcher {
    /// By document, 0…1000 + 1: the best score of a conjunction so far; 0 where none was met.
    private(set) var scores: [UInt16] = []
    /// The documents with a score, in the order in which they were found.
    private(set) var matched: [UInt32] = []
    /// What is known of a document on the way through the conditions.
    private struct Progress: BitwiseCopyable {
        /// How many conditions were met so far, and how well the latest, and all of them by weight.
        var level: UInt8 = 0
        var latest: UInt16 = 0
        var sum: UInt32 = 0
    }

    private var progress: [Progress] = []
    private var touched: [UInt32] = []

    /// Makes room for a segment's documents.
    mutating func reserve(documents: Int) {
        guard scores.count < documents else { return }
        scores = Array(repeating: 0, count: documents)
        progress = Array(repeating: Progress(), count: documents)
    }

    /// Forgets what was matched.
    mutating func reset() {
        for document in matched { scores[Int(document)] = 0 }
        matched.removeAll(keepingCapacity: true)
    }

    /// Adds the documents of `slice` that meet `conjunction`, and to `work` the postings that were looked at. Returns
    /// false where it gave up halfway, at ``SearchLimits/workHardMax``.
    mutating func match(
        _ conjunction: Conjunction, _ tables: SegmentTables, slice: Range<Int>, work: inout Int
    ) -> Bool {
        // The rarest condition first: only its documents can meet the others.
        let order = conjunction.groups.indices.sorted {
            let (left, right) = (conjunction.groups[$0].frequency(tables), conjunction.groups[$1].frequency(tables))
            return left != right ? left < right : $0 < $1
        }
        guard let first = order.first, conjunction.groups[first].frequency(tables) > 0, !slice.isEmpty else {
            return true
        }
        if order.count == 1 {
            matchAlone(conjunction.groups[first], scale: conjunction.scale, tables, slice, &work)
            return work < SearchLimits.workHardMax
        }
        touched.removeAll(keepingCapacity: true)
        meetFirst(conjunction.groups[first], tables, slice, &work)
        for (level, group) in order.dropFirst().enumerated() where !touched.isEmpty {
            meetNext(conjunction.groups[group], level: UInt8(truncatingIfNeeded: level + 1), tables, slice, &work)
        }
        let weights = conjunction.groups.reduce(0) { $0 + $1.weight }
        for document in touched {
            let index = Int(document)
            progress[index].level = 0
            let text = weights == 0 ? 0 : Int(progress[index].sum) / weights * conjunction.scale / 1000
            if scores[index] == 0 { matched.append(document) }
            scores[index] = max(scores[index], UInt16(clamping: text + 1))
        }
        return work < SearchLimits.workHardMax
    }

    /// Adds one document, found by other means.
    mutating func match(document: Int, score: Int) {
        if scores[document] == 0 { matched.append(UInt32(document)) }
        scores[document] = max(scores[document], UInt16(clamping: score + 1))
    }

    /// The short way for the one condition of most queries.
    private mutating func matchAlone(
        _ group: TermGroup, scale: Int, _ tables: SegmentTables, _ slice: Range<Int>, _ work: inout Int
    ) {
        let scale = group.weight == 0 ? 0 : scale
        scores.withUnsafeMutableBufferPointer { scores in
            Self.forEachPosting(group, tables, slice, &work) { document, fit in
                let score = UInt16(truncatingIfNeeded: Int(fit) * scale / 1000 + 1)
                if scores[document] == 0 { matched.append(UInt32(truncatingIfNeeded: document)) }
                if score > scores[document] { scores[document] = score }
            }
        }
    }

    private mutating func meetFirst(
        _ group: TermGroup, _ tables: SegmentTables, _ slice: Range<Int>, _ work: inout Int
    ) {
        progress.withUnsafeMutableBufferPointer { progress in
            Self.forEachPosting(group, tables, slice, &work) { document, fit in
                if progress[document].level == 0 {
                    progress[document].level = 1
                    progress[document].latest = fit
                    touched.append(UInt32(truncatingIfNeeded: document))
                } else if fit > progress[document].latest {
                    progress[document].latest = fit
                }
            }
            let weight = UInt32(group.weight)
            for document in touched {
                progress[Int(document)].sum = UInt32(progress[Int(document)].latest) &* weight
            }
        }
    }

    private mutating func meetNext(
        _ group: TermGroup, level: UInt8, _ tables: SegmentTables, _ slice: Range<Int>, _ work: inout Int
    ) {
        // Either read all postings of the condition, or look each document up in each of its lists.
        let scanning = group.frequency(tables) + 4 * group.termCount
        let probing = touched.count * group.probingWork
        progress.withUnsafeMutableBufferPointer { progress in
            if probing < scanning {
                work += probing
                for document in touched {
                    let fit = Self.probe(group, tables, document)
                    guard fit > 0 else { continue }
                    progress[Int(document)].level = level + 1
                    progress[Int(document)].latest = fit
                }
            } else {
                Self.forEachPosting(group, tables, slice, &work) { document, fit in
                    if progress[document].level == level {
                        progress[document].level = level + 1
                        progress[document].latest = fit
                    } else if progress[document].level == level + 1, fit > progress[document].latest {
                        progress[document].latest = fit
                    }
                }
            }
        }
        keep(level: level + 1, weight: UInt32(group.weight))
    }

    /// Drops the touched documents that did not reach `level`, and adds what the others gained.
    private mutating func keep(level: UInt8, weight: UInt32) {
        var kept = 0
        for document in touched {
            let index = Int(document)
            if progress[index].level == level {
                progress[index].sum &+= UInt32(progress[index].latest) &* weight
                touched[kept] = document
                kept += 1
            } else {
                progress[index].level = 0
            }
        }
        touched.removeLast(touched.count - kept)
    }

    /// Calls `body` with each document of the slice that a term of the group is in, and how well it fits there, 1…1000.
    @inline(__always)
    private static func forEachPosting(
        _ group: TermGroup, _ tables: SegmentTables, _ slice: Range<Int>, _ work: inout Int,
        _ body: (Int, UInt16) -> Void
    ) {
        let (low, high) = (Posting(slice.lowerBound) << 8, UInt64(slice.upperBound) << 8)
        if let bitmap = group.bitmap {
            work += slice.count / 64
            bitmap.forEach(in: slice) { document in
                work += 1
                body(document, UInt16(truncatingIfNeeded: bitmap.quality))
            }
        }
        Ranking.placeWeights.withUnsafeBufferPointer { weights in
            for range in group.ranges {
                for term in range.low..<range.high {
                    // A window is an estimate; this is the bound.
                    if work >= SearchLimits.workHardMax { return }
                    var (start, end) = (Int(tables.postingStart[term]), Int(tables.postingStart[term + 1]))
                    if end - start > 16 {
                        start = firstPosting(low, tables, start, end)
                        if high <= UInt64(UInt32.max) { end = firstPosting(Posting(high), tables, start, end) }
                    }
                    work += 6 + end - start
                    let quality = range.quality(of: term, tables)
                    let places = range.places
                    for index in start..<end {
                        let posting = tables.postings[index]
                        if posting < low || UInt64(posting) >= high { continue }
                        let own = UInt8(truncatingIfNeeded: posting)
                        if places != 0, own & places == 0 { continue }
                        let fit = range.isFlat ? quality : max(1, (quality * weights[Int(own)]) >> 10)
                        body(Int(posting >> 8), UInt16(truncatingIfNeeded: fit))
                    }
                }
            }
        }
    }

    private static func probe(_ group: TermGroup, _ tables: SegmentTables, _ document: UInt32) -> UInt16 {
        var best: UInt16 = 0
        if let bitmap = group.bitmap, bitmap.contains(Int(document)) {
            best = UInt16(truncatingIfNeeded: bitmap.quality)
        }
        for range in group.ranges {
            for term in range.low..<range.high {
                let end = Int(tables.postingStart[term + 1])
                let index = firstPosting(document << 8, tables, Int(tables.postingStart[term]), end)
                guard index < end, tables.postings[index] >> 8 == document else { continue }
                let own = UInt8(truncatingIfNeeded: tables.postings[index])
                if range.places != 0, own & range.places == 0 { continue }
                let quality = range.quality(of: term, tables)
                let fit = range.isFlat ? quality : (quality * Ranking.placeWeights[Int(own)]) >> 10
                best = max(best, UInt16(truncatingIfNeeded: max(1, fit)))
            }
        }
        return best
    }

    /// The first posting of `start..<end` that is not below `posting`.
    @inline(__always)
    private static func firstPosting(_ posting: Posting, _ tables: SegmentTables, _ start: Int, _ end: Int) -> Int {
        var (low, high) = (start, end)
        while low < high {
            let middle = (low + high) / 2
            if tables.postings[middle] < posting { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
