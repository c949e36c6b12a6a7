// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("Wrong usage")
struct UsageTests {
    /// Is never made: all of these are refused before.
    private static let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-nowhere").path

    @Test(
        "is told with the help of the very command, and exits 64",
        arguments: [
            (["serve"], "--data"), (["serve", "--data", nowhere, "--loops", "0"], "--loops must be at least 1"),
            (["serve", "--data", nowhere, "--shards", "65"], "--shards must be 1 to 64"),
            (["serve", "--data", nowhere, "--log-level", "loud"], "critical, not loud"),
            (["serve", "--data", nowhere, "--snapshot-every", "5x"], "--snapshot-every"),
            (["serve", "--data", nowhere, "--snapshot-every", "0s"], "at least 1s, for example 1h, or off, not 0s"),
            (["serve", "--data", nowhere, "--keep-journal", "1y"], "h or d, for example 1h, not 1y"),
            (["import", "/dev/null", "--dry-run", "--venue", "a b"], "--venue must be 1 to 64 of A-Z a-z 0-9 . _ -"),
            (["import", "/dev/null", "--dry-run", "--venue-name", " "], "--venue-name must not be blank"),
            (["shell", "nowhere"], "HOST:PORT"),
            (["inspect", nowhere, "--type", "confirmed,hled"], "there is no type hled; did you mean held?"),
        ])
    func wrong(arguments: [String], expected: String) throws {
        let result = try Daemon.command(arguments)
        #expect(result.status == 64)
        #expect(result.err.contains(expected), "\(result.err)")
        #expect(result.err.contains("See 'boxoffice \(arguments[0]) --help'"), "\(result.err)")
        #expect(!FileManager.default.fileExists(atPath: Self.nowhere))
    }

    @Test("a command that is misspelt is told which was meant", arguments: [["serv"], ["help", "serv"]])
    func misspelt(arguments: [String]) throws {
        let result = try Daemon.command(arguments)
        #expect(result.status == 64)
        #expect(result.err.contains("there is no command 'serv'. Did you mean 'serve'?"), "\(result.err)")
    }

    @Test("a variable that is neither true nor false is refused, and one that is no setting is said")
    func environment() throws {
        let arguments = ["serve", "--data", Self.nowhere]
        let unclear = try Daemon.command(arguments, environment: ["BOXOFFICE_TEST": "maybe"])
        #expect(unclear.status == 64)
        #expect(unclear.err.contains("BOXOFFICE_TEST must be true or false, not maybe"), "\(unclear.err)")
        let stray = try Daemon.command(
            arguments + ["--listen", "0.0.0.0:0"], environment: ["BOXOFFICE_LISTN": "x", "BOXOFFICE_TEST": "no"])
        #expect(stray.status == 1)
        #expect(
            stray.err.contains("there is no setting BOXOFFICE_LISTN; did you mean BOXOFFICE_LISTEN?"), "\(stray.err)")
    }

    @Test(
        "help fits a terminal of 80 columns, its examples unbroken",
        arguments: [
            "serve", "shell", "import", "export", "verify", "inspect", "backup", "restore", "simulate", "bench",
            "manual",
        ])
    func help(command: String) throws {
        let result = try Daemon.command([command, "--help"])
        #expect(result.status == 0)
        let lines = result.out.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.prefix { !$0.hasPrefix("USAGE:") }
        // Where a line was broken, its rest would have fitted in front of the next one.
        for (line, next) in zip(text.dropFirst(), text.dropFirst(2)) where !line.isEmpty && !next.isEmpty {
            let word = next.prefix { $0 != " " }
            #expect(
                line.hasPrefix(" ") || next.hasPrefix(" ") || line.hasSuffix(":") || line.count + word.count + 1 > 70,
                "broken at: \(line)")
        }
    }
}

@Suite("Standard input, output and error")
struct StandardFilesTests {
    @Test("what cannot be printed is a failure")
    func fullOutput() throws {
        let process = Process()
        process.executableURL = Daemon.executable
        process.arguments = ["manual"]
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(said.contains("standard output cannot be written"), "\(said)")
    }

    @Test("a daemon started without them opens nothing else in their places", .timeLimit(.minutes(1)))
    func closed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let port = folder.appendingPathComponent("port")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", #"exec "$0" serve --listen 127.0.0.1:0 --data "$1" --port-file "$2" <&- >&- 2>&-"#,
            Daemon.executable.path, folder.appendingPathComponent("data").path, port.path,
        ]
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        while process.isRunning, !FileManager.default.fileExists(atPath: port.path) { usleep(20_000) }
        for descriptor in 0...2 {
            let path = "/proc/\(process.processIdentifier)/fd/\(descriptor)"
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "/dev/null")
        }
    }
}
