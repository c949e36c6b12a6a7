// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Limits and bad input")
struct LimitTests {
    private let house = index([document(1, "Gala", performers: ["!!!"]), document(2, "Opera & Ballet")])

    private func problem(_ query: SearchQuery) -> SearchProblem? {
        do {
            _ = try house.makeReader().search(query)
            return nil
        } catch {
            return error
        }
    }

    @Test("64 words are searched for, 65 are too many, after folding")
    func words() {
        func typed(_ count: Int) -> String { (0..<count).map { "w\($0)" }.joined(separator: " ") }
        #expect(problem(query(typed(SearchLimits.queryWordsMax))) == nil)
        #expect(problem(query(typed(SearchLimits.queryWordsMax + 1))) == .tooManyWords)
        #expect(problem(query(typed(65).replacing(" ", with: "-"))) == .tooManyWords)
        #expect(problem(query(location: typed(64))) == nil)
        #expect(problem(query(location: typed(65))) == .tooManyWords)
        // Ideographs are conditions two by two.
        let run = String(repeating: "久石", count: 16) + "久"
        #expect(problem(query(run + " a " + run)) == .tooManyWords)
        #expect(problem(query(run + " " + String(run.dropLast()) + " a")) == nil)
    }

    @Test("8 KiB of words are searched for, a byte more is too long")
    func bytes() {
        let most = SearchLimits.queryBytesMax
        #expect(problem(query(String(repeating: "a", count: most))) == nil)
        #expect(problem(query(String(repeating: "a", count: most + 1))) == .queryTooLong)
        for text in [String(repeating: "a", count: most + 1)] {
            #expect(problem(query(location: text)) == .queryTooLong)
            #expect(problem(query(performer: text)) == .queryTooLong)
            #expect(problem(query(type: text)) == .queryTooLong)
        }
    }

    @Test("a page has 0 to 1,000 hits")
    func pages() {
        for (limit, expected) in [(-1, SearchProblem.badLimit), (0, nil), (1_000, nil), (1_001, .badLimit)] {
            #expect(problem(query("gala", limit: limit)) == expected)
        }
        #expect(throws: SearchProblem.badLimit) {
            try house.makeReader().candidates(query(), limit: SearchLimits.candidatesMax + 1) { _ in true }
        }
        #expect(problem(query(sort: .price)) == .orderUnknown)
    }

    @Test("punctuation that names nobody is told, and so is a filter without a name")
    func punctuation() throws {
        #expect(try house.find("!!!") == [1])
        for words in ["???", "!!", ".", "'", "- /", "♥", "\u{200B}", "\u{301}"] {
            #expect(problem(query(words)) == .onlyPunctuation, "\(words)")
        }
        #expect(problem(query("\u{A0} \t\n")) == nil)
        #expect(problem(query(location: "'")) == .emptyLocation)
        #expect(problem(query(type: " ")) == .emptyType)
        #expect(try house.find("opera & ballet") == [2])
        #expect(try house.find("opera & !!!").isEmpty)
        #expect(try house.find("gala !!!") == [1])
    }

    @Test("a date range that ends before it begins is told; one day is a range")
    func dates() {
        #expect(problem(query(firstDay: 5, lastDay: 4)) == .datesReversed)
        #expect(problem(query(firstDay: 5, lastDay: 5)) == nil)
        #expect(problem(query(firstDay: .min, lastDay: .max)) == nil)
    }

    @Test("a cursor of another query, a damaged one and none at all are told apart")
    func cursors() throws {
        let many = index((0..<30).map { document($0, "Gala \($0)", type: "x") })
        let reader = many.makeReader()
        let asked = query("gala", limit: 7)
        let cursor = try #require(try reader.search(asked).cursor)
        for other in [
            query("gal", limit: 7, cursor: cursor), query("gala", type: "x", cursor: cursor),
            query("gala", location: "x", cursor: cursor), query("gala", firstDay: 1, cursor: cursor),
            query("gala", sort: .date, cursor: cursor), query("gala", performer: "x", cursor: cursor),
        ] {
            #expect(throws: SearchProblem.cursorOfAnotherQuery) { try reader.search(other) }
        }
        // The size of a page may change on the way.
        #expect(throws: Never.self) { try reader.search(query("gala", limit: 9, cursor: cursor)) }
        let bytes = Array(cursor.utf8)
        for place in bytes.indices {
            for byte in [UInt8(ascii: "A"), UInt8(ascii: "!"), bytes[place] ^ 1] where byte != bytes[place] {
                var damaged = bytes
                damaged[place] = byte
                let text = String(decoding: damaged, as: UTF8.self)
                #expect(throws: SearchProblem.badCursor) { try reader.search(query("gala", cursor: text)) }
            }
            let cut = String(decoding: bytes[..<place], as: UTF8.self)
            #expect(throws: SearchProblem.badCursor) { try reader.search(query("gala", cursor: cut)) }
        }
        let own = SearchCursor(after: .min, id: "Łódź.1", of: asked)
        #expect(try SearchCursor(text: own.text, of: asked) == own)
    }

    @Test("an answer says that it is partial where looking for typing errors took too much work")
    func partialForgiveness() throws {
        // Words so alike that each may mean hundreds of others.
        var random = Seeded(3)
        func words(_ count: Int) -> String {
            (0..<count).map { _ in String((0..<8).map { _ in "abc".randomElement(using: &random) ?? "a" }) }
                .joined(separator: " ")
        }
        let meant = words(60)
        let documents = (2..<700 as Range<UInt32>).map { document($0, "Gala", description: words(20)) }
        let reader = index(documents + [document(1, "Opera", description: meant)]).makeReader()
        for _ in 0..<2 {
            let result = try reader.search(query(meant))
            #expect(result.hits.map(\.number) == [1] && result.isPartial)
        }
        // Of few such words each may be looked for.
        let alone = try index([document(1, "Opera", description: meant)]).makeReader()
            .search(query(String(meant.prefix(26))))
        #expect(alone.hits.map(\.number) == [1] && !alone.isPartial)
    }

    @Test("where one word may mean more words than are looked for, the answer is partial, and it says so each time")
    func tooManyMeanings() throws {
        // Two of eight letters are others than were typed.
        var words: [String] = []
        for one in "ghijklmnopqrstuvwxyz" {
            for other in "ghijklmnopqrstuvwxyz" { words.append("ab\(one)de\(other)gh") }
        }
        for (count, isPartial) in [(200, false), (400, true)] {
            let reader = index(words.prefix(count).enumerated().map { document(UInt32($0), $1) }).makeReader()
            for _ in 0..<2 {
                let found = try reader.search(query("abcdefgh"))
                #expect(found.isPartial == isPartial && found.total == min(count, ForgivingLookup.meaningsMax))
                let candidates = try reader.candidates(query("abcdefgh"), limit: 9) { _ in true }
                #expect(candidates.isPartial == isPartial)
            }
        }
    }

    @Test("documents beyond every limit are indexed as far as it goes")
    func documents() throws {
        let long = String(repeating: "word ", count: 5_000)
        let index = index([
            document(0, String(repeating: "ł", count: 10_000), id: String(repeating: "i", count: 10_000)),
            document(
                .max, long, performers: Array(repeating: "", count: 100), description: long + "end", inDays: 4_000_000),
            document(7, "\u{0}\u{FFFF}\u{10FFFF}", id: "", inDays: -4_000_000),
        ])
        #expect(try index.find("lll").first == 0)
        #expect(try index.find(String(repeating: "l", count: 200)) == [0])
        #expect(try index.find("word") == [.max])
        #expect(index.count == 3)
    }

    @Test("whatever is typed, nothing traps and hits are of the index", arguments: 0..<4 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = Seeded(seed)
        var world = SmallWorld(seed: seed)
        let names = SearchTests.names
        let index = index(
            (0..<120 as Range<UInt32>).map { number in
                var made = world.document(number)
                made.performers.append(names[Int(number) % names.count])
                return made
            })
        let reader = index.makeReader()
        let alphabets: [ClosedRange<UInt32>] = [
            0...0x7F, 0x20...0x7E, 0x61...0x66, 0xC0...0x24F, 0x300...0x36F, 0x370...0x52F, 0x1100...0x11FF,
            0x3040...0x30FF, 0x4E00...0x4E20, 0xFE00...0xFFFF, 0x1F300...0x1F6FF, 0...0x10FFFF,
        ]
        func text() -> String {
            var text = ""
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    text += names.randomElement(using: &random) ?? ""
                    continue
                }
                let alphabet = alphabets.randomElement(using: &random) ?? 0...0x7F
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    if let scalar = Unicode.Scalar(UInt32.random(in: alphabet, using: &random)) {
                        text.unicodeScalars.append(scalar)
                    }
                }
            }
            return text
        }
        var answered = 0
        for _ in 0..<1_500 {
            var asked = query(text(), sort: Bool.random(using: &random) ? .date : .relevance)
            asked.limit = Int.random(in: 0...20, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 { asked.location = text() }
            if Int.random(in: 0..<4, using: &random) == 0 { asked.performer = text() }
            if Int.random(in: 0..<8, using: &random) == 0 { asked.type = text() }
            if Int.random(in: 0..<8, using: &random) == 0 { asked.cursor = text() }
            if Int.random(in: 0..<8, using: &random) == 0 {
                asked.firstDay = Int32.random(in: .min ... .max, using: &random)
                asked.lastDay = Int32.random(in: .min ... .max, using: &random)
            }
            asked.nowMilliseconds = [now, .min, .max, 0].randomElement(using: &random) ?? 0
            guard let result = try? reader.search(asked) else { continue }
            answered += 1
            #expect(result.hits.count <= asked.limit && result.total >= result.hits.count)
            #expect(result.hits.allSatisfy { $0.number < 120 && (0...Ranking.named).contains($0.score) })
            #expect(try reader.search(asked) == result)
        }
        #expect(answered > 300)
    }

    @Test("the work of the worst queries is bounded, and their partial answers repeat")
    func work() throws {
        // One word in every document, many beginnings alike.
        let number = 40_000
        let big = SearchIndex()
        for document in 0..<number {
            big.update(
                TrigramSearchTests.document(
                    UInt32(document), "the show a a\(document % 9_000) ab ab\(document)", inDays: Int64(document % 999))
            )
        }
        big.publish()
        let reader = big.makeReader()
        for words in ["the", "a", "ab", "the show", String(repeating: "a ", count: 64), "ab a the show a"] {
            for sort in [SearchSort.relevance, .date] {
                var asked = 0
                let result = try reader.search(query(words, sort: sort, limit: 10)) { _ in
                    asked += 1
                    return true
                }
                #expect(asked * 3 <= SearchLimits.workMax && result.hits.count == 10, "\(words) \(result)")
                #expect(result.total <= number)
                #expect(try reader.search(query(words, sort: sort, limit: 10)) { _ in true } == result)
            }
        }
    }
}
