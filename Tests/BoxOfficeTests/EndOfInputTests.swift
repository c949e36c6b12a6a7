// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Synchronization
import Testing

@Suite("The end of a client's input")
struct EndOfInputTests {
    /// A loop with one conversation, fed all at once, as a script through a pipe is.
    private actor Loop {
        private let desk: Desk
        private let conversation: Conversation
        private let output = RecordingOutput()
        private var waiting: CheckedContinuation<Void, Never>?

        private final class Relay: Sendable {
            let wake = Mutex<(@Sendable () -> Void)?>(nil)
        }

        init(_ house: House) {
            let relay = Relay()
            desk = Desk(house: house) { relay.wake.withLock { $0 }?() }
            conversation = desk.open(output)
            relay.wake.withLock { $0 = { [weak self] in Task { await self?.collect() } } }
        }

        /// Says all of `text`, ends the input, and returns the lines that came before the conversation was over.
        func say(_ text: String) async -> [Substring] {
            Array(text.utf8).withUnsafeBytes { conversation.receive($0) }
            conversation.endOfInput()
            await withCheckedContinuation { continuation in
                waiting = continuation
                desk.finishTick()
                finishIfOver()
            }
            return output.lines
        }

        private func collect() {
            desk.collect()
            finishIfOver()
        }

        private func finishIfOver() {
            guard output.isOver, let waiting else { return }
            self.waiting = nil
            waiting.resume()
        }
    }

    @Test("every complete line is finished and answered, however many wait; an unterminated one is never executed")
    func allLines() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            guard let open = await house.house else { return }
            var lines: [String] = []
            for number in 0..<1_500 {
                lines.append(number % 3 == 0 ? "VIEW gala section=lawn" : "HOLD gala lawn:1 key=k\(number)")
            }
            let text = lines.joined(separator: "\n") + "\nHOLD gala stalls/A/1"
            let replies = await Loop(open).say(text).filter { !$0.hasPrefix("* ") }
            #expect(replies.count == lines.count + 1)
            #expect(replies.last?.hasPrefix("ERR TRUNCATED") == true)
            #expect(replies.filter { $0.hasPrefix("OK hold=") }.count == 100, "the lawn has a hundred places")
            await house.say("HOLD gala stalls/A/1", is: "OK hold=")
        }
    }
}
