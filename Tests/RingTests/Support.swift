// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import Journal
import Ring
import Synchronization

/// An empty directory of the file system for one test, removed at its end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        // Beside the checkout rather than in /tmp, which may be a file system in memory.
        var template = Array(".build-ring-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StorageError(.create, ".", errno: errno) }
        path = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
    }

    deinit {
        for name in (try? PosixDirectory(path).list()) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// A number that threads share.
final class Shared<Value: FixedWidthInteger & Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func load() -> Value { value.withLock { $0 } }
    func store(_ new: Value) { value.withLock { $0 = new } }
    func add(_ count: Value) { value.withLock { $0 += count } }
    func subtract(_ count: Value) { value.withLock { $0 -= count } }

    func exchange(_ new: Value) -> Value {
        value.withLock { value in
            defer { value = new }
            return value
        }
    }
}

let testID = JournalID(high: 7, low: 8)

/// An actor that lives on a shard's thread, as a shard does.
actor Resident {
    nonisolated let thread: ShardThread
    var journal: Journal?
    var turns = 0
    var records: [[UInt8]] = []

    init(_ thread: ShardThread) {
        self.thread = thread
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func openJournal(_ path: String, configuration: JournalConfiguration = .init()) throws -> String {
        let storage = thread.makeStorage(try PosixDirectory(path))
        records = []
        journal = try Journal.open(storage, identity: .foundedAs(testID), configuration: configuration) { record, _ in
            var bytes: [UInt8] = []
            for index in record.indices { bytes.append(record[index]) }
            records.append(bytes)
        }
        return storage.storageDescription
    }

    func append(_ record: [UInt8]) { journal?.append(record.span) }
    func flush() { journal?.flush() }
    func drain() throws { try journal?.drain() }
    func settle() throws { try journal?.settle() }
    func close() { journal = nil }
    var durable: UInt64 { journal?.durable ?? 0 }
    func act<Result: Sendable>(_ body: @Sendable (isolated Resident) throws -> Result) rethrows -> Result {
        try body(self)
    }
}

/// Whether io_uring may be used here; where not, the tests of it have nothing to test.
let hasRing = RingProbe.errno() == 0

/// Runs `body` with a started thread and ends it.
func withThread<Result: Sendable>(
    useRing: Bool, turn: @escaping @Sendable () -> NextWake = { .whenWoken },
    _ body: @Sendable (ShardThread, Resident) async throws -> Result
) async throws -> Result {
    let thread = try ShardThread(name: "test-shard", useRing: useRing)
    try thread.start(turn: turn)
    let resident = Resident(thread)
    do {
        let result = try await body(thread, resident)
        await resident.close()
        thread.stop()
        thread.join()
        return result
    } catch {
        thread.stop()
        thread.join()
        throw error
    }
}

/// Waits until `condition` holds: bounded, but never a measure of time.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<20_000 {
        if condition() { return true }
        try? await Task.sleep(nanoseconds: 500_000)
    }
    return false
}

/// Calls `body` so many times from each of four tasks at once, and returns when all have done so.
func fromFourTasks(times: Int, _ body: @escaping @Sendable () -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
            group.addTask { for _ in 0..<times { body() } }
        }
    }
}
