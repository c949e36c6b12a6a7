// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A query made ready: checked against the limits, folded, divided into words.

/// A word of a query.
struct QueryWord {
    var bytes: [UInt8]
    var letters: [UInt32]
    var kind: FoldedWord.Kind
    /// Ideographs one by one where there is one, else two by two, each as UTF-8.
    var grams: [[UInt8]]
    /// The last word may be unfinished.
    var isLast: Bool
}

/// A query, checked and folded. Knows nothing of any segment.
struct PreparedQuery {
    var words: [QueryWord] = []
    /// All words without spaces.
    var joined: [UInt8] = []
    /// The words as typed, without white space around them: perhaps an id.
    var typed: [UInt8] = []
    var locationWords: [[UInt8]] = []
    var locationJoined: [UInt8] = []
    var performerID: [UInt8] = []
    var performerJoined: [UInt8] = []
    var typeJoined: [UInt8] = []
    var firstDay: Int64
    var lastDay: Int64
    var nowHours: Int64
    var sort: SearchSort
    /// The query had words, though perhaps only punctuation.
    var isText = false
    var hasPunctuation = false
    /// Letters of all words together.
    var typedLetters = 0
    var seesHidden: Bool
    var foldsTours: Bool

    var hasDays: Bool { firstDay > Int64(Int32.min) || lastDay < Int64(Int32.max) }
    var hasFilters: Bool {
        hasDays || !locationWords.isEmpty || !performerID.isEmpty || !typeJoined.isEmpty
    }
    var isDateOrdered: Bool { sort == .date || !isText }

    init(_ query: SearchQuery, _ folded: inout FoldedText) throws(SearchProblem) {
        for text in [query.words, query.location, query.performer, query.type]
        where text.utf8.count > SearchLimits.queryBytesMax {
            throw .queryTooLong
        }
        firstDay = Int64(query.firstDay ?? .min)
        lastDay = Int64(query.lastDay ?? .max)
        nowHours = SearchCursor.nowHours(query)
        sort = query.sort
        seesHidden = query.seesHidden
        foldsTours = query.foldsTours
        guard firstDay <= lastDay else { throw .datesReversed }
        try foldWords(query.words, &folded)
        if !query.location.isEmpty {
            folded.fold(query.location)
            guard !folded.words.isEmpty else { throw .emptyLocation }
            guard folded.words.count <= SearchLimits.queryWordsMax else { throw .tooManyWords }
            locationWords = folded.words.map { Self.clipped($0.start..<$0.end, folded) }
            locationJoined = Self.clipped(0..<folded.joinedEnd, folded)
        }
        if !query.performer.isEmpty {
            folded.fold(query.performer)
            performerID = Array(query.performer.utf8)
            performerJoined = Self.clipped(0..<folded.joinedEnd, folded)
        }
        if !query.type.isEmpty {
            folded.fold(query.type)
            guard folded.joinedEnd > 0 else { throw .emptyType }
            typeJoined = Self.clipped(0..<folded.joinedEnd, folded)
        }
    }

    private mutating func foldWords(_ text: String, _ folded: inout FoldedText) throws(SearchProblem) {
        folded.fold(text)
        isText = !folded.isBlank
        typed = Array(text.utf8.drop { $0 == 0x20 })
        while typed.last == 0x20 { typed.removeLast() }
        joined = Self.clipped(0..<folded.joinedEnd, folded)
        for byte in joined where byte & 0xC0 != 0x80 { typedLetters += 1 }
        guard folded.words.count <= SearchLimits.queryWordsMax else { throw .tooManyWords }
        var conditions = 0
        for (place, word) in folded.words.enumerated() {
            let bytes = Self.clipped(word.start..<word.end, folded)
            var letters: [UInt32] = []
            bytes.withUnsafeBufferPointer { UTF8Text.points(of: $0, into: &letters) }
            var prepared = QueryWord(
                bytes: bytes, letters: letters, kind: word.kind, grams: [], isLast: place == folded.words.count - 1)
            if word.kind == .punctuation { hasPunctuation = true }
            if word.kind == .ideographs {
                prepared.grams = Self.grams(letters)
            } else if folded.words[(place + 1)...].dropLast().contains(where: { other in
                // A finished word that comes again is one condition.
                other.kind == word.kind
                    && folded.bytes[other.start..<other.end].elementsEqual(folded.bytes[word.start..<word.end])
            }) {
                continue
            }
            conditions += max(1, prepared.grams.count)
            words.append(prepared)
        }
        guard conditions <= SearchLimits.queryWordsMax else { throw .tooManyWords }
    }

    private static func grams(_ letters: [UInt32]) -> [[UInt8]] {
        func text(_ points: ArraySlice<UInt32>) -> [UInt8] {
            var bytes: [UInt8] = []
            for point in points { UTF8Text.append(point, to: &bytes) }
            return bytes
        }
        if letters.count == 1 { return [text(letters[...])] }
        return (1..<letters.count).map { text(letters[($0 - 1)...$0]) }
    }

    private static func clipped(_ range: Range<Int>, _ folded: FoldedText) -> [UInt8] {
        Array(folded.bytes[UTF8Text.clipped(range, of: folded.bytes)])
    }
}
