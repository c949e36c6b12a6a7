// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc

// What seats take of memory: a house on one thread, its disk a storage that forgets, is given events, then sells a part of
// their seats, and says how much resident memory each step took, search index and published maps included. Only a release
// build says anything:
//
//     swift run -c release bench-scale                                  2,000 events of 5,000 seats
//     swift run -c release bench-scale --events 10000                   50 million seats
//     swift run -c release bench-scale --order 4 --buyers 100000        four seats an order, with buyers
//     swift run -c release bench-scale --json                           one object, for tools/bench/scale
//
// Exit codes: 0 done, 1 a line was not answered as it should be, 64 wrong usage.

func fail(_ what: String, status: Int32 = 1) -> Never {
    print("bench-scale: \(what)")
    exit(status)
}

struct Options {
    var events = 2_000
    var seats = 5_000
    /// Seats of an order.
    var order = 1
    var sold = 0.5
    /// Different buyers; 0 sells without naming one.
    var buyers = 0
    var isJSON = false

    init(_ arguments: [String]) {
        var left = arguments[...]
        func number(_ range: ClosedRange<Int>) -> Int {
            guard let value = left.popFirst().flatMap({ Int($0) }), range.contains(value) else { Self.explain(64) }
            return value
        }
        while let argument = left.popFirst() {
            switch argument {
            case "--events": events = number(1...1_000_000)
            case "--seats": seats = number(100...250_000) / SeatSales.seatsInRow * SeatSales.seatsInRow
            case "--order": order = number(1...100)
            case "--sold": sold = Double(number(1...100)) / 100
            case "--buyers": buyers = number(0...10_000_000)
            case "--json": isJSON = true
            default: Self.explain(argument == "--help" || argument == "-h" ? 0 : 64)
            }
        }
        guard SeatSales.seatsInRow % order == 0 else { fail("--order must divide \(SeatSales.seatsInRow)", status: 64) }
    }

    private static func explain(_ status: Int32) -> Never {
        print(
            """
            usage: bench-scale [--events N] [--seats N] [--order N] [--sold PER-CENT] [--buyers N] [--json]

              --events N      events (2000)
              --seats N       numbered seats of each, in rows of 100 (5000)
              --order N       seats of an order: 1, 2, 4, 5, 10, 20, 25, 50 or 100 (1)
              --sold N        per cent of the seats that are sold (50)
              --buyers N      different buyers, whose names then count; 0 for none (0)
              --json          print one JSON object
            """)
        exit(status)
    }
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
do {
    let steps = try SeatSales(options).run()
    print(options.isJSON ? steps.json : steps.text)
} catch {
    fail("\(error)")
}
