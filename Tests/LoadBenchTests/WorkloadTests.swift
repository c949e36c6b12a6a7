// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import LoadBench

/// A workload and its one task, fed by hand.
private struct Table<W: Workload> {
    var workload: W
    var task = W.idle
    private(set) var operation = -1

    init(_ workload: W) { self.workload = workload }

    /// The next task's request, without its line feed; nil where there is none.
    mutating func ask() -> String? {
        var requests = RequestBytes(capacity: 0)
        guard let operation = workload.begin(&task, &requests) else { return nil }
        self.operation = operation
        return String(String(decoding: requests.waiting, as: UTF8.self).dropLast())
    }

    /// What it thinks of lines; the judgement of the last, and the request that follows.
    mutating func answer(_ lines: String...) -> (judgement: Judgement, request: String) {
        var requests = RequestBytes(capacity: 0)
        var judgement = Judgement.goesOn
        for line in lines where judgement == .goesOn {
            judgement = workload.judge(Array(line.utf8).span, operation, &task, &requests)
        }
        if case .next(let operation) = judgement { self.operation = operation }
        return (judgement, String(decoding: requests.waiting, as: UTF8.self))
    }
}

private let own = SeatSupply(events: [Array("e0".utf8), Array("e1".utf8)], grid: SeatSupply.Grid(atLeast: 4))
private let given = SeatSupply(event: Array("gala".utf8), free: [Array("stalls/A/3".utf8), Array("stalls/A/4".utf8)])
private let noKeys = KeyWriter(prefix: nil)
private let wrong = Judgement.wrong("")

@Suite("What every scenario asks, and what it takes for right")
struct WorkloadTests {
    @Test("a plan has at least the seats that were asked for, in rows and sections that a plan may have")
    func grids() {
        for wanted in [1, 2, 49, 50, 51, 1_300, 12_500, 12_501, 99_999, 250_000, 1_000_000] {
            let grid = SeatSupply.Grid(atLeast: wanted)
            #expect(grid.seatCount >= min(wanted, 250_000) && grid.seatCount <= 250_000, "\(wanted): \(grid)")
            #expect(grid.rows <= 250 && grid.seats <= 50 && grid.sections <= 20, "\(wanted): \(grid)")
        }
        #expect(SeatSupply.Grid(atLeast: 1_300).seatCount == 1_300)
    }

    @Test("each seat of the supply comes once, and then none")
    func supply() {
        var supply = SeatSupply(events: (0..<3).map { Array("e\($0)".utf8) }, grid: SeatSupply.Grid(atLeast: 120))
        var seen: Set<String> = []
        while let seat = supply.take() {
            var requests = RequestBytes(capacity: 0)
            supply.write(seat, to: &requests)
            seen.insert(String(decoding: requests.waiting, as: UTF8.self))
        }
        #expect(seen.count == supply.seatCount && supply.seatCount == 450)
        #expect(seen.contains("e0 s1/1/1") && seen.contains("e2 s1/3/50"))
    }

    @Test("a hold is right when it is of the very seat")
    func hold() {
        var table = Table(HoldWorkload(supply: own, keys: KeyWriter(prefix: "k")))
        #expect(table.ask() == "HOLD e0 s1/1/1 key=k0")
        #expect(table.answer("OK hold=H7QK2M9XW seats=s1/1/1 total=4500 currency=EUR").judgement == .done)
        #expect(table.ask() == "HOLD e1 s1/1/1 key=k1")
        for planted in [
            "OK hold=H7QK2M9XW seats=s1/1/2 total=4500", "OK hold=H7QK2M9XW seats=s1/1/11", "OK hold=H7QK2M9XW",
            "OK hold=O7QK2M9XW seats=s1/1/1", "OK pong", "ERR SEAT_TAKEN seats=s1/1/1", "ERR BUSY retry=later", "OK",
            "", "ERR", "OK hold=", "OK hold=H", "OK hold=H7 seats=", "OK hold=H7 seats=s1/1",
        ] {
            #expect(table.answer(planted).judgement == wrong, "\(planted)")
        }
        var count = 2
        while table.ask() != nil { count += 1 }
        #expect(count == own.seatCount, "it asks for each seat once")
    }

    @Test("at somebody else's event a taken seat is an outcome, and what was held is given back")
    func holdAtGivenEvent() {
        var table = Table(HoldWorkload(supply: given, keys: noKeys))
        #expect(table.ask() == "HOLD gala stalls/A/3")
        #expect(table.answer("OK hold=H7QK2M9XW seats=stalls/A/3 total=1").judgement == .done)
        #expect(table.ask() == "HOLD gala stalls/A/4")
        #expect(table.answer("OK hold=HAAAA seats=stalls/A/40 total=1").judgement == wrong)
        #expect(table.answer("ERR SEAT_TAKEN seats=stalls/A/4").judgement == .done)
        #expect(table.ask() == nil)
        #expect(table.workload.undoing == ["RELEASE H7QK2M9XW"])
    }

    @Test("a sale pays what the hold says and confirms what is paid")
    func sale() {
        var table = Table(SaleWorkload(supply: own, keys: noKeys))
        #expect(table.ask() == "HOLD e0 s1/1/1")
        let (held, payment) = table.answer("OK hold=H7QK seats=s1/1/1 total=4500 currency=EUR")
        #expect(held == .next(1) && payment == "PAY H7QK amount=4500 method=cash\n")
        let before = table
        for planted in [
            "OK hold=H7QK payment=P1 state=paying", "OK hold=H7Q payment=P1 state=paid", "ERR AMOUNT_MISMATCH",
        ] {
            #expect(table.answer(planted).judgement == wrong, "\(planted)")
        }
        table = before
        let (paid, confirmation) = table.answer("OK hold=H7QK payment=P1 state=paid")
        #expect(paid == .next(2) && confirmation == "CONFIRM H7QK\n")
        for planted in ["OK order=O5 tickets=", "OK order=O5", "OK order=T5 tickets=T1 codes=1", "ERR WRONG_STATE"] {
            #expect(table.answer(planted).judgement == wrong, "\(planted)")
        }
        #expect(table.answer("OK order=O5 tickets=T1 codes=9F").judgement == .done)
    }

    @Test("what costs nothing is confirmed without a payment")
    func freeOfCharge() {
        var table = Table(SaleWorkload(supply: own, keys: noKeys))
        _ = table.ask()
        let (held, request) = table.answer("OK hold=H7QK seats=s1/1/1 total=0 currency=EUR")
        #expect(held == .next(2) && request == "CONFIRM H7QK\n")
    }

    @Test("the best seats are as many as asked for, and none of them twice")
    func best() {
        var table = Table(BestWorkload(supply: own, seats: 2, keys: noKeys))
        #expect(table.ask() == "HOLD e0 best=2")
        #expect(table.answer("OK hold=H1 seats=s1/1/1,s1/1/2 total=1").judgement == .done)
        #expect(table.ask() == "HOLD e1 best=2")
        #expect(table.answer("OK hold=H2 seats=s1/1/1,s1/1/2 total=1").judgement == .done)
        #expect(table.ask() == "HOLD e0 best=2")
        for planted in [
            "OK hold=H3 seats=s1/1/2,s1/1/3", "OK hold=H3 seats=s1/1/4", "OK hold=H3 seats=s1/1/4,s1/1/5",
            "OK hold=H3 seats=s9/1/4,s9/1/5", "OK hold=H3 seats=", "ERR NOT_ENOUGH_SEATS free=2",
        ] {
            #expect(table.answer(planted).judgement == wrong, "\(planted)")
        }
        #expect(table.ask() == "HOLD e1 best=2")
        #expect(table.ask() == nil, "the seats are all asked for")
    }

    @Test("the hot seat has one owner at a time")
    func hotSeat() throws {
        var table = Table(try #require(HotSeatWorkload(supply: own)))
        #expect(table.ask() == "HOLD e0 s1/1/1")
        #expect(table.answer("OK hold=H1 seats=s1/1/1 total=1").judgement == .done)
        #expect(table.ask() == "HOLD e0 s1/1/1")
        #expect(table.answer("OK hold=H2 seats=s1/1/1 total=1").judgement == wrong, "two owners")
        #expect(table.answer("ERR SEAT_TAKEN seats=s1/1/2").judgement == wrong, "another seat")
        for _ in 0..<100 { #expect(table.answer("ERR SEAT_TAKEN seats=s1/1/1 retry=never").judgement == .done) }
        #expect(table.ask() == "RELEASE H1")
        #expect(table.answer("ERR NOT_FOUND").judgement == wrong)
        #expect(table.answer("OK hold=H1 seats=").judgement == .done)
        #expect(table.ask() == "HOLD e0 s1/1/1")
        #expect(table.answer("OK hold=H2 seats=s1/1/1 total=1").judgement == .done, "the next owner")
    }

    @Test("a view that nobody changes is the same to the byte")
    func view() {
        let lines = ["* event e0 title=E", "* row s1/1 labels=1-4 map=....", "OK seq=1 free=4"]
        let scenery = Scenery(event: Array("e0".utf8), lines: lines)
        var still = Table(ViewWorkload([scenery], isStill: true))
        var busy = Table(ViewWorkload([scenery], isStill: false))
        for (index, lines) in [
            lines, [lines[0], "* row s1/1 labels=1-4 map=..x.", "OK seq=2 free=3"], [lines[0], lines[2]],
            [lines[0], lines[1], lines[1], lines[2]], ["* event e1 title=E", lines[1], lines[2]], ["ERR NOT_FOUND"],
            [lines[0], lines[1], "OK seq=1 free=40"], [lines[0], lines[1], "OK seq=1 free="],
        ].enumerated() {
            var judgements: [Judgement] = []
            #expect(still.ask() == "VIEW e0" && busy.ask() == "VIEW e0")
            for isBusy in [false, true] {
                var judgement = Judgement.goesOn
                for line in lines where judgement == .goesOn {
                    judgement = isBusy ? busy.answer(line).judgement : still.answer(line).judgement
                }
                judgements.append(judgement)
            }
            #expect(judgements[0] == (index == 0 ? .done : wrong), "\(lines)")
            #expect(judgements[1] == ([0, 1, 6, 7].contains(index) ? .done : wrong), "\(lines)")
        }
    }

    @Test("a search finds the event with the very title, and counts what it lists")
    func search() {
        var table = Table(SearchWorkload([Question(words: Array("bako rimu".utf8), found: Array("e1".utf8))]))
        #expect(table.ask() == "SEARCH bako rimu")
        #expect(table.answer("* event e0 title=X", "* event e1 title=Y", "OK n=2 total=2").judgement == .done)
        for planted in [
            ["* event e10 title=X", "OK n=1"], ["OK n=0 total=0"], ["* event e1", "OK n=2"], ["ERR BUSY"],
        ] {
            _ = table.ask()
            var judgement = Judgement.goesOn
            for line in planted where judgement == .goesOn { judgement = table.answer(line).judgement }
            #expect(judgement == wrong, "\(planted)")
        }
    }

    @Test("titles differ, and each has questions for it")
    func titles() {
        let titles = (0..<5_000).map(SearchWorkload.title)
        #expect(Set(titles).count == titles.count)
        let questions = SearchWorkload.questions(title: "O'Brien: Tidvatten", event: Array("gala".utf8))
        #expect(questions.map { String(decoding: $0.words, as: UTF8.self) }.first == "brien tidvatten")
        #expect(questions.count == 4 && questions[0].found != nil && questions[3].found == nil)
        #expect(SearchWorkload.questions(title: "…", event: []).isEmpty)
    }

    @Test("a mixed day has a hundred looks to one booking")
    func mixed() {
        var table = Table(
            MixedWorkload(
                view: ViewWorkload([Scenery(event: Array("e0".utf8), lines: ["OK seq=1"])], isStill: false),
                search: SearchWorkload([Question(words: Array("bako".utf8), found: nil)]),
                hold: HoldWorkload(supply: own, keys: noKeys)))
        var asked: [String: Int] = [:]
        for _ in 0..<(101 * 3) { asked[String(table.ask()?.prefix(4) ?? ""), default: 0] += 1 }
        #expect(asked == ["VIEW": 150, "SEAR": 150, "HOLD": 3])
    }

    @Test("free seats are read from a view: ranges, steps, lists and gaps")
    func seatMaps() {
        let view = [
            #"* event gala title="O'Brien Gala" venue=globe"#,
            #"* row stalls/A name="Row A" labels=1-4 map=.h_.."#, "* row stalls/B labels=7-3/2,9,VIP map=..x..",
            "OK seq=3 free=7",
        ]
        let seats = SeatMapReader.freeSeats(view).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            seats == [
                "stalls/A/1", "stalls/A/3", "stalls/A/4", "stalls/B/7", "stalls/B/5", "stalls/B/9", "stalls/B/VIP",
            ])
        #expect(SeatMapReader.title(view) == "O'Brien Gala")
        #expect(SeatMapReader.title([]) == "" && SeatMapReader.title(["* event x title=Short venue=v"]) == "Short")
        #expect(SeatMapReader.expand("1-999999999999999999999,a-b") == ["1-999999999999999999999", "a-b"])
    }
}
