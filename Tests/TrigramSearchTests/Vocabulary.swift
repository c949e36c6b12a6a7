// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The words in which the tests of this room build their worlds.

import TrigramSearch

/// 2026-06-01T00:00Z, the tests' now, and the length of a day.
let now: Int64 = 1_780_272_000_000
let day: Int64 = 86_400_000

/// A document that begins so many days from ``now``.
func document(
    _ number: UInt32, _ title: String, id: String? = nil, performers: [String] = [], performerIDs: [String] = [],
    venue: String = "", city: String = "", description: String = "", locations: [String] = [], type: String = "",
    inDays days: Int64 = 1
) -> SearchDocument {
    let starts = now + days * day
    return SearchDocument(
        number: number, id: id ?? "e\(number)", title: title, performers: performers, performerIDs: performerIDs,
        venue: venue, city: city, description: description, locations: locations, type: type,
        startsMilliseconds: starts, localDay: SearchDocument.localDay(startsMilliseconds: starts, offsetMinutes: 0))
}

/// An index of these documents, published.
func index(_ documents: [SearchDocument]) -> SearchIndex {
    let index = SearchIndex()
    for document in documents { index.update(document) }
    index.publish()
    return index
}

func query(
    _ words: String = "", location: String = "", performer: String = "", type: String = "", firstDay: Int32? = nil,
    lastDay: Int32? = nil, sort: SearchSort = .relevance, limit: Int = 1_000, cursor: String? = nil
) -> SearchQuery {
    SearchQuery(
        words: words, location: location, performer: performer, type: type, firstDay: firstDay, lastDay: lastDay,
        sort: sort, limit: limit, cursor: cursor, nowMilliseconds: now)
}

extension SearchIndex {
    /// The numbers that a fresh reader finds, in order.
    func find(_ words: String) throws(SearchProblem) -> [UInt32] {
        try makeReader().search(query(words)).hits.map(\.number)
    }

    func find(_ query: SearchQuery) throws(SearchProblem) -> [UInt32] {
        try makeReader().search(query).hits.map(\.number)
    }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
