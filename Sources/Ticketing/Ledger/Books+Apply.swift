// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// From record to state: the only way in which the books change, live and on replay.
///
/// What a record says was decided when it was written. Here nothing is chosen, priced or limited; but whatever would
/// contradict the books (a seat that is not free, a hold that never was) is an error, so that a journal that does not
/// fit is found out instead of believed. After an error the books must not be used any more.
extension Books {
    mutating func apply(_ record: Span<UInt8>, effects: inout Effects) throws(RecordError) {
        var reader = RecordReader(record)
        let typeByte = reader.read(UInt8.self)
        let now = Instant(milliseconds: reader.read(Int64.self))
        if reader.isMalformed { throw .malformed(type: typeByte, what: "it is shorter than its head") }
        if typeByte == RecordType.founding { return try applyFounding(record, at: now) }
        guard isFounded else { throw .malformed(type: typeByte, what: "it comes before the founding record") }
        guard now >= lastRecorded, now <= Instant.latest else {
            throw .malformed(type: typeByte, what: "its time is before that of the record before it, or past 9999")
        }
        if let type = LedgerRecord(rawValue: typeByte) {
            try apply(type, &reader, record, at: now, effects: &effects)
        } else {
            switch typeByte {
            case RecordType.keyOutcome, RecordType.keysExpired:
                try keyTable.apply(record: record)
                _ = reader.readRange(reader.remaining)
            case RecordType.digest: try compareDigest(&reader)
            case RecordType.reset: applyReset(effects: &effects)
            default: throw .unknownType(typeByte)
            }
        }
        if reader.isMalformed { throw .malformed(type: typeByte, what: "it is shorter than it says") }
        if reader.remaining > 0 { throw .malformed(type: typeByte, what: "it is longer than it says") }
        lastRecorded = now
    }

    private mutating func apply(
        _ type: LedgerRecord, _ reader: inout RecordReader, _ record: Span<UInt8>, at now: Instant,
        effects: inout Effects
    ) throws(RecordError) {
        switch type {
        case .planPart: try applyPlanPart(&reader, record)
        case .eventAdded: try applyEventAdded(&reader, record, effects: &effects)
        case .eventChanged: try applyEventChanged(&reader, record, effects: &effects)
        case .eventMoved: try applyEventMoved(&reader, effects: &effects)
        case .eventCancelled: try applyEventCancelled(&reader, at: now, effects: &effects)
        case .priceSet: try applyPriceSet(&reader, effects: &effects)
        case .blocked: try applyBlocked(&reader, isBlocking: true, effects: &effects)
        case .unblocked: try applyBlocked(&reader, isBlocking: false, effects: &effects)
        case .held: try applyHeld(&reader, record, at: now, effects: &effects)
        case .extended: try applyExtended(&reader, at: now)
        case .released: try applyReleased(&reader, at: now, effects: &effects)
        case .holdMoved: try applyHoldMoved(&reader, at: now, effects: &effects)
        case .paid: try applyPaid(&reader, at: now, effects: &effects)
        case .confirmed: try applyConfirmed(&reader, at: now, effects: &effects)
        case .ticketsCancelled: try applyTicketsCancelled(&reader, effects: &effects)
        case .checkedIn: try applyCheckedIn(&reader, record, at: now)
        case .checkInUndone: try applyCheckInUndone(&reader)
        }
    }

    /// The digest of the whole state, keys included. The time of the last record is no part of it: a digest record is
    /// itself a record.
    var stateDigest: UInt64 { digest.value &+ keyTable.digest }

    private func compareDigest(_ reader: inout RecordReader) throws(RecordError) {
        let expected = reader.read(UInt64.self)
        if !reader.isMalformed, expected != stateDigest {
            throw .digestMismatch(expected: expected, found: stateDigest)
        }
    }

    private mutating func applyFounding(_ record: Span<UInt8>, at now: Instant) throws(RecordError) {
        guard !isFounded else { throw .malformed(type: RecordType.founding, what: "a journal is founded once") }
        try found(try FoundingRecord(decoding: record))
        restartDigest()
        lastRecorded = now
    }

    /// Takes what the founding says: whose books these are, and the secret.
    mutating func found(_ founding: FoundingRecord) throws(RecordError) {
        guard founding.shard != FoundingRecord.catalogueShard else {
            throw .malformed(type: RecordType.founding, what: "it is the catalogue's")
        }
        self.founding = founding
        shard = founding.shard
        keys = IssuedIDKeys(secret: founding.secret)
        buyers.seed = keys.hashSeed
        gates.seed = keys.hashSeed
        keyTable.found(founding)
    }

    /// Forgets everything but the founding. Serials go on, so that no id that was given out ever means something else.
    private mutating func applyReset(effects: inout Effects) {
        voidCapture()
        events.removeAll()
        eventTable.removeAll()
        eventTexts.removeAll()
        seatStates.removeAll()
        seatOwners.removeAll()
        rowRuns.removeAll()
        rowFree.removeAll()
        rowCategories.removeAll()
        groupRuns.removeAll()
        areas.removeAll()
        prices.removeAll()
        plans = []
        planNumbers = [:]
        incomingPlan = nil
        buyers.removeAll()
        gates.removeAll()
        standings.removeAll()
        standingTable.removeAll()
        traces.removeAll()
        holds.removeAll()
        items.removeAll()
        freeHold = 0
        openHoldCount = 0
        due.removeAll()
        firstOrderSerial += UInt64(orders.count)
        firstTicketSerial += UInt64(tickets.count)
        orders.removeAll()
        tickets.removeAll()
        keyTable.removeAll()
        seatCounts = InlineArray(repeating: 0)
        firstHoldSerial = traces.end
        restartDigest()
        if effects.isPublishing { effects.publications.append(Publication(kind: .reset, place: 0)) }
    }

    /// The digest of books with nothing in them but what only counts up.
    private mutating func restartDigest() {
        var empty = Digest()
        addCounters(to: &empty)
        digest = empty
    }

    /// The event that a record names.
    func readEvent(_ reader: inout RecordReader, _ type: LedgerRecord) throws(RecordError) -> Int {
        let event = Int(reader.read(UInt32.self))
        if reader.isMalformed || event >= events.count {
            throw .malformed(type: type.rawValue, what: "it names an event that is not there")
        }
        return event
    }

    /// The slot of the open hold that a record names.
    func readHold(_ reader: inout RecordReader, _ type: LedgerRecord) throws(RecordError) -> Int {
        let serial = reader.read(UInt64.self)
        if reader.isMalformed || !traces.contains(serial) || traces[serial].end != nil {
            throw .malformed(type: type.rawValue, what: "it names a hold that is not open")
        }
        return Int(traces[serial].slotOrOrder)
    }
}
