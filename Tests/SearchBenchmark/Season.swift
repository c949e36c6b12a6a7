// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// Invented events in any number, the same for the same seed: performers, titles, venues and cities with the skew of real
/// ones, some with accents, tours of one title on several dates. Names come from the concerts file where there is one,
/// and from words that are put together from syllables.
struct Season {
    static let now: Int64 = 1_780_272_000_000
    static let day: Int64 = 86_400_000

    let types = ["concert", "opera", "play", "comedy", "sport", "festival", "dance", "family"]
    private(set) var words: [String] = []
    private(set) var performers: [String] = []
    private(set) var venues: [(name: String, city: String, country: String)] = []
    private(set) var works: [String] = []
    private var tours: [(title: String, performers: [Int], type: Int)] = []
    /// By event: its tour, venue and start.
    private(set) var events: [(tour: Int, venue: Int, starts: Int64)] = []
    private let descriptionLetters: Int

    /// - Parameter spelt: words that titles are made of beside invented ones: those of a list of misspellings.
    init(events count: Int, seed: UInt64, concerts: Concerts, spelt: [String], descriptionLetters: Int = 0) {
        self.descriptionLetters = descriptionLetters
        var random = Seeded(seed)
        let invented = Self.inventWords(40_000, &random)
        words = spelt + invented
        // Frequent and rare ones of both kinds.
        words.shuffle(using: &random)
        works = concerts.works
        let (first, last) = (
            concerts.firstNames + invented.prefix(1_500).map(Self.capitalised),
            concerts.lastNames + invented.dropFirst(1_500).prefix(25_000).map(Self.capitalised)
        )
        performers = concerts.people
        let performerCount = max(performers.count + 500, count / 10)
        while performers.count < performerCount {
            performers.append(Self.performer(first, last, words, &random))
        }
        performers.shuffle(using: &random)
        let cities = concerts.cities + (0..<2_500).map { _ in Self.capitalised(Self.skewed(invented, &random)) }
        let halls = ["Hall", "Theatre", "Arena", "Opera House", "Club", "Stadium", "Auditorium", "Church", "Park"]
        let countries = ["US", "DE", "FR", "GB", "PL", "CZ", "JP", "BR"]
        let venueCount = max(50, count / 50)
        venues = (0..<venueCount).map { _ in
            let city = Self.skewed(cities, &random)
            let name =
                Self.capitalised(Bool.random(using: &random) ? Self.skewed(words, &random) : city) + " "
                + (halls.randomElement(using: &random) ?? "Hall")
            return (name, city, countries.randomElement(using: &random) ?? "")
        }
        while events.count < count { addTour(count, &random) }
        events.removeLast(events.count - count)
    }

    private mutating func addTour(_ count: Int, _ random: inout Seeded) {
        let performer = Self.skewedIndex(performers.count, &random)
        var own = [performer]
        while own.count < 4, Int.random(in: 0..<3, using: &random) == 0 {
            own.append(Self.skewedIndex(performers.count, &random))
        }
        let title: String
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3 where !works.isEmpty: title = Self.skewed(works, &random)
        case 3..<5: title = performers[performer] + (Bool.random(using: &random) ? " Live" : " & Friends")
        default:
            title = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                Self.capitalised(Self.skewed(words, &random))
            }.joined(separator: " ")
        }
        tours.append((title, own, Self.skewedIndex(types.count, &random)))
        let first = Self.now + Int64.random(in: -300...500, using: &random) * Self.day
        let dates = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 2...12, using: &random) : 1
        for date in 0..<dates {
            let starts = first + Int64(date * 2) * Self.day + Int64.random(in: 14...21, using: &random) * 3_600_000
            events.append((tours.count - 1, Self.skewedIndex(venues.count, &random), starts))
        }
    }

    func document(_ number: Int) -> SearchDocument {
        let event = events[number]
        let (tour, venue) = (tours[event.tour], venues[event.venue])
        return SearchDocument(
            number: UInt32(number), id: "ev-\(number)", title: tour.title,
            performers: tour.performers.map { performers[$0] }, performerIDs: tour.performers.map { "p\($0)" },
            venue: venue.name, city: venue.city, description: description(number),
            locations: [venue.country, "v\(event.venue)"], type: types[tour.type], startsMilliseconds: event.starts,
            localDay: SearchDocument.localDay(startsMilliseconds: event.starts, offsetMinutes: 120))
    }

    func venueID(_ number: Int) -> String { "v\(events[number].venue)" }

    private func description(_ number: Int) -> String {
        guard descriptionLetters > 0 else { return "" }
        var random = Seeded(UInt64(number) &* 77)
        var text = ""
        while text.utf8.count < descriptionLetters { text += Self.skewed(words, &random) + " " }
        return text
    }

    // MARK: Words

    static func capitalised(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    /// The first are picked far more often.
    static func skewedIndex(_ count: Int, _ random: inout Seeded) -> Int {
        let uniform = Double.random(in: 0..<1, using: &random)
        return min(count - 1, Int(uniform * uniform * uniform * Double(count)))
    }

    static func skewed<Element>(_ list: [Element], _ random: inout Seeded) -> Element {
        list[skewedIndex(list.count, &random)]
    }

    private static func performer(
        _ first: [String], _ last: [String], _ words: [String], _ random: inout Seeded
    ) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return capitalised(words.randomElement(using: &random) ?? "")
        case 1: return "The " + capitalised(words.randomElement(using: &random) ?? "") + "s"
        case 2:
            return capitalised(words.randomElement(using: &random) ?? "") + " "
                + capitalised(words.randomElement(using: &random) ?? "")
        case 3: return accented(skewed(first, &random), &random) + " " + accented(skewed(last, &random), &random)
        default: return skewed(first, &random) + " " + skewed(last, &random)
        }
    }

    static func accented(_ word: String, _ random: inout Seeded) -> String {
        let marks: [Character: String] = [
            "a": "áàâä", "e": "éèêë", "i": "íï", "o": "óôöø", "u": "úüů", "c": "çč", "n": "ñń", "s": "šś", "z": "žż",
            "l": "ł", "r": "ř",
        ]
        return String(
            word.map { letter in
                guard let some = marks[letter], Int.random(in: 0..<3, using: &random) == 0 else { return letter }
                return some.randomElement(using: &random) ?? letter
            })
    }

    private static func inventWords(_ count: Int, _ random: inout Seeded) -> [String] {
        let begins = "b br c ch cl cr d dr f fl g gr h j k l m n p ph pl qu r s sc sh st str t th tr v w z".split(
            separator: " ")
        let cores = "a ai au e ea ee i ie o oa oo ou u".split(separator: " ")
        let ends = " b ck d l ll m n nd ng nt r rd rn rt s ss st t x".split(
            separator: " ", omittingEmptySubsequences: false)
        var seen: Set<String> = []
        var made: [String] = []
        while made.count < count {
            var word = ""
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                word += begins.randomElement(using: &random) ?? ""
                word += cores.randomElement(using: &random) ?? ""
            }
            word += ends.randomElement(using: &random) ?? ""
            if word.count >= 3, seen.insert(word).inserted { made.append(word) }
        }
        return made
    }
}

/// What is taken from the concerts file; nothing where it is not there.
struct Concerts {
    var people: [String] = []
    var firstNames: [String] = []
    var lastNames: [String] = []
    var works: [String] = []
    var cities: [String] = []

    private struct Line: Decodable {
        var city: String
        var conductors: [String]
        var soloists: [String]
        var works: [String]
    }

    init(path: String) {
        guard let data = FileManager.default.contents(atPath: path) else { return }
        var seen: [Set<String>] = Array(repeating: [], count: 5)
        func add(_ text: String, _ kind: Int, to list: inout [String]) {
            if text.count > 1, seen[kind].insert(text).inserted { list.append(text) }
        }
        let decoder = JSONDecoder()
        for line in data.split(separator: 0x0A) {
            guard let concert = try? decoder.decode(Line.self, from: line) else { continue }
            add(String(concert.city.prefix { $0 != "," }), 0, to: &cities)
            for name in concert.conductors + concert.soloists {
                let plain = name.split(separator: "(")[0].trimmingCharacters(in: .whitespaces)
                let parts = plain.components(separatedBy: ", ")
                add(parts.reversed().joined(separator: " "), 1, to: &people)
                if parts.count == 2 {
                    add(parts[1], 2, to: &firstNames)
                    add(parts[0], 3, to: &lastNames)
                }
            }
            for work in concert.works {
                let parts = work.components(separatedBy: ": ")
                guard parts.count >= 2 else { continue }
                let composer = parts[0].prefix { $0 != "," }
                add("\(composer): \(parts[1].capitalized)", 4, to: &works)
            }
        }
    }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
