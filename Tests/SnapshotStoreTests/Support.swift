// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The vocabulary of the snapshots' tests: small snapshots on simulated disks, and what they must hold.

import BoxOfficeTesting
import Foundation
import Journal
import Testing

@testable import SnapshotStore

let testID = JournalID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
let otherID = JournalID(high: 1, low: 2)
let testKind: UInt32 = 7

/// How many inputs each fuzzing test takes; `BOXOFFICE_FUZZ` sets it.
let fuzzExecutions = ProcessInfo.processInfo.environment["BOXOFFICE_FUZZ"].flatMap(Int.init) ?? 4_000

func header(_ sequence: UInt64, time: Int64 = 1_000, journal: JournalID = testID, kind: UInt32 = testKind)
    -> SnapshotHeader
{
    SnapshotHeader(journal: journal, kind: kind, contentVersion: 3, sequence: sequence, timeMilliseconds: time)
}

/// Content that compresses a little: runs of a byte, their lengths and values drawn from the seed.
func frame(_ seed: Int, bytes: Int) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(seed))
    var content: [UInt8] = []
    while content.count < bytes {
        let run = min(bytes - content.count, Int.random(in: 1...9, using: &random))
        content.append(contentsOf: repeatElement(UInt8.random(in: 0...255, using: &random), count: run))
    }
    return content
}

func frames(_ sizes: [Int]) -> [[UInt8]] { sizes.enumerated().map { frame($0.offset, bytes: $0.element) } }

extension SnapshotWriter {
    func append(frame content: [UInt8]) throws(SnapshotError) {
        let result = content.withUnsafeBytes { bytes in
            Result { () throws(SnapshotError) in try append(frame: bytes) }
        }
        try result.get()
    }
}

/// Writes a snapshot under its temporary name.
@discardableResult
func write(
    _ content: [[UInt8]], _ header: SnapshotHeader = header(5), on storage: any DirectoryStorage, digest: UInt64 = 99,
    level: Int = 1
) throws(SnapshotError) -> SnapshotFile {
    let writer = try SnapshotWriter(storage, header: header, level: level)
    for frame in content { try writer.append(frame: frame) }
    return try writer.finish(stateDigest: digest)
}

/// A disk with one snapshot under its own name.
func diskWithSnapshot(_ content: [[UInt8]], _ header: SnapshotHeader = header(5)) throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    let written = try write(content, header, on: SimulatedStorage(disk))
    disk.replace(written.name, with: disk.content(of: SnapshotFormat.temporaryName(of: written.name)))
    disk.replace(SnapshotFormat.temporaryName(of: written.name), with: nil)
    return disk
}

/// What a snapshot holds.
struct ReadSnapshot: Equatable {
    var file: SnapshotFile
    var frames: [[UInt8]]
}

func read(
    _ name: String, on disk: SimulatedDisk, journal: JournalID? = testID, kind: UInt32? = testKind,
    expected: SnapshotFile? = nil
) throws -> ReadSnapshot {
    let reader = try SnapshotReader(
        SimulatedStorage(disk), name: name, journal: journal, kind: kind, expected: expected)
    var frames: [[UInt8]] = []
    let file = try reader.readFrames { frames.append([UInt8]($0)) }
    return ReadSnapshot(file: file, frames: frames)
}
