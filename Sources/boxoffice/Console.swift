// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// `stdout` is a variable of C, which nobody here sets.
@preconcurrency internal import Glibc
internal import SystemPackage

/// Standard input, output and error, as the commands use them.
enum Console {
    /// Writes to standard error, at once.
    static func error(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8))
    }

    /// Sends what was printed on its way.
    static func flush() { fflush(nil) }

    /// Sends the last of what was printed on its way, and throws where some of it was lost: half an export is none.
    static func finish() throws {
        guard fflush(stdout) == 0, ferror(stdout) == 0 else {
            throw Failed("standard output cannot be written: \(errorText())")
        }
    }

    /// Gives a process that was started without standard input, output or error ones that lead nowhere: else the next
    /// files that it opens would take their places, and be written to.
    static func ensureStandardDescriptors() {
        while true {
            let descriptor = open("/dev/null", O_RDWR)
            guard (0...2).contains(descriptor) else {
                if descriptor > 2 { close(descriptor) }
                return
            }
        }
    }

    /// Reads a whole file (`-` is standard input), at most one byte more than `limit`: enough to be refused for it.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        do {
            let file = path == "-" ? FileDescriptor.standardInput : try FileDescriptor.open(FilePath(path), .readOnly)
            defer { if path != "-" { try? file.close() } }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while bytes.count <= limit {
                let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { break }
                bytes.append(contentsOf: chunk[..<count])
            }
            return bytes
        } catch let problem as Errno {
            throw Failed("\(path) cannot be read: \(problem)")
        }
    }
}
