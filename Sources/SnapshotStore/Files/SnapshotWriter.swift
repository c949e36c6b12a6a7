// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// Writes one snapshot aside, frame after frame, and proves at the end that it can be read.
///
/// Its memory is bounded whatever the size of the state: a buffer of a mebibyte, and one context of zstd; while
/// ``finish(stateDigest:)`` reads back, as much once more. Used by one thread at a time, not necessarily the one that
/// made it. Once something fails the file is removed and every later call throws the same error.
public final class SnapshotWriter {
    public let header: SnapshotHeader
    /// The name under which it is written; ``SnapshotShelf/promote(_:journalDurableThrough:)`` gives it its own.
    public let temporaryName: String
    private let storage: any DirectoryStorage
    private let compressor: Compressor
    private var file: StorageFile?
    private let buffer: UnsafeMutableRawBufferPointer
    private var bufferedBytes = 0
    /// Bytes that were handed to the storage.
    private var writtenBytes = 0
    private var syncedBytes = 0
    private var footer: SnapshotFooter
    private var frameHeaders = CRC32C()
    private var failure: SnapshotError?
    private var isFinished = false

    private static let bufferBytes = 1 << 20

    /// Begins a snapshot under its temporary name.
    ///
    /// - Parameter level: zstd's level of compression, one of ``SnapshotFormat/levels``.
    /// - Throws: ``SnapshotError``.
    public init(
        _ storage: any DirectoryStorage, header: SnapshotHeader, level: Int = 1
    ) throws(SnapshotError) {
        precondition(SnapshotFormat.levels.contains(level), "no such level of compression")
        self.header = header
        self.storage = storage
        temporaryName = SnapshotFormat.temporaryName(of: SnapshotFormat.snapshotName(header.sequence))
        do throws(StorageError) {
            compressor = try Compressor(level: level)
            file = try storage.create(temporaryName)
        } catch {
            throw .storage(error)
        }
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: JournalFormat.alignment)
        let checksum = header.write(to: buffer)
        footer = SnapshotFooter(sequence: header.sequence, stateDigest: 0, headerChecksum: checksum)
        bufferedBytes = SnapshotFormat.headerBytes
    }

    deinit {
        buffer.deallocate()
        if let file { storage.close(file) }
    }

    /// Frames so far.
    public var frames: Int { Int(footer.frames) }
    /// Bytes of content so far.
    public var decodedBytes: Int { Int(footer.decodedBytes) }
    /// Bytes of the file so far.
    public var bytes: Int { writtenBytes + bufferedBytes }

    /// Compresses `content` as the next frame.
    ///
    /// - Precondition: it has 1 to ``SnapshotFormat/frameBytesMax`` bytes.
    /// - Throws: ``SnapshotError``; the snapshot is then given up.
    /// - Complexity: O(`content.count`); allocates nothing.
    public func append(frame content: UnsafeRawBufferPointer) throws(SnapshotError) {
        precondition(
            content.count >= 1 && content.count <= SnapshotFormat.frameBytesMax,
            "a frame has 1 to \(SnapshotFormat.frameBytesMax) bytes")
        precondition(footer.frames < UInt64(UInt32.max), "a snapshot has more frames than can be counted")
        let file = try openFile()
        let needed = SnapshotFormat.frameHeaderBytes + Compressor.bound(content.count)
        if buffer.count - bufferedBytes < needed { try writeBuffer(to: file) }
        let place = UnsafeMutableRawBufferPointer(rebasing: buffer[bufferedBytes...])
        let compressedBytes: Int
        switch compressor.compress(
            content, into: UnsafeMutableRawBufferPointer(rebasing: place[SnapshotFormat.frameHeaderBytes...]))
        {
        case .success(let bytes): compressedBytes = bytes
        case .failure(let failure): throw give(up: .compression(file: temporaryName, reason: failure.reason))
        }
        FrameHeader.seal(
            place, number: UInt32(footer.frames), compressedBytes: compressedBytes, decodedBytes: content.count)
        frameHeaders.update(UnsafeRawBufferPointer(rebasing: place[..<SnapshotFormat.frameHeaderBytes]))
        bufferedBytes += SnapshotFormat.frameHeaderBytes + compressedBytes
        footer.frames += 1
        footer.compressedBytes += UInt64(compressedBytes)
        footer.decodedBytes += UInt64(content.count)
    }

    /// Ends the snapshot, makes its content durable, reads it back from the storage and verifies all of it. What is
    /// returned is whole, and still has its temporary name.
    ///
    /// - Parameter isGivenUp: asked before what takes long; where it is true, the snapshot is given up.
    /// - Throws: ``SnapshotError``; the snapshot is then given up.
    /// - Complexity: O(bytes of the snapshot and its content). Blocks the calling thread.
    public func finish(
        stateDigest: UInt64, givingUpIf isGivenUp: () -> Bool = { false }
    ) throws(SnapshotError) -> SnapshotFile {
        let file = try openFile()
        if buffer.count - bufferedBytes < SnapshotFormat.footerBytes { try writeBuffer(to: file) }
        footer.stateDigest = stateDigest
        footer.frameHeadersChecksum = frameHeaders.value
        footer.fileBytes = UInt64(bytes + SnapshotFormat.footerBytes)
        let checksum = footer.write(to: UnsafeMutableRawBufferPointer(rebasing: buffer[bufferedBytes...]))
        bufferedBytes += SnapshotFormat.footerBytes
        if isGivenUp() { throw give(up: .abandoned(file: temporaryName)) }
        try writeBuffer(to: file)
        if isGivenUp() { throw give(up: .abandoned(file: temporaryName)) }
        do throws(StorageError) {
            try storage.sync(file)
        } catch {
            throw give(up: .storage(error))
        }
        storage.close(file)
        self.file = nil
        if isGivenUp() { throw give(up: .abandoned(file: temporaryName)) }
        let written = SnapshotFile(header: header, footer: footer, checksum: checksum)
        do throws(SnapshotError) {
            let reader = try SnapshotReader(storage, name: temporaryName, expected: written)
            _ = try reader.verify(givingUpIf: isGivenUp)
        } catch {
            throw give(up: error)
        }
        isFinished = true
        return written
    }

    /// Gives the snapshot up and removes its file, if that is possible: also a finished one, as long as it was not
    /// promoted.
    public func abandon() {
        if failure == nil { _ = give(up: .abandoned(file: temporaryName)) }
    }

    private func openFile() throws(SnapshotError) -> StorageFile {
        if let failure { throw failure }
        precondition(!isFinished, "the snapshot is finished")
        guard let file else { throw .abandoned(file: temporaryName) }
        return file
    }

    private func writeBuffer(to file: StorageFile) throws(SnapshotError) {
        do throws(StorageError) {
            try storage.write(
                file, at: writtenBytes, from: UnsafeRawBufferPointer(rebasing: buffer[..<bufferedBytes]))
        } catch {
            throw give(up: .storage(error))
        }
        writtenBytes += bufferedBytes
        bufferedBytes = 0
        guard writtenBytes - syncedBytes >= SnapshotFormat.syncBytes else { return }
        // A little at a time, so that the disk never has a great heap to write while the journal waits for it.
        do throws(StorageError) {
            try storage.sync(file)
        } catch {
            throw give(up: .storage(error))
        }
        syncedBytes = writtenBytes
    }

    /// What is left behind where even removing fails is found and removed after the next start.
    private func give(up error: SnapshotError) -> SnapshotError {
        failure = error
        if let file { storage.close(file) }
        file = nil
        try? storage.remove(temporaryName)
        return error
    }
}
