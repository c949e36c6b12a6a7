// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Idempotency keys at the catalogue")
struct CatalogueKeyTests {
    let desk = CatalogueDesk()
    let add = Ask(.venueAdd, [.venue: "globe", .name: "Le Globe", .city: "Lyon"])

    @Test("the same request with the same key gives the same answer, and changes nothing")
    func replay() {
        #expect(desk.ask(add.key("k")) == "OK venue=globe")
        let records = desk.journal.count
        let digest = desk.catalogue.digest
        #expect(desk.ask(add.key("k")) == "OK venue=globe replayed=yes")
        #expect(desk.ask(add.key("k")) == "OK venue=globe replayed=yes")
        #expect(desk.journal.count == records && desk.catalogue.digest == digest)
        #expect(desk.ask(add) == "ERR exists venue=globe")
    }

    @Test("the order of arguments does not matter, their text does")
    func fingerprint() {
        desk.ask(add.key("k"))
        let turned = Ask(.venueAdd, [.key: "k", .city: "Lyon", .venue: "globe", .name: "Le Globe"])
        #expect(desk.ask(turned) == "OK venue=globe replayed=yes")
        for other: KeyValuePairs<Argument, String> in [
            [.venue: "globe", .name: "Le Globe"], [.venue: "globe", .name: "Le Globe", .city: "Lyo"],
            [.venue: "globe", .name: "Le Globe", .city: "Lyon", .country: ""],
            [.venue: "globe", .name: "Lyon", .city: "Le Globe"],
        ] {
            #expect(desk.ask(Ask(.venueAdd, other).key("k")) == "ERR keyMismatch")
        }
        #expect(desk.ask(add.key("k")) == "OK venue=globe replayed=yes")
    }

    @Test("a key belongs to who asks, the verb and the id")
    func scope() {
        desk.ask(add.key("k"))
        #expect(desk.ask(Ask(.venueAdd, [.venue: "odeon", .name: "O"]).key("k")) == "OK venue=odeon")
        #expect(desk.ask(Ask(.venueSet, [.venue: "globe", .name: "O"]).key("k")) == "OK venue=globe")
        #expect(desk.ask(Ask(.performerAdd, [.performer: "globe", .name: "O"]).key("k")) == "OK performer=globe")
        #expect(desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "a"]).key("k")) == "OK section=globe/a")
        #expect(desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "b"]).key("k")) == "OK section=globe/b")
        var forAda = add
        forAda.buyer = "ada"
        #expect(desk.ask(forAda.key("k")) == "ERR exists venue=globe")
        #expect(desk.ask(forAda.key("k")) == "ERR exists venue=globe replayed=yes")
        #expect(desk.ask(add.key("k")) == "OK venue=globe replayed=yes")
    }

    @Test("a refusal that the state led to is kept, even where it has lapsed")
    func refusals() {
        let row = Ask(.rowAdd, [.venue: "globe", .section: "s", .row: "A", .seats: "1"])
        #expect(desk.ask(row.key("k")) == "ERR notFound venue=globe")
        desk.ask(add)
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "s"]))
        #expect(desk.ask(row.key("k")) == "ERR notFound venue=globe replayed=yes")
        #expect(desk.ask(row.key("k2")) == "OK row=globe/s/A seatCount=1")
    }

    @Test("a refusal of form or role is not kept")
    func notKept() {
        var byGate = add
        byGate.role = .gate
        #expect(desk.ask(byGate.key("k")) == "ERR forbidden")
        #expect(desk.ask(Ask(.venueAdd, [.venue: "globe"]).key("k")) == "ERR badArgument argument=name")
        #expect(desk.ask(add.key("k")) == "OK venue=globe")
    }

    @Test(
        "a key is remembered for 24 hours to the millisecond, whether or not the sweep has run",
        arguments: [false, true])
    func expiry(isSwept: Bool) {
        desk.ask(add.key("k"))
        desk.now.milliseconds += Limits.keySeconds * 1_000 - 1
        if isSwept { desk.runDue() }
        #expect(desk.ask(add.key("k")) == "OK venue=globe replayed=yes")
        desk.now.milliseconds += 1
        if isSwept { desk.runDue() }
        #expect(desk.ask(add.key("k")) == "ERR exists venue=globe")
        #expect(desk.ask(add.key("k")) == "ERR exists venue=globe replayed=yes")
        desk.now.milliseconds += Limits.keySeconds * 1_000 - 1
        if isSwept { desk.runDue() }
        #expect(desk.ask(add.key("k")) == "ERR exists venue=globe replayed=yes")
    }

    @Test("keys survive a restart")
    func restart() throws {
        desk.ask(add.key("k"))
        let again = CatalogueDesk(isFounded: false)
        again.now = desk.now
        var effects = Effects(isPublishing: false)
        for record in desk.journal { try again.catalogue.apply(record, &effects) }
        #expect(again.ask(add.key("k")) == "OK venue=globe replayed=yes")
        #expect(again.ask(Ask(.venueAdd, [.venue: "globe", .name: "x"]).key("k")) == "ERR keyMismatch")
        #expect(again.catalogue.digest == desk.catalogue.digest)
    }

    @Test("with its room full, a new key is BUSY, an old one answers, and time makes room")
    func capacity() throws {
        let desk = CatalogueDesk(keysMax: 3)
        func add(_ id: String) -> Ask { Ask(.venueAdd, [.venue: id, .name: "n"]) }
        for id in ["a", "b", "c"] {
            #expect(desk.ask(add(id).key("k")) == "OK venue=\(id)")
            desk.pass(seconds: 1)
        }
        let records = desk.journal.count
        #expect(desk.ask(add("d").key("k")) == "ERR busy")
        #expect(desk.journal.count == records)
        #expect(desk.ask(add("a").key("k")) == "OK venue=a replayed=yes")
        #expect(desk.ask(add("e")) == "OK venue=e")
        desk.now.milliseconds += (Limits.keySeconds - 3) * 1_000 - 1
        #expect(desk.ask(add("d").key("k")) == "ERR busy")
        desk.now.milliseconds += 1
        #expect(desk.ask(add("d").key("k")) == "OK venue=d")
        #expect(desk.catalogue.keyCount == 3)
        #expect(desk.ask(add("f").key("k")) == "ERR busy")
        #expect(try CatalogueDesk.replay(desk.journal).digest == desk.catalogue.digest)
    }

    @Test("the sweep is due a minute after the oldest key has ended, and then there is nothing due")
    func due() {
        #expect(desk.catalogue.nextDue == .never)
        desk.ask(add.key("k"))
        #expect(desk.catalogue.nextDue == desk.now.adding(seconds: Limits.keySeconds + 60))
        desk.now = desk.catalogue.nextDue
        desk.runDue()
        #expect(desk.catalogue.nextDue == .never)
        #expect(desk.catalogue.keyCount == 0)
    }
}

@Suite("The table of idempotency keys")
struct KeyTableTests {

    private func reply(_ number: Int) -> ReplyWriter {
        var reply = ReplyWriter()
        reply.begin(client: 1, ticket: 2)
        reply.line(.ok)
        reply.field(.id, String(repeating: "x", count: number % 200))
        reply.field(.total, Int64(number))
        return reply
    }

    private func replayText(_ table: KeyTable, _ answer: KeyTable.Answer) -> String? {
        guard case .replay(let kept) = answer else { return nil }
        var reply = ReplyWriter()
        reply.begin(client: 1, ticket: 2)
        table.appendReplay(of: kept, to: &reply)
        return ReplyText(Array(reply.bytes[reply.bodyRange])).line
    }

    @Test("it agrees with a dictionary, through thousands of keys that come and end", arguments: [1, 2, 3])
    func model(seed: UInt64) throws {
        var random = Seeded(seed)
        var table = KeyTable(capacity: 1_000)
        var replayed = KeyTable(capacity: 7)
        var model: [UInt64: (fingerprint: UInt64, time: Instant, text: String)] = [:]
        var now = Instant(milliseconds: 0)
        var counts = (new: 0, replay: 0, mismatch: 0, full: 0)
        for step in 0..<20_000 {
            now.milliseconds += Int64.random(in: 0...60_000, using: &random)
            let scope = UInt64.random(in: 0..<5_000, using: &random)
            // Few segments and few tags, so that slots collide.
            let question = KeyQuestion(
                scopeHigh: (scope % 3) << 54, scopeLow: scope, fingerprint: UInt64.random(in: 0...1, using: &random))
            let answer = table.find(question, at: now)
            let known = model[scope].flatMap { now < $0.time.adding(seconds: Limits.keySeconds) ? $0 : nil }
            var record = RecordWriter()
            switch answer {
            case .new:
                counts.new += 1
                #expect(known == nil)
                table.keep(question, reply: reply(step), at: now, record: &record)
                var reply = reply(step)
                reply.field(.replayed, true)
                model[scope] = (question.fingerprint, now, ReplyText(Array(reply.bytes[reply.bodyRange])).line)
            case .replay:
                counts.replay += 1
                #expect(known?.fingerprint == question.fingerprint)
                #expect(replayText(table, answer) == known?.text)
            case .mismatch:
                counts.mismatch += 1
                #expect(known != nil && known?.fingerprint != question.fingerprint)
            case .full:
                counts.full += 1
                #expect(known == nil)
                #expect(model.values.count { now < $0.time.adding(seconds: Limits.keySeconds) } == 1_000)
            }
            if step % 100 == 0 { table.runDue(at: now, record: &record) }
            for index in record.ends.indices {
                let bytes = Array(record.bytes[record.range(of: index)])
                try replayed.apply(record: bytes.span)
            }
        }
        #expect(counts.new > 5_000 && counts.replay > 1_000 && counts.mismatch > 1_000 && counts.full > 100)
        #expect(replayed.digest == table.digest)
        #expect(replayed.count == table.count)
        var record = RecordWriter()
        now = now.adding(seconds: Limits.keySeconds)
        while table.nextDue <= now.adding(seconds: 60) { table.runDue(at: now, record: &record) }
        #expect(table.count == 0 && table.digest == 0)
    }

    @Test("a reply of several lines gets replayed=yes on its last")
    func severalLines() {
        var reply = ReplyWriter()
        reply.begin(client: 1, ticket: 2)
        reply.line(.ticket)
        reply.field(.id, "T1")
        reply.line(.ok)
        let body = Array(reply.bytes[reply.bodyRange])
        var again = ReplyWriter()
        again.begin(client: 1, ticket: 2)
        again.append(replayOf: body.span)
        reply.field(.replayed, true)
        #expect(again.bytes[again.bodyRange] == reply.bytes[reply.bodyRange])
    }

    @Test("a body cut or changed anywhere is one or none, and never traps")
    func bodies() {
        var reply = ReplyWriter()
        reply.begin(client: 1, ticket: 2)
        reply.line(.ticket)
        reply.field(.id, "T1")
        reply.field(.free, true)
        reply.error(.seatTaken, retry: .later)
        reply.field(.seats, "a,b")
        reply.field(.at, Instant(milliseconds: 5))
        let body = Array(reply.bytes[reply.bodyRange])
        #expect(ReplyEnding(of: body.span)?.code == .seatTaken)
        for length in 0..<body.count { #expect(ending(Array(body[..<length])) == nil) }
        for index in body.indices {
            for value in 0...UInt8.max {
                var changed = body
                changed[index] = value
                var again = ReplyWriter()
                again.begin(client: 1, ticket: 2)
                again.append(replayOf: changed.span)
            }
        }
    }

    private func ending(_ body: [UInt8]) -> ReplyEnding? {
        ReplyEnding(of: body.span)
    }

    @Test("only definite outcomes are kept")
    func definite() {
        for code in ErrorCode.allCases {
            var table = KeyTable()
            var record = RecordWriter()
            var reply = ReplyWriter()
            reply.begin(client: 1, ticket: 2)
            reply.error(code)
            table.keep(
                KeyQuestion(scopeHigh: 1, scopeLow: 2, fingerprint: 3), reply: reply, at: Instant(milliseconds: 0),
                record: &record)
            let isKept = (40...50).contains(code.rawValue) && code != .keyMismatch
            #expect(table.count == (isKept ? 1 : 0), "\(code)")
            #expect(record.isEmpty == !isKept)
        }
    }

    @Test("a body as large as a record holds is kept, one byte more is not")
    func bodyLimit() {
        // Kind, count, field, encoding, length: 8 bytes around the text.
        for (length, isKept) in [(KeyTable.bodyBytesMax - 8, true), (KeyTable.bodyBytesMax - 7, false)] {
            var table = KeyTable()
            var record = RecordWriter()
            var reply = ReplyWriter()
            reply.begin(client: 1, ticket: 2)
            reply.line(.ok)
            reply.field(.seats, String(repeating: "x", count: length))
            table.keep(
                KeyQuestion(scopeHigh: 1, scopeLow: 2, fingerprint: 3), reply: reply, at: Instant(milliseconds: 0),
                record: &record)
            #expect(table.count == (isKept ? 1 : 0))
            #expect(record.bytes.count == (isKept ? Limits.recordBytesMax : 0))
        }
    }

    @Test("every change has a number of its own, and every argument")
    func codes() {
        let verbs = Verb.allCases.compactMap(\.keyCode)
        #expect(Set(verbs).count == verbs.count)
        let arguments = Argument.allCases.map(\.keyCode)
        #expect(Set(arguments).count == arguments.count && !arguments.contains(0))
    }
}
