// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One pass of one query over all segments, the youngest first, so that a work bound never hides what was just
/// published.
struct SearchRun {
    struct Request {
        var limit: Int
        var isOrdered: Bool
        var after: HitCollector.Position?
        /// Which typing errors are forgiven; nil where that is to be found out.
        var forgiveness: Forgiveness?
        var demand = DemandLevels.none
        /// Whether all that matches is gathered for tours to be folded, in place of a page.
        var foldsTours = false
        /// What hits are worth, of 1000, that are the best of none of their names, where errors are forgiven.
        var laterShare = Ranking.later
    }

    struct Outcome {
        var hits: [SearchHit] = []
        var total = 0
        /// How many there are before the caller was asked about them.
        var textTotal = 0
        var isPartial = false
        var forgiveness = Forgiveness.none
        /// Whether a document, of few, has a name that is just what was typed, or is being typed: then nothing else was
        /// meant.
        var hasName = false
        /// Whether a document has a name that meets all of the text alone, where errors are forgiven, and is likely meant.
        var hasLikelyName = false
        /// Where the next page begins behind, if there is one.
        var next: HitCollector.Position?
        /// Where errors are forgiven, what each hit scores by each of its names.
        var claims: [NameClaim] = []
        /// All that matches, or what the remaining work paid for, where tours are to be folded.
        var gathered: [HitCollector.Entry] = []
    }

    /// What judging one document costs beside finding it, in postings; and asking the caller about it.
    static let judgingWork = 96
    /// The same where its name was judged already.
    static let judgedWork = 8
    static let askingWork = 40
    /// So many documents are ranked one by one; of so few names the documents are, name by name.
    static let oneByOneMax = 12
    static let namesFirstMax = 512
    /// Of 8, by how much the bar falls for names that are listed; and where there were none.
    static let firstFall = 7
    static let laterFall = 6
    /// So many documents near now set the bar for very many names.
    static let nearFirst = 48
    /// So many documents are cheaper to go through than very many names.
    static let walkedMax = 256
    /// So many documents are brought near at once.
    static let stride = 16

    let query: PreparedQuery
    let request: Request
    let parts: [PublishedPart]
    let filter: ((UInt32) -> Bool)?
    var work = 0
    var isPartial = false
    /// Where ranking stops.
    var limit = 0
    var outcome = Outcome()
    /// Whether hits are told apart by the names they were found by: where errors are forgiven, and nobody knows which was
    /// meant.
    private(set) var looksAtNames = false
    var collector: HitCollector
    /// In date order, the last document that was looked at in a part that was not read to its end: what comes behind
    /// belongs to a later page.
    private var horizon: HitCollector.Entry?

    init(query: PreparedQuery, request: Request, parts: [PublishedPart], filter: ((UInt32) -> Bool)?) {
        self.query = query
        self.request = request
        self.parts = parts
        self.filter = filter
        collector = HitCollector(
            limit: request.limit, after: request.after, tables: parts.map(\.tables), laterShare: request.laterShare)
    }

    mutating func outcome(_ plans: QueryPlans, _ matcher: inout PartMatcher) -> Outcome {
        looksAtNames = plans.segments.contains { $0.isForgiving }
        collect(plans, &matcher)
        while collector.mustCollectAgain {
            collector.collectAgain()
            (outcome, horizon) = (Outcome(), nil)
            collect(plans, &matcher)
        }
        return finish()
    }

    private mutating func collect(_ plans: QueryPlans, _ matcher: inout PartMatcher) {
        work = plans.work
        isPartial = plans.isPartial
        for part in parts.indices.reversed() {
            let slice = slice(of: parts[part].tables)
            let plan = plans.segments[part]
            if slice.isEmpty || plan.type == -1 { continue }
            if query.isText || !plan.conjunctions.isEmpty {
                if plan.conjunctions.isEmpty, plan.named.isEmpty { continue }
                matcher.begin(plan, parts[part].tables, work: &work)
                let affordable = window(of: slice, part, matcher.cost)
                isPartial = !matcher.find(in: affordable, work: &work) || isPartial
            } else {
                matcher.begin(plan, parts[part].tables, work: &work)
                matcher.findAll(in: slice)
                work += slice.count / 16
            }
            restrict(part, &matcher)
            limit = max(SearchLimits.workHardMax, work + SearchLimits.workMax / 8)
            collect(part, &matcher)
        }
    }

    var isDateOrdered: Bool { query.isDateOrdered && request.isOrdered }

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

    /// The part of the slice that the remaining work pays for: all of it, or what is nearest to now, or, in date order,
    /// what comes first behind the page before.
    private mutating func window(of slice: Range<Int>, _ part: Int, _ cost: Int) -> Range<Int> {
        let tables = parts[part].tables
        // Lists are spread over all documents; the slice has its share of them.
        let cost = cost * slice.count / tables.documentCount
        let left = max(SearchLimits.workMax / 16, SearchLimits.workMax - work)
        if cost <= left { return slice }
        isPartial = true
        let count = max(64, slice.count * left / cost)
        guard count < slice.count else { return slice }
        let start: Int
        if isDateOrdered {
            start = min(firstOfPage(part), slice.upperBound)
        } else {
            start = tables.firstDocument(from: query.nowHours * 3_600_000, in: slice) - count / 4
        }
        let low = max(slice.lowerBound, isDateOrdered ? start : min(start, slice.upperBound - count))
        let high = min(slice.upperBound, low + count)
        if isDateOrdered, high < slice.upperBound { lower(horizon: part, high - 1) }
        return low..<high
    }

    // MARK: Filters

    /// Takes out what is gone, hidden, of another type, day, or not wanted by the caller; counts the rest.
    private mutating func restrict(_ number: Int, _ matcher: inout PartMatcher) {
        let part = parts[number]
        if let dead = part.dead { matcher.found.subtract(dead) }
        if !query.seesHidden, let hidden = part.tables.hidden.baseAddress { matcher.subtract(UnsafePointer(hidden)) }
        matcher.keepType()
        if query.hasDays { checkDays(part.tables, matcher.found) }
        let count = matcher.found.count
        outcome.textTotal += count
        if query.isText {
            if count <= Self.oneByOneMax { noteNames(part.tables, matcher.found) }
            if matcher.plan.isForgiving, !outcome.hasLikelyName { outcome.hasLikelyName = matcher.hasLikelyName(&work) }
        }
        guard let filter else {
            outcome.total += count
            return
        }
        outcome.total += ask(filter, number, count, matcher.found)
    }

    /// Whether one of few documents has a name that was meant for certain.
    private mutating func noteNames(_ tables: SegmentTables, _ found: DocumentSet) {
        let begun = tables.names.beginning(with: query.joined)
        if begun.isEmpty { return }
        found.visit { document in
            let names = Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1])
            if names.contains(where: { isMeant(tables.own[$0], begun, tables) }) { outcome.hasName = true }
        }
    }

    /// Whether a name is all that was typed; or begins with it, several words, and goes on within the last of them: then
    /// it is just being typed. Where words end together, what begins so may well be another name than was meant.
    private func isMeant(_ name: UInt32, _ begun: Range<Int>, _ tables: SegmentTables) -> Bool {
        tables.nameOwnTerms[name].contains { entry in
            let term = Int(entry >> Place.bits)
            guard begun.contains(term), UInt8(truncatingIfNeeded: entry) & Place.searched != 0 else { return false }
            if tables.names[term].count == query.joined.count { return true }
            guard query.words.count > 1, let last = query.words.last else { return false }
            return !tables.nameWords[name].contains { tables.words[Int($0 >> Place.bits)].elementsEqual(last.bytes) }
        }
    }

    /// Looks at the local dates of those near the ends of the asked ones.
    private func checkDays(_ tables: SegmentTables, _ found: DocumentSet) {
        let day: Int64 = 86_400_000
        let all = 0..<tables.documentCount
        let skew = tables.daySkewMax
        func check(_ range: Range<Int>) {
            var document = range.lowerBound
            while let next = found.next(from: document), next < range.upperBound {
                let own = tables.localDay(next)
                if own < query.firstDay || own > query.lastDay { found.remove(next) }
                document = next + 1
            }
        }
        let innerLow = tables.firstDocument(from: (query.firstDay + skew + 1) * day, in: all)
        let innerHigh = tables.firstDocument(from: (query.lastDay - skew) * day, in: all)
        guard innerLow < innerHigh else { return check(all) }
        check(0..<innerLow)
        check(innerHigh..<tables.documentCount)
    }

    /// Asks the caller about documents, as many as the remaining work pays for, those first that a page shows first;
    /// takes the others out. Returns how many are left.
    private mutating func ask(
        _ filter: (UInt32) -> Bool, _ number: Int, _ count: Int, _ found: DocumentSet
    ) -> Int {
        let tables = parts[number].tables
        let affordable = max(256, (SearchLimits.workMax - work) / Self.askingWork)
        work += min(count, affordable) * Self.askingWork
        if count <= affordable {
            var kept = 0
            found.visit { document in
                if filter(tables.numbers[document]) { kept += 1 } else { found.remove(document) }
            }
            return kept
        }
        isPartial = true
        var (asked, kept) = (0, 0)
        var walk = Walk(from: firstOfPage(number), isBackward: !isDateOrdered, found)
        var last = 0
        while asked < affordable, let document = walk.next(tables, query.nowHours) {
            asked += 1
            last = document
            if filter(tables.numbers[document]) { kept += 1 } else { found.remove(document) }
        }
        // What is before the page need not be asked about: so the end may be reached.
        if isDateOrdered, walk.peek(tables, query.nowHours) != nil { lower(horizon: number, last) }
        walk.removeRest(all: tables.documentCount)
        return kept
    }

    /// Where a page begins to look: in date order behind the page before, else now. Of a tour the first date must be known,
    /// wherever the page begins.
    func firstOfPage(_ number: Int) -> Int {
        let tables = parts[number].tables
        let all = 0..<tables.documentCount
        guard isDateOrdered else { return tables.firstDocument(from: query.nowHours * 3_600_000, in: all) }
        guard let after = request.after, !request.foldsTours else { return 0 }
        var (low, high) = (0, tables.documentCount)
        while low < high {
            let middle = (low + high) / 2
            let entry = HitCollector.Entry(key: tables.starts[middle], part: number, document: middle, score: 0)
            if collector.order.isBehind(entry, after) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    // MARK: Hits

    private mutating func collect(_ number: Int, _ matcher: inout PartMatcher) {
        if request.foldsTours { return gather(number, &matcher) }
        guard request.isOrdered else { return collectAll(number, &matcher) }
        if isDateOrdered {
            collectInDateOrder(number, &matcher)
        } else if outcome.textTotal > 0 {
            rank(number, &matcher)
        }
    }

    private mutating func collectAll(_ number: Int, _ matcher: inout PartMatcher) {
        let tables = parts[number].tables
        var document = 0
        while outcome.hits.count < request.limit, let next = matcher.found.next(from: document) {
            outcome.hits.append(SearchHit(number: tables.numbers[next], score: score(next, tables, &matcher)))
            document = next + 1
        }
    }

    private mutating func collectInDateOrder(_ number: Int, _ matcher: inout PartMatcher) {
        let tables = parts[number].tables
        var document = firstOfPage(number)
        for _ in 0...request.limit {
            guard let next = matcher.found.next(from: document), tables.starts[next] <= collector.worstKey else {
                return
            }
            document = next + 1
            collector.add(
                HitCollector.Entry(
                    key: tables.starts[next], part: number, document: next, score: score(next, tables, &matcher)))
        }
    }

    @inline(__always)
    mutating func score(_ document: Int, _ tables: SegmentTables, _ matcher: inout PartMatcher) -> Int {
        guard query.isText else { return 0 }
        work += Self.judgingWork
        return Ranking.score(
            text: matcher.score(document, work: &work), startsMilliseconds: tables.starts[document],
            nowHours: query.nowHours, demand: request.demand[tables.numbers[document]])
    }

    // MARK: The end

    mutating func lower(horizon part: Int, _ document: Int) {
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

    private mutating func finish() -> Outcome {
        outcome.isPartial = isPartial
        if request.foldsTours, let horizon {
            outcome.gathered = outcome.gathered.filter { !isBehind($0, horizon) }
        }
        guard request.isOrdered, !request.foldsTours else { return outcome }
        var entries = collector.sorted()
        if let horizon { entries.removeAll { isBehind($0, horizon) } }
        let hasMore = entries.count > request.limit
        if hasMore { entries.removeLast() }
        outcome.hits = entries.map {
            SearchHit(
                number: parts[$0.part].tables.numbers[$0.document], score: isDateOrdered ? $0.score : Int(-$0.key))
        }
        // A caller that has each score as it is orders what it keeps of them.
        if looksAtNames, request.laterShare == 1000 {
            for (hit, entry) in entries.enumerated() { outcome.claims += collector.claims(of: entry, hit: hit) }
        }
        // Though there is no more before the horizon, there may be behind it.
        outcome.next = (hasMore ? entries.last : horizon).map {
            HitCollector.Position(key: $0.key, id: Array(parts[$0.part].tables.id($0.document)))
        }
        return outcome
    }
}
