// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

@Suite("Every byte of a small journal, flipped")
struct EveryByteTests {
    /// Flips every byte of every file and counts answers that are wrong without saying so: records that were never
    /// appended, or fewer than were vouched for.
    private func silentlyWrong(_ disk: SimulatedDisk, vouchedRecords: Int, mask: UInt8) throws -> (
        wrong: Int, flips: Int
    ) {
        let all = try survey(disk).records
        var wrong = 0
        var flips = 0
        for name in disk.fileNames {
            for offset in 0..<(disk.content(of: name)?.count ?? 0) {
                disk.flip(name, at: offset, mask: mask)
                flips += 1
                do {
                    let found = try survey(disk).records
                    if found != Array(all.prefix(found.count)) || found.count < vouchedRecords { wrong += 1 }
                } catch is JournalError {}
                disk.flip(name, at: offset, mask: mask)
            }
        }
        return (wrong, flips)
    }

    @Test("vouched for by an empty block, it gives all its records or refuses", arguments: [0x01, 0xFF] as [UInt8])
    func vouched(mask: UInt8) throws {
        let disk = try diskWithBlocks([2, 1, 1], configuration: .tiny, recordBytes: 40, vouching: true)
        let (wrong, flips) = try silentlyWrong(disk, vouchedRecords: 4, mask: mask)
        #expect(wrong == 0, "\(wrong) of \(flips) flips")
        #expect(flips >= 24_576)
    }

    @Test("not vouched for at its end, it may lose its last block and nothing else")
    func notVouched() throws {
        let disk = try diskWithBlocks([2, 1], configuration: .tiny, recordBytes: 40)
        let (wrong, flips) = try silentlyWrong(disk, vouchedRecords: 2, mask: 0x40)
        #expect(wrong == 0, "\(wrong) of \(flips) flips")
    }

    @Test("opened behind a snapshot, it gives all records since or refuses", arguments: [0x01, 0x80] as [UInt8])
    func behindSnapshot(mask: UInt8) throws {
        let disk = try diskWithBlocks(
            Array(repeating: 1, count: 6), configuration: .tiny, recordBytes: 40, vouching: true)
        let records = try survey(disk, startingAfter: 4).records
        #expect(records == [numbered(4, bytes: 40), numbered(5, bytes: 40)])
        var refused = 0
        var wrong = 0
        for name in disk.fileNames {
            for offset in 0..<(disk.content(of: name)?.count ?? 0) {
                disk.flip(name, at: offset, mask: mask)
                do {
                    if try survey(disk, startingAfter: 4).records != records { wrong += 1 }
                } catch is JournalError { refused += 1 }
                disk.flip(name, at: offset, mask: mask)
            }
        }
        #expect(wrong == 0)
        #expect(refused > 20_000, "\(refused) refused: headers, heads, and all of what is read")
    }

    @Test("opening after a flip and reading after it agree")
    func openingAgrees() throws {
        let disk = try diskWithBlocks([2, 1, 1], configuration: .tiny, recordBytes: 40)
        for name in disk.fileNames {
            for offset in stride(from: 0, to: disk.content(of: name)?.count ?? 0, by: 13) {
                let copy = disk.copy()
                copy.flip(name, at: offset, mask: 0x08)
                let read = Result { try survey(copy).records }
                let opened = Result { try openJournal(copy, configuration: .tiny).records }
                switch (read, opened) {
                case (.success(let left), .success(let right)): #expect(left == right)
                case (.failure(let left as JournalError), .failure(let right as JournalError)): #expect(left == right)
                default: Issue.record("reading and opening disagree about byte \(offset) of \(name)")
                }
            }
        }
    }
}
