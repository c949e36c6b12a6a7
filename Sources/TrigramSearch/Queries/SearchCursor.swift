// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where a page ended, as a text that a client hands back and does not look into.
///
/// It names the query by a fingerprint, the hour in which the first page was asked, and the last hit by its sort key and
/// id: a position in the order rather than a count, so that documents that come or go meanwhile neither repeat nor skip
/// others. Public for callers that sort candidates themselves (``SearchSort/price``) and want cursors of the same kind.
public struct SearchCursor: Sendable, Equatable {
    /// The hour of "now", in hours since 1970, that the first page used.
    public var nowHours: Int64
    /// The last hit's score, start or price.
    public var key: Int64
    /// The last hit's id.
    public var id: [UInt8]
    /// Which typing errors were forgiven: later pages go on as the first began.
    var forgiveness: Forgiveness
    /// The version of the demand that the first page was ranked by.
    var demandVersion: UInt32
    private var fingerprint: UInt64

    /// The cursor behind a hit of `query`.
    public init(after key: Int64, id: String, of query: SearchQuery) {
        self.init(
            query: query, nowHours: Self.nowHours(query), key: key, id: Array(id.utf8), forgiveness: .none,
            demandVersion: 0)
    }

    init(
        query: SearchQuery, nowHours: Int64, key: Int64, id: [UInt8], forgiveness: Forgiveness, demandVersion: UInt32
    ) {
        self.nowHours = nowHours
        self.key = key
        self.id = Array(id.prefix(SearchLimits.idBytesMax))
        self.forgiveness = forgiveness
        self.demandVersion = demandVersion
        self.fingerprint = Self.fingerprint(of: query)
    }

    /// The furthest hour from 1970 that is a now: far enough, and its milliseconds fit 64 bits.
    private static let nowHoursMax: Int64 = 1 << 40

    /// The query's now, in whole hours.
    static func nowHours(_ query: SearchQuery) -> Int64 {
        max(-nowHoursMax, min(nowHoursMax, hours(query.nowMilliseconds)))
    }

    /// Milliseconds rounded down to whole hours.
    static func hours(_ milliseconds: Int64) -> Int64 {
        let hour: Int64 = 3_600_000
        return milliseconds % hour < 0 ? milliseconds / hour - 1 : milliseconds / hour
    }

    // MARK: Text

    /// The cursor as letters, digits, `-` and `_`.
    public var text: String {
        Self.text(of: bodyBytes)
    }

    private var bodyBytes: [UInt8] {
        var bytes: [UInt8] = [Self.version, forgiveness.rawValue]
        Self.append(fingerprint, to: &bytes)
        Self.append(UInt64(bitPattern: nowHours), to: &bytes)
        Self.append(UInt64(bitPattern: key), to: &bytes)
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: demandVersion >> UInt32(shift))) }
        bytes.append(contentsOf: id)
        return bytes
    }

    /// The same cursor with another version of the demand.
    static func text(_ text: String, withDemand version: UInt32) -> String {
        guard var bytes = decode(text), bytes.count >= fixedBytes else { return text }
        bytes.removeLast(4)
        for place in 0..<4 { bytes[demandPlace + place] = UInt8(truncatingIfNeeded: version >> UInt32(8 * place)) }
        return Self.text(of: bytes)
    }

    /// The letters of a cursor's bytes, and behind them of what checks them.
    private static func text(of body: [UInt8]) -> String {
        var bytes = body
        let check = hash(bytes)
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: check >> UInt64(shift))) }
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            for digit in 0..<min(4, left + 1) {
                text.append(alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)])
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a cursor back, and checks that it is one and belongs to `query`.
    public init(text: String, of query: SearchQuery) throws(SearchProblem) {
        guard let bytes = Self.decode(text), bytes.count >= Self.fixedBytes, bytes[0] == Self.version,
            let forgiveness = Forgiveness(rawValue: bytes[1])
        else {
            throw .badCursor
        }
        let body = bytes[..<(bytes.count - 4)]
        let check = Self.hash(body)
        for (place, byte) in bytes[(bytes.count - 4)...].enumerated()
        where byte != UInt8(truncatingIfNeeded: check >> UInt64(8 * place)) {
            throw .badCursor
        }
        self.forgiveness = forgiveness
        fingerprint = Self.read(bytes, at: 2)
        nowHours = Int64(bitPattern: Self.read(bytes, at: 10))
        key = Int64(bitPattern: Self.read(bytes, at: 18))
        demandVersion = (0..<4).reduce(0) { $0 | UInt32(bytes[Self.demandPlace + $1]) << UInt32(8 * $1) }
        id = Array(body[30...])
        // Whoever forges the check bytes may name any hour: keep the arithmetic that follows within range.
        guard nowHours.magnitude <= Self.nowHoursMax else { throw .badCursor }
        guard fingerprint == Self.fingerprint(of: query) else { throw .cursorOfAnotherQuery }
    }

    private static let version: UInt8 = 2
    private static let fixedBytes = 34
    private static let demandPlace = 26
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }

    private static func read(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<8 { value |= UInt64(bytes[offset + place]) << UInt64(8 * place) }
        return value
    }

    private static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 4 * (fixedBytes + SearchLimits.idBytesMax + 2) / 3 else { return nil }
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var digits = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            group = group << 6 | UInt32(value)
            digits += 1
            if digits == 4 {
                for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(shift))) }
                (group, digits) = (0, 0)
            }
        }
        switch digits {
        case 0: break
        // Bits that stand for nothing are zero, so that there is one text for a cursor.
        case 2 where group & 15 == 0: bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3 where group & 3 == 0:
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: return nil
        }
        return bytes
    }

    private static func fingerprint(of query: SearchQuery) -> UInt64 {
        var bytes: [UInt8] = [query.sort.rawValue | (query.foldsTours ? 32 : 0)]
        append(query.filterMark, to: &bytes)
        for text in [query.words, query.location, query.performer, query.type] {
            append(UInt64(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        }
        for day in [query.firstDay, query.lastDay] {
            append(day.map { UInt64(bitPattern: Int64($0)) } ?? 1 << 63, to: &bytes)
        }
        return hash(bytes)
    }

    /// FNV-1a, 64 bits, and a final mix so that its low bytes depend on all.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        return hash ^ (hash >> 33)
    }
}
