// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import SystemPackage

/// Standard input, output and error, as the commands use them.
enum Console {
    /// Writes to standard error, at once.
    static func error(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8))
    }

    /// Sends what was printed on its way.
    static func flush() { fflush(nil) }

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
