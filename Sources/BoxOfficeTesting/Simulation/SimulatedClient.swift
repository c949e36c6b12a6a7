// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice

/// Somebody who uses the box office: what is known to them from the answers they got, and what they still want.
final class SimulatedClient {
    /// A hold that the client heard of.
    struct KnownHold {
        var id: String
        var event: String
        var total: Int64
        var seats: [String]
    }

    let name: String
    /// Whom this client acts for; empty for the operator.
    let buyer: String
    let desk: Int
    let isJSON: Bool
    var connection: SimulatedConnection?
    /// Lines to send again, because nobody knows what became of them.
    var again: [String] = []
    /// Lines to send before anything else, one by one.
    var script: [String] = []
    var holds: [KnownHold] = []
    var orders: [(id: String, tickets: [String])] = []
    var codes: [String] = []
    /// Lines with a key that were answered: sent again they must be answered alike.
    var answered: [String] = []

    init(name: String, buyer: String, desk: Int, isJSON: Bool) {
        self.name = name
        self.buyer = buyer
        self.desk = desk
        self.isJSON = isJSON
    }
}

/// A connection: what was asked on it and is not answered, in order.
final class SimulatedConnection: ConversationOutput {
    /// One request that waits for its reply.
    struct Asked {
        var line: String
        var tag: String
        var request: ModelRequest
        var answer: Answer
        /// What the shards decided, by their numbers, and the entry of the model's history that it is.
        var parts: [Int: Part] = [:]
        /// What the catalogue passed on with it, and where its history stood then.
        var attachment: ModelAttachment?
        var catalogueEntry: Int?
    }

    struct Part {
        var lines: [String]
        var json: [String]
        var entry: Int
    }

    /// Who answers.
    enum Answer: Equatable {
        /// The desk itself, with a last line that begins so.
        case session(String)
        /// What is published.
        case look
        /// All shards and the catalogue, each when its snapshot is there.
        case snapshot
        /// So many shards.
        case shards(Int)
    }

    let client: SimulatedClient
    /// Its desk has it until it is over; it refers back to this.
    weak var conversation: Conversation?
    var asked: [Asked] = []
    /// The ticket of `asked.first`.
    var firstTicket: UInt32 = 0
    var received: [UInt8] = []
    var lines: [String] = []
    var isOver = false
    /// Whether the client hung up; what it asked goes on.
    var isGone = false
    var isSlow = false

    init(_ client: SimulatedClient) {
        self.client = client
    }

    func conversation(_ conversation: Conversation, writes bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { received.append(contentsOf: $0) }
    }

    func conversationIsOver(_ conversation: Conversation, lingering: Bool) { isOver = true }
    func conversationChangedAppetite() {}
}
