// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The vocabulary of the journal's tests: small journals on simulated disks, and what was promised of them.

import BoxOfficeTesting

@testable import Journal

let testID = JournalID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
let otherID = JournalID(high: 1, low: 2)

extension JournalConfiguration {
    /// Segments of a few blocks, blocks of two pages: everything happens within a hundred records.
    static let small = JournalConfiguration(
        firstSegmentBytes: 20_480, largestSegmentBytes: 32_768, blockBytesMax: 8_192, writesInFlightMax: 4,
        besideBytesMin: 0, waitingBytesMax: 65_536, reserveBytesMax: 8_192)

    /// Segments of two blocks of a page each.
    static let tiny = JournalConfiguration(
        firstSegmentBytes: 12_288, largestSegmentBytes: 12_288, blockBytesMax: 4_096, writesInFlightMax: 4,
        besideBytesMin: 0, waitingBytesMax: 32_768, reserveBytesMax: 4_096)
}

/// A record that says its number and has `bytes` bytes (at least 8).
func numbered(_ number: Int, bytes: Int = 100) -> [UInt8] {
    var record = [UInt8](repeating: UInt8(truncatingIfNeeded: number &* 31 &+ 7), count: max(8, bytes))
    for byte in 0..<8 { record[byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
    return record
}

extension Span<UInt8> {
    var array: [UInt8] {
        var array: [UInt8] = []
        for index in indices { array.append(self[index]) }
        return array
    }
}

extension Journal {
    @discardableResult
    func append(_ record: [UInt8]) -> UInt64 { append(record.span) }
}

/// A journal on a disk, and the records that it handed out when it was opened.
struct OpenedJournal {
    let journal: Journal
    let records: [[UInt8]]
}

func openJournal(
    _ disk: SimulatedDisk, seed: UInt64 = 0, configuration: JournalConfiguration = .small,
    identity: JournalIdentity = .foundedAs(testID), startingAfter: UInt64 = 0
) throws -> OpenedJournal {
    var records: [[UInt8]] = []
    let journal = try Journal.open(
        SimulatedStorage(disk, seed: seed), identity: identity, configuration: configuration,
        startingAfter: startingAfter
    ) { record, _ in
        records.append(record.array)
    }
    return OpenedJournal(journal: journal, records: records)
}

/// Where one block lies.
struct PlacedBlock: Equatable {
    var header: BlockHeader
    var file: String
    var offset: Int
}

/// What a walk that changes nothing finds.
func survey(
    _ disk: SimulatedDisk, id: JournalID? = nil, startingAfter: UInt64? = nil
) throws -> (survey: JournalSurvey, blocks: [PlacedBlock], records: [[UInt8]]) {
    var blocks: [PlacedBlock] = []
    var records: [[UInt8]] = []
    let survey = try JournalReader.walk(
        SimulatedStorage(disk), id: id, startingAfter: startingAfter,
        onBlock: { header, offset in
            blocks.append(
                PlacedBlock(header: header, file: JournalFormat.segmentName(header.segment), offset: offset))
        },
        onRecord: { record, _ in records.append(record.array) })
    return (survey, blocks, records)
}

/// A disk with a journal of one block for each count in `groups`, each durable before the next is sealed, so that each
/// block names the one before it; not vouched for at the end unless told.
func diskWithBlocks(
    _ groups: [Int], configuration: JournalConfiguration = .small, recordBytes: Int = 100, vouching: Bool = false
) throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    let journal = try openJournal(disk, configuration: configuration).journal
    var number = 0
    for group in groups {
        for _ in 0..<group {
            journal.append(numbered(number, bytes: recordBytes))
            number += 1
        }
        try journal.drain()
    }
    if vouching { try journal.settle() }
    return disk
}
