// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import FoundationEssentials

extension BenchReport {
    /// The report as one JSON object, keys in order; the same report gives the same bytes.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
