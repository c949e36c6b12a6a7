// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

/// The index beside a scan of all documents, under random changes, publications and merges.
@Suite("Against a scan of all documents")
struct PropertyTests {
    @Test("filters, totals, exact words and beginnings, whatever was changed before", arguments: 0..<4 as Range<UInt64>)
    func agrees(seed: UInt64) throws {
        var world = SmallWorld(seed: seed)
        var scan = BruteForce()
        let index = SearchIndex()
        let reader = index.makeReader()
        var (asked, exact) = (0, 0)
        for round in 0..<60 {
            // From single changes to bulk loads.
            for _ in 0..<[1, 1, 2, 5, 40, 150][round % 6] {
                let number = UInt32.random(in: 0..<300, using: &world.random)
                if Int.random(in: 0..<3, using: &world.random) == 0 {
                    index.remove(number)
                    scan.remove(number)
                } else {
                    let document = world.document(number)
                    index.update(document)
                    scan.update(document)
                }
            }
            index.publish()
            if round % 7 == 6 { while index.merge() {} }
            if round == 40 {
                index.removeAll()
                scan = BruteForce()
            }
            #expect(index.count == scan.documents.count)
            for _ in 0..<12 {
                let query = world.query()
                let isOdd = Bool.random(using: &world.random)
                let isWanted: (UInt32) -> Bool = { isOdd ? $0 % 2 == 1 : true }
                let expected = scan.numbers(query, where: isWanted)
                let result = isOdd ? try reader.search(query, where: isWanted) : try reader.search(query)
                let found = result.hits.map(\.number)
                asked += 1
                try #require(Set(found).count == found.count && result.total == found.count && !result.isPartial)
                // What is found with typing errors comes on top only where little was found without.
                if query.words.isEmpty || expected.count >= SearchReader.strictEnough {
                    exact += 1
                    try #require(Set(found) == expected, "\(query)")
                } else {
                    try #require(Set(found).isSuperset(of: expected), "\(query) lacks \(expected.subtracting(found))")
                }
                if query.sort == .date || query.words.isEmpty {
                    try #require(found == scan.ids(found), "\(query)")
                }
                let all = try reader.candidates(query, limit: 1_000, where: isWanted)
                try #require(Set(all.hits.map(\.number)) == Set(found))
                try expectPages(query, reader, isWanted, result)
            }
        }
        #expect(asked == 720 && exact > 150, "\(exact)")
    }

    /// Page by page comes the same as at once, each page with the same total.
    private func expectPages(
        _ query: SearchQuery, _ reader: SearchReader, _ isWanted: (UInt32) -> Bool, _ whole: SearchResult
    ) throws {
        var paged = query
        paged.limit = 1 + whole.total / 4
        var hits: [SearchHit] = []
        repeat {
            let page = try reader.search(paged, where: isWanted)
            try #require(page.total == whole.total)
            try #require(page.hits.count == paged.limit || page.cursor == nil)
            hits += page.hits
            paged.cursor = page.cursor
            // Pages keep the hour of the first.
            paged.nowMilliseconds += 1_800_000
        } while paged.cursor != nil && hits.count <= whole.total
        try #require(hits == whole.hits, "\(query)")
    }

    @Test(
        "the same documents give the same answers, however they came to be in the index",
        arguments: 0..<3 as Range<UInt64>)
    func history(seed: UInt64) throws {
        var world = SmallWorld(seed: seed)
        let documents = (0..<200 as Range<UInt32>).map { world.document($0) }
        let bulk = index(documents)
        let single = SearchIndex()
        for document in documents.reversed() {
            single.update(document)
            single.publish()
        }
        let mixed = SearchIndex()
        for (place, document) in documents.shuffled(using: &world.random).enumerated() {
            mixed.update(document)
            if place % 17 == 0 { mixed.publish() }
            if place % 50 == 0 { while mixed.merge() {} }
        }
        mixed.publish()
        for _ in 0..<200 {
            let query = world.query()
            let expected = try bulk.makeReader().search(query)
            #expect(try single.makeReader().search(query) == expected, "\(query)")
            #expect(try mixed.makeReader().search(query) == expected, "\(query)")
        }
    }

    @Test("a word that was written together is divided alike, whichever parts of the index have its words")
    func splitAlike() throws {
        let documents = [
            document(1, "Summer"), document(2, "Winder"), document(3, "Summer Winter"), document(4, "Autumn Winter"),
        ]
        let whole = index(documents)
        let divided = SearchIndex()
        for document in documents {
            divided.update(document)
            // So many changes that each document is in a part of its own.
            for _ in 0..<4 { divided.remove(99) }
            divided.publish()
        }
        try #require(divided.current.parts.count == documents.count)
        for typed in ["summerwinder", "sumerwinter", "summerwinter", "autumnwinder", "autumnsummer", "winterautumnn"] {
            let found = try divided.makeReader().search(query(typed))
            #expect(try whole.makeReader().search(query(typed)) == found, "\(typed)")
        }
        #expect(try divided.find("summerwinter").first == 3 && divided.find("autumnwintr").first == 4)
    }

    @Test("a typed word is as far from a term as counting errors one by one says")
    func editDistance() {
        var random = Seeded(3)
        var distance = EditDistance()
        for _ in 0..<20_000 {
            let letters = Array("abcдя".unicodeScalars.map(\.value))
            let word = (0..<Int.random(in: 1...9, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0
            }
            let term = (0..<Int.random(in: 0...9, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0
            }
            var bytes: [UInt8] = []
            for letter in term { UTF8Text.append(letter, to: &bytes) }
            distance.setWord(word)
            let found = bytes.withUnsafeBufferPointer { distance.distance(to: $0) }
            let table = Self.errors(word, term)
            #expect(found == EditDistance.Result(whole: table[term.count], prefix: table.min() ?? 0), "\(word) \(term)")
        }
    }

    /// The errors between the word and each beginning of the term: optimal string alignment by the whole table.
    private static func errors(_ word: [UInt32], _ term: [UInt32]) -> [Int] {
        var table = (0...word.count).map { row in (0...term.count).map { row == 0 ? $0 : row } }
        for row in 1...word.count {
            for column in 0..<term.count {
                let column = column + 1
                var best = min(table[row - 1][column], table[row][column - 1]) + 1
                best = min(best, table[row - 1][column - 1] + (word[row - 1] == term[column - 1] ? 0 : 1))
                if row > 1, column > 1, word[row - 1] == term[column - 2], word[row - 2] == term[column - 1] {
                    best = min(best, table[row - 2][column - 2] + 1)
                }
                table[row][column] = best
            }
        }
        return table[word.count]
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzñя")

    /// The word with a letter missing, wrong, too many or swapped with its neighbour.
    private static func mistyped(_ word: [Character], _ kind: Int, _ random: inout Seeded) -> [Character] {
        var typed = word
        let place = Int.random(in: 0..<word.count, using: &random)
        let other = letters.randomElement(using: &random) ?? "a"
        switch kind {
        case 0: typed.remove(at: place)
        case 1: typed[place] = other
        case 2: typed.insert(other, at: place)
        default: if place > 0 { typed.swapAt(place - 1, place) }
        }
        return typed
    }

    @Test("two errors in any word of four letters or more are forgiven, wherever they are, where one finds nothing")
    func twoErrors() throws {
        var random = Seeded(6)
        for length in [4, 5, 6, 7, 8, 11, 16, 32] {
            for _ in 0..<40 {
                let word = (0..<length).map { _ in Self.letters.randomElement(using: &random) ?? "a" }
                let index = index([document(1, String(word)), document(2, "zzzzzzzzzzzzzzzz")])
                for kind in 0..<16 {
                    let typed = Self.mistyped(Self.mistyped(word, kind % 4, &random), kind / 4, &random)
                    // A letter put between two that were swapped is a third error.
                    guard typed.count > 3, Self.errors(Self.points(typed), Self.points(word)).last ?? 9 <= 2 else {
                        continue
                    }
                    #expect(try index.find(String(typed)) == [1], "\(String(typed)) for \(String(word))")
                }
            }
        }
    }

    private static func points(_ word: [Character]) -> [UInt32] { word.flatMap { $0.unicodeScalars.map(\.value) } }

    @Test("a word is found by any beginning of four letters or more with an error, and by what lies inside it")
    func beginningsAndInsides() throws {
        var random = Seeded(7)
        for _ in 0..<60 {
            let word = (0..<12).map { _ in Self.letters.randomElement(using: &random) ?? "a" }
            let index = index([document(1, String(word)), document(2, "zzzzzzzzzzzzzzzz")])
            for count in 4...12 {
                for kind in 0..<4 {
                    let typed = Self.mistyped(Array(word.prefix(count)), kind, &random)
                    guard typed.count > 3 else { continue }
                    #expect(try index.find(String(typed)) == [1], "\(String(typed)) for \(String(word))")
                }
                let inside = String(word[(12 - count)...].prefix(Int.random(in: 4...count, using: &random)))
                #expect(try index.find(inside) == [1], "\(inside) in \(String(word))")
            }
        }
    }

    @Test(
        "what a word may mean is every word so near, that begins with something so near, or that contains it",
        arguments: [Forgiveness.one, .two])
    func meanings(forgiveness: Forgiveness) throws {
        var random = Seeded(8)
        let letters = Array("abcdeя")
        func someWord(_ count: ClosedRange<Int>) -> [Character] {
            (0..<Int.random(in: count, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
        }
        let words = Set((0..<250).map { _ in String(someWord(2...10)) })
        let index = index(words.sorted().enumerated().map { document(UInt32($0), $1) })
        let tables = try #require(index.current.parts.first?.segment.tables)
        let terms = (tables.words.firstPlain..<tables.words.count).map { term in
            (term, String(decoding: tables.words[term], as: UTF8.self))
        }
        var lookup = ForgivingLookup()
        for _ in 0..<1_500 {
            let typed = someWord(3...9)
            let isLast = Bool.random(using: &random)
            let word = QueryWord(
                bytes: Array(String(typed).utf8), letters: Self.points(typed), kind: .letters, grams: [], isLast: isLast
            )
            var work = 0
            let found = Set(lookup.terms(for: word, in: tables, forgiveness, work: &work).flatMap { $0.low..<$0.high })
            let errors = typed.count < 4 ? 1 : Int(forgiveness.rawValue)
            for (term, text) in terms {
                let table = Self.errors(word.letters, Self.points(Array(text)))
                let beginning = isLast && typed.count > 3 && (table.min() ?? 9) <= (typed.count < 6 ? 1 : errors)
                let inside = typed.count > 3 && text.contains(String(typed))
                let isNear = (table.last ?? 9) <= errors || beginning || inside
                #expect(found.contains(term) == isNear, "\(String(typed)) \(text)")
            }
        }
    }

    @Test("a term, or where it would be, is found as by going through the dictionary")
    func lookups() throws {
        var random = Seeded(11)
        func text() -> String {
            String((0..<Int.random(in: 1...12, using: &random)).map { _ in "abя".randomElement(using: &random) ?? "a" })
        }
        let index = index((0..<700 as Range<UInt32>).map { document($0, text(), performers: [text()], type: text()) })
        let tables = try #require(index.current.parts.first?.segment.tables)
        for table in [tables.words, tables.names] {
            for _ in 0..<2_000 {
                let asked = Array(text().utf8)
                let found = asked.withUnsafeBufferPointer { asked in
                    let scan = (table.firstPlain..<table.count).first { ByteOrder.compare(table[$0], asked) >= 0 }
                    return (table.lowerBound(asked), scan ?? table.count)
                }
                #expect(found.0 == found.1)
            }
        }
    }

    @Test("where a document has just what was typed as a name, no errors are looked for")
    func wholeNames() throws {
        let index = index([document(1, "Aida"), document(2, "Aidas"), document(3, "Aide"), document(4, "Gala")])
        #expect(try index.find("aida").sorted() == [1, 2])
        #expect(try index.find("aid").sorted() == [1, 2, 3])
        #expect(try index.find("aidu").sorted() == [1, 2, 3])
    }

    @Test("one error in any word of three letters or more is forgiven, wherever it is")
    func oneError() throws {
        var random = Seeded(5)
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        for length in [3, 4, 5, 7, 11, 16] {
            let words = (0..<20).map { _ in
                String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" })
            }
            let index = index(words.enumerated().map { document(UInt32($0), $1) })
            for (number, word) in words.enumerated() {
                for place in 0..<length {
                    var (missing, wrong, extra, swapped) = (Array(word), Array(word), Array(word), Array(word))
                    missing.remove(at: place)
                    wrong[place] = letters.randomElement(using: &random) ?? "a"
                    extra.insert(letters.randomElement(using: &random) ?? "a", at: place)
                    if place > 0 { swapped.swapAt(place - 1, place) }
                    for typed in [missing, wrong, extra, swapped] where typed.count > 2 {
                        let found = try index.find(String(typed))
                        #expect(found.contains(UInt32(number)), "\(String(typed)) for \(word)")
                    }
                }
            }
        }
    }
}
