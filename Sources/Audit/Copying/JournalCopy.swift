// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Copies the directory of one journal, its snapshots first, while a daemon may be writing to it.
///
/// Of each segment only what is proven to be there is copied: the unbroken sequence of whole blocks. What comes after it
/// in the file (writes under way complete in any order) is zeros in the copy. Every block that was durable when the copy
/// began is in that sequence. Snapshots are read before the journal, so that the journal holds what they stand on; when
/// a snapshot or a segment is gone before it was copied, because the daemon put newer ones in its place, the directory is
/// copied once more.
struct JournalCopy {
    let source: String
    let target: String
    let id: JournalID
    /// What its snapshots hold.
    let kind: UInt32
    /// Whether the zeros behind the last block are written, so that a disk has room for them when a daemon needs it.
    let writesZeros: Bool

    /// What was copied.
    struct Copied: Sendable {
        var segments = 0
        var snapshots = 0
        var bytes = 0
        var firstSequence: UInt64 = 0
        var lastSequence: UInt64 = 0
    }

    /// Times that a directory which changes under the reader's eyes is copied again at most.
    private static let attemptsMax = 8

    /// - Parameter isInUse: asked after a failure: only a daemon's doing is worth another attempt.
    /// - Throws: ``JournalError``, `SnapshotError` or `StorageError`.
    func run(isInUse: () -> Bool) throws -> Copied {
        try PosixDirectory.createIfMissing(target)
        let to = try PosixDirectory(target)
        var attempt = 0
        while true {
            attempt += 1
            do {
                for name in try to.list() { try to.remove(name) }
                return try copy(from: PosixDirectory(source), to: to)
            } catch {
                if attempt == Self.attemptsMax || !isInUse() || Self.isOfTarget(error, target) { throw error }
            }
        }
    }

    /// A failure of the disk that is written to is not mended by trying again.
    private static func isOfTarget(_ error: any Error, _ target: String) -> Bool {
        guard let error = error as? StorageError else { return false }
        switch error.operation {
        case .create, .write, .sync, .syncDirectory, .rename, .remove: return true
        default: return error.file.hasPrefix(target)
        }
    }

    private func copy(from: PosixDirectory, to: PosixDirectory) throws -> Copied {
        var copied = Copied()
        let base = try copySnapshots(from, to, &copied)
        // The journal is read first and then copied: the blocks that the walk accepted do not change any more.
        let survey = try JournalReader.walk(
            from, id: id,
            onBlock: { header, _ in if copied.firstSequence == 0 { copied.firstSequence = header.sequence } },
            onRecord: { _, _ in })
        guard copied.firstSequence <= base + 1 else {
            throw JournalError.corrupt(
                file: JournalFormat.segmentName(survey.segments.first?.number ?? 1), offset: 0,
                reason: "it begins at block \(copied.firstSequence), and the oldest snapshot ends with block \(base)")
        }
        copied.lastSequence = survey.lastSequence
        for segment in survey.segments where segment.blocks != nil {
            try copySegment(segment, from, to, &copied)
        }
        try to.syncDirectory()
        return copied
    }

    // MARK: Snapshots

    /// Copies the manifest and the snapshots that it names. Returns the block that the oldest of them ends with; 0
    /// where there is none.
    private func copySnapshots(
        _ from: PosixDirectory, _ to: PosixDirectory, _ copied: inout Copied
    ) throws -> UInt64 {
        let shelf = try SnapshotShelf.open(from, journal: id, kind: kind, syncing: false)
        guard !shelf.candidates.isEmpty else { return 0 }
        for snapshot in shelf.candidates {
            copied.bytes += try copyFile(snapshot.name, from, to)
            copied.snapshots += 1
        }
        // A manifest as the shelf knows it: the file may have been replaced since it was read.
        if try from.list().contains(SnapshotFormat.manifestName) {
            copied.bytes += try copyFile(SnapshotFormat.manifestName, from, to)
            try to.syncDirectory()
            let copy = try SnapshotShelf.open(to, journal: id, kind: kind, syncing: false)
            guard copy.candidates == shelf.candidates else {
                throw SnapshotError.damaged(file: SnapshotFormat.manifestName, offset: 0, .unlikeManifest)
            }
        }
        return shelf.candidates.last?.sequence ?? 0
    }

    /// Copies a whole file and makes it durable. Returns its bytes.
    private func copyFile(_ name: String, _ from: PosixDirectory, _ to: PosixDirectory) throws -> Int {
        let file = try from.open(name, for: .read)
        defer { from.close(file) }
        let bytes = try from.size(of: file)
        let copy = try to.create(name)
        defer { to.close(copy) }
        try copyBytes(0..<bytes, of: file, from, into: copy, to)
        try to.sync(copy)
        return bytes
    }

    // MARK: Segments

    private func copySegment(
        _ segment: JournalSurvey.Segment, _ from: PosixDirectory, _ to: PosixDirectory, _ copied: inout Copied
    ) throws {
        let name = JournalFormat.segmentName(segment.number)
        let file = try from.open(name, for: .read)
        defer { from.close(file) }
        let copy = try to.create(name)
        defer { to.close(copy) }
        try copyBytes(0..<segment.end, of: file, from, into: copy, to)
        if segment.end < segment.bytes {
            // A file has its full size from the beginning. One page at its end makes the rest a hole.
            let zerosFrom = writesZeros ? segment.end : segment.bytes - JournalFormat.alignment
            try writeZeros(zerosFrom..<segment.bytes, into: copy, to)
        }
        try to.sync(copy)
        copied.segments += 1
        copied.bytes += segment.end
    }

    private static let pieceBytes = 1 << 20

    private func copyBytes(
        _ range: Range<Int>, of file: StorageFile, _ from: PosixDirectory, into copy: StorageFile, _ to: PosixDirectory
    ) throws(StorageError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 4_096)
        defer { memory.deallocate() }
        var at = range.lowerBound
        while at < range.upperBound {
            let piece = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(memory.count, range.upperBound - at)])
            let count = try from.read(file, at: at, into: piece)
            guard count == piece.count else {
                throw StorageError(.read, "\(from.path), which became shorter", errno: 0)
            }
            try to.write(copy, at: at, from: UnsafeRawBufferPointer(piece))
            at += count
        }
    }

    private func writeZeros(_ range: Range<Int>, into copy: StorageFile, _ to: PosixDirectory) throws(StorageError) {
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 4_096)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        var at = range.lowerBound
        while at < range.upperBound {
            let count = min(zeros.count, range.upperBound - at)
            try to.write(copy, at: at, from: UnsafeRawBufferPointer(rebasing: zeros[..<count]))
            at += count
        }
    }
}
