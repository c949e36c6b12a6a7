// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

/// What is kept ready made of frequent words and beginnings must be what going through their names finds.
@Suite("Ready made documents")
struct ReadyRunTests {
    private static let words = [
        "the", "theatre", "thea", "live", "lively", "a", "an", "ab", "abbey", "żoo", "żofia", "rose", "roses", "rosen",
    ]

    private static func documents(_ count: Int, describes: Bool) -> [SearchDocument] {
        var random = Seeded(71)
        func word() -> String {
            let uniform = Double.random(in: 0..<1, using: &random)
            return words[Int(uniform * uniform * Double(words.count))]
        }
        return (0..<count).map { number in
            // "a bbey" begins as "abbey" does, but has no such word; "t how" begins as all words with "th" do, but no longer
            // with "the", though these are the same words.
            let apart = number % 37 == 0 ? "a bbey" : number % 41 == 0 ? "t how" : "own \(number)"
            return document(
                UInt32(number), word() + " " + word(), performers: [word() + " n\(number % 700)", apart],
                venue: word() + " v\(number % 50)", city: number % 3 == 0 ? "theodor" : "rome",
                description: describes && number % 5 == 0 ? "lovely " + word() : "", inDays: Int64(number % 500))
        }
    }

    /// The documents of words, and of names that begin with the text, name by name.
    private func documents(_ range: Range<Int>, _ text: [UInt8], _ tables: SegmentTables) -> Set<Int> {
        var found: Set<Int> = []
        func insert(_ table: TermTable, _ terms: Range<Int>) {
            for posting in table.postings[
                Int(table.postingStart[terms.lowerBound])..<Int(table.postingStart[terms.upperBound])]
            where UInt8(truncatingIfNeeded: posting) & Place.searched != 0 {
                let name = Int(posting >> Place.bits)
                for place in Int(tables.documentStart[name])..<Int(tables.documentStart[name + 1]) {
                    found.insert(Int(tables.documents[place]))
                }
            }
        }
        insert(tables.words, range)
        insert(tables.names, tables.names.beginning(with: text))
        if !tables.texts.isEmpty {
            for index in Int(tables.textStart[range.lowerBound])..<Int(tables.textStart[range.upperBound]) {
                found.insert(Int(tables.texts[index]))
            }
        }
        return found
    }

    @Test("what is ready made of a beginning is what its words and names find", arguments: [false, true])
    func beginnings(describes: Bool) throws {
        let index = index(Self.documents(9_000, describes: describes))
        let tables = try #require(index.current.parts.first?.segment.tables)
        var (compared, covered, apart) = (0, 0, 0)
        for word in Self.words + ["theodor", "own"] {
            for letters in 1...word.count {
                let text = Array(word.prefix(letters).utf8)
                guard let range = tables.words(beginningWith: text).map({ $0.low..<$0.high }) else { continue }
                let expected = documents(range, text, tables)
                if let ready = tables.ready.documents(beginnings: range, typedBytes: text.count) {
                    let found = (0..<tables.documentCount).filter { ready.contains($0) }
                    #expect(Set(found) == expected && ready.count == expected.count, "\(word.prefix(letters))")
                    compared += 1
                }
                if let run = tables.ready.run(range) {
                    // No name may begin so that has none of the words.
                    let isCovered = documents(range, [], tables) == expected
                    if run.coversNames(typedBytes: text.count) {
                        covered += 1
                        #expect(isCovered, "\(word.prefix(letters))")
                    } else {
                        apart += 1
                    }
                }
            }
        }
        #expect(compared > 8 && covered > 4 && apart > 4, "\(compared) \(covered) \(apart)")
    }

    @Test("a list has the documents it was made of, whatever lies between them", arguments: [2, 30, 300, 3_000])
    func lists(meanGap: Int) {
        var random = Seeded(UInt64(meanGap))
        let documents = 3 << DocumentList.blockBits + 77
        let bits = UnsafeMutableBufferPointer<UInt64>.zeros((documents + 63) / 64)
        defer { bits.deallocate() }
        var expected: [Int] = []
        // Gaps of just the bytes that stand for something else are among them.
        var document = meanGap == 30 ? 254 : 0
        while document < documents {
            expected.append(document)
            bits[document >> 6] |= 1 << UInt64(document & 63)
            document +=
                1
                + (expected.count % 5 == 0
                    ? Int.random(in: 253...257, using: &random)
                    : Int.random(in: 0...(2 * meanGap), using: &random))
        }
        let blocks = (documents + 1 << DocumentList.blockBits - 1) >> DocumentList.blockBits
        var (starts, gaps): ([UInt32], [UInt8]) = ([0], [])
        for block in 0..<blocks {
            let each = 1 << (DocumentList.blockBits - 6)
            DocumentList.append(
                bits, words: (block * each)..<min(bits.count, (block + 1) * each), block: block, to: &gaps)
            starts.append(UInt32(gaps.count))
        }
        starts.withUnsafeBufferPointer { starts in
            gaps.withUnsafeBufferPointer { gaps in
                guard let first = starts.baseAddress, let base = gaps.baseAddress else { return }
                let list = DocumentList(starts: first, gaps: base, blocks: blocks, count: expected.count)
                #expect((0..<documents).filter { list.contains($0) } == expected)
                var set = DocumentSet()
                defer { set.deallocate() }
                set.reserve(documents)
                for _ in 0..<20 {
                    let low = Int.random(in: 0..<documents, using: &random)
                    let slice = low..<Int.random(in: low...documents, using: &random)
                    set.removeAll()
                    set.insert(list, in: slice)
                    var found: [Int] = []
                    set.visit { found.append($0) }
                    let inside = expected.filter { slice.contains($0) }
                    #expect(found == inside && set.count == inside.count, "\(slice)")
                }
            }
        }
    }

    @Test("ids are found by their document, whatever their lengths")
    func ids() {
        var random = Seeded(5)
        let ids = (0..<1_000).map { _ in
            (0..<Int.random(in: 0...255, using: &random)).map { _ in UInt8.random(in: 33...126, using: &random) }
        }
        var column = IDColumn(documents: ids.count, bytes: ids.reduce(0) { $0 + $1.count })
        defer { column.deallocate() }
        for id in ids { id.withUnsafeBufferPointer { column.append($0) } }
        for (document, id) in ids.enumerated() { #expect(Array(column[document]) == id) }
    }
}
