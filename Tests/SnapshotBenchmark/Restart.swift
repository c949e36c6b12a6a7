// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import Glibc
import Journal
import Ring
import Ticketing

/// How long the shard of a directory takes to come back: with its snapshot, and by the journal alone.
enum Restart {
    static func measure(directory: String) throws {
        let last = try measure("from the newest snapshot", directory: directory)
        // Out of the way, so that the journal from its first block is all there is.
        let aside = directory + "/aside"
        _ = system("mkdir '\(aside)' && mv '\(directory)'/*.snapshot '\(directory)'/manifest '\(aside)'/")
        let first = try measure("from the journal's first block", directory: directory)
        _ = system("mv '\(aside)'/* '\(directory)'/ && rmdir '\(aside)'")
        guard last == first else { throw BenchmarkFailed("the two ways lead to different states") }
        print("both lead to the same digest")
    }

    private static func measure(_ what: String, directory: String) throws -> UInt64 {
        let start = ShardThread.monotonicNanoseconds()
        let startWork = threadNanoseconds()
        let storage = PlainStorage(try PosixDirectory(directory), wake: {})
        let recovery = try ShardRecovery<TicketLedger>(
            storage: storage, shelves: try PosixDirectory(directory), identity: .existing(Rig.id), path: directory
        ) { TicketLedger() }
        let seconds = Double(ShardThread.monotonicNanoseconds() - start) / 1e9
        let work = Double(threadNanoseconds() - startWork) / 1e9
        let records = recovery.journal.recovery.recordCount
        print(
            "restart \(what): \(hundredths(seconds)) s, of it \(hundredths(work)) s of processor, \(records) records of \(recovery.journal.recovery.bytesRead >> 20) MiB"
                + " replayed (\(hundredths(Double(records) / work / 1e6)) million a second of processor)")
        return recovery.machine.digest
    }
}
