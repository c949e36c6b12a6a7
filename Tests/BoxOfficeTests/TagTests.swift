// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Synchronization
import Testing

@Suite("Tags of requests under way")
struct TagTests {
    /// A loop with some conversations, whose replies are taken in when it is told.
    private actor Loop {
        private let desk: Desk
        private var clients: [(conversation: Conversation, output: RecordingOutput)] = []

        init(_ house: House, clients count: Int) {
            desk = Desk(house: house) {}
            for _ in 0..<count {
                let output = RecordingOutput()
                clients.append((desk.open(output), output))
            }
        }

        /// Has a client say lines in one tick; returns the bytes that it holds for tags while they are under way.
        func say(_ lines: [String], client: Int = 0) -> Int {
            let conversation = clients[client].conversation
            Array((lines.joined(separator: "\n") + "\n").utf8).withUnsafeBytes { conversation.receive($0) }
            let held = conversation.heldTagBytes
            desk.finishTick()
            return held
        }

        /// Ticks until a client has so many lines of answers.
        func answers(_ count: Int, client: Int = 0) async -> [String] {
            while true {
                desk.collect()
                let bytes = clients[client].output.bytes
                if bytes.count(where: { $0 == 0x0A }) >= count {
                    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
                }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }

        /// Bytes that all clients hold for tags.
        var heldBytes: Int { clients.reduce(0) { $0 + $1.conversation.heldTagBytes } }
    }

    private func run(clients: Int = 1, _ body: (Loop) async -> Void) async throws {
        try await TestHouse.run { house in
            await house.openGala()
            guard let open = await house.house else { return }
            await body(Loop(open, clients: clients))
        }
    }

    @Test("every reply has the tag of its request, however many are under way and wherever tags begin")
    func tags() async throws {
        try await run { loop in
            var asked: [String?] = []
            // Untagged ones first; then more tagged ones in each round than there were places for before.
            for (round, size) in [(0, 20), (1, 9), (2, 40), (3, 3), (4, 700), (5, 300)] {
                let tags = (0..<size).map { number -> String? in
                    round == 0 && number < 18 || number % 7 == 3 ? nil : "r\(round).\(number)"
                }
                _ = await loop.say(tags.map { ($0.map { "@\($0) " } ?? "") + "HOLD gala lawn:1" })
                asked += tags
                // Every other round begins while the one before is under way.
                guard round % 2 == 1 else { continue }
                let answers = await loop.answers(asked.count)
                #expect(answers.count == asked.count)
                for (tag, answer) in zip(asked, answers) {
                    #expect(answer.hasPrefix(tag.map { "@\($0) " } ?? "OK ") || tag == nil && answer.hasPrefix("ERR "))
                }
            }
        }
    }

    @Test("who has nothing under way holds no memory for tags")
    func silent() async throws {
        try await run(clients: 100) { loop in
            for client in 0..<100 {
                #expect(await loop.say(["@t PING"], client: client) <= 1_024)
                #expect(await loop.answers(1, client: client) == ["@t OK pong"])
            }
            #expect(await loop.heldBytes == 0)
            // A thousand under way hold what a thousand need, and nothing once they are answered.
            let held = await loop.say((0..<1_000).map { "@\($0) HOLD gala lawn:1" })
            #expect(held >= 32_000 && held < 65_536)
            _ = await loop.answers(1_001)
            #expect(await loop.heldBytes == 0)
        }
    }
}
