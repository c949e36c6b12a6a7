// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Testing
import Ticketing

@Suite("The end of time")
struct EndOfTimeTests {
    @Test("time stands still at the end of the year 9999, and the shard goes on")
    func standsStill() throws {
        let rig = try MachineRig<TicketLedger>(SimulatedDisk(), isFounded: false)
        for line in TicketLedger.preparation { #expect(rig.ask(line)?.hasPrefix("OK") == true, "\(line)") }
        // As far as one of them goes: ten years.
        var answer: String?
        for _ in 0..<810 { answer = rig.ask("CLOCK ADVANCE 87600h") }
        #expect(answer == "OK time=9999-12-31T23:59:59Z")
        // It would end after the end of time: it never does, and nobody waits for it.
        #expect(rig.ask(TicketLedger.change(0))?.hasPrefix("OK hold=") == true)
        rig.clock.advance(seconds: 3_600)
        #expect(rig.ask("CLOCK ADVANCE 0s") == "OK time=9999-12-31T23:59:59Z")
        #expect(rig.ask(TicketLedger.change(1))?.hasPrefix("OK hold=") == true)
        #expect(rig.core.machine.nextDue > .latest)
        rig.turns(4)
        #expect(rig.core.isIdle)
    }
}
