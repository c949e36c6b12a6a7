// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("HOLD best=N")
struct BestAvailableTests {
    /// What the rule says for one row, by looking at every start: nil where no neighbours are free.
    private func bestStart(_ count: Int, free: [Bool], gapsAfter: Set<Int>) -> Int? {
        func runs(_ free: [Bool]) -> [Range<Int>] {
            var runs: [Range<Int>] = []
            for seat in free.indices where free[seat] {
                if let last = runs.last, last.upperBound == seat, !gapsAfter.contains(seat - 1) {
                    runs[runs.count - 1] = last.lowerBound..<(seat + 1)
                } else {
                    runs.append(seat..<(seat + 1))
                }
            }
            return runs
        }
        let before = runs(free)
        var best: (orphan: Int, distance: Int, start: Int)?
        for start in 0...max(free.count - count, 0) {
            guard before.contains(where: { $0.lowerBound <= start && start + count <= $0.upperBound }) else { continue }
            var after = free
            for seat in start..<(start + count) { after[seat] = false }
            let orphans = runs(after).filter { $0.count == 1 && !before.contains($0) }
            let key = (orphans.isEmpty ? 0 : 1, abs(2 * start + count - free.count), start)
            if best.map({ key < ($0.orphan, $0.distance, $0.start) }) ?? true { best = key }
        }
        return best?.start
    }

    @Test(
        "neighbours in one row are those that a search over all finds, for every row up to ten seats and every N",
        arguments: [
            (1, ""), (2, ""), (3, ""), (4, ""), (5, ""), (6, ""), (7, ""), (8, ""), (9, ""), (10, ""), (8, "3"),
            (9, "2,5"), (7, "1,6"),
        ])
    func neighbours(length: Int, gaps: String) {
        let desk = Desk([.row("s/A", "1-\(length)", gaps: gaps)]).openGala()
        desk.checksEverything = false
        let gapsAfter = Set(gaps.split(separator: ",").compactMap { Int($0) }.map { $0 - 1 })
        var free = Array(repeating: true, count: length)
        // Gray code: each step changes one seat, and all sets of free seats come up.
        for code in 0..<(1 << length) {
            if code > 0 {
                let seat = code.trailingZeroBitCount
                desk("\(free[seat] ? "BLOCK" : "UNBLOCK") gala s/A/\(seat + 1)")
                free[seat].toggle()
            }
            for count in 1...length {
                let answer = desk("HOLD gala best=\(count) together=yes")
                if let start = bestStart(count, free: free, gapsAfter: gapsAfter) {
                    #expect(answer.seats == (start..<(start + count)).map { "s/A/\($0 + 1)" }, "\(desk.map()) \(count)")
                    desk("RELEASE \(answer.hold)")
                } else {
                    #expect(answer.code == .notEnoughSeats)
                    #expect(answer[.free] == String(free.filter { $0 }.count))
                }
            }
        }
    }

    @Test("where neighbours do not suffice, it takes the fewest rows, then the shortest stretch, then the first")
    func splitting() {
        let desk = Desk((0..<4).map { .row("s/\($0)", "1-3") }).openGala("limit=99")
        desk.checksEverything = false
        var free = Array(repeating: true, count: 12)
        for code in 0..<(1 << 12) {
            if code > 0 {
                let seat = code.trailingZeroBitCount
                desk("\(free[seat] ? "BLOCK" : "UNBLOCK") gala s/\(seat / 3)/\(seat % 3 + 1)")
                free[seat].toggle()
            }
            guard code % 7 == 0 else { continue }
            let counts = (0..<4).map { row in (0..<3).filter { free[row * 3 + $0] }.count }
            for count in 2...12 {
                let answer = desk("HOLD gala best=\(count)")
                guard answer.isOK else {
                    #expect(counts.reduce(0, +) < count)
                    continue
                }
                let rows = Set(answer.seats.compactMap { Int($0.split(separator: "/")[1]) }).sorted()
                #expect(answer.seats.count == count)
                #expect(rows == expectedRows(count, counts) || rows.count == 1, "\(desk.map()) \(count): \(answer)")
                desk("RELEASE \(answer.hold)")
            }
        }
    }

    @Test("of one row with more free seats than are asked for, but not side by side, it takes as many as are asked for")
    func splittingWithinARow() {
        let desk = Desk([.row("s/A", "1-6"), .row("s/B", "1-1")]).openGala()
        desk("BLOCK gala s/A/4")
        #expect(desk("HOLD gala best=4").seats == ["s/A/1", "s/A/2", "s/A/3", "s/A/5"])
    }

    @Test("of equally short stretches of rows, it takes the first")
    func equalStretches() {
        let desk = Desk((0..<7).map { .row("s/\($0)", "1-2") }).openGala()
        desk("BLOCK gala s/1/1-2,s/3/1-2,s/5/1-2")
        #expect(desk("HOLD gala best=4").seats == ["s/0/1", "s/0/2", "s/2/1", "s/2/2"])
    }

    /// The rows that the rule takes, by looking at every set of rows.
    private func expectedRows(_ count: Int, _ counts: [Int]) -> [Int] {
        var best: (rows: Int, span: Int, first: Int)?
        for set in 1..<16 {
            let rows = (0..<4).filter { set >> $0 & 1 == 1 }
            guard rows.reduce(0, { $0 + min(counts[$1], count) }) >= count else { continue }
            let key = (rows.count, rows[rows.count - 1] - rows[0], rows[0])
            if best.map({ key < ($0.rows, $0.span, $0.first) }) ?? true { best = key }
        }
        guard let best else { return [] }
        let window = best.first...(best.first + best.span)
        return Array(window.sorted { (-counts[$0], $0) < (-counts[$1], $1) }.prefix(best.rows)).sorted()
    }

    @Test("sections and rows are preferred in the order in which they were added")
    func order() {
        let desk = Desk([.row("z/B", "1-4"), .row("z/A", "1-4"), .row("a/A", "1-4")]).openGala("limit=99")
        #expect(desk("HOLD gala best=4").seats.first == "z/B/1")
        #expect(desk("HOLD gala best=2").seats == ["z/A/1", "z/A/2"], "the middle two would leave two orphans")
    }

    @Test("section=, category=, max= and accessible= say what may be taken")
    func filters() {
        let desk = Desk([
            .row("s/A", "1-6", categories: "1-3:dear,4-6:cheap"), .row("t/A", "1-4", accessible: "3-4"),
            .area("lawn", 5, category: "lawn"), .area("pit", 2, category: "pit"),
        ])
        desk("EVENT ADD gala venue=studio title=G starts=2031-05-01T19:30Z currency=EUR price=500 limit=99")
        desk("PRICE SET gala dear 900")
        desk("PRICE SET gala cheap 300")
        desk("EVENT OPEN gala")
        #expect(desk("HOLD gala best=3 category=cheap").seats == ["s/A/4", "s/A/5", "s/A/6"])
        #expect(desk("HOLD gala best=1 max=400").code == .notEnoughSeats)
        #expect(desk("HOLD gala best=2 accessible=yes").seats == ["t/A/3", "t/A/4"])
        #expect(desk("HOLD gala best=1 accessible=yes")[.free] == "0")
        #expect(desk("HOLD gala best=2 section=t").seats == ["t/A/1", "t/A/2"])
        #expect(desk("HOLD gala best=2 section=lawn").seats == ["lawn:2"])
        #expect(desk("HOLD gala best=2 category=pit").seats == ["pit:2"])
        #expect(desk("HOLD gala best=4 section=lawn")[.free] == "3")
        #expect(desk("HOLD gala best=1 section=nowhere").code == .notFound)
        #expect(desk("HOLD gala best=1 category=nothing").code == .notFound)
        #expect(desk("HOLD gala best=3").seats == ["s/A/1", "s/A/2", "s/A/3"])
        #expect(desk("HOLD gala best=1").code == .notEnoughSeats, "areas are taken when asked for")
    }

    @Test("where too few are free, the hint says what could still help")
    func hints() {
        let desk = Desk([.row("s/A", "1-6", categories: "1-4:dear,5-6:cheap")]).openGala("limit=99")
        func hint(_ request: String) -> String { desk(request)[.hint] ?? "" }
        #expect(hint("HOLD gala best=7").hasSuffix("ask for fewer seats"))
        #expect(hint("HOLD gala best=7 together=yes").contains("leave together= out"))
        #expect(hint("HOLD gala best=3 category=cheap").contains("fewer seats, or leave filters out"))
        desk("HOLD gala best=2 category=cheap")
        #expect(hint("HOLD gala best=1 category=cheap").contains("leave filters out"))
        #expect(!hint("HOLD gala best=1 category=cheap").contains("fewer"))
        desk("HOLD gala best=4")
        #expect(hint("HOLD gala best=1").contains("try again later"))

        let mixed = Desk([.row("s/A", "1-1"), .area("lawn", 2)]).openGala()
        mixed("HOLD gala best=1")
        #expect(mixed("HOLD gala best=1")[.hint]?.contains("an area with section=") == true)
        mixed("HOLD gala lawn:2")
        #expect(mixed("HOLD gala lawn")[.hint] == "try another area")

        // Nothing will come back where there never was anything.
        let none = Desk([]).openGala()
        #expect(none("HOLD gala best=1")[.hint]?.hasPrefix("this event has no seats, for its venue had none") == true)
    }

    @Test("where a plan has only areas, best= takes places of the first that has them all")
    func areasOnly() {
        let desk = Desk([.area("lawn", 3), .area("pit", 5)]).openGala()
        #expect(desk("HOLD gala best=4").seats == ["pit:4"])
        #expect(desk("HOLD gala best=3").seats == ["lawn:3"])
        let none = desk("HOLD gala best=2")
        #expect(none.code == .notEnoughSeats)
        #expect(none[.free] == "1")
    }

    @Test("rows longer than the mask has bits are searched as others are", arguments: [60, 61, 62, 63, 64, 70, 99])
    func longRows(count: Int) {
        for length in [count, count + 1, count + 2, 100] where length <= 100 {
            let desk = Desk([.row("s/A", "1-\(length)")]).openGala("limit=100")
            let start = bestStart(count, free: Array(repeating: true, count: length), gapsAfter: []) ?? -1
            #expect(desk("HOLD gala best=\(count) together=yes").seats.first == "s/A/\(start + 1)")
        }
    }
}
