// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Synchronization
import Testing

@testable import TrigramSearch

private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
}

@Suite("Live")
struct LiveTests {
    @Test("a change is seen by every reader once it is published, and not before")
    func publication() throws {
        let index = SearchIndex()
        let readers = (0..<3).map { _ in index.makeReader() }
        func found(_ words: String) throws -> [[UInt32]] {
            try readers.map { try $0.search(query(words)).hits.map(\.number) }
        }
        #expect(try found("gala") == [[], [], []])
        index.update(document(1, "Gala"))
        #expect(try found("gala") == [[], [], []])
        index.publish()
        #expect(try found("gala") == [[1], [1], [1]])
        index.update(document(1, "Opera"))
        #expect(try found("gala") == [[1], [1], [1]])
        index.publish()
        #expect(try found("gala") == [[], [], []] && found("opera") == [[1], [1], [1]])
        index.remove(1)
        index.remove(2)
        index.publish()
        #expect(try found("opera") == [[], [], []] && index.count == 0)
        index.update(document(1, "Gala"))
        index.remove(1)
        index.update(document(2, "Gala"))
        index.update(document(2, "Ballet"))
        index.publish()
        #expect(try found("gala") == [[], [], []] && found("ballet") == [[2], [2], [2]])
        index.remove(2)
        index.update(document(2, "Gala"))
        index.publish()
        #expect(try found("gala") == [[2], [2], [2]])
        index.update(document(3, "Gala"))
        index.removeAll()
        #expect(try found("gala") == [[], [], []])
        index.publish()
        #expect(try found("gala") == [[], [], []])
    }

    @Test("for every small number of single changes, the parts stay few and nothing is lost")
    func parts() throws {
        let index = SearchIndex()
        let reader = index.makeReader()
        for number in 0..<400 as Range<UInt32> {
            index.update(document(number, "Gala \(number)"))
            index.publish()
            #expect(try reader.search(query("gala")).total == Int(number) + 1)
            // One of each size, and the youngest; where whoever is told that it is time does not join them, publishing does.
            #expect(index.current.parts.count <= 4 || index.isMergeDue)
            if number % 64 == 0 { while index.isMergeDue { index.merge() } }
            #expect(index.current.parts.count <= SearchIndex.partsMax)
        }
        for number in 0..<400 as Range<UInt32> {
            index.remove(number)
            index.publish()
            #expect(try reader.search(query("gala")).total == 399 - Int(number))
        }
        #expect(index.current.parts.isEmpty)
    }

    @Test("documents that come, change and go again one by one are each seen once, by readers that keep answers too")
    func youngest() throws {
        let index = SearchIndex()
        let (keeping, forgetting) = (index.makeReader(), index.makeReader(cachedQueries: 0))
        var random = Seeded(5)
        var words: [UInt32: String] = [:]
        for step in 0..<600 {
            let number = UInt32.random(in: 0..<6, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                index.remove(number)
                words[number] = nil
            } else {
                let word = ["Gala", "Opera"].randomElement(using: &random) ?? "Gala"
                index.update(document(number, word))
                words[number] = word
            }
            // Several changes of one document may become visible together.
            if Int.random(in: 0..<3, using: &random) == 0 { continue }
            index.publish()
            if step % 50 == 0 { while index.merge() {} }
            for word in ["Gala", "Opera"] {
                let expected = words.filter { $0.value == word }.keys.sorted()
                for reader in [keeping, forgetting] {
                    let result = try reader.search(query(word))
                    #expect(result.hits.map(\.number).sorted() == expected && result.total == expected.count)
                }
            }
            #expect(index.count == words.count)
        }
    }

    @Test("what goes while a merge runs goes from its result too, wherever in a large part it is")
    func mergeBesideRemovals() throws {
        let index = SearchIndex()
        for part in 0..<2 as Range<UInt32> {
            for number in 0..<40_000 as Range<UInt32> { index.update(document(part * 40_000 + number, "Gala")) }
            index.publish()
        }
        index.remove(1)
        index.publish()
        let gone: [UInt32] = [0, 511, 512, 32_767, 32_768, 39_999, 40_000, 79_999]
        let merged = index.merge {
            for number in gone { index.remove(number) }
            index.publish()
        }
        #expect(merged && index.count == 80_000 - 1 - gone.count)
        let reader = index.makeReader()
        for number in gone + [1] { #expect(reader.place(of: number) == nil) }
        #expect(try reader.search(query("gala")).total == 80_000 - 1 - gone.count)
        for number in [2, 510, 513, 32_766, 32_769, 39_998, 40_001, 79_998] as [UInt32] {
            #expect(reader.place(of: number) != nil)
        }
    }

    @Test("what changes while a merge runs is carried over, and readers on other threads never see half of a change")
    func concurrency() async throws {
        let index = SearchIndex()
        // Each publication moves every document from one word to the other; a reader sees all or none of it.
        let count = 40
        func write(_ word: String) {
            for number in 0..<UInt32(count) { index.update(document(number, word)) }
            index.publish()
        }
        write("gala")
        let over = Flag()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let reader = index.makeReader()
                    var queries = 0
                    while !over.isSet.load(ordering: .relaxed) || queries == 0 {
                        let total = try reader.search(query("gala")).total
                        #expect(total == 0 || total == count, "\(total)")
                        #expect(try reader.search(query("")).total == count)
                        queries += 1
                        await Task.yield()
                    }
                    return queries
                }
            }
            group.addTask {
                var merges = 0
                while !over.isSet.load(ordering: .relaxed) {
                    merges += index.merge() ? 1 : 0
                    await Task.yield()
                }
                return merges
            }
            for round in 0..<150 {
                write(round % 2 == 0 ? "opera" : "gala")
                await Task.yield()
            }
            over.isSet.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        while index.merge() {}
        #expect(try index.find("gala").count == count && index.count == count)
    }

    @Test("a background merge keeps what was removed, replaced and added while it ran")
    func mergeBeside() throws {
        // The documents of several publications.
        let index = SearchIndex()
        for part in 0..<4 as Range<UInt32> {
            for number in 0..<600 as Range<UInt32> { index.update(document(part * 600 + number, "Gala")) }
            index.publish()
        }
        #expect(index.isMergeDue && index.current.parts.count == 4)
        let reader = index.makeReader()
        let merged = index.merge {
            #expect(!index.merge(), "one merge at a time")
            for number in 0..<900 as Range<UInt32> { index.update(document(number, "Opera")) }
            index.publish()
            for number in 900..<1_000 as Range<UInt32> { index.remove(number) }
            for number in 2_400..<2_500 as Range<UInt32> { index.update(document(number, "Ballet")) }
            index.publish()
            #expect((try? reader.search(query("gala")).total) == 1_400)
            #expect((try? reader.search(query("opera")).total) == 900)
        }
        #expect(merged && index.count == 2_400)
        #expect(try reader.search(query("gala")).total == 1_400)
        #expect(try reader.search(query("opera")).total == 900)
        #expect(try reader.search(query("ballet")).total == 100)
        while index.merge() {}
        #expect(try reader.search(query("gala")).total == 1_400)
        #expect(index.count == 2_400)
    }

    @Test("a merge that runs while all is forgotten brings nothing back")
    func mergeBesideRemoveAll() throws {
        let index = SearchIndex()
        for part in 0..<4 as Range<UInt32> {
            for number in 0..<600 as Range<UInt32> { index.update(document(part * 600 + number, "Gala")) }
            index.publish()
        }
        _ = index.merge {
            index.removeAll()
            index.update(document(1, "Opera"))
            index.publish()
        }
        #expect(index.count == 1)
        #expect(try index.find("gala").isEmpty && index.find("opera") == [1])
    }

    @Test(
        "a reader that nobody asks lets go of what others took the place of, and answers right when it is asked again")
    func lettingGo() throws {
        let index = TrigramSearchTests.index((0..<100).map { document($0, "Gala") })
        let reader = index.makeReader()
        weak let first = index.current.parts.first?.segment
        #expect(try reader.search(query("gala")).total == 100)
        reader.letGo()
        #expect(first != nil && reader.parts.count == 1)
        for number in 0..<100 as Range<UInt32> { index.update(document(number, number < 60 ? "Opera" : "Gala")) }
        index.publish()
        #expect(first != nil, "held by the reader")
        reader.letGo()
        #expect(first == nil && reader.parts.isEmpty && reader.place(of: 1) == nil)
        #expect(try reader.search(query("gala")).total == 40 && reader.search(query("opera")).total == 60)
    }

    @Test("when nobody merges, publishing does, before parts pile up")
    func unattended() throws {
        let index = SearchIndex()
        for part in 0..<60 as Range<UInt32> {
            for number in 0..<300 as Range<UInt32> { index.update(document(part * 300 + number, "Gala")) }
            index.publish()
            #expect(index.current.parts.count <= SearchIndex.partsMax)
        }
        #expect(index.count == 18_000)
    }
}
