// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The seats that a run asks for, each once: those of the bench's own events, which are all alike, or the free ones of an
/// event that was there.
struct SeatSupply: Sendable {
    /// The plan of the bench's own events: sections `s1`, `s2` …, in each rows `1`, `2` …, in each seats `1`, `2` ….
    struct Grid: Sendable, Equatable {
        var sections: Int
        var rows: Int
        var seats: Int

        /// The smallest plan with at least so many seats, at most as many as a plan may have.
        init(atLeast wanted: Int) {
            let wanted = max(1, min(wanted, 250_000))
            seats = min(wanted, 50)
            let allRows = (wanted + seats - 1) / seats
            sections = (allRows + 249) / 250
            rows = (allRows + sections - 1) / sections
        }

        var seatCount: Int { sections * rows * seats }
    }

    /// One seat, as it was asked for.
    struct Seat: BitwiseCopyable, Equatable {
        var event: Int32 = 0
        var section: Int32 = 0
        var row: Int32 = 0
        /// From 1; among listed seats its place in the list, from 0.
        var number: Int32 = 0
    }

    let events: [[UInt8]]
    let grid: Grid
    /// The free seats of the one event, where it is not the bench's own.
    private let listed: [[UInt8]]?
    private var next = 0

    /// Whether nobody else sells these events, so that every fresh seat must be had.
    var isOwn: Bool { listed == nil }

    init(events: [[UInt8]], grid: Grid) {
        self.events = events
        self.grid = grid
        listed = nil
    }

    init(event: [UInt8], free: [[UInt8]]) {
        events = [event]
        grid = Grid(atLeast: 1)
        listed = free
    }

    /// All seats of the supply.
    var seatCount: Int { listed?.count ?? events.count * grid.seatCount }

    /// The next fresh seat; neighbours in the order lie in different events.
    mutating func take() -> Seat? {
        guard next < seatCount else { return nil }
        defer { next += 1 }
        if listed != nil { return Seat(number: Int32(truncatingIfNeeded: next)) }
        let (place, event) = next.quotientAndRemainder(dividingBy: events.count)
        let (rowNumber, seat) = place.quotientAndRemainder(dividingBy: grid.seats)
        let (section, row) = rowNumber.quotientAndRemainder(dividingBy: grid.rows)
        return Seat(
            event: Int32(truncatingIfNeeded: event), section: Int32(truncatingIfNeeded: section + 1),
            row: Int32(truncatingIfNeeded: row + 1), number: Int32(truncatingIfNeeded: seat + 1))
    }

    /// `event section/row/seat`.
    func write(_ seat: Seat, to requests: inout RequestBytes) {
        requests.append(events[Int(seat.event)])
        requests.append(" ")
        if let listed { return requests.append(listed[Int(seat.number)]) }
        requests.append("s")
        requests.append(decimal: Int(seat.section))
        requests.append("/")
        requests.append(decimal: Int(seat.row))
        requests.append("/")
        requests.append(decimal: Int(seat.number))
    }

    /// Whether exactly this seat stands at `offset`, up to a space, a comma or the end.
    func isNamed(_ seat: Seat, in line: Span<UInt8>, at offset: Int) -> Bool {
        if let listed {
            let address = listed[Int(seat.number)]
            guard line.has(address, at: offset) else { return false }
            let end = offset + address.count
            return end == line.count || line[end] == UInt8(ascii: " ") || line[end] == UInt8(ascii: ",")
        }
        var end = offset
        guard let (section, row, number) = position(in: line, at: &end) else { return false }
        return section == seat.section && row == seat.row && number == seat.number
    }

    /// The number, from 0, of the seat of an event's grid that is named at `offset`, which moves behind it; nil where
    /// none is.
    func seatIndex(in line: Span<UInt8>, at offset: inout Int) -> Int? {
        guard let (section, row, number) = position(in: line, at: &offset),
            (1...grid.sections).contains(section), (1...grid.rows).contains(row), (1...grid.seats).contains(number)
        else { return nil }
        return ((section - 1) * grid.rows + row - 1) * grid.seats + number - 1
    }

    private func position(in line: Span<UInt8>, at offset: inout Int) -> (section: Int, row: Int, number: Int)? {
        guard line.has("s", at: offset) else { return nil }
        offset += 1
        guard let section = line.number(at: &offset), line.has("/", at: offset) else { return nil }
        offset += 1
        guard let row = line.number(at: &offset), line.has("/", at: offset) else { return nil }
        offset += 1
        guard let number = line.number(at: &offset),
            offset == line.count || line[offset] == UInt8(ascii: " ") || line[offset] == UInt8(ascii: ",")
        else { return nil }
        return (section, row, number)
    }
}
