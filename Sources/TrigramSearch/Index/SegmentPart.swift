// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

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
    func isDead(_ document: Int) -> Bool { tombstones?.bits.contains(document) ?? false }

    mutating func kill(_ document: Int) {
        if isDead(document) { return }
        let own: Tombstones
        if let tombstones {
            own = isShared ? Tombstones(copying: tombstones) : tombstones
        } else {
            own = Tombstones(documents: segment.tables.documentCount)
        }
        own.insert(document)
        tombstones = own
        isShared = false
        deadCount += 1
    }

    mutating func share() { isShared = true }
}
