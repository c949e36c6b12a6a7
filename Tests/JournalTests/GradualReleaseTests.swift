// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite("The space of removed files")
struct GradualReleaseTests {
    /// The sizes that a file had after each step.
    private final class Steps: Sendable {
        private let sizes = Mutex<[Int]>([])
        var all: [Int] { sizes.withLock { $0 } }
        func add(_ size: Int) { sizes.withLock { $0.append(size) } }
    }

    private static let steps = 5
    private static let bytes = steps * GradualRelease.stepBytes

    /// A file of zeros, and a descriptor of it.
    private func file(_ path: String, bytes: Int = bytes) throws -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        try #require(ftruncate(file, off_t(bytes)) == 0)
        return file
    }

    /// Takes a file's name away and hands its descriptor over.
    private func remove(_ path: String, _ file: Int32, to release: GradualRelease) {
        #expect(unlink(path) == 0)
        release.take(file)
    }

    /// The number of the file behind a descriptor: another one, or none, once it was closed, whoever has it by then.
    private func inode(of file: Int32) -> ino_t {
        var status = stat()
        return fstat(file, &status) == 0 ? status.st_ino : 0
    }

    private func size(of file: Int32) -> Int {
        var status = stat()
        return fstat(file, &status) == 0 ? Int(status.st_size) : -1
    }

    @Test("that of a long file is freed step by step, one file after the other")
    func stepByStep() throws {
        let directory = try TemporaryDirectory()
        let steps = Steps()
        let release = GradualRelease(afterStep: steps.add)
        for name in ["a", "b"] {
            let path = "\(directory.path)/\(name)"
            let file = try file(path)
            remove(path, file, to: release)
        }
        let expected = (1..<Self.steps).reversed().map { $0 * GradualRelease.stepBytes }
        while steps.all.count < 2 * expected.count { usleep(1_000) }
        #expect(steps.all == expected + expected)
        // The thread has ended, or does so now; another file has another one.
        let path = "\(directory.path)/c"
        let another = try file(path)
        remove(path, another, to: release)
        while steps.all.count < 3 * expected.count { usleep(1_000) }
        release.finish()
    }

    @Test("a file that has another name, or is open elsewhere, stays as it is for whoever has it")
    func sharedFiles() throws {
        let directory = try TemporaryDirectory()
        let steps = Steps()
        let release = GradualRelease(afterStep: steps.add)
        let linked = "\(directory.path)/linked"
        let copy = "\(directory.path)/copy"
        let first = try file(linked)
        #expect(link(linked, copy) == 0)
        remove(linked, first, to: release)

        let read = "\(directory.path)/read"
        let second = try file(read)
        let reader = open(read, O_RDONLY | O_CLOEXEC)
        defer { close(reader) }
        remove(read, second, to: release)

        // One that nobody has comes after them: when it is through, they would have been, too.
        let alone = "\(directory.path)/alone"
        let third = try file(alone)
        remove(alone, third, to: release)
        while steps.all.last != GradualRelease.stepBytes { usleep(1_000) }
        release.finish()
        #expect(steps.all.count == Self.steps - 1)
        #expect(size(of: reader) == Self.bytes)
        let kept = open(copy, O_RDONLY | O_CLOEXEC)
        defer { close(kept) }
        #expect(size(of: kept) == Self.bytes)
    }

    @Test("a short file's is freed at once, and so is everything after the end")
    func atOnce() throws {
        let directory = try TemporaryDirectory()
        let steps = Steps()
        let release = GradualRelease(afterStep: steps.add)
        let path = "\(directory.path)/short"
        let short = try file(path, bytes: GradualRelease.bytesMin - 1)
        let shortInode = inode(of: short)
        remove(path, short, to: release)
        #expect(inode(of: short) != shortInode)
        release.finish()
        let late = try file(path)
        let lateInode = inode(of: late)
        remove(path, late, to: release)
        #expect(inode(of: late) != lateInode)
        #expect(steps.all == [])
    }

    @Test("a directory that removes a long file lets go of it, and of itself, at once")
    func ofADirectory() throws {
        let temporary = try TemporaryDirectory()
        let path = "\(temporary.path)/00000001.journal"
        close(try file(path))
        let descriptor: Int32
        let directoryInode: ino_t
        do {
            let directory = try PosixDirectory(temporary.path)
            try directory.remove("00000001.journal")
            #expect(try directory.list() == [])
            #expect(throws: StorageError.self) { try directory.remove("00000001.journal") }
            descriptor = directory.descriptor
            directoryInode = inode(of: descriptor)
        }
        #expect(inode(of: descriptor) != directoryInode)
    }
}
