// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A text made ready to be compared: folded, divided into words, and without what lay between them.

/// A word of a folded text.
struct FoldedWord: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case letters
        /// A run of a script that is written without spaces.
        case ideographs
        /// A name of punctuation only: `!!!`.
        case punctuation
    }
    /// Where its UTF-8 lies in ``FoldedText/bytes``.
    var start: Int
    var end: Int
    var kind: Kind
    /// Which run between white space it came from: the parts of `AC/DC` share one.
    var chunk: Int
}

/// Folds texts, one after another, into memory that is reused.
///
/// Words lie back to back in ``bytes``, so that the bytes up to ``joinedEnd`` are the whole text without spaces ("daft
/// punk" is found by "daftpunk"). Words of punctuation come last: they are in no joined form, unless there is nothing
/// else.
struct FoldedText {
    private(set) var bytes: [UInt8] = []
    private(set) var words: [FoldedWord] = []
    /// Where the joined form of the whole text ends; it begins at 0.
    private(set) var joinedEnd = 0

    /// Whether the text held anything but white space, words or not.
    private(set) var isBlank = true

    private let table = FoldingTable.shared
    private var wordStart = 0
    private var wordKind = FoldedWord.Kind.letters
    private var isInWord = false
    private var chunk = 0
    private var chunkHasLetters = false
    /// The code point that ended up last in `bytes`, for marks that combine with it; 0 at a word's start.
    private var last: UInt32 = 0
    /// Punctuation of the chunk, as long as it has no letters; and that of chunks that ended without one.
    private var punctuation: [UInt32] = []
    private var punctuationChunks: [(points: [UInt32], chunk: Int)] = []

    mutating func fold(_ text: String) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { fold($0) }
        if isDone == nil { Array(text.utf8).withUnsafeBufferPointer { fold($0) } }
    }

    /// Folds `text`, forgetting the text before. Bytes that are not UTF-8 count as spaces.
    mutating func fold(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        punctuation.removeAll(keepingCapacity: true)
        punctuationChunks.removeAll(keepingCapacity: true)
        chunk = 0
        isInWord = false
        chunkHasLetters = false
        isBlank = true
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                position += 1
                take(ascii: byte)
            } else {
                let point = UTF8Text.decode(text, &position)
                take(entry: table.entry(point))
            }
        }
        endChunk()
        joinedEnd = bytes.count
        addPunctuationWords()
    }

    @inline(__always)
    private mutating func take(ascii byte: UInt8) {
        let lower = byte | 0x20
        if lower &- 0x61 < 26 || byte &- 0x30 < 10 {
            // Digits have bit 5 set already.
            isBlank = false
            beginWord(.letters)
            bytes.append(lower)
            last = UInt32(lower)
        } else {
            take(entry: table.entry(UInt32(byte)))
        }
    }

    private mutating func take(entry: UInt32) {
        if entry & FoldingTable.isExpansion != 0 {
            for point in table.expansion(entry) { take(entry: table.entry(point)) }
            return
        }
        let point = entry & 0x1F_FFFF
        isBlank = isBlank && entry >> 21 & 7 == CharacterClass.space.rawValue
        switch CharacterClass(rawValue: entry >> 21 & 7) {
        case .letter: takeLetter(point, .letters)
        case .ideograph: takeLetter(point, .ideographs)
        case .vanishing:
            if isInWord, let result = table.composed(last, point) { replaceLast(with: result) }
        case .punctuation:
            endWord()
            if !chunkHasLetters { punctuation.append(point) }
        case .space, nil:
            endChunk()
        }
    }

    private mutating func takeLetter(_ point: UInt32, _ kind: FoldedWord.Kind) {
        if isInWord, let syllable = FoldingTable.hangul(last, point) {
            replaceLast(with: syllable)
            return
        }
        beginWord(kind)
        UTF8Text.append(point, to: &bytes)
        last = point
    }

    /// Puts `result` in the last letter's place, folded itself (е and its diaeresis are е again).
    private mutating func replaceLast(with result: UInt32) {
        bytes.removeLast(UTF8Text.length(last))
        let folded = table.entry(result) & 0x1F_FFFF
        UTF8Text.append(folded, to: &bytes)
        last = folded
    }

    @inline(__always)
    private mutating func beginWord(_ kind: FoldedWord.Kind) {
        if isInWord {
            if kind == wordKind { return }
            endWord()
        }
        isInWord = true
        wordKind = kind
        wordStart = bytes.count
        chunkHasLetters = true
    }

    private mutating func endWord() {
        if isInWord {
            words.append(FoldedWord(start: wordStart, end: bytes.count, kind: wordKind, chunk: chunk))
            isInWord = false
            last = 0
        }
    }

    private mutating func endChunk() {
        endWord()
        if !chunkHasLetters, !punctuation.isEmpty { punctuationChunks.append((punctuation, chunk)) }
        punctuation.removeAll(keepingCapacity: true)
        chunkHasLetters = false
        chunk += 1
    }

    /// A chunk of two or more marks ("!!!") is a word anywhere; a single one ("&") only where there is nothing else.
    private mutating func addPunctuationWords() {
        let isAll = words.isEmpty
        for (points, chunk) in punctuationChunks where isAll || points.count > 1 {
            let start = bytes.count
            for point in points { UTF8Text.append(point, to: &bytes) }
            words.append(FoldedWord(start: start, end: bytes.count, kind: .punctuation, chunk: chunk))
        }
        if isAll { joinedEnd = bytes.count }
    }
}
