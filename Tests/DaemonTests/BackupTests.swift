// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@Suite("Backup, restore and verify beside a daemon")
struct BackupTests {
    @Test("what was answered before a backup began is in it, and what is restored from it serves it")
    func backupUnderLoad() throws {
        let daemon = Daemon()
        try daemon.start(["--shards", "2"])
        try openHouse(daemon)
        let load = Load(port: daemon.port)
        load.wait(until: 300)
        let answered = load.answered
        let aside = daemon.directory.path + "-backup"
        let restored = Daemon(directory: URL(fileURLWithPath: daemon.directory.path + "-restored"))
        defer { try? FileManager.default.removeItem(atPath: aside) }

        let backup = try Daemon.command(["backup", daemon.directory.path, aside])
        #expect(backup.status == 0 && backup.out.contains("OK: "), "\(backup)")
        let beside = try Daemon.command(["verify", daemon.directory.path, "--json"])
        #expect(beside.status == 0 && beside.out.contains(#""inUse":true"#), "\(beside)")
        let more = load.stop()
        #expect(more.count > answered.count, "the load went on during the backup")
        #expect(daemon.end(by: SIGKILL) == -SIGKILL)

        let restore = try Daemon.command(["restore", aside, restored.directory.path])
        #expect(restore.status == 0 && restore.out.contains("serve --data"), "\(restore)")
        let second = try Daemon.command(["restore", aside, restored.directory.path])
        #expect(second.status == 2 && second.err.contains("not empty"), "\(second)")
        try restored.start()
        let missing = try Set(answered).subtracting(heldSeats(restored))
        #expect(missing.isEmpty, "\(missing.count) of \(answered.count) are not in the backup")
        #expect(restored.end(by: SIGTERM) == 0)
        let after = try Daemon.command(["verify", restored.directory.path])
        #expect(after.status == 0, "\(after)")
    }

    @Test("a copy that was not finished is not served, and a damaged directory is neither sound nor copied")
    func unfinished() throws {
        let daemon = Daemon()
        try daemon.start(["--shards", "1"])
        try daemon.openGala()
        #expect(daemon.end(by: SIGTERM) == 0)
        let aside = Daemon(directory: URL(fileURLWithPath: daemon.directory.path + "-aside"))
        #expect(try Daemon.command(["backup", daemon.directory.path, aside.directory.path]).status == 0)
        // As a backup that ended early leaves it: everything may be there but the file `house`.
        try FileManager.default.removeItem(at: aside.directory.appendingPathComponent("house"))
        let serve = try Daemon.command(["serve", "--data", aside.directory.path, "--listen", "127.0.0.1:0"])
        #expect(serve.status == 1 && serve.err.contains("house"), "\(serve)")
        #expect(try Daemon.command(["verify", aside.directory.path]).status == 2)

        let segment = daemon.directory.appendingPathComponent("shard-000/00000001.journal")
        let file = try FileHandle(forUpdating: segment)
        try file.seek(toOffset: 4_096 + 100)
        try file.write(contentsOf: [0xFF])
        try file.close()
        let verify = try Daemon.command(["verify", daemon.directory.path])
        #expect(verify.status == 1, "\(verify)")
        #expect(verify.out.contains("shard-000/00000001.journal offset 4096"), "\(verify.out)")
        let target = daemon.directory.path + "-never"
        defer { try? FileManager.default.removeItem(atPath: target) }
        let backup = try Daemon.command(["backup", daemon.directory.path, target])
        #expect(backup.status == 1 && !FileManager.default.fileExists(atPath: target + "/house"), "\(backup)")
    }

    @Test("hidden files are in no copy's way, and anything else is named and left alone")
    func targets() throws {
        let daemon = Daemon()
        try daemon.start(["--shards", "1"])
        try daemon.openGala()
        #expect(daemon.end(by: SIGTERM) == 0)
        let files = FileManager.default
        let copies = ["-backup", "-restored", "-strange"].map { daemon.directory.path + $0 }
        defer { for copy in copies { try? files.removeItem(atPath: copy) } }
        for copy in copies {
            try files.createDirectory(atPath: copy + "/lost+found", withIntermediateDirectories: true)
            try files.createDirectory(atPath: copy + "/.snapshot", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: copy + "/.gitkeep"))
        }
        let backup = try Daemon.command(["backup", daemon.directory.path, copies[0]])
        #expect(backup.status == 0, "\(backup)")
        let restore = try Daemon.command(["restore", copies[0], copies[1]])
        #expect(restore.status == 0, "\(restore)")
        #expect(try Daemon.command(["verify", copies[1]]).status == 0)

        try Data().write(to: URL(fileURLWithPath: copies[2] + "/a\u{1B}[2Jb"))
        for command in [["backup", daemon.directory.path], ["restore", daemon.directory.path]] {
            let refused = try Daemon.command(command + [copies[2]])
            #expect(refused.status == 2 && refused.err.contains(#" is not empty ("a\u{1b}[2Jb"): "#), "\(refused)")
            let file = try Daemon.command(command + [copies[2] + "/.gitkeep"])
            #expect(file.status == 2 && file.err.contains(" is no directory "), "\(file)")
        }
        #expect(try files.contentsOfDirectory(atPath: copies[2]).count == 4)
    }

    @Test("what may not be read is not called damaged, and nothing is made of it")
    func forbidden() throws {
        let daemon = Daemon()
        try daemon.start(["--shards", "1"])
        try daemon.openGala()
        #expect(daemon.end(by: SIGTERM) == 0)
        let directory = daemon.directory.path
        let target = directory + "-never"
        for forbidden in ["shard-000/00000001.journal", "catalogue", "house", ""] {
            let path = forbidden.isEmpty ? directory : "\(directory)/\(forbidden)"
            let before = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] ?? 0o700
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
            defer { try? FileManager.default.setAttributes([.posixPermissions: before], ofItemAtPath: path) }
            for command in [["verify", directory], ["inspect", directory], ["backup", directory, target]] {
                let result = try Daemon.commandOfNobody(command)
                #expect(result.status == 2 && result.out.isEmpty, "\(command) without \(path): \(result)")
                #expect(result.err.contains("run it as the user who owns the data directory"), "\(result)")
                #expect(!FileManager.default.fileExists(atPath: target))
            }
        }
        #expect(try Daemon.commandOfNobody(["verify", directory]).status == 0)
    }

    // MARK: A house under load

    /// Forty events, so that both shards have some, in a hall of 400 seats.
    private func openHouse(_ daemon: Daemon) throws {
        var lines = ["VENUE ADD hall name=Hall", "SECTION ADD hall/s rows=1-20 seats=1-20"]
        for event in 0..<40 {
            lines.append(
                "EVENT ADD e\(event) venue=hall title=E\(event) starts=2031-05-01T19:30Z currency=EUR price=100")
            lines.append("EVENT OPEN e\(event)")
        }
        let socket = try Socket(port: daemon.port)
        socket.send((lines + ["QUIT"]).map { $0 + "\n" }.joined())
        let replies = socket.readAll()
        #expect(replies.count == lines.count + 1 && replies.allSatisfy { $0.hasPrefix("OK") })
    }

    /// Every seat that is not free, as `event/section/row/seat`.
    private func heldSeats(_ daemon: Daemon) throws -> Set<String> {
        var seats: Set<String> = []
        for event in 0..<40 {
            for line in try daemon.say("VIEW e\(event)") where line.hasPrefix("* row ") {
                let words = line.split(separator: " ")
                for (index, state) in words[words.count - 1].dropFirst("map=".count).enumerated() where state != "." {
                    seats.insert("e\(event)/\(words[2])/\(index + 1)")
                }
            }
        }
        return seats
    }

    /// Connections that hold seat after seat, and know what was answered.
    private final class Load: @unchecked Sendable {
        private let lock = NSLock()
        private var seats: [String] = []
        private var isStopping = false
        private let group = DispatchGroup()

        init(port: Int) {
            for client in 0..<8 {
                group.enter()
                Thread.detachNewThread { [self] in
                    defer { group.leave() }
                    guard let socket = try? Socket(port: port) else { return }
                    // Each client has events of its own, so that no two ask for one seat.
                    for number in 0..<2_000 where !shouldStop {
                        let event = client + 8 * (number % 5)
                        let seat = "s/\(number / 5 / 20 + 1)/\(number / 5 % 20 + 1)"
                        socket.send("HOLD e\(event) \(seat)\n")
                        guard let reply = socket.read(until: "OK").last, reply.hasPrefix("OK") else { return }
                        lock.withLock { seats.append("e\(event)/\(seat)") }
                    }
                }
            }
        }

        private var shouldStop: Bool { lock.withLock { isStopping } }
        var answered: [String] { lock.withLock { seats } }

        /// Waits until so many were answered, or the clients have ended.
        func wait(until count: Int) {
            while answered.count < count, group.wait(timeout: .now() + .milliseconds(5)) == .timedOut {}
        }

        func stop() -> [String] {
            lock.withLock { isStopping = true }
            group.wait()
            return answered
        }
    }
}
