// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What the index is told about one thing that can be found. This room knows documents, not events: prices, seats and
// states never come here, so that selling a seat touches no text.

/// One document to be found: its texts by field, and what filters and order need.
///
/// Texts are any valid Unicode; the index folds them itself. What is beyond ``SearchLimits`` (the words of a very long
/// description) is not searchable, and nothing else happens.
public struct SearchDocument: Sendable, Equatable {
    /// The caller's number for the document. Dense numbers, given out in publishing order, are cheapest. A later
    /// ``SearchIndex/update(_:)`` with the same number replaces the document.
    public var number: UInt32
    /// The document's own id: equal scores are ordered by its bytes, and a query that is an id finds it.
    public var id: String
    public var title: String
    /// Printed names of the performers.
    public var performers: [String]
    /// Ids of the performers, for `performer=`.
    public var performerIDs: [String]
    /// Printed name of the venue.
    public var venue: String
    public var city: String
    public var description: String
    /// Further texts that `location=` matches beside venue and city: the country, the venue's id.
    public var locations: [String]
    /// What kind of thing it is (`concert`); compared after folding.
    public var type: String
    /// When it begins, in milliseconds since 1970-01-01T00:00Z.
    public var startsMilliseconds: Int64
    /// The calendar date on which it begins, in days since 1970-01-01, in the offset that `starts=` was given in: at most
    /// some days from the date of its start in UTC.
    public var localDay: Int32
    /// Whether only queries that ask for hidden documents find it: a draft.
    public var isHidden: Bool

    public init(
        number: UInt32, id: String, title: String, performers: [String] = [], performerIDs: [String] = [],
        venue: String = "", city: String = "", description: String = "", locations: [String] = [], type: String = "",
        startsMilliseconds: Int64, localDay: Int32, isHidden: Bool = false
    ) {
        self.number = number
        self.id = id
        self.title = title
        self.performers = performers
        self.performerIDs = performerIDs
        self.venue = venue
        self.city = city
        self.description = description
        self.locations = locations
        self.type = type
        self.startsMilliseconds = startsMilliseconds
        self.localDay = localDay
        self.isHidden = isHidden
    }

    /// The calendar date, in days since 1970-01-01, of an instant in the given offset from UTC.
    public static func localDay(startsMilliseconds: Int64, offsetMinutes: Int) -> Int32 {
        let dayMilliseconds: Int64 = 86_400_000
        let (local, overflowed) = startsMilliseconds.addingReportingOverflow(Int64(offsetMinutes) * 60_000)
        let shifted = overflowed ? startsMilliseconds : local
        let quotient = shifted / dayMilliseconds
        let day = shifted % dayMilliseconds < 0 ? quotient - 1 : quotient
        return Int32(clamping: day)
    }
}
