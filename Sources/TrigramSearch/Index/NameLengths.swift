// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which names of a segment have how many letters. Names are numbered by kind and, within a kind, the shortest first: of
/// the names that a term has, those that what was typed is much of are found without looking at any other.
struct NameLengths: @unchecked Sendable {
    private static let kinds = 3
    /// Names of up to so many letters more are one step: what begins alike lies together as far as it can, since much of
    /// it is often asked for together.
    private static let stepBits = 3
    private static let steps = 256 >> stepBits

    @inline(__always)
    static func step(_ size: NameSize) -> Int { step(Int(size.letters)) }

    @inline(__always)
    private static func step(_ letters: Int) -> Int { letters >> stepBits }

    /// By kind and step the first such name; one more than there are of both.
    private var starts = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)

    init() {}

    init(_ tables: SegmentTables) {
        starts = .zeros(Self.kinds * Self.steps + 1)
        for name in 0..<tables.nameCount {
            let kind = Int(tables.kind(name).rawValue)
            starts[kind * Self.steps + Self.step(tables.nameSizes[name]) + 1] += 1
        }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
    }

    var byteCount: Int { 4 * starts.count }
    func deallocate() { starts.deallocate() }

    /// The names of a kind with so many letters, 255 at most, and some others of about as many.
    func names(_ kind: NameKind, letters: ClosedRange<Int>) -> Range<UInt32> {
        let first = Int(kind.rawValue) * Self.steps
        return starts[first + Self.step(letters.lowerBound)]..<starts[first + Self.step(letters.upperBound) + 1]
    }
}
