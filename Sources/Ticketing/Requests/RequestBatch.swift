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
/// A batch has one owner at a time. Whoever pushes it to a queue gives it up; that is what makes it safe to send.
public final class RequestBatch: @unchecked Sendable {
    @exclusivity(unchecked) private var allRequests = TrivialArray<Request>()
    @exclusivity(unchecked) private var allArguments = TrivialArray<ArgumentSlot>()
    @exclusivity(unchecked) private var allText = TrivialArray<UInt8>()
    /// Whether the contents are lent out: nothing may be added or removed then.
    @exclusivity(unchecked) private var isLent = false
    /// What the catalogue looked up for requests that pass through it. Rare, so references are affordable here.
    public var attachments: [CatalogueAttachment] = []

    public init() {}

    /// Empties the batch and keeps its memory.
    public func removeAll() {
        precondition(!isLent, "a batch is emptied while it is lent out")
        allRequests.removeAll()
        allArguments.removeAll()
        allText.removeAll()
        if !attachments.isEmpty { attachments.removeAll() }
    }

    /// Bytes of memory that it holds, used or not.
    package var heldBytes: Int { allRequests.heldBytes + allArguments.heldBytes + allText.heldBytes }

    /// How many requests it holds.
    public var count: Int { allRequests.count }

    /// The request number `index`.
    public func request(at index: Int) -> Request { allRequests[index] }

    /// The slot of `argument` in `request`, or nil where it was not given.
    ///
    /// - Complexity: O(arguments of the request), which is small.
    public func slot(_ argument: Argument, of request: Request) -> ArgumentSlot? {
        var index = Int(request.firstArgument)
        let end = index + Int(request.argumentCount)
        while index < end {
            if allArguments[index].argument == argument { return allArguments[index] }
            index += 1
        }
        return nil
    }

    /// The slot number `index` of a request.
    public func slot(at index: Int, of request: Request) -> ArgumentSlot {
        allArguments[Int(request.firstArgument) + index]
    }

    /// The bytes of a range of the text, good until something is added or removed.
    @_lifetime(borrow self)
    package func bytes(_ range: TextRange) -> Span<UInt8> {
        let text = Span(_unsafeElements: allText.unsafeElements)
        return unsafe _overrideLifetime(text.extracting(range.range), borrowing: self)
    }

    /// A copy of those bytes.
    public func copy(of range: TextRange) -> [UInt8] { bytes(range).withUnsafeBufferPointer { Array($0) } }

    /// The text of `argument` as a String, for paths where an allocation does not matter.
    public func string(_ argument: Argument, of request: Request) -> String? {
        guard let slot = slot(argument, of: request) else { return nil }
        return bytes(slot.text).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: By hand

    // Whole columns as arrays, copied out and in: for those who put a batch together without a parser.

    package var requests: [Request] {
        get { Array(allRequests) }
        set { Self.replace(&allRequests, by: newValue) }
    }

    package var arguments: [ArgumentSlot] {
        get { Array(allArguments) }
        set { Self.replace(&allArguments, by: newValue) }
    }

    package var text: [UInt8] {
        get { Array(allText) }
        set { Self.replace(&allText, by: newValue) }
    }

    private static func replace<Element>(_ column: inout TrivialArray<Element>, by elements: [Element]) {
        column.removeAll()
        elements.withUnsafeBufferPointer { column.append(contentsOf: $0) }
    }
}

extension RequestBatch {
    /// What a batch holds, lent out for reading: no reference is counted for each of its requests.
    package struct Contents: ~Escapable {
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

        package var count: Int { requests.count }

        package func request(at index: Int) -> Request { requests[index] }

        /// The batch itself, for what is rare.
        package var batch: RequestBatch { owner.takeUnretainedValue() }
    }

    /// Lends the contents out to `body`. Nothing may be added or removed meanwhile.
    package func lend<Result>(_ body: (borrowing Contents) throws -> Result) rethrows -> Result {
        let wasLent = isLent
        isLent = true
        defer { isLent = wasLent }
        return try withExtendedLifetime(self) {
            try body(
                Contents(
                    Span(_unsafeElements: allRequests.unsafeElements), Span(_unsafeElements: allText.unsafeElements),
                    Span(_unsafeElements: allArguments.unsafeElements), of: self))
        }
    }

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
        precondition(!isLent, "a batch is added to while it is lent out")
        var request = request
        let base = allText.count
        allText.append(contentsOf: added)
        if buyer.count > 0 {
            request.buyer = TextRange(
                offset: UInt32(truncatingIfNeeded: allText.count), length: UInt32(truncatingIfNeeded: buyer.count))
            allText.append(contentsOf: buyer)
        }
        let shift = UInt32(truncatingIfNeeded: base &- textBefore)
        request.firstArgument = UInt32(truncatingIfNeeded: allArguments.count)
        request.argumentCount = UInt32(truncatingIfNeeded: slots.count)
        for slot in slots {
            var moved = slot
            moved.text.offset &+= shift
            allArguments.append(moved)
        }
        allRequests.append(request)
        return request
    }

    /// Adds a copy of a request of another batch, with its arguments and their text. Attachments stay behind.
    ///
    /// - Precondition: `other` is another batch.
    /// - Complexity: O(bytes of its arguments); allocates nothing once the batch has grown to its working size.
    public func append(_ request: Request, from other: RequestBatch) {
        precondition(!isLent && other !== self, "a batch is added to while it is read")
        var copy = request
        copy.firstArgument = UInt32(allArguments.count)
        copy.attachment = 0
        copy.buyer = appendText(request.buyer, from: other)
        let first = Int(request.firstArgument)
        for index in first..<(first + Int(request.argumentCount)) {
            var slot = other.allArguments[index]
            slot.text = appendText(slot.text, from: other)
            allArguments.append(slot)
        }
        allRequests.append(copy)
    }

    /// Says which of the attachments is that of a request: its index plus one.
    public func attach(_ attachment: UInt32, toRequestAt index: Int) { allRequests[index].attachment = attachment }

    private func appendText(_ range: TextRange, from other: RequestBatch) -> TextRange {
        let offset = UInt32(allText.count)
        allText.append(contentsOf: other.bytes(range))
        return TextRange(offset: offset, length: range.length)
    }
}
