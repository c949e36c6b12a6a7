// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A dictionary the other way round: the terms of each name, in order.
struct ForwardTable: @unchecked Sendable {
    private var start = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// Each term above the five bits of its ``Place``.
    private var terms = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)

    init() {}

    init(_ table: TermTable, names: Int) {
        start = .zeros(names + 1)
        for posting in table.postings { start[Int(posting >> Place.bits) + 1] += 1 }
        for name in 0..<names { start[name + 1] += start[name] }
        terms = .allocate(capacity: table.postings.count)
        for term in 0..<table.count {
            for index in Int(table.postingStart[term])..<Int(table.postingStart[term + 1]) {
                let posting = table.postings[index]
                let name = Int(posting >> Place.bits)
                terms[Int(start[name])] = UInt32(term) << Place.bits | posting & Place.mask
                start[name] += 1
            }
        }
        // Filling moved every start to its end, which is the next one's start.
        for name in stride(from: names, to: 0, by: -1) { start[name] = start[name - 1] }
        start[0] = 0
    }

    @inline(__always)
    subscript(name: UInt32) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(rebasing: terms[Int(start[Int(name)])..<Int(start[Int(name) + 1])])
    }

    /// Has where a name's terms begin brought near; and, once that is there, the terms.
    @inline(__always)
    func prefetchStart(_ name: UInt32) { start.prefetch(Int(name)) }

    @inline(__always)
    func prefetchTerms(_ name: UInt32) { terms.prefetch(Int(start[Int(name)])) }

    var byteCount: Int { 4 * (start.count + terms.count) }

    func deallocate() {
        start.deallocate()
        terms.deallocate()
    }
}
