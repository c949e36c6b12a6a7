// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Fetching ahead on replay. The books of a large house do not fit any cache: a booking of a random seat waits for the
/// memory half a dozen times, each for longer than all of its arithmetic takes. On replay the next records are known, so
/// what they are about is fetched for many of them at once.
///
/// A pass reads only what the pass before has fetched: first come the event and the slot of an index, or the trace of a
/// hold; then the buyer's standing and the seats, or the hold; then what the hold names; then its seats and their rows, for
/// which the seat plan is read, which many events share. Records are read here before anything of them is checked, so
/// whatever makes no sense is passed over.
extension Books {
    static var fetchPasses: Int { 4 }

    /// Fetches what applying a record will need, as far as this pass goes.
    func fetch(for record: Span<UInt8>, pass: Int) {
        var reader = RecordReader(record)
        let type = LedgerRecord(rawValue: reader.read(UInt8.self))
        _ = reader.read(Int64.self)
        switch type {
        case .held: fetchHeld(&reader, pass)
        case .extended, .released, .holdMoved, .paid, .confirmed: fetchHold(serial: reader.read(UInt64.self), pass)
        default: break
        }
    }

    private func fetchHeld(_ reader: inout RecordReader, _ pass: Int) {
        guard pass < 2 else { return }
        _ = reader.read(UInt64.self)
        let event = Int(reader.read(UInt32.self))
        let buyer = Int(reader.read(UInt32.self))
        let hash = standingHash(event: event, buyer: buyer)
        if pass == 0 {
            standingTable.prefetch(hash: hash)
            events.prefetch(event)
            return
        }
        if let standing = standingTable.firstCandidate(hash: hash) { standings.prefetch(standing) }
        guard event < events.count else { return }
        _ = reader.read(Int64.self)
        let countByte = reader.read(UInt8.self)
        let hasOnePrice = countByte & 0x80 == 0
        if hasOnePrice { _ = reader.read(Int64.self) }
        for _ in 0..<(countByte & 0x7F) {
            if !hasOnePrice { _ = reader.read(Int64.self) }
            fetch(Place(rawValue: reader.read(UInt32.self)), of: event)
        }
    }

    func fetchHold(serial: UInt64, _ pass: Int) {
        if pass == 0 { return traces.prefetch(serial) }
        guard traces.contains(serial), traces[serial].end == nil else { return }
        let slot = Int(traces[serial].slotOrOrder)
        if pass == 1 { return holds.prefetch(slot) }
        guard slot < holds.count else { return }
        let (event, firstItem) = (Int(holds[slot].event), Int(holds[slot].items))
        if pass == 2 {
            items.prefetch(firstItem)
            standings.prefetch(Int(holds[slot].standing))
            events.prefetch(event)
            return
        }
        let endOfItems = firstItem + Int(holds[slot].itemCount)
        guard event < events.count, endOfItems <= items.count else { return }
        for item in firstItem..<endOfItems { fetch(items[item].place, of: event) }
    }

    private func fetch(_ place: Place, of event: Int) {
        guard let seat = place.seat else { return }
        let at = Int(events[event].firstSeat) + Int(seat.rawValue)
        seatStates.prefetch(at)
        seatOwners.prefetch(at)
        let plan = unretainedPlan(of: event)
        plan._withUnsafeGuaranteedRef { plan in
            guard Int(seat.rawValue) < plan.seatCount else { return }
            rowRuns.prefetch(Int(events[event].firstRow) + plan.rowIndex(of: seat))
        }
    }
}
