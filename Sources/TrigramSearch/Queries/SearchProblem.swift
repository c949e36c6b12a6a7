// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Why a query has no answer. Each is the asker's to mend; ``hint`` says how in one sentence.
public enum SearchProblem: Error, Equatable, Sendable {
    /// A text of the query is longer than ``SearchLimits/queryBytesMax``.
    case queryTooLong
    /// More words than ``SearchLimits/queryWordsMax``.
    case tooManyWords
    /// Nothing but punctuation, and no name is written so.
    case onlyPunctuation
    /// `location=` or `type=` holds nothing that a name is written with, not even punctuation.
    case emptyLocation, emptyType
    /// The last day is before the first.
    case datesReversed
    /// A limit below 0 or above the most that is answered at once.
    case badLimit
    /// The cursor is damaged, or was not made here.
    case badCursor
    /// The cursor belongs to a query with other words, filters or order.
    case cursorOfAnotherQuery
    /// ``SearchSort/price`` was asked of the index itself.
    case orderUnknown

    public var hint: StaticString {
        switch self {
        case .queryTooLong: "shorten the words and filters to 8,192 bytes"
        case .tooManyWords: "search for at most 64 words"
        case .onlyPunctuation: "type a letter or a digit of the name"
        case .emptyLocation, .emptyType: "give the filter a name with a letter or a digit"
        case .datesReversed: "put the earlier date first"
        case .badLimit: "ask for fewer hits and page with the cursor"
        case .badCursor: "use the cursor exactly as the page before gave it"
        case .cursorOfAnotherQuery: "repeat words, filters and order of the page that gave the cursor"
        case .orderUnknown: "sort by relevance or by date"
        }
    }
}
