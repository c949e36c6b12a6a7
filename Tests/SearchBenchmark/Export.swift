// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// Writes events and questions as tab-separated files, for other search engines to be asked the same.
struct Export {
    let season: Season
    let questions: Questions
    let real: Questions
    let settings: Settings

    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var events = ""
        for number in season.events.indices {
            let event = season.document(number)
            events += row([
                "\(number)", event.title, event.performers.joined(separator: " | "), event.venue, event.city,
                event.type, "\(event.localDay)",
            ])
        }
        try events.write(toFile: folder + "/events.tsv", atomically: true, encoding: .utf8)
        var asked = ""
        for kind in QuestionClass.allCases where kind != .filters {
            let isSpelt: Set<QuestionClass> = [.oneError, .twoErrors, .short, .prefixError]
            let source = isSpelt.contains(kind) && !real.misspellings.isEmpty ? real : questions
            for question in source.make(kind, count: settings.queries, seed: 4) {
                let query = question.query
                asked += row([
                    kind.rawValue, query.words, question.meant ?? "", query.location, query.type,
                    query.firstDay.map(String.init) ?? "", query.lastDay.map(String.init) ?? "",
                ])
            }
        }
        try asked.write(toFile: folder + "/questions.tsv", atomically: true, encoding: .utf8)
    }

    private func row(_ fields: [String]) -> String {
        fields.map { $0.replacingOccurrences(of: "\t", with: " ").replacingOccurrences(of: "\n", with: " ") }
            .joined(separator: "\t") + "\n"
    }
}
