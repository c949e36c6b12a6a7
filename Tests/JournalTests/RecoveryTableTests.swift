// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

/// A test for each row of the table at ``JournalWalk``, in its order.
@Suite("What a crash leaves is recovered")
struct RecoveryTableTests {
    let first = "00000001.journal"
    let second = "00000002.journal"

    @Test("no segment, and a temporary file: the journal is founded and the temporary file goes")
    func neverFounded() throws {
        let disk = SimulatedDisk()
        disk.replace("00000001.journal.new", with: [1, 2, 3])
        let opened = try openJournal(disk)
        #expect(opened.records.isEmpty)
        #expect(opened.journal.recovery.wasFounded)
        #expect(opened.journal.recovery.removedFiles == ["00000001.journal.new"])
        #expect(opened.journal.id == testID)
        disk.crash(keeping: .nothing)
        #expect(disk.fileNames == [first], "founding is durable")
        let again = try openJournal(disk, identity: .foundedAs(otherID))
        #expect(!again.journal.recovery.wasFounded)
        #expect(again.journal.id == testID, "the journal that is there keeps its id")
    }

    @Test("whole blocks, then zeros: the next block goes behind the last")
    func cleanEnd() throws {
        let disk = try diskWithBlocks([1, 2, 3])
        let opened = try openJournal(disk)
        #expect(opened.records == (0..<6).map { numbered($0) })
        #expect(opened.journal.recovery.tornTail == nil)
        #expect(opened.journal.durable == 3)
        #expect(opened.journal.append(numbered(6)) == 4)
        try opened.journal.drain()
        #expect(try survey(disk).records == (0..<7).map { numbered($0) })
    }

    @Test("a prepared segment without blocks is kept as the next one")
    func preparedSegmentIsKept() throws {
        let disk = try diskWithBlocks([1])
        let journal = try openJournal(disk).journal
        for _ in 0..<100 { journal.poll() }
        #expect(disk.fileNames == [first, second])
        let again = try openJournal(disk).journal
        #expect(again.recovery.removedFiles.isEmpty)
        #expect(again.next == .ready(bytes: 32_768))
    }

    @Test("a temporary file beside segments goes")
    func temporaryFileGoes() throws {
        let disk = try diskWithBlocks([1])
        disk.replace("00000002.journal.new", with: [UInt8](repeating: 0, count: 5_000))
        let opened = try openJournal(disk)
        #expect(opened.journal.recovery.removedFiles == ["00000002.journal.new"])
        disk.crash(keeping: .nothing)
        #expect(!disk.fileNames.contains("00000002.journal.new"), "the removal is durable")
    }

    @Test("a last block that is not whole is a torn tail: cut, durably, and said", arguments: [0, 40, 64, 200, 4_095])
    func tornTail(damagedByte: Int) throws {
        let disk = try diskWithBlocks([1, 1, 1])
        let last = try #require(try survey(disk).blocks.last)
        disk.flip(last.file, at: last.offset + damagedByte, mask: 0x10)
        let opened = try openJournal(disk)
        #expect(opened.records == [numbered(0), numbered(1)])
        let tail = TornTail(sequence: 3, file: first, offset: last.offset, end: last.offset + 4_096)
        #expect(opened.journal.recovery.tornTail == tail)
        disk.crash(keeping: .nothing)
        let content = try #require(disk.content(of: first))
        #expect(content[last.offset...].allSatisfy { $0 == 0 }, "the cut is durable")
        #expect(opened.journal.needsVouching, "what the cut block said is gone with it")
        #expect(try openJournal(disk).journal.recovery.tornTail == nil)
    }

    @Test("a torn block takes later whole blocks with it that were under way with it")
    func tornTailWithWholeBlocksBehind() throws {
        let disk = try diskWithBlocks([1])
        let journal = try openJournal(disk).journal
        for number in 1...3 {
            journal.append(numbered(number))
            journal.flush()
        }
        try journal.drain()
        let blocks = try survey(disk).blocks
        #expect(blocks.map(\.header.durable) == [0, 1, 1, 1])
        disk.flip(first, at: blocks[1].offset + 70, mask: 1)
        let opened = try openJournal(disk)
        #expect(opened.records == [numbered(0)])
        #expect(opened.journal.recovery.tornTail?.sequence == 2)
        #expect(opened.journal.recovery.tornTail?.end == blocks[3].offset + 4_096)
        disk.crash(keeping: .nothing)
        #expect(try #require(disk.content(of: first))[blocks[1].offset...].allSatisfy { $0 == 0 })
    }

    @Test("a block whose place stayed empty, with whole blocks behind, is torn too")
    func lostBlockWithWholeBlocksBehind() throws {
        let disk = try diskWithBlocks([1])
        let journal = try openJournal(disk).journal
        for number in 1...2 {
            journal.append(numbered(number))
            journal.flush()
        }
        try journal.drain()
        let blocks = try survey(disk).blocks
        var content = try #require(disk.content(of: first))
        content.replaceSubrange(
            blocks[1].offset..<blocks[2].offset, with: repeatElement(0, count: blocks[2].offset - blocks[1].offset))
        disk.replace(first, with: content)
        let opened = try openJournal(disk)
        #expect(opened.records == [numbered(0)])
        #expect(opened.journal.recovery.tornTail?.sequence == 2)
    }

    @Test("a segment whose every block is torn goes, and the journal goes on in the one before")
    func tornFirstBlockOfSegment() throws {
        let disk = try diskWithBlocks([1, 1, 1], configuration: .tiny)
        let last = try #require(try survey(disk).blocks.last)
        #expect(last.file == second)
        disk.flip(second, at: last.offset + 100, mask: 2)
        let opened = try openJournal(disk, configuration: .tiny)
        #expect(opened.records == [numbered(0), numbered(1)])
        #expect(opened.journal.recovery.tornTail?.file == second)
        #expect(opened.journal.recovery.removedFiles.contains(second))
        disk.crash(keeping: .nothing)
        #expect(!disk.fileNames.contains(second), "its removal is durable")
        let again = try openJournal(disk, configuration: .tiny).journal
        again.append(numbered(9))
        try again.drain()
        #expect(try survey(disk).records == [numbered(0), numbered(1), numbered(9)])
    }

    @Test("records behind a snapshot's position only are handed out, and a trimmed journal opens behind it")
    func startingAfterSnapshot() throws {
        let disk = try diskWithBlocks([1, 1, 1, 1, 1], configuration: .tiny)
        #expect(try openJournal(disk, configuration: .tiny, startingAfter: 3).records == [numbered(3), numbered(4)])
        let journal = try openJournal(disk, configuration: .tiny).journal
        try journal.trim(through: 3)
        #expect(!disk.fileNames.contains(first), "all of segment 1 is behind the snapshot")
        #expect(disk.fileNames.contains(second), "block 4 is in segment 2")
        #expect(try openJournal(disk, configuration: .tiny, startingAfter: 2).records.count == 3)
        #expect(try survey(disk).records.count == 3, "a reader takes what there is")
        #expect(throws: JournalError.gap(file: second, first: 3, needed: 2)) {
            try openJournal(disk, configuration: .tiny, startingAfter: 1)
        }
        #expect(throws: JournalError.gap(file: second, first: 3, needed: 1)) {
            try openJournal(disk, configuration: .tiny)
        }
    }

    @Test("segments that end before the position are known by their heads alone, stay, and can be trimmed")
    func segmentsNotRead() throws {
        for position in UInt64(1)...21 {
            let disk = try diskWithBlocks(Array(repeating: 1, count: 21), configuration: .tiny)
            let before = disk.operations.count
            let opened = try openJournal(disk, configuration: .tiny, startingAfter: position)
            #expect(opened.records == (Int(position)..<21).map { numbered($0) })
            #expect(opened.journal.recovery.segmentCount == 11)
            #expect(opened.journal.durable == 21)
            let begin = Int((position - 1) / 2)
            let reads = disk.operations[before...].filter { $0.kind == .read }
            let wholeFiles = Set(reads.filter { $0.bytes > SegmentHead.bytes }.map(\.file))
            #expect(wholeFiles == Set(disk.fileNames[begin..<11]), "position \(position)")
            #expect(Set(reads.map(\.file)) == Set(disk.fileNames[..<11]))
            let whole = reads.filter { $0.bytes > SegmentHead.bytes }.reduce(0) { $0 + $1.bytes }
            #expect(whole == 12_288 * (11 - begin), "each byte of them once")

            // Trimming knows them: by an older snapshot's position, and then by this one's.
            #expect(disk.fileNames.first == first)
            try opened.journal.trim(through: min(position, 4))
            #expect(disk.fileNames.first == JournalFormat.segmentName(UInt32(min(position, 4) / 2 + 1)))
            try opened.journal.trim(through: position)
            #expect(disk.fileNames.first == JournalFormat.segmentName(UInt32(position / 2 + 1)))
            opened.journal.append(numbered(21))
            try opened.journal.drain()
            disk.crash(keeping: .nothing)
            let again = try openJournal(disk, configuration: .tiny, startingAfter: position)
            #expect(again.records == (Int(position)..<22).map { numbered($0) })
        }
    }

    @Test("a torn tail is cut behind segments that were not read too")
    func tornTailBehindSegmentsNotRead() throws {
        for (count, position, file) in [
            (8, 6, "00000004.journal"), (7, 6, "00000004.journal"), (7, 3, "00000004.journal"),
        ] {
            let disk = try diskWithBlocks(Array(repeating: 1, count: count), configuration: .tiny)
            let last = try #require(try survey(disk).blocks.last)
            #expect(last.file == file)
            disk.flip(last.file, at: last.offset + 90, mask: 1)
            let opened = try openJournal(disk, configuration: .tiny, startingAfter: UInt64(position))
            #expect(opened.records == (position..<(count - 1)).map { numbered($0) })
            #expect(opened.journal.recovery.tornTail?.sequence == UInt64(count))
            opened.journal.append(numbered(50))
            try opened.journal.drain()
            disk.crash(keeping: .nothing)
            let whole = try survey(disk).records
            #expect(whole == (0..<(count - 1)).map { numbered($0) } + [numbered(50)])
        }
    }

    @Test("the outline names each segment's blocks, and reads only the last one that has any")
    func outline() throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 7), configuration: .tiny)
        #expect(try JournalReader.outline(SimulatedStorage(SimulatedDisk())).segments.isEmpty)
        let before = disk.operations.count
        let outline = try JournalReader.outline(SimulatedStorage(disk), id: testID)
        #expect(outline.segments.compactMap(\.blocks) == [1...2, 3...4, 5...6, 7...7])
        #expect(outline.segments.prefix(4).map(\.isRead) == [false, false, false, true])
        #expect(outline.lastSequence == 7)
        let reads = disk.operations[before...].filter { $0.kind == .read && $0.bytes > SegmentHead.bytes }
        #expect(Set(reads.map(\.file)).isDisjoint(with: [first, second, "00000003.journal"]))
        let journal = try openJournal(disk, configuration: .tiny).journal
        try journal.trim(through: 4)
        #expect(try JournalReader.outline(SimulatedStorage(disk)).segments.compactMap(\.blocks) == [5...6, 7...7])
    }

    @Test("each byte is read once")
    func readOnce() throws {
        let disk = try diskWithBlocks([1, 5, 9, 30, 30, 30, 30], configuration: .small)
        disk.flip("00000003.journal", at: 30_000, mask: 1)
        let bytes = disk.fileNames.filter { !$0.hasSuffix(".new") }.compactMap(disk.content(of:)).reduce(0) {
            $0 + $1.count
        }
        let before = disk.operations.count
        let journal = try openJournal(disk).journal
        let reads = disk.operations[before...].filter { $0.kind == .read }
        #expect(reads.reduce(0) { $0 + $1.bytes } == bytes)
        #expect(journal.recovery.bytesRead == bytes)
        var seen: [String: Int] = [:]
        for read in reads {
            #expect(read.offset == seen[read.file, default: 0], "\(read.file) is read from front to back")
            seen[read.file] = read.offset + read.bytes
        }
    }

    @Test("files and directory are synced before they are read")
    func syncedBeforeRead() throws {
        let disk = try diskWithBlocks([1, 1, 1], configuration: .tiny)
        let before = disk.operations.count
        _ = try openJournal(disk, configuration: .tiny)
        let operations = disk.operations[before...]
        let list = try #require(operations.firstIndex { $0.kind == .list })
        #expect(operations.firstIndex { $0.kind == .syncDirectory }.map { $0 < list } == true)
        for name in [first, second] {
            let read = try #require(operations.firstIndex { $0.kind == .read && $0.file == name })
            #expect(operations.firstIndex { $0.kind == .sync && $0.file == name }.map { $0 < read } == true)
        }
    }
}
