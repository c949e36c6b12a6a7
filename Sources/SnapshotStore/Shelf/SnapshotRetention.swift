// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Which snapshots are kept, and how far back the journal must be.
struct SnapshotRetention: Equatable {
    /// Snapshots between the newest two and the base that stay while the journal is kept for some time, so that the base
    /// can move on in steps of an eighth of it.
    static let stepsInTimeKept: Int64 = 8

    /// Newest first.
    var kept: [SnapshotFile] = []
    var dropped: [SnapshotFile] = []
    /// The journal's blocks up to this one are needed by nobody; 0 where all of it is.
    var trimThrough: UInt64 = 0

    /// - Parameters:
    ///   - generations: the snapshots there are, newest first.
    ///   - keepMilliseconds: how long the past must stay reachable, or 0.
    init(_ generations: [SnapshotFile], now: Int64, keepMilliseconds: Int64) {
        guard let oldest = generations.last, generations.count >= 2 else {
            // Without a generation before it the journal from its first block is that generation.
            kept = generations
            return
        }
        guard keepMilliseconds > 0 else {
            kept = Array(generations[..<2])
            dropped = Array(generations[2...])
            trimThrough = generations[1].sequence
            return
        }
        let (cutoff, overflow) = now.subtractingReportingOverflow(keepMilliseconds)
        let base = overflow ? nil : generations.firstIndex { $0.timeMilliseconds <= cutoff }
        let step = max(1, keepMilliseconds / Self.stepsInTimeKept)
        var isKept = [Bool](repeating: false, count: generations.count)
        // While no snapshot is old enough, the oldest one is what later becomes the base.
        let start = base ?? generations.count - 1
        isKept[start] = true
        isKept[0] = true
        isKept[1] = true
        var last = generations[start].timeMilliseconds
        for index in stride(from: start - 1, through: 2, by: -1) {
            let time = generations[index].timeMilliseconds
            let (due, overflow) = last.addingReportingOverflow(step)
            guard !overflow, time >= due else { continue }
            isKept[index] = true
            last = time
        }
        for (index, generation) in generations.enumerated() {
            if isKept[index] { kept.append(generation) } else { dropped.append(generation) }
        }
        // Where nothing is old enough, all of the journal that there is is younger than what must be kept.
        trimThrough = base == nil ? 0 : (kept.last ?? oldest).sequence
    }
}
