// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Goes through the frames of a stream that a reply writer made. Nothing here traps, whatever the bytes are.
public struct ReplyFrameReader: ~Escapable {
    public struct Frame: Sendable, Equatable {
        public var client: UInt32
        public var ticket: UInt32
        /// Where the reply's body lies in the stream.
        public var body: Range<Int>
    }

    private let stream: Span<UInt8>
    private var position = 0
    /// The stream ended inside a frame.
    public private(set) var isMalformed = false

    @_lifetime(copy stream)
    public init(_ stream: Span<UInt8>) {
        self.stream = stream
    }

    /// The next frame; nil at the end.
    @_lifetime(self: copy self)
    public mutating func next() -> Frame? {
        let left = stream.count - position
        guard left > 0 else { return nil }
        guard left >= ReplyWriter.frameHeaderBytes else {
            isMalformed = true
            position = stream.count
            return nil
        }
        let client = stream.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian
        let ticket = stream.bytes.unsafeLoadUnaligned(fromByteOffset: position + 4, as: UInt32.self).littleEndian
        let length = stream.bytes.unsafeLoadUnaligned(fromByteOffset: position + 8, as: UInt32.self).littleEndian
        guard Int(length) <= left - ReplyWriter.frameHeaderBytes else {
            isMalformed = true
            position = stream.count
            return nil
        }
        let start = position + ReplyWriter.frameHeaderBytes
        position = start + Int(length)
        return Frame(client: client, ticket: ticket, body: start..<position)
    }
}
