// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A venue on its way into a snapshot: what it says of itself and its layout, both immutable.
///
/// As a message: texts (2-byte length and UTF-8) id, name, city, country, address, time zone; sections (2 bytes) and of
/// each the text of its own category; then the encoded seat plan to the end.
public struct CapturedVenue: Sendable {
    let id: String
    let texts: VenueTexts
    let layout: VenueLayout
    let sectionCategories: [String]

    init(_ venue: Venue) {
        id = venue.id
        texts = venue.texts
        layout = venue.layout
        sectionCategories = venue.builder.sections.map(\.category)
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for text in [id, texts.name, texts.city, texts.country, texts.address, texts.timeZone] {
            bytes.append(text: text)
        }
        bytes.append(integer: UInt16(sectionCategories.count))
        for category in sectionCategories { bytes.append(text: category) }
        layout.planOnce.encode(into: &bytes)
        return bytes
    }
}

extension SeatPlan {
    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }
}
