// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// An open file of a storage. Only the storage that gave it knows what the number means.
public struct StorageFile: Hashable, Sendable, BitwiseCopyable {
    public var rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// What a file is opened for.
public enum FileAccess: Sendable {
    /// Reading only.
    case read
    /// Reading, and writing that is durable only after a sync.
    case write
    /// Writing blocks: each write is durable when it completes.
    case blocks
}

/// One directory of a disk, as the journal and the snapshots see it: names, files, and the syncs that make changes last.
///
/// Every call is synchronous and blocks the calling thread. Nothing but a sync makes anything durable: of a file its
/// content, of the directory its names.
public protocol DirectoryStorage: AnyObject {
    /// The names of all files, in no particular order.
    func list() throws(StorageError) -> [String]
    func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile
    /// Creates a file, or empties the one that is there, and opens it for writing.
    func create(_ name: String) throws(StorageError) -> StorageFile
    func close(_ file: StorageFile)
    /// Bytes of the file.
    func size(of file: StorageFile) throws(StorageError) -> Int
    /// Fills `memory` from `offset` on and returns the count of bytes read: fewer than asked for only at the file's end.
    func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int
    /// Throws with `ENOSPC` where a new file of `bytes` bytes would find no room. Where that cannot be known beforehand, or
    /// where others take the room meanwhile, writing tells.
    func checkRoom(bytes: Int) throws(StorageError)
    /// Writes all of `memory`, or throws.
    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError)
    /// Makes the file's content durable. Where it fails, the content is unknown, and trying again proves nothing.
    func sync(_ file: StorageFile) throws(StorageError)
    /// Makes the directory's names durable.
    func syncDirectory() throws(StorageError)
    /// Gives a file another name, replacing the file that had it, in one step.
    func rename(_ name: String, to newName: String) throws(StorageError)
    func remove(_ name: String) throws(StorageError)
}

/// What the journal needs of a disk: a directory, and durable writes of which several are under way at once.
///
/// Used by one thread. A storage that works in the background wakes that thread by a closure it was made with, so that
/// ``reap(into:)`` is called.
public protocol JournalStorage: DirectoryStorage {
    /// How this storage makes a block durable, for logs and statistics: `io_uring, O_DIRECT|O_DSYNC`.
    var storageDescription: String { get }

    /// Starts a durable write to a file that was opened for blocks. `memory` must stay as it is until the completion
    /// with `token` is reaped. Offset, length and address are multiples of ``JournalFormat/alignment``. The completion's
    /// result is the count of bytes written, or the negative errno of the write or its sync.
    func submitWrite(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64)

    /// Starts to make a file of `bytes` bytes, `header` and then zeros, without making the calling thread wait: written
    /// under its temporary name, synced, renamed, and the directory synced. The completion's result is `bytes` or a
    /// negative errno; after an error the temporary file is gone, if it could be removed. One at a time.
    func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64)

    /// Has what is being prepared done as soon as can be: nothing else can go on without it.
    func hurryPreparation()

    /// Appends what completed since the last call, in any order. Never waits.
    func reap(into completions: inout [StorageCompletion])

    /// Waits until something under way has completed. Returns at once where nothing is under way.
    func waitForCompletion()
}

/// The end of something that was submitted.
public struct StorageCompletion: Sendable, BitwiseCopyable {
    public var token: UInt64
    /// Bytes, or a negative errno.
    public var result: Int

    public init(token: UInt64, result: Int) {
        self.token = token
        self.result = result
    }
}

extension DirectoryStorage {
    /// Makes a file of `bytes` bytes, `header` and then zeros, that is there whole or not at all, and durable on return.
    func prepare(
        _ name: String, header: [UInt8], bytes: Int, filling: (StorageFile) -> ZeroFilling = { _ in ZeroFilling() }
    ) throws(StorageError) {
        let temporaryName = JournalFormat.temporaryName(of: name)
        // A disk that is full says so here, and what is left of it stays for others.
        try checkRoom(bytes: bytes)
        let file = try create(temporaryName)
        do throws(StorageError) {
            try write(file, at: 0, from: header)
            try writeZeros(file, header.count..<bytes, filling: filling(file))
            try sync(file)
        } catch {
            close(file)
            try? remove(temporaryName)
            throw error
        }
        close(file)
        try rename(temporaryName, to: name)
        try syncDirectory()
    }

    /// Makes a file that holds these bytes, and makes them durable; its name is not yet. Where it throws, the file may be
    /// there in part.
    package func create(_ name: String, holding bytes: [UInt8]) throws(StorageError) {
        let file = try create(name)
        defer { close(file) }
        try write(file, at: 0, from: bytes)
        try sync(file)
    }

    private func write(_ file: StorageFile, at offset: Int, from bytes: [UInt8]) throws(StorageError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: JournalFormat.alignment)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try write(file, at: offset, from: UnsafeRawBufferPointer(memory))
    }

    /// Writes zeros over `range`.
    func writeZeros(
        _ file: StorageFile, _ range: Range<Int>, filling: ZeroFilling = ZeroFilling()
    ) throws(StorageError) {
        let zeros = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Swift.max(1, Swift.min(range.count, ZeroFilling.pieceBytesMax)),
            alignment: JournalFormat.alignment)
        defer { zeros.deallocate() }
        zeros.fillWithZeros()
        var offset = range.lowerBound
        var count = filling.pieceBytes
        while offset < range.upperBound {
            count = Swift.min(count, range.upperBound - offset)
            try write(file, at: offset, from: UnsafeRawBufferPointer(rebasing: zeros[..<count]))
            offset += count
            if offset < range.upperBound { count = try filling.betweenPieces() }
        }
    }
}

/// How zeros are written over a stretch of a file.
struct ZeroFilling {
    static let pieceBytesMax = 1 << 20

    /// Bytes of zeros written at first, a multiple of ``JournalFormat/alignment``.
    var pieceBytes = pieceBytesMax
    /// Called between two pieces; gives the bytes of the next, or throws to end it.
    var betweenPieces: () throws(StorageError) -> Int = { pieceBytesMax }
}
