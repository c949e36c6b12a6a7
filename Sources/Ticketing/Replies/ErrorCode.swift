// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The stable codes of `ERR`. Raw values are written in the journal beside idempotency keys: never renumber, only add.
public enum ErrorCode: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    // Input.
    case badSyntax = 1, unknownCommand = 2, badArgument = 3, badUTF8 = 4, lineTooLong = 5, truncated = 6, version = 7
    // Access.
    case authRequired = 20, forbidden = 21, rateLimited = 22, queueRequired = 23, passExpired = 24
    // Domain.
    case notFound = 40, exists = 41, notOnSale = 42, seatTaken = 43, notEnoughSeats = 44, limitExceeded = 45
    case holdExpired = 46, wrongState = 47, amountMismatch = 48, paymentDeclined = 49, keyMismatch = 50, inProgress = 51
    // Server.
    case busy = 60, draining = 61, readOnly = 62, `internal` = 63
}

/// What a client may do after an error: `retry=`.
public enum Retry: UInt8, Sendable, BitwiseCopyable {
    case never = 0, later = 1, same = 2
}
