// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Seats and areas changing hands. Every change of a state goes through here: it keeps the digest and the counts, notes
/// that the runs of the row are out of date, and tells readers.
extension Books {
    /// Starts a change of an event: all that is published of it until the next one shares its number.
    mutating func beginChange(_ event: Int) -> UInt64 {
        let before = events[event].sequence
        events[event].sequence = before + 1
        digest.replace(.event, UInt64(event), word: EventEntry.sequenceWordNumber, before, by: before + 1)
        return before + 1
    }

    /// Gives one seat a new state and owner. Where that makes it free or takes it, its row's runs are to be marked with
    /// ``markRow(_:_:isFreeing:)``, once for all seats of the row that a change touches.
    mutating func setSeat(
        _ event: Int, _ seat: SeatIndex, _ state: SeatState, owner: UInt32, sequence: UInt64, effects: inout Effects
    ) {
        let at = Int(events[event].firstSeat) + Int(seat.rawValue)
        let before = seatStates[at]
        let ownerBefore = seatOwners[at]
        digest.replace(
            .seatState, UInt64(at), UInt64(before) << 32 | UInt64(ownerBefore),
            by: UInt64(state.rawValue) << 32 | UInt64(owner))
        seatCounts[Int(before)] -= 1
        seatCounts[Int(state.rawValue)] += 1
        seatStates[at] = state.rawValue
        seatOwners[at] = owner
        if effects.isPublishing {
            effects.publications.append(
                Publication(
                    kind: .seat, event: EventIndex(UInt32(event)), place: seat.rawValue, state: state,
                    sequence: sequence))
        }
    }

    /// Changes the counts of an area. Telling readers is left to ``publishArea(_:_:sequence:effects:)``, once a change.
    mutating func setArea(_ event: Int, _ area: Int, _ change: (inout AreaEntry) -> Void) {
        let at = Int(events[event].firstArea) + area
        let before = areas[at]
        change(&areas[at])
        digest.replace(.area, UInt64(at), before, by: areas[at])
    }

    /// Readers know held and sold; blocked places are as little free as held ones and are published with them.
    func publishArea(_ event: Int, _ area: Int, sequence: UInt64, effects: inout Effects) {
        guard effects.isPublishing else { return }
        let entry = self.area(event, area)
        effects.publications.append(
            Publication(
                kind: .area, event: EventIndex(UInt32(event)), place: UInt32(area), held: entry.held + entry.blocked,
                sold: entry.sold, blocked: entry.blocked, sequence: sequence))
    }

    /// What happens to the places of a hold or an order.
    enum Move {
        /// Free seats become held.
        case hold
        /// Held seats are being paid, or come back from it. Places of an area stay held.
        case pay, unpay
        /// Free seats of a lapsed hold are being paid again.
        case retake
        /// Held or paid seats are sold; the owner becomes the ticket.
        case sell
        /// Seats of a hold become free.
        case free
        /// Sold seats become free.
        case refund

        var state: SeatState {
            switch self {
            case .hold, .unpay: .held
            case .pay, .retake: .paying
            case .sell: .sold
            case .free, .refund: .free
            }
        }
    }

    /// Moves places one by one, marks each row once, and tells readers of each area once.
    struct PlaceMover: BitwiseCopyable {
        let event: Int
        let sequence: UInt64
        let move: Move
        private var row = -1
        private var area = -1

        init(event: Int, sequence: UInt64, move: Move) {
            self.event = event
            self.sequence = sequence
            self.move = move
        }

        mutating func move(
            _ place: Place, owner: UInt32, in plan: SeatPlan, books: inout Books, effects: inout Effects
        ) {
            if let seat = place.seat {
                let row = plan.rowIndex(of: seat)
                if row != self.row, freesOrTakes { books.markRow(event, row, isFreeing: move.state == .free) }
                self.row = row
                books.setSeat(
                    event, seat, move.state, owner: move.state == .free ? 0 : owner, sequence: sequence,
                    effects: &effects)
            } else if let area = place.area {
                if area != self.area { finishArea(books: &books, effects: &effects) }
                self.area = area
                let move = self.move
                books.setArea(event, area) { entry in
                    switch move {
                    case .hold, .retake: entry.held += 1
                    case .pay, .unpay: break
                    case .sell:
                        entry.held -= 1
                        entry.sold += 1
                    case .free: entry.held -= 1
                    case .refund: entry.sold -= 1
                    }
                }
            }
        }

        mutating func finish(books: inout Books, effects: inout Effects) {
            finishArea(books: &books, effects: &effects)
        }

        /// Whether the move makes seats free, or takes free ones.
        private var freesOrTakes: Bool {
            switch move {
            case .hold, .retake, .free, .refund: true
            case .pay, .unpay, .sell: false
            }
        }

        private mutating func finishArea(books: inout Books, effects: inout Effects) {
            if area >= 0 { books.publishArea(event, area, sequence: sequence, effects: &effects) }
            area = -1
        }
    }
}
