// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Testing

@Suite("VIEW, kept until something changes")
struct ViewTests {
    /// A tagged view is rendered anew each time; a plain one may be one that was kept. They must never differ.
    private func check(_ house: TestHouse, _ event: String, after command: String) async {
        let tagged = await house.say("@t VIEW \(event)").map {
            $0.replacing("@t ", with: "").replacing(#","tag":"t""#, with: "")
        }
        for _ in 0..<2 {
            let plain = await house.say("VIEW \(event)")
            #expect(plain == tagged, "after \(command)")
        }
    }

    @Test("a plain view is what a fresh one would be, whatever has changed", arguments: ["text", "json"])
    func fresh(format: String) async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("PERFORMER ADD trio name=\"The Trio\"", is: "OK")
            await house.say("EVENT ADD other venue=globe title=Other starts=2031-06-01T19:30Z currency=EUR price=7")
            await house.say("EVENT SET gala performers=trio", is: "OK")
            await check(house, "gala", after: "EVENT SET gala performers=trio")
            await house.say("PERFORMER SET trio name=\"The Duo\"", is: "OK")
            #expect(await house.say("VIEW gala").contains { $0.contains("The Duo") })
            if format == "json" { await house.say("FORMAT json") }
            var commands = [
                "PING", "EVENT SET gala title=\"Grand Gala\"", "EVENT SET gala performers=trio",
                "PERFORMER SET trio name=Quartet", "PRICE SET gala standard 9", "VENUE SET globe name=\"New Globe\"",
                "EVENT OPEN other", "BLOCK gala stalls/A/9", "UNBLOCK gala stalls/A/9", "EVENT CLOSE gala",
                "EVENT OPEN gala", "CLOCK ADVANCE 700s", "EVENT CANCEL other",
            ]
            var random = SeededRandom(seed: 7)
            for seat in 1...8 { commands.append("HOLD gala stalls/A/\(seat)") }
            commands.append(contentsOf: (0..<4).map { _ in "CLOCK ADVANCE 90s" })
            commands.shuffle(using: &random)
            for command in commands {
                await house.say(command)
                for event in ["gala", "other", "nothing"] { await check(house, event, after: command) }
            }
        }
    }

    @Test("a view does not outlive its event, whose id may come again")
    func afterReset() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("VIEW gala", is: "OK seq=")
            await house.say("RESET", is: "OK")
            await check(house, "gala", after: "RESET")
            await house.openGala()
            await check(house, "gala", after: "a second life")
        }
    }

    @Test("who acts for a buyer sees no draft, though it was viewed just before")
    func drafts() async throws {
        try await TestHouse.run { house in
            await house.openGala()
            await house.say("EVENT ADD draft venue=globe title=Draft starts=2031-06-01T19:30Z currency=EUR price=7")
            await house.say("VIEW draft", is: "OK seq=")
            await house.say("AS somebody", is: "OK")
            await house.say("VIEW draft", is: "ERR NOT_FOUND")
        }
    }
}
