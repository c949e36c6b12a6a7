// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One pass of one query over all segments, the youngest first, so that a work bound never hides what was just
/// published.
struct SearchRun {
    struct Request {
        var limit: Int
        var isOrdered: Bool
        var after: HitCollector.Position?
        /// Whether typing errors are looked for; nil where that is to be found out.
        var isForgiving: Bool?
    }

    struct Outcome {
        var hits: [SearchHit] = []
        var total = 0
        var isPartial = false
        var isForgiving = false
        /// Where the next page begins behind, if there is one.
        var next: HitCollector.Position?
    }

    /// What judging one document costs beside finding it, in postings; and asking the caller about it.
    private static let judgingWork = 2
    private static let askingWork = 3

    private let query: PreparedQuery
    private let request: Request
    private let parts: [PublishedPart]
    private let documents: Int
    private var matcher: ConjunctionMatcher

    private var work = 0
    private var isPartial = false
    /// In date order, the last document that was looked at in a part that was not read to its end: what comes behind
    /// belongs to a later page.
    private var horizon: HitCollector.Entry?

    init(
        query: PreparedQuery, request: Request, parts: [PublishedPart], documents: Int,
        matcher: consuming ConjunctionMatcher
    ) {
        self.query = query
        self.request = request
        self.parts = parts
        self.documents = documents
        self.matcher = matcher
    }

    /// Gives the matcher's tables back.
    mutating func takeMatcher() -> ConjunctionMatcher {
        var taken = ConjunctionMatcher()
        swap(&taken, &matcher)
        return taken
    }

    mutating func outcome(_ plans: QueryPlans, filter: ((UInt32) -> Bool)?) -> Outcome {
        work = plans.work
        isPartial = plans.isPartial
        horizon = nil
        let after = isDateOrdered || query.isText ? request.after : nil
        var collector = HitCollector(
            limit: request.limit, isOrdered: request.isOrdered, after: after, tables: parts.map(\.tables))
        for part in parts.indices.reversed() {
            let slice = slice(of: parts[part].tables)
            let plan = plans.segments[part]
            if slice.isEmpty || plan.type == 0 { continue }
            if plan.conjunctions.isEmpty, !query.isText {
                scan(part, slice, plan, &collector, filter)
            } else {
                match(part, slice, plan, &collector, filter)
            }
        }
        return finish(collector)
    }

    private var isDateOrdered: Bool { query.isDateOrdered && request.isOrdered }

    /// The documents that can lie within the asked dates. Local dates differ from the dates of starts by some hours, so
    /// the ends are looked at again one by one.
    private func slice(of tables: SegmentTables) -> Range<Int> {
        let day: Int64 = 86_400_000
        let all = 0..<tables.documentCount
        if !query.isText, !query.hasFilters {
            return tables.firstDocument(from: query.nowHours * 3_600_000, in: all)..<tables.documentCount
        }
        guard query.hasDays else { return all }
        let low = tables.firstDocument(from: (query.firstDay - tables.daySkewMax) * day, in: all)
        let high = tables.firstDocument(from: (query.lastDay + tables.daySkewMax + 1) * day, in: all)
        return low..<max(low, high)
    }

    // MARK: With words or filters by term

    private mutating func match(
        _ part: Int, _ slice: Range<Int>, _ plan: SegmentPlan, _ collector: inout HitCollector,
        _ filter: ((UInt32) -> Bool)?
    ) {
        let tables = parts[part].tables
        for document in plan.named where slice.contains(document) {
            matcher.match(document: document, score: Ranking.wholeScale)
        }
        for conjunction in plan.conjunctions {
            let affordable = window(of: slice, for: conjunction, part, hasFilter: filter != nil)
            isPartial = !matcher.match(conjunction, tables, slice: affordable, work: &work) || isPartial
        }
        // Taken out while the documents are judged, so that judging may count its work.
        var matched = takeMatcher()
        judge(part, plan, &collector, filter, matched.matched.count) { place in
            let document = Int(matched.matched[place])
            return (document, Int(matched.scores[document]) - 1)
        }
        swap(&matched, &matcher)
        matcher.reset()
    }

    /// The part of the slice that the remaining work pays for: all of it, or what is nearest to now, or, in date order,
    /// what comes first behind the page before.
    private mutating func window(
        of slice: Range<Int>, for conjunction: Conjunction, _ part: Int, hasFilter: Bool
    ) -> Range<Int> {
        let tables = parts[part].tables
        let perDocument = 1 + Self.judgingWork + (hasFilter ? Self.askingWork : 0)
        let frequencies = conjunction.groups.map { $0.frequency(tables) }
        guard let rarest = frequencies.min(), let first = frequencies.firstIndex(of: rarest) else { return slice }
        var cost = rarest * perDocument
        for (place, group) in conjunction.groups.enumerated() where place != first {
            cost += min(frequencies[place], rarest * group.probingWork)
        }
        // Lists are spread over all documents; the slice has its share of them.
        cost = cost * slice.count / tables.documentCount
        let left = max(SearchLimits.workMax / 16, SearchLimits.workMax - work)
        if cost <= left { return slice }
        isPartial = true
        let count = max(64, slice.count * left / cost)
        guard count < slice.count else { return slice }
        let start: Int
        if isDateOrdered {
            start = request.after.map { tables.firstDocument(from: $0.key, in: slice) } ?? slice.lowerBound
        } else {
            start = tables.firstDocument(from: query.nowHours * 3_600_000, in: slice) - count / 4
        }
        let low = max(slice.lowerBound, isDateOrdered ? start : min(start, slice.upperBound - count))
        let high = min(slice.upperBound, low + count)
        if isDateOrdered, high < slice.upperBound { lower(horizon: part, high - 1) }
        return low..<high
    }

    // MARK: With neither

    /// Goes through the documents in date order: from the page's place to the end, then those before it, only to count
    /// them.
    private mutating func scan(
        _ part: Int, _ slice: Range<Int>, _ plan: SegmentPlan, _ collector: inout HitCollector,
        _ filter: ((UInt32) -> Bool)?
    ) {
        let tables = parts[part].tables
        let isChecked = filter != nil || plan.type != nil || query.hasDays
        let first = request.after.map { tables.firstDocument(from: $0.key, in: slice) } ?? slice.lowerBound
        if !isChecked, request.isOrdered {
            // Nothing to ask: those that can be on the page are judged, the others only counted.
            var document = first
            let wanted = collector.eligible + request.limit + 1
            while document < slice.upperBound, collector.eligible < wanted {
                judge(part, plan, &collector, nil, 1) { _ in (document, 0) }
                document += 1
            }
            collector.count(parts[part].liveCount(document..<slice.upperBound), behind: true)
            collector.count(parts[part].liveCount(slice.lowerBound..<first), behind: false)
            return
        }
        let perDocument = Self.judgingWork + (filter == nil ? 0 : Self.askingWork)
        let left = max(SearchLimits.workMax / 16, SearchLimits.workMax - work) / perDocument
        let behind = min(slice.upperBound, first + left)
        judge(part, plan, &collector, filter, behind - first) { (first + $0, 0) }
        let before = max(slice.lowerBound, first - (left - (behind - first)))
        judge(part, plan, &collector, filter, first - before) { (before + $0, 0) }
        if behind < slice.upperBound {
            isPartial = true
            if request.isOrdered { lower(horizon: part, behind - 1) }
        }
        if before > slice.lowerBound { isPartial = true }
    }

    // MARK: Each document

    /// Looks at each of `count` documents, given with the score of its text, and collects those that the filters let
    /// through.
    @inline(__always)
    private mutating func judge(
        _ number: Int, _ plan: SegmentPlan, _ collector: inout HitCollector, _ filter: ((UInt32) -> Bool)?,
        _ count: Int, _ next: (Int) -> (document: Int, text: Int)
    ) {
        work += count * Self.judgingWork
        if let filter {
            var asked = 0
            judge(number, plan, &collector, count, next) {
                asked += 1
                return filter($0)
            }
            work += asked * Self.askingWork
        } else {
            judge(number, plan, &collector, count, next) { _ in true }
        }
    }

    @inline(__always)
    private func judge(
        _ number: Int, _ plan: SegmentPlan, _ collector: inout HitCollector, _ count: Int,
        _ next: (Int) -> (document: Int, text: Int), where isWanted: (UInt32) -> Bool
    ) {
        let part = parts[number]
        let tables = part.tables
        let (type, hasDays, firstDay, lastDay) = (plan.type, query.hasDays, query.firstDay, query.lastDay)
        let (isDateOrdered, nowHours) = (isDateOrdered, query.nowHours)
        for place in 0..<count {
            let (document, text) = next(place)
            if part.isDead(document) { continue }
            if let type, tables.typeOf[document] != type { continue }
            if hasDays {
                let day = Int64(tables.days[document])
                if day < firstDay || day > lastDay { continue }
            }
            if !isWanted(tables.numbers[document]) { continue }
            let start = tables.starts[document]
            let score = text == 0 ? 0 : Ranking.score(text: text, startsMilliseconds: start, nowHours: nowHours)
            collector.add(
                HitCollector.Entry(
                    key: isDateOrdered ? start : Int64(-score), part: number, document: document, score: score))
        }
    }

    // MARK: The end

    private mutating func lower(horizon part: Int, _ document: Int) {
        let entry = HitCollector.Entry(
            key: parts[part].tables.starts[document], part: part, document: document, score: 0)
        if let horizon, !isBehind(horizon, entry) { return }
        horizon = entry
    }

    private func isBehind(_ entry: HitCollector.Entry, _ other: HitCollector.Entry) -> Bool {
        if entry.key != other.key { return entry.key > other.key }
        return ByteOrder.compare(
            parts[entry.part].tables.id(entry.document), parts[other.part].tables.id(other.document)) > 0
    }

    private func finish(_ collector: HitCollector) -> Outcome {
        var entries = collector.sorted()
        var outcome = Outcome(total: collector.total, isPartial: isPartial)
        if let horizon { entries.removeAll { isBehind($0, horizon) } }
        outcome.hits = entries.map {
            SearchHit(number: parts[$0.part].tables.numbers[$0.document], score: $0.score)
        }
        guard request.isOrdered else { return outcome }
        let last: HitCollector.Entry?
        if entries.count < request.limit, let horizon {
            last = horizon
        } else {
            last = collector.eligible > entries.count ? entries.last : nil
        }
        outcome.next = last.map {
            HitCollector.Position(key: $0.key, id: Array(parts[$0.part].tables.id($0.document)))
        }
        return outcome
    }
}
