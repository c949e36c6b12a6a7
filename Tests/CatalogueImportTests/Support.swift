// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What the tests of imports share: translating in one call, looking at lines, and small files of each format.

import Testing

@testable import CatalogueImport

/// Translates `text`; fails the test where that is impossible.
func translate(
    _ text: String, as format: ImportFormat? = nil, venue: String? = nil, strict: Bool = false
) throws -> ImportPlan {
    try ImportPlan.translate(
        Array(text.utf8),
        options: ImportOptions(format: format, fileName: "test.json", venueID: venue, isStrict: strict))
}

/// The problem that translating `text` meets; fails the test where it meets none.
func problem(
    _ text: String, as format: ImportFormat? = nil, strict: Bool = false
) throws -> ImportProblem {
    try problem(Array(text.utf8), as: format, strict: strict)
}

func problem(_ bytes: [UInt8], as format: ImportFormat? = nil, strict: Bool = false) throws -> ImportProblem {
    do {
        let plan = try ImportPlan.translate(
            bytes, options: ImportOptions(format: format, fileName: "test.json", isStrict: strict))
        Issue.record("translated into \(plan.lines.count) lines where a problem was expected: \(plan.lines.prefix(3))")
        throw ImportProblem(kind: .badValue, file: "", location: .init(line: 0, column: 0, path: ""), message: "")
    } catch let problem as ImportProblem {
        return problem
    }
}

extension ImportPlan {
    /// The lines without their idempotency keys.
    var requests: [String] {
        lines.map { line in line.range(of: " key=").map { String(line[..<$0.lowerBound]) } ?? line }
    }

    func requests(of verb: String) -> [String] {
        requests.filter { $0.hasPrefix(verb + " ") }
    }

    /// The one request that begins with `start`; nil where none or several do.
    func request(_ start: String) -> String? {
        let found = requests.filter { $0.hasPrefix(start) }
        return found.count == 1 ? found[0] : nil
    }
}

extension String {
    /// The last place of `other`, since a name may hold what a key looks like.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var found: Range<String.Index>?
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { found = start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return found
    }
}

/// Random numbers that come again with the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
