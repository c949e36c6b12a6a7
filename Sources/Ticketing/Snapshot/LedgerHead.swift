// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The first message of a ledger's snapshot: everything that is no column, and how long the columns are.
///
/// In this order, little-endian: version (1 byte) = 1; founding: shard (1), shards (1), secret (32); time of the last
/// record (8); digests of the founding, of the books without keys, and of the keys (8 each); counts (8 each, see `Count`); free seats,
/// held, being paid, sold, blocked (8 each); head of the list of free holds (4); heads of the lists of free stretches of
/// items (8 times 4); serial of the last payment (4); first serials of orders, tickets and holds since `RESET` (8 each).
struct LedgerHead {
    /// What is counted, in the order of the file. Of `traces`, the first serial and the one after the last.
    enum Count: Int, CaseIterable {
        case seats, rows, events, areas, prices, standings, holds, items, tracesStart, tracesEnd
        case buyers, buyerNameBytes, gates, gateNameBytes, orders, tickets, eventTextBytes
        case plans, keys, openHolds
    }

    static let version: UInt8 = 1

    var founding: FoundingRecord
    var lastRecorded: Instant
    var foundingDigest: UInt64
    var digest: UInt64
    var keysDigest: UInt64
    private var counts: [UInt64] = Array(repeating: 0, count: Count.allCases.count)
    var seatCounts: [UInt64] = []
    var freeHold: UInt32 = 0
    var freeItems: [UInt32] = []
    var lastPayment: UInt32 = 0
    var firstOrderSerial: UInt64 = 1
    var firstTicketSerial: UInt64 = 1
    var firstHoldSerial: UInt64 = 1

    init(founding: FoundingRecord, lastRecorded: Instant, digest: UInt64, keysDigest: UInt64) {
        self.founding = founding
        self.lastRecorded = lastRecorded
        foundingDigest = StateMix.mix(founding)
        self.digest = digest
        self.keysDigest = keysDigest
    }

    subscript(count: Count) -> UInt64 {
        get { counts[count.rawValue] }
        set { counts[count.rawValue] = newValue }
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = [Self.version, founding.shard, founding.shards]
        bytes.append(contentsOf: founding.secret)
        bytes.append(integer: lastRecorded.milliseconds)
        bytes.append(integer: foundingDigest)
        bytes.append(integer: digest)
        bytes.append(integer: keysDigest)
        for count in counts { bytes.append(integer: count) }
        for count in seatCounts { bytes.append(integer: count) }
        bytes.append(integer: freeHold)
        for head in freeItems { bytes.append(integer: head) }
        bytes.append(integer: lastPayment)
        bytes.append(integer: firstOrderSerial)
        bytes.append(integer: firstTicketSerial)
        bytes.append(integer: firstHoldSerial)
        return bytes
    }

    init(decoding bytes: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(bytes)
        guard reader.read(UInt8.self) == Self.version else { throw .snapshot("its head is of another version") }
        let shard = reader.read(UInt8.self)
        let shards = reader.read(UInt8.self)
        let range = reader.readRange(FoundingRecord.secretBytes)
        guard !reader.isMalformed, FoundingRecord.isValid(shard: shard, shards: shards) else {
            throw .snapshot("its founding makes no sense")
        }
        founding = FoundingRecord(shard: shard, shards: shards, secret: range.map { bytes[$0] })
        lastRecorded = Instant(milliseconds: reader.read(Int64.self))
        foundingDigest = reader.read(UInt64.self)
        digest = reader.read(UInt64.self)
        keysDigest = reader.read(UInt64.self)
        for index in counts.indices { counts[index] = reader.read(UInt64.self) }
        seatCounts = (0..<5).map { _ in reader.read(UInt64.self) }
        freeHold = reader.read(UInt32.self)
        freeItems = (0..<8).map { _ in reader.read(UInt32.self) }
        lastPayment = reader.read(UInt32.self)
        firstOrderSerial = reader.read(UInt64.self)
        firstTicketSerial = reader.read(UInt64.self)
        firstHoldSerial = reader.read(UInt64.self)
        guard !reader.isMalformed, reader.remaining == 0 else { throw .snapshot("its head is of another length") }
    }
}
