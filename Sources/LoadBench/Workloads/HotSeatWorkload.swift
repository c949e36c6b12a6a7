// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Everybody wants one seat. Who gets it keeps it for a hundred refusals and gives it back; in between nobody else may
/// get it.
struct HotSeatWorkload: Workload {
    struct State: BitwiseCopyable {}

    private enum Operation {
        static let hold = 0
        static let release = 1
    }

    private let supply: SeatSupply
    private let seat: SeatSupply.Seat
    private var owner: IssuedID?
    private var refusals = 0
    private let refusalsMax = 100

    /// nil where the supply has no seat.
    init?(supply: SeatSupply) {
        var supply = supply
        guard let seat = supply.take() else { return nil }
        self.supply = supply
        self.seat = seat
    }

    static var idle: State { State() }

    var undoing: [String] {
        if let owner, !supply.isOwn { ["RELEASE " + owner.text] } else { [] }
    }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        if let owner, refusals >= refusalsMax {
            requests.append("RELEASE ")
            owner.write(to: &requests)
            requests.endLine()
            // From here on one other may get it, even before this one's answer has been read.
            self.owner = nil
            return Operation.release
        }
        requests.append("HOLD ")
        supply.write(seat, to: &requests)
        requests.endLine()
        return Operation.hold
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        if operation == Operation.release {
            return line.has("OK hold=H") ? .done : .wrong("the owner gives the seat back: OK hold=… seats=…")
        }
        if line.has("ERR SEAT_TAKEN seats="), supply.isNamed(seat, in: line, at: 21) {
            refusals += 1
            return .done
        }
        guard line.has("OK hold="), let hold = IssuedID(line, at: 8, kind: UInt8(ascii: "H")) else {
            return .wrong("the seat is had or taken: OK hold=… or ERR SEAT_TAKEN")
        }
        guard line.has(" seats=", at: 8 + hold.count), supply.isNamed(seat, in: line, at: 15 + hold.count) else {
            return .wrong("not the seat that was asked for")
        }
        guard owner == nil else { return .wrong("a seat with two owners") }
        owner = hold
        refusals = 0
        return .done
    }
}
