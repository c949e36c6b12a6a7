// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Glibc
import Ring
import Synchronization
import Ticketing

/// The stretches of a run, one after another: events, sales, bookings without a snapshot and with one in turns.
final class Plan: @unchecked Sendable {
    private enum Stretch { case events, sales, without, with, fill, over }

    private let seconds: Int
    private let rounds: Int
    private let recordsMin: Int
    private var stretch = Stretch.events
    private var round = 0
    private var isSnapshotSent = false
    private var isSnapshotDone = false
    private var requests = 0
    private var rates: (without: [Double], with: [Double]) = ([], [])
    private var memory = MemoryWatch()
    private var memoryBefore = 0
    private var begun = ShardThread.monotonicNanoseconds()

    init(seconds: Int, rounds: Int, recordsMin: Int) {
        self.seconds = seconds
        self.rounds = rounds
        self.recordsMin = recordsMin
    }

    var isOver: Bool { stretch == .over }

    func snapshotWasAnswered() { isSnapshotDone = true }

    func next(_ script: Script, _ core: ShardCore<TicketLedger>, _ meter: inout TurnMeter) -> Parcel? {
        switch stretch {
        case .events:
            if let parcel = script.addEvents() { return count(parcel, &meter) }
            say("events added", core, meter)
            enter(.sales, &meter)
            return next(script, core, &meter)
        case .sales:
            if let parcel = script.sell() { return count(parcel, &meter) }
            say("half of the seats sold", core, meter)
            enter(.without, &meter)
            return count(script.trade(), &meter)
        case .without:
            if meter.seconds < Double(seconds) { return count(script.trade(), &meter) }
            rates.without.append(meter.rate)
            print("without a snapshot: \(Int(meter.rate)) requests/s, \(meter.text)")
            memoryBefore = MemoryWatch.residentBytes
            memory.start()
            enter(.with, &meter)
            isSnapshotSent = false
            isSnapshotDone = false
            return next(script, core, &meter)
        case .with:
            if !isSnapshotSent {
                isSnapshotSent = true
                return count(script.snapshot(), &meter)
            }
            if !isSnapshotDone { return count(script.trade(), &meter) }
            finishSnapshot(core, meter)
            round += 1
            enter(round < rounds ? .without : .fill, &meter)
            return next(script, core, &meter)
        case .fill:
            if requests < recordsMin { return count(script.trade(), &meter) }
            finish()
            stretch = .over
            return nil
        case .over:
            return nil
        }
    }

    private func enter(_ next: Stretch, _ meter: inout TurnMeter) {
        stretch = next
        meter.restart()
    }

    private func count(_ parcel: Parcel, _ meter: inout TurnMeter) -> Parcel {
        requests += parcel.requests.count
        meter.add(requests: parcel.requests.count)
        return parcel
    }

    private func finishSnapshot(_ core: ShardCore<TicketLedger>, _ meter: TurnMeter) {
        let most = memory.stop()
        rates.with.append(meter.rate)
        let seats = core.machine.figures
        let total = seats.seatsFree + seats.seatsHeld + seats.seatsPaying + seats.seatsSold + seats.seatsBlocked
        let bytes = core.newestSnapshotBytes
        print("with a snapshot:    \(Int(meter.rate)) requests/s, \(meter.text)")
        let cost = core.snapshotCost
        print(
            "  of its turns the snapshot took \(cost.longestStep / 1_000) µs at most, besides copies of at most"
                + " \(cost.mostBeforeChange >> 10) KiB before changes in one turn")
        print(
            "  it took \(hundredths(meter.seconds)) s, is \(bytes >> 20) MiB (\(hundredths(Double(bytes) / Double(total))) bytes a seat);"
                + " memory \(memoryBefore >> 20) MiB before, at most \(most >> 20) MiB"
                + " (+\(hundredths(100 * Double(most - memoryBefore) / Double(memoryBefore))) %)")
    }

    private func finish() {
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        print(
            "throughput kept: \(hundredths(median(rates.with) / median(rates.without)))"
                + " (\(rates.with.map { "\(Int($0))" }.joined(separator: ", ")) against"
                + " \(rates.without.map { "\(Int($0))" }.joined(separator: ", ")))")
        print("requests in all: \(requests)")
    }

    private func say(_ what: String, _ core: ShardCore<TicketLedger>, _ meter: TurnMeter) {
        let figures = core.machine.figures
        let spent = Double(ShardThread.monotonicNanoseconds() - begun) / 1e9
        begun = ShardThread.monotonicNanoseconds()
        print(
            "\(what): \(figures.events) events, \(figures.seatsSold) of \(figures.seatsSold + figures.seatsFree) seats sold,"
                + " \(figures.orders) orders, ledger \(figures.bytes >> 20) MiB, resident"
                + " \(MemoryWatch.residentBytes >> 20) MiB; \(hundredths(spent)) s, \(Int(meter.rate)) requests/s")
    }
}

func hundredths(_ value: Double) -> String {
    let rounded = Int((value * 100).rounded())
    let cents = abs(rounded % 100)
    return "\(rounded < 0 && rounded > -100 ? "-" : "")\(rounded / 100).\(cents < 10 ? "0" : "")\(cents)"
}

/// The most resident memory that the process had while it was watched.
final class MemoryWatch: @unchecked Sendable {
    private let isWatching = Atomic(false)
    private let most = Atomic<Int>(0)

    static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }

    func start() {
        most.store(Self.residentBytes, ordering: .relaxed)
        isWatching.store(true, ordering: .relaxed)
        let watch = self
        Task.detached {
            while watch.isWatching.load(ordering: .relaxed) {
                watch.most.store(
                    max(watch.most.load(ordering: .relaxed), Self.residentBytes), ordering: .relaxed)
                usleep(5_000)
            }
        }
    }

    func stop() -> Int {
        isWatching.store(false, ordering: .relaxed)
        return max(most.load(ordering: .relaxed), Self.residentBytes)
    }
}
