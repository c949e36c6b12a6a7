// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("a daemon with its journal off")
struct JournalOffTests {
    @Test("it sells, says in STATS that nothing is kept, refuses a snapshot, and has forgotten all at the next start")
    func forgets() throws {
        let daemon = Daemon()
        try daemon.start(["--test", "--journal", "off"], namesDirectory: false)
        try daemon.openGala()
        let hold = try daemon.say("HOLD gala stalls/A/1").first ?? ""
        #expect(hold.hasPrefix("OK hold="), "\(hold)")
        #expect(try daemon.say("HOLD gala stalls/A/1").first?.hasPrefix("ERR SEAT_TAKEN") == true)
        let storages = try daemon.say("STATS").filter { $0.contains(".storage ") }
        #expect(storages.count == 2)
        for line in storages { #expect(line.contains("nothing is kept"), "\(line)") }
        #expect(try daemon.say("SNAPSHOT").first?.hasPrefix("ERR FORBIDDEN") == true)
        #expect(daemon.end(by: SIGTERM) == 0)
        #expect(!FileManager.default.fileExists(atPath: daemon.directory.path))
        try daemon.start(["--test", "--journal", "off"], namesDirectory: false)
        #expect(try daemon.say("VIEW gala").first?.hasPrefix("ERR NOT_FOUND") == true)
    }

    @Test("its thousands of holds pass from segment to segment of the journal that nobody keeps")
    func manySegments() throws {
        let daemon = Daemon()
        try daemon.start(["--test", "--journal", "off"], namesDirectory: false)
        try daemon.openGala()
        // A hold of a seat at a time, each in a block of its own: more than the first segments hold.
        let socket = try Socket(port: daemon.port)
        for _ in 0..<600 {
            socket.send("HOLD gala stalls/A/1\n")
            let hold = socket.read(until: "OK").last ?? ""
            #expect(hold.hasPrefix("OK hold="), "\(hold)")
            socket.send("RELEASE \(hold.dropFirst(8).prefix { $0 != " " })\n")
            #expect(socket.read(until: "OK").last?.hasPrefix("OK") == true)
        }
    }

    @Test(
        "it is refused without --test, and beside any data directory, whose files stay as they are",
        arguments: [["--journal", "off"], ["--journal", "off", "--test"], ["--journal", "of", "--test"]])
    func refused(arguments: [String]) throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        #expect(daemon.end(by: SIGTERM) == 0)
        let before = try files(of: daemon)
        let result = try Daemon.command(
            ["serve", "--data", daemon.directory.path, "--listen", "127.0.0.1:0"] + arguments)
        #expect(result.status == 64)
        #expect(result.err.contains("--journal"), "\(result.err)")
        #expect(result.out == "")
        #expect(try files(of: daemon) == before)
        // And without a directory it still asks for --test.
        if !arguments.contains("--test") {
            #expect(try Daemon.command(["serve", "--listen", "127.0.0.1:0"] + arguments).status == 64)
        }
    }

    private func files(of daemon: Daemon) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: daemon.directory.path) {
            found[path] = try? Data(contentsOf: daemon.directory.appendingPathComponent(path))
        }
        return found
    }
}
