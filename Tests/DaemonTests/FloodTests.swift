// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Synchronization
import Testing

@Suite("A client that asks very much")
struct FloodTests {
    @Test("others connect, ask and are answered while what it asked is still being answered")
    func floodAndPing() throws {
        let daemon = Daemon()
        try daemon.start(["--loops", "1"])
        let asked = 2_000
        let answered = Atomic(0)
        let flood = try Socket(port: daemon.port)
        let hasEnded = DispatchSemaphore(value: 0)
        let reader = Thread {
            flood.readAll { if $0.hasPrefix("OK") { answered.add(1, ordering: .relaxed) } }
            hasEnded.signal()
        }
        reader.start()
        flood.send(String(repeating: "COMMANDS\n", count: asked) + "QUIT\n")
        while answered.load(ordering: .relaxed) == 0 { usleep(100) }
        let polite = try Socket(port: daemon.port)
        polite.send("PING\n")
        let reply = polite.read(until: "OK")
        let before = answered.load(ordering: .relaxed)
        #expect(reply.count == 1)
        #expect(before < asked, "PING was answered after the flood")
        hasEnded.wait()
        #expect(answered.load(ordering: .relaxed) == asked + 1)
        #expect(daemon.end(by: SIGTERM) == 0)
    }
}
