// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// An id that the daemon made, kept in place: holds and orders have 14 bytes.
struct IssuedID: BitwiseCopyable {
    private var bytes: InlineArray<32, UInt8> = .init(repeating: 0)
    private(set) var count = 0

    /// The word at `offset` of a line, which must begin with `letter`; nil where it is empty, too long or another kind.
    init?(_ line: Span<UInt8>, at offset: Int, kind letter: UInt8) {
        let end = line.wordEnd(from: offset)
        guard end > offset, end - offset <= 32, line[offset] == letter else { return nil }
        count = end - offset
        for index in 0..<count { bytes[index] = line[offset + index] }
    }

    init() {}

    func write(to requests: inout RequestBytes) { requests.append(bytes.span.extracting(first: count)) }

    /// Whether this id stands at `offset`, up to a space or the end.
    func stands(in line: Span<UInt8>, at offset: Int) -> Bool {
        line.has(bytes.span.extracting(first: count), at: offset) && line.wordEnd(from: offset) == offset + count
    }

    var text: String { bytes.span.extracting(first: count).text }
}

/// ` key=` with a key that no request before had, where the plan wants keys.
struct KeyWriter: Sendable {
    private let prefix: [UInt8]?
    private var next = 0

    /// nil writes none.
    init(prefix: String?) { self.prefix = prefix.map { Array($0.utf8) } }

    mutating func write(to requests: inout RequestBytes) {
        guard let prefix else { return }
        requests.append(" key=")
        requests.append(prefix)
        requests.append(decimal: next)
        next += 1
    }
}

extension SeatSupply {
    /// The line that holds one seat.
    func writeHold(of seat: Seat, _ keys: inout KeyWriter, to requests: inout RequestBytes) {
        requests.append("HOLD ")
        write(seat, to: &requests)
        keys.write(to: &requests)
        requests.endLine()
    }
}

/// `HOLD event seat`: a fresh seat each.
struct HoldWorkload: Workload {
    typealias State = SeatSupply.Seat

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
        task = seat
        supply.writeHold(of: seat, &keys, to: &requests)
        return 0
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        if line.has("OK hold=H") {
            let end = line.wordEnd(from: 8)
            guard line.has(" seats=", at: end), supply.isNamed(task, in: line, at: end + 7) else {
                return .wrong("not the seat that was asked for")
            }
            if !supply.isOwn, let hold = IssuedID(line, at: 8, kind: UInt8(ascii: "H")) {
                undoing.append("RELEASE " + hold.text)
            }
            return .done
        }
        // At somebody else's event another buyer may be quicker.
        if !supply.isOwn, line.has("ERR SEAT_TAKEN seats=") { return .done }
        return .wrong("a fresh seat must be had: OK hold=… seats=…")
    }
}
