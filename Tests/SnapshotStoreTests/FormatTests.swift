// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("The format")
struct FormatTests {
    private func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    private func checksum(_ bytes: [UInt8]) -> UInt64 { UInt64(bytes.withUnsafeBytes { CRC32C.checksum($0) }) }

    @Test("the written bytes are those of the format's page")
    func bytesAsDocumented() throws {
        let disk = try diskWithSnapshot(frames([1_000, 7]), header(5, time: -2))
        let file = try #require(disk.content(of: "00000000000000000005.snapshot"))
        #expect(Array(file[0..<4]) == Array("BXSN".utf8))
        #expect(little(file, 4, 4) == checksum(Array(file[8..<64])))
        #expect(little(file, 8, 2) == 1 && little(file, 10, 2) == 3 && little(file, 12, 4) == 7)
        #expect(little(file, 16, 8) == testID.high && little(file, 24, 8) == testID.low)
        #expect(little(file, 32, 8) == 5 && Int64(bitPattern: little(file, 40, 8)) == -2)
        #expect(file[48..<64].allSatisfy { $0 == 0 })
        var offset = 64
        var heads: [UInt8] = []
        var compressed: UInt64 = 0
        for (number, decoded) in [(0, 1_000), (1, 7)] as [(UInt64, UInt64)] {
            let length = Int(little(file, offset + 12, 4))
            #expect(Array(file[offset..<(offset + 4)]) == Array("BXFR".utf8))
            #expect(little(file, offset + 4, 4) == checksum(Array(file[(offset + 8)..<(offset + 20 + length)])))
            #expect(little(file, offset + 8, 4) == number && little(file, offset + 16, 4) == decoded)
            #expect(little(file, offset + 20, 4) == 0xFD2F_B528, "RFC 8878's magic")
            heads += file[offset..<(offset + 20)]
            compressed += UInt64(length)
            offset += 20 + length
        }
        let footer = Array(file[offset...])
        #expect(footer.count == 64)
        #expect(Array(footer[0..<4]) == Array("BXSE".utf8))
        #expect(little(footer, 4, 4) == checksum(Array(footer[8...])))
        #expect(little(footer, 8, 8) == 5 && little(footer, 16, 8) == 99 && little(footer, 24, 8) == 2)
        #expect(little(footer, 32, 8) == compressed && little(footer, 40, 8) == 1_007)
        #expect(little(footer, 48, 4) == checksum(heads))
        #expect(Array(footer[52..<56]) == Array(file[4..<8]))
        #expect(little(footer, 56, 8) == UInt64(file.count))
    }

    @Test("the manifest's bytes are those of the format's page")
    func manifestAsDocumented() throws {
        let disk = SimulatedDisk()
        var promises = Promises()
        try work(disk, seed: 1, promises: &promises)
        let bytes = try #require(disk.content(of: "manifest"))
        #expect(Array(bytes[0..<4]) == Array("BXMF".utf8) && bytes.count == 32 + 128)
        #expect(little(bytes, 4, 4) == checksum(Array(bytes[8...])))
        #expect(little(bytes, 8, 2) == 1 && little(bytes, 10, 2) == 2 && little(bytes, 12, 4) == 7)
        #expect(little(bytes, 16, 8) == testID.high && little(bytes, 24, 8) == testID.low)
        let names = disk.fileNames.filter { SnapshotFormat.sequence(ofName: $0) != nil }
        for (index, name) in names.reversed().enumerated() {
            let entry = Array(bytes[(32 + 64 * index)..<(96 + 64 * index)])
            let file = try #require(disk.content(of: name))
            let footer = Array(file.suffix(64))
            #expect(SnapshotFormat.snapshotName(little(entry, 0, 8)) == name)
            #expect(little(entry, 8, 8) == little(file, 40, 8) && little(entry, 16, 8) == UInt64(file.count))
            for (at, place) in [(24, 24), (32, 32), (40, 40), (48, 16)] {
                #expect(little(entry, at, 8) == little(footer, place, 8))
            }
            #expect(little(entry, 56, 4) == little(footer, 4, 4) && little(entry, 60, 4) == little(file, 10, 2))
        }
    }

    @Test("snapshots are named by twenty digits, and nothing else is taken for one")
    func names() {
        for sequence: UInt64 in [0, 1, 120, .max] {
            let name = SnapshotFormat.snapshotName(sequence)
            #expect(name.utf8.count == 29 && SnapshotFormat.sequence(ofName: name) == sequence)
            #expect(SnapshotFormat.isTemporaryName(name + ".new") && !SnapshotFormat.isTemporaryName(name))
        }
        for name in [
            "", ".snapshot", "1.snapshot", "99999999999999999999.snapshot", "0000000000000000000a.snapshot",
            "+0000000000000000001.snapshot", "00000000000000000001.snapshot.new", "000000000000000000001.snapshot",
        ] {
            #expect(SnapshotFormat.sequence(ofName: name) == nil, "\(name)")
        }
        #expect(SnapshotFormat.isTemporaryName("manifest.new"))
        for name in ["00000001.journal.new", "manifest", "x.snapshot.new", ".new"] {
            #expect(!SnapshotFormat.isTemporaryName(name), "\(name)")
        }
    }

    @Test("the bound on compressed bytes is zstd's own for the longest frame, and holds for every length")
    func bound() throws {
        #expect(Compressor.bound(SnapshotFormat.frameBytesMax) == SnapshotFormat.compressedBytesMax)
        for bytes in stride(from: 1, through: SnapshotFormat.frameBytesMax, by: 997) {
            #expect(Compressor.bound(bytes) <= SnapshotFormat.compressedBytesMax)
        }
        var random = SeededRandom(seed: 3)
        let noise = (0..<SnapshotFormat.frameBytesMax).map { _ in UInt8.random(in: 0...255, using: &random) }
        for level in [-7, 1, 3, 12] {
            let disk = SimulatedDisk()
            let file = try write([noise], on: SimulatedStorage(disk), level: level)
            #expect(file.compressedBytes > noise.count && file.compressedBytes <= SnapshotFormat.compressedBytesMax)
            #expect(try read(disk.fileNames[0], on: disk).frames == [noise])
        }
    }

    @Test("the same content gives the same bytes, whatever was written before by the same process", arguments: [1, 3])
    func deterministic(level: Int) throws {
        let content = frames([262_144, 5, 100_000, 262_144, 70, 262_144, 200_000, 262_144])
        func bytes() throws -> [UInt8]? {
            let disk = SimulatedDisk()
            try write(content, on: SimulatedStorage(disk), level: level)
            return disk.content(of: disk.fileNames[0])
        }
        #expect(try bytes() == bytes())
        // A frame's bytes do not depend on the frames before it, although the context is the same.
        let disk = SimulatedDisk()
        try write(content, on: SimulatedStorage(disk), level: level)
        let whole = try #require(disk.content(of: disk.fileNames[0]))
        for frame in content {
            let alone = SimulatedDisk()
            try write([frame], on: SimulatedStorage(alone), level: level)
            let bytes = try #require(alone.content(of: alone.fileNames[0]))
            let compressed = bytes[84..<(bytes.count - 64)]
            #expect(whole.firstRange(of: compressed) != nil)
        }
    }

    @Test("what is too long for a frame, or empty, is a programming error")
    func frameLimits() async {
        await #expect(processExitsWith: .failure) {
            let writer = try SnapshotWriter(SimulatedStorage(SimulatedDisk()), header: header(1))
            try writer.append(frame: [UInt8](repeating: 1, count: 262_145))
        }
        await #expect(processExitsWith: .failure) {
            let writer = try SnapshotWriter(SimulatedStorage(SimulatedDisk()), header: header(1))
            try writer.append(frame: [])
        }
    }
}
