// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What makes one document rank before another. Whole numbers only, so that every machine ranks alike.
enum Ranking {
    /// Of 1024, by the places of a posting: the best of them counts.
    static func placeWeight(_ places: UInt8) -> Int {
        if places & Place.performer != 0 { return 1024 }
        if places & Place.title != 0 { return 992 }
        if places & Place.venue != 0 { return 820 }
        return places & Place.city != 0 ? 740 : 0
    }
    /// By all five bits of ``Place``.
    static let placeWeights: [Int] = (0..<32).map { placeWeight($0) }
    /// How well a term of this quality fits in its places.
    @inline(__always)
    static func placed(_ quality: Int, _ places: UInt8) -> Int {
        max(1, (quality * placeWeights[Int(places)]) >> 10)
    }

    /// Of 1000, for words of descriptions: as they were typed, and with errors.
    static let textFit: UInt16 = 546
    static let forgivenTextFit: UInt16 = 380

    /// Of 1000: what a name that has all words can reach, and what is added for as much of it as was typed; then what
    /// words of several names together reach: never more than those of one.
    static let wordsScale = 800
    static let coverage = 200
    static let scatteredScale = 640
    /// What is taken, where errors are forgiven, from names that have more words than were typed: of the others all
    /// words were meant, whatever their letters.
    static let notWhole = 60

    /// What is given for how much of a name was typed.
    @inline(__always)
    static func covered(_ size: NameSize, letters typed: Int, words: Int, _ isForgiving: Bool) -> Int {
        let letters = Int(size.letters)
        let share = coverage * min(letters, typed) / max(1, letters, typed)
        if !isForgiving { return share }
        return Int(size.words) <= words ? coverage : share - notWhole
    }

    /// How many letters the names have of which so much, or more, was typed; nil where none can.
    static func letters(covered share: Int, letters typed: Int, _ isForgiving: Bool) -> ClosedRange<Int>? {
        if share > coverage { return nil }
        // Where errors are forgiven, names of few words count as typed whatever their length.
        if share <= 0 || isForgiving { return 0...255 }
        let (fewest, most) = ((share * typed + coverage - 1) / coverage, coverage * typed / share)
        return fewest <= 255 ? fewest...min(255, most) : nil
    }

    /// What a document is worth of which a name, without its spaces, is all that was typed: so much that it comes before
    /// those that merely have the words, however near and wanted these are. Above it is the one whose id was typed.
    static func entire(_ kind: NameKind) -> Int {
        switch kind {
        case .performer: 1160
        case .title: 1150
        case .place: 1140
        }
    }
    static let named = 1320

    /// From how well on a word with errors fits that nothing is looked for that is further from what was typed, and from
    /// how many letters on: of shorter words there are so many that two errors make anything of them. Tuned on one half of
    /// codespell's list, as ``TypingErrors`` was counted.
    static let likely = 730
    static let doubtedLettersMin = 7

    /// Words that were written together, or apart, in the document.
    static let joinedScale = 770
    static let respacedScale = 620
    /// Such with an error besides.
    static let mistypedScale = 600

    /// 0…1000: how well any word fits that begins with the one or two letters that were typed.
    static let shortPrefixQuality = 640

    /// How much a condition weighs beside others: two more for each time that half as many documents have it.
    static func rarity(documents: Int, frequency: Int) -> Int {
        let ratio = max(1, documents / max(1, frequency))
        return 2 + 2 * (Int.bitWidth - 1 - ratio.leadingZeroBitCount)
    }

    /// What hits are worth, of 1000, that are the best of none of the names they were found by, where errors are forgiven
    /// and nobody knows what was meant: less than a venue of another name, which ranks behind performers and titles. What
    /// is found by several names together has as much less, so that it still comes behind them.
    static let later = 780

    /// From 0…1000 for the text: what is near in time keeps all, what is far or over keeps 90 % at least; demand adds a
    /// thousandth of the text's worth a level, 2 % at most: a fifth of what nearness can do.
    @inline(__always)
    static func score(text: Int, startsMilliseconds: Int64, nowHours: Int64, demand: Int) -> Int {
        let hours = Int(clamping: SearchCursor.hours(startsMilliseconds)) - Int(nowHours)
        // Half of it a month ahead; a concert that is over is worth half of one to come, and less after a week.
        let near = hours >= 0 ? 100 * 720 / (720 + hours) : 50 * 168 / (168 - hours)
        return text * (900 + near + demand) / 1000
    }
}
