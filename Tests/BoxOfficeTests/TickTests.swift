// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Testing

@Suite("What an event loop does in one tick")
struct TickTests {
    /// A desk whose ticks the test takes one by one.
    private final class Loop {
        private(set) var desk: Desk!
        var wantsMore = false

        init(_ house: House) {
            desk = Desk(house: house, wake: {}, goOn: { [unowned self] in wantsMore = true })
        }

        func open() -> (client: RecordingOutput, conversation: Conversation) {
            let client = RecordingOutput()
            return (client, desk.open(client))
        }

        func tick() {
            wantsMore = false
            desk.finishTick()
        }
    }

    private func answers(_ client: RecordingOutput) -> Int { client.lines.count { $0.hasPrefix("OK") } }

    private func say(_ text: String, to conversation: Conversation) {
        Array(text.utf8).withUnsafeBytes { conversation.receive($0) }
    }

    @Test("many who ask for much get a part of it in each tick, and whoever asks little is answered between")
    func floodAndPing() async throws {
        try await TestHouse.run { opened in
            guard let house = await opened.house else { return }
            let loop = Loop(house)
            let (longClient, long) = loop.open()
            say("COMMANDS\n", to: long)
            loop.tick()
            let longest = longClient.bytes.count
            #expect(longest > 1_000)

            let asked = 100
            let flood = (0..<20).map { _ in loop.open() }
            for (_, conversation) in flood {
                say(String(repeating: "COMMANDS\n", count: asked), to: conversation)
            }
            let (politeClient, polite) = loop.open()
            say("PING\n", to: polite)
            // A tick is what sockets brought and what waited: twice the most, and an answer that was begun, for each.
            let most = 2 * (512 << 10) + 2 * longest
            var before = 0
            var ticks = 0
            repeat {
                loop.tick()
                ticks += 1
                let written = flood.reduce(0) { $0 + $1.client.bytes.count }
                #expect(written - before <= most, "tick \(ticks)")
                before = written
                if ticks == flood.count + 1 { #expect(answers(politeClient) == 1) }
            } while loop.wantsMore && ticks < 10_000
            #expect(ticks > 10)
            #expect(flood.allSatisfy { answers($0.client) == asked })
        }
    }

    @Test("the end of the input of somebody whose turn did not come is not forgotten")
    func endBehindAFlood() async throws {
        try await TestHouse.run { opened in
            guard let house = await opened.house else { return }
            let loop = Loop(house)
            let flood = (0..<20).map { _ in loop.open() }
            for (_, conversation) in flood {
                say(String(repeating: "COMMANDS\n", count: 40), to: conversation)
            }
            let (client, late) = loop.open()
            say("PING\nPING\nPING", to: late)
            late.endOfInput()
            var ticks = 0
            repeat {
                loop.tick()
                ticks += 1
            } while loop.wantsMore && ticks < 10_000
            #expect(flood.allSatisfy { answers($0.client) == 40 })
            #expect(answers(client) == 2)
            #expect(String(decoding: client.bytes, as: UTF8.self).contains("ERR TRUNCATED"))
        }
    }
}
