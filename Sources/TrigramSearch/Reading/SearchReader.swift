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
    private var parts: [PublishedPart] = []
    private var documentCount = 0

    private var folded = FoldedText()
    private var planner = QueryPlanner()
    private var matcher = PartMatcher()

    init(index: SearchIndex) {
        self.index = index
    }

    deinit { matcher.deallocate() }

    /// Answers `query` with a page of hits.
    ///
    /// - Complexity: bounded by ``SearchLimits/workMax`` postings.
    public func search(_ query: SearchQuery) throws(SearchProblem) -> SearchResult {
        try page(query, filter: nil)
    }

    /// Answers `query` with a page of those hits whose numbers `isWanted` lets through: the caller's live knowledge
    /// (drafts hidden, price, free seats). It is asked once for each document that matches otherwise, and counts as
    /// work; when typing errors are looked for, once more.
    public func search(
        _ query: SearchQuery, where isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        // The closure does not outlive this call; only its being optional needs it to be called escaping.
        let result: Result<SearchResult, SearchProblem> = withoutActuallyEscaping(isWanted) { isWanted in
            do throws(SearchProblem) {
                return .success(try page(query, filter: isWanted))
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
                let request = SearchRun.Request(limit: limit, isOrdered: false, after: nil, isForgiving: nil)
                let outcome = try run(&prepared, request, filter: isWanted)
                return .success(
                    SearchResult(hits: outcome.hits, total: outcome.total, isPartial: outcome.isPartial, cursor: nil))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: One page

    private func page(_ query: SearchQuery, filter: ((UInt32) -> Bool)?) throws(SearchProblem) -> SearchResult {
        guard (0...SearchLimits.pageHitsMax).contains(query.limit) else { throw .badLimit }
        guard query.sort != .price else { throw .orderUnknown }
        refresh()
        var prepared = try PreparedQuery(query, &folded)
        var request = SearchRun.Request(limit: query.limit, isOrdered: true, after: nil, isForgiving: nil)
        if let text = query.cursor {
            let cursor = try SearchCursor(text: text, of: query)
            prepared.nowHours = cursor.nowHours
            request.after = HitCollector.Position(key: cursor.key, id: cursor.id)
            request.isForgiving = cursor.isForgiving
        }
        let outcome = try run(&prepared, request, filter: filter)
        let cursor = outcome.next.map {
            SearchCursor(
                query: query, nowHours: prepared.nowHours, key: $0.key, id: $0.id, isForgiving: outcome.isForgiving
            ).text
        }
        return SearchResult(hits: outcome.hits, total: outcome.total, isPartial: outcome.isPartial, cursor: cursor)
    }

    private func run(
        _ prepared: inout PreparedQuery, _ request: SearchRun.Request, filter: ((UInt32) -> Bool)?
    ) throws(SearchProblem) -> SearchRun.Outcome {
        try planner.settlePunctuation(&prepared, parts)
        func outcome(isForgiving: Bool) -> SearchRun.Outcome {
            let plans = planner.plans(prepared, parts, documentCount, isForgiving: isForgiving)
            var run = SearchRun(query: prepared, request: request, parts: parts, filter: filter)
            return run.outcome(plans, &matcher)
        }
        guard prepared.isText else { return outcome(isForgiving: false) }
        if request.isForgiving != true {
            let strict = outcome(isForgiving: false)
            if request.isForgiving == false || strict.textTotal >= Self.strictEnough || strict.isPartial {
                return strict
            }
        }
        var forgiven = outcome(isForgiving: true)
        forgiven.isForgiving = true
        return forgiven
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
        generation = now
        matcher.reserve(
            documents: parts.reduce(0) { max($0, $1.tables.documentCount) },
            names: parts.reduce(0) { max($0, $1.tables.nameCount) })
    }
}

/// A part as a reader uses it: plain pointers, alive as long as the published index is held.
struct PublishedPart {
    let tables: SegmentTables
    let dead: UnsafeMutablePointer<UInt64>?
    let deadCount: Int

    init(_ part: SegmentPart) {
        tables = part.segment.tables
        dead = part.tombstones?.words.baseAddress
        deadCount = part.deadCount
    }
}
