// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Ids as clients know them, made of the numbers by which records and snapshots know holds, payments, orders and tickets.
struct ClientIDs {
    private let shard: UInt8
    private let keys: IssuedIDKeys

    init(shard: UInt8, secret: [UInt8]) {
        self.shard = shard
        keys = IssuedIDKeys(secret: secret)
    }

    func text(_ kind: IssuedKind, _ serial: UInt64) -> String {
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        reply.line(.ok)
        reply.beginText(.id)
        let start = reply.span.count
        IssuedID(kind: kind, shard: shard, serial: serial).append(to: &reply, keys: keys)
        return String(decoding: reply.bytes[start...], as: UTF8.self)
    }
}
