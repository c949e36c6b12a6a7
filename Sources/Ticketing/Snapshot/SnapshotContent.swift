// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What the frames of a snapshot hold, content version 1, written down so that another program could read it.
///
/// All integers are little-endian. A frame's content is a row of images, one after another without gaps. An image is a
/// header of 16 bytes and `count` × `element bytes` bytes:
///
/// | image header | bytes | |
/// | --- | --- | --- |
/// | 0 | 1 | kind, see below |
/// | 1 | 1 | zero |
/// | 2 | 2 | bytes of an element |
/// | 4 | 4 | count of elements |
/// | 8 | 8 | of a column: the index of the first element; of a stream: zero |
///
/// **A column** is a table of elements of one size. Its images come in any order and cover each element once. An image
/// never covers elements of two chunks of the column (see `Kind`), but this is of no concern to a reader.
///
/// **A stream** is a row of messages, each a length of 4 bytes and so many bytes. Its images, in order, joined, are the
/// stream; a message may cross images and frames.
///
/// The first message of the stream ``Kind/head`` is the first thing in a snapshot.
///
/// A ledger's snapshot holds these kinds:
///
/// | kind | | element |
/// | --- | --- | --- |
/// | 1 | head, a stream of one message | see `LedgerHead` |
/// | 2 | states of seats | 1: 0 free, 1 held, 2 being paid, 3 sold, 4 blocked |
/// | 3 | owners of seats | 4: the slot of a hold, or the ticket's index |
/// | 4, 5 | by row, 8 and 2; no longer written, and passed over: they follow from the states of the seats | |
/// | 6 | events | `EventEntry` |
/// | 7 | areas | `AreaEntry` |
/// | 8 | prices | 8: minor units, -1 where there is none |
/// | 9 | standings | `Standing` |
/// | 10 | holds by slot | `HoldEntry` |
/// | 11 | items of holds | `HeldItem` |
/// | 12 | traces of holds by serial | `HoldTrace` |
/// | 13, 14 | buyers, bytes of their names | `NameTable.Entry`, 1 |
/// | 15, 16 | gates, bytes of their names | `NameTable.Entry`, 1 |
/// | 17 | orders | `OrderEntry` |
/// | 18 | tickets | `TicketEntry` |
/// | 19 | bytes of the events' texts | 1, see `EventTexts` |
/// | 20 | seat plans, a stream: a message is an encoded plan | |
/// | 21 | idempotency keys, a stream | see `KeyTable` |
///
/// A catalogue's snapshot holds head (1), keys (21), and
///
/// | kind | | |
/// | --- | --- | --- |
/// | 22 | venues, a stream | see `CapturedVenue` |
/// | 23 | performers, a stream: texts id, name, genre | |
///
/// Entries are laid out as the structures of these names are declared, field after field, without padding.
public enum SnapshotContent {
    /// The version of this description. A reader refuses a newer one.
    public static let version: UInt16 = 1
    /// What the content of a ledger's snapshot is called in the file's header: `LEDG`.
    public static let ledgerKind: UInt32 = 0x4744_454C
    /// And of a catalogue's: `CATA`.
    public static let catalogueKind: UInt32 = 0x4154_4143

    static let imageHeaderBytes = 16
    /// The longest message of a stream: a seat plan of the largest house, many times over.
    static let messageBytesMax = 1 << 28
    /// The most elements of a column: their numbers have 32 bits, those of holds' traces apart.
    static let columnCountMax = 1 << 32

    /// What an image holds. Raw values are part of the format: only add.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case head = 1
        case seatStates, seatOwners, rowRuns, rowFree, events, areas, prices, standings, holds, items, traces
        case buyers, buyerNames, gates, gateNames, orders, tickets, eventTexts
        case plans, keys, venues, performers

        /// Whether its images are a row of messages.
        public var isStream: Bool {
            switch self {
            case .head, .plans, .keys, .venues, .performers: true
            default: false
            }
        }

        /// Whether it follows from other kinds, so that nobody needs it.
        public var isDerived: Bool { self == .rowRuns || self == .rowFree }
    }

    /// The head of an image, as it lies in memory and in the file.
    struct ImageHeader: BitwiseCopyable {
        var kind: UInt8
        private var zero: UInt8 = 0
        var elementBytes: UInt16
        var count: UInt32
        var first: UInt64

        init(kind: UInt8, elementBytes: UInt16, count: UInt32, first: UInt64) {
            self.kind = kind
            self.elementBytes = elementBytes
            self.count = count
            self.first = first
        }
    }

    /// One image of a frame, for whoever shows what a snapshot holds.
    public struct Image: Sendable {
        public var kind: Kind
        public var elementBytes: Int
        public var count: Int
        /// The index of the first element in its column.
        public var first: UInt64
        /// Where its elements lie in the frame.
        public var range: Range<Int>
    }

    /// Calls `body` with each image of a frame's content, in order.
    ///
    /// - Throws: `RecordError` where the frame is not a row of images of known kinds.
    public static func forEachImage(
        in frame: UnsafeRawBufferPointer, _ body: (Image) throws(RecordError) -> Void
    ) throws(RecordError) {
        var at = 0
        while at < frame.count {
            guard frame.count - at >= imageHeaderBytes else { throw .snapshot("an image is cut in its head") }
            let header = frame.loadUnaligned(fromByteOffset: at, as: ImageHeader.self)
            guard let kind = Kind(rawValue: header.kind) else { throw .snapshot("an image of unknown kind") }
            let bytes = Int(header.count) * Int(header.elementBytes)
            at += imageHeaderBytes
            guard header.elementBytes > 0, bytes <= frame.count - at else { throw .snapshot("an image is cut") }
            try body(
                Image(
                    kind: kind, elementBytes: Int(header.elementBytes), count: Int(header.count), first: header.first,
                    range: at..<(at + bytes)))
            at += bytes
        }
    }
}

/// Joins the images of streams into messages.
struct SnapshotStreams {
    private var pending: [SnapshotContent.Kind: [UInt8]] = [:]

    /// Adds the bytes of an image and calls `body` with each message that is whole by now.
    mutating func add(
        _ kind: SnapshotContent.Kind, _ bytes: UnsafeRawBufferPointer,
        _ body: (Span<UInt8>) throws(RecordError) -> Void
    ) throws(RecordError) {
        var all = pending.removeValue(forKey: kind) ?? []
        all.append(contentsOf: bytes)
        var at = 0
        while all.count - at >= 4 {
            var length = 0
            for index in 0..<4 { length |= Int(all[at + index]) << (8 * index) }
            guard length <= SnapshotContent.messageBytesMax else { throw .snapshot("a message is too long") }
            guard all.count - at - 4 >= length else { break }
            try body(all.span.extracting((at + 4)..<(at + 4 + length)))
            at += 4 + length
        }
        if at > 0 { all.removeFirst(at) }
        if !all.isEmpty { pending[kind] = all }
    }

    /// Whether every message was whole.
    var isComplete: Bool { pending.isEmpty }
}
