// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How much there is in a ledger.
public struct LedgerFigures: Equatable, Sendable {
    public var events: Int
    public var plans: Int
    public var openHolds: Int
    /// Holds that are remembered, open ones included.
    public var holdsRemembered: Int
    public var orders: Int
    public var tickets: Int
    public var buyers: Int
    public var keys: Int
    public var seatsFree: Int
    public var seatsHeld: Int
    public var seatsPaying: Int
    public var seatsSold: Int
    public var seatsBlocked: Int
    /// Bytes that the columns take, seat plans and keys aside.
    public var bytes: Int

    init(of books: borrowing Books) {
        events = books.events.count
        plans = books.plans.count
        openHolds = books.openHoldCount
        holdsRemembered = books.traces.count
        orders = books.orders.count
        tickets = books.tickets.count
        buyers = books.buyers.count - 1
        keys = books.keyTable.count
        seatsFree = books.seatCounts[Int(SeatState.free.rawValue)]
        seatsHeld = books.seatCounts[Int(SeatState.held.rawValue)]
        seatsPaying = books.seatCounts[Int(SeatState.paying.rawValue)]
        seatsSold = books.seatCounts[Int(SeatState.sold.rawValue)]
        seatsBlocked = books.seatCounts[Int(SeatState.blocked.rawValue)]
        bytes =
            books.events.bytesAllocated + books.eventTexts.bytesAllocated + books.eventTable.bytesAllocated
            + books.seatStates.bytesAllocated + books.seatOwners.bytesAllocated + books.rowRuns.bytesAllocated
            + books.rowFree.bytesAllocated + books.rowCategories.bytesAllocated + books.groupRuns.bytesAllocated
            + books.areas.bytesAllocated + books.prices.bytesAllocated
            + books.buyers.bytesAllocated + books.gates.bytesAllocated + books.standings.bytesAllocated
            + books.standingTable.bytesAllocated + books.traces.bytesAllocated + books.holds.bytesAllocated
            + books.items.bytesAllocated + books.orders.bytesAllocated + books.tickets.bytesAllocated
            + books.due.bytesAllocated
    }

    /// Each figure by the name it has in `STATS`.
    public var named: [(name: String, value: Int64)] {
        [
            ("events", events), ("plans", plans), ("holds_open", openHolds), ("holds_remembered", holdsRemembered),
            ("orders", orders), ("tickets", tickets), ("buyers", buyers), ("keys", keys), ("seats_free", seatsFree),
            ("seats_held", seatsHeld), ("seats_paying", seatsPaying), ("seats_sold", seatsSold),
            ("seats_blocked", seatsBlocked), ("ledger_bytes", bytes),
        ].map { ($0.0, Int64($0.1)) }
    }
}
