// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import TrigramSearch

#if canImport(Glibc)
import Glibc
#endif

/// Measures, and asserts nothing: `BOXOFFICE_SEARCH_BENCH=1000000 swift test -c release --filter Benchmark` prints
/// building time, memory, and the time of queries by class, over so many invented documents.
@Suite("Benchmark")
struct Benchmark {
    private static let size = getenv("BOXOFFICE_SEARCH_BENCH").flatMap { Int(String(cString: $0)) } ?? 0

    /// Of sorted times, in microseconds.
    private static func summary(_ times: [Duration]) -> String {
        func at(_ share: Double) -> Int { Int(times[Int(share * Double(times.count - 1))] / .microseconds(1)) }
        return "p50 \(at(0.5)) us, p99 \(at(0.99)) us, max \(at(1)) us"
    }

    @Test("search, by class of query", .enabled(if: size > 0))
    func search() throws {
        let world = InventedWorld(seed: 7)
        var random = Seeded(11)
        let clock = ThreadClock()
        let index = SearchIndex()
        var inventing = Duration.zero
        let building = try clock.measure {
            for first in stride(from: 0, to: Self.size, by: 10_000) {
                var some: [SearchDocument] = []
                inventing += clock.measure {
                    some = (first..<min(first + 10_000, Self.size)).map { world.document(UInt32($0), &random) }
                }
                for document in some { index.update(document) }
            }
            index.publish()
            _ = try index.find("x")
        }
        print("documents \(Self.size): built in \(building - inventing), \(index.byteCount / Self.size) bytes each")
        let reader = index.makeReader()
        for (name, make) in world.queryClasses {
            var times: [Duration] = []
            var (found, partial, first) = (0, 0, 0)
            for _ in 0..<400 {
                let (words, expected) = make(&random)
                var asked = query(words, limit: 10)
                asked.nowMilliseconds = now
                var result = SearchResult()
                times.append(try clock.measure { result = try reader.search(asked) { $0 != .max } })
                found += result.total > 0 ? 1 : 0
                partial += result.isPartial ? 1 : 0
                if let hit = result.hits.first, let expected {
                    first += try index.makeReader().candidates(query(expected), limit: 1_000_000) { $0 == hit.number }
                        .total
                }
            }
            times.sort()
            print(
                "\(name): \(Self.summary(times)), found \(found)/400, partial \(partial), first of the name \(first)"
            )
        }
        var changes: [Duration] = []
        for _ in 0..<2_000 {
            let number = UInt32.random(in: 0..<UInt32(Self.size), using: &random)
            let document = world.document(number, &random)
            changes.append(
                clock.measure {
                    index.update(document)
                    index.publish()
                })
        }
        changes.sort()
        print("change: \(Self.summary(changes))")
        var times: [Duration] = []
        for _ in 0..<400 {
            let words = world.queryClasses[0].make(&random).words
            times.append(try clock.measure { _ = try reader.search(query(words, limit: 10)) { _ in true } })
        }
        times.sort()
        print("exact after changes: \(Self.summary(times))")
        let merging = clock.measure { while index.merge() {} }
        print("merge: \(merging)")
    }
}

/// The processor time of this thread: what a neighbour on the machine takes away is not ours.
private struct ThreadClock {
    func measure(_ body: () throws -> Void) rethrows -> Duration {
        let before = Self.now
        try body()
        return Self.now - before
    }

    private static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

/// Names made of syllables, with the skew of real ones: a few are everywhere.
private struct InventedWorld {
    typealias Make = (inout Seeded) -> (words: String, expected: String?)

    private let words: [String]
    private let performers: [String]
    private let venues: [String]
    private let cities: [String]

    init(seed: UInt64) {
        var random = Seeded(seed)
        let syllables = [
            "ba", "be", "bo", "ca", "co", "cha", "da", "de", "do", "el", "en", "er", "fa", "fi", "ga", "go", "ha", "he",
            "in", "is", "ja", "ka", "ko", "la", "le", "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "ni", "no", "or",
            "pa", "pe", "qui", "ra", "re", "ri", "ro", "sa", "se", "so", "sta", "ta", "te", "ti", "to", "tra", "u",
            "va",
            "ve", "vi", "wa", "wi", "xe", "ya", "zo", "sch", "th", "n", "s", "r", "ck",
        ]
        func word() -> String {
            (0..<Int.random(in: 2...4, using: &random)).map { _ in syllables.randomElement(using: &random) ?? "" }
                .joined()
        }
        let words = (0..<60_000).map { _ in word() }
        self.words = words
        func name(_ count: ClosedRange<Int>) -> String {
            (0..<Int.random(in: count, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
        }
        performers = (0..<100_000).map { _ in name(1...3) }
        venues = (0..<20_000).map { _ in name(2...3) }
        cities = (0..<3_000).map { _ in name(1...2) }
    }

    private func pick(_ list: [String], _ random: inout Seeded) -> String {
        // Skewed: the first are picked far more often.
        let uniform = Double.random(in: 0..<1, using: &random)
        return list[Int(uniform * uniform * uniform * Double(list.count))]
    }

    func document(_ number: UInt32, _ random: inout Seeded) -> SearchDocument {
        let title = (0..<Int.random(in: 2...5, using: &random)).map { _ in pick(words, &random) }.joined(separator: " ")
        let starts = now + Int64.random(in: -1_000...700, using: &random) * day + 3_600_000 * 20
        return SearchDocument(
            number: number, id: "event-\(number)", title: title,
            performers: (0..<Int.random(in: 1...2, using: &random)).map { _ in pick(performers, &random) },
            performerIDs: [], venue: pick(venues, &random), city: pick(cities, &random), locations: ["DE"],
            type: ["concert", "play", "opera", "sport"].randomElement(using: &random) ?? "", startsMilliseconds: starts,
            localDay: SearchDocument.localDay(startsMilliseconds: starts, offsetMinutes: 120))
    }

    private func mistyped(_ word: String, _ random: inout Seeded) -> String {
        var letters = Array(word)
        guard letters.count > 2 else { return word }
        let place = Int.random(in: 1..<(letters.count - 1), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: letters.swapAt(place, place + 1)
        case 1: letters.remove(at: place)
        case 2: letters[place] = "x"
        default: letters.insert("x", at: place)
        }
        return String(letters)
    }

    var queryClasses: [(name: String, make: Make)] {
        [
            (
                "exact performer",
                {
                    let name = pick(performers, &$0)
                    return (name, name)
                }
            ),
            ("exact word", { (pick(words, &$0), nil) }),
            ("two words of title and performer", { (pick(words, &$0) + " " + pick(performers, &$0), nil) }),
            (
                "prefix as typed",
                {
                    let name = pick(performers, &$0)
                    return (String(name.prefix(Int.random(in: 2...max(2, name.count), using: &$0))), nil)
                }
            ),
            ("one letter", { (String(pick(words, &$0).prefix(1)), nil) }),
            ("two letters", { (String(pick(words, &$0).prefix(2)), nil) }),
            ("word and one letter", { (pick(performers, &$0) + " " + pick(words, &$0).prefix(1), nil) }),
            (
                "one typo",
                {
                    let name = pick(performers, &$0)
                    return (mistyped(name, &$0), name)
                }
            ),
            (
                "two typos",
                {
                    let name = pick(performers, &$0)
                    return (mistyped(mistyped(name, &$0), &$0), name)
                }
            ),
            (
                "no spaces",
                {
                    let name = pick(performers, &$0)
                    return (name.split(separator: " ").joined().lowercased(), name)
                }
            ),
            (
                "swapped",
                {
                    let name = pick(performers, &$0)
                    return (name.split(separator: " ").reversed().joined(separator: " "), name)
                }
            ),
            ("no match", { _ in ("qqqqwwww zzzzxxxx", nil) }),
            ("nothing typed", { _ in ("", nil) }),
        ]
    }
}
