// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How many typing errors a search forgives: as few as find something.
enum Forgiveness: UInt8, Comparable {
    case none = 0
    /// One in each word, words that begin with what was typed or contain it, and words written wrongly apart or together.
    case one = 1
    /// Two in each word of four letters or more; where some words are in no document, only in these, as before.
    case two = 2
    /// Two in words of three letters as well, and one in words that some document has, where others are missing.
    case all = 3

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Errors forgiven in a word of so many letters.
    func errors(letters: Int) -> Int {
        letters < 3 ? 0 : letters < 4 && self < .all ? min(1, Int(rawValue)) : min(2, Int(rawValue))
    }
}
