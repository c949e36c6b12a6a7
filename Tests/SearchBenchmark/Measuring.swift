// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import TrigramSearch

#if canImport(Glibc)
import Glibc
#endif

/// Builds the index, asks, and says what it took.
struct Measuring {
    let settings: Settings
    let season: Season
    let questions: Questions
    let real: Questions
    private let index = SearchIndex()
    private var figures: [String: Any] = [:]

    init(settings: Settings, season: Season, questions: Questions, real: Questions) {
        self.settings = settings
        self.season = season
        self.questions = questions
        self.real = real
    }

    mutating func run() throws {
        build()
        if let words = settings.ask { return try ask(words) }
        if settings.parts.contains("classes") { try classes() }
        if settings.parts.contains("recall") { try recall() }
        if settings.parts.contains("worst") { try worst() }
        if settings.parts.contains("changes") { try changes() }
        if settings.parts.contains("cache") { try cache() }
        if let path = settings.json {
            let data = try JSONSerialization.data(withJSONObject: figures, options: [.prettyPrinted, .sortedKeys])
            try data.write(to: URL(fileURLWithPath: path))
        }
    }

    // MARK: Building

    private mutating func build() {
        var building = Duration.zero
        for first in stride(from: 0, to: season.events.count, by: 10_000) {
            let some = (first..<min(first + 10_000, season.events.count)).map(season.document)
            // Where they are, so that no document is copied on the way.
            some.withUnsafeBufferPointer { some in
                building += ThreadClock.measure { for place in some.indices { index.update(some[place]) } }
            }
        }
        building += ThreadClock.measure { index.publish() }
        if settings.demand > 0 { tellDemand() }
        let each = Double(index.byteCount) / Double(max(1, season.events.count))
        print("\(season.events.count) events: built in \(seconds(building)) s, \(Int(each)) bytes an event")
        figures["events"] = season.events.count
        figures["build_seconds"] = building / .seconds(1)
        figures["bytes_per_event"] = each
    }

    /// Says that some of the events, here and there, are wanted.
    private func tellDemand() {
        var random = Seeded(17)
        let levels = season.events.indices.compactMap { number -> (number: UInt32, level: Int)? in
            guard Int.random(in: 0..<100, using: &random) < settings.demand else { return nil }
            return (UInt32(number), Int.random(in: 1...SearchDemand.levelMax, using: &random))
        }
        let time = ThreadClock.measure { index.setDemand(levels, version: 1) }
        print("demand for \(levels.count) events: told in \(Int(time / .microseconds(1))) us")
    }

    // MARK: Queries

    private func ask(_ words: String) throws {
        let reader = index.makeReader(cachedQueries: 0)
        let query = SearchQuery(words: words, limit: 10, nowMilliseconds: Season.now)
        let times = try (0..<settings.queries).map { _ in try ThreadClock.measure { _ = try reader.search(query) } }
        let result = try reader.search(query)
        print("\(words): \(Summary(times)) total \(result.total)")
        for hit in result.hits {
            let event = season.document(Int(hit.number))
            print("  \(hit.score) \(event.title) / \(event.performers) / \(event.venue)")
        }
    }

    private mutating func classes() throws {
        let reader = index.makeReader(cachedQueries: 0)
        var all: [String: [String: Double]] = [:]
        for kind in QuestionClass.allCases {
            if let only = settings.kind, only != kind.rawValue { continue }
            let asked = questions.make(kind, count: settings.queries, seed: 3)
            if asked.isEmpty { continue }
            for question in asked.prefix(50) { _ = try reader.search(question.query) }
            var (found, partial) = (0, 0)
            var times: [Duration] = []
            for question in asked {
                var result = SearchResult()
                times.append(try ThreadClock.measure { result = try reader.search(question.query) })
                found += result.total > 0 ? 1 : 0
                partial += result.isPartial ? 1 : 0
            }
            for (time, question) in zip(times, asked).sorted(by: { $0.0 > $1.0 }).prefix(settings.slowest) {
                print("  \(Int(time / .microseconds(1))) us: \(try described(question.query, reader))")
            }
            let summary = Summary(times)
            all[kind.rawValue] = ["p50_us": summary.p50, "p99_us": summary.p99, "max_us": summary.most]
            print("\(pad(kind.rawValue, 24)) \(summary)  found \(found)/\(asked.count)  partial \(partial)")
        }
        figures["classes"] = all
        var byLength: [String: Double] = [:]
        for length in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] {
            let names = questions.make(.exact, count: 400, seed: 5).compactMap { question -> SearchQuery? in
                guard question.query.words.count >= length else { return nil }
                var query = question.query
                query.words = String(query.words.prefix(length))
                return query
            }
            let times = try names.map { query in try ThreadClock.measure { _ = try reader.search(query) } }
            if times.count > 20 { byLength["\(length)"] = Summary(times).p50 }
        }
        print(
            "p50 by letters typed: \(byLength.sorted { Int($0.key)! < Int($1.key)! }.map { "\($0.key): \(Int($0.value))" })"
        )
        figures["p50_us_by_letters"] = byLength
    }

    /// A question with its filters, how many there are, and how they were found.
    private func described(_ query: SearchQuery, _ reader: SearchReader) throws -> String {
        var text = query.words
        if !query.location.isEmpty { text += " location=\(query.location)" }
        if !query.type.isEmpty { text += " type=\(query.type)" }
        if let first = query.firstDay, let last = query.lastDay { text += " days=\(first)...\(last)" }
        let result = try reader.search(query)
        return
            "\(text) (\(result.total)\(result.isPartial ? " at least" : "")\(result.did.map { ", did=\($0)" } ?? ""))"
    }

    /// How often what was meant is among the first ten, and the first: by its name; and where a miss counts only if one
    /// of the ten is further from what was typed than what was meant, or there are not ten.
    private mutating func recall() throws {
        let reader = index.makeReader(cachedQueries: 0)
        var all: [String: [String: Double]] = [:]
        for kind in QuestionClass.allCases where kind != .filters && kind != .nothing {
            if let only = settings.kind, only != kind.rawValue { continue }
            let isSpelt: Set<QuestionClass> = [.oneError, .twoErrors, .short, .prefixError]
            let source = isSpelt.contains(kind) && !real.misspellings.isEmpty ? real : questions
            let asked = source.make(kind, count: settings.queries, seed: 4)
            if asked.isEmpty { continue }
            var (among, asClose, first) = (0, 0, 0)
            for question in asked {
                let hits = try reader.search(question.query).hits.map { season.document(Int($0.number)) }
                let places = hits.map { has($0, question.meant) }
                first += places.first == true ? 1 : 0
                if places.contains(true) {
                    among += 1
                    continue
                }
                let closeness = Closeness(question.query.words)
                let meant = closeness.errors(to: question.meant ?? "")
                let isHidden = hits.count == 10 && hits.allSatisfy { closeness.errors(to: $0) <= meant }
                asClose += isHidden ? 1 : 0
                if settings.parts.contains("misses") {
                    let got = try reader.search(question.query)
                    print(
                        "  miss \(kind.rawValue): \(question.query.words) for \(question.meant ?? "") (\(meant)\(isHidden ? ", as close" : "")) total \(got.total)"
                    )
                    for (hit, event) in zip(got.hits, hits) {
                        print(
                            "      \(hit.score) \(event.title) / \(event.performers.joined(separator: ", ")) / \(event.venue) / \(event.city)"
                        )
                    }
                }
            }
            let (recall, right) = (share(among, asked.count), share(first, asked.count))
            let close = share(among + asClose, asked.count)
            all[kind.rawValue] = [
                "recall10": recall, "recall10_or_as_close": close, "first": right, "asked": Double(asked.count),
            ]
            print(
                "\(pad(kind.rawValue, 24)) recall at 10 \(percent(recall))  or ten as close \(percent(close))  first right \(percent(right))  of \(asked.count)"
            )
        }
        figures["recall"] = all
    }

    /// Whether the document has the name, whatever its accents: what was typed cannot tell them.
    private func has(_ document: SearchDocument, _ name: String?) -> Bool {
        guard let name = name.map(Closeness.folded) else { return false }
        return ([document.title, document.venue] + document.performers).contains { Closeness.folded($0) == name }
    }

    private mutating func worst() throws {
        let reader = index.makeReader(cachedQueries: 0)
        var all: [String: Double] = [:]
        let word = season.words.first ?? "a"
        let many = Set(season.words.prefix(300)).sorted { $0.count < $1.count }.prefix(64)
        let asked: [(String, String)] = [
            ("one letter", "a"), ("a letter repeated", String(repeating: "a", count: 8_192)),
            ("a a a", Array(repeating: "a", count: 64).joined(separator: " ")),
            ("64 frequent words", many.joined(separator: " ")),
            ("64 beginnings", many.map { String($0.prefix(2)) }.joined(separator: " ")),
            (
                "8 KiB",
                String(repeating: word + " x", count: 8_192 / (word.utf8.count + 2)).split(separator: " ").prefix(64)
                    .joined(separator: " ")
            ),
            ("two frequent", "live friends"), ("hall", "hall"), ("the", "the"), ("us", "us live"),
            ("64 typos", many.map { $0 + "q" }.joined(separator: " ")), ("nothing typed", ""),
            ("long typo", String((word + word + word).prefix(33)) + "qq"),
        ]
        for (name, words) in asked {
            let query = SearchQuery(words: words, limit: 10, nowMilliseconds: Season.now)
            var result = SearchResult()
            let times = try (0..<20).map { _ in try ThreadClock.measure { result = try reader.search(query) } }
            all[name] = Summary(times).p50
            print(
                "\(pad("worst: " + name, 24)) \(Summary(times)) total \(result.total)\(result.isPartial ? " partial" : "")"
            )
        }
        figures["worst_us"] = all
    }

    // MARK: Changes

    private mutating func changes() throws {
        var random = Seeded(9)
        let reader = index.makeReader(cachedQueries: 0)
        let asked = questions.make(.exact, count: 2_000, seed: 6).map(\.query)
        func ask() throws -> Summary {
            let thrice = asked + asked + asked
            return Summary(try thrice.map { query in try ThreadClock.measure { _ = try reader.search(query) } })
        }
        let idle = try ask()
        let documents = (0..<settings.changes).map { _ in
            var document = season.document(Int.random(in: 0..<season.events.count, using: &random))
            document.startsMilliseconds += Int64.random(in: 1...48, using: &random) * 3_600_000
            return document
        }
        // The same while another thread makes a change each millisecond, and what merges fall due.
        let writer = Writer(of: index, documents)
        let busy = try ask()
        let changes = writer.end()
        print("changes, \(changes.count) by \(Int(writer.perSecond)) a second: \(Summary(changes))")
        print("queries idle: \(idle)\nqueries under these changes: \(busy)")
        // One after another: what a change leaves in the caches is the query's to bear.
        var next: [Duration] = []
        for (round, document) in documents.enumerated() {
            index.update(document)
            index.publish()
            while index.isMergeDue { index.merge() }
            if round % 2 == 0 {
                let query = asked[round % asked.count]
                next.append(try ThreadClock.measure { _ = try reader.search(query) })
            }
        }
        print("queries right behind a change: \(Summary(next))")
        figures["change"] = ["p50_us": Summary(changes).p50, "p99_us": Summary(changes).p99]
        figures["idle_p99_us"] = idle.p99
        figures["busy_p99_us"] = busy.p99
        figures["next_p99_us"] = Summary(next).p99
    }

    // MARK: Kept answers

    private mutating func cache() throws {
        let reader = index.makeReader()
        let asked = questions.make(.exact, count: 2_000, seed: 8).map(\.query)
        for query in asked { _ = try reader.search(query) }
        // Ten at a time: to look at the clock takes a fifth of what one of them takes.
        let tens = stride(from: 0, to: asked.count, by: 10).map { asked[$0..<min($0 + 10, asked.count)] }
        let kept = Summary(
            try tens.map { ten in
                try ThreadClock.measure { for query in ten { _ = try reader.search(query) } } / ten.count
            })
        print("kept answers: \(kept)")
        figures["cache_hit_p50_us"] = kept.p50
    }

    // MARK: Saying

    private func seconds(_ duration: Duration) -> String { String(format: "%.2f", duration / .seconds(1)) }
    private func percent(_ share: Double) -> String { String(format: "%6.2f %%", share * 100) }
    private func share(_ some: Int, _ all: Int) -> Double { Double(some) / Double(max(1, all)) }
    private func pad(_ text: String, _ width: Int) -> String {
        text.count < width ? text + String(repeating: " ", count: width - text.count) : text
    }
}

/// Times, in microseconds.
struct Summary: CustomStringConvertible {
    let p50: Double
    let p99: Double
    let most: Double

    init(_ times: [Duration]) {
        let sorted = times.sorted()
        func at(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : sorted[Int(share * Double(sorted.count - 1))] / .microseconds(1)
        }
        (p50, p99, most) = (at(0.5), at(0.99), at(1))
    }

    var description: String { String(format: "p50 %7.1f us  p99 %7.1f us  max %7.1f us", p50, p99, most) }
}

/// The processor time of this thread: what a neighbour on the machine takes away is not ours.
enum ThreadClock {
    static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let before = now
        try body()
        return now - before
    }

    private static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
