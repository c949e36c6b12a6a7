// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// The answers of all shards to one request, on their way to becoming one reply: items of all, then one last line. An
/// error of any shard is the whole answer.
struct Gathering {
    let ticket: UInt32
    private var remaining: Int
    private let verb: Verb
    /// Item lines by shard, so that they come in the same order whichever answers first.
    private var items: [[UInt8]]
    private var itemCount: Int64 = 0
    /// Whether a shard has more than it shows.
    private var isPartial = false
    private var last: [UInt8] = []
    private var isRefused = false

    init(ticket: UInt32, remaining: Int, verb: Verb) {
        self.ticket = ticket
        self.remaining = remaining
        self.verb = verb
        items = Array(repeating: [], count: remaining)
    }

    /// Adds one shard's answer.
    mutating func add(_ body: Span<UInt8>, from shard: Int) {
        remaining -= 1
        guard !isRefused else { return }
        guard let ending = ReplyEnding(of: body) else { return }
        if ending.code != nil {
            isRefused = true
        } else {
            itemCount += Int64(ending.itemCount)
            // `MINE` says `n=`, and beside it only `partial=yes`.
            if body[ending.countOffset] > 1 { isPartial = true }
            items[shard] = body.extracting(..<ending.start).withUnsafeBufferPointer { Array($0) }
        }
        last = body.extracting(ending.start...).withUnsafeBufferPointer { Array($0) }
    }

    /// The joined body once every shard has answered; nil before.
    func wholeIfComplete() -> [UInt8]? {
        guard remaining == 0 else { return nil }
        if isRefused { return last }
        guard verb == .mine else { return Array(items.joined()) + last }
        var counted = ReplyWriter()
        counted.begin(client: 0, ticket: 0)
        counted.line(.ok)
        counted.field(.count, itemCount)
        if isPartial { counted.field(.partial, true) }
        return Array(items.joined()) + counted.bytes[counted.bodyRange]
    }
}
