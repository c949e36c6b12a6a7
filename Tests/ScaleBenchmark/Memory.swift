// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import CountedHouse
import Glibc
import Ticketing

/// What a process has of memory, and what of it the ledger counts as its own.
struct Memory {
    var residentBytes = 0
    var ledgerBytes = 0
    var seatsFree = 0
    var seatsSold = 0
    var orders = 0
    var holdsRemembered = 0

    static func now(_ house: CountedHouse) -> Memory {
        let figures = house.figures
        return Memory(
            residentBytes: residentBytesNow(), ledgerBytes: figures.bytes, seatsFree: figures.seatsFree,
            seatsSold: figures.seatsSold, orders: figures.orders, holdsRemembered: figures.holdsRemembered)
    }

    private static func residentBytesNow() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(getpagesize())
    }
}

/// The steps of a run, and what follows from them.
struct Steps {
    let options: Options
    let atStart: Memory
    let withEvents: Memory
    let withSales: Memory

    private var seats: Int { withEvents.seatsFree - atStart.seatsFree }

    /// Resident bytes a free seat, all that its event needs besides included.
    var bytesOfFreeSeat: Double { Double(withEvents.residentBytes - atStart.residentBytes) / Double(seats) }

    /// Resident bytes a sold seat: what it took while it was free, and what its sale added for good.
    var bytesOfSoldSeat: Double {
        let added = withSales.residentBytes - withEvents.residentBytes - rememberedBytes
        return bytesOfFreeSeat + Double(added) / Double(withSales.seatsSold)
    }

    /// What is known of each hold for a day after its end, sixteen bytes: it grows with a day's sales, not with a year's.
    private var rememberedBytes: Int { 16 * withSales.holdsRemembered }

    private func gibibytes(seats: Double) -> Double {
        let forGood = seats * (options.sold * bytesOfSoldSeat + (1 - options.sold) * bytesOfFreeSeat)
        return (forGood + 16 * Double(SeatSales.seatsAYear) / Double(options.order) / 365) / Double(1 << 30)
    }

    var text: String {
        """
        \(options.events) events of \(options.seats) seats: \(seats) seats, \(withSales.seatsSold) of them sold in \(withSales.orders) orders
        a free seat takes \(decimal(bytesOfFreeSeat)) bytes, a sold one with its order and ticket \(decimal(bytesOfSoldSeat))
        resident: \(atStart.residentBytes >> 20) MiB at the start, \(withEvents.residentBytes >> 20) MiB with the events, \(withSales.residentBytes >> 20) MiB at the end; the ledger counts \(withSales.ledgerBytes >> 20) MiB
        besides, \(withSales.holdsRemembered) holds are remembered for a day after their end, with 16 bytes each
        500 million seats, sold alike: \(decimal(gibibytes(seats: 500e6))) GiB
        """
    }

    var json: String {
        """
        {"events": \(options.events), "seatsOfEach": \(options.seats), "seats": \(seats), "sold": \(withSales.seatsSold), \
        "seatsAnOrder": \(options.order), "bytesOfFreeSeat": \(decimal(bytesOfFreeSeat)), \
        "bytesOfSoldSeat": \(decimal(bytesOfSoldSeat)), "residentBytes": \(withSales.residentBytes), \
        "ledgerBytes": \(withSales.ledgerBytes), "gibibytesFor500Million": \(decimal(gibibytes(seats: 500e6)))}
        """
    }
}

private func decimal(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let fraction = abs(hundredths) % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}
