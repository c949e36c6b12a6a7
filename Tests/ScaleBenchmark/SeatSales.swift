// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import CountedHouse
import Glibc
import Synchronization
import Ticketing

/// Sells a part of many seats, as a year brings it: what is known of a hold for a day after its end comes and goes.
final class SeatSales {
    static let seatsInRow = 100
    /// Seats that the largest sellers sell in a year: how much time passes with each seat.
    static let seatsAYear = 500_000_000
    private static let price = 1_000
    private static let linesPerTick = 64

    private let options: Options
    private let clock = PassingClock()
    private let house: CountedHouse
    private var lines: [UInt8] = []
    private var lineCount = 0
    private var buyer = 0

    init(_ options: Options) throws {
        self.options = options
        house = try CountedHouse(clock: clock)
    }

    func run() throws -> Steps {
        addEvents()
        let withEvents = Memory.now(house)
        sell()
        let withSales = Memory.now(house)
        defer { house.close() }
        return Steps(options: options, atStart: started, withEvents: withEvents, withSales: withSales)
    }

    private var started = Memory()

    private func addEvents() {
        add("VENUE ADD v name=V")
        add("SECTION ADD v/s rows=1-\(options.seats / Self.seatsInRow) seats=1-\(Self.seatsInRow)")
        ask()
        // One event is there before: what the first of all takes is not what one more does.
        addEvent(options.events)
        ask()
        started = .now(house)
        for event in 0..<options.events {
            addEvent(event)
            if lineCount >= Self.linesPerTick { ask() }
        }
        ask()
        for event in 0..<options.events {
            add("EVENT OPEN e\(event)")
            if lineCount >= Self.linesPerTick { ask() }
        }
        ask()
    }

    private func addEvent(_ number: Int) {
        add(
            "EVENT ADD e\(number) venue=v title=\"Event \(number)\" starts=2038-05-01T19:30Z currency=EUR "
                + "price=\(Self.price) limit=1000000")
    }

    /// Sells the first seats of all events, a row of one after a row of another.
    private func sell() {
        let seatsOfEach = Int((Double(options.seats) * options.sold).rounded())
        for row in 0..<(seatsOfEach + Self.seatsInRow - 1) / Self.seatsInRow {
            let end = min(Self.seatsInRow, seatsOfEach - row * Self.seatsInRow) / options.order * options.order
            for event in 0..<options.events {
                var seat = 0
                while seat < end {
                    let last = min(end, seat + ordersPerTick * options.order)
                    sell(event, row: row, seats: seat..<last)
                    seat = last
                }
            }
        }
    }

    /// A buyer may have twenty open holds at an event.
    private var ordersPerTick: Int { options.buyers > 0 ? 4 : Self.linesPerTick / 2 }

    private func sell(_ event: Int, row: Int, seats: Range<Int>) {
        if options.buyers > 0 {
            add("AS buyer-\(buyer % options.buyers)@example.org")
            buyer += 1
        }
        for seat in stride(from: seats.lowerBound, to: seats.upperBound, by: options.order) {
            add("HOLD e\(event) s/\(row + 1)/\(seat + 1)\(options.order > 1 ? "-\(seat + options.order)" : "")")
        }
        let holds = ask().split(separator: UInt8(ascii: "\n")).compactMap { Self.hold(in: $0) }
        guard holds.count == seats.count / options.order else {
            fail("a hold was refused: \(Self.text(house.answered))")
        }
        for hold in holds {
            lines += Self.pay
            lines += hold
            lines += payment
            lines += Self.confirm
            lines += hold
            lines.append(UInt8(ascii: "\n"))
            lineCount += 2
        }
        ask()
        clock.pass(milliseconds: Double(seats.count) * 365 * 86_400_000 / Double(Self.seatsAYear))
    }

    private static let pay = Array("PAY ".utf8)
    private static let confirm = Array("CONFIRM ".utf8)
    private var payment: [UInt8] { Array(" amount=\(Self.price * options.order) method=cash\n".utf8) }
    private static let beginning = Array("OK hold=".utf8)

    private static func hold(in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.starts(with: beginning) else { return nil }
        return line.dropFirst(beginning.count).prefix { $0 != UInt8(ascii: " ") }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func add(_ line: String) {
        lines += line.utf8
        lines.append(UInt8(ascii: "\n"))
        lineCount += 1
    }

    /// Asks what was added, and returns the answers, every one of which is good.
    @discardableResult
    private func ask() -> [UInt8] {
        house.forgetAnswers(reserving: 0)
        lines.withUnsafeBytes { house.ask($0) }
        let answered = house.answered
        let good = answered.split(separator: UInt8(ascii: "\n")).count { $0.starts(with: "OK".utf8) }
        guard good == lineCount else { fail("of \(lineCount) lines \(good) were answered OK: \(Self.text(answered))") }
        lines.removeAll(keepingCapacity: true)
        lineCount = 0
        return answered
    }
}

/// A clock that moves only as it is told.
final class PassingClock: HouseClock {
    private let passed = Atomic<Int64>(0)
    private let rest = Mutex(0.0)

    func pass(milliseconds: Double) {
        let whole = rest.withLock { rest -> Int64 in
            rest += milliseconds
            let whole = Int64(rest)
            rest -= Double(whole)
            return whole
        }
        passed.wrappingAdd(whole, ordering: .relaxed)
    }

    func wall() -> Instant { Instant(milliseconds: 1_900_000_000_000 + passed.load(ordering: .relaxed)) }
    func monotonicNanoseconds() -> UInt64 { 1 + UInt64(passed.load(ordering: .relaxed)) * 1_000_000 }
}
