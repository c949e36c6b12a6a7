// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A sale from its beginning to its end: `HOLD` of a fresh seat, `PAY` in cash, `CONFIRM`.
struct SaleWorkload: Workload {
    struct State: BitwiseCopyable {
        var seat = SeatSupply.Seat()
        var hold = IssuedID()
    }

    private enum Operation {
        static let hold = 0
        static let pay = 1
        static let confirm = 2
    }

    private var supply: SeatSupply
    private var keys: KeyWriter
    private(set) var undoing: [String] = []

    init(supply: SeatSupply, keys: KeyWriter) {
        self.supply = supply
        self.keys = keys
    }

    static var idle: State { State() }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        guard let seat = supply.take() else { return nil }
        task.seat = seat
        supply.writeHold(of: seat, &keys, to: &requests)
        return Operation.hold
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        switch operation {
        case Operation.hold: judgeHold(line, &task, &requests)
        case Operation.pay: judgePayment(line, task, &requests)
        default: judgeOrder(line)
        }
    }

    private mutating func judgeHold(
        _ line: Span<UInt8>, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        guard line.has("OK hold="), let hold = IssuedID(line, at: 8, kind: UInt8(ascii: "H")) else {
            if !supply.isOwn, line.has("ERR SEAT_TAKEN seats=") { return .done }
            return .wrong("a fresh seat must be had: OK hold=… seats=…")
        }
        let end = 8 + hold.count
        guard line.has(" seats=", at: end), supply.isNamed(task.seat, in: line, at: end + 7) else {
            return .wrong("not the seat that was asked for")
        }
        guard var at = line.value(of: " total="), let total = line.number(at: &at) else {
            return .wrong("a hold without its total")
        }
        task.hold = hold
        // What costs nothing needs no payment.
        guard total > 0 else {
            confirm(task, &requests)
            return .next(Operation.confirm)
        }
        requests.append("PAY ")
        hold.write(to: &requests)
        requests.append(" amount=")
        requests.append(decimal: total)
        requests.append(" method=cash")
        keys.write(to: &requests)
        requests.endLine()
        return .next(Operation.pay)
    }

    private mutating func judgePayment(
        _ line: Span<UInt8>, _ task: State, _ requests: inout RequestBytes
    ) -> Judgement {
        guard line.has("OK hold="), task.hold.stands(in: line, at: 8), let state = line.value(of: " state="),
            line.has("paid", at: state)
        else { return .wrong("cash is paid at once: OK hold=… payment=… state=paid") }
        confirm(task, &requests)
        return .next(Operation.confirm)
    }

    private mutating func confirm(_ task: State, _ requests: inout RequestBytes) {
        requests.append("CONFIRM ")
        task.hold.write(to: &requests)
        keys.write(to: &requests)
        requests.endLine()
    }

    private mutating func judgeOrder(_ line: Span<UInt8>) -> Judgement {
        guard line.has("OK order="), let order = IssuedID(line, at: 9, kind: UInt8(ascii: "O")),
            let ticket = line.value(of: " tickets="), line.has("T", at: ticket), line.value(of: " codes=") != nil
        else { return .wrong("what is paid must become an order: OK order=… tickets=… codes=…") }
        if !supply.isOwn { undoing.append("CANCEL " + order.text) }
        return .done
    }
}
