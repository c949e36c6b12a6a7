// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

/// A box office of one shard for tests: says requests as on the wire, reads replies, has a clock to turn, and keeps the
/// journal so that it can be replayed.
///
///     let desk = Desk(venues: ["studio": [.row("stalls/A", "1-10")]])
///     desk.openGala()
///     desk("HOLD gala stalls/A/3-4", as: "ada")["total"]   // "9000"
final class Desk {
    let ledger: TicketLedger
    /// Every record so far.
    private(set) var journal: [[UInt8]] = []
    var now = Instant(milliseconds: 1_900_000_000_000)
    /// What readers would see, as publications tell it.
    private(set) var published: [UInt32: PublishedSeats] = [:]
    private(set) var facts: [UInt32: EventFacts] = [:]
    private var venues: [String: SeatPlan]
    var performers: Set<String> = []
    /// Whether somebody runs what is due before each request, as the daemon does.
    var turnsTimers = true
    /// Whether to look for contradictions after each request.
    var checksEverything = true

    struct PublishedSeats: Equatable {
        var seats: [UInt32: SeatState] = [:]
        var areas: [UInt32: [UInt32]] = [:]
        var sequence: UInt64 = 0
    }

    /// The same box office after a restart: a new ledger, made from the journal alone.
    func reopened() throws -> Desk { try Desk(replaying: self) }

    /// The same box office with another ledger in its place, which must be in the same state.
    func reopened(ledger: TicketLedger) throws -> Desk { Desk(ledger, inPlaceOf: self) }

    private init(_ ledger: TicketLedger, inPlaceOf other: Desk) {
        self.ledger = ledger
        venues = other.venues
        performers = other.performers
        now = other.now
        journal = other.journal
        checksEverything = other.checksEverything
        var effects = Effects(isPublishing: true)
        ledger.publishAll(into: &effects)
        carryOut(effects)
    }

    private init(replaying other: Desk) throws {
        ledger = TicketLedger()
        venues = other.venues
        performers = other.performers
        now = other.now
        journal = other.journal
        ledger.testModeEnabled = other.ledger.testModeEnabled
        var effects = Effects(isPublishing: false)
        for record in other.journal { try ledger.apply(record: record.span, effects: &effects) }
        effects = Effects(isPublishing: true)
        ledger.publishAll(into: &effects)
        carryOut(effects)
    }

    static let secret = (0..<32).map { UInt8($0) }

    init(_ parts: [PlanPart] = [.row("stalls/A", "1-10"), .row("stalls/B", "1-10")], testMode: Bool = true) {
        ledger = TicketLedger()
        venues = ["studio": plan(parts), "nowhere": .empty]
        ledger.testModeEnabled = testMode
        var record = RecordWriter()
        ledger.found(secret: Self.secret, shard: 3, shards: 4, at: now, record: &record)
        keep(record)
    }

    func addVenue(_ id: String, _ parts: [PlanPart]) { venues[id] = plan(parts) }

    /// An event on sale in the studio at 45.00.
    @discardableResult
    func openGala(_ more: String = "") -> Desk {
        self("EVENT ADD gala venue=studio title=Gala starts=2031-05-01T19:30Z currency=EUR price=4500 \(more)")
        self("EVENT OPEN gala")
        return self
    }

    // MARK: Asking

    /// Says one request line, for a buyer or as the operator, and reads the reply.
    @discardableResult
    func callAsFunction(
        _ line: String, as buyer: String = "", role: Role = .operator,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Answer {
        if turnsTimers { runDue() }
        let batch = RequestBatch()
        batch.requests.append(parse(line, as: buyer, role: role, into: batch))
        var record = RecordWriter()
        var reply = ReplyWriter()
        var effects = Effects(isPublishing: true)
        reply.begin(client: 7, ticket: 9)
        ledger.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        reply.end()
        keep(record)
        carryOut(effects)
        if checksEverything { check("after \(line)", sourceLocation) }
        return Answer(frame: reply.bytes)
    }

    /// Lets time pass, and everything due happen.
    func advance(seconds: Int64) { advance(milliseconds: seconds * 1_000) }

    func advance(milliseconds: Int64) {
        now = Instant(milliseconds: now.milliseconds + milliseconds)
        runDue()
    }

    func runDue() {
        var more = ledger.nextDue <= now
        while more {
            var record = RecordWriter()
            var effects = Effects(isPublishing: true)
            more = ledger.runDue(at: now, record: &record, effects: &effects)
            keep(record)
            carryOut(effects)
        }
    }

    func keep(_ record: borrowing RecordWriter) {
        for index in record.ends.indices { journal.append(Array(record.bytes[record.range(of: index)])) }
    }

    private func carryOut(_ effects: Effects) {
        for publication in effects.publications {
            let event = publication.event.rawValue
            switch publication.kind {
            case .seat: published[event, default: PublishedSeats()].seats[publication.place] = publication.state
            case .area:
                published[event, default: PublishedSeats()].areas[publication.place] = [
                    publication.held, publication.sold,
                ]
            case .facts: facts[event] = effects.facts[Int(publication.place)]
            case .reset:
                published = [:]
                facts = [:]
            case .venue, .performer: break
            }
            published[event]?.sequence = publication.sequence
        }
    }

    private func check(_ when: String, _ sourceLocation: SourceLocation) {
        for contradiction in ledger.findContradictions() {
            Issue.record("\(when): \(contradiction)", sourceLocation: sourceLocation)
        }
    }

    // MARK: Looking

    /// The map of an event, a line a row of the plan, as VIEW shows it but without gaps.
    func map(_ event: UInt32 = 0) -> String {
        guard let plan = facts[event]?.plan else { return "" }
        var map = ""
        var row = 0
        ledger.forEachSeatState(of: EventIndex(event)) { seat, state in
            if plan.rowIndex(of: seat) != row {
                map += " "
                row = plan.rowIndex(of: seat)
            }
            map += String(UnicodeScalar(state.mapCharacter))
        }
        return map
    }

    /// The states that readers were told, as ``map(_:)``.
    func publishedMap(_ event: UInt32 = 0) -> String {
        guard let plan = facts[event]?.plan else { return "" }
        var map = ""
        for row in plan.rows.indices {
            if row > 0 { map += " " }
            for seat in plan.seatRange(ofRow: row) {
                let state = published[event]?.seats[UInt32(seat)] ?? .free
                map += String(UnicodeScalar(state.mapCharacter))
            }
        }
        return map
    }

    // MARK: Requests

    func parse(_ line: String, as buyer: String, role: Role, into batch: RequestBatch) -> Request {
        var words = Self.words(of: line)
        let two = words.prefix(2).joined(separator: " ")
        let form: (verb: Verb, positional: [Argument])
        if words.count > 1, let found = Self.forms[two] {
            form = found
            words.removeFirst(2)
        } else if let found = Self.forms[words[0]] {
            form = found
            words.removeFirst()
        } else {
            preconditionFailure("no such verb in tests: \(line)")
        }
        var request = Request(client: 7, ticket: 9, verb: form.verb, role: role)
        request.buyer = add(buyer, to: batch)
        request.firstArgument = UInt32(batch.arguments.count)
        var positional = form.positional[...]
        for word in words {
            if let equals = word.firstIndex(of: "="), let argument = Self.keys[String(word[..<equals])] {
                let value = String(word[word.index(after: equals)...])
                batch.arguments.append(slot(argument, value, in: batch))
            } else {
                batch.arguments.append(slot(positional.removeFirst(), word, in: batch))
            }
        }
        request.argumentCount = UInt32(batch.arguments.count) - request.firstArgument
        if form.verb == .eventAdd || form.verb == .eventSet {
            let missing = batch.string(.performers, of: request)?.split(separator: ",").map(String.init)
                .first { !performers.contains($0) }
            batch.attachments.append(
                CatalogueAttachment(
                    plan: batch.string(.venue, of: request).flatMap { venues[$0] }, missingPerformer: missing))
            request.attachment = 1
        }
        return request
    }

    private func add(_ text: String, to batch: RequestBatch) -> TextRange {
        let offset = batch.text.count
        batch.text.append(contentsOf: text.utf8)
        return TextRange(offset: UInt32(offset), length: UInt32(text.utf8.count))
    }

    private func slot(_ argument: Argument, _ text: String, in batch: RequestBatch) -> ArgumentSlot {
        var value: Int64 = 0
        switch argument {
        case .starts, .ends, .onsale: value = Self.instant(text)
        case .hold:
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600]
            value = (Int64(text.dropLast()) ?? 0) * (text.last.flatMap { units[$0] } ?? 1)
        case .together, .accessible, .undo: value = text == "yes" ? 1 : 0
        default: value = Int64(text) ?? 0
        }
        return ArgumentSlot(argument: argument, text: add(text, to: batch), value: value)
    }

    /// Days from civil, for the one form that the tests use: `2031-05-01T19:30Z`.
    private static func instant(_ text: String) -> Int64 {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Int64($0) }
        guard parts.count >= 5 else { return 0 }
        let year = parts[1] <= 2 ? parts[0] - 1 : parts[0]
        let era = (year >= 0 ? year : year - 399) / 400
        let ofEra = year - era * 400
        let dayOfYear = (153 * (parts[1] + (parts[1] > 2 ? -3 : 9)) + 2) / 5 + parts[2] - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + dayOfYear - 719_468
        return ((days * 24 + parts[3]) * 60 + parts[4]) * 60_000
    }

    private static func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == " ", !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static let forms: [String: (verb: Verb, positional: [Argument])] = [
        "EVENT ADD": (.eventAdd, [.event]), "EVENT SET": (.eventSet, [.event]), "EVENT OPEN": (.eventOpen, [.event]),
        "EVENT CLOSE": (.eventClose, [.event]), "EVENT CANCEL": (.eventCancel, [.event]),
        "PRICE SET": (.priceSet, [.event, .category, .amount]), "BLOCK": (.block, [.event, .seats]),
        "UNBLOCK": (.unblock, [.event, .seats]), "HOLD": (.hold, [.event, .seats]), "EXTEND": (.extend, [.id]),
        "RELEASE": (.release, [.id, .seats]), "GET": (.get, [.id]), "MINE": (.mine, []), "PAY": (.pay, [.id]),
        "CONFIRM": (.confirm, [.id]), "CANCEL": (.cancel, [.id, .tickets]), "CHECKIN": (.checkIn, [.code]),
        "RESET": (.reset, []), "VIEW": (.view, [.event]),
    ]

    private static let keys: [String: Argument] = [
        "venue": .venue, "title": .title, "starts": .starts, "ends": .ends, "currency": .currency, "price": .price,
        "type": .type, "performers": .performers, "description": .description, "onsale": .onsale, "hold": .hold,
        "limit": .limit, "key": .key, "best": .best, "together": .together, "section": .section,
        "category": .category, "max": .max, "accessible": .accessible, "amount": .amount, "method": .method,
        "token": .token, "gate": .gate, "undo": .undo, "tickets": .tickets, "event": .event,
    ]
}
