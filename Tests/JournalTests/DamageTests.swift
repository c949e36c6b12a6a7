// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

/// A test for each row of the second table at ``JournalWalk``: what no crash can have done is refused, and nothing is
/// changed.
@Suite("Damage is refused, named, and left alone")
struct DamageTests {
    let first = "00000001.journal"
    let second = "00000002.journal"

    /// Expects opening to fail with damage at `offset` of `file`, and to change nothing.
    func expectDamage(
        _ disk: SimulatedDisk, _ file: String, _ offset: Int?, configuration: JournalConfiguration = .small,
        startingAfter: UInt64 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let before = disk.fileNames.map(disk.content(of:))
        do {
            let opened = try openJournal(disk, configuration: configuration, startingAfter: startingAfter)
            Issue.record("opened with \(opened.records.count) records", sourceLocation: sourceLocation)
        } catch JournalError.corrupt(let foundFile, let foundOffset, let reason) {
            #expect(foundFile == file, "\(reason)", sourceLocation: sourceLocation)
            if let offset { #expect(foundOffset == offset, "\(reason)", sourceLocation: sourceLocation) }
        } catch {
            Issue.record("another error: \(error)", sourceLocation: sourceLocation)
        }
        #expect(disk.fileNames.map(disk.content(of:)) == before, "files were changed", sourceLocation: sourceLocation)
    }

    /// Expects opening to fail with `error`, and to change nothing.
    func expectRefusal(
        _ disk: SimulatedDisk, _ error: JournalError, configuration: JournalConfiguration = .small,
        startingAfter: UInt64 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let before = disk.fileNames.map(disk.content(of:))
        #expect(throws: error, sourceLocation: sourceLocation) {
            try openJournal(disk, configuration: configuration, startingAfter: startingAfter)
        }
        #expect(disk.fileNames.map(disk.content(of:)) == before, "files were changed", sourceLocation: sourceLocation)
    }

    @Test("a bad block is named, however many segments with blocks follow", arguments: [0, 70])
    func badBlockFarBack(damagedByte: Int) throws {
        let disk = try diskWithBlocks([1, 1, 1, 1, 1, 1, 1], configuration: .tiny)
        let blocks = try survey(disk).blocks
        #expect(blocks.last?.header.segment ?? 0 >= 3)
        disk.flip(first, at: blocks[1].offset + damagedByte, mask: 0x80)
        expectDamage(disk, first, blocks[1].offset, configuration: .tiny)
    }

    @Test("a bad block that a later block names as durable", arguments: [0, 70])
    func vouchedBlock(damagedByte: Int) throws {
        let disk = try diskWithBlocks([1, 1, 1])
        let blocks = try survey(disk).blocks
        disk.flip(first, at: blocks[1].offset + damagedByte, mask: 0x80)
        expectDamage(disk, first, blocks[1].offset)
    }

    @Test("the last sales, once an empty block vouches for them")
    func lastBlockIsVouchedFor() throws {
        let disk = try diskWithBlocks([1, 1, 1], vouching: true)
        let blocks = try survey(disk).blocks
        #expect(blocks.count == 4)
        #expect(blocks[3].header.recordCount == 0)
        #expect(blocks[3].header.durable == 3)
        disk.flip(first, at: blocks[2].offset + 100, mask: 1)
        expectDamage(disk, first, blocks[2].offset)
    }

    @Test("a vouched block that became zeros")
    func vouchedBlockIsGone() throws {
        let disk = try diskWithBlocks([1, 1, 1], vouching: true)
        let block = try survey(disk).blocks[2]
        var content = try #require(disk.content(of: first))
        content.replaceSubrange(block.offset..<(block.offset + 4_096), with: repeatElement(0, count: 4_096))
        disk.replace(first, with: content)
        expectDamage(disk, first, block.offset)
    }

    @Test("a bad block that the header alone of a later, torn block names")
    func headerAloneVouches() throws {
        let disk = try diskWithBlocks([1, 1, 1])
        let blocks = try survey(disk).blocks
        disk.flip(first, at: blocks[1].offset + 70, mask: 1)
        disk.flip(first, at: blocks[2].offset + 70, mask: 1)
        #expect(blocks[2].header.durable == 2)
        expectDamage(disk, first, blocks[1].offset)
    }

    @Test("a bad block in a segment before one that holds a block, although nothing names it")
    func badBlockInEarlierSegment() throws {
        let disk = try diskWithBlocks([1, 1, 1], configuration: .tiny)
        let blocks = try survey(disk).blocks
        // The block of segment 2 is sealed anew so that it names nothing as durable.
        var content = try #require(disk.content(of: second))
        reseal(&content, blocks[2]) { $0.durable = 0 }
        disk.replace(second, with: content)
        disk.flip(first, at: blocks[1].offset + 70, mask: 1)
        expectDamage(disk, first, blocks[1].offset, configuration: .tiny)
    }

    @Test("anything but zeros behind the last block of a segment before the last")
    func rotBehindBlocks() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        for bytes in [100, 100, 100, 5_000] {
            journal.append(numbered(0, bytes: bytes))
            try journal.drain()
        }
        let last = try #require(try survey(disk).blocks.last { $0.file == first })
        let end = last.offset + last.header.blockBytes
        #expect(end < 20_480, "the test needs room behind the last block")
        disk.flip(first, at: 20_479, mask: 1)
        expectDamage(disk, first, end)
    }

    @Test("a missing last block of a full segment")
    func lastBlockOfSegmentIsGone() throws {
        let disk = try diskWithBlocks([1, 1, 1], configuration: .tiny)
        var content = try #require(disk.content(of: first))
        content.replaceSubrange(8_192..<12_288, with: repeatElement(0, count: 4_096))
        disk.replace(first, with: content)
        expectDamage(disk, first, 8_192, configuration: .tiny)
    }

    @Test("a whole block in the place of another")
    func misplacedBlock() throws {
        let disk = try diskWithBlocks([1, 1, 1])
        let blocks = try survey(disk).blocks
        var content = try #require(disk.content(of: first))
        content.replaceSubrange(
            blocks[2].offset..<(blocks[2].offset + 4_096), with: content[blocks[1].offset..<blocks[2].offset])
        disk.replace(first, with: content)
        expectDamage(disk, first, blocks[2].offset)
    }

    @Test("a whole block that follows another block than the one there is")
    func brokenChain() throws {
        let disk = try diskWithBlocks([1, 1])
        let blocks = try survey(disk).blocks
        var content = try #require(disk.content(of: first))
        reseal(&content, blocks[1]) { $0.before ^= 1 }
        disk.replace(first, with: content)
        expectDamage(disk, first, blocks[1].offset)
    }

    @Test("a block of another segment")
    func otherSegmentsBlock() throws {
        let disk = try diskWithBlocks([1, 1])
        let blocks = try survey(disk).blocks
        var content = try #require(disk.content(of: first))
        reseal(&content, blocks[1]) { $0.segment = 7 }
        disk.replace(first, with: content)
        expectDamage(disk, first, blocks[1].offset)
    }

    @Test("records that do not fill their block's payload")
    func wrongRecordLengths() throws {
        let disk = try diskWithBlocks([2])
        let block = try survey(disk).blocks[0]
        var content = try #require(disk.content(of: first))
        content[block.offset + 64] += 1
        reseal(&content, block) { _ in }
        disk.replace(first, with: content)
        expectDamage(disk, first, block.offset)
    }

    @Test("a hole in the numbers of the segments, and a missing first one")
    func missingSegment() throws {
        let disk = try diskWithBlocks([1, 1, 1, 1, 1], configuration: .tiny)
        let middle = disk.copy()
        middle.replace(second, with: nil)
        expectDamage(middle, second, 0, configuration: .tiny)
        disk.replace(first, with: nil)
        expectRefusal(disk, .gap(file: second, first: 3, needed: 1), configuration: .tiny)
    }

    @Test("a journal that begins behind the snapshot's position, or that was trimmed and has no snapshot")
    func gap() throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 9), configuration: .tiny)
        let journal = try openJournal(disk, configuration: .tiny).journal
        try journal.trim(through: 4)
        let third = "00000003.journal"
        #expect(disk.fileNames.first == third)
        for position: UInt64 in 0...3 {
            expectRefusal(
                disk, .gap(file: third, first: 5, needed: position + 1), configuration: .tiny, startingAfter: position)
        }
        for position: UInt64 in 4...9 {
            let records = try openJournal(disk, configuration: .tiny, startingAfter: position).records
            #expect(records == (Int(position)..<9).map { numbered($0) }, "position \(position)")
        }
        #expect(try survey(disk).records.count == 5, "a tool that asks for no position reads what there is")
    }

    @Test("a bad block at or below the snapshot's position, whatever is behind it", arguments: [0, 70])
    func badBlockBelowSnapshot(damagedByte: Int) throws {
        // The last block: for all that the journal says, it could be torn. The snapshot says that it was durable.
        let disk = try diskWithBlocks([1, 1, 1])
        let last = try #require(try survey(disk).blocks.last)
        disk.flip(first, at: last.offset + damagedByte, mask: 1)
        expectDamage(disk, first, last.offset, startingAfter: 3)
        #expect(try openJournal(disk, startingAfter: 2).journal.recovery.tornTail?.sequence == 3)
    }

    @Test("the first block of the segment to begin with", arguments: [0, 70])
    func badFirstBlock(damagedByte: Int) throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 4), configuration: .tiny)
        disk.flip(second, at: 4_096 + damagedByte, mask: 1)
        expectDamage(disk, second, 4_096, configuration: .tiny, startingAfter: 3)
        expectDamage(disk, second, 4_096, configuration: .tiny, startingAfter: 4)
        let alone = try diskWithBlocks(Array(repeating: 1, count: 3), configuration: .tiny)
        alone.flip(second, at: 4_096 + damagedByte, mask: 1)
        expectDamage(alone, second, 4_096, configuration: .tiny, startingAfter: 3)
        let opened = try openJournal(alone, configuration: .tiny, startingAfter: 2)
        #expect(opened.journal.recovery.tornTail?.sequence == 3, "behind the snapshot it is a torn tail")
    }

    @Test("a damaged head of a segment that is not read")
    func damagedHead() throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 9), configuration: .tiny)
        for (file, offset, place) in [(first, 100, 0), (first, 4_100, 4_096), (second, 20, 0), (second, 4_130, 4_096)] {
            let damaged = disk.copy()
            damaged.flip(file, at: offset, mask: 4)
            expectDamage(damaged, file, place, configuration: .tiny, startingAfter: 8)
        }
        let short = disk.copy()
        short.replace(second, with: Array(try #require(disk.content(of: second)).dropLast(4_096)))
        expectDamage(short, second, 8_192, configuration: .tiny, startingAfter: 8)
        let foreign = disk.copy()
        var content = try #require(disk.content(of: second))
        content.replaceSubrange(
            0..<4_096, with: SegmentHeader(number: 2, journal: otherID, bytes: 12_288).encoded())
        foreign.replace(second, with: content)
        expectRefusal(
            foreign, .foreign(file: second, found: otherID, expected: testID), configuration: .tiny, startingAfter: 8)
    }

    @Test("a segment that is not read and begins with a later block than the one behind it, or with another's")
    func headsOutOfOrder() throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 9), configuration: .tiny)
        let blocks = try survey(disk).blocks
        let later = disk.copy()
        var content = try #require(disk.content(of: second))
        reseal(&content, blocks[2]) {
            $0.sequence = 7
            $0.durable = 6
        }
        later.replace(second, with: content)
        expectDamage(later, "00000003.journal", 4_096, configuration: .tiny, startingAfter: 8)
        for change in [{ $0.segment = 9 }, { $0.durable = 3 }] as [(inout BlockHeader) -> Void] {
            let wrong = disk.copy()
            content = try #require(disk.content(of: second))
            reseal(&content, blocks[2], change)
            wrong.replace(second, with: content)
            expectDamage(wrong, second, 4_096, configuration: .tiny, startingAfter: 8)
        }
    }

    @Test("a first segment that is not number 1 and begins with no whole block")
    func trimmedToNothing() throws {
        let disk = try diskWithBlocks([1, 1, 1], configuration: .tiny)
        disk.replace(first, with: nil)
        disk.flip(second, at: 4_096, mask: 1)
        expectDamage(disk, second, 4_096, configuration: .tiny, startingAfter: 2)
    }

    @Test("a journal that ends before the snapshot's position, and none at all")
    func endsBeforeSnapshot() throws {
        let disk = try diskWithBlocks([1, 1])
        expectRefusal(disk, .behindSnapshot(file: first, offset: 12_288, last: 2, snapshot: 3), startingAfter: 3)
        expectRefusal(
            SimulatedDisk(), .behindSnapshot(file: first, offset: 0, last: 0, snapshot: 1), startingAfter: 1)
        let segments = try diskWithBlocks(Array(repeating: 1, count: 9), configuration: .tiny)
        expectRefusal(
            segments, .behindSnapshot(file: "00000005.journal", offset: 8_192, last: 9, snapshot: 30),
            configuration: .tiny, startingAfter: 30)
        #expect(throws: JournalError.missing(testID)) {
            try openJournal(SimulatedDisk(), identity: .existing(testID))
        }
    }

    @Test("a segment's damaged header, and a file of another size")
    func damagedSegment() throws {
        let disk = try diskWithBlocks([1])
        let header = disk.copy()
        header.flip(first, at: 2_000, mask: 1)
        expectDamage(header, first, 0)
        let short = disk.copy()
        short.replace(first, with: Array(try #require(disk.content(of: first)).dropLast(4_096)))
        expectDamage(short, first, 16_384)
        let shorter = disk.copy()
        shorter.replace(first, with: [1, 2, 3])
        expectDamage(shorter, first, 0)
        let long = disk.copy()
        long.replace(first, with: try #require(disk.content(of: first)) + [0])
        expectDamage(long, first, 20_480)
        let renamed = disk.copy()
        renamed.replace(second, with: disk.content(of: first))
        expectDamage(renamed, second, 0)
    }

    @Test("a segment or block of another journal is refused as foreign")
    func foreign() throws {
        let disk = try diskWithBlocks([1])
        #expect(throws: JournalError.foreign(file: first, found: testID, expected: otherID)) {
            try openJournal(disk, identity: .existing(otherID))
        }
        let block = try survey(disk).blocks[0]
        var content = try #require(disk.content(of: first))
        reseal(&content, block) { $0.journal = otherID }
        disk.replace(first, with: content)
        #expect(throws: JournalError.foreign(file: first, found: otherID, expected: testID)) { try openJournal(disk) }
        #expect(disk.content(of: first) == content)
    }

    @Test("a newer format is refused as newer")
    func newer() throws {
        let disk = try diskWithBlocks([1])
        var content = try #require(disk.content(of: first))
        let header = SegmentHeader(number: 1, journal: testID, bytes: 20_480).encoded(version: 2)
        content.replaceSubrange(0..<4_096, with: header)
        disk.replace(first, with: content)
        #expect(throws: JournalError.newerVersion(file: first, version: 2)) { try openJournal(disk) }
        #expect(disk.content(of: first) == content)
    }

    @Test("reading changes nothing, not even a torn tail")
    func readerChangesNothing() throws {
        let disk = try diskWithBlocks([1, 1])
        let block = try survey(disk).blocks[1]
        disk.flip(first, at: block.offset, mask: 1)
        disk.replace("00000002.journal.new", with: [1])
        let before = disk.fileNames.map(disk.content(of:))
        let operations = disk.operations.count
        let found = try survey(disk, id: testID)
        #expect(found.survey.tornTail?.sequence == 2)
        #expect(found.survey.temporaryFiles == ["00000002.journal.new"])
        #expect(disk.fileNames.map(disk.content(of:)) == before)
        let kinds = Set(disk.operations[operations...].map(\.kind))
        #expect(kinds.isSubset(of: [.list, .open, .size, .read]))
    }
}

/// Changes the header of a block in a file's content and makes its checksums right again.
func reseal(_ content: inout [UInt8], _ block: PlacedBlock, _ change: (inout BlockHeader) -> Void) {
    var header = block.header
    change(&header)
    content.withUnsafeMutableBytes { bytes in
        let place = UnsafeMutableRawBufferPointer(
            rebasing: bytes[block.offset..<(block.offset + header.blockBytes)])
        _ = BlockHeader.seal(
            place, segment: header.segment, journal: header.journal, sequence: header.sequence,
            durable: header.durable, payloadBytes: header.payloadBytes, recordCount: header.recordCount,
            before: header.before)
    }
}
