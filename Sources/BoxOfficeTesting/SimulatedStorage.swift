// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// What one process sees of a ``SimulatedDisk``. Block writes complete in an order drawn from the seed, some at each
/// look; a file is prepared one step at each look.
public final class SimulatedStorage: JournalStorage {
    private let disk: SimulatedDisk
    private let generation: Int
    private var random: SeededRandom
    private var files: [Int32: SimulatedDisk.Inode] = [:]
    private var nextFile: Int32 = 3
    private var preparation: Preparation?
    private var mustComplete = false
    /// What completed by ``completeOne(using:)`` and ``prepareOne()`` and was not looked for yet.
    private var ready: [StorageCompletion] = []

    /// Whether writes complete one by one when told, rather than some at each look. A caller that waits still has what
    /// it waits for.
    public var completesWhenTold = false

    public let storageDescription = "simulated"

    public init(_ disk: SimulatedDisk, seed: UInt64 = 0) {
        self.disk = disk
        generation = disk.generation
        random = SeededRandom(seed: seed)
    }

    // MARK: Names

    public func list() throws(StorageError) -> [String] {
        try begin(.list, "the directory", as: .list)
        return disk.names.keys.sorted()
    }

    public func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        try begin(.open, name, as: .open)
        guard let inode = disk.names[name] else { throw StorageError(.open, name, errno: 2) }
        return add(inode)
    }

    public func create(_ name: String) throws(StorageError) -> StorageFile {
        try begin(.create, name, as: .create)
        let inode = SimulatedDisk.Inode(name: name, number: disk.operationCount)
        disk.change(.set(name, inode))
        return add(inode)
    }

    private func add(_ inode: SimulatedDisk.Inode) -> StorageFile {
        nextFile += 1
        files[nextFile] = inode
        return StorageFile(rawValue: nextFile)
    }

    public func close(_ file: StorageFile) { files[file.rawValue] = nil }

    /// Files that are open: none may be forgotten.
    public var openFileCount: Int { files.count }

    public func rename(_ name: String, to newName: String) throws(StorageError) {
        try begin(.rename, name, as: .rename)
        guard let inode = disk.names[name] else { throw StorageError(.rename, name, errno: 2) }
        inode.name = newName
        disk.change(.move(name, newName, inode))
    }

    public func remove(_ name: String) throws(StorageError) {
        try begin(.remove, name, as: .remove)
        guard disk.names[name] != nil else { throw StorageError(.remove, name, errno: 2) }
        disk.change(.remove(name))
    }

    public func syncDirectory() throws(StorageError) {
        let fault = try begin(.syncDirectory, "the directory", as: .syncDirectory)
        try disk.syncNames(fault: fault)
    }

    // MARK: Content

    public func size(of file: StorageFile) throws(StorageError) -> Int {
        let inode = try inode(file, .size)
        try begin(.size, inode.name, as: .size)
        return inode.seen.count
    }

    public func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        let inode = try inode(file, .read)
        try begin(.read, inode.name, offset: offset, bytes: memory.count, as: .read)
        let end = min(offset + memory.count, inode.seen.count)
        if offset >= end { return 0 }
        memory.copyBytes(from: inode.seen[offset..<end])
        return end - offset
    }

    public func checkRoom(bytes: Int) throws(StorageError) {
        guard disk.capacityBytes - disk.usedBytes >= bytes else { throw StorageError(.write, "a new file", errno: 28) }
    }

    public func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        let inode = try inode(file, .write)
        let fault = try begin(.write, inode.name, offset: offset, bytes: memory.count, as: .write)
        let growth = max(0, offset + memory.count - inode.seen.count)
        guard disk.usedBytes + growth <= disk.capacityBytes else { throw StorageError(.write, inode.name, errno: 28) }
        disk.mix(written: memory)
        var write = SimulatedDisk.Write(offset: offset, bytes: [UInt8](memory))
        if fault == .short { write.bytes.removeLast(write.bytes.count / 2) }
        write.apply(to: &inode.seen)
        inode.pending.append(write)
        if fault == .short { throw StorageError(.write, inode.name, errno: 0) }
    }

    public func sync(_ file: StorageFile) throws(StorageError) {
        let inode = try inode(file, .sync)
        let fault = try begin(.sync, inode.name, as: .sync)
        try inode.sync(fault: fault)
    }

    // MARK: Blocks

    public func submitWrite(
        _ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, token: UInt64
    ) {
        let alignment = JournalFormat.alignment
        precondition(offset % alignment == 0 && memory.count % alignment == 0, "a block's write is not aligned")
        precondition(Int(bitPattern: memory.baseAddress) % alignment == 0, "a block's memory is not aligned")
        guard let inode = files[file.rawValue] else { preconditionFailure("a write to a file that is not open") }
        precondition(offset + memory.count <= inode.seen.count, "a block's write is past the end of its segment")
        var flight = SimulatedDisk.InFlight(
            token: token, inode: inode, write: .init(offset: offset, bytes: [UInt8](memory)), result: memory.count,
            delay: 0)
        disk.mix(written: memory)
        do throws(StorageError) {
            let fault = try begin(.submit, inode.name, offset: offset, bytes: memory.count, as: .write)
            switch fault {
            case .errno(let errno)?:
                // How much of a failed write is on the disk, nobody knows: here half, if it is kept at all.
                flight.result = -Int(errno)
                flight.write.bytes.removeLast(flight.write.bytes.count / 2)
            case .short?:
                flight.result = memory.count / 2
                flight.write.bytes.removeLast(flight.write.bytes.count / 2)
            case .delay(let looks)?: flight.delay = looks
            case nil: break
            }
        } catch {
            flight.result = -Int(error.errno)
        }
        disk.inFlight.append(flight)
    }

    public func reap(into completions: inout [StorageCompletion]) {
        completions.append(contentsOf: ready)
        ready.removeAll()
        if completesWhenTold, !mustComplete {
            for index in disk.inFlight.indices where disk.inFlight[index].delay > 0 { disk.inFlight[index].delay -= 1 }
            return
        }
        advancePreparation(into: &completions)
        for index in disk.inFlight.indices where disk.inFlight[index].delay > 0 { disk.inFlight[index].delay -= 1 }
        var count = Int.random(in: 0...4, using: &random)
        if mustComplete { count = max(1, count) }
        mustComplete = false
        while count > 0 {
            let ready = disk.inFlight.indices.filter { disk.inFlight[$0].delay == 0 }
            guard let index = ready.randomElement(using: &random) else { return }
            complete(index, into: &completions)
            count -= 1
        }
    }

    /// How many writes could complete now.
    public var completableCount: Int { disk.inFlight.count { $0.delay == 0 } }

    /// Whether a file is being prepared.
    public var isPreparing: Bool { preparation != nil }
    /// How often the journal has said that it can do nothing before what is being prepared is there.
    public private(set) var hurries = 0

    /// Completes one of the writes under way; the next look finds it. False where there is none.
    public func completeOne(using random: inout SeededRandom) -> Bool {
        let ready = disk.inFlight.indices.filter { disk.inFlight[$0].delay == 0 }
        guard let index = ready.randomElement(using: &random) else { return false }
        complete(index, into: &self.ready)
        return true
    }

    /// Does one step of preparing a file. True where that was the last, which the next look finds.
    public func prepareOne() -> Bool {
        let before = ready.count
        advancePreparation(into: &ready)
        return ready.count > before
    }

    /// Ends the delays of slow writes.
    public func endDelays() {
        for index in disk.inFlight.indices where disk.inFlight[index].delay < .max { disk.inFlight[index].delay = 0 }
    }

    private func complete(_ index: Int, into completions: inout [StorageCompletion]) {
        guard generation == disk.generation else { return }
        var flight = disk.inFlight[index]
        do throws(StorageError) {
            try begin(.complete, flight.inode.name, offset: flight.write.offset, as: .write)
        } catch {
            // The process sees an error, and the disk may still have the write when the power comes back.
            completions.append(StorageCompletion(token: flight.token, result: -Int(error.errno)))
            disk.inFlight[index].delay = .max
            return
        }
        disk.inFlight.remove(at: index)
        if flight.result == flight.write.bytes.count, flight.result > 0 {
            flight.write.apply(to: &flight.inode.seen)
            flight.write.apply(to: &flight.inode.durable)
        } else {
            flight.write.mayBecomeDurable = false
            flight.write.apply(to: &flight.inode.seen)
            flight.inode.pending.append(flight.write)
        }
        completions.append(StorageCompletion(token: flight.token, result: flight.result))
    }

    public func waitForCompletion() {
        mustComplete = true
        for index in disk.inFlight.indices where disk.inFlight[index].delay < .max { disk.inFlight[index].delay = 0 }
    }

    // MARK: Preparing

    public func submitPreparation(of name: String, header: [UInt8], bytes: Int, token: UInt64) {
        precondition(preparation == nil, "one file is prepared at a time")
        preparation = Preparation(name: name, header: header, bytes: bytes, token: token)
    }

    public func hurryPreparation() { hurries += 1 }

    private func advancePreparation(into completions: inout [StorageCompletion]) {
        guard var current = preparation else { return }
        do throws(StorageError) {
            if try current.advance(self) {
                completions.append(StorageCompletion(token: current.token, result: current.bytes))
                preparation = nil
            } else {
                preparation = current
            }
        } catch {
            if let file = current.file { close(file) }
            try? remove(current.temporaryName)
            completions.append(StorageCompletion(token: current.token, result: -Int(error.errno)))
            preparation = nil
        }
    }

    /// The steps of ``JournalStorage/submitPreparation(of:header:bytes:token:)``.
    private struct Preparation {
        var name: String
        var header: [UInt8]
        var bytes: Int
        var token: UInt64
        var file: StorageFile?
        var written = 0
        var isSynced = false
        var isRenamed = false

        var temporaryName: String { JournalFormat.temporaryName(of: name) }

        /// Does the next step. Returns whether it was the last.
        mutating func advance(_ storage: SimulatedStorage) throws(StorageError) -> Bool {
            guard let file else {
                try storage.checkRoom(bytes: bytes)
                self.file = try storage.create(temporaryName)
                return false
            }
            if written < bytes {
                var piece = written == 0 ? header : [UInt8](repeating: 0, count: min(bytes - written, 64 << 10))
                piece.removeLast(max(0, piece.count - (bytes - written)))
                let result = piece.withUnsafeBytes { memory in
                    Result { () throws(StorageError) in try storage.write(file, at: written, from: memory) }
                }
                try result.get()
                written += piece.count
            } else if !isSynced {
                try storage.sync(file)
                isSynced = true
            } else if !isRenamed {
                try storage.rename(temporaryName, to: name)
                isRenamed = true
            } else {
                try storage.syncDirectory()
                storage.close(file)
                return true
            }
            return false
        }
    }

    // MARK: Helpers of all of these

    @discardableResult
    private func begin(
        _ kind: SimulatedDisk.Operation.Kind, _ file: String, offset: Int = 0, bytes: Int = 0,
        as operation: StorageError.Operation
    ) throws(StorageError) -> SimulatedDisk.Fault? {
        guard generation == disk.generation else { throw StorageError(operation, file, errno: 5) }
        return try disk.begin(kind, file, offset: offset, bytes: bytes, as: operation)
    }

    private func inode(
        _ file: StorageFile, _ operation: StorageError.Operation
    ) throws(StorageError) -> SimulatedDisk.Inode {
        guard let inode = files[file.rawValue] else { throw StorageError(operation, "a file not open", errno: 9) }
        return inode
    }
}
