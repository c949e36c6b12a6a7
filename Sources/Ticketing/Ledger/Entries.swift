// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The lines of the books: plain values without padding, so that a digest may run over their bytes. Numbers of other
/// lines are kept plus one where there may be none, and 0 is none.

/// An event. Its texts lie in one run of bytes (see EventTexts); its seats, rows, areas and prices are stretches of
/// columns that all events share.
struct EventEntry: BitwiseCopyable {
    var starts: Int64
    /// `Instant.never` where not given; also `onsale`.
    var ends: Int64
    var onsale: Int64
    /// Minor units for each category without a price of its own; -1 where not given.
    var defaultPrice: Int64
    var texts: UInt64
    var firstSeat: UInt64
    var firstRow: UInt64
    var firstArea: UInt64
    var firstPrice: UInt64
    /// Changes so far.
    var sequence: UInt64
    var textBytes: UInt32
    var plan: UInt32
    var holdSeconds: UInt32
    /// Seats held and sold that a buyer may have.
    var limit: UInt32
    /// Three letters, the first in the lowest byte; 0 where not given.
    var currency: UInt32
    /// The newest open hold, plus one.
    var openHold: UInt32
    var startsOffset: Int16
    var stateByte: UInt8
    private var unused: UInt8 = 0
    private var alsoUnused: UInt32 = 0

    init() {
        starts = 0
        ends = Instant.never.milliseconds
        onsale = Instant.never.milliseconds
        defaultPrice = -1
        texts = 0
        firstSeat = 0
        firstRow = 0
        firstArea = 0
        firstPrice = 0
        sequence = 0
        textBytes = 0
        plan = 0
        holdSeconds = UInt32(Limits.holdSecondsDefault)
        limit = UInt32(Limits.seatsPerBuyerDefault)
        currency = 0
        openHold = 0
        startsOffset = 0
        stateByte = 0
    }

    var state: EventState {
        get { EventState(rawValue: stateByte) ?? .draft }
        set { stateByte = newValue.rawValue }
    }

    // The words of eight bytes that every booking changes, by their numbers.
    static var sequenceWordNumber: UInt64 { 9 }
    static var openHoldWordNumber: UInt64 { 12 }
    var openHoldWord: UInt64 { UInt64(openHold) << 32 | UInt64(currency) }
}

/// Places of an area that are not free. Places being paid count as held.
struct AreaEntry: BitwiseCopyable {
    var held: UInt32 = 0
    var sold: UInt32 = 0
    var blocked: UInt32 = 0
    private var unused: UInt32 = 0

    var taken: Int { Int(held) + Int(sold) + Int(blocked) }
}

/// A seat, or one place in an area, with its price as fixed when it was held.
struct HeldItem: BitwiseCopyable {
    var place: Place
    private var priceLow: UInt32
    private var priceHigh: UInt32

    init(_ place: Place, priceMinor: Int64) {
        self.place = place
        let bits = UInt64(bitPattern: priceMinor)
        priceLow = UInt32(truncatingIfNeeded: bits)
        priceHigh = UInt32(truncatingIfNeeded: bits >> 32)
    }

    var priceMinor: Int64 { Int64(bitPattern: UInt64(priceHigh) << 32 | UInt64(priceLow)) }
}

/// A numbered seat, or one of the equal places of an area.
struct Place: Hashable, BitwiseCopyable {
    var rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }
    init(seat: SeatIndex) { rawValue = seat.rawValue }
    init(area: Int) { rawValue = 1 << 31 | UInt32(truncatingIfNeeded: area) }

    var seat: SeatIndex? { rawValue >> 31 == 0 ? SeatIndex(rawValue) : nil }
    var area: Int? { rawValue >> 31 == 0 ? nil : Int(rawValue & 0x7FFF_FFFF) }
}

/// Where an open hold stands. Raw values are digested.
enum HoldState: UInt8, BitwiseCopyable {
    case held = 1
    case paying = 2
    case paid = 3
    /// Its seats are free again, by time or because the event was cancelled, but a payment is still under way.
    case lapsed = 4

    var word: StaticString {
        switch self {
        case .held: "held"
        case .paying: "paying"
        case .paid: "paid"
        case .lapsed: "lapsed"
        }
    }
}

/// How a hold ended. Raw values are journalled: only add.
enum HoldEnd: UInt8, BitwiseCopyable {
    case time = 1
    case released = 2
    case cancelled = 3
    case refunded = 4
    case confirmed = 5

    var word: StaticString {
        switch self {
        case .time: "time"
        case .released: "released"
        case .cancelled: "cancelled"
        case .refunded: "refunded"
        case .confirmed: "confirmed"
        }
    }
}

/// How a hold was paid. Raw values are journalled: only add.
enum PaymentMethod: UInt8, BitwiseCopyable {
    case none = 0
    case cash = 1
    case comp = 2
    case test = 3
}

/// What is known of every hold for 24 hours after its end: sixteen bytes by serial.
struct HoldTrace: BitwiseCopyable {
    /// The slot of its HoldEntry while it is open; its order, plus one, once it was confirmed.
    var slotOrOrder: UInt32
    var buyer: UInt32
    /// When it ended, in milliseconds since 1970, above eight bits of how; 0 while it is open.
    private var ended: UInt64 = 0

    init(slot: Int, buyer: UInt32) {
        slotOrOrder = UInt32(truncatingIfNeeded: slot)
        self.buyer = buyer
    }

    var end: HoldEnd? { HoldEnd(rawValue: UInt8(truncatingIfNeeded: ended)) }
    var endedAt: Instant { Instant(milliseconds: Int64(bitPattern: ended) >> 8) }

    mutating func end(_ how: HoldEnd, at time: Instant) {
        ended = UInt64(bitPattern: time.milliseconds << 8) | UInt64(how.rawValue)
        slotOrOrder = 0
    }

    /// Whether it is no longer remembered at `now`.
    func isForgotten(at now: Instant) -> Bool {
        end != nil && now >= endedAt.adding(seconds: Limits.endedHoldSeconds)
    }
}

/// An open hold. Its slot is used again for another one when it has ended.
struct HoldEntry: BitwiseCopyable {
    var serial: UInt64
    var endsMilliseconds: Int64
    var totalMinor: Int64
    /// When the outcome of its payment will be known; `Instant.never` where no payment is under way.
    var outcomeMilliseconds: Int64
    var event: UInt32
    var buyer: UInt32
    var standing: UInt32
    /// The serial of its payment, or 0.
    var payment: UInt32
    /// Where its items begin in the slab.
    var items: UInt32
    // The event's and the buyer's open holds are doubly linked, newest first; each is a slot plus one.
    var olderOfEvent: UInt32
    var newerOfEvent: UInt32
    var olderOfBuyer: UInt32
    var newerOfBuyer: UInt32
    var itemCount: UInt8
    var sizeClass: UInt8
    var stateByte: UInt8
    var flags: UInt8

    static let extended: UInt8 = 1
    static let willSucceed: UInt8 = 2
    static let lapsedByCancel: UInt8 = 4
    // The method of payment lies in the upper four bits.

    // The words of eight bytes that a newer hold changes, by their numbers.
    static var newerOfEventWordNumber: UInt64 { 7 }
    static var newerOfBuyerWordNumber: UInt64 { 8 }
    var newerOfEventWord: UInt64 { UInt64(olderOfBuyer) << 32 | UInt64(newerOfEvent) }
    var newerOfBuyerWord: UInt64 {
        UInt64(flags) << 56 | UInt64(stateByte) << 48 | UInt64(sizeClass) << 40 | UInt64(itemCount) << 32
            | UInt64(newerOfBuyer)
    }

    var state: HoldState {
        get { HoldState(rawValue: stateByte) ?? .held }
        set { stateByte = newValue.rawValue }
    }
    var ends: Instant { Instant(milliseconds: endsMilliseconds) }
    var isExtended: Bool { flags & Self.extended != 0 }
    var paymentWillSucceed: Bool { flags & Self.willSucceed != 0 }
    var isLapsedByCancel: Bool { flags & Self.lapsedByCancel != 0 }
    var method: PaymentMethod {
        get { PaymentMethod(rawValue: flags >> 4) ?? .none }
        set { flags = flags & 0x0F | newValue.rawValue << 4 }
    }

    /// When the end of the grace of a payment under way frees the seats.
    var graceEnds: Instant { ends.adding(seconds: Limits.paymentGraceSeconds) }

    /// When something happens to this hold by itself.
    var due: Instant {
        switch state {
        case .held, .paid: ends
        case .paying: min(Instant(milliseconds: outcomeMilliseconds), graceEnds)
        case .lapsed: Instant(milliseconds: outcomeMilliseconds)
        }
    }
}

/// What one buyer holds and bought at one event: what `limit=` counts.
struct Standing: BitwiseCopyable {
    var event: UInt32
    var buyer: UInt32
    /// Seats and places held and sold.
    var seats: UInt32
    var openHolds: UInt32
}

/// A confirmed hold. Its tickets lie one after another. 28 bytes: times are split in halves, so that no padding grows.
struct OrderEntry: BitwiseCopyable {
    private var atLow: UInt32
    private var atHigh: UInt32
    var event: UInt32
    var buyer: UInt32
    var firstTicket: UInt32
    /// The buyer's order before this one, plus one.
    var olderOfBuyer: UInt32
    var ticketCount: UInt8
    var cancelledCount: UInt8
    private var methodByte: UInt8
    private var unused: UInt8 = 0

    init(at: Instant, event: UInt32, buyer: UInt32, firstTicket: UInt32, ticketCount: UInt8, method: PaymentMethod) {
        let bits = UInt64(bitPattern: at.milliseconds)
        atLow = UInt32(truncatingIfNeeded: bits)
        atHigh = UInt32(truncatingIfNeeded: bits >> 32)
        self.event = event
        self.buyer = buyer
        self.firstTicket = firstTicket
        olderOfBuyer = 0
        self.ticketCount = ticketCount
        cancelledCount = 0
        methodByte = method.rawValue
    }

    var at: Instant { Instant(milliseconds: Int64(bitPattern: UInt64(atHigh) << 32 | UInt64(atLow))) }
    var method: PaymentMethod { PaymentMethod(rawValue: methodByte) ?? .none }
}

/// Whether a ticket lets somebody in. Raw values are digested.
enum TicketState: UInt8, BitwiseCopyable {
    case valid = 1
    case checkedIn = 2
    case cancelled = 3

    var word: StaticString {
        switch self {
        case .valid: "valid"
        case .checkedIn: "checked-in"
        case .cancelled: "cancelled"
        }
    }
}

/// A sold seat or place. 28 bytes.
struct TicketEntry: BitwiseCopyable {
    var item: HeldItem
    var order: UInt32
    // When it was checked in last.
    private var atLow: UInt32 = 0
    private var atHigh: UInt32 = 0
    /// An index into the names of gates.
    var gate: UInt16 = 0
    var stateByte: UInt8 = TicketState.valid.rawValue
    var generation: UInt8 = 0

    init(item: HeldItem, order: UInt32) {
        self.item = item
        self.order = order
    }

    var state: TicketState {
        get { TicketState(rawValue: stateByte) ?? .cancelled }
        set { stateByte = newValue.rawValue }
    }

    var at: Instant {
        get { Instant(milliseconds: Int64(bitPattern: UInt64(atHigh) << 32 | UInt64(atLow))) }
        set {
            let bits = UInt64(bitPattern: newValue.milliseconds)
            atLow = UInt32(truncatingIfNeeded: bits)
            atHigh = UInt32(truncatingIfNeeded: bits >> 32)
        }
    }
}
