// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Foundation
import Journal
import Testing

@testable import SnapshotStore

@Suite("On the file system")
struct FileSystemTests {
    @Test("snapshots are written, promoted, retired and found again, by another thread than the one that began")
    func wholeLife() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("snapshots-\(UUID().uuidString)").path
        try PosixDirectory.createIfMissing(path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = frames([262_144, 1, 100_000])
        let shelf = try SnapshotShelf.open(try PosixDirectory(path), journal: testID, kind: testKind)
        for sequence in UInt64(1)...4 {
            let written = try write(content, header(sequence), on: try PosixDirectory(path))
            try shelf.promote(written, journalDurableThrough: sequence)
        }
        let abandoned = try SnapshotWriter(try PosixDirectory(path), header: header(9))
        try abandoned.append(frame: content[0])
        abandoned.abandon()
        #expect(throws: SnapshotError.abandoned(file: SnapshotFormat.temporaryName(of: SnapshotFormat.snapshotName(9))))
        {
            try abandoned.append(frame: content[0])
        }
        #expect(try shelf.retire(now: 5_000, keepMilliseconds: 0).trimJournalThrough == 3)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == [SnapshotFormat.snapshotName(3), SnapshotFormat.snapshotName(4), "manifest"])
        let again = try SnapshotShelf.open(try PosixDirectory(path), journal: testID, kind: testKind)
        #expect(again.candidates == shelf.candidates && again.findings.isEmpty)
        var found: [[UInt8]] = []
        try again.reader(of: try #require(again.newest)).readFrames { found.append([UInt8]($0)) }
        #expect(found == content)
        #expect(try again.confirm(recoveredFrom: 4).isEmpty)
        #expect(again.candidates.count == 2)
    }
}
