// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("The daemon, over real sockets", .serialized)
struct DaemonTests {
    @Test("sells, is killed, and has forgotten nothing", arguments: [[], ["--no-ring"]])
    func killed(arguments: [String]) throws {
        let daemon = Daemon()
        try daemon.start(arguments)
        try daemon.openGala()
        let replies = try daemon.say("AS ada", "HOLD gala stalls/A/3-4 key=c1")
        #expect(replies[1].hasPrefix("OK hold=H"), "\(replies)")
        let before = try daemon.say("VIEW gala")
        #expect(daemon.end(by: SIGKILL) == -SIGKILL)
        try daemon.start(arguments)
        #expect(try daemon.say("VIEW gala") == before)
        let again = try daemon.say("AS ada", "HOLD gala stalls/A/3-4 key=c1")
        #expect(again[1] == replies[1] + " replayed=yes")
        #expect(daemon.end(by: SIGTERM) == 0)
    }

    @Test("SIGTERM finishes what was asked and exits 0, as a terminal that closes does", arguments: [SIGTERM, SIGHUP])
    func terminated(signal: Int32) throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let socket = try Socket(port: daemon.port)
        socket.send("HOLD gala best=1\nPING\n")
        let replies = socket.read(until: "OK pong")
        #expect(replies.count == 2)
        #expect(daemon.end(by: signal) == 0)
        #expect(socket.readAll() == [])
    }

    @Test("a daemon that was told to outlive its terminal does")
    func nohup() throws {
        // What this process ignores, those that it starts ignore too.
        let before = signal(SIGHUP, SIG_IGN)
        let daemon = Daemon()
        defer { signal(SIGHUP, before) }
        try daemon.start()
        daemon.tell(SIGHUP)
        Thread.sleep(forTimeInterval: 0.2)
        #expect(try daemon.say("PING") == ["OK pong", "OK bye"])
        #expect(daemon.end(by: SIGTERM) == 0)
    }

    @Test("a second process on the same directory is told who has it")
    func locked() throws {
        let daemon = Daemon()
        try daemon.start()
        let second = try Daemon.command(["serve", "--data", daemon.directory.path, "--listen", "127.0.0.1:0"])
        #expect(second.status == 1)
        #expect(second.err.contains("in use by"), "\(second.err)")
        #expect(try daemon.say("PING") == ["OK pong", "OK bye"])
    }

    @Test("listening where others could come in is refused without authentication")
    func notLoopback() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let result = try Daemon.command(["serve", "--data", directory.path, "--listen", "0.0.0.0:0"])
        #expect(result.status == 1)
        #expect(result.err.contains("no authentication is configured"), "\(result.err)")
    }

    @Test(
        "a setting that is wrong is refused before anything is made",
        arguments: [
            #"{"listne":"127.0.0.1:0"}"#, #"{"listen":5}"#, #"{"shards":"two"}"#, #"{"test":1}"#, "[]", "{",
        ])
    func settings(text: String) throws {
        let folder = FileManager.default.temporaryDirectory
        let file = folder.appendingPathComponent("settings-\(UUID().uuidString).json")
        let data = folder.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let result = try Daemon.command(["serve", "--data", data.path, "--config", file.path])
        #expect(result.status == 64)
        #expect(result.err.contains(file.path), "\(result.err)")
        #expect(!FileManager.default.fileExists(atPath: data.path))
    }

    @Test("settings come from a flag, then the environment, then a file")
    func precedence() throws {
        let folder = FileManager.default.temporaryDirectory
        let file = folder.appendingPathComponent("settings-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(#"{"max-connections": 1, "test": true, "shards": 2}"#.utf8).write(to: file)
        let daemon = Daemon()
        try daemon.start(["--config", file.path, "--max-connections", "5"])
        let first = try Socket(port: daemon.port)
        first.send("CLOCK ADVANCE 1s\nSTATS\n")
        let lines = first.read(until: "OK")
        #expect(lines.first?.hasPrefix("OK time=") == true)
        #expect(try daemon.say("PING") == ["OK pong", "OK bye"])
        #expect(try daemon.say("STATS").contains { $0.hasPrefix("* stat shard1.events ") })
    }

    @Test("a data directory that cannot be made is an error, not a crash")
    func unmakeable() throws {
        let result = try Daemon.command(["serve", "--data", "/proc/nope/deeper", "--listen", "127.0.0.1:0"])
        #expect(result.status == 1)
        #expect(result.err.contains("/proc/nope"), "\(result.err)")
    }

    @Test("end of input finishes every complete line; half a line is never executed")
    func endOfInput() throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let socket = try Socket(port: daemon.port)
        socket.send("@1 HOLD gala stalls/A/1\n@2 VIEW gala\n@3 HOLD gala stalls/A/2")
        socket.finish()
        let lines = socket.readAll()
        #expect(lines.first?.hasPrefix("@1 OK hold=") == true, "\(lines)")
        #expect(lines.last?.hasPrefix("@3 ERR TRUNCATED") == true, "\(lines)")
        let view = try daemon.say("VIEW gala")
        #expect(view.contains { $0.hasSuffix("map=h.........") })
    }

    @Test("every reply of a long pipelined script arrives, on QUIT and on end of input", arguments: [true, false])
    func pipelined(quits: Bool) throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let socket = try Socket(port: daemon.port)
        var script = ""
        for number in 0..<20_000 { script += number % 100 == 0 ? "VIEW gala\n" : "@\(number) PING\n" }
        if quits { script += "QUIT\n" }
        let bytes = Array(script.utf8)
        // The reader is slower than the writer, as a script that writes all before it reads.
        let writer = Thread {
            socket.send(bytes)
            if !quits { socket.finish() }
        }
        writer.start()
        let lines = socket.readAll()
        #expect(lines.filter { $0.hasSuffix("OK pong") }.count == 19_800)
        #expect(lines.filter { $0.hasPrefix("OK seq=") }.count == 200)
        #expect((lines.last == "OK bye") == quits)
    }

    @Test("a reader that takes its time gets every reply, on QUIT and on end of input", arguments: [true, false])
    func slowReader(quits: Bool) throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let socket = try Socket(port: daemon.port)
        // Some ten megabytes of replies: more than any socket's buffers hold.
        let bytes = Array((String(repeating: "VIEW gala\n", count: 30_000) + (quits ? "QUIT\n" : "")).utf8)
        let writer = Thread {
            socket.send(bytes)
            if !quits { socket.finish() }
        }
        writer.start()
        Thread.sleep(forTimeInterval: 2.5)
        #expect(try daemon.say("PING") == ["OK pong", "OK bye"])
        let lines = socket.readAll()
        #expect(lines.filter { $0.hasPrefix("OK seq=") }.count == 30_000)
        #expect((lines.last == "OK bye") == quits)
    }

    @Test("a data directory whose journal was emptied is refused, not begun anew")
    func emptied() throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        #expect(daemon.end(by: SIGTERM) == 0)
        let journal = daemon.directory.appendingPathComponent("shard-000")
        for file in try FileManager.default.contentsOfDirectory(atPath: journal.path) {
            try FileManager.default.removeItem(at: journal.appendingPathComponent(file))
        }
        let result = try Daemon.command(["serve", "--data", daemon.directory.path, "--listen", "127.0.0.1:0"])
        #expect(result.status == 1)
        #expect(result.err.contains("shard-000"), "\(result.err)")
    }

    @Test("ten megabytes without a line feed cost one error, and the connection lives on")
    func endlessLine() throws {
        let daemon = Daemon()
        try daemon.start()
        let socket = try Socket(port: daemon.port)
        let writer = Thread {
            socket.send("@x VIEW ")
            for _ in 0..<160 { socket.send([UInt8](repeating: UInt8(ascii: "a"), count: 65_536)) }
            socket.send("\nPING\nQUIT\n")
        }
        writer.start()
        let lines = socket.readAll()
        #expect(lines.count == 3, "\(lines.map { $0.prefix(60) })")
        #expect(lines.first?.hasPrefix("@x ERR LINE_TOO_LONG") == true)
        #expect(lines.dropFirst() == ["OK pong", "OK bye"])
    }

    @Test("what is malformed gets a stable code and a hint, and the connection lives on")
    func malformed() throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let cases: [([UInt8], String)] = [
            (Array("NONSENSE".utf8), "UNKNOWN_COMMAND"), (Array("HOLD".utf8), "BAD_ARG"),
            (Array("HOLD gala \"stalls".utf8), "BAD_SYNTAX"), (Array("PING\0".utf8), "BAD_SYNTAX"),
            ([UInt8(ascii: "P"), 0xED, 0xA0, 0x80], "BAD_UTF8"), ([0xC0, 0xAF], "BAD_UTF8"),
            (Array("HOLD gala stalls/A/1,stalls/A/1".utf8), "BAD_ARG"),
            (Array("HOLD gala best=1000".utf8), "LIMIT_EXCEEDED"),
            (Array("PRICE SET gala standard 99999999999999999999".utf8), "BAD_ARG"),
            (Array("EVENT ADD x venue=globe title=X starts=2031-02-30T10:00Z".utf8), "BAD_ARG"),
            (Array("VENUE ADD caf\u{e9} name=X".utf8), "BAD_ARG"), (Array("VIEW nowhere".utf8), "NOT_FOUND"),
            (Array("GET H0000000000000".utf8), "NOT_FOUND"),
        ]
        let socket = try Socket(port: daemon.port)
        for (bytes, _) in cases { socket.send(bytes + [UInt8(ascii: "\n")]) }
        socket.send("QUIT\n")
        let lines = socket.readAll()
        #expect(lines.count == cases.count + 1, "\(lines)")
        for ((bytes, code), line) in zip(cases, lines) {
            let said = String(decoding: bytes, as: UTF8.self)
            #expect(line.hasPrefix("ERR \(code)") && line.contains("hint="), "\(said) got \(line)")
        }
        #expect(try daemon.say("VIEW gala").last { $0.hasPrefix("OK seq=") }?.hasSuffix("free=30") == true)
    }

    @Test("the last connection that is allowed is served, and one more is told so")
    func connectionLimit() throws {
        let daemon = Daemon()
        try daemon.start(["--max-connections", "2"])
        let first = try Socket(port: daemon.port)
        first.send("PING\n")
        #expect(first.read(until: "OK") == ["OK pong"])
        let second = try Socket(port: daemon.port)
        second.send("PING\n")
        #expect(second.read(until: "OK") == ["OK pong"])
        let third = try Socket(port: daemon.port)
        #expect(third.readAll().first?.hasPrefix("ERR BUSY") == true)
        first.send("PING\n")
        #expect(first.read(until: "OK") == ["OK pong"])
    }

    @Test("a connection is served for as long as it asks, one line at a time", .timeLimit(.minutes(1)))
    func oneAtATime() throws {
        let daemon = Daemon()
        try daemon.start()
        try daemon.openGala()
        let socket = try Socket(port: daemon.port)
        for _ in 0..<300 {
            socket.send("VIEW gala\n")
            #expect(socket.read(until: "OK seq=").count == 7)
        }
    }

    @Test("HTTP gets one sentence and a close; TLS is closed")
    func wrongProtocols() throws {
        let daemon = Daemon()
        try daemon.start()
        let http = try Socket(port: daemon.port)
        http.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(http.readAll().first?.hasPrefix("HTTP/1.1 400") == true)
        let tls = try Socket(port: daemon.port)
        tls.send([0x16, 0x03, 0x01, 0x02, 0x00])
        #expect(tls.readAll() == [])
        #expect(try daemon.say("PING").first == "OK pong")
    }

    @Test("an import is carried out once, however often it is run, and export prints it again")
    func imports() throws {
        let daemon = Daemon()
        try daemon.start()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("catalogue-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(
            """
            {"kind":"venue","id":"hall","name":"Häll","city":"Łódź"}
            {"kind":"section","venue":"hall","section":"stalls"}
            {"kind":"row","venue":"hall","section":"stalls","row":"A","seats":"1-4"}
            {"kind":"performer","id":"dvorak","name":"Antonín Dvořák"}
            {"kind":"event","id":"opening","venue":"hall","title":"Opening","starts":"2031-05-01T23:30-05:00","performers":["dvorak"]}

            """.utf8
        ).write(to: file)
        for _ in 0..<2 {
            let result = try Daemon.command(["import", file.path, "--to", "127.0.0.1:\(daemon.port)"])
            #expect(result.status == 0, "\(result)")
        }
        #expect(try daemon.say("SEARCH dvorak").first?.hasPrefix("* event opening ") == true)
        let exported = try Daemon.command(["export", "--from", "127.0.0.1:\(daemon.port)"])
        #expect(exported.status == 0)
        let other = Daemon()
        try other.start()
        let loaded = try Daemon.command(["shell", "127.0.0.1:\(other.port)"], input: exported.out)
        #expect(loaded.status == 0, "\(loaded.out)")
        #expect(try Daemon.command(["export", "--from", "127.0.0.1:\(other.port)"]).out == exported.out)
        #expect(exported.out.contains("starts=2031-05-01T23:30:00-05:00"), "\(exported.out)")
        #expect(try other.say("SEARCH date=2031-05-01").first?.hasPrefix("* event opening ") == true)
        let broken = try Daemon.command(["import", "-", "--dry-run"], input: "{\"kind\":\"venue\",\"id\":")
        #expect(broken.status == 2)
        let lines = try Daemon.command(["import", "-", "--dry-run"], input: exported.out)
        #expect(lines.status == 2 && lines.err.contains("boxoffice shell"), "\(lines.err)")
    }
}
