// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Journal

/// A disk that forgets what is written to it at once, so that what a command costs is the program's own. It adds up what
/// the journal's blocks carried.
final class DiscardingStorage: JournalStorage {
    let storageDescription = "discarding"
    /// Bytes of records in the blocks written so far, their lengths included, headers and padding not.
    private(set) var payloadBytes = 0
    private var sizes: [String: Int] = [:]
    private var names: [Int32: String] = [:]
    private var nextFile: Int32 = 3
    private var completed: [StorageCompletion] = []

    init() { completed.reserveCapacity(64) }

    func submitWrite(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64) {
        // See the table of the block header in JournalFormat.
        payloadBytes += Int(memory.loadUnaligned(fromByteOffset: 48, as: UInt32.self))
        completed.append(StorageCompletion(token: token, result: memory.count))
    }

    func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64) {
        sizes[name] = bytes
        completed.append(StorageCompletion(token: token, result: bytes))
    }

    func reap(into completions: inout [StorageCompletion]) {
        completions.append(contentsOf: completed)
        completed.removeAll(keepingCapacity: true)
    }

    func waitForCompletion() {}

    func list() throws(StorageError) -> [String] { Array(sizes.keys) }

    func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        guard sizes[name] != nil else { throw StorageError(.open, name, errno: 2) }
        nextFile += 1
        names[nextFile] = name
        return StorageFile(rawValue: nextFile)
    }

    func create(_ name: String) throws(StorageError) -> StorageFile {
        sizes[name] = 0
        return try open(name, for: .write)
    }

    func close(_ file: StorageFile) { names[file.rawValue] = nil }

    func size(of file: StorageFile) throws(StorageError) -> Int { names[file.rawValue].flatMap { sizes[$0] } ?? 0 }

    func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int { 0 }

    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        guard let name = names[file.rawValue] else { throw StorageError(.write, "a closed file", errno: 9) }
        sizes[name] = max(sizes[name] ?? 0, offset + memory.count)
    }

    func sync(_ file: StorageFile) throws(StorageError) {}

    func syncDirectory() throws(StorageError) {}

    func rename(_ name: String, to newName: String) throws(StorageError) {
        sizes[newName] = sizes.removeValue(forKey: name)
    }

    func remove(_ name: String) throws(StorageError) { sizes[name] = nil }
}
