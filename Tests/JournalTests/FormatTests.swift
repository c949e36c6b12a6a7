// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

@Suite("The format")
struct FormatTests {
    @Test("CRC32C gives the published values, whatever the pieces")
    func checksum() {
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum([]) == 0)
        // RFC 3720, appendix B.4.
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(checksum((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
        let bytes = numbered(77, bytes: 100)
        for cut in 0...100 {
            var pieces = CRC32C()
            bytes[..<cut].withUnsafeBytes { pieces.update($0) }
            bytes[cut...].withUnsafeBytes { pieces.update($0) }
            #expect(pieces.value == checksum(bytes), "cut at \(cut)")
        }
    }

    @Test("CRC32C is the same by the processor's instruction and by tables")
    func checksumByTables() {
        let bytes = numbered(78, bytes: 4_200)
        for (start, count) in [(0, 0), (0, 1), (1, 7), (3, 8), (5, 9), (0, 15), (7, 16), (2, 17), (1, 63), (11, 4_096)]
        {
            var tables = CRC32C()
            bytes[start..<(start + count)].withUnsafeBytes { tables.updateByTables($0) }
            #expect(tables.value == checksum(Array(bytes[start..<(start + count)])), "\(count) bytes from \(start)")
        }
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum($0) } }

    @Test("segments are named by eight digits, and nothing else is taken for one")
    func names() {
        #expect(JournalFormat.segmentName(1) == "00000001.journal")
        for number: UInt32 in [1, 9, 10, 12_345_678, JournalFormat.segmentNumberMax] {
            #expect(JournalFormat.segmentNumber(ofName: JournalFormat.segmentName(number)) == number)
        }
        for name in [
            "", "1.journal", "00000000.journal", "0000000a.journal", "00000001.journal.new", "000000011.journal",
        ] {
            #expect(JournalFormat.segmentNumber(ofName: name) == nil, "\(name)")
        }
        #expect(JournalFormat.isTemporaryName("00000001.journal.new"))
        #expect(!JournalFormat.isTemporaryName("notes.new"))
    }

    @Test("segments double from the first size to the largest")
    func segmentSizes() {
        let sizes = JournalConfiguration()
        #expect((1...9).map { sizes.segmentBytes(number: $0) >> 20 } == [1, 2, 4, 8, 16, 32, 64, 64, 64])
        #expect(sizes.recordBytesMax == 131_072)
    }

    @Test("the written bytes are those of the format's page")
    func bytesAsDocumented() throws {
        let disk = try diskWithBlocks([2], recordBytes: 10)
        let content = try #require(disk.content(of: "00000001.journal"))
        #expect(Array(content[0..<4]) == Array("BXSG".utf8))
        #expect(little(content, 8, 2) == 1 && little(content, 12, 4) == 1)
        #expect(little(content, 16, 8) == testID.high && little(content, 24, 8) == testID.low)
        #expect(little(content, 32, 8) == 20_480)
        #expect(UInt64(checksum(Array(content[8..<4_096]))) == little(content, 4, 4))
        let block = Array(content[4_096..<8_192])
        #expect(Array(block[0..<4]) == Array("BXBK".utf8))
        #expect(little(block, 8, 2) == 1 && little(block, 12, 4) == 1)
        #expect(little(block, 16, 8) == testID.high && little(block, 24, 8) == testID.low)
        #expect(little(block, 32, 8) == 1, "sequence")
        #expect(little(block, 40, 8) == 0, "durable")
        #expect(little(block, 48, 4) == 28, "payload")
        #expect(little(block, 52, 4) == 2, "records")
        #expect(little(block, 56, 4) == 0, "before")
        #expect(UInt64(checksum(Array(block[64...]))) == little(block, 60, 4))
        #expect(UInt64(checksum(Array(block[8..<64]))) == little(block, 4, 4))
        #expect(little(block, 64, 4) == 10)
        #expect(Array(block[68..<78]) == numbered(0, bytes: 10))
    }

    private func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    @Test("a header is read only whole, and with lengths within bounds")
    func headerBounds() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        func seal(payloadBytes: Int, recordCount: Int) -> BlockHeader.Reading {
            _ = BlockHeader.seal(
                memory, segment: 1, journal: testID, sequence: 5, durable: 4, payloadBytes: payloadBytes,
                recordCount: recordCount, before: 0)
            return BlockHeader.read(UnsafeRawBufferPointer(memory))
        }
        guard case .header(let longest) = seal(payloadBytes: 262_080, recordCount: 65_520) else {
            Issue.record("the longest block is refused")
            return
        }
        #expect(longest.blockBytes == 262_144)
        #expect(seal(payloadBytes: 100, recordCount: 26) == .notAHeader, "more records than have a length")
        // One byte more, under a right checksum.
        _ = seal(payloadBytes: 262_080, recordCount: 1)
        memory.set(UInt32(262_081), at: 48)
        memory.set(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: memory[8..<64])), at: 4)
        #expect(BlockHeader.read(UnsafeRawBufferPointer(memory)) == .notAHeader)
        #expect(BlockHeader.read(UnsafeRawBufferPointer(rebasing: memory[..<63])) == .notAHeader)
    }

    @Test("the records of a payload are handed out only within it")
    func recordBounds() {
        func read(_ payload: [UInt8], count: Int) -> (isWhole: Bool, sizes: [Int]) {
            var sizes: [Int] = []
            let isWhole = payload.withUnsafeBytes { bytes in
                JournalWalk.forEachRecord(in: bytes, count: count) { record, _ in sizes.append(record.count) }
            }
            return (isWhole, sizes)
        }
        #expect(read([0, 0, 0, 0, 2, 0, 0, 0, 9, 9], count: 2) == (true, [0, 2]))
        #expect(read([0, 0, 0, 0, 2, 0, 0, 0, 9, 9], count: 1) == (false, [0]))
        #expect(read([3, 0, 0, 0, 9, 9], count: 1) == (false, []))
        #expect(read([0xFF, 0xFF, 0xFF, 0xFF, 9, 9], count: 1) == (false, []))
        #expect(read([1, 0], count: 1) == (false, []))
        let longest = [UInt8](repeating: 0, count: 131_072)
        #expect(read([0, 0, 2, 0] + longest, count: 1) == (true, [131_072]))
        #expect(read([1, 0, 2, 0, 7] + longest, count: 1) == (false, []), "longer than any record")
        #expect(read([], count: 0) == (true, []))
    }

    @Test("a header with any bit turned is none")
    func turnedBits() {
        var header = [UInt8](repeating: 0, count: 4_096)
        header.withUnsafeMutableBytes { bytes in
            _ = BlockHeader.seal(
                bytes, segment: 1, journal: testID, sequence: 5, durable: 4, payloadBytes: 0, recordCount: 0, before: 9)
        }
        for bit in 0..<(8 * JournalFormat.blockHeaderBytes) {
            var turned = header
            turned[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(turned.withUnsafeBytes { BlockHeader.read($0) } == .notAHeader, "bit \(bit)")
        }
    }
}
