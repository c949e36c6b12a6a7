// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Testing
import Ticketing

/// With many events, what a batch of requests names is fetched before it is decided, and what it changes before it is
/// published: hints, from which nothing may follow, whatever the requests name.
@Suite("A house with many events")
struct ManyEventsTests {
    private static let events = 1_100

    @Test("a batch that names known and unknown events, buyers and holds is answered as one by one, and shown so")
    func batches() async throws {
        try await TestHouse.run { house in
            await house.say("VENUE ADD barn name=Barn")
            await house.say("SECTION ADD barn/pit rows=A-B seats=1-4")
            await house.say("AREA ADD barn/loft capacity=5")
            let session = try #require(await house.anotherSession())
            let facts = "venue=barn title=Night starts=2031-05-01T19:30Z currency=EUR price=100"
            let numbers = 0..<Self.events
            let added = await session.requests(numbers.map { "EVENT ADD n\($0) \(facts)" })
            #expect(added.allSatisfy { $0.last?.hasPrefix("OK event=") == true })
            let opened = await session.requests(numbers.map { "EVENT OPEN n\($0)" })
            #expect(opened.allSatisfy { $0.last?.hasPrefix("OK event=") == true })

            let first = await session.requests(
                ["AS ada"] + numbers.map { "HOLD n\(($0 * 7) % Self.events) pit/A/1" }
                    + ["AS bob", "HOLD n5 pit/A/2", "HOLD n5 pit/A/1", "HOLD nowhere pit/A/1", "HOLD n6 loft:2"])
            #expect(first.dropFirst().prefix(Self.events).allSatisfy { $0.last?.hasPrefix("OK hold=") == true })
            let ends = first.suffix(4).map { $0.last?.split(separator: " ").prefix(2).joined(separator: " ") ?? "" }
            #expect(ends.first?.hasPrefix("OK hold=") == true && ends.last?.hasPrefix("OK hold=") == true, "\(ends)")
            #expect(ends.dropFirst().dropLast() == ["ERR SEAT_TAKEN", "ERR NOT_FOUND"])

            let holds = first.compactMap { field("hold", of: $0.last) }
            let second = await session.requests(
                [
                    "AS ada", "RELEASE \(holds[0])", "RELEASE \(holds[0])", "RELEASE H0000000000000", "RELEASE x",
                    "PAY \(holds[1]) amount=100 method=cash", "CONFIRM \(holds[1])", "EXTEND \(holds[2])",
                    "GET \(holds[3])",
                ])
            #expect(
                second.map { $0.last?.prefix { $0 != " " } ?? "" }
                    == ["OK", "OK", "ERR", "ERR", "ERR", "OK", "OK", "OK", "OK"], "\(second)")
            for (event, map) in [("n0", "...."), ("n7", "x..."), ("n5", "hh.."), ("n14", "h...")] {
                let view = await house.say("VIEW \(event)")
                #expect(view.contains { $0.contains("row pit/A") && $0.hasSuffix("map=\(map)") }, "\(event): \(view)")
            }
            #expect(await house.say("VIEW n6").contains { $0.contains("area") && $0.contains("free=3") })
        }
    }
}
