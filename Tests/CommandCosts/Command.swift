// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import CountedHouse

/// One kind of command whose cost is counted.
struct Command: Sendable {
    let name: String
    /// How a right answer begins.
    let answer: String
    /// The lines to count: so many of them, none asked before. May ask the house for what they are about.
    let lines: @Sendable (CountedHouse, Int) -> [String]

    static let all: [Command] = [
        Command(name: "PING", answer: "OK pong") { _, count in .init(repeating: "PING", count: count) },
        Command(name: "HOLD seat", answer: "OK hold=") { _, count in (0..<count).map { "HOLD gala \(seat($0))" } },
        Command(name: "HOLD seat with key", answer: "OK hold=") { _, count in
            (0..<count).map { "HOLD gala \(seat($0)) key=k\(100_000 + $0)" }
        },
        Command(name: "HOLD seat with tag", answer: "@t OK hold=") { _, count in
            (0..<count).map { "@t HOLD gala \(seat($0))" }
        },
        Command(name: "HOLD four seats", answer: "OK hold=") { _, count in
            (0..<count).map { "HOLD gala \(seats($0, 4))" }
        },
        Command(name: "HOLD best=1", answer: "OK hold=") { _, count in
            .init(repeating: "HOLD gala best=1", count: count)
        },
        Command(name: "HOLD best=4", answer: "OK hold=") { _, count in
            .init(repeating: "HOLD gala best=4", count: count)
        },
        Command(name: "HOLD area", answer: "OK hold=") { _, count in
            .init(repeating: "HOLD gala pit:4", count: count)
        },
        Command(name: "HOLD taken", answer: "ERR SEAT_TAKEN") { house, count in
            _ = held(house, 1)
            return .init(repeating: "HOLD gala \(seat(0))", count: count)
        },
        Command(name: "RELEASE", answer: "OK hold=") { house, count in held(house, count).map { "RELEASE \($0)" } },
        Command(name: "PAY", answer: "OK hold=") { house, count in held(house, count).map(payment) },
        Command(name: "CONFIRM", answer: "OK order=") { house, count in
            let holds = held(house, count)
            _ = house.say(holds.map(payment))
            return holds.map { "CONFIRM \($0)" }
        },
        Command(name: "VIEW unchanged", answer: "* event ") { _, count in .init(repeating: "VIEW hall", count: count) },
        Command(name: "SEARCH cached", answer: "* event ") { _, count in
            .init(repeating: "SEARCH brannstrom limit=3", count: count)
        },
    ]

    /// What all commands find: an arena to sell, a hall of 1,300 seats to look at, and some events to search.
    static func furnish(_ house: CountedHouse) -> String {
        var lines = [
            "VENUE ADD arena name=Arena", "SECTION ADD arena/floor rows=1-300 seats=1-100",
            "AREA ADD arena/pit capacity=100000",
            "EVENT ADD gala venue=arena title=Gala starts=2031-05-01T19:30Z currency=EUR price=100", "EVENT OPEN gala",
            "VENUE ADD hall name=Hall city=Lyon", "SECTION ADD hall/stalls rows=1-26 seats=1-50",
            "EVENT ADD hall venue=hall title=Hall starts=2031-05-01T19:30Z currency=EUR price=100", "EVENT OPEN hall",
            "PERFORMER ADD anna name=\"Anna Brännström\"",
        ]
        // Some events for SEARCH, four of which it finds.
        for number in 0..<40 {
            lines.append(
                "EVENT ADD night\(number) venue=hall title=\"Night \(number)\" starts=2031-06-01T19:30Z currency=EUR "
                    + "price=\(100 + number)\(number % 10 == 0 ? " performers=anna" : "")")
        }
        return house.say(lines)
    }

    private static func seat(_ number: Int) -> String { seats(number, 1) }

    private static func seats(_ number: Int, _ count: Int) -> String {
        let place = number * count
        let first = place % 100 + 1
        return "floor/\(place / 100 + 1)/\(first)" + (count > 1 ? "-\(first + count - 1)" : "")
    }

    private static func payment(_ hold: String) -> String { "PAY \(hold) amount=100 method=cash" }

    /// The ids of new holds of a seat each.
    private static func held(_ house: CountedHouse, _ count: Int) -> [String] {
        house.say((0..<count).map { "HOLD gala \(seat($0))" }).split(separator: "\n").map {
            $0.split(separator: " ").first { $0.hasPrefix("hold=") }.map { String($0.dropFirst(5)) } ?? "none"
        }
    }
}
