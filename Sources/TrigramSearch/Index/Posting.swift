// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The index has three levels: words, and whole names without their spaces, lead to names; names lead to documents. A
// name is what documents share: a performer, a title, a place (a venue with its city). A word's list is so as long as
// there are names with it, and not as there are documents.

/// That a term is in a name, and where: the name's number within its segment above five bits of ``Place``.
typealias NamePosting = UInt32

/// What of a name a term is in, a bit each.
enum Place {
    static let performer: UInt8 = 1
    static let title: UInt8 = 2
    static let venue: UInt8 = 4
    static let city: UInt8 = 8
    /// A country or another text that only `location=` looks at.
    static let location: UInt8 = 16

    static let bits: UInt32 = 5
    static let mask: UInt32 = 31
    /// What words are looked for in, and what `location=` is.
    static let searched: UInt8 = performer | title | venue | city
    static let anyLocation: UInt8 = venue | city | location

    /// Documents of a segment, and postings of a table.
    static let documentsPerSegmentMax = 1 << 24
}

/// How long a name is; of a place, its venue.
struct NameSize: BitwiseCopyable {
    /// Without spaces, 255 at most.
    var letters: UInt8
    /// 255 at most.
    var words: UInt8
}

/// What a name is. Names of a segment are numbered by kind.
enum NameKind: UInt8 {
    case performer = 0
    case title = 1
    case place = 2
}

/// Terms that are no words of the text begin with one of these bytes, which no folded text holds. They sort before all
/// words, so that words are one run of the dictionary.
enum TermSpace {
    /// Among the names: a document's type, and a performer's id.
    static let type: UInt8 = 1
    static let performerID: UInt8 = 2
    /// Among the words: one or two ideographs.
    static let gram: UInt8 = 5
    static let firstWordByte: UInt8 = 0x21
}
