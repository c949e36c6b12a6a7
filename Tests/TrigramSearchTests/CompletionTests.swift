// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import TrigramSearch

@Suite("Completing names, and saying what was found")
struct CompletionTests {
    private let house = index([
        document(1, "Evening", performers: ["Antonín Dvořák", "Daft Punk"], venue: "Globe", city: "Lyon"),
        document(2, "Morning", performers: ["Daft Punk"], venue: "Globe", city: "Lyon"),
        document(3, "Dawn", performers: ["Daphne"], venue: "Dartmoor Hall", city: "Dallas"),
    ])

    @Test("names come as one types, the most frequent first, by their beginning and then by their words")
    func completes() throws {
        let reader = house.makeReader()
        func fields(_ typed: String) throws -> [SearchSuggestion.Field] {
            try reader.suggest(typed, limit: 5).map(\.field)
        }
        let first = try #require(try reader.suggest("da", limit: 5).first)
        #expect(first == SearchSuggestion(number: 1, field: .performer(1), documents: 2))
        #expect(try reader.suggest("da", limit: 9).count == 5)
        #expect(try fields("daft p") == [.performer(1)])
        #expect(try fields("punk") == [.performer(1)])
        #expect(try fields("DVOR") == [.performer(0)])
        #expect(try fields("even") == [.title])
        #expect(try fields("glo") == [.venue])
        #expect(try fields("lyo") == [.city])
        #expect(try fields("dvroak") == [.performer(0)])
        #expect(try fields("zzz").isEmpty)
        #expect(try fields("").isEmpty)
        #expect(try reader.suggest("d", limit: 2).count == 2)
        #expect(throws: SearchProblem.badLimit) { try reader.suggest("d", limit: -1) }
        #expect(throws: SearchProblem.onlyPunctuation) { try reader.suggest("???", limit: 1) }
    }

    @Test("a name goes with its last document, and hidden ones show none")
    func live() throws {
        let index = TrigramSearchTests.index([document(1, "Aida"), document(2, "Tosca")])
        let reader = index.makeReader()
        #expect(try reader.suggest("ai", limit: 5).count == 1)
        index.remove(1)
        var draft = document(2, "Tosca")
        draft.isHidden = true
        index.update(draft)
        index.publish()
        #expect(try reader.suggest("ai", limit: 5).isEmpty && reader.suggest("to", limit: 5).isEmpty)
    }

    @Test(
        "what was found in the place of what was typed is told, and nothing where it is the same",
        arguments: [
            ("dvroak", "dvorak"), ("antonin dvroak", "antonin dvorak"), ("daft pnuk", "daft punk"), ("daft punk", nil),
            ("daf", nil), ("DAFT", nil), ("zzzz", nil),
        ] as [(String, String?)])
    func corrections(typed: String, expected: String?) throws {
        #expect(try house.makeReader().search(query(typed)).did == expected)
    }

    @Test(
        "a word of ideographs is told once and as it was typed, beside a correction, and never as one",
        arguments: [
            ("東京事変", nil), ("事変", nil), ("東京", nil), ("東", nil), ("東京 ライブ", nil), ("宇多田", nil),
            ("東京事変 tuor", "東京事変 tour"), ("tuor 東京事", "tour 東京事"),
        ] as [(String, String?)])
    func ideographs(typed: String, expected: String?) throws {
        let index = index([document(1, "東京事変 ライブ Tour"), document(2, "東大 Night")])
        let result = try index.makeReader().search(query(typed))
        #expect(result.did == expected && result.hits.isEmpty == (typed == "宇多田"))
    }

    @Test("what is told is how the first hit was found that the caller lets through, in its own order too")
    func correctionsOfWanted() throws {
        let index = index([document(1, "Mozart"), document(2, "Mozzart")])
        for cached in [0, 9] {
            let reader = index.makeReader(cachedQueries: cached)
            for _ in 0..<2 {
                let asked = query("mozaart")
                #expect(try reader.search(asked).did == "mozart")
                #expect(try reader.search(asked) { $0 == 2 }.did == "mozzart")
                #expect(try reader.search(asked) { $0 == 1 }.did == "mozart")
                #expect(try reader.search(asked) { _ in false }.did == nil)
                #expect(try reader.search(query("mozart")) { $0 == 2 }.did == nil)
                let all = try reader.candidates(asked, limit: 9) { _ in true }
                let told = try all.hits.map { try reader.did(for: $0, of: all, asked) }
                #expect(told == all.hits.map { $0.number == 1 ? "mozart" : "mozzart" })
            }
        }
    }
}
