// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

/// Houses that hold what an older version took and this one refuses in a request.
@Suite("A house of an older version")
struct OlderHouseTests {
    @Test("what nobody could name today is exported so that it can be loaded, with all that depends on it")
    func exported() throws {
        let daemon = Daemon()
        try daemon.start(["--shards", "1"])
        let lines = [
            "VENUE ADD hall name=NOINK city=Lyon", "SECTION ADD hall/stalls rows=A seats=1-4",
            "VENUE ADD shed name=Shed", "SECTION ADD shed/loft name=NOINK", "ROW ADD shed/loft/A seats=1-3 name=NOINK",
            "AREA ADD shed/yard capacity=9 name=NOINK", "SECTION ADD shed/hay name=Hay",
            "PERFORMER ADD ab name=NOINK genre=Jazz", "PERFORMER ADD ac name=Ac", "PERFORMER ADD ad name=Ad",
            "EVENT ADD gala venue=hall title=NOINK starts=2031-05-01T19:30Z currency=EUR price=4500 performers=ad,ab,ac",
            "EVENT OPEN gala",
        ]
        let socket = try Socket(port: daemon.port)
        socket.send((lines + ["QUIT"]).map { $0 + "\n" }.joined())
        let replies = socket.readAll()
        #expect(replies.count == lines.count + 1 && replies.allSatisfy { $0.hasPrefix("OK") }, "\(replies)")
        // No digest of the state is written then.
        #expect(daemon.end(by: SIGKILL) == -SIGKILL)
        let catalogue = daemon.directory.appendingPathComponent("catalogue/00000001.journal")
        let shard = daemon.directory.appendingPathComponent("shard-000/00000001.journal")
        // As many bytes: a filler of Braille that leaves no ink, and two spaces.
        #expect(try JournalFile.replace("NOINK", by: " \u{2800} ", in: catalogue) == 5)
        #expect(try JournalFile.replace("NOINK", by: "     ", in: shard) == 1)
        #expect(try JournalFile.replace("ad,ab,ac", by: "ad,ab,ad", in: shard) == 1)
        try daemon.start()
        let hall = try daemon.say("VENUE GET hall").first ?? ""
        #expect(hall.hasPrefix("* venue hall name=\" \u{2800} \" city=Lyon"), "\(hall)")
        #expect(try daemon.say("EVENT GET gala").first?.contains(" performers=ad,ab,ad") == true)

        let exported = try Daemon.command(["export", "--from", "127.0.0.1:\(daemon.port)"])
        #expect(exported.status == 0)
        for line in [
            "VENUE ADD hall name=hall city=Lyon", "SECTION ADD shed/loft", "SECTION ADD shed/hay name=Hay",
            "PERFORMER ADD ab name=ab genre=Jazz", "PERFORMER ADD ac name=Ac",
        ] { #expect(exported.out.contains(line + "\n"), "\(line): \(exported.out)") }
        #expect(exported.out.contains("EVENT ADD gala venue=hall title=gala starts="), "\(exported.out)")
        #expect(exported.out.contains(" performers=ad,ab\n") || exported.out.contains(" performers=ad,ab "))
        let other = Daemon()
        try other.start()
        let loading = try Socket(port: other.port)
        loading.send(exported.out + "QUIT\n")
        let loaded = loading.readAll()
        #expect(loaded.last == "OK bye" && loaded.allSatisfy { $0.hasPrefix("OK") }, "\(loaded)")
        #expect(try Daemon.command(["export", "--from", "127.0.0.1:\(other.port)"]).out == exported.out)
    }
}

/// A journal's file, changed by the description of its format, so that it is as sound as it was.
private enum JournalFile {
    /// Puts `new` in the place of `old`, which has as many bytes, wherever it stands, and makes the checksums anew.
    /// Returns how often it stood there.
    static func replace(_ old: String, by new: String, in file: URL) throws -> Int {
        var bytes = try Data(contentsOf: file)
        try #require(old.utf8.count == new.utf8.count)
        var count = 0
        while let place = bytes.range(of: Data(old.utf8)) {
            bytes.replaceSubrange(place, with: Data(new.utf8))
            count += 1
        }
        var before: UInt32 = 0
        var block = 4_096
        while block < bytes.count, bytes[block..<(block + 4)].elementsEqual("BXBK".utf8) {
            let payload = (0..<4).reduce(0) { $0 | Int(bytes[block + 48 + $1]) << (8 * $1) }
            let end = block + (64 + payload + 4_095) / 4_096 * 4_096
            put(before, at: block + 56, in: &bytes)
            put(checksum(bytes[(block + 64)..<end]), at: block + 60, in: &bytes)
            before = checksum(bytes[(block + 8)..<(block + 64)])
            put(before, at: block + 4, in: &bytes)
            block = end
        }
        try bytes.write(to: file)
        return count
    }

    private static func put(_ value: UInt32, at offset: Int, in bytes: inout Data) {
        for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }

    /// CRC32C, bit by bit.
    private static func checksum(_ bytes: Data) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~sum
    }
}
