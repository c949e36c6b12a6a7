// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// PAY and CONFIRM.
extension Clerk {
    /// The method that a request names, or nil where there is no such method.
    func paymentMethod(_ ask: Ask) -> PaymentMethod? {
        guard let slot = ask.slot(.method) else { return nil }
        let text = ask.bytes(slot)
        if Self.isEqual(text, "cash") { return .cash }
        if Self.isEqual(text, "comp") { return .comp }
        if Self.isEqual(text, "test"), testModeEnabled { return .test }
        return nil
    }

    static func isEqual(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        for index in text.indices where text[index] != word.utf8Start[index] { return false }
        return true
    }

    /// What a token of the test method says will happen, and after how long.
    struct TestOutcome: Equatable {
        var succeeds: Bool
        var seconds: Int64

        /// `paid`, `declined`, and either with a time: `paid:30s`. Nil for anything else.
        init?(_ token: Span<UInt8>) {
            var word = token.count
            for index in token.indices where token[index] == UInt8(ascii: ":") {
                word = index
                break
            }
            if Clerk.isEqual(token.extracting(0..<word), "paid") {
                succeeds = true
            } else if Clerk.isEqual(token.extracting(0..<word), "declined") {
                succeeds = false
            } else {
                return nil
            }
            seconds = 0
            if word == token.count { return }
            guard let parsed = Self.seconds(token.extracting((word + 1)..<token.count)) else { return nil }
            seconds = parsed
        }

        private static func seconds(_ text: Span<UInt8>) -> Int64? {
            guard text.count >= 2, text.count <= 7 else { return nil }
            var value: Int64 = 0
            for index in 0..<(text.count - 1) {
                guard text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
            }
            switch text[text.count - 1] {
            case UInt8(ascii: "s"): return value
            case UInt8(ascii: "m"): return value * 60
            case UInt8(ascii: "h"): return value * 3_600
            default: return nil
            }
        }
    }

    mutating func pay(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let method = paymentMethod(ask) else {
            return refuseArgument("method", "pay with method=cash or method=comp, or under --test method=test", &reply)
        }
        guard let amount = ask.slot(.amount)?.value, amount >= 0 else {
            return refuseArgument("amount", "say amount= in minor units, as total= of the hold", &reply)
        }
        var outcome: TestOutcome?
        if let token = ask.slot(.token) {
            outcome = TestOutcome(ask.bytes(token))
            if method != .test || outcome == nil {
                return refuseArgument(
                    "token", "method=test takes token=paid, declined, paid:30s or declined:30s", &reply)
            }
        }
        guard let found = findHold(ask, &reply) else { return }
        guard case .open(let slot) = found, books.holds[slot].state == .held else {
            return refuseState(found, "a hold is paid once: CONFIRM it when it is paid", &reply)
        }
        let hold = books.holds[slot]
        let total = method == .comp ? 0 : hold.totalMinor
        guard amount == total else {
            reply.error(.amountMismatch)
            reply.field(.total, total)
            appendCurrency(Int(hold.event), &reply)
            reply.field(.hint, method == .comp ? "comp wants amount=0" : "send amount= as the hold's total=")
            return
        }
        if let outcome, !outcome.succeeds, outcome.seconds == 0 {
            reply.error(.paymentDeclined)
            reply.field(.hint, "the payment was declined: the seats are still held, PAY again with another method")
            return
        }
        let isPaying = outcome.map { $0.seconds > 0 } ?? false
        guard books.lastPayment < .max else {
            reply.error(.busy, retry: .later)
            reply.field(.hint, "this shard has no numbers for payments left: tell the operator")
            return
        }
        begin(.paid, ask, &record)
        record.append(hold.serial)
        record.append(books.lastPayment + 1)
        record.append(method.rawValue)
        record.append(isPaying ? HoldState.paying.rawValue : HoldState.paid.rawValue)
        record.append(total)
        record.append(
            isPaying ? ask.now.adding(seconds: outcome?.seconds ?? 0).milliseconds : Instant.never.milliseconds)
        record.append(outcome?.succeeds ?? true ? UInt8(1) : 0)
        commit(&record, &effects)
        reply.line(.ok)
        append(books.holdID(hold.serial), .hold, &reply)
        append(IssuedID(kind: .payment, shard: books.shard, serial: UInt64(books.lastPayment)), .payment, &reply)
        reply.field(.state, isPaying ? HoldState.paying.word : HoldState.paid.word)
    }

    mutating func confirm(
        _ ask: Ask, _ record: inout RecordWriter, _ reply: inout ReplyWriter, _ effects: inout Effects
    ) {
        guard let found = findHold(ask, &reply) else { return }
        guard case .open(let slot) = found else {
            return refuseState(found, "the hold is confirmed already: GET shows the order", &reply)
        }
        let hold = books.holds[slot]
        guard hold.state == .paid || (hold.state == .held && hold.totalMinor == 0) else {
            return refuseState(
                found,
                hold.state == .paying
                    ? "wait until the payment is through, then send it again" : "PAY the hold's total= first", &reply)
        }
        let order = books.orders.count
        let first = books.tickets.count
        writeConfirmed(slot, at: ask.now, &record)
        commit(&record, &effects)
        reply.line(.ok)
        append(books.orderID(order), .order, &reply)
        reply.beginText(.tickets, .list)
        for index in 0..<Int(hold.itemCount) {
            if index > 0 { reply.appendText(byte: UInt8(ascii: ",")) }
            books.ticketID(first + index).append(to: &reply, keys: books.keys)
        }
        reply.endText()
        reply.beginText(.codes, .list)
        for index in 0..<Int(hold.itemCount) {
            if index > 0 { reply.appendText(byte: UInt8(ascii: ",")) }
            TicketCode(
                shard: books.shard, serial: books.firstTicketSerial + UInt64(first + index),
                generation: UInt16(books.tickets[first + index].generation)
            ).append(to: &reply, keys: books.keys)
        }
        reply.endText()
    }

    func writeConfirmed(_ slot: Int, at now: Instant, _ record: inout RecordWriter) {
        record.begin(type: LedgerRecord.confirmed.rawValue, at: now)
        record.append(books.holds[slot].serial)
        record.append(books.firstOrderSerial + UInt64(books.orders.count))
        record.append(books.firstTicketSerial + UInt64(books.tickets.count))
    }
}
