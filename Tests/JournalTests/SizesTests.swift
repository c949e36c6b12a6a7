// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Testing

@testable import Journal

@Suite("The sizes of a journal")
struct SizesTests {
    private func sizes(
        first: Int, largest: Int? = nil, block: Int, reserve: Int, inFlight: Int = 4, waiting: Int = 1 << 20
    ) -> JournalConfiguration {
        JournalConfiguration(
            firstSegmentBytes: first, largestSegmentBytes: largest ?? first, blockBytesMax: block,
            writesInFlightMax: inFlight, waitingBytesMax: waiting, reserveBytesMax: reserve)
    }

    private func expectRefused(_ sizes: JournalConfiguration, naming words: String) {
        let disk = SimulatedDisk()
        do {
            _ = try Journal.open(SimulatedStorage(disk), identity: .foundedAs(testID), configuration: sizes) { _, _ in }
            Issue.record("\(sizes) was taken")
        } catch JournalError.sizes(let reason) {
            #expect(reason.contains(words))
        } catch {
            Issue.record("\(sizes) failed with \(error)")
        }
        #expect(disk.operations.isEmpty, "nothing was looked at")
    }

    /// Appends records of all lengths whenever there is room, and gives up where there is none however long it waits.
    private func expectGoingOn(_ sizes: JournalConfiguration, reserved: Bool, count: Int) throws {
        let journal = try openJournal(SimulatedDisk(), configuration: sizes).journal
        var random = SeededRandom(seed: UInt64(sizes.firstSegmentBytes))
        for number in 0..<count {
            var looks = 0
            while journal.room(reserved: reserved) != .open, looks < 200 {
                journal.flush()
                journal.poll()
                looks += 1
            }
            #expect(journal.room(reserved: reserved) == .open, "record \(number) waits for ever with \(sizes)")
            guard journal.room(reserved: reserved) == .open else { return }
            journal.append(numbered(number, bytes: Int.random(in: 8...sizes.recordBytesMax, using: &random)))
            journal.flush()
        }
        #expect(journal.position.segment > 2, "nothing was tested")
        try journal.drain()
    }

    @Test(
        "with one byte more in the next segment than the reserve a journal goes on, and with none it is refused",
        arguments: [
            (first: 16_384, block: 8_192, reserve: 4_095), (12_288, 4_096, 1 << 20),
            (286_720, JournalFormat.blockBytesMax, 20_479),
        ])
    func reserve(first: Int, block: Int, reserve: Int) throws {
        let enough = sizes(first: first, block: block, reserve: reserve)
        try enough.validate()
        try expectGoingOn(enough, reserved: false, count: 40)
        try expectGoingOn(enough, reserved: true, count: 40)
        if reserve < first / 4 {
            expectRefused(
                sizes(first: first, block: block, reserve: reserve + 1), naming: "\(reserve + 1) kept in reserve")
        }
        // One page less is too little for any reserve.
        expectRefused(sizes(first: first - 4_096, block: block, reserve: 0), naming: "kept in reserve")
    }

    @Test("each pair of segments that can follow each other counts, not only the first")
    func laterSegments() throws {
        try sizes(first: 12_288, largest: 16_384, block: 4_096, reserve: 4_096).validate()
        // Behind the second segment, of 24,576 bytes, comes another of no more, with a quarter of them in reserve.
        try sizes(first: 12_288, largest: 24_576, block: 4_096, reserve: 8_192).validate()
        try sizes(first: 16_384, largest: 1 << 20, block: 8_192, reserve: 4_096).validate()
        expectRefused(sizes(first: 16_384, block: 8_192, reserve: 4_096), naming: "behind a segment of 16384 bytes")
    }

    @Test("each size has its limits, and what is past one is refused by name")
    func limits() throws {
        let longest = JournalFormat.blockBytesMax
        try JournalConfiguration().validate()
        try sizes(first: 1 << 20, block: longest, reserve: 0, inFlight: 1, waiting: 1).validate()
        try sizes(first: 1 << 20, largest: JournalConfiguration.segmentBytesMax, block: 4_096, reserve: 0).validate()
        for (wrong, name) in [
            (sizes(first: 1 << 20, block: longest + 4_096, reserve: 0), "blockBytesMax"),
            (sizes(first: 1 << 20, block: 0, reserve: 0), "blockBytesMax"),
            (sizes(first: 1 << 20, block: 4_097, reserve: 0), "blockBytesMax"),
            (sizes(first: 0, block: 4_096, reserve: 0), "firstSegmentBytes"),
            (sizes(first: -4_096, block: 4_096, reserve: 0), "firstSegmentBytes"),
            (sizes(first: 12_289, largest: 16_384, block: 4_096, reserve: 0), "firstSegmentBytes"),
            (sizes(first: 16_384, largest: 12_288, block: 4_096, reserve: 0), "largestSegmentBytes"),
            (sizes(first: 16_384, largest: (1 << 40) + 4_096, block: 4_096, reserve: 0), "largestSegmentBytes"),
            (sizes(first: 1 << 20, block: 4_096, reserve: 0, inFlight: 0), "writesInFlightMax"),
            (sizes(first: 1 << 20, block: 4_096, reserve: 0, waiting: 0), "waitingBytesMax"),
            (sizes(first: 1 << 20, block: 4_096, reserve: -1), "reserveBytesMax"),
        ] {
            expectRefused(wrong, naming: name)
        }
    }
}
