// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Fetching ahead before a batch of requests is decided, as on replay (see Books+Fetching): what an event loop brings in a
/// tick names many events, and deciding would wait for the memory of each.
extension Books {
    /// What is noted of a request from pass to pass.
    struct UpcomingRequest: BitwiseCopyable {
        /// The serial of the hold that it names; 0 where it names an event.
        var hold: UInt64 = 0
        /// The hash of the event's id, and then its number.
        var event: UInt32 = 0
        /// The hash of the buyer's name, and then its number.
        var buyer: UInt32 = 0
    }

    /// With fewer events than this, those that are asked about are in a cache anyway.
    private static var fetchedFromEvents: Int { 1_024 }

    /// Fetches what deciding these requests will look at: events with their texts and the beginnings of their seats and
    /// rows, which is all there is of a small one; buyers and what they have there; holds with their seats.
    ///
    /// - Parameter upcoming: memory that is used again.
    func fetch(for contents: borrowing RequestBatch.Contents, _ upcoming: inout [UpcomingRequest]) {
        guard events.count >= Self.fetchedFromEvents else { return }
        upcoming.removeAll(keepingCapacity: true)
        for index in 0..<contents.count {
            if let request = begin(contents.request(at: index), contents) { upcoming.append(request) }
        }
        for index in upcoming.indices { findNumbers(&upcoming[index]) }
        for request in upcoming { fetchNumbered(request) }
        for request in upcoming where request.hold != 0 { fetchHold(serial: request.hold, 3) }
    }

    /// The first pass: the slots of indexes by which event and buyer will be found, or the trace of the hold.
    private func begin(_ request: Request, _ contents: borrowing RequestBatch.Contents) -> UpcomingRequest? {
        var upcoming = UpcomingRequest()
        let first = Int(request.firstArgument)
        for at in first..<(first + Int(request.argumentCount)) {
            let slot = contents.arguments[at]
            if slot.argument == .event {
                upcoming.event = UInt32(
                    truncatingIfNeeded: Mix.hash(contents.text.extracting(slot.text.range), seed: keys.hashSeed))
                eventTable.prefetch(hash: upcoming.event)
                if request.buyer.length > 0 {
                    upcoming.buyer = buyers.prefetch(contents.text.extracting(request.buyer.range))
                }
                return upcoming
            }
            if slot.argument == .id {
                let id = IssuedID.decode(contents.text.extracting(slot.text.range), keys: keys)
                guard let id, id.kind == .hold else { return nil }
                upcoming.hold = id.serial
                fetchHold(serial: id.serial, 0)
                return upcoming
            }
        }
        return nil
    }

    /// The second pass: what the slots say.
    private func findNumbers(_ request: inout UpcomingRequest) {
        if request.hold != 0 { return fetchHold(serial: request.hold, 1) }
        let event = eventTable.firstCandidate(hash: request.event) ?? events.count
        events.prefetch(event)
        request.event = UInt32(truncatingIfNeeded: event)
        if request.buyer != 0 {
            request.buyer = UInt32(truncatingIfNeeded: buyers.prefetch(hash: request.buyer))
        }
        standingTable.prefetch(hash: standingHash(event: event, buyer: Int(request.buyer)))
    }

    /// The third pass: what the event, the buyer and the hold name.
    private func fetchNumbered(_ request: UpcomingRequest) {
        if request.hold != 0 { return fetchHold(serial: request.hold, 2) }
        let event = Int(request.event)
        guard event < events.count else { return }
        eventTexts.prefetch(events[event].texts)
        let firstSeat = Int(events[event].firstSeat)
        // A cache line of states, and as far into the owners.
        seatStates.prefetch(firstSeat)
        seatStates.prefetch(firstSeat + 63)
        for line in 0..<4 { seatOwners.prefetch(firstSeat + 16 * line) }
        let firstRow = Int(events[event].firstRow)
        rowFree.prefetch(firstRow)
        rowRuns.prefetch(firstRow)
        prices.prefetch(Int(events[event].firstPrice))
        if request.buyer != 0 { buyers.prefetchText(of: Int(request.buyer)) }
        let hash = standingHash(event: event, buyer: Int(request.buyer))
        if let standing = standingTable.firstCandidate(hash: hash) { standings.prefetch(standing) }
    }
}
