// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// Questions of one kind, as people type them.
enum QuestionClass: String, CaseIterable {
    case exact
    case filtered = "exact with filters"
    case prefix = "prefix as typed"
    case oneError = "one typo"
    case twoErrors = "two typos"
    case short = "short names, one typo"
    case prefixError = "prefix with a typo"
    case noSpaces = "missing spaces"
    case swapped = "swapped words"
    case inside = "inside a word"
    case accents
    case filters = "filters only"
    case nothing = "no match"
}

/// A question, and the name that it means.
struct Question {
    var query: SearchQuery
    /// The name of which a document must have as performer, title or venue; nil where nothing is meant.
    var meant: String?
}

/// Makes questions about a season's events: about what often takes place more often.
struct Questions {
    let season: Season
    /// Misspellings by the right word: from a list of real ones.
    let misspellings: [String: [String]]

    func make(_ kind: QuestionClass, count: Int, seed: UInt64) -> [Question] {
        var random = Seeded(seed &* 1_000 &+ UInt64(QuestionClass.allCases.firstIndex(of: kind) ?? 0))
        var made: [Question] = []
        var tries = 0
        while made.count < count, tries < count * 400 {
            tries += 1
            if let question = question(kind, &random) { made.append(question) }
        }
        return made
    }

    private func query(_ words: String) -> SearchQuery {
        SearchQuery(words: words, limit: 10, nowMilliseconds: Season.now)
    }

    private func question(_ kind: QuestionClass, _ random: inout Seeded) -> Question? {
        let event = season.document(Int.random(in: 0..<season.events.count, using: &random))
        let name: String
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: name = event.performers[0]
        case 5..<9: name = event.title
        default: name = event.venue
        }
        let letters = name.count
        switch kind {
        case .exact: return Question(query: query(name), meant: name)
        case .filtered:
            var asked = query(name)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: asked.location = event.city
            case 1: asked.type = event.type
            default:
                asked.firstDay = event.localDay - 15
                asked.lastDay = event.localDay + 15
            }
            return Question(query: asked, meant: name)
        case .prefix:
            return Question(
                query: query(String(name.prefix(Int.random(in: min(2, letters)...letters, using: &random)))),
                meant: name)
        case .oneError, .twoErrors:
            let errors = kind == .oneError ? 1 : 2
            guard letters >= 8, let typed = misspelt(name, errors: errors, &random) else { return nil }
            return Question(query: query(typed), meant: name)
        case .short:
            guard (4...7).contains(letters), !name.contains(" "), let typed = misspelt(name, errors: 1, &random) else {
                return nil
            }
            return Question(query: query(typed), meant: name)
        case .prefixError:
            guard letters >= 8, let typed = misspelt(name, errors: 1, &random) else { return nil }
            // Cut within a word, never so that the wrong word has less than four letters: "pr" of "precussion" is no error
            // that anybody could know.
            let cut = String(typed.prefix(max(6, typed.count * 3 / 4)))
            let wrong = zip(typed.split(separator: " "), name.split(separator: " ")).first { $0 != $1 }?.0
            guard cut.last != " ", let wrong, let range = typed.range(of: wrong),
                cut.distance(from: cut.startIndex, to: min(cut.endIndex, range.lowerBound)) + 4 <= cut.count
            else { return nil }
            guard Self.distance(Array(cut.lowercased()), Array(name.lowercased().prefix(cut.count))) > 0 else {
                return nil
            }
            return Question(query: query(cut), meant: name)
        case .noSpaces:
            guard name.contains(" "), letters >= 8 else { return nil }
            return Question(query: query(name.filter { $0 != " " }), meant: name)
        case .swapped:
            guard name.contains(" ") else { return nil }
            return Question(query: query(name.split(separator: " ").reversed().joined(separator: " ")), meant: name)
        case .inside:
            let words = name.split(separator: " ").map(String.init)
            guard let word = words.max(by: { $0.count < $1.count }), word.count >= 8 else { return nil }
            let part = String(word.dropFirst(Int.random(in: 2...3, using: &random)))
            let typed = words.filter { $0 != word }.prefix(1) + [part]
            return Question(query: query(typed.joined(separator: " ")), meant: name)
        case .accents:
            let plain = name.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
            if plain != name.lowercased() { return Question(query: query(plain), meant: name) }
            let marked = Season.accented(name.lowercased(), &random)
            return marked == name.lowercased() ? nil : Question(query: query(marked), meant: name)
        case .filters:
            var asked = query("")
            if Bool.random(using: &random) { asked.location = event.city } else { asked.type = event.type }
            asked.firstDay = event.localDay
            asked.lastDay = event.localDay + Int32.random(in: 1...60, using: &random)
            return Question(query: asked, meant: nil)
        case .nothing:
            let word = String((0..<9).map { _ in "bcdfghjklmnpqrstvwxz".randomElement(using: &random) ?? "q" })
            return Question(query: query(word + " " + word.reversed()), meant: nil)
        }
    }

    /// The name with so many errors: a word of it replaced by a misspelling of the list that is so far away, else errors
    /// of the kinds that people make.
    private func misspelt(_ name: String, errors: Int, _ random: inout Seeded) -> String? {
        var words = name.split(separator: " ").map(String.init)
        if !misspellings.isEmpty {
            let known = words.indices.filter { misspellings[words[$0].lowercased()] != nil }
            guard let place = known.randomElement(using: &random),
                let wrong = misspellings[words[place].lowercased()]?.randomElement(using: &random),
                Self.distance(Array(wrong), Array(words[place].lowercased())) == errors
            else { return nil }
            words[place] = wrong
            return words.joined(separator: " ")
        }
        guard let place = words.indices.max(by: { words[$0].count < words[$1].count }) else { return nil }
        var letters = Array(words[place])
        for _ in 0..<errors {
            guard letters.count > 3 else { return nil }
            let at = Int.random(in: 1..<(letters.count - 1), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: letters.swapAt(at, at + 1)
            case 1: letters.remove(at: at)
            case 2: letters[at] = "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random) ?? "x"
            default: letters.insert("abcdefghijklmnopqrstuvwxyz".randomElement(using: &random) ?? "x", at: at)
            }
        }
        guard Self.distance(letters, Array(words[place])) == errors else { return nil }
        words[place] = String(letters)
        return words.joined(separator: " ")
    }

    /// Errors between two words, two neighbours swapped counted once.
    static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var rows = (0...one.count).map { row in (0...other.count).map { row == 0 ? $0 : row } }
        guard !one.isEmpty, !other.isEmpty else { return max(one.count, other.count) }
        for row in 1...one.count {
            for column in 1...other.count {
                var best = min(rows[row - 1][column], rows[row][column - 1]) + 1
                best = min(best, rows[row - 1][column - 1] + (one[row - 1] == other[column - 1] ? 0 : 1))
                if row > 1, column > 1, one[row - 1] == other[column - 2], one[row - 2] == other[column - 1] {
                    best = min(best, rows[row - 2][column - 2] + 1)
                }
                rows[row][column] = best
            }
        }
        return rows[one.count][other.count]
    }

    /// Reads `wrong->right, other` lines; of the pairs, those of one half, chosen by their own bytes.
    static func misspellings(path: String, half: Int?) -> [String: [String]] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        var found: [String: [String]] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.components(separatedBy: "->")
            guard parts.count == 2, !parts[1].contains(",") else { continue }
            let (wrong, right) = (parts[0], parts[1].trimmingCharacters(in: .whitespaces))
            guard right.count >= 4, right.allSatisfy({ $0.isLetter && $0.isLowercase && $0.isASCII }) else { continue }
            guard wrong.allSatisfy({ $0.isLetter && $0.isASCII }) else { continue }
            if let half, Int(wrong.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) } >> 4 & 1) != half { continue }
            found[right, default: []].append(wrong)
        }
        return found
    }
}
