// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// Answers the questions of a file that `--export` wrote, nothing kept from one to the next: for whoever compares them
/// with the answers of others.
struct Answering {
    let season: Season

    /// Writes a line for each question: the microseconds that it took by the wall clock, and the events found.
    func answer(_ questions: String, to path: String) throws {
        let index = SearchIndex()
        var building = Duration.zero
        for first in stride(from: 0, to: season.events.count, by: 10_000) {
            let some = (first..<min(first + 10_000, season.events.count)).map(season.document)
            building += ContinuousClock().measure { for place in some.indices { index.update(some[place]) } }
        }
        building += ContinuousClock().measure { index.publish() }
        print("\(season.events.count) events: built in \(String(format: "%.2f", building / .seconds(1))) s")
        let reader = index.makeReader(cachedQueries: 0)
        let lines = try String(contentsOfFile: questions, encoding: .utf8).split(separator: "\n")
        let asked = lines.map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return SearchQuery(
                words: fields[1], location: fields[3], type: fields[4], firstDay: Int32(fields[5]),
                lastDay: Int32(fields[6]), limit: 10, nowMilliseconds: Season.now)
        }
        // Once beforehand, so that the first classes do not pay for memory that is touched for the first time.
        for query in asked.prefix(20_000) where query.words.count % 7 == 0 { _ = try reader.search(query) }
        var text = ""
        for query in asked {
            var result = SearchResult()
            let time = try ContinuousClock().measure { result = try reader.search(query) }
            let hits = result.hits.map { "\($0.number)" }.joined(separator: ",")
            text += "\(String(format: "%.2f", time / .microseconds(1)))\t\(hits)\n"
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
