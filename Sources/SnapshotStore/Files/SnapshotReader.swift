// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// Reads one snapshot from front to back, each byte once, and trusts nothing in it.
///
/// Reading reuses a buffer of a mebibyte, one for a frame's content, and one context of zstd; it allocates nothing for a
/// frame. Used by one thread at a time, not necessarily the one that made it.
public final class SnapshotReader {
    /// The name of the file that is read.
    public let name: String
    public let header: SnapshotHeader
    private let storage: any DirectoryStorage
    private let file: StorageFile
    private let expected: SnapshotFile?
    private let headerChecksum: UInt32
    private let decompressor: Decompressor
    private var reader: SequentialReader
    private let content: UnsafeMutableRawBufferPointer
    private var isRead = false

    /// Opens a snapshot and reads its header.
    ///
    /// - Parameters:
    ///   - name: the file's name, also a temporary one.
    ///   - journal: the journal that it must belong to, or nil for any.
    ///   - kind: the kind of content that it must have, or nil for any.
    ///   - expected: the snapshot that it must be, as its manifest or its writer knows it; nil to take what is there.
    /// - Throws: ``SnapshotError``.
    public init(
        _ storage: any DirectoryStorage, name: String, journal: JournalID? = nil, kind: UInt32? = nil,
        expected: SnapshotFile? = nil
    ) throws(SnapshotError) {
        self.name = name
        self.storage = storage
        self.expected = expected
        do throws(StorageError) {
            decompressor = try Decompressor()
            file = try storage.open(name, for: .read)
        } catch {
            throw .storage(error)
        }
        reader = SequentialReader(storage: storage)
        do {
            (header, headerChecksum) = try Self.begin(
                &reader, file: file, storage: storage, name: name, journal: journal, kind: kind, expected: expected)
        } catch {
            storage.close(file)
            throw error
        }
        content = .allocate(byteCount: SnapshotFormat.frameBytesMax, alignment: 64)
    }

    deinit {
        content.deallocate()
        storage.close(file)
    }

    private static func begin(
        _ reader: inout SequentialReader, file: StorageFile, storage: any DirectoryStorage, name: String,
        journal: JournalID?, kind: UInt32?, expected: SnapshotFile?
    ) throws(SnapshotError) -> (SnapshotHeader, checksum: UInt32) {
        let view: UnsafeRawBufferPointer
        do throws(StorageError) {
            reader.begin(file, bytes: try storage.size(of: file))
            view = try reader.view(at: 0, count: SnapshotFormat.headerBytes)
        } catch {
            throw .storage(error)
        }
        let header: SnapshotHeader
        let checksum: UInt32
        switch SnapshotHeader.read(view) {
        case .header(let read, let its): (header, checksum) = (read, its)
        case .newerVersion(let version): throw .newerVersion(file: name, version: version)
        case .damaged(let damage):
            throw .damaged(file: name, offset: damage == .truncated ? view.count : 0, damage)
        }
        if let journal, header.journal != journal {
            throw .foreign(file: name, found: header.journal, expected: journal)
        }
        if let kind, header.kind != kind { throw .otherKind(file: name, found: header.kind, expected: kind) }
        if let sequence = SnapshotFormat.sequence(ofAnyName: name), sequence != header.sequence {
            throw .damaged(file: name, offset: 32, .otherSequence)
        }
        if let expected, header != expected.header { throw .damaged(file: name, offset: 0, .unlikeManifest) }
        return (header, checksum)
    }

    /// Hands out the content of each frame in order, and verifies everything. To be called once.
    ///
    /// Frames are handed out before the end of the file is seen, each of them as it was written: until this returns, they
    /// are not proven to be all of this snapshot's. Throw the state away if it throws.
    ///
    /// - Parameter body: called for each frame; the buffer is good only during the call.
    /// - Returns: what was read.
    /// - Throws: ``SnapshotError``, and what `body` throws.
    /// - Complexity: O(bytes of the file and its content); reads each byte once.
    @discardableResult
    public func readFrames(_ body: (_ frame: UnsafeRawBufferPointer) throws -> Void) throws -> SnapshotFile {
        precondition(!isRead, "a snapshot reader reads once")
        isRead = true
        var footer = SnapshotFooter(sequence: header.sequence, stateDigest: 0, headerChecksum: headerChecksum)
        var frameHeaders = CRC32C()
        var offset = SnapshotFormat.headerBytes
        while true {
            let start = try view(at: offset, count: SnapshotFormat.frameHeaderBytes)
            guard start.count >= 4 else { throw damage(offset + start.count, .truncated) }
            let magic = start.integer(at: 0, as: UInt32.self)
            if magic == SnapshotFormat.footerMagic { break }
            guard magic == SnapshotFormat.frameMagic else { throw damage(offset, .unknownPart) }
            guard start.count == SnapshotFormat.frameHeaderBytes else { throw damage(offset + start.count, .truncated) }
            frameHeaders.update(start)
            let frame = try readFrame(start, at: offset, number: footer.frames)
            footer.frames += 1
            footer.compressedBytes += UInt64(frame.compressedBytes)
            footer.decodedBytes += UInt64(frame.decodedBytes)
            offset += frame.frameBytes
            try body(UnsafeRawBufferPointer(rebasing: content[..<frame.decodedBytes]))
        }
        footer.frameHeadersChecksum = frameHeaders.value
        footer.fileBytes = UInt64(offset + SnapshotFormat.footerBytes)
        return try readFooter(footer, at: offset)
    }

    /// Verifies everything and keeps nothing of it.
    ///
    /// - Parameter isGivenUp: asked after each frame; where it is true, ``SnapshotError/abandoned(file:)`` is thrown.
    /// - Throws: ``SnapshotError``.
    public func verify(givingUpIf isGivenUp: () -> Bool = { false }) throws(SnapshotError) -> SnapshotFile {
        do {
            return try readFrames { _ in if isGivenUp() { throw SnapshotError.abandoned(file: name) } }
        } catch let error as SnapshotError {
            throw error
        } catch {
            preconditionFailure("reading a snapshot threw \(error)")
        }
    }

    /// What the footer says, with nothing between it and the header looked at. Counts as the one reading.
    func readEnd() throws(SnapshotError) -> SnapshotFile {
        precondition(!isRead, "a snapshot reader reads once")
        isRead = true
        let footerBytes = SnapshotFormat.footerBytes
        let offset = reader.fileBytes - footerBytes
        guard offset >= SnapshotFormat.headerBytes else { throw damage(reader.fileBytes, .truncated) }
        let count: Int
        do throws(StorageError) {
            let place = UnsafeMutableRawBufferPointer(rebasing: content[..<footerBytes])
            count = try storage.read(file, at: offset, into: place)
        } catch {
            throw .storage(error)
        }
        guard let (footer, checksum) = SnapshotFooter.read(UnsafeRawBufferPointer(rebasing: content[..<count])) else {
            throw damage(offset, .footerChecksum)
        }
        guard footer.headerChecksum == headerChecksum, footer.sequence == header.sequence else {
            throw damage(offset, .frameHeaders)
        }
        guard footer.fileBytes == UInt64(reader.fileBytes) else { throw damage(offset, .counts) }
        return SnapshotFile(header: header, footer: footer, checksum: checksum)
    }

    /// Decodes the frame that begins with `start` into `content`.
    private func readFrame(
        _ start: UnsafeRawBufferPointer, at offset: Int, number: UInt64
    ) throws(SnapshotError) -> FrameHeader {
        guard let frame = FrameHeader.read(start) else { throw damage(offset, .frameLength) }
        let bytes = try view(at: offset, count: frame.frameBytes)
        guard bytes.count == frame.frameBytes else { throw damage(offset + bytes.count, .truncated) }
        guard frame.matches(bytes) else { throw damage(offset, .frameChecksum) }
        guard UInt64(frame.number) == number else { throw damage(offset, .frameNumber) }
        let isDecoded = decompressor.decompress(
            UnsafeRawBufferPointer(rebasing: bytes[SnapshotFormat.frameHeaderBytes...]),
            into: UnsafeMutableRawBufferPointer(rebasing: content[..<frame.decodedBytes]))
        guard isDecoded else { throw damage(offset, .frameContent) }
        return frame
    }

    /// Reads the footer at `offset` and compares it with what was `counted` before it.
    private func readFooter(_ counted: SnapshotFooter, at offset: Int) throws(SnapshotError) -> SnapshotFile {
        let bytes = try view(at: offset, count: SnapshotFormat.footerBytes)
        guard bytes.count == SnapshotFormat.footerBytes else { throw damage(offset + bytes.count, .truncated) }
        guard let (footer, checksum) = SnapshotFooter.read(bytes) else { throw damage(offset, .footerChecksum) }
        guard footer.headerChecksum == counted.headerChecksum, footer.sequence == counted.sequence,
            footer.frameHeadersChecksum == counted.frameHeadersChecksum
        else { throw damage(offset, .frameHeaders) }
        var same = counted
        same.stateDigest = footer.stateDigest
        guard footer == same else { throw damage(offset, .counts) }
        let end = offset + SnapshotFormat.footerBytes
        guard reader.fileBytes == end else { throw damage(end, .trailingBytes) }
        let read = SnapshotFile(header: header, footer: footer, checksum: checksum)
        if let expected, read != expected { throw damage(offset, .unlikeManifest) }
        return read
    }

    private func view(at offset: Int, count: Int) throws(SnapshotError) -> UnsafeRawBufferPointer {
        do throws(StorageError) {
            return try reader.view(at: offset, count: count)
        } catch {
            throw .storage(error)
        }
    }

    private func damage(_ offset: Int, _ damage: SnapshotDamage) -> SnapshotError {
        .damaged(file: name, offset: offset, damage)
    }
}
