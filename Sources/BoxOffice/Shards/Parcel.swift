// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
package import Ticketing

/// Where replies go back to: one desk of the house, that is, one event loop's side of it.
package protocol ReplyAddress: AnyObject, Sendable {
    /// Takes back a parcel with its replies. Called on a shard's thread; must not block.
    func deliver(_ parcel: Parcel)
}

/// What crosses between a desk and a shard: requests on the way there, replies on the way back, in memory that is used
/// again and again. Exactly one side owns a parcel at a time.
package final class Parcel: @unchecked Sendable {
    package let requests = RequestBatch()
    @exclusivity(unchecked) package var replies = ReplyWriter()
    @exclusivity(unchecked) var effects = Effects(isPublishing: true)
    /// The desk to give it back to; nil for what a shard does of its own accord (a timer).
    package var address: (any ReplyAddress)?
    /// How many of the requests are decided: a parcel may wait in the middle for room in the journal.
    @exclusivity(unchecked) package internal(set) var decided = 0
    /// The block of the journal that must be durable before the replies may leave.
    var awaitedSequence: UInt64 = 0
    /// Which shard it went to; for the desk's accounts.
    var destination = 0

    package init() {}

    /// Bytes of memory that it holds, used or not.
    package var heldBytes: Int { requests.heldBytes + replies.heldBytes + effects.heldBytes }

    /// Empties it and adds it to `pool`, for its next use, unless enough are there or it has grown fat.
    func retire(to pool: inout [Parcel]) {
        reset()
        if pool.count < Limits.parcelsKeptMax, heldBytes <= Limits.parcelBytesKeptMax { pool.append(self) }
    }

    /// Empties it and keeps its memory.
    package func reset() {
        requests.removeAll()
        replies.removeAll()
        effects.removeAll()
        address = nil
        decided = 0
        awaitedSequence = 0
    }
}

/// The shard's side of the crossing: desks push parcels from their threads, the shard takes all that came at once.
final class Inbox: Sendable {
    private struct Waiting {
        var parcels: [Parcel] = []
        var requestCount = 0
    }

    private let waiting = Mutex(Waiting())

    /// Returns how many requests wait with it.
    func push(_ parcel: Parcel) -> Int {
        let count = parcel.requests.count
        return waiting.withLock { waiting in
            waiting.parcels.append(parcel)
            waiting.requestCount += count
            return waiting.requestCount
        }
    }

    /// Moves everything that came into `taken`, which is empty, and keeps its memory for the next.
    func takeAll(into taken: inout [Parcel]) {
        waiting.withLock { waiting in
            swap(&waiting.parcels, &taken)
            waiting.requestCount = 0
        }
    }
}
