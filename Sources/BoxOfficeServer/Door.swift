// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import BoxOffice
internal import Glibc
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Ticketing

/// The TCP door of a house: listens, and gives every connection a conversation at the desk of its event loop.
public final class Door: Sendable {
    /// Where and how to listen.
    public struct Configuration: Sendable {
        /// A name or address. Only loopback is served until authentication is configured.
        public var host = "127.0.0.1"
        /// 0 lets the system choose.
        public var port = 7710
        /// Event loops; nil for half the cores, at least one.
        public var loops: Int?
        /// Connections open at once; one more is told so and closed.
        public var connectionsMax = Limits.connectionsMax
        /// Where the door says which connections failed.
        public var logger = Logger(label: "boxoffice.door")

        /// `127.0.0.1:7710`, with half the cores.
        public init() {}
    }

    /// Why the door cannot open.
    public enum Problem: Error, CustomStringConvertible {
        /// Asked to listen where others than this machine could come in, without authentication.
        case notLoopback(String)
        case cannotListen(host: String, port: Int, reason: String)

        public var description: String {
            switch self {
            case .notLoopback(let address):
                "\(address) can be reached from other machines, and no authentication is configured: listen on 127.0.0.1 "
                    + "or ::1, and let others in through a tunnel (ssh -L)"
            case .cannotListen(let host, let port, let reason):
                "cannot listen on \(host):\(port): \(reason); choose another --listen, or port 0 for a free one"
            }
        }
    }

    /// The port that is listened on, once the system has chosen.
    public let port: Int
    /// The address that is listened on, as text: `127.0.0.1:7710`, `[::1]:7710`.
    public let address: String

    private let listener: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let rooms: [LoopDesk]
    private let logger: Logger

    /// Whether the address can be listened on at all, as far as can be told before anything is opened.
    public static func check(_ configuration: Configuration) throws {
        _ = try resolve(configuration)
    }

    private static func resolve(_ configuration: Configuration) throws -> SocketAddress {
        let resolved: SocketAddress
        do {
            resolved = try SocketAddress.makeAddressResolvingHost(configuration.host, port: configuration.port)
        } catch {
            throw Problem.cannotListen(
                host: configuration.host, port: configuration.port, reason: "the name is not known")
        }
        guard isLoopback(resolved) else { throw Problem.notLoopback(configuration.host) }
        return resolved
    }

    /// Binds and starts to serve.
    public static func open(_ house: House, _ configuration: Configuration) async throws -> Door {
        let resolved = try resolve(configuration)
        let loops = max(1, configuration.loops ?? System.coreCount / 2)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let rooms = group.makeIterator().map { LoopDesk(house: house, loop: $0) }
        let open = OpenConnections(limit: configuration.connectionsMax)
        let logger = configuration.logger
        do {
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 4_096)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 65_536, high: 262_144))
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard let room = rooms.first(where: { $0.loop === channel.eventLoop }) else { return }
                        try channel.pipeline.syncOperations.addHandler(
                            ConversationHandler(room: room, open: open, logger: logger))
                    }
                }
                .bind(to: resolved).get()
            let local = listener.localAddress
            return Door(
                port: local?.port ?? configuration.port, address: Self.text(of: local), listener: listener,
                group: group, rooms: rooms, logger: logger)
        } catch {
            try? await group.shutdownGracefully()
            let code = (error as? IOError)?.errnoCode
            throw Problem.cannotListen(
                host: configuration.host, port: configuration.port,
                reason: code.map { String(cString: strerror($0)) } ?? "\(error)")
        }
    }

    private init(
        port: Int, address: String, listener: any Channel, group: MultiThreadedEventLoopGroup, rooms: [LoopDesk],
        logger: Logger
    ) {
        self.port = port
        self.address = address
        self.listener = listener
        self.group = group
        self.rooms = rooms
        self.logger = logger
    }

    /// Stops accepting, finishes every complete line that came in, writes the replies, and closes. What is still open
    /// after `patience` seconds is cut.
    public func close(patienceSeconds: Int64 = 10) async {
        try? await listener.close()
        await withTaskGroup(of: Void.self) { tasks in
            for room in rooms { tasks.addTask { await room.drain(patienceSeconds: patienceSeconds) } }
        }
    }

    /// Ends the event loops. Call it when the house is closed: until then shards may still have replies for them.
    public func shutDown() async {
        try? await group.shutdownGracefully()
    }

    private static func isLoopback(_ address: SocketAddress) -> Bool {
        guard let ip = address.ipAddress else { return false }
        return ip.hasPrefix("127.") || ip == "::1" || ip == "0:0:0:0:0:0:0:1"
    }

    private static func text(of address: SocketAddress?) -> String {
        guard let address, let ip = address.ipAddress, let port = address.port else { return "" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}

/// Connections open at all doors of this process; a limit protects its memory and file descriptors.
final class OpenConnections: Sendable {
    let limit: Int
    let count = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }
}
