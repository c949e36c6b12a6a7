// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
package import Journal
internal import Ticketing

/// What the file `house` of a data directory says: how many shards there are, and by what the journals know each other.
///
/// Reading it takes no lock and changes nothing, so that a directory can be looked at beside its daemon.
package struct HouseFile: Sendable {
    package let shards: Int
    /// The secret that ids and ticket codes are made with: never shown.
    package let secret: [UInt8]
    /// Whether every journal was founded once.
    package let isFounded: Bool

    package static let name = "house"
    /// The name under which it is written before it gets its own.
    static let temporaryName = "house.new"
    package static let formatVersion = 1
    static let secretBytes = 32

    package init(shards: Int, secret: [UInt8], isFounded: Bool) {
        self.shards = shards
        self.secret = secret
        self.isFounded = isFounded
    }

    /// Reads the file in a data directory; nil where there is none.
    package static func read(in directory: String) throws -> HouseFile? {
        let storage: PosixDirectory
        do throws(StorageError) {
            storage = try PosixDirectory(directory)
        } catch {
            if error.errno == ENOENT { return nil }
            throw HouseError.system(path: directory, error)
        }
        return try read(from: storage, at: directory, syncing: false)
    }

    /// The directory, below the data directory, of the journal of a shard, or of the catalogue (-1).
    package static func journalName(of shard: Int) -> String {
        if shard < 0 { return "catalogue" }
        let digits = String(shard)
        return "shard-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// The shard that the event of this id lives on.
    package func shard(of event: String) -> Int {
        let id = Array(event.utf8)
        return StableHash.shard(of: id.span, count: shards)
    }

    /// What a journal calls itself, so that one cannot be taken for another.
    package func journalID(of shard: Int) -> JournalID {
        var seed: [UInt8] = secret
        seed.append(UInt8(truncatingIfNeeded: shard))
        let low = StableHash.of(seed.span)
        seed.append(1)
        return JournalID(high: StableHash.of(seed.span), low: low)
    }

    init(parsing text: String, file: String) throws {
        guard text.hasSuffix("\n") else { throw HouseError.corrupt(path: file, what: "it is cut") }
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { throw HouseError.corrupt(path: file, what: "a line without a value") }
            guard values.updateValue(words[1], forKey: words[0]) == nil else {
                throw HouseError.corrupt(path: file, what: "a line stands in it twice")
            }
        }
        guard let version = values["boxoffice"].flatMap({ Int($0) }) else {
            throw HouseError.corrupt(path: file, what: "it does not say its format")
        }
        guard version <= Self.formatVersion else { throw HouseError.newerVersion(path: file, version: version) }
        try Self.check(text, values, file: file)
        guard let shards = values["shards"].flatMap({ Int($0) }), (1...Limits.shardsMax).contains(shards) else {
            throw HouseError.corrupt(path: file, what: "the number of shards makes no sense")
        }
        let digits = Array(values["secret"] ?? "")
        var secret: [UInt8] = []
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            guard let byte = UInt8(String(digits[index...(index + 1)]), radix: 16) else { break }
            secret.append(byte)
        }
        guard secret.count == Self.secretBytes, digits.count == 2 * Self.secretBytes else {
            throw HouseError.corrupt(path: file, what: "the secret is cut")
        }
        guard let founded = values["founded"], founded == "yes" || founded == "no" else {
            throw HouseError.corrupt(path: file, what: "it does not say whether the journals were founded")
        }
        self.init(shards: shards, secret: secret, isFounded: founded == "yes")
    }

    /// The last line says what the bytes before it add up to, since no part of the file may be believed that rotted: not
    /// how many shards there are, nor whether they were ever founded. A file without it is of a program before it.
    private static func check(_ text: String, _ values: [Substring: Substring], file: String) throws {
        let known: [Substring] = ["boxoffice", "shards", "founded", "secret", "check"]
        guard values.keys.allSatisfy({ known.contains($0) }) else {
            throw HouseError.corrupt(path: file, what: "a line that nobody wrote")
        }
        guard let said = values["check"] else { return }
        guard text == checked(String(text.dropLast("check \(said)\n".count))) else {
            throw HouseError.corrupt(path: file, what: "its bytes are not those that were written")
        }
    }

    /// `text` with the line that vouches for it.
    private static func checked(_ text: String) -> String {
        var copy = text
        let sum = copy.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
        let digits = String(sum, radix: 16)
        return text + "check " + String(repeating: "0", count: 8 - digits.count) + digits + "\n"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }

    /// What the file says, as it stands in it.
    var text: String {
        Self.checked(
            "boxoffice \(Self.formatVersion)\nshards \(shards)\nfounded \(isFounded ? "yes" : "no")\n"
                + "secret \(secret.map(Self.hex).joined())\n")
    }
}

// MARK: - On the disk

extension HouseFile {
    /// Bytes of the longest file that is read.
    private static let bytesMax = 4_096

    /// Reads the file in a data directory.
    ///
    /// - Parameters:
    ///   - path: What the directory is called in errors.
    ///   - syncing: Whether the file and its name are made durable before they are believed.
    /// - Returns: nil where there is none.
    package static func read(
        from storage: any DirectoryStorage, at path: String, syncing: Bool
    ) throws -> HouseFile? {
        let bytes: [UInt8]
        do throws(StorageError) {
            if syncing { try storage.syncDirectory() }
            let file: StorageFile
            do throws(StorageError) {
                file = try storage.open(name, for: syncing ? .write : .read)
            } catch {
                if error.errno == ENOENT { return nil }
                throw error
            }
            defer { storage.close(file) }
            if syncing { try storage.sync(file) }
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesMax, alignment: 16)
            defer { memory.deallocate() }
            let count = try storage.read(file, at: 0, into: memory)
            bytes = Array(memory[..<count])
        } catch {
            throw HouseError.system(path: path + "/" + name, error)
        }
        return try HouseFile(parsing: String(decoding: bytes, as: UTF8.self), file: path + "/" + name)
    }

    /// Puts the file in its place: written aside, synced, renamed, and the directory synced. It is there whole or not at
    /// all, and durable on return; where this throws, either the old one or this one is in force.
    package func write(to storage: any DirectoryStorage, at path: String) throws {
        let aside = Self.temporaryName
        do throws(StorageError) {
            do throws(StorageError) {
                try storage.create(aside, holding: Array(text.utf8))
            } catch {
                try? storage.remove(aside)
                throw error
            }
            try storage.rename(aside, to: Self.name)
            try storage.syncDirectory()
        } catch {
            throw HouseError.system(path: path + "/" + Self.name, error)
        }
    }
}

extension HouseError {
    static func system(path: String, _ error: StorageError) -> HouseError {
        .system(
            path: path, doing: "\(error.operation.rawValue)", errno: error.errno,
            message: StorageError.name(ofErrno: error.errno))
    }
}
