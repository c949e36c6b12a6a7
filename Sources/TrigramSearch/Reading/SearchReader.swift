// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The reader's side of the index: one for each event loop. It holds what is published and checks one atomic number a
/// query; it takes no lock unless that number has changed, and touches no shared reference count.
public final class SearchReader {
    /// Fewer hits than this without forgiving typing errors, and they are looked for.
    static let strictEnough = 10

    private let index: SearchIndex
    private var generation: UInt64 = .max
    /// Keeps alive what `parts` points into.
    private var published: PublishedIndex?
    private(set) var parts: [PublishedPart] = []
    private var documentCount = 0
    /// The latest versions of the demand, the newest last: keeps alive what `demand` points into.
    private(set) var demands: [DemandVersion] = []
    private(set) var demand = DemandLevels.none

    private var folded = FoldedText()
    private var planner = QueryPlanner()
    private var matcher = PartMatcher()

    private var cache: QueryCache

    init(index: SearchIndex, cache: QueryCache) {
        self.index = index
        self.cache = cache
    }

    deinit { matcher.deallocate() }

    /// Answers `query` with a page of hits.
    ///
    /// - Complexity: bounded by ``SearchLimits/workMax`` postings; O(length of the query) where it was asked lately.
    public func search(_ query: SearchQuery) throws(SearchProblem) -> SearchResult {
        refresh()
        return try answer(query).result
    }

    /// Answers `query` with a page of those hits whose numbers `isWanted` lets through: the caller's live knowledge
    /// (price, free seats). It is asked about each document that matches otherwise, about some more than once, and counts
    /// as work where it is not asked about a kept answer's hits alone.
    public func search(
        _ query: SearchQuery, where isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        refresh()
        // What sells is asked live of the candidates, which are kept; where they are many, of each document anew.
        if query.cursor == nil, query.limit <= SearchLimits.pageHitsMax, query.limit > 0, !query.foldsTours {
            var all = query
            all.limit = SearchLimits.pageHitsMax
            let found = try answer(all, laterShare: 1000)
            if found.hasAll, !found.result.isPartial {
                return try page(of: found, query, isWanted)
            }
        }
        // The closure does not outlive this call; only its being optional needs it to be called escaping.
        let result: Result<SearchResult, SearchProblem> = withoutActuallyEscaping(isWanted) { isWanted in
            do throws(SearchProblem) {
                return .success(try page(query, filter: isWanted).answer.result)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// All documents that match, at most `limit` of them, in no useful order but always the same: for a caller that
    /// sorts by something the index does not know. The query's own sort, limit and cursor are not looked at;
    /// ``SearchCursor`` makes cursors for the caller's pages. Where `total` is more than the hits, there are more.
    public func candidates(
        _ query: SearchQuery, limit: Int, where isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        guard (0...SearchLimits.candidatesMax).contains(limit) else { throw .badLimit }
        refresh()
        var prepared = try PreparedQuery(query, &folded)
        prepared.sort = .relevance
        let result: Result<SearchResult, SearchProblem> = withoutActuallyEscaping(isWanted) { isWanted in
            do throws(SearchProblem) {
                let request = SearchRun.Request(
                    limit: limit, isOrdered: false, after: nil, forgiveness: nil, demand: demand)
                let outcome = try run(&prepared, request, filter: isWanted).outcome
                var result = SearchResult(hits: outcome.hits, total: outcome.total, isPartial: outcome.isPartial)
                result.forgiveness = outcome.forgiveness
                return .success(result)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The words that a candidate was found by, as ``SearchResult/did`` says them of a page's first hit: for a caller that
    /// has put ``candidates(_:limit:where:)`` in order.
    public func did(
        for hit: SearchHit, of candidates: SearchResult, _ query: SearchQuery
    ) throws(SearchProblem) -> String? {
        try correction(of: query, candidates.forgiveness, for: hit)
    }

    // MARK: Kept answers

    /// How many answers were given from those kept, and how many of these were dropped because a change could have
    /// altered them.
    public var cacheUse: (hits: Int, drops: Int) { (cache.hits, cache.drops) }

    /// What the kept answers take, in bytes.
    public var cacheBytes: Int { cache.byteCount }

    /// The answer as it was kept, if no change since can have altered it; else found anew.
    private func answer(
        _ query: SearchQuery, laterShare: Int = Ranking.later
    ) throws(SearchProblem) -> QueryCache.Answer {
        guard let publication = published?.generation, let key = cache.key(query, laterShare: laterShare) else {
            return try page(query, filter: nil, laterShare: laterShare).answer
        }
        if let place = cache.place(key) {
            if cache.entries[place].view == generation || isRight(cache.entries[place]) {
                cache.noteHit(place, publication, generation, demand.version)
                return cache.entries[place].answer
            }
            cache.drop(place)
        }
        let found = try page(query, filter: nil, laterShare: laterShare)
        // A partial answer depends on how the index is divided, one with punctuation or words that were divided on what
        // other names there are.
        if !found.answer.result.isPartial, !found.prepared.hasPunctuation, !found.isSplit {
            var answer = found.answer
            // Where the caller is asked about each hit, it is all of them or none: then only that these are too many.
            if laterShare == 1000, !answer.hasAll { answer.forgetHits() }
            cache.insert(
                QueryCache.Entry(
                    key: key, query: found.prepared, weights: planner.weights(found.prepared, parts, documentCount),
                    answer: answer, generation: publication,
                    view: generation, demand: found.demandVersion, cursorDemand: found.cursorDemand))
        }
        return found.answer
    }

    /// Whether a kept answer still is what would be found: its words weigh what they did, and no document that came or
    /// went since could be among its hits.
    private func isRight(_ entry: QueryCache.Entry) -> Bool {
        guard let published, entry.view != generation else { return true }
        guard published.changes.completeSince <= entry.generation,
            planner.weights(entry.query, parts, documentCount) == entry.weights
        else { return false }
        var planned: (segment: Segment, plans: [SegmentPlan])?
        for change in published.changes.changes where change.generation > entry.generation {
            let tables = change.segment.tables
            if planned?.segment !== change.segment {
                planned = (change.segment, plansToTell(entry, tables))
            }
            for plan in planned?.plans ?? [] where couldFind(Int(change.document), entry.query, plan, tables) {
                return false
            }
        }
        return isRankedAlike(entry)
    }

    /// What tells whether documents of a segment match a kept query.
    func plansToTell(_ entry: QueryCache.Entry, _ tables: SegmentTables) -> [SegmentPlan] {
        // More errors were forgiven because with fewer there was nothing.
        let forgiveness = entry.answer.result.forgiveness
        let forgiven = forgiveness == .none ? [.none] : [.one, .two, .all].filter { $0 <= forgiveness }
        // Behind the weights stands which words the index has: these are as they were.
        let known = entry.weights.suffix(entry.query.words.count).map { $0 == 1 }
        return forgiven.map {
            planner.plans(entry.query, [PublishedPart(tables)], documentCount, $0, known: known).segments[0]
        }
    }

    func couldFind(
        _ document: Int, _ query: PreparedQuery, _ plan: SegmentPlan, _ tables: SegmentTables
    ) -> Bool {
        if let type = plan.type, type < 0 || !tables.types.contains(document, type: type) { return false }
        if query.hasDays {
            let day = tables.localDay(document)
            if day < query.firstDay || day > query.lastDay { return false }
        }
        if plan.conjunctions.isEmpty, !query.isText { return true }
        return matcher.couldMeet(document, plan, tables)
    }

    /// A page of an answer that holds all hits, of those that the caller lets through now.
    private func page(
        of all: QueryCache.Answer, _ query: SearchQuery, _ isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        let isDateOrdered = query.sort == .date || !all.isText
        let wanted = all.result.hits.map { isWanted($0.number) }
        var result = SearchResult()
        result.forgiveness = all.result.forgiveness
        if all.claims.isEmpty || isDateOrdered {
            for (hit, isWanted) in zip(all.result.hits, wanted) where isWanted { result.hits.append(hit) }
        } else {
            result.hits = ordered(all.result, all.claims, wanted)
        }
        result.total = result.hits.count
        if result.hits.count > query.limit { result.hits.removeLast(result.hits.count - query.limit) }
        result.did =
            result.hits.first?.number == all.result.hits.first?.number
            ? all.result.did : try correction(of: query, result.forgiveness, for: result.hits.first)
        guard result.total > result.hits.count, let last = result.hits.last,
            let (part, document) = place(of: last.number)
        else { return result }
        let tables = parts[part].tables
        result.cursor =
            SearchCursor(
                query: query, nowHours: SearchCursor.nowHours(query),
                key: isDateOrdered ? tables.starts[document] : Int64(-last.score), id: Array(tables.id(document)),
                forgiveness: result.forgiveness, demandVersion: all.isText ? demand.version : 0
            ).text
        return result
    }

    /// Where the document with this number is.
    func place(of number: UInt32) -> (part: Int, document: Int)? {
        for part in parts.indices.reversed() {
            let tables = parts[part].tables
            guard let document = tables.documentByNumber.document(number, tables.numbers) else { continue }
            if parts[part].isDead(document) { continue }
            return (part, document)
        }
        return nil
    }

    // MARK: One page

    private struct Found {
        var answer: QueryCache.Answer
        var prepared: PreparedQuery
        var isSplit: Bool
        /// Which version of the demand it is ranked by.
        var demandVersion: UInt32
        var cursorDemand: UInt32?
    }

    private func page(
        _ query: SearchQuery, filter: ((UInt32) -> Bool)?, laterShare: Int = Ranking.later
    ) throws(SearchProblem) -> Found {
        guard (0...SearchLimits.pageHitsMax).contains(query.limit) else { throw .badLimit }
        guard query.sort != .price else { throw .orderUnknown }
        var prepared = try PreparedQuery(query, &folded)
        var request = SearchRun.Request(
            limit: query.limit, isOrdered: true, after: nil, forgiveness: nil, demand: demand,
            foldsTours: query.foldsTours, laterShare: laterShare)
        // Without words there are no scores.
        if !prepared.isText { request.demand = .none }
        var cursorDemand: UInt32?
        if let text = query.cursor {
            let cursor = try SearchCursor(text: text, of: query)
            prepared.nowHours = cursor.nowHours
            request.after = HitCollector.Position(key: cursor.key, id: cursor.id)
            request.forgiveness = cursor.forgiveness
            if prepared.isText { request.demand = demand(of: cursor) }
            cursorDemand = cursor.demandVersion
        }
        var (outcome, plans) = try run(&prepared, request, filter: filter)
        let tours = query.foldsTours ? fold(&outcome, request) : []
        let cursor = outcome.next.map {
            SearchCursor(
                query: query, nowHours: prepared.nowHours, key: $0.key, id: $0.id, forgiveness: outcome.forgiveness,
                demandVersion: request.demand.version
            ).text
        }
        var result = SearchResult(
            hits: outcome.hits, tours: tours, total: outcome.total, isPartial: outcome.isPartial, cursor: cursor,
            did: outcome.forgiveness > .none ? correction(of: prepared, plans, for: outcome.hits.first) : nil)
        result.forgiveness = outcome.forgiveness
        return Found(
            answer: QueryCache.Answer(result: result, isText: prepared.isText, claims: outcome.claims),
            prepared: prepared, isSplit: plans.isSplit,
            demandVersion: request.demand.version, cursorDemand: cursorDemand)
    }

    /// The words that the first hit was found by, where they are others than were typed.
    private func correction(of query: PreparedQuery, _ plans: QueryPlans, for hit: SearchHit?) -> String? {
        guard let hit, let (part, document) = place(of: hit.number) else { return nil }
        let tables = parts[part].tables
        guard let words = matcher.words(of: document, plans.segments[part], tables) else { return nil }
        let typed = query.words.map(\.bytes).joined(separator: [0x20])
        return words.elementsEqual(typed) ? nil : String(decoding: words, as: UTF8.self)
    }

    /// The same for a hit of a query that was answered before, with these errors forgiven.
    private func correction(
        of query: SearchQuery, _ forgiveness: Forgiveness, for hit: SearchHit?
    ) throws(SearchProblem) -> String? {
        guard forgiveness > .none, hit != nil else { return nil }
        var prepared = try PreparedQuery(query, &folded)
        try planner.settlePunctuation(&prepared, parts)
        return correction(of: prepared, planner.plans(prepared, parts, documentCount, forgiveness), for: hit)
    }

    private func run(
        _ prepared: inout PreparedQuery, _ request: SearchRun.Request, filter: ((UInt32) -> Bool)?
    ) throws(SearchProblem) -> (outcome: SearchRun.Outcome, plans: QueryPlans) {
        try planner.settlePunctuation(&prepared, parts)
        var found = forgive(prepared, request, filter: filter)
        // What was found is no less right; but there may be more, by words that fit no better.
        if found.plans.isCut { found.outcome.isPartial = true }
        return found
    }

    /// Finds with as few typing errors forgiven as will do.
    private func forgive(
        _ prepared: PreparedQuery, _ request: SearchRun.Request, filter: ((UInt32) -> Bool)?
    ) -> (outcome: SearchRun.Outcome, plans: QueryPlans) {
        var (spent, wasSplit) = (0, false)
        func found(_ forgiveness: Forgiveness) -> (outcome: SearchRun.Outcome, plans: QueryPlans) {
            var plans = planner.plans(prepared, parts, documentCount, forgiveness, spent: spent)
            wasSplit = wasSplit || plans.isSplit
            plans.isSplit = wasSplit
            var run = SearchRun(query: prepared, request: request, parts: parts, filter: filter)
            var outcome = run.outcome(plans, &matcher)
            outcome.forgiveness = forgiveness
            spent = run.work
            return (outcome, plans)
        }
        guard prepared.isText else { return found(.none) }
        if let forgiveness = request.forgiveness { return found(forgiveness) }
        let strict = found(.none)
        if strict.outcome.isPartial || strict.outcome.hasName { return strict }
        if strict.outcome.textTotal >= Self.strictEnough, !planner.isWrittenTogether(prepared, parts) { return strict }
        var last = strict
        for forgiveness in [Forgiveness.one, .two, .all] where forgiveness < .all || prepared.words.count > 1 {
            let next = found(forgiveness)
            if next.outcome.isPartial, last.outcome.textTotal > 0 {
                // Better all of what fewer errors find, though with more of them there may be more.
                last.outcome.isPartial = true
                break
            }
            last = next
            // What has the words from several names, not all as typed, or by an unusual error, may be what was not meant.
            if last.outcome.hasLikelyName || last.outcome.isPartial { break }
            if last.outcome.textTotal >= Self.strictEnough, strict.outcome.textTotal > 0 || forgiveness > .one { break }
        }
        return last
    }

    // MARK: Completing names

    /// Names that begin with what was typed, or have all its words: the most frequent first. For each a document that
    /// has it, and in which of its texts; hidden documents are not looked at.
    ///
    /// - Complexity: O(names that begin so), some tens of thousands for one letter.
    public func suggest(_ typed: String, limit: Int) throws(SearchProblem) -> [SearchSuggestion] {
        guard (0...SearchLimits.pageHitsMax).contains(limit) else { throw .badLimit }
        refresh()
        var prepared = try PreparedQuery(SearchQuery(words: typed, nowMilliseconds: 0), &folded)
        guard prepared.isText else { return [] }
        try planner.settlePunctuation(&prepared, parts)
        for forgiveness in [Forgiveness.none, .one, .two] {
            let plans = planner.plans(prepared, parts, documentCount, forgiveness)
            let found = NameCompletion(parts: parts, limit: limit).complete(prepared, plans, &matcher)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Lets go of what was published when this reader was last asked, if something else has been since: a reader that is
    /// seldom asked would keep it, and all its memory, for itself alone. To be called from time to time; kept answers stay.
    ///
    /// - Complexity: one atomic load where nothing was published.
    public func letGo() {
        guard published != nil, index.currentGeneration != generation else { return }
        published = nil
        parts = []
        (demands, demand) = ([], .none)
        generation = .max
    }

    /// Takes up what was published since the last query.
    private func refresh() {
        // Read before the reference: a publication in between is taken up twice rather than never.
        let now = index.currentGeneration
        if now == generation { return }
        let current = index.current
        published = current
        parts = current.parts.map(PublishedPart.init)
        documentCount = current.count
        demands = index.demands
        demand = demands.last?.levels ?? .none
        generation = now
        matcher.reserve(
            documents: parts.reduce(0) { max($0, $1.tables.documentCount) },
            names: parts.reduce(0) { max($0, $1.tables.nameCount) })
    }
}

/// A part as a reader uses it: plain pointers, alive as long as the published index is held.
struct PublishedPart {
    let tables: SegmentTables
    /// Which documents are gone; nil where all are there.
    let dead: TombstoneBits?

    init(_ tables: SegmentTables) {
        self.tables = tables
        dead = nil
    }

    init(_ part: SegmentPart) {
        tables = part.segment.tables
        dead = part.tombstones?.bits
    }

    @inline(__always)
    func isDead(_ document: Int) -> Bool { dead?.contains(document) ?? false }

    /// Whether a document that is there meets the condition. What is ready made has many documents: it is not asked whether
    /// all of them are gone.
    func hasDocument(_ condition: Condition) -> Bool {
        if condition.ready != nil { return true }
        func isAlive(_ document: UInt32) -> Bool { !isDead(Int(document)) }
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for index in Int(table.postingStart[range.low])..<Int(table.postingStart[range.high]) {
                let posting = table.postings[index]
                if UInt8(truncatingIfNeeded: posting & Place.mask) & range.places == 0 { continue }
                let name = Int(posting >> Place.bits)
                for place in Int(tables.documentStart[name])..<Int(tables.documentStart[name + 1])
                where isAlive(tables.documents[place]) {
                    return true
                }
            }
            if range.isName || tables.texts.count == 0 { continue }
            for index in Int(tables.textStart[range.low])..<Int(tables.textStart[range.high])
            where isAlive(tables.texts[index]) {
                return true
            }
        }
        return false
    }
}
