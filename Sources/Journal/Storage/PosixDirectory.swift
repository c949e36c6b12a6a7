// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// One directory of the file system: the synchronous half of the real storages. Its calls may come from any thread.
public final class PosixDirectory: DirectoryStorage, Sendable {
    public let path: String
    /// The directory, open for `openat` and for its sync.
    public let descriptor: Int32
    private let release = GradualRelease()

    /// Opens a directory that is there.
    public init(_ path: String) throws(StorageError) {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(.open, path, errno: errno) }
    }

    deinit {
        release.finish()
        Glibc.close(descriptor)
    }

    public func list() throws(StorageError) -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw StorageError(.list, path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw StorageError(.list, path, errno: errno) }
        return names
    }

    public func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        let flags = access == .read ? O_RDONLY : O_RDWR
        let file = openat(descriptor, name, flags | O_CLOEXEC)
        guard file >= 0 else { throw failure(.open, name) }
        return StorageFile(rawValue: file)
    }

    public func create(_ name: String) throws(StorageError) -> StorageFile {
        let file = openat(descriptor, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(.create, name) }
        return StorageFile(rawValue: file)
    }

    public func close(_ file: StorageFile) {
        Glibc.close(file.rawValue)
    }

    public func size(of file: StorageFile) throws(StorageError) -> Int {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw failure(.size, file) }
        return Int(status.st_size)
    }

    public func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        var done = 0
        while done < memory.count {
            let count = pread(
                file.rawValue, memory.baseAddress.map { $0 + done }, memory.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(.read, file)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    public func checkRoom(bytes: Int) throws(StorageError) {
        var figures = statvfs()
        guard fstatvfs(descriptor, &figures) == 0, figures.f_blocks > 0 else { return }
        let (free, overflowed) = figures.f_bavail.multipliedReportingOverflow(by: figures.f_frsize)
        guard overflowed || free >= bytes else { throw StorageError(.write, path, errno: ENOSPC) }
    }

    public func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        var done = 0
        while done < memory.count {
            let count = pwrite(
                file.rawValue, memory.baseAddress.map { $0 + done }, memory.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(.write, file)
            }
            if count == 0 { throw StorageError(.write, name(of: file), errno: 0) }
            done += count
        }
    }

    public func sync(_ file: StorageFile) throws(StorageError) {
        // Never tried again, not even after EINTR: a second sync can succeed for what the first one has dropped.
        guard fdatasync(file.rawValue) == 0 else { throw failure(.sync, file) }
    }

    public func syncDirectory() throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw StorageError(.syncDirectory, path, errno: errno) }
    }

    public func rename(_ name: String, to newName: String) throws(StorageError) {
        guard renameat(descriptor, name, descriptor, newName) == 0 else { throw failure(.rename, name) }
    }

    /// Removes a name. Where the file goes with it, a long one gives its space back within some seconds, so that others do
    /// not wait for the disk meanwhile.
    public func remove(_ name: String) throws(StorageError) {
        // What cannot be opened for writing, or would have to be waited for, is removed like anything else.
        let file = openat(descriptor, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard unlinkat(descriptor, name, 0) == 0 else {
            let error = failure(.remove, name)
            if file >= 0 { Glibc.close(file) }
            throw error
        }
        if file >= 0 { release.take(file) }
    }

    private func failure(_ operation: StorageError.Operation, _ name: String) -> StorageError {
        let number = errno
        return StorageError(operation, "\(path)/\(name)", errno: number)
    }

    private func failure(_ operation: StorageError.Operation, _ file: StorageFile) -> StorageError {
        let number = errno
        return StorageError(operation, name(of: file), errno: number)
    }

    private func name(of file: StorageFile) -> String { "a file in \(path)" }
}
