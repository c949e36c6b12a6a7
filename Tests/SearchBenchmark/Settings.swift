// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation

/// What the command line says.
struct Settings {
    var events = 1_000_000
    var seed: UInt64 = 7
    var concerts = "../shared/data/nyphil-concerts.jsonl"
    /// A file of `wrong->right` lines, as codespell's dictionary.
    var misspellings = ""
    /// Which half of the misspellings asks: 0 to tune on, 1 to report.
    var half = 1
    var queries = 1_000
    var descriptions = 0
    var export: String?
    /// By how many days the dates of exported lines of the protocol are later.
    var days = 0
    /// Questions to answer, as they were exported, and where the answers go.
    var answer: String?
    var answers = "answers.tsv"
    /// Where to write the figures as JSON.
    var json: String?
    /// Only this class of questions.
    var kind: String?
    /// So many of the slowest questions of each class are shown.
    var slowest = 0
    /// One question, asked many times over.
    var ask: String?
    /// Random steps over which kept answers are compared with fresh ones; then nothing is measured.
    var stalenessSteps = 0
    /// Of a hundred events, how many are wanted, each more or less.
    var demand = 0
    /// Changes to measure.
    var changes = 5_000
    /// Only these parts: build, classes, recall, changes, worst, cache; with `misses`, what was found where recall missed.
    var parts: Set<String> = ["build", "classes", "recall", "changes", "worst", "cache"]

    static let usage = """
        usage: search-bench [--events N] [--seed N] [--concerts FILE] [--misspellings FILE] [--half 0|1] [--queries N]
                            [--descriptions LETTERS] [--demand PERCENT] [--changes N] [--class NAME] [--slowest N]
                            [--ask WORDS] [--parts build,classes,recall,misses,changes,worst,cache]
                            [--staleness STEPS] [--json FILE] [--export FOLDER] [--days N]
                            [--answer FILE --answers FILE]

        Builds an index of invented events and measures it. --class asks only questions of one class, --slowest shows those
        of each class that took longest, with what was found. --export writes the events and questions as tab-separated
        files for other search engines, and as lines of the protocol whose dates are so many days later, and measures
        nothing; --answer answers such questions, and writes what it took and what was found. --staleness compares, over
        so many random steps, the answers of a reader that keeps them with those of one that does not, and ends with 1 if
        any differs.
        """

    init(_ arguments: some Sequence<String>) {
        var iterator = arguments.makeIterator()
        while let option = iterator.next() {
            guard option.hasPrefix("--"), option != "--help", let value = iterator.next() else { Self.fail() }
            switch option {
            case "--events": events = Self.number(value)
            case "--seed": seed = UInt64(Self.number(value))
            case "--concerts": concerts = value
            case "--misspellings": misspellings = value
            case "--half": half = Self.number(value)
            case "--class": kind = value
            case "--slowest": slowest = Self.number(value)
            case "--ask": ask = value
            case "--queries": queries = Self.number(value)
            case "--descriptions": descriptions = Self.number(value)
            case "--demand": demand = min(100, Self.number(value))
            case "--staleness": stalenessSteps = Self.number(value)
            case "--changes": changes = Self.number(value)
            case "--parts": parts = Set(value.split(separator: ",").map(String.init))
            case "--json": json = value
            case "--export": export = value
            case "--days": days = Self.number(value)
            case "--answer": answer = value
            case "--answers": answers = value
            default: Self.fail()
            }
        }
    }

    private static func number(_ text: String) -> Int {
        guard let value = Int(text), value >= 0 else { fail() }
        return value
    }

    private static func fail() -> Never {
        FileHandle.standardError.write(Data((usage + "\n").utf8))
        exit(2)
    }
}
