// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The record that begins a journal: which shard of how many it is, and the secret that its issued ids and idempotency
/// keys are made with. It is written once and outlives `RESET`.
///
/// Its body: version (1 byte) = 1, shard (1), shards (1), secret (32).
public struct FoundingRecord: Equatable, Sendable {
    /// Bytes of a secret, random and never shown.
    public static let secretBytes = 32
    /// Stands in ``shard`` for the catalogue.
    public static let catalogueShard: UInt8 = 255
    private static let version: UInt8 = 1

    public var shard: UInt8
    public var shards: UInt8
    public var secret: [UInt8]

    /// - Precondition: `secret` is ``secretBytes`` long, `shards` is 1 to ``Limits/shardsMax``, and `shard` is less or
    ///   ``catalogueShard``.
    public init(shard: UInt8, shards: UInt8, secret: [UInt8]) {
        precondition(secret.count == Self.secretBytes, "a journal's secret is 32 bytes long")
        precondition(Self.isValid(shard: shard, shards: shards), "a journal belongs to a shard that there is")
        self.shard = shard
        self.shards = shards
        self.secret = secret
    }

    static func isValid(shard: UInt8, shards: UInt8) -> Bool {
        shards >= 1 && Int(shards) <= Limits.shardsMax && (shard < shards || shard == catalogueShard)
    }

    public func write(at time: Instant, into record: inout RecordWriter) {
        record.begin(type: RecordType.founding, at: time)
        record.append(Self.version)
        record.append(shard)
        record.append(shards)
        record.append(raw: secret.span)
        record.end()
    }

    /// Reads the whole record, type and time included.
    public init(decoding record: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(record)
        guard reader.read(UInt8.self) == RecordType.founding else {
            throw .malformed(type: RecordType.founding, what: "the first record is not the founding")
        }
        _ = reader.read(Int64.self)
        let version = reader.read(UInt8.self)
        let shard = reader.read(UInt8.self)
        let shards = reader.read(UInt8.self)
        let range = reader.readRange(Self.secretBytes)
        guard version == Self.version, !reader.isMalformed, reader.remaining == 0,
            Self.isValid(shard: shard, shards: shards)
        else { throw .malformed(type: RecordType.founding, what: "fields") }
        var secret: [UInt8] = []
        secret.reserveCapacity(Self.secretBytes)
        for index in range { secret.append(record[index]) }
        self.init(shard: shard, shards: shards, secret: secret)
    }
}
