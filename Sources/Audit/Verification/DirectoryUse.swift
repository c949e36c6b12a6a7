// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Journal

/// Whether a daemon has a data directory, found out without touching its lock: a look that took the lock, if only for a
/// moment, could keep a daemon from starting.
enum DirectoryUse {
    /// True where the system's list of locks has one on the directory's lock file. False too where that list cannot be
    /// seen.
    static func isHeld(_ directory: String) -> Bool {
        var status = stat()
        guard stat("\(directory)/\(DirectoryLock.fileName)", &status) == 0,
            let file = fopen("/proc/locks", "re")
        else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            // 1: FLOCK  ADVISORY  WRITE 4711 fd:01:1234567 0 EOF
            let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
            guard words.contains("FLOCK"), words.count > 5,
                let place = words.first(where: { $0.contains(":") && $0 != words[0] })
            else { continue }
            if place.split(separator: ":").last.flatMap({ UInt64($0) }) == UInt64(status.st_ino) { return true }
        }
        return false
    }
}
