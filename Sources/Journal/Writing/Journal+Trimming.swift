// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Trimming: segments that a snapshot has made superfluous go.
extension Journal {
    /// Removes segments whose every block is at most `sequence`, oldest first; never the one in use. Call it once a
    /// verified snapshot holds everything up to `sequence`. Blocks the calling thread.
    ///
    /// - Throws: ``StorageError``. What is left is tried again by the next call, whatever it is to remove besides.
    public func trim(through sequence: UInt64) throws(StorageError) {
        removal.add(giveUpSegments(through: sequence))
        try removal.run(in: storage)
    }

    /// Forgets the segments that ``trim(through:)`` removes, and names them, oldest first: the owner has a
    /// ``SegmentRemoval`` on another thread remove their files, so that this one does not wait for the disk.
    package func giveUpSegments(through sequence: UInt64) -> [UInt32] {
        var numbers: [UInt32] = []
        while let oldest = full.first, oldest.lastSequence <= sequence, oldest.lastSequence < durable {
            numbers.append(oldest.number)
            full.removeFirst()
        }
        return numbers
    }
}

/// Segments that a journal has given up and whose files are still to be removed.
///
/// What fails stays here for the next run. What a crash leaves is a part of the journal again at the next opening, which
/// is right, only longer than needed: it is given up once more.
package struct SegmentRemoval: Sendable {
    /// Oldest first.
    private var numbers: [UInt32] = []

    package init() {}

    package var isEmpty: Bool { numbers.isEmpty }

    /// Takes segments over that are newer than all that are left, oldest first.
    package mutating func add(_ givenUp: [UInt32]) { numbers += givenUp }

    /// Removes the files, each removal made durable before the next, so that a crash never leaves a hole.
    package mutating func run(in storage: any DirectoryStorage) throws(StorageError) {
        while let number = numbers.first {
            do throws(StorageError) {
                try storage.remove(JournalFormat.segmentName(number))
            } catch {
                // A name that is gone already needs only the sync.
                guard error.errno == 2 else { throw error }
            }
            try storage.syncDirectory()
            numbers.removeFirst()
        }
    }
}
