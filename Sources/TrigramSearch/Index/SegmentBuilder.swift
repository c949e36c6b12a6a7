// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Gathers documents, in the order in which they come, for a segment. Each is folded when it comes; its texts are not
// kept.

/// Documents on their way to a ``Segment``.
struct SegmentBuilder {
    /// A builder larger than this is published early, so that no table outgrows its numbers.
    static let postingsMax = 1 << 28
    static let documentsMax = 1 << 22

    private(set) var terms = ByteStringTable()
    /// The postings of each document, one after another: term and places.
    private(set) var streamTerms: [UInt32] = []
    private(set) var streamPlaces: [UInt8] = []
    /// Where each document begins in the stream, and where the last ends.
    private(set) var streamStarts: [Int] = [0]
    private(set) var numbers: [UInt32] = []
    private(set) var starts: [Int64] = []
    private(set) var days: [Int32] = []
    private(set) var ids = [UInt8]()
    private(set) var idStarts: [UInt32] = [0]
    /// Numbers that were removed, each with how many documents had come before.
    private(set) var removals: [(number: UInt32, before: UInt32)] = []

    /// Where a term was last put into the stream, + 1: tells whether the document has it already.
    private var lastInStream: [Int] = []
    /// Names come again and again; what became of one is remembered by its field and raw bytes.
    private var fields = ByteStringTable()
    private var fieldStarts: [Int] = [0]
    private var fieldTerms: [UInt32] = []
    private var fieldPlaces: [UInt8] = []
    private var folded = FoldedText()
    private var gramBytes: [UInt8] = []

    init() {}

    var count: Int { numbers.count }
    var isEmpty: Bool { numbers.isEmpty && removals.isEmpty }
    var isFull: Bool { count >= Self.documentsMax || streamTerms.count >= Self.postingsMax || ids.count >= 1 << 30 }

    mutating func remove(_ number: UInt32) {
        removals.append((number, UInt32(count)))
    }

    mutating func add(_ document: SearchDocument) {
        for name in document.performers { add(name, as: .performer) }
        addTitle(document.title)
        add(document.venue, as: .venue)
        add(document.city, as: .city)
        for text in document.locations { add(text, as: .location) }
        for id in document.performerIDs { add(id, as: .performerID) }
        add(document.type, as: .type)
        addDescription(document.description)
        streamStarts.append(streamTerms.count)
        numbers.append(document.number)
        starts.append(document.startsMilliseconds)
        days.append(document.localDay)
        ids.append(contentsOf: document.id.utf8.prefix(SearchLimits.idBytesMax))
        idStarts.append(UInt32(ids.count))
    }

    /// A text of a document that is remembered, with its part of the index.
    private enum FieldKind: UInt8 {
        case performer = 1
        case venue, city, location, performerID, type
    }

    private mutating func add(_ text: String, as kind: FieldKind) {
        if text.isEmpty { return }
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { add($0, as: kind) }
        if isDone == nil { Array(text.utf8).withUnsafeBufferPointer { add($0, as: kind) } }
    }

    private mutating func add(_ text: UnsafeBufferPointer<UInt8>, as kind: FieldKind) {
        let known = fields.count
        let field = Int(fields.number(of: text, space: kind.rawValue))
        if field == known {
            remember(text, as: kind)
            fieldStarts.append(fieldTerms.count)
        }
        for place in fieldStarts[field]..<fieldStarts[field + 1] {
            add(term: fieldTerms[place], places: fieldPlaces[place])
        }
    }

    private mutating func remember(_ text: UnsafeBufferPointer<UInt8>, as kind: FieldKind) {
        if kind == .performerID {
            appendField(text, space: TermSpace.performerID, places: 0)
            return
        }
        folded.fold(text)
        switch kind {
        case .performer: rememberWords(Place.performer, whole: Place.wholePerformer)
        case .venue:
            rememberWords(Place.venue, whole: Place.wholeVenue)
            rememberLocation()
        case .city:
            rememberWords(Place.city, whole: 0)
            rememberLocation()
        case .location: rememberLocation()
        case .type: appendField(0..<folded.joinedEnd, space: TermSpace.type, places: 0)
        case .performerID: break
        }
    }

    private mutating func rememberLocation() {
        for word in folded.words { appendField(word.start..<word.end, space: TermSpace.locationWord, places: 0) }
        appendField(0..<folded.joinedEnd, space: TermSpace.locationWhole, places: 0)
    }

    private mutating func rememberWords(_ places: UInt8, whole: UInt8) {
        forEachTerm { builder, range, space in builder.appendField(range, space: space, places: places) }
        if whole != 0, folded.joinedEnd > 0 {
            appendField(0..<folded.joinedEnd, space: 0, places: whole)
        }
    }

    /// Titles are of one document or few, and are not remembered.
    private mutating func addTitle(_ text: String) {
        if text.isEmpty { return }
        folded.fold(text)
        forEachTerm { builder, range, space in
            builder.add(term: builder.term(range, space: space), places: Place.title)
        }
        if folded.joinedEnd > 0 { add(term: term(0..<folded.joinedEnd, space: 0), places: Place.wholeTitle) }
    }

    private mutating func addDescription(_ text: String) {
        if text.isEmpty { return }
        folded.fold(text)
        let first = streamStarts[streamStarts.count - 1]
        forEachTerm { builder, range, space in
            guard builder.streamTerms.count - first < SearchLimits.documentWordsMax else { return }
            builder.add(term: builder.term(range, space: space), places: Place.description)
        }
    }

    /// Every term of the folded text: its words, what stands together without white space ("acdc" of AC/DC), and its
    /// ideographs one by one and two by two, across spaces too.
    private mutating func forEachTerm(_ body: (inout SegmentBuilder, Range<Int>, UInt8) -> Void) {
        var index = 0
        while index < folded.words.count {
            let word = folded.words[index]
            body(&self, word.start..<word.end, 0)
            let isFirstOfChunk = index == 0 || folded.words[index - 1].chunk != word.chunk
            if isFirstOfChunk, word.kind != .punctuation {
                var last = index
                while last + 1 < folded.words.count, folded.words[last + 1].chunk == word.chunk { last += 1 }
                if last > index { body(&self, word.start..<folded.words[last].end, 0) }
            }
            index += 1
        }
        var previous = -1
        for word in folded.words {
            guard word.kind == .ideographs else {
                previous = -1
                continue
            }
            var position = word.start
            while position < word.end {
                let start = position
                position += 1
                while position < word.end, folded.bytes[position] & 0xC0 == 0x80 { position += 1 }
                body(&self, start..<position, TermSpace.gram)
                // Ideographs of neighbouring words lie back to back, so that the pair is one range.
                if previous >= 0 { body(&self, previous..<position, TermSpace.gram) }
                previous = start
            }
        }
    }

    private mutating func appendField(_ range: Range<Int>, space: UInt8, places: UInt8) {
        guard !range.isEmpty else { return }
        fieldTerms.append(term(range, space: space))
        fieldPlaces.append(places)
    }

    private mutating func appendField(_ text: UnsafeBufferPointer<UInt8>, space: UInt8, places: UInt8) {
        fieldTerms.append(terms.number(of: text, space: space))
        fieldPlaces.append(places)
    }

    private mutating func term(_ range: Range<Int>, space: UInt8) -> UInt32 {
        folded.bytes.withUnsafeBufferPointer { bytes in
            terms.number(
                of: UnsafeBufferPointer(rebasing: bytes[UTF8Text.clipped(range, of: folded.bytes)]), space: space)
        }
    }

    @inline(__always)
    private mutating func add(term: UInt32, places: UInt8) {
        let index = Int(term)
        while lastInStream.count <= index { lastInStream.append(0) }
        let last = lastInStream[index]
        if last > streamStarts[streamStarts.count - 1] {
            streamPlaces[last - 1] |= places
        } else {
            streamTerms.append(term)
            streamPlaces.append(places)
            lastInStream[index] = streamTerms.count
        }
    }
}
