// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where an event stands.
public enum EventState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case draft = 0
    case onSale = 1
    case closed = 2
    case cancelled = 3

    /// Its word in `state=`.
    public var word: StaticString {
        switch self {
        case .draft: "draft"
        case .onSale: "onsale"
        case .closed: "closed"
        case .cancelled: "cancelled"
        }
    }
}

/// All of an event but the states of its seats, as published to readers: an immutable value, replaced as a whole.
public struct EventFacts: Sendable {
    public var index: EventIndex
    public var id: String
    public var venueID: String
    public var title: String
    public var state: EventState
    public var starts: Instant
    /// The offset from UTC, in minutes, that `starts=` was given in: `date=` compares the date there.
    public var startsOffsetMinutes: Int16
    public var ends: Instant?
    public var type: String
    public var performerIDs: [String]
    public var description: String
    /// ISO 4217, or empty where none is set yet.
    public var currency: String
    public var onsale: Instant?
    public var holdSeconds: Int64
    public var limit: Int
    /// Minor units by category of the plan; nil where a category has no price.
    public var prices: [Int64?]
    public var plan: SeatPlan
    public var sequence: UInt64

    public init(
        index: EventIndex, id: String, venueID: String, title: String, state: EventState, starts: Instant,
        startsOffsetMinutes: Int16, ends: Instant?, type: String, performerIDs: [String], description: String,
        currency: String, onsale: Instant?, holdSeconds: Int64, limit: Int, prices: [Int64?], plan: SeatPlan,
        sequence: UInt64
    ) {
        self.index = index
        self.id = id
        self.venueID = venueID
        self.title = title
        self.state = state
        self.starts = starts
        self.startsOffsetMinutes = startsOffsetMinutes
        self.ends = ends
        self.type = type
        self.performerIDs = performerIDs
        self.description = description
        self.currency = currency
        self.onsale = onsale
        self.holdSeconds = holdSeconds
        self.limit = limit
        self.prices = prices
        self.plan = plan
        self.sequence = sequence
    }
}

/// A venue as published, with its layout as it stands; events froze theirs when they were added.
public struct VenueFacts: Sendable {
    public var id: String
    public var name: String
    public var city: String
    public var country: String
    public var address: String
    /// A name of the IANA time zone database, or empty. Kept as written.
    public var timeZone: String
    /// Its counts are known at once; its plan is made when first asked for.
    public var layout: VenueLayout
    public var plan: SeatPlan { layout.plan }

    public init(
        id: String, name: String, city: String, country: String, address: String, timeZone: String, plan: SeatPlan
    ) {
        self.init(
            id: id, name: name, city: city, country: country, address: address, timeZone: timeZone,
            layout: VenueLayout(plan: plan))
    }

    public init(
        id: String, name: String, city: String, country: String, address: String, timeZone: String, layout: VenueLayout
    ) {
        self.id = id
        self.name = name
        self.city = city
        self.country = country
        self.address = address
        self.timeZone = timeZone
        self.layout = layout
    }
}

/// A performer as published.
public struct PerformerFacts: Sendable {
    public var id: String
    public var name: String
    public var genre: String

    public init(id: String, name: String, genre: String) {
        self.id = id
        self.name = name
        self.genre = genre
    }
}

/// What the catalogue looked up for a request that passes through it to a shard (`EVENT ADD`, `EVENT SET`).
public struct CatalogueAttachment: Sendable {
    /// The venue's plan as it stands; nil where `venue=` names no venue.
    public var plan: SeatPlan?
    /// The first of `performers=` that is not in the catalogue.
    public var missingPerformer: String?

    public init(plan: SeatPlan?, missingPerformer: String?) {
        self.plan = plan
        self.missingPerformer = missingPerformer
    }
}
