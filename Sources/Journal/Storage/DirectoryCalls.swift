// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// The system's calls that make a directory and lock one: what comes before there is a ``DirectoryStorage``. A test has
/// any of them fail. Each gives what the call gives, or the negative error number.
package struct DirectoryCalls: Sendable {
    package var makeDirectory: @Sendable (_ path: String) -> Int
    /// Whether the path is a directory, links followed.
    package var isDirectory: @Sendable (_ path: String) -> Bool
    /// Makes the names in a directory durable.
    package var syncDirectory: @Sendable (_ path: String) -> Int
    /// Opens the lock's file, making it where it is absent.
    package var openLock: @Sendable (_ path: String) -> Int
    package var lock: @Sendable (_ descriptor: Int32) -> Int
    package var truncate: @Sendable (_ descriptor: Int32) -> Int
    package var write: @Sendable (_ descriptor: Int32, _ bytes: [UInt8]) -> Int

    package static let system = DirectoryCalls(
        makeDirectory: { result(mkdir($0, 0o700)) },
        isDirectory: { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        },
        syncDirectory: { path in
            do throws(StorageError) {
                try PosixDirectory(path).syncDirectory()
                return 0
            } catch {
                return -Int(error.errno)
            }
        },
        openLock: { result(Glibc.open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)) },
        lock: { result(flock($0, LOCK_EX | LOCK_NB)) },
        truncate: { result(ftruncate($0, 0)) },
        write: { descriptor, bytes in
            let count = pwrite(descriptor, bytes, bytes.count, 0)
            return count < 0 ? -Int(errno) : count
        })

    private static func result(_ value: Int32) -> Int { value < 0 ? -Int(errno) : Int(value) }

    /// Does it again for as long as it is interrupted. Never for a sync.
    static func uninterrupted(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result != -Int(EINTR) { return result }
        }
    }
}

extension PosixDirectory {
    /// Makes a directory, if it is not there, and makes its name durable in its parent.
    ///
    /// - Throws: ``StorageError``; with `ENOTDIR` where something else has the name.
    public static func createIfMissing(_ path: String) throws(StorageError) {
        try createIfMissing(path, withParents: false)
    }

    /// The same, and first of the parents that are absent, if asked for.
    package static func createIfMissing(
        _ path: String, withParents: Bool, calls: DirectoryCalls = .system
    ) throws(StorageError) {
        let parent = parent(of: path)
        var made = DirectoryCalls.uninterrupted { calls.makeDirectory(path) }
        if made == -Int(ENOENT), withParents, parent != path, !calls.isDirectory(parent) {
            try createIfMissing(parent, withParents: true, calls: calls)
            made = DirectoryCalls.uninterrupted { calls.makeDirectory(path) }
        }
        if made == -Int(EEXIST), !calls.isDirectory(path) { throw StorageError(.create, path, errno: ENOTDIR) }
        guard made >= 0 || made == -Int(EEXIST) else {
            throw StorageError(.create, path, errno: Int32(truncatingIfNeeded: -made))
        }
        // Also where it was there: whoever made it may have been ended before its name was durable. A parent that is
        // somebody else's and may not be read, or that lies on a file system which syncs no directories (a mount point
        // on a read-only one), was theirs to sync.
        let synced = calls.syncDirectory(parent)
        let others = [EACCES, EINVAL, EROFS, ENOTSUP].map { -Int($0) }
        guard synced >= 0 || made < 0 && others.contains(Int(synced)) else {
            throw StorageError(.syncDirectory, parent, errno: Int32(truncatingIfNeeded: -synced))
        }
    }

    package static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return trimmed == "." ? ".." : "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}
