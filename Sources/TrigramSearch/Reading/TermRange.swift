// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Neighbouring terms of one of a segment's dictionaries that answer one word of a query.
struct TermRange: BitwiseCopyable {
    var low: Int
    var high: Int
    /// Whether the terms are whole names, and not words.
    var isName = false
    /// 1…1000: how well the terms fit; where ``prefixBytes`` is set, each by how much of it was typed.
    var quality = 1000
    /// Bytes that were typed of longer terms; 0 where the terms fit as they are.
    var prefixBytes = 0
    /// Only postings with one of these places count.
    var places = Place.searched
    /// Whether all postings fit alike, wherever in their document they are.
    var isFlat = false
    /// Found by forgiving an error.
    var isForgiven = false
    /// Whether so few letters are wrong, and in so usual a way, that nothing further from it is worth a look.
    var isLikely = true

    @inline(__always)
    func quality(of term: Int, _ table: TermTable) -> Int {
        prefixBytes == 0 ? quality : quality(bytes: Int(table.start[term + 1] - table.start[term]))
    }

    /// The quality of a term of so many bytes.
    @inline(__always)
    func quality(bytes: Int) -> Int {
        if prefixBytes == 0 { return quality }
        return bytes == prefixBytes ? quality : quality * (700 + 250 * min(prefixBytes, bytes) / bytes) / 1000
    }
}

/// One condition of a query: the terms that answer it, any of them, and how much it weighs.
struct Condition {
    var ranges: [TermRange] = []
    /// 0 for a filter.
    var weight = 0
    /// Documents that answer it besides, all alike: a beginning so short that its terms are not gone through.
    var ready: ReadyDocuments?
    /// Documents that count besides in how rare the word is, name by name.
    var readyFrequency = 0
    /// Whether it is one or two letters of a word, or all of it: documents that merely begin so fit alike, whatever name
    /// they have them from.
    var isShort = false
    /// The words that begin so, then, and the whole names.
    var beginning = 0..<0
    var beginningNames = 0..<0
    /// The word as it was typed, where it is one, or its first pair of ideographs.
    var typed: [UInt8] = []

    /// Whether nothing can meet it.
    var isEmpty: Bool { ranges.isEmpty && ready == nil }

    /// Documents of all its terms, name by name: some count more than once.
    func frequency(_ tables: SegmentTables) -> Int {
        ranges.reduce(readyFrequency) { $0 + tables.dictionary($1).documents(low: $1.low, high: $1.high) }
    }
}

/// Conditions that a document must meet, all of them, by their numbers in the plan.
struct Conjunction {
    var conditions: [Int]
    /// What a full match is worth where one name meets all conditions of the text, beside what is given for how much of
    /// the name was typed; and where several names meet them together. Of 1000.
    var scale: Int
    var scatteredScale: Int
}

extension SegmentTables {
    @inline(__always)
    func dictionary(_ range: TermRange) -> TermTable { range.isName ? names : words }

    /// The word `text`, alone.
    func word(_ text: [UInt8], space: UInt8 = 0) -> TermRange? {
        words.find(text, space: space).map { TermRange(low: $0, high: $0 + 1) }
    }

    /// The whole name `text`.
    func name(_ text: [UInt8], space: UInt8 = 0, places: UInt8 = Place.searched) -> TermRange? {
        names.find(text, space: space).map { TermRange(low: $0, high: $0 + 1, isName: true, places: places) }
    }

    func words(beginningWith text: [UInt8], places: UInt8 = Place.searched) -> TermRange? {
        let found = words.beginning(with: text)
        return found.isEmpty
            ? nil
            : TermRange(low: found.lowerBound, high: found.upperBound, prefixBytes: text.count, places: places)
    }

    func names(beginningWith text: [UInt8]) -> TermRange? {
        let found = names.beginning(with: text)
        return found.isEmpty
            ? nil
            : TermRange(low: found.lowerBound, high: found.upperBound, isName: true, prefixBytes: text.count)
    }
}
