// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension Journal {
    /// Copies `record` into the open block and returns that block's sequence: the record is durable once ``durable`` has
    /// reached it.
    ///
    /// Appending never fails and never waits: whoever decides asks ``room(reserved:)`` before, and a decision that was
    /// made may always be written down. After a ``failure`` the record is dropped; it will never be acknowledged.
    ///
    /// - Precondition: the record has at most ``JournalConfiguration/recordBytesMax`` bytes.
    /// - Complexity: O(`record.count`); allocates only when more blocks wait than ever before.
    @discardableResult
    public func append(_ record: Span<UInt8>) -> UInt64 {
        precondition(record.count <= configuration.recordBytesMax, "a record is longer than recordBytesMax")
        if failure != nil { return appendedSequence }
        let bytes = JournalFormat.recordHeaderBytes + record.count
        if let block = open, bytes > togetherBytes, !mayGrow(block, by: bytes) {
            sealOpenBlock()
            writeWaitingBlocks()
        }
        togetherBytes = max(0, togetherBytes - bytes)
        var block = open ?? newBlock()
        let place = block.memory + JournalFormat.blockHeaderBytes + block.payloadBytes
        place.storeBytes(of: UInt32(truncatingIfNeeded: record.count).littleEndian, as: UInt32.self)
        record.withUnsafeBytes { source in
            if let start = source.baseAddress {
                (place + JournalFormat.recordHeaderBytes).copyMemory(from: start, byteCount: source.count)
            }
        }
        block.payloadBytes += bytes
        block.recordCount += 1
        open = block
        appendedSequence = block.sequence
        return block.sequence
    }

    /// Sees to it that the next records, of so many bytes together (each with its ``JournalFormat/recordHeaderBytes``),
    /// go into one block, and so become durable together or not at all. Does nothing where they would fit no block.
    ///
    /// It may be said again before each of them, with the bytes that are left.
    public func keepTogether(bytes: Int) {
        guard failure == nil, bytes <= configuration.payloadBytesMax, bytes > togetherBytes else { return }
        togetherBytes = bytes
        guard let block = open, !mayGrow(block, by: bytes) else { return }
        sealOpenBlock()
        writeWaitingBlocks()
    }

    /// Sends the open block on its way, if it may be written now. Otherwise it stays open and grows: that is what makes a
    /// group of commits one write.
    public func flush() {
        guard failure == nil, let open else { return }
        togetherBytes = 0
        if waiting.isEmpty, mayWrite(open) { sealOpenBlock() }
        writeWaitingBlocks()
    }

    /// Draws a line: every record appended so far is in a block up to the returned one, and every record to come in a
    /// later one. The open block is ended, even where it cannot be written yet; a state captured now is that of the
    /// returned sequence. Between decisions only: it ends what ``keepTogether(bytes:)`` has begun, as ``flush()`` does.
    package func cut() -> UInt64 {
        togetherBytes = 0
        if failure == nil, open != nil {
            sealOpenBlock()
            writeWaitingBlocks()
        }
        return appendedSequence
    }

    /// Takes in what the storage has completed and starts what may follow. Returns whether anything completed.
    @discardableResult
    public func poll() -> Bool {
        completions.removeAll(keepingCapacity: true)
        storage.reap(into: &completions)
        guard !completions.isEmpty else { return false }
        for completion in completions {
            if completion.token == Self.preparationToken {
                segmentWasPrepared(result: completion.result)
            } else {
                blockWasWritten(completion)
            }
        }
        advanceDurable()
        writeWaitingBlocks()
        return true
    }

    /// Writes an empty block that names ``durable``, so that the last records are vouched for by a block after them:
    /// damage to them is then seen as damage, not taken for a torn tail. Call it some milliseconds after the last write.
    /// Returns whether there was need of one.
    @discardableResult
    public func vouch() -> Bool {
        guard needsVouching, isIdle, failure == nil else { return false }
        open = newBlock()
        sealOpenBlock()
        writeWaitingBlocks()
        return true
    }

    /// Whether ``vouch()`` has something to do once nothing is under way.
    public var needsVouching: Bool { lastRecordSequence > vouched }

    /// Writes everything down and waits until it is durable, and throws what stopped it. Blocks the calling thread.
    public func drain() throws {
        while failure == nil, !isIdle {
            flush()
            if case .failed(let errno) = next, inFlight.isEmpty, !waiting.isEmpty {
                throw StorageError(.create, JournalFormat.segmentName(current.number + 1), errno: errno)
            }
            if !poll() { storage.waitForCompletion() }
        }
        if let failure { throw failure }
    }

    /// Writes everything down, waits until it is durable and vouched for, and throws what stopped it: for a clean
    /// shutdown. Blocks the calling thread.
    public func settle() throws {
        try drain()
        if vouch() { try drain() }
    }

    /// Whether `bytes` more go into `block`: it must stay within a block's limit, and a block that just fits the rest of
    /// the segment stays that way, so that a full disk is used to its end.
    private func mayGrow(_ block: Block, by bytes: Int) -> Bool {
        let payloadBytes = block.payloadBytes + bytes
        if payloadBytes > configuration.payloadBytesMax { return false }
        let left = current.left - waitingBytes
        return block.bytes > left || JournalFormat.blockBytes(payloadBytes: payloadBytes) <= left
    }

    private func newBlock() -> Block {
        let block = Block(memory: memory.take(), sequence: nextSequence)
        nextSequence += 1
        return block
    }

    private func sealOpenBlock() {
        guard let block = open else { return }
        waiting.append(block)
        waitingBytes += block.bytes
        open = nil
    }
}

extension Journal {
    /// Blocks carry their sequence as token; segments are prepared under a number that no block reaches.
    static var preparationToken: UInt64 { .max }

    /// Starts the writes of waiting blocks, as many as are allowed at once and have their place.
    func writeWaitingBlocks() {
        while failure == nil, let block = waiting.first, mayWrite(block) {
            if block.bytes > current.left, !enterNextSegment() {
                if next == .preparing { storage.hurryPreparation() }
                return
            }
            waiting.removeFirst()
            waitingBytes -= block.bytes
            write(block)
        }
    }

    /// Whether the write of `block` may be under way now. Beside another write only a long block is worth one of its own:
    /// a short one costs the system as much as a long one, and when it has waited for the write before it, it brings all
    /// that came meanwhile. Measured on a virtual disk of 0.1 ms a write, one write at a time gave a quarter more holds a
    /// second than four with single requests under way, and a fifth of the 99th percentile at two thirds of the load.
    ///
    /// A write that the disk is slow with keeps the blocks behind it from being acknowledged, though they are written:
    /// these do not count, up to a bound, so that it does not keep others from being written as well.
    private func mayWrite(_ block: Block) -> Bool {
        if inFlight.count >= configuration.writesInFlightMax * Self.blocksBehindSlowWrite { return false }
        if writesUnderWay == 0 { return true }
        return writesUnderWay < configuration.writesInFlightMax && block.bytes >= configuration.besideBytesMin
    }

    /// Blocks in flight at once, written ones included, for each write that may be under way.
    static var blocksBehindSlowWrite: Int { 4 }

    private func write(_ block: Block) {
        let bytes = block.bytes
        let names = durable
        before = BlockHeader.seal(
            UnsafeMutableRawBufferPointer(start: block.memory, count: bytes), segment: current.number, journal: id,
            sequence: block.sequence, durable: names, payloadBytes: block.payloadBytes,
            recordCount: block.recordCount, before: before)
        inFlight.append(BlockInFlight(block: block, offset: current.offset, names: names))
        writesUnderWay += 1
        storage.submitWrite(
            current.file, at: current.offset, from: UnsafeRawBufferPointer(start: block.memory, count: bytes),
            token: block.sequence)
        current.offset += bytes
        bytesWritten += UInt64(bytes)
        if block.recordCount > 0 { lastRecordSequence = block.sequence }
    }

    private func blockWasWritten(_ completion: StorageCompletion) {
        guard let index = inFlight.firstIndex(where: { $0.block.sequence == completion.token }) else {
            preconditionFailure("the storage completed a write that was never submitted")
        }
        writesUnderWay -= 1
        if completion.result == inFlight[index].block.bytes {
            inFlight[index].isWritten = true
        } else if failure == nil {
            // What the disk now holds is unknown, and a second attempt could succeed without the first one's bytes
            // being there: there is no way on but a new start, which reads what is there.
            failure = JournalFailure(
                errno: completion.result < 0 ? Int32(truncatingIfNeeded: -completion.result) : 0,
                file: JournalFormat.segmentName(current.number), offset: inFlight[index].offset,
                sequence: completion.token)
        }
    }

    private func advanceDurable() {
        guard failure == nil else { return }
        while let first = inFlight.first, first.isWritten {
            durable = first.block.sequence
            vouched = max(vouched, first.names)
            memory.giveBack(first.block.memory)
            inFlight.removeFirst()
        }
    }
}
