// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// Holds a data directory for this process, by a `flock` on its file `lock`: it ends with the process, however that
/// ends, and leaves nothing to clean up.
public final class DirectoryLock: Sendable {
    /// Who holds the directory instead.
    public struct Held: Error, Equatable, Sendable, CustomStringConvertible {
        public var directory: String
        /// 0 where the other process did not say.
        public var processID: Int32
        /// Its command line, or empty where it cannot be seen.
        public var command: String

        public var description: String {
            let who = processID > 0 ? "process \(processID)" : "another process"
            let command = command.isEmpty ? "" : " (\(command))"
            return "\(directory) is in use by \(who)\(command). Stop it, or name another directory."
        }
    }

    public static let fileName = "lock"
    private let descriptor: Int32

    /// Takes the lock or says who has it.
    ///
    /// - Throws: ``Held``, or ``StorageError`` where the lock file cannot be used at all.
    public init(_ directory: String) throws {
        let path = "\(directory)/\(Self.fileName)"
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(.lock, path, errno: errno) }
        // From here on throwing runs `deinit`, which closes: closing here too would close a file of another thread.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            let holder = Self.readProcessID(descriptor)
            guard number == EWOULDBLOCK else { throw StorageError(.lock, path, errno: number) }
            throw Held(directory: directory, processID: holder, command: Self.command(of: holder))
        }
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
            throw StorageError(.lock, path, errno: errno)
        }
    }

    deinit {
        Glibc.close(descriptor)
    }

    private static func readProcessID(_ descriptor: Int32) -> Int32 {
        var digits = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &digits, digits.count, 0)
        let text = String(decoding: digits.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self)
        return Int32(text) ?? 0
    }

    private static func command(of processID: Int32) -> String {
        guard processID > 0 else { return "" }
        let file = Glibc.open("/proc/\(processID)/cmdline", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(file, &bytes, bytes.count)
        let words = bytes.prefix(max(0, count)).split(separator: 0)
        return words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
