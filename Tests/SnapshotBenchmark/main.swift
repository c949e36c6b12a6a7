// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Glibc
import Journal

// What snapshots cost a shard that sells, and how long a start takes: one shard with many seats, half of them sold, on
// a real disk, with bookings at full speed. Only a release build says anything:
//
//     swift run -c release bench-snapshots --events 2000 --seats 5000
//
// It measures what one thread does: requests are parsed, decided, journalled, answered; sockets are not part of it.

struct Options {
    var events = 200
    var seats = 5_000
    var seconds = 5
    var rounds = 3
    var records = 0
    var parcels = 16
    var directory = "/tmp/boxoffice-bench-snapshots"
    var isRestartOnly = false

    init(_ arguments: [String]) {
        var left = arguments[...]
        func number() -> Int { left.popFirst().flatMap { Int($0) } ?? 0 }
        while let argument = left.popFirst() {
            switch argument {
            case "--events": events = max(1, number())
            case "--seats": seats = max(200, number() / 200 * 200)
            case "--seconds": seconds = max(1, number())
            case "--rounds": rounds = max(1, number())
            case "--records": records = number()
            case "--parcels": parcels = max(1, number())
            case "--directory": directory = left.popFirst() ?? directory
            case "--restart-only": isRestartOnly = true
            default: Self.explain(argument)
            }
        }
    }

    private static func explain(_ argument: String) -> Never {
        print(
            """
            usage: bench-snapshots [--events N] [--seats N] [--seconds S] [--rounds N] [--records N] [--parcels N] [--directory DIR]
                   [--restart-only]

              --events N     events on the shard (200)
              --seats N      numbered seats of each, in rows of 100 (5000); every other row is sold, four to an order
              --seconds S    how long each stretch without a snapshot lasts (5)
              --rounds N     stretches without a snapshot, and with one, in turns (3)
              --records N    go on until so many requests were made, for the time of a replay (0)
              --parcels N    parcels of 32 to 64 requests under way at once, which a turn may take all (16)
              --directory D  made anew, and left there
              --restart-only only measure how long the shard that an earlier run left there takes to come back
            """)
        exit(argument == "--help" || argument == "-h" ? 0 : 64)
    }
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
if !options.isRestartOnly {
    let rig = try Rig(
        directory: options.directory, events: options.events, seats: options.seats, parcels: options.parcels)
    try rig.run(seconds: options.seconds, rounds: options.rounds, recordsMin: options.records)
}
try Restart.measure(directory: options.directory)
