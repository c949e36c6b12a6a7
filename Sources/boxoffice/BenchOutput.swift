// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import LoadBench
internal import SystemPackage

extension Bench {
    /// Colour only where a terminal shows it and nobody forbids it.
    static var showsColour: Bool {
        isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
            && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    /// Finds out before the runs whether a file can be written.
    static func probe(_ path: String) throws(BenchFailure) {
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: .create, permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.close()
        } catch {
            throw BenchFailure("\(path) cannot be written: \(error)")
        }
    }

    static func write(_ text: String, to path: String) throws(BenchFailure) {
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
        } catch {
            throw BenchFailure("\(path) cannot be written: \(error)")
        }
    }
}

/// How far a run is, on one line of standard error, where that is a terminal.
struct RunBar {
    private let title: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false

    init(title: String) { self.title = title }

    mutating func show(_ progress: RunProgress) {
        guard isTerminal else { return }
        isShown = true
        let filled = Int(progress.share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let rate = progress.seconds > 0 ? Int(Double(progress.answers) / progress.seconds) : 0
        let state = progress.seconds < 0 ? "warming up" : "\(rate) answers/s"
        Console.error("\r[\(bar)] \(title): \(state)\u{1b}[K")
    }

    mutating func finish() {
        guard isShown else { return }
        Console.error("\r\u{1b}[K")
        isShown = false
    }
}

extension String {
    /// With spaces behind, to stand in a column.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
