// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What can be asked, and in which order it is answered.

/// In which order hits come.
public enum SearchSort: UInt8, Sendable, CaseIterable {
    /// Best score first, equal scores by the bytes of the id. Where typing errors were forgiven, what is the best of none of
    /// the names that it was found by has 22 % less, so that other names that may be meant come before more of the same.
    case relevance = 0
    /// Earliest start first, equal starts by the bytes of the id.
    case date = 1
    /// The caller's own order, over what ``SearchReader/candidates(_:limit:where:)`` gives: the index knows no prices.
    case price = 2
}

/// One question. A query without words finds all that its filters let through, in date order; without filters too, all
/// that is still to come, the nearest first.
public struct SearchQuery: Sendable, Equatable {
    /// What was typed; every word must be found, typing errors forgiven. At most ``SearchLimits/queryBytesMax`` bytes.
    public var words: String
    /// Only documents with these words in venue, city or another location, the last of them perhaps unfinished.
    public var location: String
    /// Only documents with the performer of this id or of this whole name.
    public var performer: String
    /// Only documents of this type.
    public var type: String
    /// Only documents on or after, and on or before, this local date, in days since 1970-01-01.
    public var firstDay: Int32?
    public var lastDay: Int32?
    public var sort: SearchSort
    /// Hits wanted, 0…``SearchLimits/pageHitsMax``.
    public var limit: Int
    /// Where the page before ended: ``SearchResult/cursor``.
    public var cursor: String?
    /// The time now, in milliseconds since 1970; rounded down to the hour before it is used, and taken from the cursor
    /// on later pages, so that pages stay together.
    public var nowMilliseconds: Int64
    /// Whether documents that are hidden (``SearchDocument/isHidden``) are found too.
    public var seesHidden = false
    /// Whether documents with the same title and the same performers, a tour's dates, are one hit: the best of them, in
    /// date order the first. See ``SearchResult/tours``. Pages go on among the tours that one answer gathers: where it is
    /// partial, the last page is not the last of all that matches.
    public var foldsTours = false
    /// Stands for what else the caller filters by: a cursor belongs to the query with the same number.
    public var filterMark: UInt64 = 0

    public init(
        words: String = "", location: String = "", performer: String = "", type: String = "", firstDay: Int32? = nil,
        lastDay: Int32? = nil, sort: SearchSort = .relevance, limit: Int = 20, cursor: String? = nil,
        nowMilliseconds: Int64
    ) {
        self.words = words
        self.location = location
        self.performer = performer
        self.type = type
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.sort = sort
        self.limit = limit
        self.cursor = cursor
        self.nowMilliseconds = nowMilliseconds
    }
}

/// One found document.
public struct SearchHit: Sendable, Equatable, BitwiseCopyable {
    /// The caller's number of the document.
    public var number: UInt32
    /// How well it fits: 0…1000, more where one of its names or its id is all that was typed, and up to
    /// ``SearchDemand/levelMax`` thousandths of that more for what is much wanted. 0 where the query has no words.
    public var score: Int

    public init(number: UInt32, score: Int) {
        self.number = number
        self.score = score
    }
}

/// What a hit stands for where tours are folded.
public struct SearchTour: Sendable, Equatable, BitwiseCopyable {
    /// How many documents of the tour match, the hit among them.
    public var dates: Int
    /// When the last of them begins, in milliseconds since 1970.
    public var lastStartsMilliseconds: Int64

    public init(dates: Int, lastStartsMilliseconds: Int64) {
        self.dates = dates
        self.lastStartsMilliseconds = lastStartsMilliseconds
    }
}

/// A page of hits.
public struct SearchResult: Sendable, Equatable {
    public var hits: [SearchHit]
    /// Where tours are folded, the tour of each hit; else nothing.
    public var tours: [SearchTour]
    /// How many documents match in all, or tours, pages before included; a lower bound where ``isPartial``.
    public var total: Int
    /// The work bound ended the search early: there may be more, or better, hits than these; or a word may mean so many
    /// others that only the best of them were looked for: there may be more. The same query of the same index stops at
    /// the same place.
    public var isPartial: Bool
    /// For the next page; nil where this was the last.
    public var cursor: String?
    /// The words that the first hit was found by, folded, where errors were forgiven and they differ from those typed.
    public var did: String?
    /// Which errors were forgiven.
    var forgiveness = Forgiveness.none

    public init(
        hits: [SearchHit] = [], tours: [SearchTour] = [], total: Int = 0, isPartial: Bool = false,
        cursor: String? = nil, did: String? = nil
    ) {
        self.hits = hits
        self.tours = tours
        self.total = total
        self.isPartial = isPartial
        self.cursor = cursor
        self.did = did
    }
}

/// A name that completes what was typed.
public struct SearchSuggestion: Sendable, Equatable {
    /// In which text of a document a name is.
    public enum Field: Sendable, Equatable {
        /// The performer at this place among those of the document that have a name or an id.
        case performer(Int)
        case title, venue, city
    }

    /// A document that has the name.
    public var number: UInt32
    public var field: Field
    /// How many documents have it, hidden ones and some that are gone among them.
    public var documents: Int

    public init(number: UInt32, field: Field, documents: Int) {
        self.number = number
        self.field = field
        self.documents = documents
    }
}
