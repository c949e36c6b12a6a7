// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Journal
import Testing

@testable import SnapshotStore

@Suite("Which snapshots are kept")
struct RetentionTests {
    /// Snapshots captured at these times, in this order; the n-th one's sequence is 10 n.
    private func generations(_ times: [Int64]) -> [SnapshotFile] {
        times.enumerated().reversed().map { index, time in
            SnapshotFile(
                header: header(UInt64(index + 1) * 10, time: time), bytes: 200, frames: 1, compressedBytes: 10,
                decodedBytes: 10, stateDigest: 0, checksum: 0)
        }
    }

    private func decide(_ times: [Int64], now: Int64, keep: Int64) -> (kept: [Int64], trimThrough: UInt64) {
        let retention = SnapshotRetention(generations(times), now: now, keepMilliseconds: keep)
        #expect(retention.kept.count + retention.dropped.count == times.count)
        return (retention.kept.map(\.timeMilliseconds), retention.trimThrough)
    }

    @Test("the newest and the one before, and the journal behind that one")
    func two() {
        #expect(decide([], now: 5, keep: 0) == ([], 0))
        #expect(decide([1], now: 5, keep: 0) == ([1], 0), "the journal from block 1 is the older generation")
        #expect(decide([1, 2], now: 5, keep: 0) == ([2, 1], 10))
        #expect(decide([1, 2, 3, 4], now: 5, keep: 0) == ([4, 3], 30))
    }

    @Test("while time is kept, the newest snapshot old enough is the base, and nothing older stays")
    func base() {
        #expect(decide([1], now: 5_000, keep: 100) == ([1], 0))
        #expect(decide([1, 2], now: 5_000, keep: 100) == ([2, 1], 10), "old enough, and still two")
        #expect(decide([0, 50, 100, 180, 190], now: 200, keep: 100) == ([190, 180, 100], 30))
        #expect(
            decide([0, 50, 99, 101, 180, 190], now: 200, keep: 100).trimThrough == 30, "exactly as old is old enough")
        #expect(decide([0, 50, 101, 102], now: 200, keep: 100) == ([102, 101, 50], 20))
    }

    @Test("where nothing is old enough, all of the journal is needed and the oldest snapshot stays")
    func nothingOldEnough() {
        #expect(decide([150, 151, 152, 153, 154], now: 200, keep: 100) == ([154, 153, 150], 0))
        #expect(decide([1, 2, 3], now: .min + 5, keep: .max) == ([3, 2, 1], 0), "times do not overflow")
    }

    @Test(
        "over months the journal is never shorter than what is to be kept, nor the snapshots many",
        arguments: [1, 7, 60])
    func overTime(minutesBetween: Int64) {
        let minute: Int64 = 60_000
        let keep = 30 * 24 * 60 * minute
        var kept: [SnapshotFile] = []
        var random = SeededRandom(seed: UInt64(minutesBetween))
        var trimmed: UInt64 = 0
        var oldestBase: Int64 = 0
        var most = 0
        for number in 1...20_000 {
            let now = Int64(number) * minutesBetween * minute + Int64.random(in: 0..<minute, using: &random)
            let file = SnapshotFile(
                header: header(UInt64(number), time: now), bytes: 200, frames: 1, compressedBytes: 10, decodedBytes: 10,
                stateDigest: 0, checksum: 0)
            let retention = SnapshotRetention([file] + kept, now: now, keepMilliseconds: keep)
            #expect(retention.trimThrough >= trimmed, "the base only moves on")
            if retention.trimThrough > trimmed {
                trimmed = retention.trimThrough
                let base = retention.kept[retention.kept.count - 1]
                #expect(base.sequence == trimmed)
                #expect(base.timeMilliseconds <= now - keep)
                oldestBase = max(oldestBase, now - base.timeMilliseconds)
            }
            #expect(retention.kept.first == file)
            if !kept.isEmpty { #expect(retention.kept[1] == kept[0]) }
            kept = retention.kept
            most = max(most, kept.count)
        }
        #expect(most <= 12, "\(most) snapshots at once")
        #expect((trimmed > 0) == (20_000 * minutesBetween > 30 * 24 * 60))
        #expect(oldestBase <= keep + keep / 8 + 2 * minutesBetween * minute, "the base moves on in steps of an eighth")
    }

    @Test("all small sets of times: the rules hold")
    func rules() {
        for count in 2...6 {
            for bits in 0..<(1 << (2 * count)) {
                // Each snapshot 0 to 3 milliseconds after the one before.
                var time: Int64 = 0
                let times = (0..<count).map { index in
                    time += Int64((bits >> (2 * index)) & 3)
                    return time
                }
                let all = generations(times)
                for keep: Int64 in [0, 1, 3, 8] {
                    let now = time + 1
                    let retention = SnapshotRetention(all, now: now, keepMilliseconds: keep)
                    #expect(Array(retention.kept.prefix(2)) == Array(all.prefix(2)))
                    let base = all.first { $0.timeMilliseconds <= now - keep }
                    if keep > 0, let base { #expect(retention.kept.contains(base)) }
                    let isTrimmed = retention.trimThrough > 0
                    #expect(isTrimmed == (keep == 0 || base != nil))
                    if isTrimmed { #expect(retention.trimThrough == retention.kept.last?.sequence) }
                    #expect(
                        retention.kept.allSatisfy { $0.sequence >= retention.trimThrough },
                        "what is kept has the journal behind it")
                }
            }
        }
    }
}
