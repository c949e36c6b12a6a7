// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Decides requests against the books: checks everything in the protocol's order (role, key, existence, ownership,
/// state, limit, seats), then writes a record of what was decided, applies that record, and writes the reply.
///
/// A refusal is a few trivial values written straight into the reply; lists live in scratch that is reused. Holding
/// seats allocates nothing in the steady state.
struct Clerk: ~Copyable {
    var books = Books()
    var testModeEnabled = false
    var refusesChanges = false

    // Scratch.
    var places = PlaceList()
    /// What a hold is going to have.
    var chosen = TrivialArray<HeldItem>()
    /// Positions of items or tickets in what is being given back.
    var positions: [UInt8] = []
    var rowCounts: [UInt16] = []
    var numbers: [Int] = []

    init() {
        positions.reserveCapacity(Limits.seatsPerHoldMax)
    }

    /// A request with its text and the time at which it is decided. Like what it is made of it is only lent.
    struct Ask: ~Escapable {
        let request: Request
        let now: Instant
        private let text: Span<UInt8>
        private let arguments: Span<ArgumentSlot>
        private let owner: Unmanaged<RequestBatch>

        @_lifetime(copy contents)
        init(_ request: Request, in contents: borrowing RequestBatch.Contents, at now: Instant) {
            self.request = request
            self.now = now
            text = contents.text
            let first = Int(request.firstArgument)
            arguments = contents.arguments.extracting(first..<(first + Int(request.argumentCount)))
            owner = .passUnretained(contents.batch)
        }

        var actsForBuyer: Bool { request.actsForBuyer }

        /// The batch that the request came in, for what is rare.
        var batch: RequestBatch { owner.takeUnretainedValue() }

        func slot(_ argument: Argument) -> ArgumentSlot? {
            for index in arguments.indices where arguments[index].argument == argument { return arguments[index] }
            return nil
        }

        @_lifetime(copy self)
        func bytes(_ range: TextRange) -> Span<UInt8> { text.extracting(range.range) }

        @_lifetime(copy self)
        func bytes(_ slot: ArgumentSlot) -> Span<UInt8> { text.extracting(slot.text.range) }

        func isYes(_ argument: Argument) -> Bool { (slot(argument)?.value ?? 0) != 0 }
    }

    /// Decides one request. Everything due before it has happened: what is due at its very time is run first.
    mutating func decide(
        _ ask: Ask, record: inout RecordWriter, reply: inout ReplyWriter, effects: inout Effects
    ) {
        while books.mayBeDue(at: ask.now), let next = books.nextDue(), next.due <= ask.now {
            run(next.subject, due: next.due, at: ask.now, record: &record, effects: &effects)
        }
        guard isAllowed(ask) else {
            reply.error(.forbidden)
            reply.field(.hint, Self.roleHint(ask.request.verb))
            return
        }
        guard Int(ask.request.buyer.length) <= Limits.buyerBytesMax else {
            return refuseArgument("buyer", "a buyer's name is 1 to 64 bytes long", &reply)
        }
        let question = ask.slot(.key) == nil ? nil : books.keyTable.question(for: ask.request, in: ask.batch)
        if let question {
            if let key = ask.slot(.key), key.text.length == 0 || Int(key.text.length) > Limits.keyBytesMax {
                return refuseArgument("key", "a key is 1 to 64 bytes long", &reply)
            }
            if books.keyTable.answer(question, at: ask.now, to: &reply) { return }
        }
        if refusesChanges, ask.request.verb.isChange { return reply.refuseReadOnly() }
        carryOut(ask, record: &record, reply: &reply, effects: &effects)
        if let question {
            books.keyTable.keep(question, reply: reply, at: ask.now, record: &record)
            books.lastRecorded = max(books.lastRecorded, ask.now)
        }
    }

    private mutating func carryOut(
        _ ask: Ask, record: inout RecordWriter, reply: inout ReplyWriter, effects: inout Effects
    ) {
        switch ask.request.verb {
        case .eventAdd: addEvent(ask, &record, &reply, &effects)
        case .eventSet: setEvent(ask, &record, &reply, &effects)
        case .eventOpen: moveEvent(ask, to: .onSale, &record, &reply, &effects)
        case .eventClose: moveEvent(ask, to: .closed, &record, &reply, &effects)
        case .eventCancel: cancelEvent(ask, &record, &reply, &effects)
        case .priceSet: setPrice(ask, &record, &reply, &effects)
        case .block: block(ask, isBlocking: true, &record, &reply, &effects)
        case .unblock: block(ask, isBlocking: false, &record, &reply, &effects)
        case .hold: hold(ask, &record, &reply, &effects)
        case .extend: extend(ask, &record, &reply, &effects)
        case .release: release(ask, &record, &reply, &effects)
        case .get: get(ask, &reply)
        case .mine: mine(ask, &reply)
        case .pay: pay(ask, &record, &reply, &effects)
        case .confirm: confirm(ask, &record, &reply, &effects)
        case .cancel: cancel(ask, &record, &reply, &effects)
        case .checkIn: checkIn(ask, &record, &reply, &effects)
        case .reset: reset(ask, &record, &reply, &effects)
        default:
            reply.error(.unknownCommand)
            reply.field(.hint, "this command is not answered by a shard: HELP lists the commands")
        }
    }

    /// Whether the role may use the verb at all.
    private func isAllowed(_ ask: Ask) -> Bool {
        switch (ask.request.role, ask.request.verb) {
        case (.operator, _), (.gate, .checkIn): true
        case (.buyer, .hold), (.buyer, .extend), (.buyer, .release), (.buyer, .get), (.buyer, .mine),
            (.buyer, .confirm), (.buyer, .cancel):
            ask.actsForBuyer
        case (.buyer, .pay):
            // Cash is taken and tickets are given away at the desk.
            ask.actsForBuyer && paymentMethod(ask).map { $0 != .cash && $0 != .comp } ?? true
        default: false
        }
    }

    private static func roleHint(_ verb: Verb) -> StaticString {
        switch verb {
        case .checkIn: "only a gate or an operator checks tickets in: AUTH with such a token"
        case .pay: "only an operator takes cash or gives tickets away: pay with another method"
        case .hold, .extend, .release, .get, .mine, .confirm, .cancel:
            "a gate only checks tickets in: AUTH as a buyer or an operator"
        default: "only an operator may do this: AUTH with an operator's token"
        }
    }

    // MARK: Records

    /// Ends the record begun last and applies it.
    mutating func commit(_ record: inout RecordWriter, _ effects: inout Effects) {
        record.end()
        do {
            try books.apply(record.last, effects: &effects)
        } catch {
            preconditionFailure("a decision does not apply to the books it was made from: \(error)")
        }
    }

    func begin(_ type: LedgerRecord, _ ask: Ask, _ record: inout RecordWriter) {
        record.begin(type: type.rawValue, at: ask.now)
    }

    private mutating func reset(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard testModeEnabled else {
            reply.error(.unknownCommand)
            reply.field(.hint, "RESET is there only where the daemon was started with --test")
            return
        }
        record.begin(type: RecordType.reset, at: ask.now)
        commit(&record, &effects)
        reply.line(.ok)
    }

    // MARK: Refusals

    func refuseArgument(_ name: StaticString, _ hint: StaticString, _ reply: inout ReplyWriter) {
        reply.error(.badArgument)
        reply.field(.argument, name)
        reply.field(.hint, hint)
    }

    func refuseEvent(_ id: Span<UInt8>, _ reply: inout ReplyWriter) {
        reply.error(.notFound)
        reply.field(.event, id)
        reply.field(.hint, "SEARCH or EVENT LIST shows the events there are")
    }

    /// Whether the asker may know of a draft: an operator may, but sells none to a buyer for whom it acts.
    private func seesDrafts(_ ask: Ask) -> Bool {
        ask.request.role == .operator && (!ask.actsForBuyer || ask.request.verb != .hold)
    }

    /// The event that an argument names, or nil after a refusal.
    func event(_ argument: Argument, _ ask: Ask, _ reply: inout ReplyWriter) -> Int? {
        guard let slot = ask.slot(argument) else {
            refuseArgument("event", "name the event", &reply)
            return nil
        }
        let id = ask.bytes(slot)
        if let event = books.findEvent(id), books.events[event].state != .draft || seesDrafts(ask) {
            return event
        }
        refuseEvent(id, &reply)
        return nil
    }

    func appendEventID(_ event: Int, _ field: Field, _ reply: inout ReplyWriter) {
        let entry = books.events[event]
        let texts = books.eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
        reply.field(field, EventTexts.id(of: texts))
    }

    func appendCurrency(_ event: Int, _ reply: inout ReplyWriter) {
        reply.beginText(.currency)
        Currency(packed: books.events[event].currency)?.append(to: &reply)
        reply.endText()
    }

    func append(_ id: IssuedID, _ field: Field, _ reply: inout ReplyWriter) {
        reply.beginText(field)
        id.append(to: &reply, keys: books.keys)
        reply.endText()
    }

    /// Writes places as addresses, the places of an area together: `stalls/A/3,lawn:4`.
    func appendPlaces(
        _ count: Int, _ plan: SeatPlan, _ reply: inout ReplyWriter, _ place: (Int) -> Place?
    ) {
        reply.beginText(.seats, .list)
        var isFirst = true
        var index = 0
        while index < count {
            defer { index += 1 }
            guard let item = place(index) else { continue }
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            if let seat = item.seat {
                plan.appendAddress(of: seat, to: &reply)
            } else if let area = item.area {
                var places = 1
                while index + 1 < count {
                    if let next = place(index + 1) {
                        if next != item { break }
                        places += 1
                    }
                    index += 1
                }
                plan.appendAreaAddress(area, count: places, to: &reply)
            }
        }
        reply.endText()
    }
}
