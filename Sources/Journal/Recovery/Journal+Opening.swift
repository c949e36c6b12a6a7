// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which journal is opened.
public enum JournalIdentity: Sendable {
    /// The one that must be there. An empty directory is an error: never start empty because something is missing.
    case existing(JournalID)
    /// The one that is there, whichever it is, or a new one of this id.
    case foundedAs(JournalID)
}

extension Journal {
    /// Opens a journal: reads it from the snapshot's position on, hands out its records in order, cuts a torn tail, and is
    /// ready to append.
    ///
    /// What each state of the files means and what is done about it is the table at ``JournalWalk``. Files and directory
    /// are synced before they are read, so that nothing handed out can be lost by the next crash. Opening again after a
    /// crash at any point of it gives the same journal.
    ///
    /// - Parameters:
    ///   - startingAfter: the position of the snapshot that was loaded, or 0; only records behind it are handed out, and
    ///     the journal must hold all of them. Segments that end before it are not read, but known: ``trim(through:)``
    ///     removes them.
    ///   - onUpcoming: called now and then with the next records, which are then handed to `onRecord`.
    ///   - onRecord: called for each record; the span is good only during the call. Until this returns, the records are
    ///     not proven to belong to an undamaged journal: throw the state away if it throws.
    /// - Throws: ``JournalError``, and what `onRecord` throws. Where the error is damage, nothing was changed.
    /// - Complexity: O(bytes of the journal behind `startingAfter`); reads each byte once, but the heads of segments.
    public static func open(
        _ storage: any JournalStorage, identity: JournalIdentity, configuration: JournalConfiguration = .init(),
        startingAfter: UInt64 = 0, onUpcoming: (UpcomingRecords) -> Void = { _ in },
        onRecord: (_ record: Span<UInt8>, _ position: JournalPosition) throws -> Void
    ) throws -> Journal {
        try configuration.validate()
        let expectedID: JournalID? = if case .existing(let id) = identity { id } else { nil }
        var walk = JournalWalk(
            storage: storage, expectedID: expectedID, startingAfter: startingAfter, skippingTo: startingAfter,
            syncing: true)
        try walk.run(onBlock: { _, _ in }, onUpcoming: onUpcoming, onRecord: onRecord)
        let survey = walk.survey
        if let expectedID, survey.segments.isEmpty { throw JournalError.missing(expectedID) }
        do throws(StorageError) {
            var recovery = JournalRecovery()
            recovery.removedFiles = try removeTemporaryFiles(survey, storage)
            if survey.segments.isEmpty, case .foundedAs(let id) = identity {
                return try found(id, storage: storage, configuration: configuration, recovery: recovery)
            }
            return try resume(survey, storage: storage, configuration: configuration, recovery: recovery)
        } catch {
            throw JournalError.storage(error)
        }
    }

    private static func removeTemporaryFiles(
        _ survey: JournalSurvey, _ storage: any JournalStorage
    ) throws(StorageError) -> [String] {
        for name in survey.temporaryFiles { try storage.remove(name) }
        if !survey.temporaryFiles.isEmpty { try storage.syncDirectory() }
        return survey.temporaryFiles
    }

    private static func found(
        _ id: JournalID, storage: any JournalStorage, configuration: JournalConfiguration, recovery: JournalRecovery
    ) throws(StorageError) -> Journal {
        let header = SegmentHeader(number: 1, journal: id, bytes: configuration.segmentBytes(number: 1))
        let name = JournalFormat.segmentName(1)
        try storage.prepare(name, header: header.encoded(), bytes: header.bytes)
        var recovery = recovery
        recovery.wasFounded = true
        recovery.segmentCount = 1
        let current = CurrentSegment(
            file: try storage.open(name, for: .blocks), number: 1, bytes: header.bytes,
            offset: JournalFormat.segmentHeaderBytes)
        return Journal(
            id: id, configuration: configuration, storage: storage, recovery: recovery, current: current, next: .absent,
            full: [], before: 0, lastRecordSequence: 0, vouched: 0)
    }

    private static func resume(
        _ survey: JournalSurvey, storage: any JournalStorage, configuration: JournalConfiguration,
        recovery: JournalRecovery
    ) throws(StorageError) -> Journal {
        let currentIndex = survey.segments.lastIndex { $0.blocks != nil } ?? 0
        let segment = survey.segments[currentIndex]
        let later = survey.segments[(currentIndex + 1)...]
        let isClean = { (segment: JournalSurvey.Segment) in segment.lastUsed == JournalFormat.segmentHeaderBytes }
        let kept = later.first.flatMap { isClean($0) ? $0 : nil }

        var recovery = recovery
        for segment in later.reversed() where segment.number != kept?.number {
            // The highest first, each made durable before the next, so that a crash never leaves a hole.
            let name = JournalFormat.segmentName(segment.number)
            try storage.remove(name)
            try storage.syncDirectory()
            recovery.removedFiles.append(name)
        }
        let name = JournalFormat.segmentName(segment.number)
        if segment.lastUsed > segment.end {
            let file = try storage.open(name, for: .write)
            defer { storage.close(file) }
            try storage.writeZeros(file, segment.end..<segment.lastUsed)
            try storage.sync(file)
        }

        recovery.lastSequence = survey.lastSequence
        recovery.blockCount = survey.blockCount
        recovery.recordCount = survey.recordCount
        recovery.segmentCount = currentIndex + 1
        recovery.bytesRead = survey.bytesRead
        recovery.tornTail = survey.tornTail
        let current = CurrentSegment(
            file: try storage.open(name, for: .blocks), number: segment.number, bytes: segment.bytes,
            offset: segment.end)
        let full = survey.segments[..<currentIndex].map { segment in
            FullSegment(number: segment.number, lastSequence: segment.blocks?.upperBound ?? 0)
        }
        return Journal(
            id: survey.id ?? JournalID(high: 0, low: 0), configuration: configuration, storage: storage,
            recovery: recovery, current: current, next: kept.map { .ready(bytes: $0.bytes) } ?? .absent, full: full,
            before: survey.before, lastRecordSequence: survey.lastRecordSequence, vouched: survey.vouchedByBlocks)
    }
}
