// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where the bytes of one argument lie in the text of its batch.
public struct TextRange: Sendable, BitwiseCopyable, Equatable {
    public var offset: UInt32
    public var length: UInt32

    @inlinable
    public init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }

    @inlinable
    public var range: Range<Int> { Int(offset)..<(Int(offset) + Int(length)) }
}

/// One argument of a request: its name, its unquoted UTF-8 text, and its value where the command table gives it a type
/// that has one.
///
/// `value` is, by type: an integer as it is; a duration in seconds; an instant in milliseconds since 1970; money in
/// minor units; yes as 1 and no as 0; a half-open pair (date or price range) is delivered as two slots. Otherwise 0.
/// `extra` is, for an instant, the offset from UTC in minutes that it was written in.
public struct ArgumentSlot: Sendable, BitwiseCopyable {
    public var argument: Argument
    public var extra: Int16
    public var text: TextRange
    public var value: Int64

    @inlinable
    public init(argument: Argument, text: TextRange, value: Int64 = 0, extra: Int16 = 0) {
        self.argument = argument
        self.extra = extra
        self.text = text
        self.value = value
    }
}

/// On whose behalf a request is made.
public enum Role: UInt8, Sendable, BitwiseCopyable {
    case buyer, gate, `operator`
}

/// One request, checked for form and not yet for sense. A trivial value: copying it costs no reference count.
public struct Request: Sendable, BitwiseCopyable {
    /// The door's name for who sent it; opaque to the domain, echoed in the reply.
    public var client: UInt32
    /// The door's number for this request on that client; opaque to the domain, echoed in the reply.
    public var ticket: UInt32
    public var verb: Verb
    /// The role that the request is made in. An operator acting for a buyer (`AS`) is `.operator` with a buyer.
    public var role: Role
    /// The buyer asked for; empty for an operator or gate as such.
    public var buyer: TextRange
    public var firstArgument: UInt32
    public var argumentCount: UInt32
    /// Index + 1 of what the catalogue attached (see ``RequestBatch/attachments``); 0 for none.
    public var attachment: UInt32

    @inlinable
    public init(client: UInt32, ticket: UInt32, verb: Verb, role: Role) {
        self.client = client
        self.ticket = ticket
        self.verb = verb
        self.role = role
        self.buyer = TextRange(offset: 0, length: 0)
        self.firstArgument = 0
        self.argumentCount = 0
        self.attachment = 0
    }

    /// Whether limits for buyers bind this request: it is made by a buyer, or for one.
    @inlinable
    public var actsForBuyer: Bool { buyer.length > 0 }
}

/// Requests on their way to a shard: trivial values over one run of text, reused from tick to tick so that a request in
/// the steady state allocates nothing.
///
/// A batch has one owner at a time (so the run-time checks of exclusive access, which every field of a class pays for,
/// are left out on the hot ones). Whoever pushes it to a queue gives it up; that is what makes it safe to send.
public final class RequestBatch: @unchecked Sendable {
    @exclusivity(unchecked) public var requests: [Request] = []
    @exclusivity(unchecked) public var arguments: [ArgumentSlot] = []
    @exclusivity(unchecked) public var text: [UInt8] = []
    /// What the catalogue looked up for requests that pass through it. Rare, so references are affordable here.
    public var attachments: [CatalogueAttachment] = []

    public init() {}

    /// Empties the batch and keeps its memory.
    public func removeAll() {
        requests.removeAll(keepingCapacity: true)
        arguments.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        attachments.removeAll(keepingCapacity: false)
    }

    /// The slot of `argument` in `request`, or nil where it was not given.
    ///
    /// - Complexity: O(arguments of the request), which is small.
    @inlinable
    public func slot(_ argument: Argument, of request: Request) -> ArgumentSlot? {
        var index = Int(request.firstArgument)
        let end = index + Int(request.argumentCount)
        while index < end {
            if arguments[index].argument == argument { return arguments[index] }
            index += 1
        }
        return nil
    }

    /// The text of `argument` as a String, for paths where an allocation does not matter.
    public func string(_ argument: Argument, of request: Request) -> String? {
        guard let slot = slot(argument, of: request) else { return nil }
        return String(decoding: text[slot.text.range], as: UTF8.self)
    }
}

extension RequestBatch {
    /// What a batch holds, lent out for reading: no reference is counted for each of its requests.
    public struct Contents: ~Escapable {
        private let requests: Span<Request>
        let text: Span<UInt8>
        let arguments: Span<ArgumentSlot>
        private let owner: Unmanaged<RequestBatch>

        @_lifetime(copy requests, copy text, copy arguments)
        fileprivate init(
            _ requests: Span<Request>, _ text: Span<UInt8>, _ arguments: Span<ArgumentSlot>, of batch: RequestBatch
        ) {
            self.requests = requests
            self.text = text
            self.arguments = arguments
            owner = .passUnretained(batch)
        }

        public var count: Int { requests.count }

        public func request(at index: Int) -> Request { requests[index] }

        /// The batch itself, for what is rare.
        public var batch: RequestBatch { owner.takeUnretainedValue() }
    }

    /// Lends the contents out to `body`. Nothing may be added or removed meanwhile.
    public func lend<Result>(_ body: (borrowing Contents) throws -> Result) rethrows -> Result {
        let requests = requests
        let text = text
        let arguments = arguments
        return try withExtendedLifetime(self) {
            try body(Contents(requests.span, text.span, arguments.span, of: self))
        }
    }

    // Another module that reads a field of this class pays for a run-time check of exclusive access each time; these two
    // do not.

    /// How many requests it holds.
    public var count: Int { requests.count }

    /// The request number `index`.
    public func request(at index: Int) -> Request { requests[index] }

    /// Adds a request that a parser took apart, and returns it as it is in this batch.
    ///
    /// - Parameters:
    ///   - text: What its arguments' texts are ranges of, once `textBefore` is taken off their offsets.
    ///   - buyer: Who it is asked for; empty for nobody.
    /// - Complexity: O(bytes of its text); allocates nothing once the batch has grown to its working size.
    @discardableResult
    public func append(
        _ request: Request, text added: UnsafeBufferPointer<UInt8>, buyer: Span<UInt8>,
        arguments slots: UnsafeBufferPointer<ArgumentSlot>, textBefore: Int
    ) -> Request {
        var request = request
        let base = text.count
        text.append(contentsOf: added)
        if buyer.count > 0 {
            request.buyer = TextRange(
                offset: UInt32(truncatingIfNeeded: text.count), length: UInt32(truncatingIfNeeded: buyer.count))
            buyer.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        }
        let first = arguments.count
        arguments.append(contentsOf: slots)
        let shift = UInt32(truncatingIfNeeded: base &- textBefore)
        for place in first..<arguments.count { arguments[place].text.offset &+= shift }
        request.firstArgument = UInt32(truncatingIfNeeded: first)
        request.argumentCount = UInt32(truncatingIfNeeded: slots.count)
        requests.append(request)
        return request
    }

    /// Adds a copy of a request of another batch, with its arguments and their text. Attachments stay behind.
    ///
    /// - Complexity: O(bytes of its arguments); allocates nothing once the batch has grown to its working size.
    public func append(_ request: Request, from other: RequestBatch) {
        var copy = request
        copy.firstArgument = UInt32(arguments.count)
        copy.attachment = 0
        copy.buyer = appendText(request.buyer, from: other)
        let first = Int(request.firstArgument)
        for index in first..<(first + Int(request.argumentCount)) {
            var slot = other.arguments[index]
            slot.text = appendText(slot.text, from: other)
            arguments.append(slot)
        }
        requests.append(copy)
    }

    private func appendText(_ range: TextRange, from other: RequestBatch) -> TextRange {
        let offset = UInt32(text.count)
        text.append(contentsOf: other.text[range.range])
        return TextRange(offset: offset, length: range.length)
    }
}
