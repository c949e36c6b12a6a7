// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The bodies of a shard's records. Each is read from a reader that stands behind type and time; what is of varying
/// length stays in the record, as a range of its bytes. Whether the record was long enough is asked of the reader
/// afterwards (`isMalformed`), and whether it was too long (`remaining`).
///
/// Nothing is allocated, so that millions of them can be read in a second.

extension Span<UInt8> {
    /// The little-endian integer at `offset`, which must lie within.
    @inline(__always)
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as _: Value.Type = Value.self) -> Value {
        bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self).littleEndian
    }

    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

/// Bytes of type and time before every body.
let recordHeadBytes = 9

struct PlanPartRecord {
    let hash: PlanHash
    let offset: Int
    let total: Int
    let part: Range<Int>

    init(_ reader: inout RecordReader) {
        hash = PlanHash(high: reader.read(), low: reader.read())
        offset = Int(reader.read(UInt32.self))
        total = Int(reader.read(UInt32.self))
        part = reader.readRange(Int(reader.read(UInt32.self)))
    }
}

/// What `EVENT ADD` and `EVENT SET` decided beside the texts.
struct EventSettings {
    let starts: Int64
    let startsOffsetMinutes: Int16
    /// `Int64.max` where not given; also `onsale`.
    let ends: Int64
    let onsale: Int64
    /// -1 where not given.
    let defaultPrice: Int64
    let holdSeconds: UInt32
    let limit: UInt32
    /// Three letters, the first in the lowest byte; 0 where not given.
    let currency: UInt32

    init(_ reader: inout RecordReader) {
        starts = reader.read()
        startsOffsetMinutes = reader.read()
        ends = reader.read()
        onsale = reader.read()
        defaultPrice = reader.read()
        holdSeconds = reader.read()
        limit = reader.read()
        currency = reader.read()
    }

    var currencyText: String { CurrencyCode.text(of: currency) }
}

enum CurrencyCode {
    /// `EUR`, or empty for none.
    static func text(of packed: UInt32) -> String {
        guard packed != 0 else { return "" }
        let letters = [
            UInt8(truncatingIfNeeded: packed), UInt8(truncatingIfNeeded: packed >> 8),
            UInt8(truncatingIfNeeded: packed >> 16),
        ]
        return String(decoding: letters, as: UTF8.self)
    }
}

/// The texts of an event: each behind its 2-byte length, in this order.
struct EventTextRanges {
    enum Part: Int, CaseIterable {
        case id, venue, title, type, performers, description
    }

    private var ranges: [Range<Int>] = []

    /// The texts in `texts`, a range of the record's bytes; nil where they do not fill it exactly or there is no id.
    init?(_ record: Span<UInt8>, _ texts: Range<Int>) {
        var at = texts.lowerBound
        for _ in Part.allCases {
            guard at + 2 <= texts.upperBound else { return nil }
            let count = Int(record.integer(at: at, as: UInt16.self))
            guard at + 2 + count <= texts.upperBound else { return nil }
            ranges.append((at + 2)..<(at + 2 + count))
            at += 2 + count
        }
        guard at == texts.upperBound, !ranges[0].isEmpty else { return nil }
    }

    subscript(part: Part) -> Range<Int> { ranges[part.rawValue] }
}

struct EventAddedRecord {
    let plan: PlanHash
    let settings: EventSettings
    let texts: Range<Int>

    init(_ reader: inout RecordReader) {
        plan = PlanHash(high: reader.read(), low: reader.read())
        settings = EventSettings(&reader)
        texts = reader.readTextRange()
    }
}

struct EventChangedRecord {
    let event: Int
    let settings: EventSettings
    let texts: Range<Int>

    init(_ reader: inout RecordReader) {
        event = Int(reader.read(UInt32.self))
        settings = EventSettings(&reader)
        texts = reader.readTextRange()
    }
}

struct EventMovedRecord {
    let event: Int
    let state: UInt8

    init(_ reader: inout RecordReader) {
        event = Int(reader.read(UInt32.self))
        state = reader.read()
    }
}

struct EventCancelledRecord {
    let event: Int

    init(_ reader: inout RecordReader) { event = Int(reader.read(UInt32.self)) }
}

struct PriceSetRecord {
    let event: Int
    let category: Int
    let price: Int64

    init(_ reader: inout RecordReader) {
        event = Int(reader.read(UInt32.self))
        category = Int(reader.read(UInt8.self))
        price = reader.read()
    }
}

/// Seats taken off sale or given back: seats of 4 bytes each, areas of 8 (number, places).
struct BlockedRecord {
    let event: Int
    let seatCount: Int
    let areaCount: Int
    private let seats: Range<Int>
    private let areas: Range<Int>

    init(_ reader: inout RecordReader) {
        event = Int(reader.read(UInt32.self))
        seatCount = Int(reader.read(UInt16.self))
        areaCount = Int(reader.read(UInt16.self))
        seats = reader.readRange(seatCount * 4)
        areas = reader.readRange(areaCount * 8)
    }

    func seat(_ index: Int, _ record: Span<UInt8>) -> Int {
        Int(record.integer(at: seats.lowerBound + 4 * index, as: UInt32.self))
    }

    func area(_ index: Int, _ record: Span<UInt8>) -> (area: Int, places: Int) {
        let at = areas.lowerBound + 8 * index
        return (Int(record.integer(at: at, as: UInt32.self)), Int(record.integer(at: at + 4, as: UInt32.self)))
    }
}

/// Bit 7 of the count says that each place has a price of its own; otherwise one price stands before all places.
struct HeldRecord {
    let serial: UInt64
    let event: Int
    let buyer: Int
    let ends: Int64
    let count: Int
    private let hasOnePrice: Bool
    private let items: Range<Int>
    /// The buyer's name, given where its number is new.
    let name: Range<Int>?

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        event = Int(reader.read(UInt32.self))
        buyer = Int(reader.read(UInt32.self))
        ends = reader.read()
        let countByte = reader.read(UInt8.self)
        count = Int(countByte & 0x7F)
        hasOnePrice = countByte & 0x80 == 0
        items = reader.readRange(hasOnePrice ? 8 + 4 * count : 12 * count)
        name = reader.remaining > 0 ? reader.readTextRange() : nil
    }

    @inline(__always)
    func item(_ index: Int, _ record: Span<UInt8>) -> (place: RecordedPlace, price: Int64) {
        if hasOnePrice {
            let place: UInt32 = record.integer(at: items.lowerBound + 8 + 4 * index)
            return (RecordedPlace(rawValue: place), record.integer(at: items.lowerBound))
        }
        let at = items.lowerBound + 12 * index
        return (RecordedPlace(rawValue: record.integer(at: at + 8)), record.integer(at: at))
    }
}

struct ExtendedRecord {
    let serial: UInt64
    let ends: Int64

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        ends = reader.read()
    }
}

/// Positions among the hold's items, ascending; none at all stands for every one.
struct ReleasedRecord {
    let serial: UInt64
    let positions: Range<Int>

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        positions = reader.readRange(Int(reader.read(UInt8.self)))
    }
}

struct HoldMovedRecord {
    let serial: UInt64
    let move: UInt8
    let when: Int64

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        move = reader.read()
        when = reader.read()
    }
}

struct PaidRecord {
    let serial: UInt64
    let payment: UInt32
    let method: UInt8
    /// 2 being paid, 3 paid.
    let state: UInt8
    let total: Int64
    /// `Int64.max` where the payment is through.
    let outcome: Int64
    let succeeds: UInt8

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        payment = reader.read()
        method = reader.read()
        state = reader.read()
        total = reader.read()
        outcome = reader.read()
        succeeds = reader.read()
    }
}

struct ConfirmedRecord {
    let serial: UInt64
    let order: UInt64
    let firstTicket: UInt64

    init(_ reader: inout RecordReader) {
        serial = reader.read()
        order = reader.read()
        firstTicket = reader.read()
    }
}

/// Positions among the order's tickets, ascending.
struct TicketsCancelledRecord {
    let order: UInt64
    let positions: Range<Int>

    init(_ reader: inout RecordReader) {
        order = reader.read()
        positions = reader.readRange(Int(reader.read(UInt8.self)))
    }
}

struct CheckedInRecord {
    let ticket: UInt64
    let gate: Int
    /// The gate's name, given where its number is new.
    let name: Range<Int>?

    init(_ reader: inout RecordReader) {
        ticket = reader.read()
        gate = Int(reader.read(UInt16.self))
        name = reader.remaining > 0 ? reader.readTextRange() : nil
    }
}

struct CheckInUndoneRecord {
    let ticket: UInt64

    init(_ reader: inout RecordReader) { ticket = reader.read() }
}

/// Which question a key answered, as two hashes, and the reply that was kept.
struct KeyOutcomeRecord {
    let scope: KeyScope
    let fingerprint: UInt64
    let reply: Range<Int>

    init(_ reader: inout RecordReader) {
        scope = KeyScope(high: reader.read(), low: reader.read())
        fingerprint = reader.read()
        reply = reader.readRange(reader.remaining)
    }
}

/// Who asked, the verb, the first id named and the key: hashed, and never taken back from the hash.
struct KeyScope: Hashable, BitwiseCopyable {
    var high: UInt64
    var low: UInt64
}
