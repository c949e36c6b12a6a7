// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import Testing
import Ticketing

/// A turn of a shard does not decide all that came, however much that is: replies and the disk have their turn between.
@Suite("Slices")
struct SliceTests {
    private static let full = 256

    /// What came of a turn: whether it wants another at once.
    private func goesOn<Machine>(_ next: ShardCore<Machine>.Next) -> Bool {
        if case .sleep(let nanoseconds) = next { return nanoseconds == 0 }
        return false
    }

    @Test("a turn ends with the parcel in which it has decided enough, and another follows at once")
    func slices() throws {
        let rig = try ShardRig(SimulatedDisk(), isFounded: false, configuration: JournalConfiguration())
        let lines = { (parcel: Int) in (0..<Self.full).map { "PERFORMER ADD p\(parcel)-\($0) name=P" } }
        let parcels = try (0..<3).map { try #require(rig.parcel(lines($0))) }
        let small = try #require(rig.parcel("PERFORMER ADD last name=P"))
        var arrived = parcels + [small]
        for turn in 0..<3 {
            #expect(goesOn(rig.core.turn(arrived: &arrived)), "turn \(turn)")
            #expect(rig.core.machine.performerCount == (turn + 1) * Self.full)
        }
        #expect(!goesOn(rig.core.turn(arrived: &arrived)))
        #expect(rig.core.machine.performerCount == 3 * Self.full + 1)
    }

    @Test("one less than a slice, and what comes behind it, are decided in one turn")
    func almostFull() throws {
        let rig = try ShardRig(SimulatedDisk(), isFounded: false, configuration: JournalConfiguration())
        let lines = (0..<(Self.full - 1)).map { "PERFORMER ADD p\($0) name=P" }
        var arrived = [try #require(rig.parcel(lines)), try #require(rig.parcel("PERFORMER ADD last name=P"))]
        _ = rig.core.turn(arrived: &arrived)
        #expect(rig.core.machine.performerCount == Self.full)
    }

    @Test("what is due between two slices happens before the second")
    func timersBetween() throws {
        let rig = try MachineRig<TicketLedger>(
            SimulatedDisk(), isFounded: false, configuration: JournalConfiguration())
        for line in TicketLedger.preparation { #expect(rig.ask(line)?.hasPrefix("OK") == true) }
        #expect(rig.ask("HOLD gala stalls/A/1")?.hasPrefix("OK hold=") == true)
        let first = try #require(rig.parcel((0..<Self.full).map { "HOLD gala stalls/A/1 key=k\($0)" }))
        let second = try #require(rig.parcel("HOLD gala stalls/A/1"))
        var arrived = [first, second]
        #expect(goesOn(rig.core.turn(arrived: &arrived)))
        #expect(rig.core.machine.figures.holdsRemembered == 1)
        rig.clock.advance(seconds: 3_600)
        _ = rig.core.turn(arrived: &arrived)
        // The first hold has ended, and its seat is another's.
        #expect(rig.core.machine.figures.holdsRemembered == 2)
        #expect(rig.core.machine.figures.openHolds == 1)
    }
}
