// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import BoxOfficeServer

@Suite("What goes on in parts on an event loop")
struct LoopBellTests {
    /// Touched on the loop alone.
    private final class Work: @unchecked Sendable {
        var parts = 0
        var bell: LoopBell?
        var hasOther = false
    }

    /// Somebody who writes to the loop from outside.
    private final class Visitor: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        let work: Work
        init(_ work: Work) { self.work = work }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { work.hasOther = true }
    }

    @Test("what comes through a descriptor has its turn between the parts")
    func turns() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let partsMax = 20_000
        let work = Work()
        let done = loop.makePromise(of: Void.self)
        let bell = LoopBell(on: loop) {
            work.parts += 1
            if work.hasOther || work.parts == partsMax { done.succeed() } else { work.bell?.ring() }
        }
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (readEnd, writeEnd) = (ends[0], ends[1])
        defer { close(writeEnd) }
        _ = try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Visitor(work))
                }
            }
            .takingOwnershipOfDescriptor(input: readEnd).get()
        // Both pipes are being read after a look at the descriptors.
        try await loop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
        try await loop.submit {
            work.bell = bell
            bell.ring()
            _ = write(writeEnd, [1], 1)
        }.get()
        try await done.futureResult.get()
        let parts = try await loop.submit { work.parts }.get()
        #expect(parts < partsMax, "the other was not heard while this went on")
        try await loop.submit { work.bell = nil }.get()
        try await group.shutdownGracefully()
    }

    @Test("it rings once, however often it is rung, and again for the next time")
    func once() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let work = Work()
        let bell = LoopBell(on: loop) { work.parts += 1 }
        for round in 1...3 {
            try await loop.submit { for _ in 0..<5 { bell.ring() } }.get()
            while try await loop.submit({ work.parts }).get() < round {}
        }
        try await loop.scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
        #expect(try await loop.submit { work.parts }.get() == 3)
        try await group.shutdownGracefully()
    }
}
