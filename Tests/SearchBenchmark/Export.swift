// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

/// Writes events and questions for others to be asked the same: as tab-separated files, and as lines of the protocol.
struct Export {
    /// How many letters of names are asked for to see what a query costs by its length.
    static let lengths = [2, 3, 4, 6, 8, 12, 16, 24]

    let season: Season
    let questions: Questions
    let real: Questions
    let settings: Settings

    /// `events.tsv`, `questions.tsv`, and `season.lines`, which a daemon is given. A daemon knows no other now than that of
    /// its clock: its dates are `days` later.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write("events.tsv", in: folder) { text in
            for number in season.events.indices {
                let event = season.document(number)
                row(
                    [
                        "\(number)", event.title, event.performers.joined(separator: " | "), event.venue, event.city,
                        event.type, "\(event.localDay)",
                    ], to: &text)
            }
        }
        try write("questions.tsv", in: folder) { text in
            for kind in QuestionClass.allCases {
                let isSpelt: Set<QuestionClass> = [.oneError, .twoErrors, .short, .prefixError]
                let source = isSpelt.contains(kind) && !real.misspellings.isEmpty ? real : questions
                for question in source.make(kind, count: settings.queries, seed: 4) {
                    row(fields(kind.rawValue, question.query, question.meant), to: &text)
                }
            }
            for length in Self.lengths {
                let names = questions.make(.exact, count: settings.queries, seed: 5).filter {
                    $0.query.words.count >= length
                }
                for question in names.prefix(settings.queries / 4) {
                    var query = question.query
                    query.words = String(query.words.prefix(length))
                    row(fields("letters \(length)", query, nil), to: &text)
                }
            }
        }
        try write("season.lines", in: folder) { protocolLines(&$0) }
    }

    private func fields(_ kind: String, _ query: SearchQuery, _ meant: String?) -> [String] {
        [
            kind, query.words, meant ?? "", query.location, query.type, query.firstDay.map(String.init) ?? "",
            query.lastDay.map(String.init) ?? "",
        ]
    }

    private func write(_ name: String, in folder: String, _ body: (inout String) -> Void) throws {
        var text = ""
        body(&text)
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    private func row(_ fields: [String], to text: inout String) {
        text += fields.map { $0.replacing("\t", with: " ").replacing("\n", with: " ") }.joined(separator: "\t") + "\n"
    }

    // MARK: The protocol

    private func protocolLines(_ text: inout String) {
        for (number, venue) in season.venues.enumerated() {
            text +=
                "VENUE ADD v\(number) name=\(quoted(venue.name)) city=\(quoted(venue.city)) country=\(venue.country)\n"
            text += "AREA ADD v\(number)/floor capacity=1000\n"
        }
        for (number, name) in season.performers.enumerated() {
            text += "PERFORMER ADD p\(number) name=\(quoted(name))\n"
        }
        for number in season.events.indices {
            let event = season.document(number)
            var performers: [String] = []
            for performer in event.performerIDs where !performers.contains(performer) { performers.append(performer) }
            let starts = Self.time(event.startsMilliseconds + Int64(settings.days) * Season.day)
            text +=
                "EVENT ADD \(event.id) venue=\(season.venueID(number)) title=\(quoted(event.title)) starts=\(starts) "
            text += "currency=EUR price=4500 type=\(event.type) performers=\(performers.joined(separator: ","))\n"
            text += "EVENT OPEN \(event.id)\n"
        }
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// RFC 3339 in the offset of which a document's local day is made.
    private static func time(_ milliseconds: Int64) -> String {
        let local = milliseconds + 120 * 60_000
        let minute = local / 60_000 % 1_440
        // Civil dates from days, by eras of 400 years (Howard Hinnant).
        let shifted = local / Season.day + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let civilMonth = month < 10 ? month + 3 : month - 9
        let civilYear = year + era * 400 + (civilMonth <= 2 ? 1 : 0)
        return "\(civilYear)-\(two(civilMonth))-\(two(ofYear - (153 * month + 2) / 5 + 1))"
            + "T\(two(minute / 60)):\(two(minute % 60))+02:00"
    }
}
