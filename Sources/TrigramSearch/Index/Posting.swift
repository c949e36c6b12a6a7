// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What a posting says, and what kinds of term there are.

/// That a term is in a document, and where: the document's number within its segment above a byte of places.
typealias Posting = UInt32

/// The places of a term in a document, a bit each.
enum Place {
    static let performer: UInt8 = 1
    static let title: UInt8 = 2
    static let venue: UInt8 = 4
    static let city: UInt8 = 8
    static let description: UInt8 = 16
    /// The term is all of a performer's name, of the title, of the venue's name, without spaces.
    static let wholePerformer: UInt8 = 32
    static let wholeTitle: UInt8 = 64
    static let wholeVenue: UInt8 = 128

    static let anyWhole: UInt8 = wholePerformer | wholeTitle | wholeVenue
    static let anyWord: UInt8 = ~anyWhole

    /// Documents of a segment: what is left of a posting beside the byte of places.
    static let documentsPerSegmentMax = 1 << 24
}

/// Terms that are no words of the text begin with one of these bytes, which no folded text holds. They sort before all
/// words, so that words are one run of the dictionary.
enum TermSpace {
    static let type: UInt8 = 1
    static let performerID: UInt8 = 2
    static let locationWord: UInt8 = 3
    /// A location text without spaces.
    static let locationWhole: UInt8 = 4
    /// One or two ideographs.
    static let gram: UInt8 = 5
    static let firstWordByte: UInt8 = 0x21
}
