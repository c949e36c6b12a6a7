// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The records of the catalogue's journal, as the audit reads them. Founding, digest, reset and keys are as in a shard's.
enum CatalogueRecordType: UInt8, CaseIterable {
    case venueAdded = 0x40
    case venueChanged = 0x41
    case sectionAdded = 0x42
    case rowAdded = 0x43
    case areaAdded = 0x44
    case performerAdded = 0x48
    case performerChanged = 0x49

    var word: String {
        switch self {
        case .venueAdded: "venue-added"
        case .venueChanged: "venue-changed"
        case .sectionAdded: "section-added"
        case .rowAdded: "row-added"
        case .areaAdded: "area-added"
        case .performerAdded: "performer-added"
        case .performerChanged: "performer-changed"
        }
    }
}

/// The texts of a venue behind its id or number.
struct VenueTextRanges {
    let name: Range<Int>
    let city: Range<Int>
    let country: Range<Int>
    let address: Range<Int>
    let timeZone: Range<Int>

    init(_ reader: inout RecordReader) {
        name = reader.readTextRange()
        city = reader.readTextRange()
        country = reader.readTextRange()
        address = reader.readTextRange()
        timeZone = reader.readTextRange()
    }
}

/// A part of a layout: the number of its venue, and an encoded plan of that part alone to the end of the record.
struct LayoutPartRecord {
    let venue: Int
    /// Of a section: its category, or empty.
    let category: Range<Int>
    /// Of a section: the expression that its rows' labels were made from, or empty.
    let rows: Range<Int>
    let plan: Range<Int>

    init(_ reader: inout RecordReader, isSection: Bool) {
        venue = Int(reader.read(UInt32.self))
        category = isSection ? reader.readTextRange() : 0..<0
        rows = isSection ? reader.readTextRange() : 0..<0
        plan = reader.readRange(reader.remaining)
    }
}
