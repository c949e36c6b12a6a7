// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

/// Rows are passed over by groups of 64, and by the categories of their seats: what is found must be what a search of
/// every row finds.
@Suite("HOLD best=N among many rows")
struct BestOfManyRowsTests {
    private struct Row {
        var label: String
        var categories: [Int]
        var accessible: [Bool]
        var free: [Bool]
    }

    /// 200 rows of 1 to 6 seats in 80 categories, behind those of another event. In most rows all seats are of one category,
    /// and accessible or not; in a third, each is what it is.
    private func house(_ random: inout Seeded) -> (desk: Desk, rows: [Row]) {
        let rows = (0..<200).map { number in
            let count = Int.random(in: 1...6, using: &random)
            let isMixed = number % 3 == 2
            let (category, accessible) = (
                number < 80 ? number : Int.random(in: 0..<80, using: &random),
                Int.random(in: 0..<5, using: &random) == 0
            )
            return Row(
                label: "s/\(number)",
                categories: (0..<count).map { isMixed && $0 > 0 ? Int.random(in: 0..<80, using: &random) : category },
                accessible: (0..<count).map { _ in isMixed ? Bool.random(using: &random) : accessible },
                free: Array(repeating: true, count: count))
        }
        let desk = Desk(
            rows.map { row in
                let seats = row.free.indices
                return .row(
                    row.label, "1-\(row.free.count)",
                    categories: seats.map { "\($0 + 1):c\(row.categories[$0])" }.joined(separator: ","),
                    accessible: seats.filter { row.accessible[$0] }.map { "\($0 + 1)" }.joined(separator: ","))
            })
        desk.checksEverything = false
        desk.addVenue("attic", [.row("s/A", "1-3"), .row("s/B", "1-3"), .row("s/C", "1-3")])
        desk("EVENT ADD matinee venue=attic title=M starts=2031-05-01T14:30Z currency=EUR price=100")
        desk("EVENT OPEN matinee")
        desk.openGala("limit=100")
        for category in 0..<80 { desk("PRICE SET gala c\(category) \(100 + category)") }
        return (desk, rows)
    }

    /// Where the rule puts `count` seats: the row and its first seat.
    private func expected(_ count: Int, _ rows: [Row], allows: (Row, Int) -> Bool) -> [String]? {
        for allowsOrphan in [false, true] {
            for row in rows {
                let starts = (0...max(row.free.count - count, 0)).filter { start in
                    guard start + count <= row.free.count,
                        (start..<(start + count)).allSatisfy({ row.free[$0] && allows(row, $0) })
                    else { return false }
                    let before = row.free[..<start].reversed().prefix { $0 }.count
                    let after = row.free[(start + count)...].prefix { $0 }.count
                    return allowsOrphan || (before != 1 && after != 1)
                }
                let best = starts.min { one, other in
                    let distances = [one, other].map { abs(2 * $0 + count - row.free.count) }
                    return (distances[0], one) < (distances[1], other)
                }
                if let best { return (best..<(best + count)).map { "\(row.label)/\($0 + 1)" } }
            }
        }
        return nil
    }

    @Test("what is found is what a search of every row finds", arguments: [1, 2, 3] as [UInt64])
    func asASearchOfEveryRow(seed: UInt64) throws {
        var random = Seeded(seed)
        var (desk, rows) = house(&random)
        var holds: [(id: String, seats: [String])] = []
        func mark(_ seats: [String], free: Bool) {
            for seat in seats {
                let parts = seat.split(separator: "/").compactMap { Int($0) }
                rows[parts[0]].free[parts[1] - 1] = free
            }
        }
        var (found, refused) = (0, 0)
        for step in 0..<1_500 {
            // Mostly full after a while, and now and then something comes back.
            if Int.random(in: 0..<4, using: &random) == 0, !holds.isEmpty {
                let hold = holds.remove(at: Int.random(in: holds.indices, using: &random))
                #expect(desk("RELEASE \(hold.id)").code == nil)
                mark(hold.seats, free: true)
                continue
            }
            let count = Int.random(in: 1...4, using: &random)
            let wanted = Int.random(in: 0..<80, using: &random)
            let (filter, allows): (String, (Row, Int) -> Bool) =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: ("category=c\(wanted)", { $0.categories[$1] == wanted })
                case 1: ("max=\(100 + wanted)", { $0.categories[$1] <= wanted })
                case 2: ("accessible=yes", { $0.accessible[$1] })
                case 3: ("accessible=yes max=\(100 + wanted)", { $0.accessible[$1] && $0.categories[$1] <= wanted })
                default: ("", { _, _ in true })
                }
            let answer = desk("HOLD gala best=\(count) together=yes \(filter)", as: "b\(step)")
            if let seats = expected(count, rows, allows: allows) {
                #expect(answer.seats == seats, "step \(step): best=\(count) \(filter)")
                holds.append((answer.hold, answer.seats))
                mark(answer.seats, free: false)
                found += 1
            } else {
                let free = rows.reduce(0) { sum, row in
                    sum + row.free.indices.count { row.free[$0] && allows(row, $0) }
                }
                #expect(
                    answer.code == .notEnoughSeats && answer[.free] == String(free),
                    "step \(step): best=\(count) \(filter)")
                refused += 1
            }
            if step % 100 == 0 { #expect(desk.ledger.findContradictions().isEmpty) }
        }
        #expect(found > 200 && refused > 200, "\(found) found, \(refused) refused: the other half was hardly tried")
        #expect(try desk.reopened().ledger.digest == desk.ledger.digest)
    }

    @Test("a row that was passed over is found again once it has seats, in the first group and in the last")
    func foundAgain() {
        let desk = Desk((0..<200).map { .row("s/\($0)", "1-2") }).openGala("limit=1000")
        desk.checksEverything = false
        for row in 0..<200 { desk("BLOCK gala s/\(row)/1-2") }
        #expect(desk("HOLD gala best=2").code == .notEnoughSeats)
        for row in [0, 63, 64, 127, 191, 192, 199] {
            desk("UNBLOCK gala s/\(row)/1-2")
            let held = desk("HOLD gala best=2", as: "b\(row)")
            #expect(held.seats == ["s/\(row)/1", "s/\(row)/2"])
            #expect(desk("HOLD gala best=2").code == .notEnoughSeats)
            desk("RELEASE \(held.hold)")
            #expect(desk("HOLD gala best=2", as: "c\(row)").seats == ["s/\(row)/1", "s/\(row)/2"])
            #expect(desk("HOLD gala best=1")[.free] == "0")
        }
        #expect(desk.ledger.findContradictions().isEmpty)
    }
}
