// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The first two pages of a segment's file: its header and the header of its first block, which together say which
/// blocks the segment begins with, whatever its length.
struct SegmentHead {
    static let bytes = JournalFormat.segmentHeaderBytes + JournalFormat.alignment

    var fileBytes: Int
    var header: SegmentHeader.Reading
    var firstBlock: BlockHeader.Reading

    /// Reads the head of a segment into `memory`, of ``bytes`` bytes.
    init(_ name: String, in storage: any DirectoryStorage, memory: UnsafeMutableRawBufferPointer) throws(StorageError) {
        let file = try storage.open(name, for: .read)
        defer { storage.close(file) }
        fileBytes = try storage.size(of: file)
        let count = try storage.read(file, at: 0, into: memory)
        let read = UnsafeRawBufferPointer(rebasing: memory[..<count])
        header = SegmentHeader.read(read)
        firstBlock = .notAHeader
        if count == Self.bytes {
            firstBlock = BlockHeader.read(UnsafeRawBufferPointer(rebasing: read[JournalFormat.segmentHeaderBytes...]))
        }
    }

    /// The sequence of the first block of segment `number`; nil where the head is not whole, or not that segment's of
    /// that journal.
    func firstSequence(number: UInt32, id: JournalID?) -> UInt64? {
        guard case .header(let header) = header, case .header(let block) = firstBlock,
            header.number == number, block.segment == number, header.journal == block.journal,
            id == nil || header.journal == id
        else { return nil }
        return block.sequence
    }
}

extension JournalWalk {
    /// Finds the segment to begin with: the last one whose first block is at or before the position, so that the block
    /// at the position is read too and proven to be there. Where the journal was trimmed right up to the position there
    /// is none, and it begins with its first segment.
    ///
    /// The segments before it are noted without reading them: of each only its head is looked at, since its last block is
    /// the one before the next segment's first. A head that is damaged there is damage like any other; in a later segment
    /// it is left to the walk, which tells a torn one from a rotten one.
    ///
    /// - Returns: the index of the segment to begin with.
    mutating func skipSegments(_ numbers: [UInt32], before position: UInt64) throws -> Int {
        let heads: [SegmentHead]
        do {
            heads = try readHeads(numbers)
        } catch {
            throw JournalError.storage(error)
        }
        let firsts = zip(numbers, heads).map { $1.firstSequence(number: $0, id: expectedID) }
        guard let begin = firsts.lastIndex(where: { $0.map { $0 <= position } ?? false }), begin > 0 else { return 0 }
        for index in 0..<begin { try check(heads[index], number: numbers[index]) }
        for index in 0..<begin {
            try note(numbers[index], bytes: heads[index].fileBytes, first: firsts[index], next: firsts[index + 1])
        }
        expectedFirst = firsts[begin] ?? 1
        return begin
    }

    private mutating func readHeads(_ numbers: [UInt32]) throws(StorageError) -> [SegmentHead] {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SegmentHead.bytes, alignment: JournalFormat.alignment)
        defer { memory.deallocate() }
        var heads: [SegmentHead] = []
        for number in numbers.reversed() {
            let head = try SegmentHead(JournalFormat.segmentName(number), in: storage, memory: memory)
            heads.append(head)
            survey.bytesRead += min(head.fileBytes, SegmentHead.bytes)
        }
        return heads.reversed()
    }

    /// Checks the head of a segment that is not read, as reading it would.
    private mutating func check(_ head: SegmentHead, number: UInt32) throws {
        let name = JournalFormat.segmentName(number)
        let offset = JournalFormat.segmentHeaderBytes
        try check(head.header, number: number, name: name, fileBytes: head.fileBytes)
        switch head.firstBlock {
        case .header(let block):
            guard block.journal == survey.id else {
                throw JournalError.foreign(file: name, found: block.journal, expected: survey.id ?? block.journal)
            }
            try checkSelf(of: block, number: number, offset: offset, name: name)
        case .newerVersion(let version): throw JournalError.newerVersion(file: name, version: version)
        case .notAHeader:
            throw JournalError.corrupt(
                file: name, offset: offset, reason: "the block's header is damaged, and a later segment holds blocks")
        }
    }

    /// Notes a segment that is not read: its last block is the one before the `next` segment's first.
    private mutating func note(_ number: UInt32, bytes: Int, first: UInt64?, next: UInt64?) throws {
        guard let first, let next, next > first else {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(number + 1), offset: JournalFormat.segmentHeaderBytes,
                reason: "it begins with no later block than \(JournalFormat.segmentName(number))")
        }
        survey.segments.append(
            JournalSurvey.Segment(
                number: number, bytes: bytes, end: bytes, blocks: first...(next - 1), lastUsed: bytes, isRead: false))
    }
}
