// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a request with `key=` asks of the ``KeyTable``: a keyed hash of who asks, the verb, the first id named and the
/// key, and another of everything that the request says.
public struct KeyQuestion: Hashable, Sendable, BitwiseCopyable {
    var scopeHigh: UInt64
    var scopeLow: UInt64
    var fingerprint: UInt64
}

extension KeyQuestion {
    /// The question of `request`, or nil where it has no `key=` or is no change.
    init?(for request: Request, in batch: RequestBatch, hashKey: SipHash.Key) {
        guard let key = batch.slot(.key, of: request), let verb = request.verb.keyCode else { return nil }

        var scope = SipHash(key: hashKey, isWide: true)
        scope.update(byte: request.actsForBuyer ? 1 : request.role == .gate ? 2 : 0)
        scope.update(batch, request.buyer)
        scope.update(byte: verb)
        // `venue/section/row` is one id, which the parser delivers in pieces.
        for argument in Self.firstID(of: request) {
            guard let slot = batch.slot(argument, of: request) else { continue }
            scope.update(byte: argument.keyCode)
            scope.update(batch, slot.text)
        }
        scope.update(byte: 0)
        scope.update(batch, key.text)
        (scopeLow, scopeHigh) = scope.finish128()

        // A sum does not depend on the order in which arguments were written.
        fingerprint = UInt64(verb)
        for index in 0..<Int(request.argumentCount) {
            let slot = batch.slot(at: index, of: request)
            if slot.argument == .key { continue }
            var hash = SipHash(key: hashKey)
            hash.update(byte: slot.argument.keyCode)
            hash.update(batch, slot.text)
            fingerprint &+= hash.finish()
        }
    }

    private static let placeID: [Argument] = [.venue, .section, .row, .area]
    private static let performerID: [Argument] = [.performer]
    private static let issuedID: [Argument] = [.id]
    private static let eventID: [Argument] = [.event]
    private static let codeID: [Argument] = [.code]

    private static func firstID(of request: Request) -> [Argument] {
        switch request.verb {
        case .venueAdd, .venueSet, .sectionAdd, .rowAdd, .areaAdd: placeID
        case .performerAdd, .performerSet: performerID
        case .checkIn: codeID
        case .extend, .release, .pay, .confirm, .cancel: issuedID
        default: eventID
        }
    }
}

extension SipHash {
    /// A text behind its length, so that two texts never run into each other.
    mutating func update(_ batch: RequestBatch, _ range: TextRange) {
        update(UInt64(range.length))
        update(batch.bytes(range))
    }
}

// Hashes of requests are journalled, so verbs and arguments enter them by numbers of their own: never renumber, only
// add. (Raw values of these types may change with every version.)

extension Verb {
    /// Nil for what changes nothing, and for changes that no key can make safe to repeat.
    var keyCode: UInt8? {
        switch self {
        case .venueAdd: 1
        case .venueSet: 2
        case .sectionAdd: 3
        case .rowAdd: 4
        case .areaAdd: 5
        case .performerAdd: 6
        case .performerSet: 7
        case .eventAdd: 8
        case .eventSet: 9
        case .eventOpen: 10
        case .eventClose: 11
        case .eventCancel: 12
        case .priceSet: 13
        case .block: 14
        case .unblock: 15
        case .hold: 16
        case .extend: 17
        case .release: 18
        case .pay: 19
        case .confirm: 20
        case .cancel: 21
        case .checkIn: 22
        case .hello, .actAs, .whoami, .format, .ping, .time, .help, .commands, .quit, .venueGet, .venueList,
            .performerGet, .performerList, .eventGet, .eventList, .view, .search, .get, .mine, .stats, .clockAdvance,
            .reset, .snapshot, .suggest:
            nil
        }
    }
}

extension Argument {
    var keyCode: UInt8 {
        switch self {
        case .id: 1
        case .section: 2
        case .row: 3
        case .area: 4
        case .venue: 5
        case .event: 6
        case .seats: 7
        case .category: 8
        case .amount: 9
        case .tickets: 10
        case .code: 11
        case .buyer: 12
        case .words: 13
        case .version: 14
        case .format: 15
        case .topic: 16
        case .duration: 17
        case .key: 18
        case .name: 19
        case .city: 20
        case .country: 21
        case .address: 22
        case .timeZone: 23
        case .plan: 24
        case .rows: 25
        case .categories: 26
        case .gaps: 27
        case .accessible: 28
        case .xy: 29
        case .capacity: 30
        case .genre: 31
        case .title: 32
        case .starts: 33
        case .currency: 34
        case .ends: 35
        case .type: 36
        case .performers: 37
        case .description: 38
        case .onsale: 39
        case .hold: 40
        case .limit: 41
        case .price: 42
        case .best: 43
        case .together: 44
        case .max: 45
        case .method: 46
        case .token: 47
        case .gate: 48
        case .undo: 49
        case .location: 50
        case .performer: 51
        case .date: 52
        case .free: 53
        case .sort: 54
        case .after: 55
        case .tours: 56
        }
    }
}
