// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal

/// A disk in memory that forgets like a real one: what is not synced may be gone after a crash, in part or as a whole,
/// in any order. Deterministic: the same calls and seeds give the same bytes.
///
/// It holds one directory. A ``SimulatedStorage`` is what one process sees of it; after a ``crash(keeping:)`` the next
/// process takes another. Used by one thread.
public final class SimulatedDisk {
    /// What a crash does with writes under way and with everything that no sync has made durable.
    public enum Keeping: Sendable, Equatable {
        case nothing
        case everything
        /// Each write keeps a prefix of whole sectors, drawn at random.
        case prefixes(seed: UInt64)
        /// Each sector of each write is kept or lost by itself, the writes in an order drawn at random.
        case anySectors(seed: UInt64)
    }

    /// What goes wrong at one operation.
    public enum Fault: Sendable, Equatable {
        /// It fails with this errno. A failed sync makes nothing durable, and no later one will.
        case errno(Int32)
        /// A write does only its first half.
        case short
        /// A block's write completes only after so many more looks for completions.
        case delay(Int)
    }

    /// One operation that a storage did, in the order of their numbers.
    public struct Operation: Equatable, Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case list, open, create, size, read, write, sync, syncDirectory, rename, remove, submit, complete

            /// The same in every run, for digests.
            var code: UInt8 { UInt8(truncatingIfNeeded: Self.allCases.firstIndex(of: self) ?? 0) }
        }
        public var kind: Kind
        public var file: String
        public var offset: Int
        public var bytes: Int
    }

    /// Bytes that the disk writes whole or not at all.
    public static let sectorBytes = 512

    /// Bytes that all files may have together; a write beyond them fails with `ENOSPC`. Overwriting takes no room.
    public var capacityBytes = Int.max
    /// What goes wrong, by the number of the operation (the first is 0).
    public var faults: [Int: Fault] = [:]
    /// The operation before which the power goes: it and every later one fails, until ``crash(keeping:)``.
    public var crashAtOperation: Int?
    /// Called before each operation with its number: what happens elsewhere while a slow disk takes its time for it.
    public var beforeOperation: ((Int) -> Void)?
    /// Every operation so far, unless ``recordsOperations`` is off.
    public private(set) var operations: [Operation] = []
    /// Whether ``operations`` are kept. A long run turns it off and has the ``digest``.
    public var recordsOperations = true
    /// How many operations there were: the number of the next one.
    public private(set) var operationCount = 0
    /// A digest of every operation and of all bytes written, in order.
    public private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    /// How many faults were injected.
    public private(set) var faultsInjected = 0
    /// Whether the power has gone.
    public private(set) var isOff = false

    /// The names as a process sees them, and as they are after a crash.
    var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var changedNames: [NameChange] = []
    var inFlight: [InFlight] = []
    var generation = 0

    /// An empty disk that keeps what it is given.
    public init() {}

    // MARK: For tests

    /// The names of all files, sorted.
    public var fileNames: [String] { names.keys.sorted() }

    /// The file of each block's write that is under way.
    public var filesOfWritesUnderWay: [String] { inFlight.map(\.inode.name) }

    /// What a file holds as a process sees it; nil where there is none.
    public func content(of name: String) -> [UInt8]? { names[name]?.seen }

    /// Changes a byte behind everybody's back: rot.
    public func flip(_ name: String, at offset: Int, mask: UInt8) {
        guard let inode = names[name], inode.seen.indices.contains(offset) else { return }
        inode.seen[offset] ^= mask
        if inode.durable.indices.contains(offset) { inode.durable[offset] ^= mask }
    }

    /// Replaces a file, durably, or removes it.
    public func replace(_ name: String, with content: [UInt8]?) {
        let inode = content.map { Inode(name: name, content: $0) }
        names[name] = inode
        durableNames[name] = inode
    }

    /// Another disk with what a process sees of this one, all of it durable.
    public func copy() -> SimulatedDisk {
        let copy = SimulatedDisk()
        for (name, inode) in names { copy.replace(name, with: inode.seen) }
        return copy
    }

    /// The power goes and comes back: every storage is cut off, and what was not durable is kept as told.
    public func crash(keeping: Keeping) {
        var random = SeededRandom(seed: keeping.seed)
        let inodes = Set(names.values).union(durableNames.values).sorted { $0.number < $1.number }
        for inode in inodes {
            var writes = inode.pending
            for flight in inFlight where flight.inode === inode { writes.append(flight.write) }
            if case .anySectors = keeping { writes.shuffle(using: &random) }
            for write in writes { inode.keep(write, keeping, &random) }
            inode.pending = []
            inode.seen = inode.durable
        }
        for change in changedNames where keeping.keepsName(&random) { change.apply(to: &durableNames) }
        changedNames = []
        names = durableNames
        inFlight = []
        generation += 1
        isOff = false
        crashAtOperation = nil
    }

    // MARK: For storages

    private func mix(_ word: UInt64) {
        digest = (digest ^ word) &* 0x0000_0100_0000_01b3
        digest ^= digest >> 29
    }

    /// Enters bytes that were written into the digest.
    func mix(written memory: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= memory.count {
            let word = memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if word != 0 { mix(word ^ UInt64(truncatingIfNeeded: offset)) }
            offset += 8
        }
        while offset < memory.count {
            mix(UInt64(memory[offset]))
            offset += 1
        }
    }

    /// Counts an operation and returns what is to go wrong with it, other than failing.
    func begin(
        _ kind: Operation.Kind, _ file: String, offset: Int = 0, bytes: Int = 0, as operation: StorageError.Operation
    ) throws(StorageError) -> Fault? {
        let number = operationCount
        operationCount += 1
        if recordsOperations { operations.append(Operation(kind: kind, file: file, offset: offset, bytes: bytes)) }
        mix(UInt64(kind.code) << 56 | UInt64(truncatingIfNeeded: offset) << 24 | UInt64(truncatingIfNeeded: bytes))
        beforeOperation?(number)
        if number == crashAtOperation { isOff = true }
        if isOff { throw StorageError(operation, file, errno: 5) }
        guard let fault = faults[number] else { return nil }
        faultsInjected += 1
        if case .errno(let errno) = fault, kind != .sync, kind != .syncDirectory, kind != .submit {
            throw StorageError(operation, file, errno: errno)
        }
        return fault
    }

    func change(_ change: NameChange) {
        changedNames.append(change)
        change.apply(to: &names)
    }

    func syncNames(fault: Fault?) throws(StorageError) {
        if case .errno(let errno)? = fault {
            // They stay visible, and whether they survive a crash is open; no later sync makes sure of them.
            throw StorageError(.syncDirectory, "the directory", errno: errno)
        }
        for change in changedNames { change.apply(to: &durableNames) }
        changedNames = []
    }

    var usedBytes: Int { names.values.reduce(0) { $0 + $1.seen.count } }
}

extension SimulatedDisk {
    /// A file without its name.
    final class Inode: Hashable {
        var name: String
        var number = 0
        /// What a process reads.
        var seen: [UInt8]
        /// What is there after a crash that keeps nothing.
        var durable: [UInt8]
        /// Written and not synced, in order.
        var pending: [Write] = []

        init(name: String, content: [UInt8] = [], number: Int = 0) {
            self.name = name
            self.number = number
            seen = content
            durable = content
        }

        static func == (left: Inode, right: Inode) -> Bool { left === right }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

        func sync(fault: Fault?) throws(StorageError) {
            if case .errno(let errno)? = fault {
                for index in pending.indices { pending[index].mayBecomeDurable = false }
                throw StorageError(.sync, name, errno: errno)
            }
            for write in pending where write.mayBecomeDurable { write.apply(to: &durable) }
            pending.removeAll { $0.mayBecomeDurable }
        }

        func keep(_ write: Write, _ keeping: Keeping, _ random: inout SeededRandom) {
            let sectors = (write.bytes.count + sectorBytes - 1) / sectorBytes
            switch keeping {
            case .nothing: return
            case .everything: write.apply(to: &durable)
            case .prefixes:
                write.apply(to: &durable, sectors: 0..<Int.random(in: 0...sectors, using: &random))
            case .anySectors:
                if Bool.random(using: &random) { return }
                let isWhole = Bool.random(using: &random)
                for sector in 0..<sectors where isWhole || Bool.random(using: &random) {
                    write.apply(to: &durable, sectors: sector..<(sector + 1))
                }
            }
        }
    }

    struct Write {
        var offset: Int
        var bytes: [UInt8]
        /// False once a sync of it has failed.
        var mayBecomeDurable = true

        func apply(to content: inout [UInt8]) {
            apply(to: &content, sectors: 0..<((bytes.count + sectorBytes - 1) / sectorBytes))
        }

        func apply(to content: inout [UInt8], sectors: Range<Int>) {
            let range = (sectors.lowerBound * sectorBytes)..<min(sectors.upperBound * sectorBytes, bytes.count)
            if range.isEmpty { return }
            let end = offset + range.upperBound
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.withUnsafeMutableBytes { target in
                bytes.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: target[(offset + range.lowerBound)..<end])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
                }
            }
        }
    }

    struct InFlight {
        var token: UInt64
        var inode: Inode
        var write: Write
        var result: Int
        /// Looks for completions that it stays away for.
        var delay: Int
    }

    enum NameChange {
        case set(String, Inode)
        case move(String, String, Inode)
        case remove(String)

        func apply(to names: inout [String: Inode]) {
            switch self {
            case .set(let name, let inode): names[name] = inode
            case .move(let old, let new, let inode):
                if names[old] === inode { names[old] = nil }
                names[new] = inode
            case .remove(let name): names[name] = nil
            }
        }
    }
}

extension SimulatedDisk.Keeping {
    fileprivate var seed: UInt64 {
        switch self {
        case .nothing, .everything: 0
        case .prefixes(let seed), .anySectors(let seed): seed
        }
    }

    fileprivate func keepsName(_ random: inout SeededRandom) -> Bool {
        switch self {
        case .nothing: false
        case .everything: true
        case .prefixes, .anySectors: Bool.random(using: &random)
        }
    }
}
