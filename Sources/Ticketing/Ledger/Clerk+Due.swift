// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What happens by itself: holds end, payments come out, sales open. Decided like a request: a record, then `apply`.
extension Clerk {
    /// Does some of what is due. True while there is more.
    mutating func runDue(at now: Instant, record: inout RecordWriter, effects: inout Effects) -> Bool {
        for _ in 0..<Self.dueStepMax {
            guard let next = books.nextDue(), next.due <= now else {
                guard books.keyTable.nextDue <= now else { return false }
                books.keyTable.runDue(at: now, record: &record)
                books.lastRecorded = max(books.lastRecorded, now)
                return books.keyTable.nextDue <= now
            }
            run(next.subject, due: next.due, at: now, record: &record, effects: &effects)
        }
        return true
    }

    /// Things done in one step, so that a hall full of holds that end together does not keep others waiting.
    private static let dueStepMax = 64

    /// Does one thing that was due at `due`, which is `now` or before. What it leads to goes by `due`, not by when it is
    /// got round to.
    mutating func run(
        _ subject: Books.DueSubject, due: Instant, at now: Instant, record: inout RecordWriter, effects: inout Effects
    ) {
        switch subject {
        case .event(let event):
            writeMoved(event: event, to: .onSale, at: now, &record)
        case .hold(let slot):
            let hold = books.holds[slot]
            let isOutcome = due.milliseconds == hold.outcomeMilliseconds
            switch hold.state {
            case .held: writeMoved(hold, .expired, when: due, at: now, &record)
            case .paid: writeConfirmed(slot, at: now, &record)
            case .paying where !isOutcome: writeMoved(hold, .lapsed, when: due, at: now, &record)
            case .paying where hold.paymentWillSucceed: writeMoved(hold, .paid, when: due, at: now, &record)
            case .paying:
                writeMoved(hold, due < hold.ends ? .declined : .declinedAfterEnd, when: due, at: now, &record)
            case .lapsed where !hold.paymentWillSucceed:
                writeMoved(hold, .declinedAfterEnd, when: due, at: now, &record)
            case .lapsed:
                writeMoved(hold, books.canRetake(hold: slot) ? .retaken : .refunded, when: due, at: now, &record)
            }
        }
        commit(&record, &effects)
    }

    private func writeMoved(
        _ hold: HoldEntry, _ move: HoldMove, when: Instant, at now: Instant, _ record: inout RecordWriter
    ) {
        record.begin(type: LedgerRecord.holdMoved.rawValue, at: now)
        record.append(hold.serial)
        record.append(move.rawValue)
        record.append(when.milliseconds)
    }

    func writeMoved(event: Int, to state: EventState, at now: Instant, _ record: inout RecordWriter) {
        record.begin(type: LedgerRecord.eventMoved.rawValue, at: now)
        record.append(UInt32(event))
        record.append(state.rawValue)
    }
}
