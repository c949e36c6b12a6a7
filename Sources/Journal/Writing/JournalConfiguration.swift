// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The sizes of a journal. The defaults are right for a real one; tests take small ones.
///
/// Not all sizes go together: see ``validate()``, which opening a journal asks before it looks at anything.
public struct JournalConfiguration: Sendable {
    /// Bytes of the first segment. Small, so that a small venue starts at once.
    public var firstSegmentBytes: Int
    /// Each segment is twice as long as the one before, up to this.
    public var largestSegmentBytes: Int
    /// Bytes of the longest block, header and padding included.
    public var blockBytesMax: Int
    /// Writes under way at once.
    public var writesInFlightMax: Int
    /// Bytes of a block, header and padding included, from which on it is written beside the ones under way; a shorter one
    /// waits until they are written, and grows.
    public var besideBytesMin: Int
    /// Bytes that may wait in memory for their write before the journal says that it has no room.
    public var waitingBytesMax: Int
    /// The part of the prepared room that is kept for what must go on when the disk is full (expiry, releases, payment
    /// outcomes, refunds): this many bytes at most, and a quarter of the segment in use at most.
    public var reserveBytesMax: Int

    public init(
        firstSegmentBytes: Int = 1 << 20, largestSegmentBytes: Int = 64 << 20,
        blockBytesMax: Int = JournalFormat.blockBytesMax, writesInFlightMax: Int = 4, besideBytesMin: Int = 64 << 10,
        waitingBytesMax: Int = 4 << 20, reserveBytesMax: Int = 4 << 20
    ) {
        self.firstSegmentBytes = firstSegmentBytes
        self.largestSegmentBytes = largestSegmentBytes
        self.blockBytesMax = blockBytesMax
        self.writesInFlightMax = writesInFlightMax
        self.besideBytesMin = besideBytesMin
        self.waitingBytesMax = waitingBytesMax
        self.reserveBytesMax = reserveBytesMax
    }

    /// Whether a journal can work with these sizes.
    ///
    /// A block is a whole number of ``JournalFormat/alignment`` bytes, at most ``JournalFormat/blockBytesMax``; so is a
    /// segment, and none is smaller than the one before. Behind a segment that is used up, the next one must hold a block
    /// of the longest kind and more than what is kept in reserve: with less, a change would wait for room that no
    /// completion ever brings.
    ///
    /// - Throws: ``JournalError/sizes(reason:)``, which names the size that is wrong and what would be right.
    public func validate() throws(JournalError) {
        if let reason = wholeness ?? standstill { throw .sizes(reason: reason) }
    }

    /// What is wrong with a size by itself.
    private var wholeness: String? {
        let page = JournalFormat.alignment
        let sizes = [
            ("firstSegmentBytes", firstSegmentBytes), ("largestSegmentBytes", largestSegmentBytes),
            ("blockBytesMax", blockBytesMax),
        ]
        for (name, size) in sizes where size < page || size % page != 0 {
            return "\(name) is \(size), and must be a multiple of \(page)"
        }
        if blockBytesMax > JournalFormat.blockBytesMax {
            return "blockBytesMax is \(blockBytesMax), and may be \(JournalFormat.blockBytesMax)"
        }
        if largestSegmentBytes < firstSegmentBytes {
            return "largestSegmentBytes is \(largestSegmentBytes), less than firstSegmentBytes, \(firstSegmentBytes)"
        }
        if largestSegmentBytes > Self.segmentBytesMax {
            return "largestSegmentBytes is \(largestSegmentBytes), and may be \(Self.segmentBytesMax)"
        }
        if writesInFlightMax < 1 { return "writesInFlightMax is \(writesInFlightMax), and must be 1 or more" }
        if waitingBytesMax < 1 { return "waitingBytesMax is \(waitingBytesMax), and must be 1 or more" }
        if writesInFlightMax > Self.writesInFlightLimit {
            return "writesInFlightMax is \(writesInFlightMax), and may be \(Self.writesInFlightLimit)"
        }
        if waitingBytesMax > Self.segmentBytesMax {
            return "waitingBytesMax is \(waitingBytesMax), and may be \(Self.segmentBytesMax)"
        }
        if reserveBytesMax < 0 { return "reserveBytesMax is \(reserveBytesMax), and must be 0 or more" }
        return nil
    }

    /// A segment behind which nothing would ever be decided again, though the next one is ready.
    private var standstill: String? {
        var number: UInt32 = 1
        while true {
            let bytes = segmentBytes(number: number)
            let next = segmentBytes(number: number + 1)
            let usable = next - JournalFormat.segmentHeaderBytes - blockBytesMax
            let kept = max(reserveBytes(inSegmentOf: bytes), decisionBytes(inSegmentOf: bytes))
            if usable <= kept {
                return
                    "behind a segment of \(bytes) bytes, the next one of \(next) has \(usable) beside its header and "
                    + "a block of \(blockBytesMax), and must have more than the \(kept) kept in reserve; take larger "
                    + "segments, or smaller blocks or reserveBytesMax"
            }
            if bytes == largestSegmentBytes { return nil }
            number += 1
        }
    }

    /// The part of the prepared room that sales may not use, while a segment of so many bytes is in use.
    func reserveBytes(inSegmentOf bytes: Int) -> Int { min(reserveBytesMax, bytes / 4) }

    /// What one more decision may need, with its records and the padding of their block: kept even from `reserved`
    /// changes, since a block that finds no place on the disk keeps everything behind it waiting.
    func decisionBytes(inSegmentOf bytes: Int) -> Int { min(65_536, bytes / 16) }

    /// Bytes of the largest segment that can be asked for.
    static let segmentBytesMax = 1 << 40
    /// The most writes under way at once that can be asked for.
    static let writesInFlightLimit = 1_024

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
