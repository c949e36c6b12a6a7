// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import TrigramSearch

/// The oracle: documents in a plain list, every query a scan of all texts by the rules as they are told to people.
/// Understands lower-case ASCII words only.
struct BruteForce {
    private(set) var documents: [UInt32: SearchDocument] = [:]

    mutating func update(_ document: SearchDocument) { documents[document.number] = document }
    mutating func remove(_ number: UInt32) { documents[number] = nil }

    private static func words(_ text: String) -> [Substring] { text.split(separator: " ") }

    /// All words are there, the last perhaps unfinished; or they are, written together, how a name begins.
    static func matches(_ document: SearchDocument, words asked: String) -> Bool {
        let wanted = words(asked)
        guard let last = wanted.last else { return true }
        let texts = document.performers + [document.title, document.venue, document.city, document.description]
        let names = document.performers + [document.title, document.venue]
        let all = Set(texts.flatMap(words))
        let joined = wanted.joined()
        if names.contains(where: { words($0).joined().hasPrefix(joined) }) { return true }
        return wanted.dropLast().allSatisfy { word in
            all.contains(word) || names.contains { words($0).joined() == word }
        } && (all.contains { $0.hasPrefix(last) } || names.contains { words($0).joined().hasPrefix(last) })
    }

    /// The numbers that a query of the index without typing errors must find.
    func numbers(_ query: SearchQuery, where isWanted: (UInt32) -> Bool = { _ in true }) -> Set<UInt32> {
        var found: Set<UInt32> = []
        let isAll =
            query.words.isEmpty && query.location.isEmpty && query.performer.isEmpty && query.type.isEmpty
            && query.firstDay == nil && query.lastDay == nil
        for document in documents.values where isWanted(document.number) {
            guard !isAll || document.startsMilliseconds >= query.nowMilliseconds / 3_600_000 * 3_600_000,
                Self.matches(document, words: query.words),
                document.localDay >= query.firstDay ?? .min, document.localDay <= query.lastDay ?? .max,
                query.type.isEmpty || Self.words(query.type).joined() == Self.words(document.type).joined(),
                query.performer.isEmpty || document.performerIDs.contains(query.performer)
                    || document.performers.contains(where: {
                        Self.words($0).joined() == Self.words(query.performer).joined()
                    }),
                matchesLocation(document, query.location)
            else { continue }
            found.insert(document.number)
        }
        return found
    }

    private func matchesLocation(_ document: SearchDocument, _ asked: String) -> Bool {
        let wanted = Self.words(asked)
        guard let last = wanted.last else { return true }
        let texts = [document.venue, document.city] + document.locations
        let all = Set(texts.flatMap(Self.words))
        if wanted.count == 1, texts.contains(where: { Self.words($0).joined() == last }) { return true }
        return wanted.dropLast().allSatisfy(all.contains) && all.contains { $0.hasPrefix(last) }
    }

    func ids(_ numbers: some Sequence<UInt32>) -> [UInt32] {
        numbers.sorted { left, right in
            guard let one = documents[left], let other = documents[right] else { return left < right }
            return (one.startsMilliseconds, one.id) < (other.startsMilliseconds, other.id)
        }
    }
}

/// Random documents over few words, so that everything collides with everything.
struct SmallWorld {
    var random: Seeded
    let words: [String]

    init(seed: UInt64) {
        var random = Seeded(seed)
        var words: [String] = []
        for length in [1, 2, 3, 5, 8, 8, 8, 9, 9, 10, 11, 12] {
            for _ in 0..<4 {
                words.append(
                    String(
                        decoding: (0..<length).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) },
                        as: UTF8.self))
            }
        }
        self.words = words
        self.random = random
    }

    mutating func text(_ count: ClosedRange<Int>) -> String {
        (0..<Int.random(in: count, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
    }

    mutating func document(_ number: UInt32) -> SearchDocument {
        let starts = now + Int64.random(in: -20...20, using: &random) * day / 4
        return SearchDocument(
            number: number, id: "e\(UInt32.random(in: 0..<100, using: &random))-\(number)", title: text(1...3),
            performers: (0..<Int.random(in: 0...2, using: &random)).map { _ in text(1...2) },
            performerIDs: [["p1", "p2", "p3"].randomElement(using: &random) ?? ""], venue: text(0...2),
            city: text(0...2), description: text(0...4), locations: [text(0...1)],
            type: ["concert", "play", "opera night", ""].randomElement(using: &random) ?? "",
            startsMilliseconds: starts,
            localDay: SearchDocument.localDay(
                startsMilliseconds: starts, offsetMinutes: Int.random(in: -14...14, using: &random) * 60))
    }

    mutating func query() -> SearchQuery {
        var asked = SearchQuery(limit: 1_000, nowMilliseconds: now + 1_234_567)
        if Int.random(in: 0..<4, using: &random) > 0 {
            asked.words = text(1...3)
            if Bool.random(using: &random) {
                asked.words.removeLast(Int.random(in: 0..<asked.words.count, using: &random))
                while asked.words.last == " " { asked.words.removeLast() }
            }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { asked.location = text(1...2) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            asked.type = ["concert", "opera night", "none"].randomElement(using: &random) ?? ""
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            asked.performer = Bool.random(using: &random) ? "p1" : text(1...2)
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            asked.firstDay = Int32(now / day) + Int32.random(in: -6...3, using: &random)
            if Bool.random(using: &random) {
                asked.lastDay = (asked.firstDay ?? 0) + Int32.random(in: 0...4, using: &random)
            }
        }
        asked.sort = Bool.random(using: &random) ? .date : .relevance
        return asked
    }
}
