// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The storage that keeps nothing: a block is forgotten as soon as it is submitted, and counts as written at once.
///
/// The journal before it does all that it does for a disk, so that what a command costs without one can be measured. It
/// is for that alone: nothing written to it can ever be read.
package final class ForgetfulStorage: JournalStorage {
    public let storageDescription = "none: nothing is kept"
    /// Bytes of records in the blocks written so far, their lengths included, headers and padding not.
    package private(set) var payloadBytes = 0
    private var sizes: [String: Int] = [:]
    private var names: [Int32: String] = [:]
    private var nextFile: Int32 = 0
    private var completed: [StorageCompletion] = []

    public init() { completed.reserveCapacity(64) }

    public func submitWrite(
        _ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64
    ) {
        payloadBytes += BlockHeader.payloadBytes(ofSealed: memory)
        completed.append(StorageCompletion(token: token, result: memory.count))
    }

    public func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64) {
        sizes[name] = bytes
        completed.append(StorageCompletion(token: token, result: bytes))
    }

    public func hurryPreparation() {}

    public func checkRoom(bytes: Int) throws(StorageError) {}

    public func reap(into completions: inout [StorageCompletion]) {
        completions.append(contentsOf: completed)
        completed.removeAll(keepingCapacity: true)
    }

    public func waitForCompletion() {}

    public func list() throws(StorageError) -> [String] { Array(sizes.keys) }

    public func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        guard sizes[name] != nil else { throw StorageError(.open, name, errno: 2) }
        nextFile += 1
        names[nextFile] = name
        return StorageFile(rawValue: nextFile)
    }

    public func create(_ name: String) throws(StorageError) -> StorageFile {
        sizes[name] = 0
        return try open(name, for: .write)
    }

    public func close(_ file: StorageFile) { names[file.rawValue] = nil }

    public func size(of file: StorageFile) throws(StorageError) -> Int {
        names[file.rawValue].flatMap { sizes[$0] } ?? 0
    }

    public func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int { 0 }

    public func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        guard let name = names[file.rawValue] else { throw StorageError(.write, "a closed file", errno: 9) }
        sizes[name] = max(sizes[name] ?? 0, offset + memory.count)
    }

    public func sync(_ file: StorageFile) throws(StorageError) {}

    public func syncDirectory() throws(StorageError) {}

    public func rename(_ name: String, to newName: String) throws(StorageError) {
        sizes[newName] = sizes.removeValue(forKey: name)
    }

    public func remove(_ name: String) throws(StorageError) { sizes[name] = nil }
}
