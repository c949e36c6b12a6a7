// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

/// Rows are passed over by groups of 64, and by the categories of their seats: what is found must be what a search of
/// every row finds.
@Suite("HOLD best=N among many rows")
struct BestOfManyRowsTests {
    private struct Row {
        var label: String
        var category: Int
        var isAccessible: Bool
        var free: [Bool]
    }

    /// 200 rows of 1 to 4 seats in 80 categories, each accessible or not, behind those of another event.
    private func house(_ random: inout Seeded) -> (desk: Desk, rows: [Row]) {
        let rows = (0..<200).map { number in
            Row(
                label: "s/\(number)", category: number < 80 ? number : Int.random(in: 0..<80, using: &random),
                isAccessible: Int.random(in: 0..<5, using: &random) == 0,
                free: Array(repeating: true, count: Int.random(in: 1...4, using: &random)))
        }
        let desk = Desk(
            rows.map {
                let seats = "1-\($0.free.count)"
                return .row(
                    $0.label, seats, categories: "\(seats):c\($0.category)", accessible: $0.isAccessible ? seats : "")
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
    private func expected(_ count: Int, _ rows: [Row], allows: (Row) -> Bool) -> [String]? {
        for allowsOrphan in [false, true] {
            for row in rows where allows(row) {
                let starts = (0...max(row.free.count - count, 0)).filter { start in
                    guard start + count <= row.free.count, row.free[start..<(start + count)].allSatisfy(\.self) else {
                        return false
                    }
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
            let (filter, allows): (String, (Row) -> Bool) =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: ("category=c\(wanted)", { $0.category == wanted })
                case 1: ("max=\(100 + wanted)", { $0.category <= wanted })
                case 2: ("accessible=yes", { $0.isAccessible })
                case 3: ("accessible=yes max=\(100 + wanted)", { $0.isAccessible && $0.category <= wanted })
                default: ("", { _ in true })
                }
            let answer = desk("HOLD gala best=\(count) together=yes \(filter)", as: "b\(step)")
            if let seats = expected(count, rows, allows: allows) {
                #expect(answer.seats == seats, "step \(step): best=\(count) \(filter)")
                holds.append((answer.hold, answer.seats))
                mark(answer.seats, free: false)
                found += 1
            } else {
                let free = rows.filter(allows).reduce(0) { $0 + $1.free.count { $0 } }
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
