// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Books read back from the frames of a snapshot.
///
/// Frames come in order; what they hold is written down at ``SnapshotContent``. Nothing is believed: lengths are checked
/// against what the head says, references against what is there, and at the end the digest of everything that was read
/// against the one that was taken when the snapshot was. Only then do the books exist.
struct LedgerRestoration: ~Copyable {
    private var books = Books()
    private var head: LedgerHead?
    private var streams = SnapshotStreams()
    /// Elements that came, by kind.
    private var restored: [UInt64] = Array(repeating: 0, count: 256)
    /// Bytes that all frames have: no table can be larger.
    private let contentBytes: UInt64

    init(contentBytes: UInt64) {
        self.contentBytes = contentBytes
    }

    mutating func take(_ frame: UnsafeRawBufferPointer) throws(RecordError) {
        // Images are gathered first: a closure cannot borrow what is not copyable.
        var images: [SnapshotContent.Image] = []
        try SnapshotContent.forEachImage(in: frame) { (image) throws(RecordError) in images.append(image) }
        for image in images { try take(image, UnsafeRawBufferPointer(rebasing: frame[image.range])) }
    }

    private mutating func take(
        _ image: SnapshotContent.Image, _ bytes: UnsafeRawBufferPointer
    ) throws(RecordError) {
        restored[Int(image.kind.rawValue)] += UInt64(image.count)
        if image.kind.isStream {
            guard image.elementBytes == 1 else { throw .snapshot("a stream is of bytes") }
            var messages: [[UInt8]] = []
            try streams.add(image.kind, bytes) { message in
                messages.append(message.withUnsafeBufferPointer { Array($0) })
            }
            for message in messages { try take(image.kind, message: message.span) }
            return
        }
        guard let head else { throw .snapshot("it does not begin with its head") }
        guard image.elementBytes == Self.elementBytes(of: image.kind) else {
            throw .snapshot("elements of another size")
        }
        // Only the head says how long a column is.
        let (end, overflowed) = image.first.addingReportingOverflow(UInt64(image.count))
        guard !overflowed, end <= Self.end(of: image.kind, head) else { throw .snapshot("a column is too long") }
        guard restore(image.kind, first: image.first, bytes) else { throw .snapshot("elements outside their column") }
    }

    private mutating func restore(
        _ kind: SnapshotContent.Kind, first: UInt64, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        switch kind {
        case .seatStates: books.seatStates.restore(first: first, bytes)
        case .seatOwners: books.seatOwners.restore(first: first, bytes)
        case .rowRuns, .rowFree: true
        case .events: books.events.restore(first: first, bytes)
        case .areas: books.areas.restore(first: first, bytes)
        case .prices: books.prices.restore(first: first, bytes)
        case .standings: books.standings.restore(first: first, bytes)
        case .holds: books.holds.restore(first: first, bytes)
        case .items: books.items.restore(first: first, bytes)
        case .traces: books.traces.restore(first: first, bytes)
        case .buyers: books.buyers.restore(entriesFrom: first, bytes)
        case .buyerNames: books.buyers.restore(textsFrom: first, bytes)
        case .gates: books.gates.restore(entriesFrom: first, bytes)
        case .gateNames: books.gates.restore(textsFrom: first, bytes)
        case .orders: books.orders.restore(first: first, bytes)
        case .tickets: books.tickets.restore(first: first, bytes)
        case .eventTexts: books.eventTexts.restore(first: first, bytes)
        case .head, .plans, .keys, .venues, .performers: false
        }
    }

    private static func elementBytes(of kind: SnapshotContent.Kind) -> Int {
        switch kind {
        case .seatStates, .buyerNames, .gateNames, .eventTexts: 1
        case .seatOwners: 4
        case .rowRuns, .prices: 8
        case .rowFree: 2
        case .events: MemoryLayout<EventEntry>.stride
        case .areas: MemoryLayout<AreaEntry>.stride
        case .standings: MemoryLayout<Standing>.stride
        case .holds: MemoryLayout<HoldEntry>.stride
        case .items: MemoryLayout<HeldItem>.stride
        case .traces: MemoryLayout<HoldTrace>.stride
        case .buyers, .gates: MemoryLayout<NameTable.Entry>.stride
        case .orders: MemoryLayout<OrderEntry>.stride
        case .tickets: MemoryLayout<TicketEntry>.stride
        case .head, .plans, .keys, .venues, .performers: 1
        }
    }

    private static func end(of kind: SnapshotContent.Kind, _ head: LedgerHead) -> UInt64 {
        switch kind {
        case .seatStates, .seatOwners: head[.seats]
        case .rowRuns, .rowFree: head[.rows]
        case .events: head[.events]
        case .areas: head[.areas]
        case .prices: head[.prices]
        case .standings: head[.standings]
        case .holds: head[.holds]
        case .items: head[.items]
        case .traces: head[.tracesEnd]
        case .buyers: head[.buyers]
        case .buyerNames: head[.buyerNameBytes]
        case .gates: head[.gates]
        case .gateNames: head[.gateNameBytes]
        case .orders: head[.orders]
        case .tickets: head[.tickets]
        case .eventTexts: head[.eventTextBytes]
        case .head, .plans, .keys, .venues, .performers: 0
        }
    }

    // MARK: Streams

    private mutating func take(_ kind: SnapshotContent.Kind, message: Span<UInt8>) throws(RecordError) {
        guard kind != .head else { return try begin(LedgerHead(decoding: message)) }
        guard head != nil else { throw .snapshot("it does not begin with its head") }
        switch kind {
        case .plans:
            let plan = try SeatPlan(decoding: message)
            guard books.planNumbers[plan.contentHash] == nil else { throw .snapshot("a plan comes twice") }
            books.addPlan(plan)
        case .keys: try books.keyTable.restore(message: message)
        default: throw .snapshot("a ledger has no venues")
        }
    }

    private mutating func begin(_ head: LedgerHead) throws(RecordError) {
        guard self.head == nil else { throw .snapshot("it has two heads") }
        var bytes: UInt64 = 0
        for kind in SnapshotContent.Kind.allCases where !kind.isStream && !kind.isDerived {
            let first = kind == .traces ? head[.tracesStart] : 0
            let end = Self.end(of: kind, head)
            guard end >= first, end - first <= UInt64(SnapshotContent.columnCountMax) else {
                throw .snapshot("a column is too long")
            }
            bytes += (end - first) * UInt64(Self.elementBytes(of: kind))
        }
        // A row has a byte at least: that of a seat.
        guard bytes <= contentBytes, head[.rows] <= contentBytes else {
            throw .snapshot("its columns are longer than what is there")
        }
        self.head = head
        try books.found(head.founding)
        books.lastRecorded = head.lastRecorded
        books.buyers.beginRestore()
        books.gates.beginRestore()
        books.traces.beginRestore(start: head[.tracesStart], end: head[.tracesEnd])
    }

    // MARK: The end

    /// The books, once every frame was taken.
    consuming func finish() throws(RecordError) -> Books {
        guard let head else { throw .snapshot("it has no head") }
        guard streams.isComplete, isComplete(head) else { throw .snapshot("something is missing in it") }
        books.freeHold = head.freeHold
        books.items.freeHeads = head.freeItems
        books.lastPayment = head.lastPayment
        books.firstOrderSerial = head.firstOrderSerial
        books.firstTicketSerial = head.firstTicketSerial
        books.firstHoldSerial = head.firstHoldSerial
        for state in 0..<5 { books.seatCounts[state] = Int(clamping: head.seatCounts[state]) }
        books.openHoldCount = Int(clamping: head[.openHolds])
        guard StateMix.mix(head.founding) == head.foundingDigest else {
            throw .digestMismatch(expected: head.foundingDigest, found: StateMix.mix(head.founding))
        }
        books.addRows(Int(head[.rows]))
        try books.finishRestoring(digest: head.digest, keysDigest: head.keysDigest)
        return books
    }

    private func isComplete(_ head: LedgerHead) -> Bool {
        for kind in SnapshotContent.Kind.allCases where !kind.isStream && !kind.isDerived {
            let first = kind == .traces ? head[.tracesStart] : 0
            guard restored[Int(kind.rawValue)] == Self.end(of: kind, head) - first else { return false }
        }
        return UInt64(books.plans.count) == head[.plans] && UInt64(books.keyTable.count) == head[.keys]
            && books.seatStates.isRestored(count: head[.seats]) && books.seatOwners.isRestored(count: head[.seats])
            && books.events.isRestored(count: head[.events]) && books.areas.isRestored(count: head[.areas])
            && books.prices.isRestored(count: head[.prices]) && books.holds.isRestored(count: head[.holds])
            && books.standings.isRestored(count: head[.standings]) && books.items.isRestored(count: head[.items])
            && books.orders.isRestored(count: head[.orders]) && books.tickets.isRestored(count: head[.tickets])
            && books.buyers.isRestored(count: head[.buyers], textsEnd: head[.buyerNameBytes])
            && books.gates.isRestored(count: head[.gates], textsEnd: head[.gateNameBytes])
    }
}

extension Books {
    /// Checks that columns which came from a snapshot refer to each other, compares their digest, and makes what a
    /// snapshot leaves out: the indexes, and what is due.
    fileprivate mutating func finishRestoring(digest expected: UInt64, keysDigest: UInt64) throws(RecordError) {
        try checkReferences()
        digest = recomputedDigest()
        guard digest.value == expected else { throw .digestMismatch(expected: expected, found: digest.value) }
        guard keyTable.digest == keysDigest else {
            throw .digestMismatch(expected: keysDigest, found: keyTable.digest)
        }
        buyers.rebuildIndex()
        gates.rebuildIndex()
        eventTable = IndexTable(for: events.count)
        for event in 0..<events.count {
            let hash = idHash(of: event)
            eventTable.insert(hash: hash, event)
            schedule(event: event)
        }
        standingTable = IndexTable(for: standings.count)
        for number in 0..<standings.count {
            standingTable.insert(
                hash: standingHash(event: Int(standings[number].event), buyer: Int(standings[number].buyer)),
                number)
        }
        try scheduleHolds()
    }

    private func idHash(of event: Int) -> UInt32 {
        let texts = eventTexts.span(at: events[event].texts, count: Int(events[event].textBytes))
        return UInt32(truncatingIfNeeded: Mix.hash(EventTexts.id(of: texts), seed: keys.hashSeed))
    }

    /// Enters what happens to open holds, in the order in which it is due, which the queue takes best.
    private mutating func scheduleHolds() throws(RecordError) {
        var open: [(due: Instant, serial: UInt64, slot: Int)] = []
        for slot in 0..<holds.count where holds[slot].serial != 0 {
            open.append((holds[slot].due, holds[slot].serial, slot))
        }
        guard open.count == openHoldCount else { throw .snapshot("it has another number of open holds") }
        open.sort { ($0.due, $0.serial) < ($1.due, $1.serial) }
        for (_, _, slot) in open { schedule(hold: slot, now: holds[slot].due) }
    }

    private func checkReferences() throws(RecordError) {
        for event in 0..<events.count {
            let entry = events[event]
            guard Int(entry.plan) < plans.count,
                eventTexts.contains(position: entry.texts, count: Int(entry.textBytes)),
                EventTexts.isWellFormed(eventTexts.span(at: entry.texts, count: Int(entry.textBytes)))
            else { throw .snapshot("an event has no plan or no texts") }
            let plan = plans[Int(entry.plan)]
            guard fits(entry.firstSeat, plan.seatCount, seatStates.count),
                fits(entry.firstRow, plan.rows.count, rowRuns.count),
                fits(entry.firstArea, plan.areas.count, areas.count),
                fits(entry.firstPrice, plan.categories.count, prices.count)
            else { throw .snapshot("an event lies outside of its columns") }
        }
        for slot in 0..<holds.count where holds[slot].serial != 0 {
            let hold = holds[slot]
            guard traces.contains(hold.serial), Int(hold.event) < events.count, Int(hold.buyer) < buyers.count,
                fits(UInt64(hold.items), Int(hold.itemCount), items.count)
            else { throw .snapshot("a hold refers to what is not there") }
        }
    }

    private func fits(_ first: UInt64, _ count: Int, _ total: Int) -> Bool {
        first <= UInt64(total) && UInt64(count) <= UInt64(total) - first
    }

    /// The digest of the books taken anew from all columns: what ``digest`` must equal.
    ///
    /// - Complexity: O(state).
    func recomputedDigest() -> Digest {
        var sum = Digest()
        for event in 0..<events.count {
            sum.add(Digest.of(.event, UInt64(event), events[event]))
            let texts = eventTexts.span(at: events[event].texts, count: Int(events[event].textBytes))
            sum.add(Digest.word(.eventText, UInt64(event), Mix.hash(texts, seed: 0)))
        }
        for seat in 0..<seatStates.count {
            sum.add(Digest.word(.seatState, UInt64(seat), UInt64(seatStates[seat]) << 32 | UInt64(seatOwners[seat])))
        }
        for area in 0..<areas.count { sum.add(Digest.of(.area, UInt64(area), areas[area])) }
        for price in 0..<prices.count where prices[price] >= 0 {
            sum.add(Digest.word(.price, UInt64(price), UInt64(prices[price])))
        }
        for slot in 0..<holds.count where holds[slot].serial != 0 {
            let hold = holds[slot]
            sum.add(Digest.of(.hold, UInt64(slot), hold))
            for index in 0..<Int(hold.itemCount) {
                let at = Int(hold.items) + index
                sum.add(Digest.of(.item, UInt64(at), items[at]))
            }
        }
        var serial = traces.start
        while serial < traces.end {
            sum.add(Digest.of(.holdTrace, serial, traces[serial]))
            serial += 1
        }
        for number in 0..<standings.count { sum.add(Digest.of(.standing, UInt64(number), standings[number])) }
        for order in 0..<orders.count { sum.add(Digest.of(.order, UInt64(order), orders[order])) }
        for ticket in 0..<tickets.count { sum.add(Digest.of(.ticket, UInt64(ticket), tickets[ticket])) }
        for plan in plans { sum.add(Digest.word(.plan, plan.contentHash.high, plan.contentHash.low)) }
        for buyer in 1..<max(buyers.count, 1) {
            sum.add(Digest.word(.buyer, UInt64(buyer), Mix.hash(buyers.text(buyer), seed: 0)))
        }
        for gate in 1..<max(gates.count, 1) {
            sum.add(Digest.word(.gate, UInt64(gate), Mix.hash(gates.text(gate), seed: 0)))
        }
        addCounters(to: &sum)
        return sum
    }
}
