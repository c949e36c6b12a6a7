// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The writer of one journal: records go into blocks, blocks into segments, and ``durable`` says how far all of it is on
/// stable storage.
///
/// It has no thread and no clock. Its owner calls ``append(_:)`` for what was decided, ``flush()`` at the end
/// of a turn and ``poll()`` when the storage woke it; everything else follows from the storage's completions, so that
/// the same calls and completions give the same bytes.
///
/// Long blocks are written several at a time and may complete in any order; ``durable`` advances strictly in order.
public final class Journal {
    /// What a change finds when it asks for room (see ``room(reserved:)``).
    public enum Room: Sendable {
        /// It may be decided and appended.
        case open
        /// Not now: too much waits for the disk. Ask again after the next ``poll()``.
        case wait
        /// The disk is full or the journal has failed: refuse it.
        case readOnly
    }

    /// The segment after the one in use.
    enum NextSegment: Equatable {
        /// Nobody has asked for it yet.
        case absent
        case preparing
        case ready(bytes: Int)
        /// The last attempt failed with this errno; ``Journal/retryPreparation()`` tries again.
        case failed(errno: Int32)
    }

    /// The segment in use.
    struct CurrentSegment {
        var file: StorageFile
        var number: UInt32
        var bytes: Int
        /// Where the next block goes.
        var offset: Int

        var left: Int { bytes - offset }
    }

    /// A segment that is full, and its last block: what ``Journal/trim(through:)`` may remove.
    struct FullSegment {
        var number: UInt32
        var lastSequence: UInt64
    }

    public let id: JournalID
    public let configuration: JournalConfiguration
    /// What was found and done when the journal was opened.
    public let recovery: JournalRecovery
    let storage: any JournalStorage

    /// Every block up to this one, and so every record in it, is on stable storage.
    @exclusivity(unchecked) public internal(set) var durable: UInt64
    /// The block that the record appended last is in, or the last block of the journal where nothing was appended yet.
    @exclusivity(unchecked) public internal(set) var appendedSequence: UInt64
    /// Why the journal has stopped, or nil. Once it is set, ``durable`` never advances again.
    @exclusivity(unchecked) public internal(set) var failure: JournalFailure?

    var memory: BlockMemory
    /// The block that records are appended to; its memory is taken with its first record.
    @exclusivity(unchecked) var open: Block?
    /// Bytes of the records to come that must go into the block that the next of them goes into.
    @exclusivity(unchecked) var togetherBytes = 0
    /// Blocks that are full or flushed and wait for their turn, in order.
    var waiting: [Block] = []
    /// Blocks whose writes are under way, and written ones behind them, in order.
    var inFlight: [BlockInFlight] = []
    /// Writes that were submitted and have not completed.
    @exclusivity(unchecked) var writesUnderWay = 0
    /// Bytes that `waiting` takes in the file.
    @exclusivity(unchecked) var waitingBytes = 0
    /// The sequence that the next block gets.
    var nextSequence: UInt64
    /// The header checksum of the block submitted last.
    var before: UInt32

    @exclusivity(unchecked) var current: CurrentSegment
    @exclusivity(unchecked) var next: NextSegment = .absent
    var full: [FullSegment]
    /// What ``trim(through:)`` has given up and not removed yet.
    var removal = SegmentRemoval()
    /// Whether preparing the next segment has failed and not succeeded since.
    @exclusivity(unchecked) var preparationError: Int32?

    /// The last block that holds records.
    var lastRecordSequence: UInt64
    /// The highest sequence that a durable block names as durable.
    public internal(set) var vouched: UInt64
    /// Bytes of blocks that were handed to the storage since the journal was opened.
    public internal(set) var bytesWritten: UInt64 = 0

    var completions: [StorageCompletion] = []

    init(
        id: JournalID, configuration: JournalConfiguration, storage: any JournalStorage, recovery: JournalRecovery,
        current: CurrentSegment, next: NextSegment, full: [FullSegment], before: UInt32, lastRecordSequence: UInt64,
        vouched: UInt64
    ) {
        self.id = id
        self.configuration = configuration
        self.storage = storage
        self.recovery = recovery
        self.current = current
        self.next = next
        self.full = full
        self.before = before
        self.lastRecordSequence = lastRecordSequence
        self.vouched = vouched
        durable = recovery.lastSequence
        appendedSequence = recovery.lastSequence
        nextSequence = recovery.lastSequence + 1
        let buffersKept = configuration.waitingBytesMax / configuration.blockBytesMax + configuration.writesInFlightMax
        memory = BlockMemory(blockBytes: configuration.blockBytesMax, keptMax: buffersKept + 1)
        inFlight.reserveCapacity(configuration.writesInFlightMax * Self.blocksBehindSlowWrite)
        waiting.reserveCapacity(buffersKept)
        completions.reserveCapacity(2 * configuration.writesInFlightMax)
        prepareNextSegment()
    }

    deinit {
        if let open { open.memory.deallocate() }
        for block in waiting { block.memory.deallocate() }
        // The disk may still write from the memory of blocks in flight: it is given up rather than freed.
        storage.close(current.file)
    }

    /// Whether anything is on its way to the disk or waits for it.
    public var isIdle: Bool { open == nil && waiting.isEmpty && inFlight.isEmpty }

    /// Whether a block was handed to the storage and ``poll()`` has not seen its completion yet.
    public var isWriting: Bool { writesUnderWay > 0 }

    /// How the storage writes, for logs and statistics.
    public var storageDescription: String { storage.storageDescription }

    /// Where the next block goes.
    public var position: (segment: UInt32, offset: Int) { (current.number, current.offset) }
}
