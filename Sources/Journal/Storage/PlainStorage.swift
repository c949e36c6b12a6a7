// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// The storage for where io_uring is forbidden: each block is written through the page cache and synced before its
/// submission returns. It makes its thread wait, and works everywhere.
public final class PlainStorage: JournalStorage {
    private let directory: PosixDirectory
    private let preparation: FilePreparation
    private var completions: [StorageCompletion] = []

    public var storageDescription: String { "pwrite, fdatasync" }

    /// - Parameter wake: called from another thread when a prepared file can be reaped.
    public init(_ directory: PosixDirectory, wake: @escaping @Sendable () -> Void = {}) {
        self.directory = directory
        preparation = FilePreparation(in: directory, wake: wake)
        completions.reserveCapacity(8)
    }

    deinit {
        preparation.abandon()
    }

    public func submitWrite(
        _ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64
    ) {
        completions.append(StorageCompletion(token: token, result: writeAndSync(file, at: offset, from: memory)))
    }

    private func writeAndSync(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) -> Int {
        var count = pwrite(file.rawValue, memory.baseAddress, memory.count, off_t(offset))
        while count < 0, errno == EINTR {
            // Interrupted before anything was written: nothing was lost, unlike with a sync.
            count = pwrite(file.rawValue, memory.baseAddress, memory.count, off_t(offset))
        }
        if count < 0 { return -Int(errno) }
        return fdatasync(file.rawValue) == 0 ? count : -Int(errno)
    }

    public func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64) {
        preparation.submit(name, header: header, bytes: bytes, token: token)
    }

    public func hurryPreparation() { preparation.hurry() }

    public func reap(into completions: inout [StorageCompletion]) {
        completions.append(contentsOf: self.completions)
        self.completions.removeAll(keepingCapacity: true)
        preparation.reap(into: &completions)
    }

    public func waitForCompletion() {
        if completions.isEmpty { preparation.waitUntilDone() }
    }

    public func list() throws(StorageError) -> [String] { try directory.list() }

    public func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        try directory.open(name, for: access)
    }

    public func create(_ name: String) throws(StorageError) -> StorageFile { try directory.create(name) }

    public func close(_ file: StorageFile) { directory.close(file) }

    public func size(of file: StorageFile) throws(StorageError) -> Int { try directory.size(of: file) }

    public func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try directory.read(file, at: offset, into: memory)
    }

    public func checkRoom(bytes: Int) throws(StorageError) { try directory.checkRoom(bytes: bytes) }

    public func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        try directory.write(file, at: offset, from: memory)
    }

    public func sync(_ file: StorageFile) throws(StorageError) { try directory.sync(file) }

    public func syncDirectory() throws(StorageError) { try directory.syncDirectory() }

    public func rename(_ name: String, to newName: String) throws(StorageError) {
        try directory.rename(name, to: newName)
    }

    public func remove(_ name: String) throws(StorageError) { try directory.remove(name) }
}
