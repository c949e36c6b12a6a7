// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The reader's side of the index: one for each event loop. It holds what is published and checks one atomic number a
/// query; it takes no lock unless that number has changed.
public final class SearchReader {
    private let index: SearchIndex

    init(index: SearchIndex) {
        self.index = index
    }

    /// Answers `query` with a page of hits.
    public func search(_ query: SearchQuery) throws(SearchProblem) -> SearchResult {
        SearchResult()
    }

    /// Answers `query` with a page of those hits whose numbers `isWanted` lets through: the caller's live knowledge
    /// (drafts hidden, price, free seats). It is asked once for each document that matches otherwise.
    public func search(
        _ query: SearchQuery, where isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        SearchResult()
    }

    /// All documents that match, at most `limit` of them, in no useful order but always the same: for a caller that
    /// sorts by something the index does not know. The query's own sort, limit and cursor are not looked at.
    public func candidates(
        _ query: SearchQuery, limit: Int, where isWanted: (UInt32) -> Bool
    ) throws(SearchProblem) -> SearchResult {
        SearchResult()
    }
}
