// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

@Suite("Writing")
struct WritingTests {
    @Test("nothing is durable before its write has completed, and then in order")
    func inOrder() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk, seed: 12).journal
        let opened = disk.operations.count
        disk.faults[opened] = .delay(50)
        for number in 1...4 {
            #expect(journal.append(numbered(number)) == UInt64(number))
            #expect(journal.appendedSequence == UInt64(number))
            journal.flush()
        }
        #expect(journal.durable == 0)
        for _ in 0..<40 {
            journal.poll()
            #expect(journal.durable == 0, "block 1 is under way, whatever became of the others")
        }
        #expect(journal.inFlight.map(\.isWritten) == [false, true, true, true])
        for _ in 0..<40 { journal.poll() }
        #expect(journal.durable == 4)
    }

    @Test("four writes are under way at most; what comes meanwhile goes together into the next block")
    func groupCommit() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        for number in 0..<20 {
            journal.append(numbered(number))
            journal.flush()
        }
        #expect(disk.filesOfWritesUnderWay.count == 4)
        #expect(journal.appendedSequence == 5)
        try journal.drain()
        #expect(try survey(disk).blocks.map(\.header.recordCount) == [1, 1, 1, 1, 16])
    }

    @Test("beside a write under way only a long block is written; a short one waits for it, and grows")
    func shortBlocksWait() throws {
        let disk = SimulatedDisk()
        var sizes = JournalConfiguration.small
        sizes.besideBytesMin = 8_192
        let journal = try openJournal(disk, configuration: sizes).journal
        for number in 0..<4 {
            journal.append(numbered(number))
            journal.flush()
        }
        #expect(disk.filesOfWritesUnderWay.count == 1)
        // Now the block that waited needs its second page.
        journal.append(numbered(4, bytes: 4_000))
        journal.flush()
        #expect(disk.filesOfWritesUnderWay.count == 2)
        journal.append(numbered(5))
        _ = journal.cut()
        #expect(disk.filesOfWritesUnderWay.count == 2, "ended, and yet short")
        try journal.drain()
        #expect(try survey(disk).blocks.map(\.header.recordCount) == [1, 4, 1])
    }

    @Test("a record never crosses a block, and the longest one has its place")
    func recordsAndBlocks() throws {
        let disk = SimulatedDisk()
        let sizes = JournalConfiguration(firstSegmentBytes: 1 << 20, largestSegmentBytes: 1 << 20)
        let journal = try openJournal(disk, configuration: sizes).journal
        let lengths = [131_072, 131_000, 1, 131_072, 131_072, 0, 4]
        let records = lengths.map { [UInt8](repeating: UInt8($0 & 0xFF), count: $0) }
        for record in records { journal.append(record) }
        try journal.drain()
        let found = try survey(disk)
        #expect(found.records == records)
        #expect(found.blocks.map(\.header.recordCount) == [2, 2, 3])
        #expect(found.blocks.map(\.header.payloadBytes) == [262_080, 131_081, 131_088])
        #expect(found.blocks.map(\.header.blockBytes) == [262_144, 135_168, 135_168])
    }

    @Test("a record of exactly the limit is taken, one byte more is a programming error")
    func recordLimit() async {
        await #expect(processExitsWith: .success) {
            let journal = try openJournal(SimulatedDisk(), configuration: .init()).journal
            journal.append([UInt8](repeating: 1, count: 131_072))
        }
        await #expect(processExitsWith: .failure) {
            let journal = try openJournal(SimulatedDisk(), configuration: .init()).journal
            journal.append([UInt8](repeating: 1, count: 131_073))
        }
    }

    @Test(
        "records that are kept together share a block, at every place of block and segment", arguments: [true, false])
    func keptTogether(saidEachTime: Bool) throws {
        for before in stride(from: 8, through: 16_300, by: 97) {
            let disk = SimulatedDisk()
            let journal = try openJournal(disk).journal
            var filled = 0
            while filled < before {
                let bytes = min(before - filled, 4_000)
                journal.append(numbered(0, bytes: bytes))
                filled += max(8, bytes)
            }
            let group = [10, 300, 4_100, 20, 600]
            var left = group.reduce(0) { $0 + $1 + JournalFormat.recordHeaderBytes }
            journal.keepTogether(bytes: left)
            var sequences: Set<UInt64> = []
            for bytes in group {
                if saidEachTime { journal.keepTogether(bytes: left) }
                sequences.insert(journal.append(numbered(1, bytes: bytes)))
                left -= bytes + JournalFormat.recordHeaderBytes
            }
            #expect(sequences.count == 1, "split behind \(before) bytes")
            #expect(journal.togetherBytes == 0)
        }
    }

    @Test("a segment's first block is written only when every block before it is durable")
    func segmentRoll() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk, configuration: .tiny).journal
        for _ in 0..<100 { journal.poll() }
        for number in 0..<200 {
            journal.append(numbered(number, bytes: 3_000))
            journal.flush()
            for _ in 0..<5 { journal.poll() }
            #expect(Set(disk.filesOfWritesUnderWay).count <= 1, "blocks of two segments under way at once")
        }
        try journal.drain()
        let found = try survey(disk)
        #expect(found.records.count == 200)
        #expect(found.survey.segments.count > 50)
        for (before, block) in zip(found.blocks, found.blocks.dropFirst()) where before.file != block.file {
            #expect(block.header.durable == before.header.sequence)
        }
    }

    @Test("while the next segment is not ready, records wait in bounded memory and the host is told")
    func waitsForSegment() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk, configuration: .tiny).journal
        // Without poll() nothing is prepared.
        var appended = 0
        while journal.hasRoom, appended < 1_000 {
            journal.append(numbered(appended, bytes: 3_000))
            journal.flush()
            appended += 1
        }
        #expect(appended < 12, "\(appended) records of 3,000 bytes")
        #expect(journal.room() == .wait)
        #expect(!journal.isReadOnly, "waiting is not refusing")
        for _ in 0..<100 { journal.poll() }
        #expect(journal.hasRoom)
        try journal.drain()
        #expect(journal.durable > 0)
    }

    @Test("the next segment is hurried on once nothing can be decided without it, and not before")
    func hurriedSegment() throws {
        let storage = SimulatedStorage(SimulatedDisk())
        let journal = try Journal.open(storage, identity: .foundedAs(testID), configuration: .small) { _, _ in }
        #expect(storage.isPreparing)
        while journal.hasRoom {
            #expect(storage.hurries == 0)
            journal.append(numbered(1, bytes: 1_000))
        }
        #expect(storage.hurries > 0 && storage.isPreparing)
        try journal.drain()
        for _ in 0..<40 { journal.poll() }
        #expect(journal.hasRoom)
    }

    @Test("memory is bounded by what the host may append, and taken again")
    func boundedMemory() throws {
        let disk = SimulatedDisk()
        // The disk has room for all of it, so that memory is what ends first.
        let sizes = JournalConfiguration(
            firstSegmentBytes: 4 << 20, largestSegmentBytes: 4 << 20, blockBytesMax: 8_192, besideBytesMin: 0,
            waitingBytesMax: 65_536)
        let journal = try openJournal(disk, configuration: sizes).journal
        var refused = 0
        for number in 0..<2_000 {
            if journal.hasRoom { journal.append(numbered(number, bytes: 1_000)) } else { refused += 1 }
            #expect(journal.waitingBytes <= 65_536 + 8_192)
            if number % 50 == 0 { journal.flush() }
            if number % 70 == 0 { journal.poll() }
        }
        #expect(refused > 0, "the disk kept up, and nothing was tested")
        #expect(!journal.isReadOnly, "waiting is not refusing")
        try journal.drain()
        #expect(journal.hasRoom)
    }

    @Test("an empty block vouches for the last records, once, and only when nothing is under way")
    func vouching() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        #expect(!journal.vouch(), "there is nothing to vouch for")
        journal.append(numbered(1))
        #expect(!journal.vouch(), "a record waits")
        journal.flush()
        #expect(!journal.vouch(), "a write is under way")
        try journal.drain()
        #expect(journal.needsVouching)
        #expect(journal.vouch())
        try journal.drain()
        #expect(journal.vouched == 1)
        #expect(!journal.vouch(), "an empty block needs no other")
        #expect(try survey(disk).blocks.map(\.header.durable) == [0, 1])
        #expect(try !openJournal(disk).journal.needsVouching)
    }

    @Test("a failed or short write stops the journal for good", arguments: [SimulatedDisk.Fault.errno(5), .short])
    func poison(fault: SimulatedDisk.Fault) throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        journal.append(numbered(0))
        try journal.drain()
        disk.faults[disk.operations.count] = fault
        journal.append(numbered(1))
        journal.flush()
        journal.append(numbered(2))
        journal.flush()
        for _ in 0..<50 { journal.poll() }
        let failure = try #require(journal.failure)
        #expect(failure.errno == (fault == .short ? 0 : 5))
        #expect(failure.file == "00000001.journal" && failure.offset == 8_192 && failure.sequence == 2)
        #expect(journal.durable == 1, "block 3 was written whole, behind one that was not")
        let operations = disk.operations.count
        journal.append(numbered(3))
        journal.flush()
        for _ in 0..<50 { journal.poll() }
        #expect(!disk.operations[operations...].contains { $0.kind == .submit }, "nothing is written any more")
        #expect(journal.durable == 1)
        #expect(journal.room() == .readOnly && journal.room(reserved: true) == .readOnly)
        #expect(throws: failure) { try journal.settle() }
    }

    @Test("once a write has failed, nothing is acknowledged, not even a block before it that completes later")
    func nothingAfterFailure() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        disk.faults[disk.operations.count] = .delay(30)
        journal.append(numbered(0))
        journal.flush()
        disk.faults[disk.operations.count] = .errno(5)
        journal.append(numbered(1))
        journal.flush()
        for _ in 0..<20 { journal.poll() }
        #expect(journal.failure?.sequence == 2)
        for _ in 0..<50 { journal.poll() }
        #expect(journal.inFlight.first?.isWritten == true, "block 1 has completed meanwhile")
        #expect(journal.durable == 0)
    }

    @Test("a full disk refuses sales before anything is promised, keeps its reserve for the rest, and heals")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        disk.capacityBytes = 40_000
        let journal = try openJournal(disk).journal
        var sold = 0
        for number in 0..<1_000 where journal.room() != .readOnly {
            if journal.hasRoom {
                journal.append(numbered(number, bytes: 1_000))
                sold += 1
            }
            journal.flush()
            journal.poll()
        }
        #expect(journal.isReadOnly && !journal.hasRoom)
        #expect(journal.preparationErrno == 28)
        #expect(sold >= 2)
        try journal.drain()
        #expect(journal.durable == journal.appendedSequence, "everything that was promised is durable")
        #expect(disk.fileNames == ["00000001.journal"], "what was prepared in part is removed")

        #expect(journal.room(reserved: true) == .open, "refunds go on")
        var refunds = 0
        while journal.room(reserved: true) == .open, refunds < 100 {
            journal.append(numbered(2_000 + refunds, bytes: 500))
            refunds += 1
        }
        #expect(refunds >= 4)
        journal.flush()
        for _ in 0..<50 { journal.poll() }
        #expect(journal.durable == journal.appendedSequence, "the reserve is on the disk, not only in memory")

        journal.retryPreparation()
        for _ in 0..<50 { journal.poll() }
        #expect(journal.isReadOnly, "the disk is still full")
        disk.capacityBytes = .max
        journal.retryPreparation()
        for _ in 0..<50 { journal.poll() }
        #expect(journal.hasRoom && journal.preparationErrno == nil)
        for number in 0..<100 { journal.append(numbered(number)) }
        try journal.settle()
        #expect(try survey(disk).records.count == sold + refunds + 100)
    }

    @Test(
        "what was decided on the last of a full disk has its place there",
        arguments: [40_000, 60_000, 100_000, 200_000])
    func lastOfTheReserve(capacity: Int) throws {
        let disk = SimulatedDisk()
        disk.capacityBytes = capacity
        let journal = try openJournal(disk).journal
        var decided = 0
        for _ in 0..<3_000 where journal.room(reserved: true) != .readOnly {
            // Several decisions in a turn, each of two records that belong together.
            for _ in 0..<12 where journal.room(reserved: true) == .open {
                journal.keepTogether(bytes: 508)
                journal.append(numbered(decided, bytes: 100))
                journal.append(numbered(decided, bytes: 400))
                decided += 1
            }
            journal.flush()
            journal.poll()
        }
        for _ in 0..<50 {
            journal.flush()
            journal.poll()
        }
        #expect(journal.room(reserved: true) == .readOnly)
        #expect(decided > 10)
        #expect(journal.durable == journal.appendedSequence, "nothing that was decided waits for a place")
    }

    @Test("the reserve is kept from sales even while it is not yet known whether the disk is full")
    func reserveWhilePreparing() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        // Without poll() the preparation goes no further.
        var appended = 0
        while journal.hasRoom {
            journal.append(numbered(appended, bytes: 1_000))
            appended += 1
        }
        #expect(journal.room() == .wait)
        #expect(journal.room(reserved: true) == .open)
    }

    @Test("trimming removes whole segments behind a position, oldest first, each removal synced")
    func trimming() throws {
        let disk = try diskWithBlocks(Array(repeating: 1, count: 9), configuration: .tiny)
        let journal = try openJournal(disk, configuration: .tiny).journal
        #expect(disk.fileNames.count >= 5)
        let before = disk.operations.count
        try journal.trim(through: 5)
        #expect(disk.operations[before...].map(\.kind) == [.remove, .syncDirectory, .remove, .syncDirectory])
        #expect(disk.fileNames.first == "00000003.journal")
        try journal.trim(through: .max)
        #expect(disk.fileNames.first == "00000005.journal", "the segment in use stays")
        #expect(try openJournal(disk, configuration: .tiny, startingAfter: 8).records == [numbered(8)])
    }

    @Test("files that are done with are closed")
    func filesAreClosed() throws {
        let disk = SimulatedDisk()
        let storage = SimulatedStorage(disk)
        let journal = try Journal.open(storage, identity: .foundedAs(testID), configuration: .tiny) { _, _ in }
        for number in 0..<50 {
            journal.append(numbered(number, bytes: 3_000))
            try journal.drain()
        }
        for _ in 0..<50 { journal.poll() }
        #expect(storage.openFileCount == 1)
    }
}
