// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Foundation
import Journal
import Testing
import Ticketing

@Suite("A session in the same process")
struct SessionTests {
    @Test("once the house is closed every request is refused, and none waits for ever", .timeLimit(.minutes(1)))
    func closed() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let early = try #require(await house.anotherSession())
            let open = try #require(await house.house)
            await house.close()
            let late = LocalSession(open)
            for session in [early, late] {
                let replies = await session.requests(["PING", "# a comment", "HOLD gala stalls/A/1", "VIEW gala"])
                #expect(replies[1] == [])
                for index in [0, 2, 3] { #expect(replies[index].last?.hasPrefix("ERR DRAINING ") == true) }
            }
        }
    }

    @Test("the refusal of a closed house has the form and the tag that were asked for")
    func closedInJSON() async throws {
        try await TestHouse.run { house in
            let open = try #require(await house.house)
            let session = LocalSession(open)
            _ = await session.request("FORMAT json")
            await house.close()
            let hint = "the house is closed: open it again"
            #expect(
                await session.request("@7 VIEW gala")
                    == [#"{"ok":false,"code":"DRAINING","tag":"7","retry":"later","hint":"\#(hint)"}"#])
            #expect(
                await LocalSession(open).request("@a PING") == [#"@a ERR DRAINING retry=later hint="\#(hint)""#])
        }
    }

    @Test("what is asked while the house closes is answered or refused", .timeLimit(.minutes(1)))
    func closing() async throws {
        try await TestHouse.run { house in
            await house.openGala(limit: 1_000)
            let open = try #require(await house.house)
            await withTaskGroup(of: [String].self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let session = LocalSession(open)
                        return await session.request(
                            number % 2 == 0 ? "HOLD gala lawn:1" : "PERFORMER ADD p\(number) name=P"
                        )
                    }
                }
                group.addTask {
                    await house.close()
                    return ["OK closed"]
                }
                for await reply in group {
                    let last = reply.last ?? "(nothing)"
                    #expect(last.hasPrefix("OK ") || last.hasPrefix("ERR DRAINING "), "\(last)")
                }
            }
        }
    }

    @Test("no house is founded among somebody's files, and what a founding of its own left is in nobody's way")
    func strangers() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for folder in ["lost+found", ".snapshot", ".Trash-1000"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        for file in [".gitkeep", ".nfs000000000000a1b2"] {
            try Data("kept".utf8).write(to: directory.appendingPathComponent(file))
        }
        let files = ["lock", "house.new", "letters.txt"].map { directory.appendingPathComponent($0) }
        for file in files.dropFirst() { try Data("half".utf8).write(to: file) }
        do {
            _ = try await House.open(.init(directory: directory.path))
            Issue.record("a house was founded beside letters.txt")
        } catch let error as HouseError {
            #expect("\(error)".contains("holds other things (letters.txt) and no house; choose a --data"), "\(error)")
        }
        #expect(!FileManager.default.fileExists(atPath: files[0].path))
        try FileManager.default.removeItem(at: files[2])
        try Data().write(to: files[0])
        let house = try await House.open(.init(directory: directory.path))
        #expect(await LocalSession(house).request("PING") == ["OK pong"])
        await house.close()
    }

    @Test(
        "who asks after a rest is answered, however the journal is written, or where none is",
        arguments: [(true, false), (false, false), (true, true), (false, true)])
    func afterRest(usesRing: Bool, isJournalOff: Bool) async throws {
        try await TestHouse.run(usesRing: usesRing, isJournalOff: isJournalOff) { house in
            await house.openGala()
            for _ in 0..<5 {
                // At rest the shard writes the block that vouches for the last ones, and sleeps.
                await house.advance(seconds: 1)
                try await Task.sleep(for: .milliseconds(50))
                let asked = Task { await house.say("HOLD gala best=1", is: "OK hold=") }
                let watch = Task {
                    try await Task.sleep(for: .seconds(60))
                    Issue.record("no answer came: only a look at the clock brings it")
                    await house.advance(seconds: 0)
                }
                _ = await asked.value
                watch.cancel()
            }
        }
    }

    @Test("a stranger's name is shown so that it can neither end a line nor tell the terminal anything")
    func strangersNames() {
        func said(_ file: String) -> String { "\(HouseError.notEmpty(directory: "/data", file: file))" }
        #expect(said("letters.txt").contains(" (letters.txt) "))
        let escaped = said("a\u{1B}[2J\nb\u{202E}")
        #expect(escaped.contains(#" ("a\u{1b}[2J\nb\u{202e}") "#), "\(escaped)")
    }

    @Test("what the system refuses is a house's error, and says what to do")
    func refusedBySystem() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("boxoffice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        // A directory in the place of the lock file: it cannot be opened for writing, by nobody.
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("lock"), withIntermediateDirectories: true)
        await #expect(throws: HouseError.self) {
            _ = try await House.open(.init(directory: directory.path))
        }
        let refused = HouseError.system(
            path: "/data", doing: "lock", errno: EACCES, message: "EACCES (permission denied)")
        #expect(
            "\(refused)"
                == "lock /data failed: EACCES (permission denied); run it as the user who owns the data directory, or choose another --data"
        )
        let unreadable = StorageError(.open, "/data/shard-000/00000001.journal", errno: EACCES)
        let said = "\(HouseError.journal(directory: "/data/shard-000", .storage(unreadable)))"
        #expect(said.hasSuffix("run it as the user who owns the data directory, or choose another --data"), "\(said)")
    }
}
