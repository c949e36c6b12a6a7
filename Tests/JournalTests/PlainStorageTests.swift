// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Glibc
import Synchronization
import Testing

@testable import Journal

/// An empty directory of the file system for one test, removed at its end.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/box-office-journal-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError(.create, "/tmp", errno: errno) }
        path = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
    }

    deinit {
        if let names = try? PosixDirectory(path).list() {
            for name in names where unlink("\(path)/\(name)") != 0 { rmdir("\(path)/\(name)") }
        }
        rmdir(path)
    }
}

/// Counts, and says yes.
private final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() -> Bool { value.add(1, ordering: .relaxed).newValue > 0 }
}

@Suite("On the file system")
struct PlainStorageTests {
    @Test("what is appended is there again, over segments, prepared in the background")
    func writeAndReopen() throws {
        let directory = try TemporaryDirectory()
        func open() throws -> OpenedJournal {
            var records: [[UInt8]] = []
            let storage = PlainStorage(try PosixDirectory(directory.path))
            let journal = try Journal.open(storage, identity: .foundedAs(testID), configuration: .small) { record, _ in
                records.append(record.array)
            }
            return OpenedJournal(journal: journal, records: records)
        }
        var expected: [[UInt8]] = []
        for round in 0..<3 {
            let opened = try open()
            #expect(opened.records == expected)
            for number in 0..<100 {
                expected.append(numbered(round * 100 + number, bytes: 900))
                opened.journal.append(expected[expected.count - 1])
            }
            try opened.journal.settle()
            #expect(!opened.journal.needsVouching)
        }
        #expect(try open().records == expected)
        #expect(try PosixDirectory(directory.path).list().contains("00000005.journal"))
    }

    @Test("a file for which there is no room is not begun")
    func noRoom() throws {
        let temporary = try TemporaryDirectory()
        let directory = try PosixDirectory(temporary.path)
        try directory.checkRoom(bytes: 4_096)
        // Else what follows would try to write as much.
        guard (try? directory.checkRoom(bytes: 1 << 60)) == nil else {
            Issue.record("the disk has room for 2^60 bytes")
            return
        }
        do {
            try directory.prepare("a", header: [UInt8](repeating: 1, count: 4_096), bytes: 1 << 60)
            Issue.record("it was prepared")
        } catch {
            #expect(error.errno == ENOSPC)
        }
        #expect(try directory.list().isEmpty)
    }

    @Test("what is prepared when its storage goes is given up; what somebody waits for is not")
    func abandoned() throws {
        let temporary = try TemporaryDirectory()
        let directory = try PosixDirectory(temporary.path)
        let pieces = Counter()
        let preparation = FilePreparation(in: directory, wake: {}, passPageCache: { _ in pieces.add() })
        preparation.submit("a", header: [UInt8](repeating: 1, count: 4_096), bytes: 2 << 20, token: 1)
        preparation.waitUntilDone()
        #expect(try directory.list() == ["a"])
        #expect(pieces.count == 1)
        preparation.submit("b", header: [UInt8](repeating: 1, count: 4_096), bytes: 1 << 30, token: 2)
        preparation.abandon()
        #expect(try directory.list() == ["a"])
        var completions: [StorageCompletion] = []
        preparation.reap(into: &completions)
        #expect(completions.last?.result == -Int(ECANCELED))
    }

    @Test("the names, sizes and errors are the file system's")
    func errors() throws {
        let temporary = try TemporaryDirectory()
        let directory = try PosixDirectory(temporary.path)
        #expect(try directory.list().isEmpty)
        do {
            _ = try directory.open("absent", for: .read)
            Issue.record("a file that is not there was opened")
        } catch {
            #expect(error.errno == ENOENT)
            #expect("\(error)" == "could not open \(temporary.path)/absent: ENOENT (no such file or directory)")
        }
        #expect(throws: StorageError.self) { try PosixDirectory("\(temporary.path)/absent") }
        try PosixDirectory.createIfMissing("\(temporary.path)/inner")
        try PosixDirectory.createIfMissing("\(temporary.path)/inner/")
        #expect(try directory.list() == ["inner"])
    }

    @Test("a sync that the system refuses is an error, and a block that it concerns is not written")
    func refusedSync() throws {
        // The null device takes every write and no sync; `/proc` has no directories that can be synced.
        let temporary = try TemporaryDirectory()
        #expect(symlink("/dev/null", "\(temporary.path)/null") == 0)
        let directory = try PosixDirectory(temporary.path)
        let file = try directory.open("null", for: .blocks)
        defer { directory.close(file) }
        #expect(throws: StorageError(.sync, "a file in \(temporary.path)", errno: EINVAL)) { try directory.sync(file) }
        #expect(throws: StorageError(.syncDirectory, "/proc/self", errno: EINVAL)) {
            try PosixDirectory("/proc/self").syncDirectory()
        }
        let storage = PlainStorage(directory)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        storage.submitWrite(file, at: 0, from: UnsafeRawBufferPointer(memory), token: 7)
        var completions: [StorageCompletion] = []
        storage.reap(into: &completions)
        #expect(completions.map(\.result) == [-Int(EINVAL)])
    }

    @Test("a data directory has one holder, and the second is told who it is")
    func lock() throws {
        let temporary = try TemporaryDirectory()
        var lock: DirectoryLock? = try DirectoryLock(temporary.path)
        do {
            _ = try DirectoryLock(temporary.path)
            Issue.record("two hold the directory")
        } catch let held as DirectoryLock.Held {
            #expect(held.processID == getpid())
            #expect(!held.command.isEmpty)
            #expect("\(held)".contains("in use by process \(getpid()) ("))
        }
        #expect(lock != nil)
        lock = nil
        _ = try DirectoryLock(temporary.path)
        #expect(throws: StorageError.self) { try DirectoryLock("\(temporary.path)/absent") }
    }
}
