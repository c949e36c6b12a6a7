// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a list of addresses came to: seats and area places, in the order asked for. Reused from request to request, so
/// that resolving allocates nothing in the steady state.
public struct PlaceList: Sendable {
    /// Places in one area.
    public struct AreaCount: Hashable, Sendable, BitwiseCopyable {
        /// An index into ``SeatPlan/areas``.
        public var area: Int32
        public var count: Int32

        public init(area: Int, count: Int) {
            self.area = Int32(truncatingIfNeeded: area)
            self.count = Int32(truncatingIfNeeded: count)
        }
    }

    public internal(set) var seats: [SeatIndex] = []
    public internal(set) var areas: [AreaCount] = []
    /// The addresses that the plan does not have, as ranges of the text that was resolved.
    public internal(set) var unknown: [TextRange] = []
    /// Seats, and places in areas, that were asked for; past the limit they are counted and not listed.
    public internal(set) var placeCount = 0

    /// What was named already: open addressing, each mark stamped with the generation that set it, so that emptying
    /// the list is one addition.
    private var marks: [UInt64] = []
    private var generation: UInt32 = 0

    public init() {}

    /// Empties the list and makes room for `limit` distinct places.
    mutating func reset(limit: Int) {
        seats.removeAll(keepingCapacity: true)
        if !areas.isEmpty { areas.removeAll(keepingCapacity: true) }
        if !unknown.isEmpty { unknown.removeAll(keepingCapacity: true) }
        placeCount = 0
        if marks.count < limit * 2 {
            var wanted = 16
            while wanted < limit * 2 { wanted *= 2 }
            marks = Array(repeating: 0, count: wanted)
            generation = 0
        }
        if generation == .max {
            for index in marks.indices { marks[index] = 0 }
            generation = 0
        }
        generation += 1
    }

    /// Marks a seat, or an area where the highest bit is set. False where it was marked before.
    mutating func mark(_ key: UInt32) -> Bool {
        let wanted = UInt64(generation) << 32 | UInt64(key)
        let mask = marks.count - 1
        // Fibonacci hashing: seats of a run are neighbours, and the multiplication spreads them.
        var slot = Int(truncatingIfNeeded: (UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while marks[slot] >> 32 == UInt64(generation) {
            if marks[slot] == wanted { return false }
            slot = (slot + 1) & mask
        }
        marks[slot] = wanted
        return true
    }
}

/// Why a list of addresses cannot be taken. Ranges are of the text that was resolved.
///
/// Where several fit, the first in this order is reported: a form that cannot be read, a place named twice, places that
/// are not there, too many.
public enum PlaceProblem: Equatable, Sendable, BitwiseCopyable {
    /// Not an address: `BAD_ARG`.
    case syntax(TextRange)
    /// A run that goes against map order: `BAD_ARG`.
    case backwards(TextRange)
    /// A place that was named before in the same list: `BAD_ARG`.
    case duplicate(TextRange)
    /// Not in the plan, or an aisle: `NOT_FOUND`, naming each of ``PlaceList/unknown``.
    case unknown
    /// More than the limit: `LIMIT_EXCEEDED`.
    case tooMany

    /// One sentence that says what to do.
    public var hint: StaticString {
        switch self {
        case .syntax: "write seats as section/row/seat, runs as section/row/3-6, places as area:4, joined by commas"
        case .backwards: "name a run in map order, from the seat that comes first in VIEW to the one that comes last"
        case .duplicate: "name each seat and area once"
        case .unknown: "VIEW shows the seats and areas there are"
        case .tooMany: "ask for fewer seats at once"
        }
    }
}

extension TextRange {
    init(_ range: Range<Int>) {
        self.init(
            offset: UInt32(truncatingIfNeeded: range.lowerBound), length: UInt32(truncatingIfNeeded: range.count))
    }
}
