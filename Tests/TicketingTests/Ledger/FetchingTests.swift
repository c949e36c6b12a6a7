// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Fetching ahead of a batch")
struct FetchingTests {
    /// Fetching is a hint, and a request that is passed over is answered all the same: only here would it be seen.
    @Test("with many events, each request that names an event or an open hold is fetched for")
    func requestsThatAreFetchedFor() {
        let desk = Desk()
        desk.checksEverything = false
        for number in 0..<1_023 { desk("EVENT ADD e\(number) venue=studio title=T starts=2031-05-01T19:30Z") }
        desk.openGala()
        let held = desk("HOLD gala stalls/A/1-2", as: "ada").hold
        let batch = RequestBatch()
        for line in [
            "HOLD gala stalls/A/3", "HOLD nowhere stalls/A/3", "EXTEND \(held)", "RELEASE \(held)", "PAY \(held)",
            "CONFIRM \(held)", "GET \(held)", "GET T0000000000000", "MINE",
        ] {
            batch.requests.append(desk.parse(line, as: "ada", role: .operator, into: batch))
        }
        batch.lend { desk.ledger.fetch(for: $0) }
        #expect(desk.ledger.upcoming.map(\.hold) == [0, 0, 1, 1, 1, 1, 1])
        #expect(desk.ledger.upcoming.first?.event == 1_023)
    }
}
