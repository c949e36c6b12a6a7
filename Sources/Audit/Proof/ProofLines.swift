// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Who has a seat, in one word: nobody, a hold, a ticket, or the house (blocked).
struct Owner: Equatable, BitwiseCopyable {
    private var word: UInt64

    static let nobody = Owner(word: 0)
    static let house = Owner(word: 3 << 62)

    private init(word: UInt64) { self.word = word }

    /// Serials are below 2^40.
    init(hold serial: UInt64) { word = 1 << 62 | serial }
    init(ticket serial: UInt64) { word = 2 << 62 | serial }

    var holdSerial: UInt64? { word >> 62 == 1 ? word & (1 << 62 - 1) : nil }
    var ticketSerial: UInt64? { word >> 62 == 2 ? word & (1 << 62 - 1) : nil }

    var text: String {
        if let holdSerial { return "hold \(holdSerial)" }
        if let ticketSerial { return "ticket \(ticketSerial)" }
        return self == .house ? "the house" : "nobody"
    }
}

struct EventLine: BitwiseCopyable {
    var plan = 0
    var firstSeat = 0
    var seatCount = 0
    var firstArea = 0
    var areaCount = 0
    var categoryCount = 0
    /// The newest open hold's slot, plus one.
    var openHold: UInt32 = 0
    /// An index into the money by currency.
    var money: Int32 = -1
    var state = EventState.draft.rawValue
}

struct AreaLine: BitwiseCopyable {
    var capacity: Int
    var held = 0
    var sold = 0
    var blocked = 0

    var taken: Int { held + sold + blocked }
}

/// Where a hold stands. Raw values are those of ``PaidRecord/state``.
enum HoldStanding: UInt8, BitwiseCopyable {
    case held = 1
    case paying = 2
    case paid = 3
    case lapsed = 4
}

/// How a hold ended, or where it is while it is open: a slot below ``endings``.
struct HoldPlace: Equatable, BitwiseCopyable {
    private var word: UInt32

    private static let endings: UInt32 = 0xFFFF_FF00

    init(slot: Int) { word = UInt32(truncatingIfNeeded: slot) }
    init(_ ending: Ending) { word = Self.endings | UInt32(ending.rawValue) }

    enum Ending: UInt8 {
        case time = 1
        case released = 2
        case cancelled = 3
        case refunded = 4
        case confirmed = 5
        /// It was forgotten before the records begin, or its record is missing.
        case unknown = 6

        var text: String {
            switch self {
            case .time: "by time"
            case .released: "by release"
            case .cancelled: "because its event was cancelled"
            case .refunded: "with a refund"
            case .confirmed: "as an order"
            case .unknown: "before these records"
            }
        }
    }

    var slot: Int? { word < Self.endings ? Int(word) : nil }
    var ending: Ending? { word < Self.endings ? nil : Ending(rawValue: UInt8(truncatingIfNeeded: word)) }
}

/// An open hold.
struct HoldLine: BitwiseCopyable {
    var serial: UInt64
    var ends: Int64
    /// What its items cost together.
    var total: Int64
    /// What was paid for it and not given back.
    var received: Int64 = 0
    var outcome = Int64.max
    var event: Int32
    var firstItem: Int
    var itemCount: Int
    /// Items that its stretch has room for.
    var itemRoom: Int
    var standing = HoldStanding.held
    var isExtended = false
    var succeeds = false
    var isLapsedByCancel = false
    var older: UInt32 = 0
    var newer: UInt32 = 0
    /// The money that it is paid in: that of its event when it was made.
    var money: Int32 = -1

    var graceEnds: Int64 { ends.addingClamped(Limits.paymentGraceSeconds * 1_000) }

    /// When something happens to it by itself.
    var due: Int64 {
        switch standing {
        case .held, .paid: ends
        case .paying: min(outcome, graceEnds)
        case .lapsed: outcome
        }
    }

    var stateWord: String {
        switch standing {
        case .held: "held"
        case .paying: "paying"
        case .paid: "paid"
        case .lapsed: "lapsed"
        }
    }
}

struct HeldPlace: BitwiseCopyable {
    var place: RecordedPlace
    var price: Int64
}

struct OrderLine: BitwiseCopyable {
    var event: Int32
    var firstTicket: Int
    var ticketCount: Int32
    var money: Int32
    var paid: Int64
    var refunded: Int64 = 0
}

struct TicketLine: BitwiseCopyable {
    enum Standing: UInt8, BitwiseCopyable {
        case valid = 1
        case checkedIn = 2
        case cancelled = 3
    }

    var price: Int64
    var place: RecordedPlace
    var order: Int32
    var standing = Standing.valid
}

/// Money of one currency.
public struct MoneyLine: Sendable, Equatable {
    /// ISO 4217, or empty for events that never got one.
    public var currency: String
    /// Paid, ever.
    public var received: Int64 = 0
    /// Given back, ever.
    public var refunded: Int64 = 0
    /// What the tickets that stand were paid with, and the holds that are paid and not confirmed yet.
    public var standing: Int64 = 0
}

/// The items of open holds: stretches of one column, used again when a hold has ended.
struct ItemStretches {
    private var items: [HeldPlace] = []
    /// By room of the stretch.
    private var free: [[Int]] = Array(repeating: [], count: Limits.seatsPerHoldMax + 28)

    /// The start of a stretch with room for `count` items.
    mutating func take(_ count: Int) -> Int {
        if let start = free[count].popLast() { return start }
        let start = items.count
        items.append(
            contentsOf: repeatElement(HeldPlace(place: RecordedPlace(rawValue: 0), price: 0), count: count))
        return start
    }

    mutating func giveBack(_ start: Int, room: Int) { free[room].append(start) }

    subscript(index: Int) -> HeldPlace {
        get { items[index] }
        set { items[index] = newValue }
    }
}

/// When open holds move on by themselves, the earliest first. Entries that no longer stand stay until they come up.
struct DueHeap {
    struct Entry: BitwiseCopyable {
        var due: Int64
        var serial: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            left.due != right.due ? left.due < right.due : left.serial < right.serial
        }
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        var at = entries.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            guard entries[at] < entries[parent] else { return }
            entries.swapAt(at, parent)
            at = parent
        }
    }

    mutating func removeFirst() {
        let last = entries.removeLast()
        if entries.isEmpty { return }
        var at = 0
        while true {
            var child = 2 * at + 1
            if child >= entries.count { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < last else { break }
            entries[at] = entries[child]
            at = child
        }
        entries[at] = last
    }
}
