// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The state of one numbered seat, as published: a byte a seat. The raw values are part of the snapshot and journal
/// formats.
public enum SeatState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case free = 0, held = 1, paying = 2, sold = 3, blocked = 4

    /// Its character in a seat map. A gap is `_`.
    public var mapCharacter: UInt8 {
        switch self {
        case .free: UInt8(ascii: ".")
        case .held: UInt8(ascii: "h")
        case .paying: UInt8(ascii: "p")
        case .sold: UInt8(ascii: "x")
        case .blocked: UInt8(ascii: "b")
        }
    }
}

/// One change to what readers see, to be carried out once the record it came from is durable. A trivial value.
public struct Publication: Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// `place` is a seat index, `state` its new ``SeatState``.
        case seat
        /// `place` is an area index; `held` and `sold` its new counts (places being paid, and blocked ones, count as
        /// held), and `blocked` how many of the held are blocked.
        case area
        /// `place` is an index into ``Effects/facts``: the event is new, or something but its seats changed.
        case facts
        /// `place` is an index into ``Effects/venues`` or ``Effects/performers``.
        case venue, performer
        /// Everything was forgotten (`RESET`).
        case reset
    }
    public var kind: Kind
    public var state: SeatState
    public var event: EventIndex
    public var place: UInt32
    public var held: UInt32
    public var sold: UInt32
    public var blocked: UInt32
    /// The event's count of changes, this one included. All publications of one change share it.
    public var sequence: UInt64

    public init(
        kind: Kind, event: EventIndex = EventIndex(0), place: UInt32, state: SeatState = .free, held: UInt32 = 0,
        sold: UInt32 = 0, blocked: UInt32 = 0, sequence: UInt64 = 0
    ) {
        self.kind = kind
        self.state = state
        self.event = event
        self.place = place
        self.held = held
        self.sold = sold
        self.blocked = blocked
        self.sequence = sequence
    }
}

/// What a decision does beside its record and its reply. Reused from batch to batch.
public struct Effects: Sendable {
    /// False on replay: nobody reads yet, and the host publishes everything at the end.
    public var isPublishing: Bool
    public var publications: [Publication] = []
    public var facts: [EventFacts] = []
    public var venues: [VenueFacts] = []
    public var performers: [PerformerFacts] = []
    /// Requests that the catalogue passes on to a shard once its own state is durable: index in the batch, attachment.
    public var forwards: [Forward] = []

    public struct Forward: Sendable {
        public var request: Request
        public var attachment: CatalogueAttachment
    }

    public init(isPublishing: Bool) {
        self.isPublishing = isPublishing
    }

    /// Bytes of memory that its lists hold, used or not; what their elements refer to is not counted.
    package var heldBytes: Int {
        func held<Element>(_ list: [Element]) -> Int { list.capacity * MemoryLayout<Element>.stride }
        return held(publications) + held(facts) + held(venues) + held(performers) + held(forwards)
    }

    /// Empties it and keeps its memory.
    public mutating func removeAll() {
        publications.removeAll(keepingCapacity: true)
        facts.removeAll(keepingCapacity: true)
        venues.removeAll(keepingCapacity: true)
        performers.removeAll(keepingCapacity: true)
        forwards.removeAll(keepingCapacity: true)
    }
}

/// The number of an event within its shard, in the order in which events were added. Never reused (but by `RESET`).
public struct EventIndex: Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt32
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}
