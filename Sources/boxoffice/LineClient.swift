// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import LineProtocol
internal import NIOCore
internal import NIOPosix

/// Where request lines are carried out: a daemon over TCP, or a data directory opened by this process.
protocol LineExchange {
    /// Sends lines, in order, and hands each reply's lines to `reply` with the index of its request. Lines without a
    /// reply (blank ones, comments) must have been left out.
    mutating func exchange(_ lines: [String], reply: (Int, [String]) throws -> Void) async throws
}

/// A connection to a daemon that listens somewhere.
struct RemoteExchange: LineExchange {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var assembler = ReplyAssembler()

    /// Requests sent before their replies are read: enough to be quick, little enough for any socket's buffers.
    static let windowLines = 128

    /// Connects, and hands the connection to `body`.
    static func open<Result: Sendable>(
        host: String, port: Int, _ body: (inout RemoteExchange) async throws -> Result
    ) async throws -> Result {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(10))
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw Failed("no box office answers at \(host):\(port); start one with boxoffice serve")
        }
        return try await channel.executeThenClose { inbound, outbound in
            var exchange = RemoteExchange(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&exchange)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    mutating func exchange(_ lines: [String], reply: (Int, [String]) throws -> Void) async throws {
        var sent = 0
        var answered = 0
        while answered < lines.count {
            if sent == answered {
                var buffer = ByteBuffer()
                while sent < min(lines.count, answered + Self.windowLines) {
                    buffer.writeString(lines[sent])
                    buffer.writeInteger(UInt8(ascii: "\n"))
                    sent += 1
                }
                try await outbound.write(buffer)
            }
            guard let received = try await inbound.next() else {
                throw Failed("the box office closed the connection after \(answered) of \(lines.count) lines")
            }
            for whole in assembler.take(received.readableBytesView) {
                try reply(answered, whole)
                answered += 1
            }
        }
    }
}

/// A data directory that no daemon holds.
struct LocalExchange: LineExchange {
    let session: LocalSession

    func exchange(_ lines: [String], reply: (Int, [String]) throws -> Void) async throws {
        var start = 0
        while start < lines.count {
            // A window goes together, so that its changes share their blocks.
            let window = lines[start..<min(lines.count, start + RemoteExchange.windowLines)]
            for replyLines in await session.requests(Array(window)) {
                try reply(start, replyLines)
                start += 1
            }
        }
    }
}

/// Puts the lines of replies together from what a socket brings.
struct ReplyAssembler {
    private var partial: [UInt8] = []
    private var lines: [String] = []

    /// The replies that are whole with these bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [[String]] {
        var whole: [[String]] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                partial.append(byte)
                continue
            }
            let line = String(decoding: partial, as: UTF8.self)
            partial.removeAll(keepingCapacity: true)
            lines.append(line)
            if LocalSession.endsReply(line) {
                whole.append(lines)
                lines = []
            }
        }
        return whole
    }
}
