// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("What is refused, and with which code")
struct LedgerRefusalTests {
    private func refused(_ answer: Answer, _ code: ErrorCode, _ fields: [Field: String] = [:]) {
        #expect(answer.code == code, "\(answer)")
        for (field, value) in fields { #expect(answer[field] == value, "\(answer)") }
        #expect(answer[.hint]?.isEmpty == false, "every refusal says what to do: \(answer)")
    }

    // MARK: Role

    @Test("only operators change events, prices and blocked seats")
    func operatorsOnly() {
        let desk = Desk().openGala()
        for line in [
            "EVENT ADD x venue=studio title=X starts=2031-05-01T19:30Z", "EVENT SET gala limit=2", "EVENT OPEN gala",
            "EVENT CLOSE gala", "EVENT CANCEL gala", "PRICE SET gala standard 1", "BLOCK gala stalls/A/1",
            "UNBLOCK gala stalls/A/1", "RESET", "CHECKIN NOCODE",
        ] {
            refused(desk(line, as: "ada", role: .buyer), .forbidden)
        }
        #expect(desk.map() == ".......... ..........")
    }

    @Test("a gate does nothing but check in")
    func gates() {
        let desk = Desk().openGala()
        for line in ["HOLD gala stalls/A/1", "MINE", "GET H0", "CONFIRM H0", "BLOCK gala stalls/A/1"] {
            refused(desk(line, role: .gate), .forbidden)
        }
        refused(desk("CHECKIN NOCODE", role: .gate), .notFound)
    }

    @Test("buyers neither take cash nor give tickets away")
    func cashAndComp() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada", role: .buyer).hold
        refused(desk("PAY \(hold) amount=4500 method=cash", as: "ada", role: .buyer), .forbidden)
        refused(desk("PAY \(hold) amount=0 method=comp", as: "ada", role: .buyer), .forbidden)
        #expect(desk("PAY \(hold) amount=4500 method=test", as: "ada", role: .buyer).isOK)
    }

    // MARK: Existence and ownership

    @Test("a draft is seen by operators only")
    func drafts() {
        let desk = Desk()
        desk("EVENT ADD gala venue=studio title=Gala starts=2031-05-01T19:30Z")
        refused(desk("HOLD gala stalls/A/1", as: "ada", role: .buyer), .notFound, [.event: "gala"])
        refused(desk("HOLD gala stalls/A/1"), .notOnSale, [.state: "draft"])
        refused(desk("HOLD gola stalls/A/1"), .notFound, [.event: "gola"])
    }

    @Test("ended by time, somebody else's, and never issued are three answers")
    func threeAnswers() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        for line in ["GET", "EXTEND", "RELEASE", "CONFIRM"] {
            refused(desk("\(line) \(hold)", as: "bob"), .forbidden)
            refused(desk("\(line) H0000000000000", as: "ada"), .notFound)
        }
        refused(desk("PAY \(hold) amount=4500 method=cash", as: "bob"), .forbidden)
        desk.advance(seconds: 600)
        for line in ["GET", "EXTEND", "RELEASE", "CONFIRM"] {
            refused(desk("\(line) \(hold)", as: "ada"), .holdExpired, [.ended: "time"])
            refused(desk("\(line) \(hold)", as: "bob"), .forbidden)
        }
        refused(desk("PAY \(hold) amount=4500 method=cash", as: "ada"), .holdExpired)
        desk.advance(milliseconds: 86_400_000 - 1)
        refused(desk("GET \(hold)", as: "ada"), .holdExpired)
        desk.advance(milliseconds: 1)
        refused(desk("GET \(hold)", as: "ada"), .notFound)
    }

    @Test("an id or code of another shard, kind or generation is none, whatever has its number here")
    func idsOfOthers() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        desk("PAY \(hold) amount=4500 method=cash")
        let order = desk("CONFIRM \(hold)")
        let open = desk("HOLD gala stalls/A/2", as: "ada").hold
        #expect(desk("GET \(open)").isOK)
        let keys = desk.ledger.issuedIDKeys
        func text(_ append: (inout ReplyWriter) -> Void) -> String {
            var reply = ReplyWriter()
            reply.begin(client: 0, ticket: 0)
            append(&reply)
            return String(decoding: reply.bytes.dropFirst(ReplyWriter.frameHeaderBytes), as: UTF8.self)
        }
        guard let own = IssuedID.decode(Array(open.utf8).span, keys: keys),
            let code = TicketCode.decode(Array(order.codes[0].utf8).span, keys: keys)
        else {
            Issue.record("the ids that were issued are none")
            return
        }
        #expect(own.shard == 3)
        for (kind, shard) in [(.hold, 2), (.order, 3), (.payment, 3), (.ticket, 3)] as [(IssuedKind, UInt8)] {
            let id = text { IssuedID(kind: kind, shard: shard, serial: own.serial).append(to: &$0, keys: keys) }
            refused(desk("RELEASE \(id)"), .notFound)
        }
        #expect(desk.map() == "xh........ ..........")
        for (shard, generation) in [(2, code.generation), (3, code.generation + 1)] as [(UInt8, UInt16)] {
            let other = text {
                TicketCode(shard: shard, serial: code.serial, generation: generation).append(to: &$0, keys: keys)
            }
            refused(desk("CHECKIN \(other)"), .notFound)
        }
        #expect(desk("CHECKIN \(order.codes[0])").isOK)
    }

    @Test("while nothing can be written, changes are READ_ONLY; looks and known keys are answered")
    func readOnly() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1 key=k", as: "ada").hold
        desk.ledger.refusesChanges = true
        let records = desk.journal.count
        for line in ["HOLD gala stalls/A/2", "HOLD gala stalls/A/2 key=new", "RELEASE \(hold)", "EVENT CLOSE gala"] {
            refused(desk(line), .readOnly)
        }
        #expect(desk.journal.count == records && desk.map() == "h......... ..........")
        #expect(desk("GET \(hold)").isOK)
        let replayed = desk("HOLD gala stalls/A/1 key=k", as: "ada")
        #expect(replayed.hold == hold && replayed[.replayed] == "yes")
        desk.ledger.refusesChanges = false
        #expect(desk("HOLD gala stalls/A/2 key=new").isOK, "what was refused so is not kept beside its key")
    }

    @Test("orders and tickets are shown to their buyer and to operators")
    func lookingAtOrders() {
        let desk = Desk().openGala()
        let sold = desk.sell("stalls/A/1-2", to: "ada")
        refused(desk("GET \(sold.order)", as: "bob"), .forbidden)
        refused(desk("GET \(sold.tickets[0])", as: "bob"), .forbidden)
        refused(desk("CANCEL \(sold.order)", as: "bob"), .forbidden)
        let order = desk("GET \(sold.order)")
        #expect(order[.buyer] == "ada")
        #expect(order[.state] == "confirmed")
        #expect(order[.total] == "9000")
        #expect(order[.refund] == "0")
        #expect(order.tickets == sold.tickets)
        let ticket = desk("GET \(sold.tickets[1])", as: "ada")
        #expect(ticket[.seat] == "stalls/A/2")
        #expect(ticket[.event] == "gala")
        #expect(ticket[.state] == "valid")
        #expect(ticket[.codes] == nil && ticket[.code] == nil)
        for id in ["O0000000000000", "T0000000000000", "P0000000000000", "gala", ""] {
            refused(desk("GET \"\(id)\" ", as: "ada"), id.isEmpty ? .badArgument : .notFound)
        }
    }

    // MARK: Seats

    @Test("each seat that is held, being paid, sold or blocked is named")
    func takenSeats() {
        let desk = Desk().openGala()
        desk("HOLD gala stalls/A/1", as: "ada")
        let paying = desk("HOLD gala stalls/A/2", as: "ada").hold
        desk("PAY \(paying) amount=4500 method=test token=paid:30s", as: "ada")
        desk.sell("stalls/A/3", to: "ada")
        desk("BLOCK gala stalls/A/4")
        #expect(desk.map() == "hpxb...... ..........")
        let answer = desk("HOLD gala stalls/A/5,stalls/A/1-4", as: "ada")
        refused(answer, .seatTaken, [.seats: "stalls/A/1,stalls/A/2,stalls/A/3,stalls/A/4", .hint: "HOLD gala best=5"])
        #expect(answer.retry == .never)
        #expect(desk.map() == "hpxb...... ..........", "all or none")
    }

    @Test("seats that are not there are named, seats named twice and unreadable lists are BAD_ARG")
    func addresses() {
        let desk = Desk([.row("s/A", "1-4"), .area("lawn", 5)]).openGala()
        refused(desk("HOLD gala s/A/9,s/A/1,s/B/1,pit:2"), .notFound, [.seats: "s/A/9,s/B/1,pit:2"])
        refused(desk("HOLD gala s/A/1,s/A/1"), .badArgument, [.argument: "seats"])
        refused(desk("HOLD gala s/A/1,lawn,lawn:2"), .badArgument, [.argument: "seats"])
        refused(desk("HOLD gala s/A/"), .badArgument, [.argument: "seats"])
        refused(desk("HOLD gala"), .badArgument, [.argument: "seats"])
        refused(desk("HOLD gala s/A/1 best=2"), .badArgument, [.argument: "best"])
        refused(desk("HOLD gala best=0"), .badArgument, [.argument: "best"])
        refused(desk("HOLD gala best=-1"), .badArgument, [.argument: "best"])
        let many = desk("HOLD gala lawn:6")
        refused(many, .notEnoughSeats, [.free: "5", .area: "lawn"])
        #expect(many.retry == .later)
    }

    // MARK: Limits

    @Test("one hold takes a hundred seats, and not one more")
    func seatsPerHold() {
        let desk = Desk([.row("s/A", "1-150"), .area("lawn", 500)]).openGala("limit=1000")
        #expect(desk("HOLD gala s/A/1-100", as: "ada").seats.count == 100)
        refused(desk("HOLD gala s/A/1-101", as: "ada"), .limitExceeded, [.limit: "100"])
        refused(desk("HOLD gala lawn:101", as: "ada"), .limitExceeded, [.limit: "100"])
        refused(desk("HOLD gala best=101"), .limitExceeded, [.limit: "100"])
        refused(desk("HOLD gala lawn:999999"), .limitExceeded, [.limit: "100"])
        refused(desk("HOLD gala best=9223372036854775807"), .limitExceeded, [.limit: "100"])
        #expect(desk("HOLD gala lawn:100").isOK)
    }

    @Test("the event's limit= counts seats held and sold, of buyers and not of operators")
    func seatsPerBuyer() {
        let desk = Desk().openGala("limit=3")
        desk.sell("stalls/A/1", to: "ada")
        #expect(desk("HOLD gala stalls/A/2-3", as: "ada").isOK)
        refused(desk("HOLD gala stalls/A/4", as: "ada"), .limitExceeded, [.limit: "3", .held: "3"])
        refused(desk("HOLD gala best=1", as: "ada", role: .buyer), .limitExceeded)
        #expect(desk("HOLD gala stalls/A/4-8").isOK, "an operator as such is not bound")
        #expect(desk("HOLD gala stalls/B/1-3", as: "bob").isOK)
        refused(desk("HOLD gala stalls/A/1", as: "bob"), .limitExceeded)
        desk.advance(seconds: 600)
        #expect(desk("HOLD gala stalls/A/2-3", as: "ada").isOK, "what ended counts no more")
    }

    @Test("a buyer has twenty open holds at an event, and not one more")
    func openHolds() {
        let desk = Desk([.row("s/A", "1-30")]).openGala("limit=99")
        var last = ""
        for seat in 1...20 { last = desk("HOLD gala s/A/\(seat)", as: "ada").hold }
        refused(desk("HOLD gala s/A/21", as: "ada"), .limitExceeded, [.limit: "20"])
        desk("RELEASE \(last)", as: "ada")
        #expect(desk("HOLD gala s/A/21", as: "ada").isOK)
        for seat in 22...30 { #expect(desk("HOLD gala s/A/\(seat)").isOK) }
    }

    @Test("BLOCK names two thousand seats, and not one more")
    func blockLimit() {
        let desk = Desk((0..<3).map { .row("s/\($0)", "1-1000") })
        desk.checksEverything = false
        desk.openGala()
        #expect(desk("BLOCK gala s/0/1-1000,s/1/1-1000")[.count] == "2000")
        refused(desk("BLOCK gala s/2/1-1000,s/1/1-1000,s/0/1"), .limitExceeded, [.limit: "2000"])
        #expect(desk("UNBLOCK gala s/0/1-1000,s/1/1-1000").isOK)
    }

    @Test("a hold is extended once")
    func extending() {
        let desk = Desk().openGala("hold=100s")
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        desk.advance(seconds: 99)
        let extended = desk("EXTEND \(hold)", as: "ada")
        #expect(extended[.ttl] == "100")
        refused(desk("EXTEND \(hold)", as: "ada"), .limitExceeded, [.limit: "1"])
        desk.advance(seconds: 99)
        #expect(desk("GET \(hold)", as: "ada")[.state] == "held")
        desk.advance(seconds: 1)
        refused(desk("GET \(hold)", as: "ada"), .holdExpired)
    }

    // MARK: States

    @Test("while paying or paid, PAY, EXTEND and RELEASE are WRONG_STATE")
    func payingOrPaid() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        refused(desk("CONFIRM \(hold)", as: "ada"), .wrongState, [.state: "held"])
        #expect(desk("PAY \(hold) amount=4500 method=test token=paid:30s", as: "ada")[.state] == "paying")
        for (state, seconds) in [("paying", 30), ("paid", 0)] as [(String, Int64)] {
            refused(desk("PAY \(hold) amount=4500 method=cash", as: "ada"), .wrongState, [.state: state])
            refused(desk("EXTEND \(hold)", as: "ada"), .wrongState, [.state: state])
            refused(desk("RELEASE \(hold)", as: "ada"), .wrongState, [.state: state])
            if state == "paying" { refused(desk("CONFIRM \(hold)", as: "ada"), .wrongState, [.state: state]) }
            desk.advance(seconds: seconds)
        }
        let order = desk("CONFIRM \(hold)", as: "ada").order
        refused(desk("CONFIRM \(hold)", as: "ada"), .wrongState, [.state: "confirmed", .order: order])
        #expect(desk("GET \(hold)", as: "ada")[.order] == order)
    }

    @Test("another amount than the total is AMOUNT_MISMATCH, and says the total")
    func amounts() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1-2", as: "ada").hold
        for amount in ["8999", "9001", "0", "9223372036854775807"] {
            refused(
                desk("PAY \(hold) amount=\(amount) method=cash", as: "ada"), .amountMismatch,
                [.total: "9000", .currency: "EUR"])
        }
        refused(desk("PAY \(hold) amount=9000 method=comp", as: "ada"), .amountMismatch, [.total: "0"])
        refused(desk("PAY \(hold) method=cash", as: "ada"), .badArgument, [.argument: "amount"])
        for line in ["method=stripe", "method=gold", ""] {
            refused(desk("PAY \(hold) amount=9000 \(line)", as: "ada"), .badArgument, [.argument: "method"])
        }
        for token in ["maybe", "paid:", "paid:s", "paid:5", "paid:-5s", "paid:5d", "paid:99999999s", ":5s"] {
            refused(
                desk("PAY \(hold) amount=9000 method=test token=\(token)", as: "ada"), .badArgument,
                [.argument: "token"])
        }
        refused(desk("PAY \(hold) amount=9000 method=test token=declined", as: "ada"), .paymentDeclined)
        #expect(desk("GET \(hold)", as: "ada")[.state] == "held")
    }

    @Test("the test method is there only in test mode")
    func testMode() {
        let desk = Desk(testMode: false).openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        refused(desk("PAY \(hold) amount=4500 method=test", as: "ada"), .badArgument, [.argument: "method"])
        refused(desk("RESET"), .unknownCommand)
    }

    @Test("closed and cancelled events sell nothing")
    func notOnSale() {
        let desk = Desk().openGala()
        let hold = desk("HOLD gala stalls/A/1", as: "ada").hold
        desk("EVENT CLOSE gala")
        refused(desk("HOLD gala stalls/A/2", as: "ada"), .notOnSale, [.state: "closed"])
        #expect(desk("PAY \(hold) amount=4500 method=cash").isOK, "what was held before may be bought")
        desk("EVENT CANCEL gala")
        let answer = desk("HOLD gala stalls/A/2", as: "ada")
        refused(answer, .notOnSale, [.state: "cancelled"])
        refused(desk("GET \(hold)", as: "ada"), .holdExpired, [.ended: "refunded"])
        for line in [
            "EVENT OPEN gala", "EVENT CLOSE gala", "EVENT CANCEL gala", "BLOCK gala stalls/A/1",
            "UNBLOCK gala stalls/A/1", "PRICE SET gala standard 5",
        ] {
            refused(desk(line), .wrongState, [.state: "cancelled"])
        }
    }

    @Test("a buyer's name has 64 bytes at most")
    func buyerNames() {
        let desk = Desk().openGala()
        let name = String(repeating: "b", count: 64)
        #expect(desk("HOLD gala stalls/A/1", as: name).isOK)
        refused(desk("HOLD gala stalls/A/2", as: name + "b"), .badArgument, [.argument: "buyer"])
    }

    @Test("a time that goes backward, or past the year 9999, is held at its bounds")
    func times() {
        let desk = Desk().openGala()
        desk("HOLD gala stalls/A/1", as: "ada")
        desk.now = Instant(milliseconds: 0)
        #expect(desk("HOLD gala stalls/A/2", as: "ada").isOK)
        desk.now = .never
        #expect(desk("HOLD gala stalls/A/1", as: "ada").isOK)
        #expect(desk.ledger.lastRecorded == .latest)
    }

    @Test("a verb that is not a shard's is not answered as if it were")
    func foreignVerbs() {
        refused(Desk()("VIEW gala"), .unknownCommand)
    }
}

extension Desk {
    /// Holds, pays and confirms.
    @discardableResult
    func sell(_ seats: String, to buyer: String, event: String = "gala") -> Answer {
        let held = self("HOLD \(event) \(seats)", as: buyer)
        self("PAY \(held.hold) amount=\(held[.total] ?? "") method=cash", as: buyer)
        return self("CONFIRM \(held.hold)", as: buyer)
    }
}
