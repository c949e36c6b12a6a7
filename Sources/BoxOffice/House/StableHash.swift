// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A hash of bytes that is the same in every run, on every machine and in every version: it decides on which shard an
/// event lives, so it may never change. FNV-1a over the bytes, then the finalizer of MurmurHash3 to spread the low bits.
enum StableHash {
    static func of(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01b3
        }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash = hash &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }

    static func shard(of id: Span<UInt8>, count: Int) -> Int {
        Int(of(id) % UInt64(count))
    }
}
