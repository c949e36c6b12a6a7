// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What happens to holds by themselves, and payments.
extension ShardProof {
    mutating func takePaid(_ reader: inout RecordReader, at time: Int64) {
        let paid = PaidRecord(&reader)
        guard !reader.isMalformed, let slot = heldSlot(of: paid.serial, at: time, to: "paid") else { return }
        let serial = paid.serial
        if lastPayment == .max || paid.payment != lastPayment + 1 {
            report("payment \(paid.payment) of hold \(serial) comes where payment \(UInt64(lastPayment) + 1) belongs")
        }
        lastPayment = max(lastPayment, paid.payment)
        let method = PaymentMethodWord(rawValue: paid.method)
        if method == nil { report("hold \(serial) is paid by method \(paid.method), which there is not") }
        // What is given away costs nothing; everything else, exactly what the places cost together.
        let wanted = method == .comp ? 0 : holds[slot].total
        if paid.total != wanted {
            report("hold \(serial) is paid with \(paid.total), and its places cost \(wanted)")
        }
        if paid.total == 0 { giveAway(slot) }
        holds[slot].succeeds = paid.succeeds == 1
        switch HoldStanding(rawValue: paid.state) {
        case .paid:
            holds[slot].standing = .paid
            holds[slot].outcome = .max
            if paid.outcome != .max || paid.succeeds != 1 {
                report("the payment of hold \(serial) is through and still waited for")
            }
            receive(paid.total, for: slot)
        case .paying:
            holds[slot].standing = .paying
            holds[slot].outcome = paid.outcome
            if paid.outcome < time { report("the payment of hold \(serial) comes out before it was made") }
        default: report("hold \(serial) comes to state \(paid.state) by a payment")
        }
        schedule(slot)
    }

    /// The tickets of what is given away are worth nothing when they are cancelled.
    private mutating func giveAway(_ slot: Int) {
        let hold = holds[slot]
        for index in 0..<hold.itemCount { items[hold.firstItem + index].price = 0 }
        holds[slot].total = 0
    }

    private mutating func receive(_ amount: Int64, for slot: Int) {
        holds[slot].received = amount
        let index = Int(holds[slot].money)
        if money.indices.contains(index) { money[index].received = money[index].received.addingClamped(amount) }
    }

    /// Gives back what was paid for a hold.
    mutating func refund(_ slot: Int) {
        giveBack(holds[slot].received, in: holds[slot].money)
        holds[slot].received = 0
    }

    mutating func giveBack(_ amount: Int64, in index: Int32) {
        let index = Int(index)
        if money.indices.contains(index) { money[index].refunded = money[index].refunded.addingClamped(amount) }
    }

    // MARK: Moves

    mutating func takeHoldMoved(_ reader: inout RecordReader, at time: Int64) {
        let moved = HoldMovedRecord(&reader)
        if reader.isMalformed { return }
        guard let move = HoldMoveWord(rawValue: moved.move) else {
            return report("hold \(moved.serial) moves by \(moved.move), which there is not")
        }
        guard let slot = slot(of: moved.serial, to: move.word) else { return }
        if moved.when > time {
            report("hold \(moved.serial) is \(move.word) before its time, \(Clock.text(moved.when))")
        }
        checkTime(of: move, moved.when, slot)
        let before = holds[slot].standing
        switch (move, before) {
        case (.expired, .held):
            freePlaces(of: slot)
            end(slot, .time)
        case (.lapsed, .paying):
            freePlaces(of: slot)
            holds[slot].standing = .lapsed
            schedule(slot)
        case (.paid, .paying):
            holds[slot].standing = .paid
            holds[slot].outcome = .max
            receive(holds[slot].total, for: slot)
            schedule(slot)
        case (.retaken, .lapsed): retake(slot)
        case (.refunded, .lapsed):
            receive(holds[slot].total, for: slot)
            refund(slot)
            end(slot, .refunded)
        case (.declined, .paying):
            holds[slot].standing = .held
            holds[slot].outcome = .max
            schedule(slot)
        case (.declinedAfterEnd, .paying):
            freePlaces(of: slot)
            end(slot, .time)
        case (.declinedAfterEnd, .lapsed): end(slot, holds[slot].isLapsedByCancel ? .cancelled : .time)
        default: report("hold \(moved.serial) is \(move.word) while it is \(holds[slot].stateWord)")
        }
    }

    /// Each move happens at its own moment: the hold's end, the end of the grace, or the payment's outcome.
    private mutating func checkTime(of move: HoldMoveWord, _ when: Int64, _ slot: Int) {
        let hold = holds[slot]
        let isRight =
            switch move {
            case .expired: when == hold.ends
            case .lapsed: when == hold.graceEnds
            case .paid, .retaken, .refunded: when == hold.outcome && hold.succeeds
            case .declined: when == hold.outcome && !hold.succeeds && when < hold.ends
            case .declinedAfterEnd:
                when == hold.outcome && !hold.succeeds && (when >= hold.ends || hold.isLapsedByCancel)
            }
        if isRight { return }
        report(
            "hold \(hold.serial) is \(move.word) as of \(Clock.text(when)): it ends at \(Clock.text(hold.ends)), and "
                + "its payment \(hold.succeeds ? "succeeds" : "fails") at \(Clock.text(hold.outcome))")
    }

    /// A payment that succeeded late takes the same places, if they are still free.
    private mutating func retake(_ slot: Int) {
        let hold = holds[slot]
        let event = Int(hold.event)
        if events[event].state == EventState.cancelled.rawValue {
            report("hold \(hold.serial) takes its places again, and event \(eventIDs[event]) was cancelled")
        }
        for index in 0..<hold.itemCount {
            take(items[hold.firstItem + index].place, of: event, for: Owner(hold: hold.serial))
        }
        holds[slot].standing = .paid
        holds[slot].outcome = .max
        receive(hold.total, for: slot)
        link(slot)
        schedule(slot)
    }
}
