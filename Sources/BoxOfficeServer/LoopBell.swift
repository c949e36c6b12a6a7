// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Has something done on an event loop after its sockets had their turn.
///
/// A loop looks at its sockets when no task is left: work that goes on by leaving a task behind is followed by itself, and
/// everybody who connects or asks meanwhile waits for its end. So it writes a byte into a pipe that the loop reads like any
/// socket. Touched on the loop alone.
final class LoopBell: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let loop: any EventLoop
    private let answer: () -> Void
    /// Where to write; -1 before there is a pipe, and after the loop has ended.
    private var writeEnd: Int32 = -1
    private var isRung = false

    /// - Parameter answer: called on `loop` after ``ring()``, once however often that was called.
    init(on loop: any EventLoop, answer: @escaping () -> Void) {
        self.loop = loop
        self.answer = answer
        guard let (readEnd, writeEnd) = Self.makePipe() else { return }
        let opened = NIOPipeBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
            }
            .takingOwnershipOfDescriptor(input: readEnd)
        opened.whenComplete { [self] result in
            switch result {
            case .success: self.writeEnd = writeEnd
            case .failure:
                close(readEnd)
                close(writeEnd)
            }
        }
    }

    private static func makePipe() -> (readEnd: Int32, writeEnd: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        return (ends[0], ends[1])
    }

    func ring() {
        guard !isRung else { return }
        isRung = true
        var byte: UInt8 = 1
        if writeEnd >= 0, write(writeEnd, &byte, 1) == 1 { return }
        // Without a pipe it goes on at once, before others.
        loop.execute { [self] in rung() }
    }

    private func rung() {
        isRung = false
        answer()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { rung() }

    func channelInactive(context: ChannelHandlerContext) {
        close(writeEnd)
        writeEnd = -1
    }
}
