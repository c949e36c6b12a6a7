// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which documents of a segment are gone, a bit each. Never changed once it is published.
final class Tombstones: @unchecked Sendable {
    let words: UnsafeMutableBufferPointer<UInt64>

    init(documents: Int) {
        words = .allocate(capacity: (documents + 63) / 64)
        words.initialize(repeating: 0)
    }

    init(copying other: Tombstones) {
        words = .allocate(capacity: other.words.count)
        _ = words.initialize(from: other.words)
    }

    deinit { words.deallocate() }
}

/// A segment, and which of its documents are gone.
struct SegmentPart: Sendable {
    let segment: Segment
    /// Given out in order; tells two parts apart.
    let serial: UInt64
    private(set) var tombstones: Tombstones?
    private(set) var deadCount = 0
    /// Whether readers or a merge may hold the tombstones: then a change is made to a copy.
    private var isShared = false

    init(segment: Segment, serial: UInt64) {
        self.segment = segment
        self.serial = serial
    }

    var liveCount: Int { segment.tables.documentCount - deadCount }

    @inline(__always)
    func isDead(_ document: Int) -> Bool {
        guard let tombstones else { return false }
        return tombstones.words[document >> 6] >> UInt64(document & 63) & 1 != 0
    }

    mutating func kill(_ document: Int) {
        if isDead(document) { return }
        let own: Tombstones
        if let tombstones {
            own = isShared ? Tombstones(copying: tombstones) : tombstones
        } else {
            own = Tombstones(documents: segment.tables.documentCount)
        }
        own.words[document >> 6] |= 1 << UInt64(document & 63)
        tombstones = own
        isShared = false
        deadCount += 1
    }

    mutating func share() { isShared = true }
}
