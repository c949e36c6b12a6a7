// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Foundation
import Testing

@Suite("Snapshots of a house")
struct SnapshotTests {
    private func files(_ house: TestHouse, _ shard: String, _ end: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: house.directory + "/" + shard)) ?? []
        return names.filter { $0.hasSuffix(end) }.sorted()
    }

    private func flipByte(of path: String, at offset: Int) throws {
        let url = URL(fileURLWithPath: path)
        var data = try Data(contentsOf: url)
        data[data.count > offset ? offset : data.count / 2] ^= 0x40
        try data.write(to: url)
    }

    @Test("SNAPSHOT says OK when every shard and the catalogue have one, and the next start reads them")
    func snapshotAndReopen() async throws {
        try await TestHouse.run(shards: 2) { house in
            await house.openGala()
            let hold = field("hold", of: await house.say("HOLD gala stalls/A/1-3", is: "OK hold=").last) ?? ""
            await house.say("PAY \(hold) amount=13500 method=cash", is: "OK")
            let confirmed = await house.say("CONFIRM \(hold) key=k", is: "OK order=")
            let reply = await house.say("SNAPSHOT", is: "OK snapshot")
            #expect(reply.count == 4, "\(reply)")
            #expect(reply.dropLast().allSatisfy { $0.hasPrefix("* snapshot ") && field("seq", of: $0) != nil })
            for shard in ["catalogue", "shard-000", "shard-001"] {
                #expect(files(house, shard, ".snapshot").count == 1, "\(shard)")
            }
            let kept = await house.say("HOLD gala stalls/B/1 key=after", is: "OK hold=")
            let view = await house.say("VIEW gala")
            try await house.reopen()
            #expect(await house.say("VIEW gala") == view)
            // What was kept beside a key is there on both sides of the snapshot.
            let replayed = await house.say("CONFIRM \(hold) key=k", is: "OK order=").last ?? ""
            #expect(replayed == (confirmed.last ?? "") + " replayed=yes")
            let replayedHold = await house.say("HOLD gala stalls/B/1 key=after", is: "OK hold=").last ?? ""
            #expect(field("hold", of: replayedHold) == field("hold", of: kept.last))
            await house.say("HOLD gala stalls/A/2", is: "ERR SEAT_TAKEN")
            await house.say("VENUE GET globe", is: "OK")
            await house.say("SEARCH obrien", is: "OK n=1")
        }
    }

    @Test("a second SNAPSHOT without a change in between takes none, and says the one that is there")
    func nothingChanged() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            let first = await house.say("SNAPSHOT", is: "OK snapshot")
            let second = await house.say("SNAPSHOT", is: "OK snapshot")
            #expect(first == second)
            #expect(files(house, "shard-000", ".snapshot").count == 1)
        }
    }

    @Test("two generations are kept, and older ones go")
    func generations() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            for seat in 1...4 {
                await house.say("HOLD gala stalls/A/\(seat)", is: "OK")
                await house.say("SNAPSHOT", is: "OK snapshot")
            }
            #expect(files(house, "shard-000", ".snapshot").count == 2)
            try await house.reopen()
            await house.say(
                "HOLD gala stalls/A/1-4", is: "ERR SEAT_TAKEN seats=stalls/A/1,stalls/A/2,stalls/A/3,stalls/A/4")
        }
    }

    @Test("a newest snapshot that is damaged is left aside for the one before it", arguments: [30, 100, 1_000_000])
    func damagedNewest(offset: Int) async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("HOLD gala stalls/A/1", is: "OK")
            await house.say("SNAPSHOT", is: "OK snapshot")
            await house.say("HOLD gala stalls/A/2", is: "OK")
            await house.say("SNAPSHOT", is: "OK snapshot")
            await house.say("HOLD gala stalls/A/3", is: "OK")
            let view = await house.say("VIEW gala")
            await house.close()
            let newest = try #require(files(house, "shard-000", ".snapshot").last)
            try flipByte(of: house.directory + "/shard-000/" + newest, at: offset)
            try await house.open()
            #expect(await house.say("VIEW gala") == view)
            // It is gone by now, and a new one is taken at once, so that there are two again.
            try await eventually {
                let names = files(house, "shard-000", ".snapshot")
                return names.count == 2 && names.last.map { $0 > newest } ?? false
            }
            try await house.reopen()
            #expect(await house.say("VIEW gala") == view)
        }
    }

    @Test("every snapshot damaged: the journal from its first block is read")
    func allDamaged() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("HOLD gala stalls/A/1", is: "OK")
            await house.say("SNAPSHOT", is: "OK snapshot")
            let view = await house.say("VIEW gala")
            await house.close()
            for name in files(house, "shard-000", ".snapshot") {
                try flipByte(of: house.directory + "/shard-000/" + name, at: 80)
            }
            try await house.open()
            #expect(await house.say("VIEW gala") == view)
        }
    }

    @Test("without the beginning of the journal and without a snapshot the house refuses to open")
    func nothingToStartFrom() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("SNAPSHOT", is: "OK snapshot")
            await house.close()
            let shard = house.directory + "/shard-000/"
            let moved = house.directory + "-moved"
            defer { try? FileManager.default.removeItem(atPath: moved) }
            // The journal's segment is gone: the snapshot alone is not enough, since it was durable before it.
            let segment = try #require(files(house, "shard-000", ".journal").first)
            try FileManager.default.moveItem(atPath: shard + segment, toPath: moved)
            await #expect(throws: (any Error).self) { try await house.open() }
            try FileManager.default.moveItem(atPath: moved, toPath: shard + segment)
            try await house.open()
            await house.say("VIEW gala", is: "OK")
        }
    }

    @Test("a snapshot is taken by itself after so much time, and after so much journal")
    func byItself() async throws {
        try await TestHouse.run(snapshots: { $0.everyMilliseconds = 60_000 }) { house in
            await house.openGala()
            #expect(files(house, "shard-000", ".snapshot").isEmpty)
            await house.advance(seconds: 61)
            try await eventually { !files(house, "shard-000", ".snapshot").isEmpty }
        }
        try await TestHouse.run(snapshots: { $0.journalBytes = 65_536 }) { house in
            await house.openGala()
            for seat in 1...40 { await house.say("HOLD gala stalls/\(seat % 2 == 0 ? "A" : "B")/\(seat / 4 + 1)") }
            try await eventually { !files(house, "shard-000", ".snapshot").isEmpty }
        }
    }

    @Test("the journal before the older of two snapshots is removed")
    func trimmed() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            // Some megabytes of journal: a page for each request.
            for round in 0..<3 {
                for number in 0..<300 {
                    await house.say("HOLD gala lawn:1 key=r\(round)n\(number)")
                    await house.say("MINE")
                }
                await house.say("SNAPSHOT", is: "OK snapshot")
            }
            try await eventually { files(house, "shard-000", ".journal").first != "00000001.journal" }
            let view = await house.say("VIEW gala")
            try await house.reopen()
            #expect(await house.say("VIEW gala") == view)
        }
    }

    @Test("a snapshot comes to its end though no page may wait, and everything changes while it is taken")
    func nothingMayWait() async throws {
        try await TestHouse.run(snapshots: { $0.bytesWaitingMax = 1 }) { house in
            await house.openGala(limit: 1_000)
            await house.say("VENUE ADD arena name=Arena")
            await house.say("SECTION ADD arena/a rows=1-200 seats=1-200", is: "OK")
            for event in 0..<8 {
                await house.say(
                    "EVENT ADD e\(event) venue=arena title=E starts=2031-05-01T19:30Z currency=EUR price=1", is: "OK")
                await house.say("EVENT OPEN e\(event)", is: "OK")
            }
            guard let other = await house.anotherSession() else { return }
            async let snapshot = house.say("SNAPSHOT", is: "OK snapshot")
            for number in 0..<200 {
                _ = await other.request("HOLD e\(number % 8) a/\(number)/\(number)")
            }
            _ = await snapshot
            let view = await house.say("VIEW e3")
            try await house.reopen()
            #expect(await house.say("VIEW e3") == view)
        }
    }

    /// Work in the background is waited for, as long as it takes on a busy machine.
    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<600 where !condition() { try await Task.sleep(for: .milliseconds(50)) }
        #expect(condition())
    }
}
