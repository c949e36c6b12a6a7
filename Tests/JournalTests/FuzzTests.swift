// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Foundation
import Testing

@testable import Journal

/// Random bytes and mutated journals, the same in every run. `BOXOFFICE_FUZZ` sets how many inputs each test takes.
@Suite("Fuzzing")
struct FuzzTests {
    private static let executions = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap(Int.init) ?? 3_000

    @Test("random changes under right checksums are refused or harmless, and never trap")
    func journals() throws {
        let original = try diskWithBlocks([3, 2, 4, 1], configuration: .tiny, recordBytes: 30)
        let blocks = try survey(original).blocks
        var random = SeededRandom(seed: 99)
        var refused = 0
        for _ in 0..<Self.executions {
            let disk = original.copy()
            let block = blocks[Int.random(in: 0..<blocks.count, using: &random)]
            guard var content = disk.content(of: block.file) else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let offset = Int.random(in: 8..<180, using: &random)
                content[block.offset + offset] = UInt8.random(in: 0...255, using: &random)
            }
            content.withUnsafeMutableBytes { bytes in
                let place = UnsafeMutableRawBufferPointer(rebasing: bytes[block.offset..<(block.offset + 4_096)])
                place.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: place[64...])), at: 60)
                place.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: place[8..<64])), at: 4)
            }
            disk.replace(block.file, with: content)
            do { _ = try survey(disk) } catch is JournalError { refused += 1 }
        }
        #expect(refused > Self.executions / 3, "\(refused) refused")
    }

    @Test("random files are refused or empty, and never trap")
    func files() throws {
        var random = SeededRandom(seed: 100)
        for round in 0..<(Self.executions / 10) {
            let disk = SimulatedDisk()
            var content = (0..<(4_096 * Int.random(in: 0...5, using: &random))).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if round % 2 == 0, content.count > 4_096 {
                let header = SegmentHeader(number: 1, journal: testID, bytes: content.count).encoded()
                content.replaceSubrange(0..<4_096, with: header)
            }
            disk.replace("00000001.journal", with: content)
            do {
                let found = try survey(disk)
                #expect(found.records.isEmpty)
                #expect(found.survey.tornTail != nil || content.isEmpty)
            } catch is JournalError {}
        }
    }

    @Test("any block, under a right checksum or not, is decoded within its bounds or refused")
    func blocks() {
        var random = SeededRandom(seed: 101)
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
        defer { page.deallocate() }
        var good = 0
        for number in 0..<Self.executions {
            page.initializeMemory(as: UInt8.self, repeating: 0)
            var offset = JournalFormat.blockHeaderBytes
            let count = Int.random(in: 0...4, using: &random)
            for _ in 0..<count {
                let bytes = Int.random(in: 0...40, using: &random)
                page.set(UInt32(bytes), at: offset)
                offset += JournalFormat.recordHeaderBytes + bytes
            }
            _ = BlockHeader.seal(
                page, segment: 1, journal: testID, sequence: 5, durable: 4,
                payloadBytes: offset - JournalFormat.blockHeaderBytes, recordCount: count, before: 0)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                page[Int.random(in: 0..<120, using: &random)] = edges[Int.random(in: 0..<edges.count, using: &random)]
            }
            if number % 8 != 0 {
                page.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: page[8..<64])), at: 4)
            }
            let bytes = UnsafeRawBufferPointer(page)
            guard case .header(let header) = BlockHeader.read(bytes) else { continue }
            #expect(header.blockBytes <= JournalFormat.blockBytesMax)
            _ = header.matchesBody(of: bytes)
            let payloadEnd = min(4_096, JournalFormat.blockHeaderBytes + header.payloadBytes)
            let payload = UnsafeRawBufferPointer(rebasing: bytes[JournalFormat.blockHeaderBytes..<payloadEnd])
            var read = 0
            let isWhole = JournalWalk.forEachRecord(in: payload, count: header.recordCount) { record, _ in
                read += JournalFormat.recordHeaderBytes + record.count
            }
            #expect(read <= payload.count && (!isWhole || read == payload.count), "input \(number)")
            if isWhole { good += 1 }
        }
        #expect(good > Self.executions / 10, "the fuzzer must reach good blocks too: \(good)")
    }
}
