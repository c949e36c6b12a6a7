// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Lists by a hash: entries of bucket `b` are `entries[start[b]..<start[b + 1]]`. Buckets are shared by several keys, so
/// that what is found is to be compared.
struct BucketTable: @unchecked Sendable {
    var start = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    var entries = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    var shift: UInt64 = 64

    var byteCount: Int { 4 * (start.count + entries.count) }

    @inline(__always)
    func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> shift) }

    func deallocate() {
        start.deallocate()
        entries.deallocate()
    }

    /// Puts `count` things into the buckets of their keys: counted first, then filled, so that a bucket lists its things
    /// in order. `keys` calls its body with each entry and key of a thing.
    static func make(
        count: Int, estimate: Int, bucketsMax: Int, _ keys: (Int, (UInt32, UInt64) -> Void) -> Void
    ) -> BucketTable {
        var (bits, buckets) = (UInt64(2), 4)
        while buckets < estimate, buckets < bucketsMax { (bits, buckets) = (bits + 1, buckets * 2) }
        var table = BucketTable()
        table.shift = 64 - bits
        let start = UnsafeMutableBufferPointer<UInt32>.zeros(buckets + 1)
        table.start = start
        let shape = table
        for thing in 0..<count { keys(thing) { start[shape.bucket($1) + 1] += 1 } }
        for bucket in 0..<buckets { start[bucket + 1] += start[bucket] }
        let entries = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: Int(start[buckets]))
        table.entries = entries
        for thing in 0..<count {
            keys(thing) { entry, hash in
                let bucket = shape.bucket(hash)
                entries[Int(start[bucket])] = entry
                start[bucket] += 1
            }
        }
        // Filling moved every start to its end, which is the next one's start.
        for bucket in stride(from: buckets, to: 0, by: -1) { start[bucket] = start[bucket - 1] }
        start[0] = 0
        return table
    }
}
