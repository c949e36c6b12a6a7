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
    public convenience init(_ directory: String) throws {
        try self.init(directory, calls: .system)
    }

    package init(_ directory: String, calls: DirectoryCalls) throws {
        let path = "\(directory)/\(Self.fileName)"
        let opened = DirectoryCalls.uninterrupted { calls.openLock(path) }
        descriptor = Int32(truncatingIfNeeded: opened)
        guard opened >= 0 else { throw Self.failure(path, opened) }
        // From here on throwing runs `deinit`, which closes: closing here too would close a file of another thread.
        let locked = DirectoryCalls.uninterrupted { [descriptor] in calls.lock(descriptor) }
        guard locked >= 0 else {
            guard locked == -Int(EWOULDBLOCK) else { throw Self.failure(path, locked) }
            let holder = Self.readProcessID(descriptor)
            throw Held(directory: directory, processID: holder, command: Self.command(of: holder))
        }
        let line = Array("\(getpid())\n".utf8)
        let truncated = DirectoryCalls.uninterrupted { [descriptor] in calls.truncate(descriptor) }
        guard truncated >= 0 else { throw Self.failure(path, truncated) }
        let written = DirectoryCalls.uninterrupted { [descriptor] in calls.write(descriptor, line) }
        // The lock holds without the line, which only says whose it is: a house opens on a full disk too.
        guard written == line.count || [-Int(ENOSPC), -Int(EDQUOT)].contains(written) else {
            throw Self.failure(path, min(written, 0))
        }
    }

    private static func failure(_ path: String, _ result: Int) -> StorageError {
        StorageError(.lock, path, errno: Int32(truncatingIfNeeded: -result))
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
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
