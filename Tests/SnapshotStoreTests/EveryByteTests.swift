// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Every byte of a small snapshot and of its manifest")
struct EveryByteTests {
    let name = SnapshotFormat.snapshotName(5)

    @Test("flipped, the snapshot is refused", arguments: [0x01, 0x80, 0xFF] as [UInt8])
    func flippedSnapshot(mask: UInt8) throws {
        let disk = try diskWithSnapshot(frames([700, 1, 3_000, 40]))
        let whole = try read(name, on: disk)
        let count = try #require(disk.content(of: name)?.count)
        var wrong = 0
        for offset in 0..<count {
            disk.flip(name, at: offset, mask: mask)
            do {
                // Not even as a snapshot of any journal and any kind.
                if try read(name, on: disk, journal: nil, kind: nil) != whole { wrong += 1 }
                Issue.record("byte \(offset) may be flipped")
            } catch is SnapshotError {}
            disk.flip(name, at: offset, mask: mask)
        }
        #expect(wrong == 0 && count > 1_000)
        #expect(try read(name, on: disk) == whole)
    }

    @Test("cut off or longer, the snapshot is refused, and the place is named")
    func truncatedSnapshot() throws {
        let disk = try diskWithSnapshot(frames([700, 1, 3_000, 40]))
        let content = try #require(disk.content(of: name))
        for count in 0..<content.count {
            disk.replace(name, with: Array(content[..<count]))
            #expect(throws: SnapshotError.damaged(file: name, offset: count, .truncated)) { try read(name, on: disk) }
        }
        for more in [[0], [UInt8](repeating: 7, count: 5_000), content] {
            disk.replace(name, with: content + more)
            #expect(throws: SnapshotError.damaged(file: name, offset: content.count, .trailingBytes)) {
                try read(name, on: disk)
            }
        }
    }

    @Test("flipped or cut off, the manifest is not believed, and the snapshots are used all the same")
    func manifest() throws {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: 1, promises: &promises)
        let content = try #require(disk.content(of: SnapshotFormat.manifestName))
        #expect(content.count == 32 + 2 * 64)
        func check(_ changed: [UInt8], _ comment: Comment) throws {
            let copy = disk.copy()
            copy.replace(SnapshotFormat.manifestName, with: changed)
            let shelf = try SnapshotShelf.open(SimulatedStorage(copy), journal: testID, kind: testKind)
            guard case .manifestDamaged? = shelf.findings.first, shelf.findings.count == 1 else {
                Issue.record("\(comment): \(shelf.findings)")
                return
            }
            let world = try World.recover(copy)
            #expect(world.records == promises.appended, "\(comment)")
            try checkGenerations(copy, promises.appended, comment)
            #expect(copy.content(of: SnapshotFormat.manifestName) == content, "\(comment): it is written anew")
        }
        for offset in content.indices {
            for mask: UInt8 in [0x01, 0x80] {
                var changed = content
                changed[offset] ^= mask
                try check(changed, "byte \(offset) ^ \(mask)")
            }
            try check(Array(content[..<offset]), "cut off at \(offset)")
        }
        try check(content + [0], "one byte more")
        try check(content + content, "twice")
        try check(content + [UInt8](repeating: 0, count: 10_000), "long")
    }
}
