// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Writing and reading back")
struct WritingTests {
    @Test(
        "what is written is read, frame by frame, whatever the sizes",
        arguments: [
            [], [1], [262_144], [1, 262_144, 1, 2, 3], Array(repeating: 100, count: 300),
            Array(repeating: 262_144, count: 12) + [17], Array(repeating: 200_001, count: 9),
        ])
    func roundTrip(sizes: [Int]) throws {
        let disk = SimulatedDisk()
        let content = frames(sizes)
        let written = try write(content, header(5, time: -3), on: SimulatedStorage(disk))
        #expect(disk.fileNames == ["00000000000000000005.snapshot.new"])
        #expect(written.name == "00000000000000000005.snapshot")
        #expect(written.frames == sizes.count)
        #expect(written.decodedBytes == sizes.reduce(0, +))
        #expect(written.bytes == disk.content(of: disk.fileNames[0])?.count)
        let found = try read(disk.fileNames[0], on: disk, expected: written)
        #expect(found == ReadSnapshot(file: written, frames: content))
        disk.crash(keeping: .nothing)
        #expect(disk.fileNames.isEmpty, "the name becomes durable only when it is promoted")
    }
}
