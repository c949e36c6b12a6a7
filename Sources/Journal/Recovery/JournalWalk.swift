// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads a journal from its first segment to its last, hands out its records in order, and judges what does not fit:
/// torn by a crash, or rotten?
///
/// A crash can leave these states and no others, because a block is written only behind one that was submitted before
/// it, a segment's first block only when all blocks before it are durable, and a segment appears under its name only
/// when it is whole and synced:
///
/// | found | judged | done by opening |
/// | --- | --- | --- |
/// | no segment, perhaps a temporary file, and no snapshot | never founded | found it; the temporary file goes |
/// | whole blocks, then zeros to the end | a clean end | go on behind the last block |
/// | a prepared segment without blocks behind that | a clean end | keep it as the next one |
/// | a temporary file beside segments | a preparation was under way | the temporary file goes |
/// | in the last segment that holds blocks, something behind the last whole block, and no later block names it as durable | torn tail | cut: zeros from there on, synced |
/// | the same, and whole blocks behind the torn one that do not name it | torn tail: they were under way too, and acknowledgement is in order | cut with it |
/// | something in a segment whose every block is torn, behind a segment that ends clean | torn tail | that segment goes |
/// | the first segments are gone, and a snapshot's position is in the first one that is there, or right before it | trimmed behind that snapshot | go on from the position |
/// | segments that end before the snapshot's position | not yet trimmed, or kept for an older snapshot | only their heads are looked at; they stay |
///
/// Everything else is damage, and the journal is refused, file and offset named, nothing changed:
///
/// | found | why no crash did it |
/// | --- | --- |
/// | a bad block at or below a sequence that a later block names as durable | it was durable |
/// | a bad block, or anything but zeros behind the last block, in a segment before one that holds a block | all of it was durable before the later segment was begun |
/// | a whole block of another sequence than its place wants, or that names another block before it than there is | writes that were under way never lie in another's place, and a cut tail is zeros |
/// | a hole in the numbers of the segments; a first segment that is not number 1 and begins with no whole block | segments are removed from the oldest on, and only when a later one holds a durable block |
/// | a segment that ends before the snapshot's position and whose head is damaged, or begins with a later block than the segment behind it | all of it was durable before the later segment was begun |
/// | a bad block at or below the snapshot's position | a snapshot is promoted only when the journal is durable up to it |
/// | the journal begins behind the snapshot's position, or behind block 1 where there is no snapshot: refused as a gap | segments are removed only behind a promoted snapshot |
/// | the journal ends clean before the snapshot's position, or has no segment: refused as behind its snapshot | as above; a disk that lost what it called durable, or another directory's snapshot |
/// | a segment header that is not whole, or a file of another size than its header says | a segment appears under its name only when it is synced |
/// | a segment or block of another journal | refused as foreign |
/// | a newer format version | refused as newer |
///
/// Reading begins with the segment that holds the snapshot's position, so that opening takes as long as there is journal
/// behind the snapshot. What was not read is not vouched for; reading without a position, as verifying does, reads all.
///
/// "A block names" also counts where only its header is whole: what a sound header says was true when it was written.
struct JournalWalk: ~Copyable {
    /// Something that is not a whole block where one could be.
    private struct BadPlace {
        var segment: Int
        var offset: Int
        var sequence: UInt64
        var reason: String
    }

    let storage: any DirectoryStorage
    let expectedID: JournalID?
    private let startingAfter: UInt64?
    private let skippingTo: UInt64?
    /// The sequence that the first block which is read has by its segment's head, where segments before it are skipped.
    var expectedFirst: UInt64 = 1
    private var reader: SequentialReader
    var survey = JournalSurvey()
    private var bad: BadPlace?
    /// The last segment of which some block's header is whole: every segment before it was durable.
    private var lastSegmentWithBlock: Int?
    private var isSynced: Bool

    /// - Parameters:
    ///   - expectedID: the id that the journal must have, or nil to take that of its first segment.
    ///   - startingAfter: the position of the snapshot that the records are for: only records behind it are handed out,
    ///     and the journal must hold all of them. 0 for a journal that must be whole; nil to take what there is.
    ///   - skippingTo: read only from the last segment on that begins at or before this block; nil to read all.
    ///   - syncing: whether each file is synced before it is read, so that what was read cannot be lost later.
    init(
        storage: any DirectoryStorage, expectedID: JournalID?, startingAfter: UInt64?, skippingTo: UInt64?,
        syncing: Bool
    ) {
        self.storage = storage
        self.expectedID = expectedID
        self.startingAfter = startingAfter
        self.skippingTo = skippingTo
        isSynced = !syncing
        reader = SequentialReader(storage: storage)
    }

    typealias OnBlock = (_ header: BlockHeader, _ offset: Int) throws -> Void
    typealias OnUpcoming = (UpcomingRecords) -> Void
    typealias OnRecord = (_ record: Span<UInt8>, _ position: JournalPosition) throws -> Void

    /// Walks all of it that is not skipped. Throws ``JournalError`` for damage, and what the closures throw.
    mutating func run(onBlock: OnBlock, onUpcoming: OnUpcoming = { _ in }, onRecord: OnRecord) throws {
        let numbers = try listSegments()
        var begin = 0
        if let skippingTo, skippingTo > 0 { begin = try skipSegments(numbers, before: skippingTo) }
        for index in begin..<numbers.count {
            try walk(
                segment: numbers[index], index: index, onBlock: onBlock, onUpcoming: onUpcoming, onRecord: onRecord)
        }
        survey.bytesRead += reader.bytesRead
        try judge()
    }

    // MARK: Segments

    private mutating func listSegments() throws -> [UInt32] {
        let names: [String]
        do {
            if !isSynced { try storage.syncDirectory() }
            names = try storage.list()
        } catch {
            throw JournalError.storage(error)
        }
        survey.temporaryFiles = names.filter(JournalFormat.isTemporaryName).sorted()
        let numbers = names.compactMap(JournalFormat.segmentNumber(ofName:)).sorted()
        for (left, right) in zip(numbers, numbers.dropFirst()) where right != left + 1 {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(left + 1), offset: 0,
                reason: "the file is missing, and \(JournalFormat.segmentName(right)) is there")
        }
        return numbers
    }

    private mutating func walk(
        segment number: UInt32, index: Int, onBlock: OnBlock, onUpcoming: OnUpcoming, onRecord: OnRecord
    ) throws {
        let name = JournalFormat.segmentName(number)
        do {
            let file = try storage.open(name, for: isSynced ? .read : .write)
            defer { storage.close(file) }
            if !isSynced { try storage.sync(file) }
            reader.begin(file, bytes: try storage.size(of: file))
            let view = try reader.view(at: 0, count: JournalFormat.segmentHeaderBytes)
            try check(SegmentHeader.read(view), number: number, name: name, fileBytes: reader.fileBytes)
            survey.segments.append(
                JournalSurvey.Segment(
                    number: number, bytes: reader.fileBytes, end: JournalFormat.segmentHeaderBytes, blocks: nil,
                    lastUsed: JournalFormat.segmentHeaderBytes))
            let end = try walkBlocks(
                index: index, name: name, onBlock: onBlock, onUpcoming: onUpcoming, onRecord: onRecord)
            try walkRest(index: index, from: end, name: name)
        } catch let error as StorageError {
            throw JournalError.storage(error)
        }
    }

    mutating func check(_ reading: SegmentHeader.Reading, number: UInt32, name: String, fileBytes: Int) throws {
        let header: SegmentHeader
        switch reading {
        case .header(let read): header = read
        case .newerVersion(let version): throw JournalError.newerVersion(file: name, version: version)
        case .notAHeader:
            throw JournalError.corrupt(file: name, offset: 0, reason: "the segment's header is damaged")
        }
        let id = survey.id ?? expectedID ?? header.journal
        guard header.journal == id else {
            throw JournalError.foreign(file: name, found: header.journal, expected: id)
        }
        survey.id = id
        guard header.number == number else {
            throw JournalError.corrupt(file: name, offset: 0, reason: "it is segment \(header.number) by its header")
        }
        guard header.bytes == fileBytes, header.bytes % JournalFormat.alignment == 0 else {
            throw JournalError.corrupt(
                file: name, offset: min(header.bytes, fileBytes),
                reason: "the file has \(fileBytes) bytes, and \(header.bytes) by its header")
        }
    }

    // MARK: Blocks

    /// Hands out blocks as long as each is what its place wants. Returns where that ends.
    private mutating func walkBlocks(
        index: Int, name: String, onBlock: OnBlock, onUpcoming: OnUpcoming, onRecord: OnRecord
    ) throws -> Int {
        var offset = JournalFormat.segmentHeaderBytes
        while bad == nil, offset < reader.fileBytes {
            let page = try page(at: offset, name: name)
            let header: BlockHeader
            switch BlockHeader.read(page) {
            case .header(let read): header = read
            case .newerVersion(let version): throw JournalError.newerVersion(file: name, version: version)
            case .notAHeader:
                if !page.isZero { markBad(index: index, offset: offset, reason: "the block's header is damaged") }
                return offset
            }
            guard header.journal == survey.id else {
                throw JournalError.foreign(file: name, found: header.journal, expected: survey.id ?? header.journal)
            }
            let block = try reader.view(at: offset, count: header.blockBytes)
            guard header.matchesBody(of: block) else {
                markBad(index: index, offset: offset, reason: "the block's body is damaged")
                return offset
            }
            try checkPlace(of: header, index: index, offset: offset, name: name)
            try accept(
                header, block, index: index, offset: offset, name: name, onBlock: onBlock, onUpcoming: onUpcoming,
                onRecord: onRecord)
            offset += header.blockBytes
        }
        return offset
    }

    private mutating func page(at offset: Int, name: String) throws -> UnsafeRawBufferPointer {
        let page = try reader.view(at: offset, count: JournalFormat.alignment)
        guard page.count == JournalFormat.alignment else {
            throw JournalError.corrupt(file: name, offset: offset, reason: "the file became shorter while it was read")
        }
        return page
    }

    /// A whole block in a place that wants another one is not the work of a crash.
    private func checkPlace(of header: BlockHeader, index: Int, offset: Int, name: String) throws {
        func damage(_ reason: String) -> JournalError { .corrupt(file: name, offset: offset, reason: reason) }
        try checkSelf(of: header, number: survey.segments[index].number, offset: offset, name: name)
        if survey.lastSequence == 0 {
            if let startingAfter, header.sequence > startingAfter + 1 {
                throw JournalError.gap(file: name, first: header.sequence, needed: startingAfter + 1)
            }
            return
        }
        if header.sequence != survey.lastSequence + 1 {
            if index > 0, survey.segments[index].blocks == nil {
                let before = survey.segments[index - 1]
                throw JournalError.corrupt(
                    file: JournalFormat.segmentName(before.number), offset: before.end,
                    reason: "block \(survey.lastSequence + 1) belongs here, and \(name) begins with \(header.sequence)")
            }
            throw damage("block \(survey.lastSequence + 1) belongs here, not \(header.sequence)")
        }
        if header.before != survey.before {
            throw damage("the block does not follow the block before it")
        }
    }

    /// What a block must say of itself, whichever block is before it.
    func checkSelf(of header: BlockHeader, number: UInt32, offset: Int, name: String) throws {
        func damage(_ reason: String) -> JournalError { .corrupt(file: name, offset: offset, reason: reason) }
        if header.segment != number { throw damage("the block belongs to segment \(header.segment)") }
        if header.durable >= header.sequence { throw damage("the block names itself as durable") }
        if number == 1, offset == JournalFormat.segmentHeaderBytes, header.sequence != 1 {
            throw damage("block 1 belongs here, not \(header.sequence)")
        }
    }

    private mutating func accept(
        _ header: BlockHeader, _ block: UnsafeRawBufferPointer, index: Int, offset: Int, name: String,
        onBlock: OnBlock, onUpcoming: OnUpcoming, onRecord: OnRecord
    ) throws {
        try onBlock(header, offset)
        if header.sequence > startingAfter ?? 0 {
            let payloadEnd = JournalFormat.blockHeaderBytes + header.payloadBytes
            let payload = UnsafeRawBufferPointer(rebasing: block[JournalFormat.blockHeaderBytes..<payloadEnd])
            let isWhole = try Self.forEachRecord(
                in: payload, count: header.recordCount, onUpcoming: onUpcoming
            ) { record, number in
                try onRecord(
                    record.bytes,
                    JournalPosition(sequence: header.sequence, record: number, segment: header.segment, offset: offset))
            }
            guard isWhole else {
                throw JournalError.corrupt(
                    file: name, offset: offset, reason: "the records of the block do not fill its payload")
            }
            survey.recordCount += UInt64(header.recordCount)
        }
        survey.blockCount += 1
        survey.lastSequence = header.sequence
        survey.before = header.checksum
        if header.recordCount > 0 { survey.lastRecordSequence = header.sequence }
        let first = survey.segments[index].blocks?.lowerBound ?? header.sequence
        survey.segments[index].blocks = first...header.sequence
        survey.segments[index].end = offset + header.blockBytes
        survey.segments[index].lastUsed = offset + header.blockBytes
        survey.vouchedByBlocks = max(survey.vouchedByBlocks, header.durable)
        note(header, index: index)
    }

    // MARK: Behind the blocks

    /// Looks at every page from `start` on: is it zeros, and does something there bear witness to what was durable?
    private mutating func walkRest(index: Int, from start: Int, name: String) throws {
        var offset = start
        while offset < reader.fileBytes {
            let page = try page(at: offset, name: name)
            if !page.isZero {
                markBad(index: index, offset: start, reason: "there is something behind the last block")
                survey.segments[index].lastUsed = offset + JournalFormat.alignment
                if case .header(let header) = BlockHeader.read(page), header.journal == survey.id,
                    header.segment == survey.segments[index].number
                {
                    note(header, index: index)
                }
            }
            offset += JournalFormat.alignment
        }
    }

    private mutating func note(_ header: BlockHeader, index: Int) {
        survey.vouched = max(survey.vouched, header.durable)
        lastSegmentWithBlock = index
    }

    private mutating func markBad(index: Int, offset: Int, reason: String) {
        if bad != nil { return }
        let sequence = survey.lastSequence == 0 ? expectedFirst : survey.lastSequence + 1
        bad = BadPlace(segment: index, offset: offset, sequence: sequence, reason: reason)
    }

    // MARK: Judgement

    private mutating func judge() throws {
        try judgeBeginning()
        try judgeEnd()
        guard let bad else { return }
        let segment = survey.segments[bad.segment]
        let name = JournalFormat.segmentName(segment.number)
        if survey.vouched >= bad.sequence {
            throw JournalError.corrupt(
                file: name, offset: bad.offset,
                reason: "\(bad.reason), and a later block says that block \(bad.sequence) was durable")
        }
        if let lastSegmentWithBlock, lastSegmentWithBlock > bad.segment {
            throw JournalError.corrupt(
                file: name, offset: bad.offset, reason: "\(bad.reason), and a later segment holds blocks")
        }
        survey.tornTail = TornTail(
            sequence: bad.sequence, file: name, offset: bad.offset,
            end: survey.segments[bad.segment].lastUsed)
    }

    private func judgeBeginning() throws {
        guard let first = survey.segments.first else { return }
        if first.number != 1, first.blocks == nil {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(first.number), offset: JournalFormat.segmentHeaderBytes,
                reason: "the segments before it are gone, and it holds no block")
        }
        // Behind a bad place no block was handed out, and it is the bad place that is to be named.
        if let empty = survey.segments.indices.first(where: { survey.segments[$0].blocks == nil }),
            let lastSegmentWithBlock, lastSegmentWithBlock > empty, empty <= bad?.segment ?? .max
        {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(survey.segments[empty].number),
                offset: JournalFormat.segmentHeaderBytes,
                reason: "it holds no whole block, and a later segment does")
        }
    }

    /// A snapshot is a witness too: the block that it stands on was durable.
    private func judgeEnd() throws {
        guard let startingAfter, survey.lastSequence < startingAfter else { return }
        if let bad {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(survey.segments[bad.segment].number), offset: bad.offset,
                reason: "\(bad.reason), and a snapshot stands on block \(startingAfter)")
        }
        let last = survey.segments.last { $0.blocks != nil } ?? survey.segments.first
        throw JournalError.behindSnapshot(
            file: JournalFormat.segmentName(last?.number ?? 1), offset: last?.end ?? 0, last: survey.lastSequence,
            snapshot: startingAfter)
    }
}

extension JournalWalk {
    /// Hands out the records of a payload, some of them announced before. Returns whether they fill it exactly.
    static func forEachRecord(
        in payload: UnsafeRawBufferPointer, count: Int, onUpcoming: OnUpcoming = { _ in },
        _ body: (_ record: UnsafeRawBufferPointer, _ number: Int) throws -> Void
    ) rethrows -> Bool {
        var offset = 0
        for number in 0..<count {
            if number % UpcomingRecords.countMax == 0 {
                onUpcoming(UpcomingRecords(payload: payload, offset: offset, left: count - number))
            }
            guard payload.count - offset >= JournalFormat.recordHeaderBytes else { return false }
            let length = Int(payload.integer(at: offset, as: UInt32.self))
            offset += JournalFormat.recordHeaderBytes
            guard length <= JournalFormat.recordBytesMax, length <= payload.count - offset else { return false }
            try body(UnsafeRawBufferPointer(rebasing: payload[offset..<(offset + length)]), number)
            offset += length
        }
        return offset == payload.count
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as a span, good as long as the buffer is.
    @inline(__always)
    var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = Span<UInt8>(_unsafeBytes: self)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
