// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a request asks for. The words on the wire, the help and the types of the arguments are in the command table of
/// the line protocol; here is only what the domain needs to tell them apart.
///
/// Raw values are never journalled or stored; they may be renumbered freely.
public enum Verb: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    // Session: answered at the door.
    case hello, actAs, whoami, format, ping, time, help, commands, quit
    // Catalogue: decided by the catalogue.
    case venueAdd, venueSet, sectionAdd, rowAdd, areaAdd, performerAdd, performerSet
    // Catalogue: read from what is published.
    case venueGet, venueList, performerGet, performerList, eventGet, eventList
    // Events: `eventAdd` and `eventSet` pass through the catalogue (names are looked up there) to the event's shard.
    case eventAdd, eventSet, eventOpen, eventClose, eventCancel, priceSet, block, unblock
    // Looking: read from what is published.
    case view, search
    // Booking: decided by the event's shard.
    case hold, extend, release, get, mine, pay, confirm, cancel, checkIn
    // Running it.
    case stats, clockAdvance, reset, snapshot
    // Looking too.
    case suggest

    /// Whether the verb makes something new that may need room on the disk: refused while the journal is read-only.
    /// Everything that gives seats back, or settles what was already promised, uses the journal's reserve.
    public var needsNewRoom: Bool {
        switch self {
        case .venueAdd, .venueSet, .sectionAdd, .rowAdd, .areaAdd, .performerAdd, .performerSet, .eventAdd, .eventSet,
            .eventOpen, .priceSet, .block, .hold, .extend:
            true
        default: false
        }
    }

    /// Whether the verb may write to a journal at all.
    public var isChange: Bool {
        switch self {
        case .eventClose, .eventCancel, .unblock, .release, .pay, .confirm, .cancel, .checkIn, .reset: true
        default: needsNewRoom
        }
    }
}
