// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// How far what was typed is from a text, counted without the index: what a miss is judged by. Where ten others are at
/// least as close as the name that was meant, nobody could have told that it was meant.
struct Closeness {
    /// The typed words, folded.
    private let typed: [[Character]]

    init(_ typed: String) {
        self.typed = Self.words(typed)
    }

    /// Typing errors between what was typed and a name: word by word, or all as one.
    func errors(to name: String) -> Int {
        let words = Self.words(name)
        return min(errors(to: words), Questions.distance(typed.flatMap { $0 }, words.flatMap { $0 }))
    }

    /// The same for the texts of a document: its names one by one, and their words together.
    func errors(to document: SearchDocument) -> Int {
        let names = document.performers + [document.title, document.venue]
        let one = names.map { errors(to: $0) }.min() ?? Int.max
        return min(one, errors(to: Self.words((names + [document.city]).joined(separator: " "))))
    }

    private func errors(to words: [[Character]]) -> Int {
        typed.enumerated().reduce(0) { sum, word in
            sum + (words.map { errors(word.element, $0, isLast: word.offset == typed.count - 1) }.min() ?? 99)
        }
    }

    /// Errors between a typed word and another: as a whole, by what it begins with where it may be unfinished, and none
    /// where it contains what was typed.
    private func errors(_ word: [Character], _ other: [Character], isLast: Bool) -> Int {
        var least = Questions.distance(word, other)
        if isLast {
            for count in max(0, word.count - 2)...(word.count + 2) where count < other.count {
                least = min(least, Questions.distance(word, Array(other.prefix(count))))
            }
        }
        if least > 0, word.count >= 4, String(other).contains(String(word)) { return 0 }
        return least
    }

    static func folded(_ text: String) -> String {
        text.folding(options: [.diacriticInsensitive, .caseInsensitive, .widthInsensitive], locale: nil)
            .replacingOccurrences(of: "ø", with: "o").replacingOccurrences(of: "ł", with: "l")
    }

    private static func words(_ text: String) -> [[Character]] {
        folded(text).replacingOccurrences(of: "'", with: "").split { !$0.isLetter && !$0.isNumber }.map(Array.init)
    }
}
