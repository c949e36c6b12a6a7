// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

@Suite("Drawing a line in the journal")
struct CutTests {
    @Test("what was appended is in blocks up to the line, what comes is in later ones, whatever the disk does")
    func line() throws {
        for seed: UInt64 in 0..<40 {
            let disk = SimulatedDisk()
            var random = SeededRandom(seed: seed)
            let journal = try openJournal(disk, seed: seed).journal
            var cuts: [(sequence: UInt64, records: Int)] = []
            for number in 0..<150 {
                journal.append(numbered(number, bytes: Int.random(in: 8...1_500, using: &random)))
                if Int.random(in: 0..<4, using: &random) == 0 { journal.flush() }
                if Int.random(in: 0..<4, using: &random) == 0 { journal.poll() }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    let cut = journal.cut()
                    #expect(journal.open == nil && journal.appendedSequence == cut)
                    cuts.append((cut, number + 1))
                }
            }
            try journal.settle()
            #expect(journal.durable >= cuts.last?.sequence ?? 0)
            for cut in cuts {
                let behind = try survey(disk, startingAfter: cut.sequence).survey.recordCount
                #expect(behind == UInt64(150 - cut.records), "seed \(seed), cut \(cut)")
            }
        }
    }

    @Test("where nothing was appended since, the line is the same, also behind an empty block")
    func nothingNew() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        #expect(journal.cut() == 0)
        journal.append(numbered(0))
        #expect(journal.cut() == 1)
        #expect(journal.cut() == 1)
        try journal.settle()
        #expect(journal.durable == 2)
        #expect(journal.cut() == 1, "the block that vouches holds no record")
        #expect(journal.append(numbered(1)) == 3)
    }

    @Test("records that are kept together before and after it still are")
    func keptTogether() throws {
        for before in stride(from: 8, through: 12_000, by: 371) {
            let disk = SimulatedDisk()
            let journal = try openJournal(disk).journal
            func group(_ number: Int) -> Set<UInt64> {
                journal.keepTogether(bytes: 5_000)
                return [journal.append(numbered(number, bytes: 2_000)), journal.append(numbered(number, bytes: 2_992))]
            }
            var filled = 0
            while filled < before {
                journal.append(numbered(0, bytes: 500))
                filled += 500
            }
            let left = group(1)
            let cut = journal.cut()
            let right = group(2)
            #expect(left.count == 1 && right.count == 1)
            #expect(left.allSatisfy { $0 <= cut } && right.allSatisfy { $0 > cut })
            // A turn that asked for more than it used leaves nothing behind for the next.
            journal.keepTogether(bytes: 4_000)
            #expect(journal.cut() == right.first)
            #expect(journal.togetherBytes == 0)
        }
    }

    @Test("while no write may be started the line is drawn all the same, and memory stays in its bounds")
    func whileWaiting() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        for number in 0..<4 {
            journal.append(numbered(number))
            journal.flush()
        }
        #expect(journal.inFlight.count == 4)
        journal.append(numbered(4))
        #expect(journal.cut() == 5)
        journal.append(numbered(5))
        #expect(journal.cut() == 6)
        #expect(journal.waiting.map(\.sequence) == [5, 6])
        try journal.drain()
        #expect(try survey(disk).blocks.map(\.header.recordCount) == [1, 1, 1, 1, 1, 1])
        #expect(journal.waitingBytes == 0)
    }

    @Test(
        "on the last of a full disk what was decided before and after has its place",
        arguments: [40_000, 60_000, 100_000])
    func fullDisk(capacity: Int) throws {
        let disk = SimulatedDisk()
        disk.capacityBytes = capacity
        let journal = try openJournal(disk).journal
        for number in 0..<3_000 where journal.room(reserved: true) != .readOnly {
            while journal.room(reserved: true) == .open {
                journal.append(numbered(number, bytes: 300))
                if number % 3 == 0 { break }
            }
            _ = journal.cut()
            journal.poll()
        }
        for _ in 0..<50 {
            journal.flush()
            journal.poll()
        }
        #expect(journal.room(reserved: true) == .readOnly)
        #expect(journal.durable == journal.appendedSequence)
    }

    @Test("a journal that has failed draws no line behind what was dropped")
    func failed() throws {
        let disk = SimulatedDisk()
        let journal = try openJournal(disk).journal
        disk.faults[disk.operations.count] = .errno(5)
        journal.append(numbered(0))
        journal.flush()
        for _ in 0..<20 { journal.poll() }
        #expect(journal.failure != nil)
        journal.append(numbered(1))
        #expect(journal.cut() == 1)
        #expect(journal.durable == 0)
    }
}
