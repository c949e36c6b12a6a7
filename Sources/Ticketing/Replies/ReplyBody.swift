// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where the last line of a reply's body lies, and what it says. See ``ReplyWriter`` for the encoding.
public struct ReplyEnding: Equatable, Sendable, BitwiseCopyable {
    /// Where the count of fields of the last line is, within the body.
    public var countOffset: Int
    /// Nil for `OK`.
    public var code: ErrorCode?
    /// Item lines before it.
    public var itemCount: Int

    /// Where the last line begins.
    public var start: Int { countOffset - 1 }

    /// Walks a body. Nil where it is not one: cut, or not of this encoding.
    ///
    /// - Complexity: O(fields).
    public init?(of body: Span<UInt8>) {
        var at = 0
        var items = 0
        while at + 2 <= body.count {
            guard let kind = LineKind(rawValue: body[at]) else { return nil }
            let countOffset = at + 1
            at += 2
            var code: ErrorCode?
            if kind == .error {
                guard at + 2 <= body.count, let read = ErrorCode(rawValue: body[at]),
                    Retry(rawValue: body[at + 1]) != nil
                else { return nil }
                code = read
                at += 2
            }
            for _ in 0..<body[countOffset] {
                guard at + 2 <= body.count, Field(rawValue: body[at]) != nil,
                    let encoding = FieldEncoding(rawValue: body[at + 1]),
                    let length = Self.length(of: encoding, in: body, at: at + 2), length <= body.count - at - 2
                else { return nil }
                at += 2 + length
            }
            if kind == .ok || kind == .error {
                guard at == body.count else { return nil }
                self.countOffset = countOffset
                self.code = code
                itemCount = items
                return
            }
            items += 1
        }
        return nil
    }

    /// How many bytes a value of this encoding takes, its own length included.
    private static func length(of encoding: FieldEncoding, in body: Span<UInt8>, at offset: Int) -> Int? {
        switch encoding {
        case .integer, .instant, .thousandths, .seconds: return 8
        case .yesNo: return 1
        case .text, .list:
            guard offset + 4 <= body.count else { return nil }
            return 4 + Int(body.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
        }
    }
}

extension ErrorCode {
    /// Whether a refusal with this code is an outcome to be kept beside an idempotency key: one that the state of the
    /// house led to. What the request's form, the right to make it, or the daemon's own condition led to is not, so
    /// that the same key can be tried again.
    public var isDefinite: Bool {
        switch self {
        case .notFound, .exists, .notOnSale, .seatTaken, .notEnoughSeats, .limitExceeded, .holdExpired, .wrongState,
            .amountMismatch, .paymentDeclined:
            true
        case .badSyntax, .unknownCommand, .badArgument, .badUTF8, .lineTooLong, .truncated, .version, .authRequired,
            .forbidden, .rateLimited, .queueRequired, .passExpired, .keyMismatch, .inProgress, .busy, .draining,
            .readOnly, .internal:
            false
        }
    }
}

extension ReplyWriter {
    /// Writes the refusal of a change for which the disk has no room.
    mutating func refuseReadOnly() {
        error(.readOnly, retry: .later)
        field(.after, 5)
        field(.hint, "the disk is full: free some space on it, then send this again")
    }

    /// Writes a body that was kept beside an idempotency key, with ` replayed=yes` behind its last line.
    public mutating func append(replayOf body: Span<UInt8>) {
        let start = span.count
        append(body: body)
        // A body was walked when it was kept, and one line never comes near 255 fields.
        guard let ending = ReplyEnding(of: body), body[ending.countOffset] < .max else { return }
        countAt = start + ending.countOffset
        field(.replayed, true)
    }
}
