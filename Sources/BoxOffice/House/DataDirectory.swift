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

    /// Whether every journal was founded once: from then on one that is missing is damage, never a new beginning.
    var isFounded: Bool { founded.withLock { $0 } }

    static let formatVersion = 1
    static let secretBytes = 32

    private init(path: String, shards: Int, secret: [UInt8], isFounded: Bool, lock: DirectoryLock) {
        founded = Mutex(isFounded)
        self.path = path
        self.shards = shards
        self.secret = secret
        self.lock = Mutex(lock)
    }

    /// The directory of the journal of a shard, or of the catalogue (-1).
    func journalPath(of shard: Int) -> String {
        if shard < 0 { return path + "/catalogue" }
        let digits = String(shard)
        return path + "/shard-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// What a journal calls itself, so that one cannot be taken for another.
    func journalID(of shard: Int) -> JournalID {
        var seed: [UInt8] = secret
        seed.append(UInt8(truncatingIfNeeded: shard))
        let low = StableHash.of(seed.span)
        seed.append(1)
        return JournalID(high: StableHash.of(seed.span), low: low)
    }

    /// Opens the directory, making it where it is absent, and takes its lock.
    static func open(_ configuration: House.Configuration) throws -> DataDirectory {
        let path = configuration.directory
        if let shards = configuration.shards, !(1...Limits.shardsMax).contains(shards) {
            throw HouseError.invalid("--shards must be 1 to \(Limits.shardsMax)")
        }
        try make(path)
        let lock: DirectoryLock
        do {
            lock = try DirectoryLock(path)
        } catch let error as DirectoryLock.Held {
            throw HouseError.inUse(
                directory: path,
                by: (error.processID > 0 ? "process \(error.processID)" : "another process")
                    + (error.command.isEmpty ? "" : " (\(error.command))"))
        }
        let file = path + "/house"
        if let text = try read(file) {
            let (shards, secret, isFounded) = try parse(text, file: file)
            if let asked = configuration.shards, asked != shards {
                throw HouseError.otherShardCount(directory: path, has: shards, asked: asked)
            }
            return DataDirectory(path: path, shards: shards, secret: secret, isFounded: isFounded, lock: lock)
        }
        if access(path + "/catalogue", F_OK) == 0 || access(path + "/shard-000", F_OK) == 0 {
            throw HouseError.corrupt(path: file, what: "it is missing although journals are there")
        }
        let shards = configuration.shards ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) / 2)
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let directory = DataDirectory(
            path: path, shards: min(shards, Limits.shardsMax), secret: secret, isFounded: false, lock: lock)
        try write(directory.rendered, to: file)
        return directory
    }

    /// Writes down that every journal was founded.
    func markFounded() throws {
        guard !isFounded else { return }
        founded.withLock { $0 = true }
        try Self.write(rendered, to: path + "/house")
    }

    func makeJournalDirectory(of shard: Int) throws {
        try Self.make(journalPath(of: shard))
    }

    func close() {
        lock.withLock { $0 = nil }
    }

    // MARK: The `house` file

    private var rendered: String {
        "boxoffice \(Self.formatVersion)\nshards \(shards)\nfounded \(isFounded ? "yes" : "no")\n"
            + "secret \(secret.map(Self.hex).joined())\n"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }

    private static func parse(_ text: String, file: String) throws -> (Int, [UInt8], Bool) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { throw HouseError.corrupt(path: file, what: "a line without a value") }
            values[words[0]] = words[1]
        }
        guard let version = values["boxoffice"].flatMap({ Int($0) }) else {
            throw HouseError.corrupt(path: file, what: "it does not say its format")
        }
        guard version == formatVersion else { throw HouseError.newerVersion(path: file, version: version) }
        guard let shards = values["shards"].flatMap({ Int($0) }), (1...Limits.shardsMax).contains(shards) else {
            throw HouseError.corrupt(path: file, what: "the number of shards makes no sense")
        }
        let digits = Array(values["secret"] ?? "")
        var secret: [UInt8] = []
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            guard let byte = UInt8(String(digits[index...(index + 1)]), radix: 16) else { break }
            secret.append(byte)
        }
        guard secret.count == secretBytes, digits.count == 2 * secretBytes else {
            throw HouseError.corrupt(path: file, what: "the secret is cut")
        }
        return (shards, secret, values["founded"] == "yes")
    }

    // MARK: The system

    /// Makes a directory, and its parents, where they are absent; each is followed by a sync of its parent.
    private static func make(_ path: String) throws {
        guard !path.isEmpty else { throw HouseError.invalid("--data must name a directory") }
        if mkdir(path, 0o700) == 0 {
            try syncDirectory(parent(of: path))
            return
        }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw HouseError.invalid("\(path) is not a directory; choose another --data")
            }
        case ENOENT where parent(of: path) != path && access(parent(of: path), F_OK) != 0 && parent(of: path) != ".":
            try make(parent(of: path))
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path, doing: "making the directory") }
            try syncDirectory(parent(of: path))
        default:
            throw failure(path, doing: "making the directory")
        }
    }

    private static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    private static func read(_ path: String) throws -> String? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw failure(path, doing: "reading")
        }
        defer { _ = Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure(path, doing: "reading") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Written aside, synced, renamed, directory synced: it is there whole or not at all.
    private static func write(_ text: String, to path: String) throws {
        let aside = path + ".new"
        let file = Glibc.open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(aside, doing: "making") }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        let synced = fsync(file)
        _ = Glibc.close(file)
        guard written == bytes.count, synced == 0 else { throw failure(aside, doing: "writing") }
        guard rename(aside, path) == 0 else { throw failure(path, doing: "renaming") }
        try syncDirectory(parent(of: path))
    }

    private static func syncDirectory(_ path: String) throws {
        let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(path, doing: "opening") }
        defer { _ = Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw failure(path, doing: "syncing") }
    }

    private static func failure(_ path: String, doing: String) -> HouseError {
        let code = errno
        return .system(path: path, doing: doing, errno: code, message: String(cString: strerror(code)))
    }
}
