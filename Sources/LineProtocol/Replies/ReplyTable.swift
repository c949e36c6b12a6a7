// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// The one table of replies: how fields, kinds of line, codes and advice are spelt, and where a field is a bare word.
public enum ReplyTable {
    /// A field's key in both forms.
    public static func spelling(of field: Field) -> StaticString {
        switch field {
        case .message: "message"
        case .id: "id"
        case .venue: "venue"
        case .section: "section"
        case .row: "row"
        case .area: "area"
        case .seats, .seatCount: "seats"
        case .seat: "seat"
        case .event: "event"
        case .state: "state"
        case .performer: "performer"
        case .name: "name"
        case .city: "city"
        case .country: "country"
        case .address: "address"
        case .timeZone: "tz"
        case .genre: "genre"
        case .title: "title"
        case .starts: "starts"
        case .ends: "ends"
        case .type: "type"
        case .performers: "performers"
        case .description: "description"
        case .onsale: "onsale"
        case .holdTime, .hold: "hold"
        case .limit: "limit"
        case .price: "price"
        case .currency: "currency"
        case .category: "category"
        case .categories: "categories"
        case .amount: "amount"
        case .capacity: "capacity"
        case .free: "free"
        case .held: "held"
        case .sold: "sold"
        case .labels: "labels"
        case .map: "map"
        case .xy: "xy"
        case .sequence: "seq"
        case .accessible: "accessible"
        case .gaps: "gaps"
        case .total: "total"
        case .ttl: "ttl"
        case .expires: "expires"
        case .payment: "payment"
        case .order: "order"
        case .tickets: "tickets"
        case .codes: "codes"
        case .refund: "refund"
        case .ticket: "ticket"
        case .buyer: "buyer"
        case .method: "method"
        case .at: "at"
        case .gate: "gate"
        case .code: "code"
        case .ended: "ended"
        case .replayed: "replayed"
        case .retry: "retry"
        case .after: "after"
        case .hint: "hint"
        case .argument: "arg"
        case .count: "n"
        case .score: "score"
        case .value: "value"
        case .key: "key"
        case .server: "server"
        case .protocol: "protocol"
        case .who: "who"
        case .role: "role"
        case .actingFor: "as"
        case .time: "time"
        case .now: "now"
        case .verb: "verb"
        case .usage: "usage"
        case .help: "help"
        case .sections: "sections"
        case .rows: "rows"
        case .areas: "areas"
        case .paying: "paying"
        case .blocked: "blocked"
        case .shards: "shards"
        case .text: "text"
        case .example: "example"
        case .access: "access"
        case .added: "added"
        case .changed: "changed"
        case .cancelled: "cancelled"
        case .position: "pos"
        case .partial: "partial"
        case .format: "format"
        case .commandClass: "class"
        case .arguments: "args"
        case .offset: "offset"
        case .bytes: "bytes"
        case .did: "did"
        case .dates: "dates"
        case .until: "until"
        }
    }

    /// The word after `* `, and `"kind"` in JSON. `OK` and `ERR` lines have none.
    public static func word(of kind: LineKind) -> StaticString {
        switch kind {
        case .ok: "OK"
        case .error: "ERR"
        case .event: "event"
        case .venue: "venue"
        case .performer: "performer"
        case .price: "price"
        case .row: "row"
        case .area: "area"
        case .section: "section"
        case .hold: "hold"
        case .order: "order"
        case .ticket: "ticket"
        case .stat: "stat"
        case .command: "command"
        case .help: "help"
        case .snapshot: "snapshot"
        case .suggestion: "suggestion"
        }
    }

    /// A field that stands as a bare word.
    public struct Word: Sendable {
        public var field: Field
        /// Another field that may stand in its place.
        public var orField: Field
        /// The key that it has in JSON.
        public var key: StaticString

        init(_ field: Field, or other: Field? = nil, key: StaticString) {
            self.field = field
            self.orField = other ?? field
            self.key = key
        }
    }

    /// The fields that stand as bare words in a line of this kind, where they are its first fields, in this order; at
    /// most two.
    public static func words(of kind: LineKind) -> [Word] {
        switch kind {
        case .ok: [Word(.message, key: "message")]
        case .error, .command: []
        case .event: [Word(.id, or: .event, key: "id")]
        case .venue: [Word(.id, or: .venue, key: "id")]
        case .performer: [Word(.id, or: .performer, key: "id")]
        case .price: [Word(.category, key: "category")]
        case .row: [Word(.row, key: "row")]
        case .area: [Word(.area, key: "area")]
        case .section: [Word(.section, key: "section")]
        case .hold: [Word(.id, or: .hold, key: "id")]
        case .order: [Word(.id, or: .order, key: "id")]
        case .ticket: [Word(.id, or: .ticket, key: "id")]
        case .stat: [Word(.name, key: "name"), Word(.value, key: "value")]
        case .help: [Word(.verb, key: "verb")]
        case .snapshot, .suggestion: [Word(.name, key: "name")]
        }
    }

    public static func spelling(of code: ErrorCode) -> StaticString {
        switch code {
        case .badSyntax: "BAD_SYNTAX"
        case .unknownCommand: "UNKNOWN_COMMAND"
        case .badArgument: "BAD_ARG"
        case .badUTF8: "BAD_UTF8"
        case .lineTooLong: "LINE_TOO_LONG"
        case .truncated: "TRUNCATED"
        case .version: "VERSION"
        case .authRequired: "AUTH_REQUIRED"
        case .forbidden: "FORBIDDEN"
        case .rateLimited: "RATE_LIMITED"
        case .queueRequired: "QUEUE_REQUIRED"
        case .passExpired: "PASS_EXPIRED"
        case .notFound: "NOT_FOUND"
        case .exists: "EXISTS"
        case .notOnSale: "NOT_ON_SALE"
        case .seatTaken: "SEAT_TAKEN"
        case .notEnoughSeats: "NOT_ENOUGH_SEATS"
        case .limitExceeded: "LIMIT_EXCEEDED"
        case .holdExpired: "HOLD_EXPIRED"
        case .wrongState: "WRONG_STATE"
        case .amountMismatch: "AMOUNT_MISMATCH"
        case .paymentDeclined: "PAYMENT_DECLINED"
        case .keyMismatch: "KEY_MISMATCH"
        case .inProgress: "IN_PROGRESS"
        case .busy: "BUSY"
        case .draining: "DRAINING"
        case .readOnly: "READ_ONLY"
        case .internal: "INTERNAL"
        }
    }

    public static func spelling(of retry: Retry) -> StaticString {
        switch retry {
        case .never: "never"
        case .later: "later"
        case .same: "same"
        }
    }

    /// Whether `retry=` is said beside this code. A malformed line needs no advice: sent again it is refused again.
    public static func saysRetry(_ code: ErrorCode) -> Bool {
        switch code {
        case .badSyntax, .unknownCommand, .badArgument, .badUTF8, .lineTooLong, .truncated, .version: false
        default: true
        }
    }
}
