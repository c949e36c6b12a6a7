// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

/// A real daemon process over a temporary data directory, driven over real sockets.
final class Daemon {
    let directory: URL
    private(set) var port = 0
    private var process: Process?
    private let output = Pipe()
    private(set) var errors = ""

    /// The executable lies beside the test bundle.
    static let executable: URL = {
        var folder = Bundle.main.bundleURL
        // `swift test` runs a bundle in the build folder, or a runner from the toolchain with the bundle as argument.
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        let candidates = [folder, folder.deletingLastPathComponent()]
        return candidates.map { $0.appendingPathComponent("boxoffice") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
            ?? folder.appendingPathComponent("boxoffice")
    }()

    init(directory: URL? = nil) {
        self.directory =
            directory
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-daemon-\(UUID().uuidString)")
    }

    deinit {
        process?.terminate()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts the daemon and returns once it printed READY.
    func start(_ arguments: [String] = [], namesDirectory: Bool = true) throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments =
            ["serve", "--listen", "127.0.0.1:0", "--log-level", "warning"]
            + (namesDirectory ? ["--data", directory.path] : []) + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        self.process = process
        var line = ""
        while !line.contains("\n") {
            let bytes = pipe.fileHandleForReading.availableData
            if bytes.isEmpty { break }
            line += String(decoding: bytes, as: UTF8.self)
        }
        let parts = line.split(separator: ":")
        port = try #require(parts.last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }, "\(line)")
        #expect(line.hasPrefix("READY tcp=127.0.0.1:"))
    }

    /// Sends a signal and does not wait for what it does.
    func tell(_ signal: Int32) {
        if let process { kill(process.processIdentifier, signal) }
    }

    /// Sends a signal and returns the exit status (negative for a death by signal).
    @discardableResult
    func end(by signal: Int32) -> Int32 {
        guard let process else { return 0 }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        self.process = nil
        return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    /// Runs a command of the executable as somebody whom the permissions of files bind, which they do not bind root.
    static func commandOfNobody(_ arguments: [String]) throws -> (status: Int32, out: String, err: String) {
        guard geteuid() == 0 else { return try command(arguments) }
        return try run(
            URL(fileURLWithPath: "/usr/bin/setpriv"),
            ["--bounding-set=-dac_override,-dac_read_search", executable.path] + arguments)
    }

    /// Runs another command of the executable and returns its status, output and errors.
    static func command(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> (status: Int32, out: String, err: String) {
        try run(executable, arguments, input: input, environment: environment)
    }

    private static func run(
        _ program: URL, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> (status: Int32, out: String, err: String) {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let out = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let err = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, out, err)
    }
}

/// A plain TCP connection, as a script has one.
final class Socket: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0, "nothing listens on \(port)")
        // No reply takes a quarter of a minute: a test that hangs fails instead.
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// No more input from this side.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything until the daemon closes, as lines.
    func readAll() -> [String] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    /// Everything until a line begins with `end`.
    func read(until end: String) -> [String] {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !text.split(separator: "\n").contains(where: { $0.hasPrefix(end) }) || !text.hasSuffix("\n") {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { break }
            text += String(decoding: chunk[..<count], as: UTF8.self)
        }
        return text.split(separator: "\n").map(String.init)
    }
}

extension Daemon {
    /// Sends lines and QUIT on a connection of their own, and returns all replies.
    func say(_ lines: String...) throws -> [String] {
        let socket = try Socket(port: port)
        socket.send((lines + ["QUIT"]).map { $0 + "\n" }.joined())
        return socket.readAll()
    }

    /// Three rows of ten, on sale.
    func openGala() throws {
        let replies = try say(
            #"VENUE ADD globe name="Le Globe" city=Lyon"#, "SECTION ADD globe/stalls rows=A-C seats=1-10",
            #"EVENT ADD gala venue=globe title="O'Brien Gala" starts=2031-05-01T19:30Z currency=EUR price=4500 limit=30"#,
            "EVENT OPEN gala")
        #expect(replies.allSatisfy { $0.hasPrefix("OK") }, "\(replies)")
    }
}
