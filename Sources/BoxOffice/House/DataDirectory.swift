// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import Journal
internal import Synchronization
internal import Ticketing

/// The data directory: who holds it, what it was made for, and where each journal lies.
///
/// It holds `house` (format, number of shards, secret; readable by its owner alone), `catalogue/` and one `shard-NNN/`
/// for each shard. The secret makes the ids and ticket codes that the daemon issues; it never leaves the directory.
final class DataDirectory: Sendable {
    let path: String
    let shards: Int
    let secret: [UInt8]
    private let lock: Mutex<DirectoryLock?>
    private let founded: Mutex<Bool>

    /// Whether there is no directory at all: a house with its journal off.
    let keepsNothing: Bool

    /// Whether every journal was founded once: from then on one that is missing is damage, never a new beginning.
    var isFounded: Bool { founded.withLock { $0 } }

    static let formatVersion = HouseFile.formatVersion
    static let secretBytes = HouseFile.secretBytes

    private init(
        path: String, shards: Int, secret: [UInt8], isFounded: Bool, lock: DirectoryLock?, keepsNothing: Bool = false
    ) {
        founded = Mutex(isFounded)
        self.keepsNothing = keepsNothing
        self.path = path
        self.shards = shards
        self.secret = secret
        self.lock = Mutex(lock)
    }

    /// The directory of the journal of a shard, or of the catalogue (-1).
    func journalPath(of shard: Int) -> String { path + "/" + HouseFile.journalName(of: shard) }

    /// What a journal calls itself, so that one cannot be taken for another.
    func journalID(of shard: Int) -> JournalID {
        file(isFounded: isFounded).journalID(of: shard)
    }

    /// Opens the directory, making it where it is absent, and takes its lock.
    static func open(_ configuration: House.Configuration) throws -> DataDirectory {
        let path = configuration.directory
        if configuration.isJournalOff {
            guard configuration.isTestMode, path.isEmpty else {
                throw HouseError.invalid(
                    "a house with its journal off is for tests and has no directory: say --test, and leave --data out")
            }
            return DataDirectory(
                path: path, shards: try newShards(configuration), secret: newSecret(), isFounded: false, lock: nil,
                keepsNothing: true)
        }
        _ = try newShards(configuration)
        try make(path)
        try refuseForeign(path)
        let lock: DirectoryLock
        do {
            lock = try DirectoryLock(path)
        } catch let error as DirectoryLock.Held {
            throw HouseError.inUse(
                directory: path,
                by: (error.processID > 0 ? "process \(error.processID)" : "another process")
                    + (error.command.isEmpty ? "" : " (\(error.command))"))
        } catch let error as StorageError {
            throw HouseError.system(path: path, error)
        }
        let storage = try openDirectory(path)
        if let house = try HouseFile.read(from: storage, at: path, syncing: true) {
            if let asked = configuration.shards, asked != house.shards {
                throw HouseError.otherShardCount(directory: path, has: house.shards, asked: asked)
            }
            return DataDirectory(
                path: path, shards: house.shards, secret: house.secret, isFounded: house.isFounded, lock: lock)
        }
        if access(path + "/catalogue", F_OK) == 0 || access(path + "/shard-000", F_OK) == 0 {
            throw HouseError.corrupt(
                path: path + "/" + HouseFile.name, what: "it is missing although journals are there")
        }
        let directory = DataDirectory(
            path: path, shards: try newShards(configuration), secret: newSecret(), isFounded: false, lock: lock)
        try directory.file(isFounded: false).write(to: storage, at: path)
        return directory
    }

    /// Refuses to found a house among somebody's files, before so much as a lock is left there. What a founding that was
    /// interrupted leaves is no stranger.
    private static func refuseForeign(_ path: String) throws {
        let storage = try openDirectory(path)
        let names: [String]
        do throws(StorageError) {
            names = try storage.list()
        } catch {
            throw HouseError.system(path: path, error)
        }
        // Where there are journals but no house, something worse is the matter, and is said elsewhere.
        let known = [HouseFile.name, HouseFile.journalName(of: -1), HouseFile.journalName(of: 0)]
        guard !names.contains(where: known.contains) else { return }
        if let stranger = Strangers.first(
            among: names, besides: [HouseFile.temporaryName, DirectoryLock.fileName])
        {
            throw HouseError.notEmpty(directory: path, file: stranger)
        }
    }

    /// How many shards a new directory gets.
    private static func newShards(_ configuration: House.Configuration) throws -> Int {
        guard let shards = configuration.shards else {
            return min(Limits.shardsMax, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2))
        }
        guard (1...Limits.shardsMax).contains(shards) else {
            throw HouseError.invalid("--shards must be 1 to \(Limits.shardsMax)")
        }
        return shards
    }

    private static func newSecret() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Writes down that every journal was founded.
    func markFounded() throws {
        guard !isFounded, !keepsNothing else { return }
        try file(isFounded: true).write(to: Self.openDirectory(path), at: path)
        founded.withLock { $0 = true }
    }

    func makeJournalDirectory(of shard: Int) throws {
        if !keepsNothing { try Self.make(journalPath(of: shard)) }
    }

    func close() {
        lock.withLock { $0 = nil }
    }

    private func file(isFounded: Bool) -> HouseFile {
        HouseFile(shards: shards, secret: secret, isFounded: isFounded)
    }

    // MARK: The system

    /// Makes a directory, and its parents, where they are absent; each is followed by a sync of its parent.
    private static func make(_ path: String) throws {
        guard !path.isEmpty else { throw HouseError.invalid("--data must name a directory") }
        do throws(StorageError) {
            try PosixDirectory.createIfMissing(path, withParents: true)
        } catch {
            if error.errno == ENOTDIR { throw HouseError.invalid("\(path) is not a directory; choose another --data") }
            throw HouseError.system(path: path, error)
        }
    }

    private static func openDirectory(_ path: String) throws -> PosixDirectory {
        do throws(StorageError) {
            return try PosixDirectory(path)
        } catch {
            throw HouseError.system(path: path, error)
        }
    }
}
