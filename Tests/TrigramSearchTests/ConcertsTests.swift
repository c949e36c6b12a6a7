// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import TrigramSearch

#if canImport(Glibc)
import Glibc
#endif

/// Real concerts, where the file with them lies beside the checkout (`../shared/data/nyphil-concerts.jsonl`, one JSON
/// object a line); skipped elsewhere.
@Suite("Concerts since 1842")
struct ConcertsTests {
    private static let path = "../shared/data/nyphil-concerts.jsonl"

    @Test("what is there is found, with errors too", .enabled(if: access(path, R_OK) == 0))
    func concerts() throws {
        let lines = Self.lines()
        try #require(lines.count > 20_000)
        let index = SearchIndex()
        for (number, line) in lines.enumerated() { index.update(Self.document(UInt32(number), line)) }
        index.publish()
        #expect(index.count == lines.count)
        let reader = index.makeReader()
        func total(_ query: SearchQuery) throws -> Int { try reader.search(query).total }

        // Filters against the text of the lines.
        let apollo = lines.filter { $0.contains("\"venue\":\"Apollo Rooms\"") }.count
        #expect(try apollo > 0 && total(query(location: "Apollo Rooms")) == apollo)
        let century = Int32(-25_567)
        #expect(try total(query(lastDay: century - 1)) == lines.filter { $0.contains("\"date\":\"18") }.count)

        for (typed, name) in [
            ("bernstein", "Bernstein"), ("bernstien", "Bernstein"), ("toscanini", "Toscanini"),
            ("toscannini", "Toscanini"),
            ("mahler gustav", "Mahler"), ("gustavmahler", "Mahler"), ("rachmaninof", "Rachmaninoff"), ("dvorak", "Dvo"),
            ("mengelbrg", "Mengelberg"), ("masur kurt", "Masur"), ("zubin meh", "Mehta"),
        ] {
            let result = try reader.search(query(typed, limit: 10))
            #expect(!result.hits.isEmpty, "\(typed)")
            for hit in result.hits { #expect(lines[Int(hit.number)].contains(name), "\(typed)") }
        }
    }

    private static func lines() -> [Substring] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// The value of a text key, escapes left as they are.
    private static func text(_ key: String, _ line: Substring) -> String {
        guard let start = line.range(of: "\"\(key)\":\"") else { return "" }
        return String(line[start...].prefix { $0 != "\"" })
    }

    /// The items of a list of texts.
    private static func list(_ key: String, _ line: Substring) -> [String] {
        guard let start = line.range(of: "\"\(key)\":[") else { return [] }
        let inside = line[start...].prefix { $0 != "]" }
        return inside.split(separator: "\"").filter { $0 != "," }.map(String.init)
    }

    private static func document(_ number: UInt32, _ line: Substring) -> SearchDocument {
        let date = text("date", line).split(separator: "-").compactMap { Int($0) }
        let day = date.count == 3 ? days(date[0], date[1], date[2]) : 0
        let names = list("conductors", line) + list("soloists", line).map { String($0.prefix { $0 != "(" }) }
        return SearchDocument(
            number: number, id: text("id", line), title: text("orchestra", line), performers: names,
            venue: text("venue", line), city: text("city", line),
            description: list("works", line).joined(separator: " "),
            type: text("type", line), startsMilliseconds: Int64(day) * 86_400_000, localDay: Int32(day))
    }

    /// Days from 1970-01-01 on the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Substring {
    /// Where `text` ends for the first time, or nil.
    fileprivate func range(of text: String) -> Index? {
        firstRange(of: text)?.upperBound
    }
}
