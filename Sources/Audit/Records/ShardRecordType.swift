// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The records of a shard's journal, as the audit reads them.
///
/// The formats are written down here once more, and not shared with the code that applies them: an audit that read with
/// the ledger's own eyes would share its mistakes. A record is type (1 byte), time (8, milliseconds since 1970), body.
enum ShardRecordType: UInt8, CaseIterable {
    case founding = 0x01
    case digest = 0x02
    case reset = 0x03
    case keyOutcome = 0x04
    case keysExpired = 0x05
    case planPart = 0x10
    case eventAdded = 0x11
    case eventChanged = 0x12
    case eventMoved = 0x13
    case eventCancelled = 0x14
    case priceSet = 0x15
    case blocked = 0x16
    case unblocked = 0x17
    case held = 0x18
    case extended = 0x19
    case released = 0x1A
    case holdMoved = 0x1B
    case paid = 0x1C
    case confirmed = 0x1D
    case ticketsCancelled = 0x1E
    case checkedIn = 0x1F
    case checkInUndone = 0x20

    /// As `inspect` writes it and `--type` takes it.
    var word: String {
        switch self {
        case .founding: "founding"
        case .digest: "digest"
        case .reset: "reset"
        case .keyOutcome: "key-outcome"
        case .keysExpired: "keys-expired"
        case .planPart: "plan-part"
        case .eventAdded: "event-added"
        case .eventChanged: "event-changed"
        case .eventMoved: "event-moved"
        case .eventCancelled: "event-cancelled"
        case .priceSet: "price-set"
        case .blocked: "blocked"
        case .unblocked: "unblocked"
        case .held: "held"
        case .extended: "extended"
        case .released: "released"
        case .holdMoved: "hold-moved"
        case .paid: "paid"
        case .confirmed: "confirmed"
        case .ticketsCancelled: "tickets-cancelled"
        case .checkedIn: "checked-in"
        case .checkInUndone: "check-in-undone"
        }
    }

    /// Whether records of this type are what happens by itself, or nothing at all: they may be written while something
    /// else is due as well. Before any other record, all that was due has happened.
    var mayComeWhileSomethingIsDue: Bool {
        switch self {
        case .founding, .digest, .keysExpired, .eventMoved, .holdMoved, .confirmed: true
        default: false
        }
    }
}

/// What happened to a hold by itself.
enum HoldMoveWord: UInt8, CaseIterable {
    case expired = 1
    case lapsed = 2
    case paid = 3
    case retaken = 4
    case refunded = 5
    case declined = 6
    case declinedAfterEnd = 7

    var word: String {
        switch self {
        case .expired: "expired"
        case .lapsed: "lapsed"
        case .paid: "paid"
        case .retaken: "retaken"
        case .refunded: "refunded"
        case .declined: "declined"
        case .declinedAfterEnd: "declined-after-end"
        }
    }
}

/// How a hold was paid.
enum PaymentMethodWord: UInt8, CaseIterable {
    case cash = 1
    case comp = 2
    case test = 3

    var word: String {
        switch self {
        case .cash: "cash"
        case .comp: "comp"
        case .test: "test"
        }
    }
}

/// A numbered seat, or one of the equal places of an area: 4 bytes in a record, the highest bit set for an area.
struct RecordedPlace: Equatable, BitwiseCopyable {
    var rawValue: UInt32

    var isArea: Bool { rawValue >> 31 == 1 }
    /// The number of the seat or of the area in the event's plan.
    var number: Int { Int(rawValue & 0x7FFF_FFFF) }
}
