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
    let secret: [UInt8]
    /// Whether every journal was founded once.
    package let isFounded: Bool

    package static let name = "house"
    package static let formatVersion = 1
    static let secretBytes = 32

    init(shards: Int, secret: [UInt8], isFounded: Bool) {
        self.shards = shards
        self.secret = secret
        self.isFounded = isFounded
    }

    /// Reads the file in a data directory; nil where there is none.
    package static func read(in directory: String) throws -> HouseFile? {
        let file = directory + "/" + name
        guard let text = try read(file) else { return nil }
        return try HouseFile(parsing: text, file: file)
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
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2 else { throw HouseError.corrupt(path: file, what: "a line without a value") }
            values[words[0]] = words[1]
        }
        guard let version = values["boxoffice"].flatMap({ Int($0) }) else {
            throw HouseError.corrupt(path: file, what: "it does not say its format")
        }
        guard version == Self.formatVersion else { throw HouseError.newerVersion(path: file, version: version) }
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
        self.init(shards: shards, secret: secret, isFounded: values["founded"] == "yes")
    }

    private static func read(_ path: String) throws -> String? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw DataDirectory.failure(path, doing: "reading")
        }
        defer { _ = Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw DataDirectory.failure(path, doing: "reading") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
