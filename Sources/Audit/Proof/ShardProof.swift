// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import Ticketing

/// Proves from the records of one shard alone that no seat ever had two owners at once, that every hold ends one way,
/// that tickets belong to orders and to the seats that the hold had, that the money adds up, that times never go back,
/// and that ids follow each other.
///
/// It shares no code with the ledger but the reading of integers and of seat plans. It sweeps over the records in order
/// and keeps, for each seat, the one who has it: a word that says hold, ticket or block, and which. A record that takes a
/// seat finds the word empty, one that gives it back finds itself there, or there is a finding. What contradicts the
/// records before it is reported, and then believed as far as it can be, so that one falsehood does not hide the next.
///
/// Columns of plain integers: 8 bytes a seat, 4 a hold that ended, some 40 a ticket.
struct ShardProof: ~Copyable {
    var findings: Findings

    // MARK: The journal

    var isFounded = false
    var lastTime = Int64.min
    /// The record before this one, and what it was about: a kept reply must say the same.
    var previous: (type: ShardRecordType, amount: Int64)?
    var recordCount: UInt64 = 0
    var countsByType = [UInt64](repeating: 0, count: 256)

    // MARK: Events

    var events: [EventLine] = []
    var eventIDs: [String] = []
    /// For looking up only.
    var eventNumbers: [String: Int] = [:]
    var plans: [SeatPlan] = []
    var planNumbers: [PlanHash: Int] = [:]
    var incoming: IncomingPlan?
    /// Who has each seat; see ``Owner``.
    var owners: [Owner] = []
    var areas: [AreaLine] = []

    // MARK: Holds

    /// By serial from ``firstHold`` on: the slot of an open hold, or how it ended.
    var holdPlaces: [HoldPlace] = []
    var firstHold: UInt64 = 1
    var holds: [HoldLine] = []
    var freeSlots: [UInt32] = []
    var openHolds = 0
    var items = ItemStretches()
    var due = DueHeap()
    var lastPayment: UInt32 = 0

    // MARK: Orders and tickets

    var orders: [OrderLine] = []
    var tickets: [TicketLine] = []
    var firstOrder: UInt64 = 1
    var firstTicket: UInt64 = 1

    // MARK: The rest

    var money: [MoneyLine] = []
    var buyerCount = 1
    var gateCount = 1
    /// Hashes of names: a name that is new must not have a number already.
    var buyerNames: Set<Int> = []
    var gateNames: Set<Int> = []
    var keys = KeyProof()
    var seatChanges: UInt64 = 0

    init(journal: String) {
        findings = Findings(journal: journal)
    }

    mutating func report(_ what: String) {
        findings.add(.contradiction, what)
    }

    /// Looks at the next record of the journal.
    mutating func take(_ record: Span<UInt8>, at position: JournalPosition) {
        findings.position = position
        defer { findings.position = nil }
        recordCount += 1
        var reader = RecordReader(record)
        let typeByte = reader.read(UInt8.self)
        let time = reader.read(Int64.self)
        if reader.isMalformed { return report("the record is shorter than its head") }
        countsByType[Int(typeByte)] += 1
        guard let type = ShardRecordType(rawValue: typeByte) else {
            return report("records of type \(typeByte) are not known: a newer program wrote it, or it is no record")
        }
        if type != .founding, !isFounded { report("a record comes before the founding") }
        if time < lastTime {
            report("time goes back: \(Clock.text(time)) comes after \(Clock.text(lastTime))")
        }
        lastTime = max(lastTime, time)
        if !type.mayComeWhileSomethingIsDue { checkNothingIsDue(at: time) }
        let amount = take(type, &reader, record, at: time)
        if reader.isMalformed {
            report("the \(type.word) record is shorter than it says")
        } else if reader.remaining > 0 {
            report("the \(type.word) record is longer than it says")
        }
        previous = (type, amount ?? -1)
    }

    /// Looks at one record's body. Returns the money it was about, where it was about any. A record that cannot be read
    /// is passed over: the caller reports it.
    private mutating func take(
        _ type: ShardRecordType, _ reader: inout RecordReader, _ record: Span<UInt8>, at time: Int64
    ) -> Int64? {
        switch type {
        case .founding: takeFounding(&reader, record)
        case .digest: _ = reader.read(UInt64.self)
        case .reset: takeReset()
        case .keyOutcome: takeKeyOutcome(&reader, record, at: time)
        case .keysExpired: takeKeysExpired(&reader, at: time)
        case .planPart: takePlanPart(&reader, record)
        case .eventAdded: takeEventAdded(&reader, record)
        case .eventChanged: takeEventChanged(&reader, record)
        case .eventMoved: takeEventMoved(&reader)
        case .eventCancelled: takeEventCancelled(&reader, at: time)
        case .priceSet: takePriceSet(&reader)
        case .blocked: takeBlocked(&reader, record, isBlocking: true)
        case .unblocked: takeBlocked(&reader, record, isBlocking: false)
        case .held: return takeHeld(&reader, record, at: time)
        case .extended: takeExtended(&reader, at: time)
        case .released: takeReleased(&reader, record, at: time)
        case .holdMoved: takeHoldMoved(&reader, at: time)
        case .paid: takePaid(&reader, at: time)
        case .confirmed: takeConfirmed(&reader, at: time)
        case .ticketsCancelled: return takeTicketsCancelled(&reader, record)
        case .checkedIn: takeCheckedIn(&reader, record)
        case .checkInUndone: takeCheckInUndone(&reader)
        }
        return nil
    }

    private mutating func takeFounding(_ reader: inout RecordReader, _ record: Span<UInt8>) {
        if isFounded { report("the journal is founded a second time") }
        isFounded = true
        guard (try? FoundingRecord(decoding: record)) != nil else {
            _ = reader.readRange(reader.remaining)
            return report("the founding record makes no sense")
        }
        _ = reader.readRange(reader.remaining)
    }

    /// Everything is forgotten but what only counts up.
    private mutating func takeReset() {
        events = []
        eventIDs = []
        eventNumbers = [:]
        plans = []
        planNumbers = [:]
        incoming = nil
        owners = []
        areas = []
        firstHold = nextHold
        holdPlaces = []
        holds = []
        freeSlots = []
        openHolds = 0
        items = ItemStretches()
        due = DueHeap()
        firstOrder += UInt64(orders.count)
        firstTicket += UInt64(tickets.count)
        orders = []
        tickets = []
        money = []
        buyerCount = 1
        gateCount = 1
        buyerNames = []
        gateNames = []
        keys = KeyProof()
    }

    /// Before anything that somebody asked for, all that was due has happened: a hold that ended at T is free for what
    /// is decided at T.
    private mutating func checkNothingIsDue(at time: Int64) {
        while let first = due.first, first.due <= time {
            due.removeFirst()
            guard let slot = openSlot(first.serial), holds[slot].due == first.due else { continue }
            report(
                "hold \(first.serial) was due at \(Clock.text(first.due)) and is still \(holds[slot].stateWord) at "
                    + Clock.text(time))
        }
    }
}
