// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Gathers documents, in the order in which they come, for a segment. A name is folded when it first comes; texts are not
// kept.

/// Documents on their way to a ``Segment``.
struct SegmentBuilder {
    /// A builder larger than this is published early, so that no table outgrows its numbers.
    static let postingsMax = 1 << 28
    static let documentsMax = 1 << 22
    static let namesMax = 1 << 26

    // MARK: Dictionaries and names, by number in the order in which they came

    private(set) var words = ByteStringTable()
    /// Names without spaces, types and performers' ids.
    private(set) var terms = ByteStringTable()
    /// What makes a name itself: its kind and texts as they came.
    private var identities = IdentityTable()
    private(set) var names: [BuiltName] = []
    /// The words and terms of all names, one name after another, each with its places.
    private(set) var nameWords: [UInt32] = []
    private(set) var nameWordPlaces: [UInt8] = []
    private(set) var nameTerms: [UInt32] = []
    private(set) var nameTermPlaces: [UInt8] = []

    struct BuiltName {
        var kind: NameKind
        var identity: UInt64
        /// Its term, `UInt32.max` where it has none.
        var term: UInt32
        var size: NameSize
        /// Where its words and terms end.
        var wordsEnd: UInt32
        var termsEnd: UInt32
    }

    // MARK: Documents

    private(set) var ownStart: [UInt32] = [0]
    private(set) var own: [UInt32] = []
    private(set) var textStart: [Int] = [0]
    private(set) var texts: [UInt32] = []
    /// By document, its type's term + 1, or 0.
    private(set) var types: [UInt32] = []
    private(set) var numbers: [UInt32] = []
    private(set) var starts: [Int64] = []
    private(set) var daySkews: [Int8] = []
    private(set) var isHidden: [Bool] = []
    private(set) var ids = [UInt8]()
    private(set) var idStarts: [UInt32] = [0]
    /// Numbers that were removed, each with how many documents had come before.
    private(set) var removals: [(number: UInt32, before: UInt32)] = []

    private var folded = FoldedText()
    private var scratch: [UInt8] = []
    /// By word, the document + 1 whose description last had it.
    private var lastInText: [UInt32] = []

    init() {}

    var count: Int { numbers.count }
    var isFull: Bool {
        count >= Self.documentsMax || texts.count >= Self.postingsMax || own.count >= Self.postingsMax
            || names.count >= Self.namesMax || ids.count >= 1 << 30
            || nameWords.count + nameTerms.count >= Self.postingsMax || words.bytes.count + terms.bytes.count >= 1 << 30
    }

    mutating func remove(_ number: UInt32) {
        removals.append((number, UInt32(count)))
    }

    mutating func add(_ document: SearchDocument) {
        addPerformers(document)
        if !document.title.isEmpty {
            begin(.title)
            append(document.title)
            addOwn { $0.makeTitle(document.title) }
        }
        if !document.venue.isEmpty || !document.city.isEmpty || document.locations.contains(where: { !$0.isEmpty }) {
            begin(.place)
            append(document.venue)
            append(document.city)
            for text in document.locations { append(text) }
            addOwn { $0.makePlace(document) }
        }
        addDescription(document.description)
        ownStart.append(UInt32(own.count))
        textStart.append(texts.count)
        types.append(type(document.type))
        numbers.append(document.number)
        starts.append(document.startsMilliseconds)
        let day = SearchDocument.localDay(startsMilliseconds: document.startsMilliseconds, offsetMinutes: 0)
        daySkews.append(Int8(clamping: Int64(document.localDay) - Int64(day)))
        isHidden.append(document.isHidden)
        ids.append(contentsOf: document.id.utf8.prefix(SearchLimits.idBytesMax))
        idStarts.append(UInt32(ids.count))
    }

    private mutating func addPerformers(_ document: SearchDocument) {
        // Where each has an id, name and id are one; else they are names of their own.
        let isPaired = document.performers.count == document.performerIDs.count
        for (place, name) in document.performers.enumerated() {
            addPerformer(name: name, id: isPaired ? document.performerIDs[place] : "")
        }
        if !isPaired {
            for id in document.performerIDs { addPerformer(name: "", id: id) }
        }
    }

    private mutating func addPerformer(name: String, id: String) {
        if name.isEmpty, id.isEmpty { return }
        begin(.performer)
        append(id)
        append(name)
        addOwn { $0.makePerformer(name: name, id: id) }
    }

    // MARK: Names

    private mutating func begin(_ kind: NameKind) {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(kind.rawValue)
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { scratch.append(contentsOf: $0) }
        // No UTF-8 has this byte, so that texts cannot run into each other.
        scratch.append(0xFF)
    }

    /// Gives the document the name of the bytes in `scratch`, and has it made where it is new.
    private mutating func addOwn(_ make: (inout SegmentBuilder) -> BuiltName) {
        let identity = scratch.withUnsafeBufferPointer { IdentityTable.identity(of: $0) }
        let name = identities.number(of: identity)
        if Int(name) == names.count {
            var made = make(&self)
            made.identity = identity
            names.append(made)
        }
        for index in Int(ownStart[ownStart.count - 1])..<own.count where own[index] == name { return }
        own.append(name)
    }

    private func built(_ kind: NameKind, term: UInt32?, _ size: NameSize) -> BuiltName {
        BuiltName(
            kind: kind, identity: 0, term: term ?? .max, size: size,
            wordsEnd: UInt32(nameWords.count), termsEnd: UInt32(nameTerms.count))
    }

    private mutating func makePerformer(name: String, id: String) -> BuiltName {
        if !id.isEmpty {
            var id = id
            let term = id.withUTF8 { terms.number(of: $0, space: TermSpace.performerID) }
            nameTerms.append(term)
            nameTermPlaces.append(Place.performer)
        }
        folded.fold(name)
        addWords(Place.performer)
        let size = foldedSize
        let term = addJoined(Place.performer)
        return built(.performer, term: term, size)
    }

    private mutating func makeTitle(_ title: String) -> BuiltName {
        folded.fold(title)
        addWords(Place.title)
        let size = foldedSize
        let term = addJoined(Place.title)
        return built(.title, term: term, size)
    }

    private mutating func makePlace(_ document: SearchDocument) -> BuiltName {
        folded.fold(document.venue)
        var size = foldedSize
        addWords(Place.venue)
        var term = addJoined(Place.venue)
        folded.fold(document.city)
        if size.letters == 0 { size = foldedSize }
        addWords(Place.city)
        let city = addJoined(Place.city)
        term = term ?? city
        for text in document.locations where !text.isEmpty {
            folded.fold(text)
            addWords(Place.location)
            _ = addJoined(Place.location)
        }
        return built(.place, term: term, size)
    }

    private var foldedSize: NameSize {
        var letters = 0
        for byte in folded.bytes[..<folded.joinedEnd] where byte & 0xC0 != 0x80 { letters += 1 }
        return NameSize(letters: UInt8(clamping: letters), words: UInt8(clamping: folded.words.count))
    }

    private mutating func addWords(_ place: UInt8) {
        forEachWord { builder, word in
            builder.nameWords.append(word)
            builder.nameWordPlaces.append(place)
        }
    }

    /// All of the folded text as one.
    private mutating func addJoined(_ place: UInt8) -> UInt32? {
        guard folded.joinedEnd > 0 else { return nil }
        let term = folded.bytes.withUnsafeBufferPointer { bytes in
            terms.number(
                of: UnsafeBufferPointer(
                    rebasing: bytes[UTF8Text.clipped(0..<folded.joinedEnd, of: folded.bytes)]), space: 0)
        }
        nameTerms.append(term)
        nameTermPlaces.append(place)
        return term
    }

    private mutating func type(_ text: String) -> UInt32 {
        if text.isEmpty { return 0 }
        folded.fold(text)
        guard folded.joinedEnd > 0 else { return 0 }
        return folded.bytes.withUnsafeBufferPointer { bytes in
            terms.number(
                of: UnsafeBufferPointer(
                    rebasing: bytes[UTF8Text.clipped(0..<folded.joinedEnd, of: folded.bytes)]), space: TermSpace.type)
        } + 1
    }

    private mutating func addDescription(_ text: String) {
        if text.isEmpty { return }
        folded.fold(text)
        let document = UInt32(count) + 1
        var added = 0
        forEachWord { builder, word in
            guard added < SearchLimits.documentWordsMax else { return }
            while builder.lastInText.count <= Int(word) { builder.lastInText.append(0) }
            if builder.lastInText[Int(word)] == document { return }
            builder.lastInText[Int(word)] = document
            builder.texts.append(word)
            added += 1
        }
    }

    /// Every word of the folded text: its words, what stands together without white space ("acdc" of AC/DC), and its
    /// ideographs one by one and two by two, across spaces too.
    private mutating func forEachWord(_ body: (inout SegmentBuilder, UInt32) -> Void) {
        var index = 0
        while index < folded.words.count {
            let word = folded.words[index]
            body(&self, number(word.start..<word.end, space: 0))
            let isFirstOfChunk = index == 0 || folded.words[index - 1].chunk != word.chunk
            if isFirstOfChunk, word.kind != .punctuation {
                var last = index
                while last + 1 < folded.words.count, folded.words[last + 1].chunk == word.chunk { last += 1 }
                if last > index { body(&self, number(word.start..<folded.words[last].end, space: 0)) }
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
                body(&self, number(start..<position, space: TermSpace.gram))
                // Ideographs of neighbouring words lie back to back, so that the pair is one range.
                if previous >= 0 { body(&self, number(previous..<position, space: TermSpace.gram)) }
                previous = start
            }
        }
    }

    private mutating func number(_ range: Range<Int>, space: UInt8) -> UInt32 {
        folded.bytes.withUnsafeBufferPointer { bytes in
            words.number(
                of: UnsafeBufferPointer(rebasing: bytes[UTF8Text.clipped(range, of: folded.bytes)]), space: space)
        }
    }
}
