// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Every limit of the box office, in one place. Those that a test can reach in reasonable time have one at the limit and
/// one past it.
///
/// The name says what is counted and in which unit. A limit protects memory, the journal or the other clients; it is
/// never a statement about how large a good house may be, so each is generous for a real one.
public enum Limits {
    // MARK: What a client may send

    /// Bytes of a request line before its line feed (a carriage return before it counted).
    public static let lineBytesMax = 8_192
    /// Bytes of a tag, without its `@`.
    public static let tagBytesMax = 32
    /// Bytes of an id that an operator chooses (venue, event, performer).
    public static let idBytesMax = 64
    /// Bytes of a section, row or seat label in an address.
    public static let labelBytesMax = 32
    /// Bytes of a buyer's name.
    public static let buyerBytesMax = 64
    /// Bytes of an idempotency key.
    public static let keyBytesMax = 64
    /// Bytes of a printed name or title.
    public static let nameBytesMax = 512
    /// Bytes of an event's description.
    public static let descriptionBytesMax = 4_096
    /// Performers of one event.
    public static let performersPerEventMax = 64
    /// Requests that one connection may have unanswered before the daemon stops reading from it.
    public static let requestsInFlightPerConnectionMax = 1_024
    /// Requests that cross to a shard in one batch: so many are sent on their way while the rest of a tick is still read.
    public static let batchRequestsMax = 256
    /// Bytes of rendered views that one event loop keeps.
    public static let viewCacheBytesMax = 8 << 20
    /// Bytes of memory for rendering that one event loop keeps between ticks.
    public static let renderingBytesKeptMax = 4 << 20
    /// Parcels that one event loop, or one shard for its timers, keeps for the next requests.
    public static let parcelsKeptMax = 64
    /// Bytes of memory of a parcel that is kept: one that carried more than usual is let go, so that what the fattest
    /// replies took is given back.
    public static let parcelBytesKeptMax = 256 << 10
    /// Tags for which one event loop keeps memory while no request has them: a megabyte.
    public static let tagsKeptMax = 26_214
    /// Connections open at once.
    public static let connectionsMax = 16_384
    /// Items that one `LIST` or `SEARCH` page holds.
    public static let pageItemsMax = 1_000

    // MARK: What a house may hold

    /// Seats and area places of one seat plan.
    public static let placesPerPlanMax = 1_000_000
    /// Numbered seats of one seat plan.
    public static let seatsPerPlanMax = 250_000
    /// Seats of one row.
    public static let seatsPerRowMax = 1_000
    /// Rows of one seat plan.
    public static let rowsPerPlanMax = 32_768
    /// Sections of one seat plan, and general-admission areas of one.
    public static let sectionsPerPlanMax = 4_096
    /// Price categories of one seat plan.
    public static let categoriesPerPlanMax = 250
    /// Venues, and performers, of one catalogue.
    public static let catalogueItemsMax = 1_000_000
    /// Events of one shard.
    public static let eventsPerShardMax = 2_000_000

    // MARK: What a buyer may take

    /// Seats and places in one hold.
    public static let seatsPerHoldMax = 100
    /// Seats that one `BLOCK` or `UNBLOCK` names.
    public static let seatsPerBlockMax = 2_000
    /// Open holds of one buyer at one event.
    public static let openHoldsPerBuyerPerEventMax = 20
    /// Seats held and sold to a buyer at an event where the event sets no other `limit=`.
    public static let seatsPerBuyerDefault = 8
    /// A hold's time, in seconds, where the event sets no other.
    public static let holdSecondsDefault: Int64 = 600
    public static let holdSecondsMin: Int64 = 1
    public static let holdSecondsMax: Int64 = 86_400
    /// How long a payment under way outlives its hold's end.
    public static let paymentGraceSeconds: Int64 = 120
    /// How long the way in which a hold ended is remembered.
    public static let endedHoldSeconds: Int64 = 86_400
    /// How long an idempotency key is remembered.
    public static let keySeconds: Int64 = 86_400
    /// Idempotency keys that one shard remembers; past it, a change with a new key is `BUSY`.
    public static let keysPerShardMax = 4_000_000
    /// The largest price of a seat, in minor units: a total of ``seatsPerHoldMax`` of them fits 64 bits easily.
    public static let priceMinorMax: Int64 = 1_000_000_000_000

    // MARK: What is written

    /// Bytes of one journal record. A larger thing (a seat plan) is written in parts.
    public static let recordBytesMax = 131_072
    /// Shards of one data directory.
    public static let shardsMax = 64
}
