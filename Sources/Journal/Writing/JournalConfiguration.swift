// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The sizes of a journal. The defaults are right for a real one; tests take small ones.
public struct JournalConfiguration: Sendable {
    /// Bytes of the first segment. Small, so that a small venue starts at once.
    public var firstSegmentBytes: Int
    /// Each segment is twice as long as the one before, up to this.
    public var largestSegmentBytes: Int
    /// Bytes of the longest block, header and padding included.
    public var blockBytesMax: Int
    /// Writes under way at once.
    public var writesInFlightMax: Int
    /// Bytes that may wait in memory for their write before the journal says that it has no room.
    public var waitingBytesMax: Int
    /// The part of the prepared room that is kept for what must go on when the disk is full (expiry, releases, payment
    /// outcomes, refunds): this many bytes at most, and a quarter of the segment in use at most.
    public var reserveBytesMax: Int

    public init(
        firstSegmentBytes: Int = 1 << 20, largestSegmentBytes: Int = 64 << 20,
        blockBytesMax: Int = JournalFormat.blockBytesMax, writesInFlightMax: Int = 4, waitingBytesMax: Int = 4 << 20,
        reserveBytesMax: Int = 4 << 20
    ) {
        let alignment = JournalFormat.alignment
        precondition(blockBytesMax % alignment == 0, "a block is a whole number of \(alignment) bytes")
        precondition(blockBytesMax >= alignment && blockBytesMax <= JournalFormat.blockBytesMax)
        precondition(firstSegmentBytes % alignment == 0 && largestSegmentBytes % alignment == 0)
        precondition(firstSegmentBytes >= JournalFormat.segmentHeaderBytes + blockBytesMax, "a block fits a segment")
        precondition(largestSegmentBytes >= firstSegmentBytes)
        precondition(writesInFlightMax > 0 && waitingBytesMax > 0 && reserveBytesMax >= 0)
        self.firstSegmentBytes = firstSegmentBytes
        self.largestSegmentBytes = largestSegmentBytes
        self.blockBytesMax = blockBytesMax
        self.writesInFlightMax = writesInFlightMax
        self.waitingBytesMax = waitingBytesMax
        self.reserveBytesMax = reserveBytesMax
    }

    /// Bytes of the segment with this number.
    func segmentBytes(number: UInt32) -> Int {
        var bytes = firstSegmentBytes
        var left = number
        while left > 1, bytes < largestSegmentBytes {
            bytes *= 2
            left -= 1
        }
        return min(bytes, largestSegmentBytes)
    }

    /// Bytes of records, lengths included, that fit a block.
    var payloadBytesMax: Int { blockBytesMax - JournalFormat.blockHeaderBytes }

    /// Bytes of the longest record.
    public var recordBytesMax: Int {
        min(JournalFormat.recordBytesMax, payloadBytesMax - JournalFormat.recordHeaderBytes)
    }
}
