// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

package import Ticketing

extension TicketLedger: StateMachine {
    package static var snapshotKind: UInt32 { SnapshotContent.ledgerKind }
}

extension Catalogue: StateMachine {
    package static var snapshotKind: UInt32 { SnapshotContent.catalogueKind }

    package func writeStats(prefix: String, to reply: inout ReplyWriter) {
        Self.write(prefix + "venues", Int64(venueCount), to: &reply)
        Self.write(prefix + "performers", Int64(performerCount), to: &reply)
        Self.write(prefix + "keys", Int64(keyCount), to: &reply)
    }
}

extension StateMachine {
    fileprivate static func write(_ name: String, _ value: Int64, to reply: inout ReplyWriter) {
        reply.line(.stat)
        reply.field(.name, name)
        reply.field(.value, value)
    }
}
