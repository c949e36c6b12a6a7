// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

/// Random bytes and mutated files, the same in every run. `BOXOFFICE_FUZZ` sets how many inputs each test takes.
@Suite("Fuzzing")
struct FuzzTests {
    private static let name = SnapshotFormat.snapshotName(5)

    private static func mutate(_ content: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var content = content
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let position = Int.random(in: 0...content.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: content.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 1: if position < content.count { content.remove(at: position) }
            case 2: if position < content.count { content[position] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            case 3: content = Array(content[..<position])
            case 4: content += content[position...]
            case 5:
                let other = Int.random(in: 0...content.count, using: &random)
                content.insert(contentsOf: content[min(position, other)..<max(position, other)], at: position)
            default:
                if position + 8 <= content.count {
                    let values: [UInt64] = [0, 1, .max, 0xFFFF_FFFF, 1 << 63, 262_144, 262_145]
                    let value = values[Int.random(in: 0..<values.count, using: &random)]
                    content.withUnsafeMutableBytes { $0.set(value, at: position) }
                }
            }
        }
        return content
    }

    @Test("any bytes are the very snapshot or an error")
    func snapshots() throws {
        var random = SeededRandom(seed: 1)
        let original = try diskWithSnapshot(frames([300, 1, 90]))
        let whole = try read(Self.name, on: original)
        let content = try #require(original.content(of: Self.name))
        var refused = 0
        for number in 0..<fuzzExecutions {
            let changed =
                number % 8 == 0
                ? (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                : Self.mutate(content, &random)
            let disk = SimulatedDisk()
            disk.replace(Self.name, with: changed)
            do {
                #expect(try read(Self.name, on: disk) == whole, "input \(number)")
                #expect(changed == content, "input \(number) was changed and is taken")
            } catch is SnapshotError { refused += 1 }
        }
        #expect(refused > fuzzExecutions / 2)
    }

    @Test("any frames under right checksums are decoded within their bounds or refused")
    func compressedContent() throws {
        var random = SeededRandom(seed: 2)
        let original = try diskWithSnapshot(frames([300]))
        let content = try #require(original.content(of: Self.name))
        let zstd = Array(content[84..<(content.count - 64)])
        var decoded = 0
        for number in 0..<fuzzExecutions {
            var frame =
                [UInt8](repeating: 0, count: 20)
                + (number % 8 == 0
                    ? (0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
                    }
                    : Self.mutate(zstd, &random))
            if frame.count == 20 { frame.append(0) }
            let decodedBytes = number % 3 == 0 ? Int.random(in: 1...262_144, using: &random) : 300
            frame.withUnsafeMutableBytes {
                FrameHeader.seal($0, number: 0, compressedBytes: $0.count - 20, decodedBytes: decodedBytes)
            }
            let disk = SimulatedDisk()
            disk.replace(Self.name, with: Array(content[..<64]) + frame + Array(content.suffix(64)))
            do {
                _ = try read(Self.name, on: disk)
                decoded += 1
            } catch is SnapshotError {}
        }
        #expect(decoded < fuzzExecutions / 2)
    }

    @Test("any bytes are a manifest that makes sense or an error")
    func manifests() throws {
        var random = SeededRandom(seed: 3)
        let generations = try ([9, 7, 5] as [UInt64]).map { sequence in
            let disk = try diskWithSnapshot(frames([8]), header(sequence))
            return try read(SnapshotFormat.snapshotName(sequence), on: disk).file
        }
        let content = Manifest(journal: testID, kind: testKind, generations: generations).encoded()
        var good = 0
        for number in 0..<fuzzExecutions {
            var changed =
                number % 8 == 0
                ? (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                : Self.mutate(content, &random)
            // Every other one under a right magic and checksum, so that what is behind them is reached.
            if number % 2 == 0, changed.count >= 32 {
                changed.withUnsafeMutableBytes { bytes in
                    bytes.set(SnapshotFormat.manifestMagic, at: 0)
                    bytes.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[8...])), at: 4)
                }
            }
            let result = changed.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in
                    try Manifest.decode(bytes, journal: testID, kind: testKind)
                }
            }
            guard case .success(let manifest) = result else { continue }
            good += 1
            #expect(manifest.encoded() == changed, "input \(number) is not what it decodes to")
            let sequences = manifest.generations.map(\.sequence)
            #expect(sequences == Set(sequences).sorted(by: >), "input \(number)")
        }
        #expect(good > fuzzExecutions / 100, "the fuzzer must reach good manifests too")
    }
}
