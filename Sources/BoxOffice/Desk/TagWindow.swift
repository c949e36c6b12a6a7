// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// The tags of what is under way on one conversation, by ticket: a ring that is as large as what is under way wants, lent
/// by the desk from the first tag until nothing is under way any more. Who is silent, or uses no tags, holds none.
struct TagWindow {
    /// As many places as a power of two; empty while none is lent. Taken out and put back, so that it has one owner.
    private var ring: [Tag] = []

    /// Places of the smallest ring.
    private static let placesMin = 16

    var isEmpty: Bool { ring.isEmpty }

    /// Bytes of memory that it holds.
    var heldBytes: Int { ring.capacity * MemoryLayout<Tag>.stride }

    /// The tag of a ticket under way.
    @inline(__always)
    func tag(of ticket: UInt32) -> Tag {
        ring.isEmpty ? .none : ring[Int(ticket) & (ring.count - 1)]
    }

    /// Notes the tag of a ticket that is issued now, the next after the last.
    ///
    /// - Parameter first: The oldest ticket under way, or this one.
    /// - Complexity: O(1), amortised; allocates nothing once the desk's rings have grown to their working size.
    @inline(__always)
    mutating func note(_ tag: Tag, of ticket: UInt32, since first: UInt32, _ desk: Desk) {
        // Without a ring, all before it had no tag either.
        if ring.isEmpty, tag.isEmpty { return }
        let wanted = Int(ticket &- first) + 1
        if ring.count < wanted { grow(to: wanted, since: first, desk) }
        ring[Int(ticket) & (ring.count - 1)] = tag
    }

    @inline(never)
    private mutating func grow(to wanted: Int, since first: UInt32, _ desk: Desk) {
        var larger = ring.isEmpty ? desk.takeTagRing() : []
        if larger.count < wanted {
            var places = Self.placesMin
            while places < wanted { places *= 2 }
            larger = Array(repeating: .none, count: places)
        }
        for index in 0..<UInt32(truncatingIfNeeded: wanted - 1) {
            let ticket = first &+ index
            larger[Int(ticket) & (larger.count - 1)] = tag(of: ticket)
        }
        ring = larger
    }

    /// Nothing is under way any more: the desk has its ring back.
    mutating func giveBack(to desk: Desk) {
        guard !ring.isEmpty else { return }
        var taken: [Tag] = []
        swap(&taken, &ring)
        desk.takeBack(tagRing: taken)
    }
}
