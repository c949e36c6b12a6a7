// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

/// Words that thousands of names and documents have are found and ranked by shortcuts: by sets that are ready made, by
/// names in lists that are not noted one by one, by bounds. Parts of a few hundred documents know none of these.
@Suite("Frequent words")
struct FrequentTests {
    private static let words = [
        "the", "live", "friends", "hall", "north", "northern", "river", "theatre", "opera", "rose",
    ]
    private static let cities = ["prague", "berlin", "bergen", "north"]

    private static func documents(_ count: Int, describes: Bool) -> [SearchDocument] {
        var random = Seeded(41)
        func word() -> String {
            // The first are picked far more often.
            let uniform = Double.random(in: 0..<1, using: &random)
            return words[Int(uniform * uniform * Double(words.count))]
        }
        func own(_ share: Int) -> String { "n\(Int.random(in: 0..<share, using: &random))" }
        return (0..<count).map { number in
            let title = (0..<Int.random(in: 1...3, using: &random)).map { _ in word() }.joined(separator: " ")
            return document(
                UInt32(number), Bool.random(using: &random) ? title + " " + own(4_000) : title,
                performers: [word() + " " + own(900), own(50) + " " + word()],
                venue: word() + " " + own(300), city: cities[Int.random(in: 0..<4, using: &random)],
                description: describes && Int.random(in: 0..<4, using: &random) == 0 ? word() + " " + word() : "",
                type: Int.random(in: 0..<3, using: &random) == 0 ? "play" : "concert",
                inDays: Int64.random(in: -300...400, using: &random))
        }
    }

    private static func queries() -> [SearchQuery] {
        var random = Seeded(43)
        func word() -> String { words.randomElement(using: &random) ?? "the" }
        return (0..<160).map { round in
            var text = word()
            switch round % 8 {
            case 0: text = String(text.prefix(Int.random(in: 1...3, using: &random)))
            case 1: break
            case 2: text += " " + word()
            case 3: text += " n\(Int.random(in: 0..<900, using: &random))"
            case 4: text += " " + word() + " n\(Int.random(in: 0..<50, using: &random))"
            case 5: text = "n\(Int.random(in: 0..<50, using: &random)) " + String(word().prefix(2))
            case 6: text = "thetre " + word()
            default: text += " " + word() + " " + word()
            }
            var asked = query(text, limit: Int.random(in: 1...25, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: asked.location = cities.randomElement(using: &random) ?? ""
            case 1: asked.type = "play"
            case 2: (asked.firstDay, asked.lastDay) = (20_600, 20_640)
            case 3: asked.sort = .date
            default: break
            }
            return asked
        }
    }

    @Test("a page is full though there are more documents than the caller can be asked about")
    func asked() throws {
        let documents = (0..<20_000).map { number in
            document(UInt32(number), "northern n\(number % 4_000)", inDays: Int64(number % 700))
        }
        let result = try index(documents).makeReader(cachedQueries: 0).search(query("north", limit: 10)) { $0 % 2 == 0 }
        #expect(result.isPartial && result.total > 5_000)
        #expect(result.hits.count == 10 && result.hits.allSatisfy { $0.number % 2 == 0 })
    }

    @Test("what thousands have is found and ranked as where it is little, page after page", arguments: [false, true])
    func alike(describes: Bool) throws {
        let documents = Self.documents(6_000, describes: describes)
        let (whole, divided) = (index(documents), SearchIndex())
        for (number, document) in documents.enumerated() {
            divided.update(document)
            if number % 500 == 499 { divided.publish() }
        }
        try #require(whole.current.parts.count == 1 && divided.current.parts.count == 12)
        let tables = try #require(whole.current.parts.first?.segment.tables)
        var forms: Set<ReadyRun.Form> = []
        tables.ready.forEach(in: tables.words.firstPlain..<tables.words.count) { forms.insert($0.form) }
        try #require(forms == [.set, .list])
        let (one, other) = (whole.makeReader(cachedQueries: 0), divided.makeReader(cachedQueries: 0))
        for var query in Self.queries() {
            for page in 0..<3 {
                let (found, expected) = (try one.search(query), try other.search(query))
                #expect(found == expected, "\(query), page \(page)")
                try #require(!found.isPartial)
                guard let cursor = found.cursor else { break }
                query.cursor = cursor
            }
        }
    }

    @Test("how many have frequent words together is counted as by a scan of all")
    func totals() throws {
        let documents = Self.documents(6_000, describes: true)
        var scan = BruteForce()
        for document in documents { scan.update(document) }
        let reader = index(documents).makeReader(cachedQueries: 0)
        var compared = 0
        for query in Self.queries() where !query.words.contains("thetre") && query.type.isEmpty {
            let expected = scan.numbers(query)
            // Of fewer, errors would be forgiven.
            guard expected.count >= SearchReader.strictEnough else { continue }
            #expect(try reader.search(query).total == expected.count, "\(query)")
            compared += 1
        }
        #expect(compared > 60)
    }

    @Test("one letter weighs alike, whether what begins with it is ready made or gone through, name by name")
    func letters() throws {
        // Two names of each third document begin with the letter: by names they are in all of them, and else in a third.
        // Of one part none does, only a description.
        let documents = (0..<7_500).map { number in
            let hasLetter = number % 3 == 0 && number / 500 != 5
            func name(_ step: Int) -> String {
                let letter = Character(UnicodeScalar(UInt8(97 + (number / 3 + step) % 26)))
                return hasLetter ? "q\(letter)\(number) \(step)" : "own \(number) \(step)"
            }
            return document(
                UInt32(number), number % 2 == 0 ? "live" : "dead", performers: [name(0), name(1)],
                description: number % 500 == 7 ? "quiet" : "", inDays: Int64(number % 300))
        }
        let (whole, divided) = (index(documents), SearchIndex())
        for (number, document) in documents.enumerated() {
            divided.update(document)
            if number % 500 == 499 { divided.publish() }
        }
        let tables = try #require(whole.current.parts.first?.segment.tables)
        let words = try #require(tables.words(beginningWith: [0x71]))
        let ready = tables.ready.documents(beginnings: words.low..<words.high, typedBytes: 1)
        guard case .set = ready else {
            Issue.record("No set: \(String(describing: ready))")
            return
        }
        let (one, other) = (whole.makeReader(cachedQueries: 0), divided.makeReader(cachedQueries: 0))
        for text in ["live q", "dead q", "libe q", "ownn 2507 q"] {
            #expect(try one.search(query(text)) == other.search(query(text)), "\(text)")
        }
    }
}
