// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// What the frames of a ledger's snapshot hold, column by column, read by the format's description (``SnapshotContent``)
/// and not by the ledger's own structures.
struct SnapshotColumns {
    /// A column of elements of one size, from its first index on.
    struct Column {
        var elementBytes: Int
        var first: UInt64
        var bytes: [UInt8] = []

        var count: Int { bytes.count / elementBytes }

        /// The little-endian integer at `offset` in element `index`, counted from the first one there is.
        @inline(__always)
        func integer<Value: FixedWidthInteger & BitwiseCopyable>(
            _ index: Int, _ offset: Int, as _: Value.Type = Value.self
        ) -> Value {
            bytes.span.integer(at: index * elementBytes + offset)
        }
    }

    /// Bytes of an element of each column, as the format says.
    private static let elementBytes: [SnapshotContent.Kind: Int] = [
        .seatStates: 1, .seatOwners: 4, .events: 112, .areas: 16, .prices: 8, .standings: 16,
        .holds: 72, .items: 12, .traces: 16, .buyers: 24, .buyerNames: 1, .gates: 24, .gateNames: 1, .orders: 28,
        .tickets: 28, .eventTexts: 1,
    ]

    private var columns: [SnapshotContent.Kind: Column] = [:]
    /// Bytes of streams that are no whole message yet.
    private var pending: [SnapshotContent.Kind: [UInt8]] = [:]
    private(set) var head: SnapshotHead?
    private(set) var plans: [SeatPlan] = []
    private(set) var keys: [(scope: KeyScope, kept: Int64)] = []

    /// Bytes that all frames have together, at most: the columns cannot be longer, whatever their head says.
    private let contentBytes: UInt64

    init(contentBytes: UInt64) { self.contentBytes = contentBytes }

    /// The column of this kind; empty where the snapshot has none.
    subscript(kind: SnapshotContent.Kind) -> Column {
        columns[kind] ?? Column(elementBytes: Self.elementBytes[kind] ?? 1, first: 0)
    }

    /// Takes one frame's content.
    mutating func take(_ frame: UnsafeRawBufferPointer) throws {
        var images: [SnapshotContent.Image] = []
        try SnapshotContent.forEachImage(in: frame) { (image) throws(RecordError) in images.append(image) }
        for image in images {
            let bytes = UnsafeRawBufferPointer(rebasing: frame[image.range])
            if image.kind.isDerived { continue }
            if image.kind.isStream { try addToStream(image.kind, bytes) } else { try add(image, bytes) }
        }
    }

    private mutating func add(_ image: SnapshotContent.Image, _ bytes: UnsafeRawBufferPointer) throws {
        guard let head, image.elementBytes == Self.elementBytes[image.kind] else {
            throw RecordError.malformed(type: 0, what: "a snapshot's column has elements of another size, or no head")
        }
        let start = image.kind == .traces ? head.tracesStart : 0
        let end = head.end(of: image.kind)
        guard image.first >= start, end >= image.first, end - image.first >= UInt64(image.count),
            bytes.count == image.count * image.elementBytes
        else { throw RecordError.malformed(type: 0, what: "a snapshot's column is longer than its head says") }
        var column = columns.removeValue(forKey: image.kind) ?? Column(elementBytes: image.elementBytes, first: start)
        if column.bytes.isEmpty {
            column.bytes = [UInt8](repeating: 0, count: Int(end - start) * image.elementBytes)
        }
        let at = Int(image.first - start) * image.elementBytes
        column.bytes.withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[at..<(at + bytes.count)]).copyMemory(from: bytes)
        }
        columns[image.kind] = column
    }

    private mutating func addToStream(_ kind: SnapshotContent.Kind, _ bytes: UnsafeRawBufferPointer) throws {
        var all = pending.removeValue(forKey: kind) ?? []
        all.append(contentsOf: bytes)
        var at = 0
        while all.count - at >= 4 {
            let length = Int(all.span.integer(at: at, as: UInt32.self))
            guard all.count - at - 4 >= length else { break }
            try take(kind, all.span.extracting((at + 4)..<(at + 4 + length)))
            at += 4 + length
        }
        all.removeFirst(at)
        if !all.isEmpty { pending[kind] = all }
    }

    private mutating func take(_ kind: SnapshotContent.Kind, _ message: Span<UInt8>) throws {
        var reader = RecordReader(message)
        switch kind {
        case .head:
            let its = try SnapshotHead(message, &reader)
            var bytes: UInt64 = 0
            for (kind, elementBytes) in Self.elementBytes {
                bytes += (its.end(of: kind) - (kind == .traces ? its.tracesStart : 0)) * UInt64(elementBytes)
            }
            guard bytes <= contentBytes else {
                throw RecordError.malformed(type: 0, what: "a snapshot's head counts more than there is")
            }
            head = its
        case .plans: plans.append(try SeatPlan(decoding: message))
        case .keys:
            let scope = KeyScope(high: reader.read(), low: reader.read())
            _ = reader.read(UInt64.self)
            keys.append((scope, reader.read()))
        default: break
        }
    }
}

/// The head of a ledger's snapshot. The secret in it is not kept, but the keys made from it are, those of ticket codes
/// among them: they are no less secret, and nothing but ids is ever shown of them.
struct SnapshotHead {
    let shard: UInt8
    let shards: UInt8
    /// Holds the keys made from the secret; writes the ids that clients know.
    let clientIDs: ClientIDs
    let lastRecorded: Int64
    let digest: UInt64
    let keysDigest: UInt64
    /// In the order of the format: seats, rows, events, areas, prices, standings, holds, items, first trace, end of
    /// traces, buyers, bytes of their names, gates, bytes of their names, orders, tickets, bytes of the events' texts,
    /// plans, keys, open holds.
    let counts: [UInt64]
    /// Free, held, being paid, sold, blocked.
    let seatCounts: [UInt64]
    let lastPayment: UInt32
    let firstOrder: UInt64
    let firstTicket: UInt64
    let firstHold: UInt64

    static let countNames = [
        "seats", "rows", "events", "areas", "prices", "standings", "holds", "items", "firstHold", "nextHold", "buyers",
        "buyerNameBytes", "gates", "gateNameBytes", "orders", "tickets", "eventTextBytes", "plans", "keys", "openHolds",
    ]

    init(_ message: Span<UInt8>, _ reader: inout RecordReader) throws {
        let version: UInt8 = reader.read()
        shard = reader.read()
        shards = reader.read()
        let secret = reader.readRange(FoundingRecord.secretBytes)
        clientIDs = ClientIDs(shard: shard, secret: secret.map { message[$0] })
        lastRecorded = reader.read()
        _ = reader.read(UInt64.self)
        digest = reader.read()
        keysDigest = reader.read()
        var counts: [UInt64] = []
        for _ in Self.countNames { counts.append(reader.read()) }
        self.counts = counts
        var seatCounts: [UInt64] = []
        for _ in 0..<5 { seatCounts.append(reader.read()) }
        self.seatCounts = seatCounts
        _ = reader.readRange(4 + 8 * 4)
        lastPayment = reader.read()
        firstOrder = reader.read()
        firstTicket = reader.read()
        firstHold = reader.read()
        // Serials are below 2^40.
        guard version == 1, !reader.isMalformed, reader.remaining == 0, counts.allSatisfy({ $0 < 1 << 41 }),
            firstOrder < 1 << 41, firstTicket < 1 << 41, firstHold < 1 << 41, counts[8] <= counts[9]
        else {
            throw RecordError.malformed(type: 0, what: "the head of a snapshot makes no sense")
        }
    }

    var tracesStart: UInt64 { counts[8] }
    var nextHold: UInt64 { counts[9] }

    /// The index after the last element of a column.
    func end(of kind: SnapshotContent.Kind) -> UInt64 {
        switch kind {
        case .seatStates, .seatOwners: counts[0]
        case .rowRuns, .rowFree: counts[1]
        case .events: counts[2]
        case .areas: counts[3]
        case .prices: counts[4]
        case .standings: counts[5]
        case .holds: counts[6]
        case .items: counts[7]
        case .traces: counts[9]
        case .buyers: counts[10]
        case .buyerNames: counts[11]
        case .gates: counts[12]
        case .gateNames: counts[13]
        case .orders: counts[14]
        case .tickets: counts[15]
        case .eventTexts: counts[16]
        case .head, .plans, .keys, .venues, .performers: 0
        }
    }
}
