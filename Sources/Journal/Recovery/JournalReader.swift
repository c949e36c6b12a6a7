// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads a journal and changes nothing, not even a torn tail: for verifying and inspecting.
public enum JournalReader {
    /// Walks the journal in order and returns what it holds.
    ///
    /// Records are handed out before the end of the journal is seen: until this returns, they are not proven to belong to
    /// an undamaged journal.
    ///
    /// - Parameters:
    ///   - id: the journal that must be there, or nil for any.
    ///   - startingAfter: hand out only records of blocks after this one, and fail where the journal does not hold all of
    ///     them; 0 for a journal that must be whole from its first block, nil to begin wherever it begins. Segments that
    ///     end before it are not read.
    ///   - onBlock: called for each block before its records, with its place in the file.
    ///   - onRecord: called for each record; the span is good only during the call.
    /// - Throws: ``JournalError`` for damage, and what the closures throw.
    /// - Complexity: O(bytes of the journal behind `startingAfter`); reads each byte once, but the heads of segments, and
    ///   keeps one mebibyte in memory.
    public static func walk(
        _ storage: any DirectoryStorage, id: JournalID? = nil, startingAfter: UInt64? = nil,
        onBlock: (_ header: BlockHeader, _ offset: Int) throws -> Void = { _, _ in },
        onRecord: (_ record: Span<UInt8>, _ position: JournalPosition) throws -> Void
    ) throws -> JournalSurvey {
        var walk = JournalWalk(
            storage: storage, expectedID: id, startingAfter: startingAfter, skippingTo: startingAfter, syncing: false)
        try walk.run(onBlock: onBlock, onRecord: onRecord)
        return walk.survey
    }

    /// Lists the segments with the sequences of their first and last blocks. Reads only the last segment that holds
    /// blocks, and the heads of the others.
    ///
    /// - Throws: ``JournalError`` for damage in what it reads.
    public static func outline(_ storage: any DirectoryStorage, id: JournalID? = nil) throws -> JournalSurvey {
        var walk = JournalWalk(
            storage: storage, expectedID: id, startingAfter: nil, skippingTo: .max, syncing: false)
        try walk.run(onBlock: { _, _ in }, onRecord: { _, _ in })
        return walk.survey
    }
}
