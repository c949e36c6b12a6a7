// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// `HOLD event best=N`: the daemon chooses, and no seat may be given twice.
struct BestWorkload: Workload {
    struct State: BitwiseCopyable { var event: Int32 = 0 }

    private let supply: SeatSupply
    private let seats: Int
    private var keys: KeyWriter
    private var begun = 0
    /// The seats of own events that were given.
    private var given: [Bool]
    private(set) var undoing: [String] = []

    init(supply: SeatSupply, seats: Int, keys: KeyWriter) {
        self.supply = supply
        self.seats = max(1, seats)
        self.keys = keys
        given = Array(repeating: false, count: supply.isOwn ? supply.seatCount : 0)
    }

    static var idle: State { State() }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        let perEvent = supply.seatCount / supply.events.count / seats
        guard begun < perEvent * supply.events.count else { return nil }
        let event = begun % supply.events.count
        begun += 1
        task.event = Int32(truncatingIfNeeded: event)
        requests.append("HOLD ")
        requests.append(supply.events[event])
        requests.append(" best=")
        requests.append(decimal: seats)
        keys.write(to: &requests)
        requests.endLine()
        return 0
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        guard line.has("OK hold="), let hold = IssuedID(line, at: 8, kind: UInt8(ascii: "H")) else {
            if !supply.isOwn, line.has("ERR NOT_ENOUGH_SEATS") { return .done }
            return .wrong("there are seats enough: OK hold=… seats=…")
        }
        let end = 8 + hold.count
        guard line.has(" seats=", at: end) else { return .wrong("a hold without its seats") }
        if !supply.isOwn { undoing.append("RELEASE " + hold.text) }
        return judgeSeats(line, from: end + 7, event: Int(task.event))
    }

    private mutating func judgeSeats(_ line: Span<UInt8>, from begin: Int, event: Int) -> Judgement {
        var at = begin
        var found = 0
        while true {
            if supply.isOwn {
                guard let index = supply.seatIndex(in: line, at: &at) else { return .wrong("a seat that is none") }
                let place = event * supply.grid.seatCount + index
                if given[place] { return .wrong("a seat that was given before") }
                given[place] = true
            } else {
                while at < line.count, line[at] != UInt8(ascii: ","), line[at] != UInt8(ascii: " ") { at += 1 }
            }
            found += 1
            guard at < line.count, line[at] == UInt8(ascii: ",") else { break }
            at += 1
        }
        return found == seats ? .done : .wrong("not as many seats as were asked for")
    }
}
