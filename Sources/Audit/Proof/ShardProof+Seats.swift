// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Seats and areas changing hands: here two owners at once would show.
extension ShardProof {
    /// The seat's address with its event, for people.
    func name(of place: RecordedPlace, at event: Int) -> String {
        let plan = plans[events[event].plan]
        if place.isArea {
            return "area \(plan.areas[place.number].label) of \(eventIDs[event])"
        }
        return "seat \(plan.address(of: SeatIndex(UInt32(place.number)))) of \(eventIDs[event])"
    }

    /// Whether the event has such a place; reported where not.
    mutating func isPlace(_ place: RecordedPlace, of event: Int) -> Bool {
        let count = place.isArea ? events[event].areaCount : events[event].seatCount
        if place.number < count { return true }
        report("event \(eventIDs[event]) has no \(place.isArea ? "area" : "seat") \(place.number)")
        return false
    }

    /// A free place gets an owner.
    @inline(__always)
    mutating func take(_ place: RecordedPlace, of event: Int, for owner: Owner) {
        seatChanges += 1
        guard !place.isArea else {
            areas[events[event].firstArea + place.number].held += 1
            return checkArea(place.number, of: event)
        }
        let at = events[event].firstSeat + place.number
        if owners[at] != .nobody { reportSecondOwner(place, of: event, owner, owners[at]) }
        owners[at] = owner
    }

    private mutating func reportSecondOwner(_ place: RecordedPlace, of event: Int, _ new: Owner, _ old: Owner) {
        let name = name(of: place, at: event)
        report(
            new == old
                ? "\(new.text) takes \(name) twice" : "two owners: \(new.text) takes \(name) while \(old.text) has it")
    }

    /// A place goes back on sale.
    @inline(__always)
    mutating func giveBack(_ place: RecordedPlace, of event: Int, by owner: Owner) {
        seatChanges += 1
        guard !place.isArea else {
            let at = events[event].firstArea + place.number
            if owner.ticketSerial != nil { areas[at].sold -= 1 } else { areas[at].held -= 1 }
            return checkArea(place.number, of: event)
        }
        let at = events[event].firstSeat + place.number
        guard owners[at] == owner else {
            let (name, other) = (name(of: place, at: event), owners[at].text)
            return report("\(owner.text) gives back \(name), which \(other) has")
        }
        owners[at] = .nobody
    }

    /// A held place is sold: the ticket takes it from the hold.
    @inline(__always)
    mutating func sell(_ place: RecordedPlace, of event: Int, from hold: Owner, to ticket: Owner) {
        seatChanges += 1
        guard !place.isArea else {
            let at = events[event].firstArea + place.number
            areas[at].held -= 1
            areas[at].sold += 1
            return checkArea(place.number, of: event)
        }
        let at = events[event].firstSeat + place.number
        if owners[at] != hold {
            let (name, other) = (name(of: place, at: event), owners[at].text)
            report("\(ticket.text) is sold \(name) from \(hold.text), and \(other) has it")
        }
        owners[at] = ticket
    }

    /// An area never has more people than places, nor fewer than none.
    @inline(__always)
    mutating func checkArea(_ area: Int, of event: Int) {
        let line = areas[events[event].firstArea + area]
        if line.taken <= line.capacity, line.held >= 0, line.sold >= 0, line.blocked >= 0 { return }
        let name = name(of: RecordedPlace(rawValue: 1 << 31 | UInt32(area)), at: event)
        report(
            "\(name) has \(line.capacity) places, of which \(line.held) are held, \(line.sold) sold and "
                + "\(line.blocked) blocked")
    }
}
