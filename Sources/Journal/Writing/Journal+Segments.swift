// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Segments: the next one is ready before it is needed, so that a full disk shows before anything is promised.
extension Journal {
    /// Whether a change may be decided now. `reserved` changes (expiry, releases, payment outcomes, refunds) may use the
    /// part of the prepared room that sales may not.
    ///
    /// - Complexity: O(1).
    public func room(reserved: Bool = false) -> Room {
        if failure != nil { return .readOnly }
        let hasDisk = preparedBytes > (reserved ? decisionBytes : reserveBytes)
        if !hasDisk {
            guard preparationError == nil else { return .readOnly }
            // What waits now waits for the next segment alone.
            if next == .preparing { storage.hurryPreparation() }
            return .wait
        }
        return memoryIsFull ? .wait : .open
    }

    /// Whether sales are to be refused: the journal has failed, or the next segment could not be prepared and only the
    /// reserve is left. Heals by itself when ``retryPreparation()`` succeeds (unless there is a ``failure``).
    public var isReadOnly: Bool { room() == .readOnly }

    /// Whether another change may be decided now, read-only or not: false while too much waits for the disk.
    public var hasRoom: Bool { room() == .open }

    /// Why the next segment could not be prepared, or nil: an errno, for logs and statistics.
    public var preparationErrno: Int32? { preparationError }

    /// Tries again to prepare the next segment, if the last attempt failed. Call it every second or so while there is a
    /// ``preparationErrno``.
    public func retryPreparation() {
        guard case .failed = next, failure == nil else { return }
        next = .absent
        prepareNextSegment()
    }

    /// Bytes of prepared segments that no block has claimed yet. While the next segment is ready, the end of this one is
    /// not counted: it may be too short for the next block.
    private var preparedBytes: Int {
        // Of the open block only what it holds: there is room up to the end of its last page.
        let openBytes = open.map { JournalFormat.blockHeaderBytes + $0.payloadBytes } ?? 0
        let claimed = waitingBytes + openBytes
        if case .ready(let bytes) = next {
            return current.left + bytes - JournalFormat.segmentHeaderBytes - configuration.blockBytesMax - claimed
        }
        return current.left - claimed
    }

    private var decisionBytes: Int { configuration.decisionBytes(inSegmentOf: smallestBytes) }

    private var reserveBytes: Int { configuration.reserveBytes(inSegmentOf: smallestBytes) }

    /// Bytes of the smallest segment that what is kept in reserve may have to come from. A journal that was made with
    /// other sizes must not keep more than the next segment brings.
    private var smallestBytes: Int {
        var bytes = min(current.bytes, configuration.largestSegmentBytes)
        if case .ready(let next) = next { bytes = min(bytes, next) }
        return bytes
    }

    private var memoryIsFull: Bool { waitingBytes + (open?.bytes ?? 0) >= configuration.waitingBytesMax }

    func prepareNextSegment() {
        guard next == .absent, failure == nil else { return }
        guard current.number < JournalFormat.segmentNumberMax else {
            preconditionFailure("the journal has as many segments as its names can count")
        }
        let header = SegmentHeader(
            number: current.number + 1, journal: id, bytes: configuration.segmentBytes(number: current.number + 1))
        next = .preparing
        storage.submitPreparation(
            of: JournalFormat.segmentName(header.number), header: header.encoded(), bytes: header.bytes,
            token: Self.preparationToken)
    }

    func segmentWasPrepared(result: Int) {
        guard next == .preparing else { return }
        if result == configuration.segmentBytes(number: current.number + 1) {
            next = .ready(bytes: result)
            preparationError = nil
        } else {
            failPreparation(errno: result < 0 ? Int32(truncatingIfNeeded: -result) : 0)
        }
    }

    private func failPreparation(errno: Int32) {
        next = .failed(errno: errno)
        preparationError = errno
    }

    /// Goes over to the next segment if it is ready and every block of this one is durable: recovery relies on it.
    func enterNextSegment() -> Bool {
        guard case .ready(let bytes) = next, inFlight.isEmpty else { return false }
        let number = current.number + 1
        let file: StorageFile
        do {
            file = try storage.open(JournalFormat.segmentName(number), for: .blocks)
        } catch {
            failPreparation(errno: error.errno)
            return false
        }
        storage.close(current.file)
        full.append(FullSegment(number: current.number, lastSequence: durable))
        current = CurrentSegment(
            file: file, number: number, bytes: bytes, offset: JournalFormat.segmentHeaderBytes)
        next = .absent
        prepareNextSegment()
        return true
    }
}
