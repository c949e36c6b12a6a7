// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The types of a ledger's own records; those that every journal has are in ``RecordType``. Raw values are the journal
/// format: never renumber, only add. Each body is described beside the function that applies it.
enum LedgerRecord: UInt8, CaseIterable {
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
}

/// What happens to a hold by itself. Raw values are journalled: only add.
enum HoldMove: UInt8 {
    /// Held until its end: it is over.
    case expired = 1
    /// Being paid until the end of the grace: its seats are free, its payment is still awaited.
    case lapsed = 2
    /// Its payment succeeded in time.
    case paid = 3
    /// Its payment succeeded late and its seats were still free.
    case retaken = 4
    /// Its payment succeeded when it could not have its seats any more: the money goes back.
    case refunded = 5
    /// Its payment was declined in time: it is held again.
    case declined = 6
    /// Its payment was declined after its time: it is over.
    case declinedAfterEnd = 7
}
