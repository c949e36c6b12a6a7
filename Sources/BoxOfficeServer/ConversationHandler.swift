// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Logging
internal import NIOCore
internal import Synchronization

/// Carries bytes between one socket and its conversation; every decision is the conversation's.
final class ConversationHandler: ChannelInboundHandler, ConversationOutput {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let room: LoopDesk
    private let open: OpenConnections
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var conversation: Conversation?
    private var isReading = true
    private var isOver = false

    init(room: LoopDesk, open: OpenConnections, logger: Logger) {
        self.room = room
        self.open = open
        self.logger = logger
    }

    // MARK: From the socket

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let count = open.count.wrappingAdd(1, ordering: .relaxed).newValue
        room.add(self)
        guard count <= open.limit, !room.isDraining else {
            let refusal: StaticString =
                room.isDraining
                ? "ERR DRAINING retry=later hint=\"the daemon is stopping; connect again in a moment\"\n"
                : "ERR BUSY retry=later hint=\"too many connections are open; close some, or try again later\"\n"
            var buffer = context.channel.allocator.buffer(capacity: 128)
            buffer.writeStaticString(refusal)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            context.close(promise: nil)
            return
        }
        conversation = room.desk.open(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let conversation else { return }
        let buffer = unwrapInboundIn(data)
        buffer.withUnsafeReadableBytes { conversation.receive($0) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        follow()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            conversation?.endOfInput()
            follow()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        conversation?.setWritable(context.channel.isWritable)
        follow()
    }

    func channelInactive(context: ChannelHandlerContext) {
        open.count.wrappingSubtract(1, ordering: .relaxed)
        conversation?.disconnected()
        conversation = nil
        self.context = nil
        room.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    // MARK: Draining

    func drain() {
        guard let conversation else {
            context?.close(promise: nil)
            return
        }
        conversation.drain()
    }

    func cut() {
        context?.close(promise: nil)
    }

    // MARK: From the conversation

    func conversation(_ conversation: Conversation, writes bytes: Span<UInt8>) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(room.buffer(holding: bytes)), promise: nil)
    }

    func conversationIsOver(_ conversation: Conversation, lingering: Bool) {
        guard let context, !isOver else { return }
        isOver = true
        // Closing fails the writes that the client has not taken yet: first it takes them all, however slow it is.
        let channel = context.channel
        let allWritten = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0)), promise: allWritten)
        allWritten.futureResult.whenComplete { _ in
            guard lingering else { return channel.close(promise: nil) }
            // Half-close, and read what still comes for up to a second, so that the last replies are not lost to a
            // reset.
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
    }

    // MARK: Turn-taking

    /// After anything that fed the conversation: the desk pushes and writes at the end of the tick, and reading stops
    /// or goes on as the conversation wishes.
    private func follow() {
        room.scheduleFinish()
        conversationChangedAppetite()
    }

    func conversationChangedAppetite() {
        guard let context, let conversation else { return }
        let wanted = conversation.wantsInput
        guard wanted != isReading else { return }
        isReading = wanted
        context.channel.setOption(.autoRead, value: wanted).whenFailure { _ in }
        if wanted { context.read() }
    }
}
