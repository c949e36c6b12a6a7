// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Every limit of the search, in one place.
public enum SearchLimits {
    // MARK: Of a query

    /// Bytes of a query's words, and of each of its filters.
    public static let queryBytesMax = 8_192
    /// Words of a query, counted after folding.
    public static let queryWordsMax = 64
    /// Hits of one page.
    public static let pageHitsMax = 1_000
    /// Numbers that one call of ``SearchReader/candidates(_:limit:where:)`` gives.
    public static let candidatesMax = 1_000_000
    /// Work of one query, in postings looked at (a document that is judged counts as some). Counted and not timed, so
    /// that an answer repeats.
    public static let workMax = 700_000
    /// Where finding and ranking documents stop at once: ``workMax`` is kept by estimates, this one in any case, but that an
    /// eighth of ``workMax`` is left to each part of the index, so that something of it is found. Not counted against it is
    /// what planning takes, where many words are compared with many terms each, nor what a page took before it had to
    /// be collected anew: the most that was seen, of 200,000 documents, is six times as much.
    public static let workHardMax = 800_000

    /// Answers that a reader keeps, and what they take in all; longer queries, filters and cursor together, are not kept.
    public static let cachedQueriesMax = 10_000
    public static let cachedBytesMax = 16 << 20
    public static let cachedQueryBytesMax = 512

    // MARK: Of a document

    /// Words of one document that are searchable; a longer description is found by its beginning.
    public static let documentWordsMax = 2_048
    /// Bytes of a word, or of a whole name without spaces, that are compared; what follows is ignored.
    public static let termBytesMax = 120
    /// Bytes of an id that are kept.
    public static let idBytesMax = 255
}
