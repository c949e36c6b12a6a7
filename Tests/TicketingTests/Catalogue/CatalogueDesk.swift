// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The vocabulary of the catalogue's tests: requests in a line, replies as a line, a journal to replay.

@testable import Ticketing

/// A request in the making: what the parser would hand over.
struct Ask {
    var verb: Verb
    var arguments: [(Argument, String)]
    var role = Role.operator
    var buyer = ""

    init(_ verb: Verb, _ arguments: KeyValuePairs<Argument, String> = [:], role: Role = .operator, buyer: String = "") {
        self.verb = verb
        self.arguments = arguments.map { ($0.key, $0.value) }
        self.role = role
        self.buyer = buyer
    }

    func key(_ key: String) -> Ask {
        var ask = self
        ask.arguments.append((.key, key))
        return ask
    }

    func batch() -> RequestBatch {
        let batch = RequestBatch()
        var request = Request(client: 7, ticket: 8, verb: verb, role: role)
        func append(_ text: String) -> TextRange {
            defer { batch.text.append(contentsOf: text.utf8) }
            return TextRange(batch.text.count..<(batch.text.count + text.utf8.count))
        }
        request.buyer = append(buyer)
        for (argument, text) in arguments {
            batch.arguments.append(ArgumentSlot(argument: argument, text: append(text), value: Int64(text) ?? 0))
        }
        request.argumentCount = UInt32(arguments.count)
        batch.requests.append(request)
        return batch
    }
}

/// A catalogue with a clock and a journal, at which requests are made one by one.
final class CatalogueDesk {
    let catalogue: Catalogue
    var now = Instant(milliseconds: 1_900_000_000_000)
    /// All records, one an element.
    private(set) var journal: [[UInt8]] = []
    private(set) var effects = Effects(isPublishing: true)

    init(itemsMax: Int = Limits.catalogueItemsMax, keysMax: Int = Limits.keysPerShardMax, isFounded: Bool = true) {
        catalogue = Catalogue(itemsMax: itemsMax, keysMax: keysMax)
        guard isFounded else { return }
        var record = RecordWriter()
        catalogue.found(secret: Array(0..<32), shards: 4, at: now, record: &record)
        take(record)
    }

    func take(_ record: borrowing RecordWriter) {
        for index in record.ends.indices { journal.append(Array(record.bytes[record.range(of: index)])) }
    }

    /// The reply's last line as text, as `OK venue=globe` or `ERR EXISTS venue=globe`, hints left out. Empty for a
    /// request that was forwarded.
    @discardableResult
    func ask(_ ask: Ask) -> String {
        var record = RecordWriter()
        let reply = reply(to: ask, record: &record)
        take(record)
        return ReplyText(reply).line
    }

    /// The hint of the reply.
    func hint(_ ask: Ask) -> String {
        var record = RecordWriter()
        let reply = reply(to: ask, record: &record)
        take(record)
        return ReplyText(reply).hint
    }

    func reply(to ask: Ask, record: inout RecordWriter) -> [UInt8] {
        let batch = ask.batch()
        var reply = ReplyWriter()
        reply.begin(client: 7, ticket: 8)
        catalogue.decide(batch.requests[0], in: batch, at: now, record: &record, reply: &reply, effects: &effects)
        reply.end()
        return Array(reply.bytes[reply.bodyRange])
    }

    func runDue() {
        var record = RecordWriter()
        catalogue.runDue(at: now, record: &record, effects: &effects)
        take(record)
    }

    func pass(seconds: Int64) {
        now = now.adding(seconds: seconds)
    }

    func forgetEffects() {
        effects.removeAll()
    }

    /// A catalogue that has read these records and no others.
    static func replay(_ journal: some Sequence<[UInt8]>) throws(RecordError) -> Catalogue {
        let catalogue = Catalogue()
        var effects = Effects(isPublishing: false)
        for record in journal { try catalogue.apply(record, &effects) }
        precondition(effects.publications.isEmpty, "nothing is published on replay")
        return catalogue
    }
}

extension Catalogue {
    func apply(_ record: [UInt8], _ effects: inout Effects) throws(RecordError) {
        try apply(record: record.span, effects: &effects)
    }

    /// Everything that would be published, as text.
    var published: String {
        var effects = Effects(isPublishing: true)
        publishAll(into: &effects)
        return effects.text
    }
}

extension Effects {
    var text: String {
        publications.map { publication in
            switch publication.kind {
            case .venue:
                let venue = venues[Int(publication.place)]
                let texts = [venue.name, venue.city, venue.country, venue.address, venue.timeZone]
                return "venue \(venue.id) \(texts) \(venue.layout.seatCount) \(venue.plan.contentHash)"
            case .performer:
                let performer = performers[Int(publication.place)]
                return "performer \(performer.id) \(performer.name) \(performer.genre)"
            default: return "\(publication.kind)"
            }
        }.joined(separator: "\n")
    }
}

/// The last line of a reply's body.
struct ReplyText {
    var line = ""
    var hint = ""

    init(_ body: [UInt8]) {
        guard !body.isEmpty else { return }
        var at = 2
        line = "OK"
        if body[0] == LineKind.error.rawValue {
            line = "ERR \(ErrorCode(rawValue: body[2]).map(String.init(describing:)) ?? "?")"
            at = 4
        }
        while at < body.count {
            let field = Field(rawValue: body[at])
            let encoding = FieldEncoding(rawValue: body[at + 1])
            at += 2
            let value: String
            switch encoding {
            case .text, .list:
                let length = Int(body[at]) | Int(body[at + 1]) << 8
                value = String(decoding: body[(at + 4)..<(at + 4 + length)], as: UTF8.self)
                at += 4 + length
            case .yesNo:
                value = body[at] == 1 ? "yes" : "no"
                at += 1
            default:
                value = String((0..<8).reduce(Int64(0)) { $0 | Int64(body[at + $1]) << (8 * Int64($1)) })
                at += 8
            }
            if field == .hint {
                hint = value
            } else {
                line += " \(field.map(String.init(describing:)) ?? "?")=\(value)"
            }
        }
    }
}
