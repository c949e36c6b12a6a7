// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CRing
internal import Glibc
public import Journal

/// The storage that writes blocks through its thread's io_uring, past the page cache: several at once, and the thread
/// goes on meanwhile. The zeros of new segments pass the page cache too, on a thread of their own. Everything else is done
/// as in the plain storage.
///
/// A ``ShardThread`` makes it; it belongs to that thread.
final class RingStorage: JournalStorage {
    private let directory: PosixDirectory
    private let preparation: FilePreparation
    private let ring: ThreadRing
    private let number: Int
    private var tokensInFlight: [UInt64] = []

    let storageDescription = "io_uring, O_DIRECT|O_DSYNC"

    init(_ directory: PosixDirectory, ring: ThreadRing, wake: @escaping @Sendable () -> Void) {
        self.directory = directory
        self.ring = ring
        number = ring.addStorage()
        preparation = FilePreparation(in: directory, wake: wake) { box_write_directly($0.rawValue) == 0 }
        tokensInFlight.reserveCapacity(16)
    }

    deinit {
        ring.removeStorage(number)
        preparation.abandon()
    }

    func submitWrite(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64) {
        tokensInFlight.append(token)
        ring.write(file, at: offset, from: memory, storage: number, token: token)
    }

    func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64) {
        preparation.submit(name, header: header, bytes: bytes, token: token)
    }

    func hurryPreparation() { preparation.hurry() }

    func reap(into completions: inout [StorageCompletion]) {
        if !tokensInFlight.isEmpty {
            let first = completions.count
            ring.submit()
            ring.fetch(storage: number, into: &completions)
            if ring.failure != 0, completions.count == first {
                // The ring is gone and what was under way with it: whether it was written is unknown.
                for token in tokensInFlight {
                    completions.append(StorageCompletion(token: token, result: -Int(ring.failure)))
                }
            }
            for index in first..<completions.count { forget(completions[index].token) }
        }
        preparation.reap(into: &completions)
    }

    private func forget(_ token: UInt64) {
        if let index = tokensInFlight.firstIndex(of: token) { tokensInFlight.remove(at: index) }
    }

    func waitForCompletion() {
        if tokensInFlight.isEmpty {
            preparation.waitUntilDone()
        } else if !ring.hasUnfetched {
            ring.sleep(nanoseconds: -1)
        }
    }

    func list() throws(StorageError) -> [String] { try directory.list() }

    func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        guard access == .blocks else { return try directory.open(name, for: access) }
        let file = box_open_direct(directory.descriptor, name)
        guard file >= 0 else { throw StorageError(.open, "\(directory.path)/\(name)", errno: -file) }
        return StorageFile(rawValue: file)
    }

    func create(_ name: String) throws(StorageError) -> StorageFile { try directory.create(name) }

    func close(_ file: StorageFile) {
        // What is prepared for the file begins while the number is the file's own: the next one that is opened gets it.
        ring.submit()
        directory.close(file)
    }

    func size(of file: StorageFile) throws(StorageError) -> Int { try directory.size(of: file) }

    func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try directory.read(file, at: offset, into: memory)
    }

    func checkRoom(bytes: Int) throws(StorageError) { try directory.checkRoom(bytes: bytes) }

    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        try directory.write(file, at: offset, from: memory)
    }

    func sync(_ file: StorageFile) throws(StorageError) { try directory.sync(file) }

    func syncDirectory() throws(StorageError) { try directory.syncDirectory() }

    func rename(_ name: String, to newName: String) throws(StorageError) {
        try directory.rename(name, to: newName)
    }

    func remove(_ name: String) throws(StorageError) { try directory.remove(name) }
}

/// What the system and the file system allow, found by trying.
public enum RingProbe {
    /// 0 where io_uring may be used, or the errno that it is refused with (`EPERM`, `ENOSYS`, `ENOMEM`).
    public static func errno() -> Int32 { -box_ring_probe() }

    /// Whether the file system of `directory` takes writes past the page cache in whole ``JournalFormat/alignment``s:
    /// it writes one to a file of its own and removes it.
    public static func takesDirectWrites(_ directory: PosixDirectory) -> Bool {
        let name = "direct-write-probe"
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: JournalFormat.alignment, alignment: JournalFormat.alignment)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        guard let file = try? directory.create(name) else { return false }
        defer {
            directory.close(file)
            try? directory.remove(name)
        }
        let direct = box_open_direct(directory.descriptor, name)
        guard direct >= 0 else { return false }
        defer { close(direct) }
        guard box_direct_alignment(direct) <= JournalFormat.alignment else { return false }
        return pwrite(direct, memory.baseAddress, memory.count, 0) == memory.count
    }
}
