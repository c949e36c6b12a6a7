// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A storage call that failed: what was done to which file, and the system's error number.
public struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Operation: String, Sendable {
        case list, open, create, size, read, write, sync, rename, remove, lock, start
        case syncDirectory = "sync the directory of"
    }

    public var operation: Operation
    public var file: String
    /// The system's error number (`ENOSPC` is 28). 0 where a call did less than asked for without saying why.
    public var errno: Int32

    public init(_ operation: Operation, _ file: String, errno: Int32) {
        self.operation = operation
        self.file = file
        self.errno = errno
    }

    public var description: String {
        "could not \(operation.rawValue) \(file): \(Self.name(ofErrno: errno))"
    }

    /// `ENOSPC (no space left on the device)` for 28; a bare number for what nobody has met.
    public static func name(ofErrno errno: Int32) -> String {
        switch errno {
        case 0: "it did less than it was asked to"
        case 1: "EPERM (not permitted)"
        case 2: "ENOENT (no such file or directory)"
        case 4: "EINTR (interrupted)"
        case 5: "EIO (input/output error)"
        case 11: "EAGAIN (try again)"
        case 12: "ENOMEM (out of memory)"
        case 13: "EACCES (permission denied)"
        case 17: "EEXIST (it exists)"
        case 20: "ENOTDIR (not a directory)"
        case 22: "EINVAL (invalid argument)"
        case 23: "ENFILE (too many open files in the system)"
        case 24: "EMFILE (too many open files)"
        case 27: "EFBIG (file too large)"
        case 28: "ENOSPC (no space left on the device)"
        case 30: "EROFS (read-only file system)"
        case 38: "ENOSYS (not supported by the kernel)"
        case 95: "EOPNOTSUPP (not supported)"
        case 122: "EDQUOT (disk quota exceeded)"
        case 125: "ECANCELED (cancelled)"
        default: "errno \(errno)"
        }
    }
}
