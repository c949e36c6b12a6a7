// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import Journal
import Ring
import Testing

@Suite("Writing through the ring and beside it")
struct StorageTests {
    private func record(_ number: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) }
    }

    private static let small = JournalConfiguration(
        firstSegmentBytes: 65_536, largestSegmentBytes: 131_072, blockBytesMax: 32_768, besideBytesMin: 0,
        waitingBytesMax: 262_144)

    /// Appends the same records with the same flushes, each durable before the next, and returns the files.
    private func write(_ path: String, useRing: Bool) async throws -> (description: String, files: [String: [UInt8]]) {
        try await withThread(useRing: useRing) { _, resident in
            let description = try await resident.openJournal(path, configuration: Self.small)
            for number in 0..<60 {
                for part in 0..<(number % 5 + 1) {
                    await resident.append(record(number + part, bytes: 700 * (part + 1)))
                }
                try await resident.drain()
            }
            try await resident.settle()
            let directory = try PosixDirectory(path)
            var files: [String: [UInt8]] = [:]
            let last = try directory.list().filter { $0.hasSuffix(".journal") }.sorted()
            for name in last {
                let file = try directory.open(name, for: .read)
                var bytes = [UInt8](repeating: 0, count: try directory.size(of: file))
                let count = try bytes.withUnsafeMutableBytes { buffer in
                    Result { () throws(StorageError) in try directory.read(file, at: 0, into: buffer) }
                }.get()
                directory.close(file)
                files[name] = Array(bytes.prefix(count))
            }
            return (description, files)
        }
    }

    @Test("both storages write the same bytes for the same appends")
    func sameBytes() async throws {
        let plainDirectory = try TemporaryDirectory()
        let ringDirectory = try TemporaryDirectory()
        let plain = try await write(plainDirectory.path, useRing: false)
        let ring = try await write(ringDirectory.path, useRing: true)
        #expect(plain.description == "pwrite, fdatasync")
        if hasRing, RingProbe.takesDirectWrites(try PosixDirectory(ringDirectory.path)) {
            #expect(ring.description == "io_uring, O_DIRECT|O_DSYNC")
        }
        // The segment after the one in use may or may not be prepared yet.
        let common = Set(plain.files.keys).intersection(ring.files.keys)
        #expect(common.count >= 3)
        for name in common.sorted() { #expect(plain.files[name] == ring.files[name], "\(name) differs") }
    }

    @Test("what one storage wrote the other reads", arguments: [true, false])
    func readAcross(ringFirst: Bool) async throws {
        let directory = try TemporaryDirectory()
        let (_, files) = try await write(directory.path, useRing: ringFirst)
        try await withThread(useRing: !ringFirst) { _, resident in
            _ = try await resident.openJournal(directory.path, configuration: Self.small)
            #expect(await resident.records.count == (0..<60).reduce(0) { $0 + $1 % 5 + 1 })
            #expect(await resident.records.first == record(0, bytes: 700))
        }
        #expect(!files.isEmpty)
    }

    @Test("many writes under way become durable in order, woken by their completions alone", arguments: [true, false])
    func manyWrites(useRing: Bool) async throws {
        let directory = try TemporaryDirectory()
        try await withThread(useRing: useRing) { thread, resident in
            _ = try await resident.openJournal(directory.path, configuration: Self.small)
            let durable = Shared(UInt64(0))
            let wanted = Shared(UInt64.max)
            // Each turn appends while there is room: what is durable may only grow, and nobody wakes the thread.
            let left = Shared(2_000)
            await resident.act { isolated in
                isolated.thread.setTurn {
                    resident.assumeIsolated { resident in
                        guard let journal = resident.journal else { return .whenWoken }
                        let didPoll = journal.poll()
                        let before = durable.load()
                        #expect(journal.durable >= before)
                        durable.store(journal.durable)
                        var appended = 0
                        while journal.hasRoom, left.load() > 0, appended < 5 {
                            journal.append([UInt8](repeating: 3, count: 1_000).span)
                            left.subtract(1)
                            appended += 1
                        }
                        if left.load() == 0 {
                            wanted.store(journal.appendedSequence)
                        }
                        journal.flush()
                        return didPoll || appended > 0 ? .atOnce : .whenWoken
                    }
                }
            }
            #expect(
                await eventually { durable.load() == wanted.load() },
                "\(durable.load()) of \(wanted.load()) blocks durable")
            await resident.act { isolated in isolated.thread.setTurn { .whenWoken } }
        }
    }

    @Test("a file that cannot be written poisons the journal instead of hanging", arguments: [true, false])
    func failedWrite(useRing: Bool) async throws {
        let directory = try TemporaryDirectory()
        try await withThread(useRing: useRing) { _, resident in
            let failure = try await resident.act { resident in
                let storage = resident.thread.makeStorage(try PosixDirectory(directory.path))
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
                defer { memory.deallocate() }
                // A descriptor that is not open: the write must come back with its error.
                storage.submitWrite(StorageFile(rawValue: 9_999), at: 0, from: UnsafeRawBufferPointer(memory), token: 5)
                var completions: [StorageCompletion] = []
                while completions.isEmpty {
                    storage.reap(into: &completions)
                    if completions.isEmpty { storage.waitForCompletion() }
                }
                return completions.map { ($0.token, $0.result) }
            }
            #expect(failure.count == 1)
            #expect(failure.first?.0 == 5 && failure.first?.1 == -Int(EBADF))
        }
    }

    @Test("a journal that is given up with writes under way leaves its thread at rest", arguments: [true, false])
    func givenUp(useRing: Bool) async throws {
        let directory = try TemporaryDirectory()
        let turns = Shared(0)
        let turn: @Sendable () -> NextWake = {
            turns.add(1)
            return .whenWoken
        }
        try await withThread(useRing: useRing, turn: turn) { _, resident in
            _ = try await resident.openJournal(directory.path, configuration: Self.small)
            await resident.act { resident in
                for number in 0..<3 {
                    resident.append(record(number, bytes: 100))
                    resident.flush()
                }
                resident.close()
            }
            var before = -1
            var restful = 0
            for _ in 0..<500 where restful < 10 {
                try await Task.sleep(nanoseconds: 10_000_000)
                restful = turns.load() == before ? restful + 1 : 0
                before = turns.load()
            }
            #expect(restful == 10, "it wakes for nothing")
        }
    }

    @Test("a write prepared before its file was closed reaches that file, and no other", arguments: [true, false])
    func closedAtOnce(useRing: Bool) async throws {
        let temporary = try TemporaryDirectory()
        let directory = try PosixDirectory(temporary.path)
        for name in ["one", "two"] {
            try directory.create(name, holding: [UInt8](repeating: 0, count: 4_096))
        }
        try await withThread(useRing: useRing) { _, resident in
            try await resident.act { resident in
                let storage = resident.thread.makeStorage(directory)
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
                defer { memory.deallocate() }
                memory.initializeMemory(as: UInt8.self, repeating: 1)
                let one = try storage.open("one", for: .blocks)
                storage.submitWrite(one, at: 0, from: UnsafeRawBufferPointer(memory), token: 1)
                storage.close(one)
                let two = try storage.open("two", for: .blocks)
                defer { storage.close(two) }
                var completions: [StorageCompletion] = []
                while completions.isEmpty {
                    storage.reap(into: &completions)
                    if completions.isEmpty { storage.waitForCompletion() }
                }
                #expect(completions.map(\.result) == [4_096])
            }
        }
        for (name, byte) in [("one", 1), ("two", 0)] as [(String, UInt8)] {
            let file = try directory.open(name, for: .read)
            defer { directory.close(file) }
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
            defer { memory.deallocate() }
            #expect(try directory.read(file, at: 0, into: memory) == 4_096)
            #expect(memory.allSatisfy { $0 == byte }, "\(name)")
        }
    }

    @Test("a file for blocks is opened so that a write that completes is durable")
    func blocksAreDurable() async throws {
        let temporary = try TemporaryDirectory()
        let directory = try PosixDirectory(temporary.path)
        guard hasRing, RingProbe.takesDirectWrites(directory) else { return }
        directory.close(try directory.create("file"))
        try await withThread(useRing: true) { _, resident in
            let flags = try await resident.act { resident in
                let storage = resident.thread.makeStorage(directory)
                let file = try storage.open("file", for: .blocks)
                defer { storage.close(file) }
                return fcntl(file.rawValue, F_GETFL)
            }
            #expect(flags & O_DSYNC == O_DSYNC)
        }
    }

    @Test("where the file system takes no direct writes, blocks are written through the page cache and said so")
    func fallsBackOnMemoryFileSystem() async throws {
        guard let shared = try? PosixDirectory("/proc/self") else { return }
        #expect(!RingProbe.takesDirectWrites(shared))
        try await withThread(useRing: true) { _, resident in
            let description = await resident.act { $0.thread.makeStorage(shared).storageDescription }
            #expect(description == "pwrite, fdatasync")
        }
    }

    @Test(
        "a file is prepared without making the thread wait, and its thread is woken for it", arguments: [true, false])
    func preparation(useRing: Bool) async throws {
        let directory = try TemporaryDirectory()
        try await withThread(useRing: useRing) { _, resident in
            let result = Shared(0)
            let keeper = Keeper()
            await resident.act { resident in
                guard let opened = try? PosixDirectory(directory.path) else { return }
                let storage = resident.thread.makeStorage(opened)
                keeper.storage = storage
                storage.submitPreparation(
                    of: "prepared", header: [UInt8](repeating: 9, count: 4_096), bytes: 3 << 20, token: 77)
                resident.thread.setTurn {
                    var completions: [StorageCompletion] = []
                    storage.reap(into: &completions)
                    for completion in completions where completion.token == 77 {
                        result.store(completion.result)
                    }
                    return .whenWoken
                }
            }
            #expect(await eventually { result.load() != 0 })
            #expect(result.load() == 3 << 20)
            let opened = try PosixDirectory(directory.path)
            #expect(try opened.list() == ["prepared"])
            let file = try opened.open("prepared", for: .read)
            defer { opened.close(file) }
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4_096)
            defer { memory.deallocate() }
            memory.initializeMemory(as: UInt8.self, repeating: 1)
            #expect(try opened.read(file, at: 0, into: memory) == 3 << 20)
            #expect(memory[..<4_096].allSatisfy { $0 == 9 })
            #expect(memory[4_096..<(3 << 20)].allSatisfy { $0 == 0 })
            await resident.act { resident in
                resident.thread.setTurn { .whenWoken }
                keeper.storage = nil
            }
        }
    }

    /// Keeps a storage alive; touched only on its thread.
    private final class Keeper: @unchecked Sendable {
        var storage: (any JournalStorage)?
    }
}
