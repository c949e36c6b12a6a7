// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("Data directories of earlier versions")
struct GoldenTests {
    private static let snapshots = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Snapshots")

    /// `tools/make-snapshots golden-N` makes them; see there.
    private static let versions = [1]

    /// How long a hold still lasts depends on when it is asked.
    private func withoutTTL(_ line: String) -> String {
        line.replacing(#/ ttl=\d+/#, with: "")
    }

    @Test("a house of format version N is opened, from its snapshot and its journal", arguments: versions)
    func opens(version: Int) async throws {
        try await check(version, without: { _ in })
    }

    @Test("and by its journal alone", arguments: versions)
    func opensByJournal(version: Int) async throws {
        try await check(version) { directory in
            for shard in ["shard-000", "catalogue"] {
                let path = directory.appendingPathComponent(shard)
                for name in try FileManager.default.contentsOfDirectory(atPath: path.path)
                where name.hasSuffix(".snapshot") || name == "manifest" {
                    try FileManager.default.removeItem(at: path.appendingPathComponent(name))
                }
            }
        }
    }

    private func check(_ version: Int, without change: (URL) throws -> Void) async throws {
        let golden = Self.snapshots.appendingPathComponent("golden-\(version)")
        let expected = try String(contentsOf: golden.appendingPathComponent("expected.txt"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        // Before it was made: a house's time goes on from its last record, so its holds are open as they were then.
        try await TestHouse.run(copying: golden, at: 1_700_000_000_000) { house in
            await house.close()
            try change(URL(fileURLWithPath: house.directory))
            try await house.open()
            var seen: [String] = []
            for question in expected where question.hasPrefix("> ") {
                seen.append(question)
                seen += await house.say(String(question.dropFirst(2)))
            }
            #expect(seen.map(withoutTTL) == expected.map(withoutTTL))
        }
    }
}
