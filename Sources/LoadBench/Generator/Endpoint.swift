// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// Where a box office listens, resolved once for all connections.
package struct Endpoint: Sendable {
    package let name: String
    /// What the name stands for: `localhost` may be two addresses, of which the box office listens on one.
    private let addresses: [(family: Int32, bytes: [UInt8])]

    /// Resolves a name or address.
    package init(host: String, port: Int) throws(BenchFailure) {
        name = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let problem = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard problem == 0 else {
            throw BenchFailure("\(host) has no address: \(String(cString: gai_strerror(problem)))")
        }
        var addresses: [(family: Int32, bytes: [UInt8])] = []
        var next = found
        while let entry = next?.pointee {
            let bytes = Array(UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen)))
            addresses.append((entry.ai_family, bytes))
            next = entry.ai_next
        }
        self.addresses = addresses
    }

    /// Opens a connection, which the caller closes.
    func connect(isBlocking: Bool) throws(BenchFailure) -> Int32 {
        var problem = BenchFailure("\(name) has no address")
        for address in addresses {
            do {
                return try connect(to: address, isBlocking: isBlocking)
            } catch {
                problem = error
            }
        }
        throw problem
    }

    private func connect(
        to address: (family: Int32, bytes: [UInt8]), isBlocking: Bool
    ) throws(BenchFailure) -> Int32 {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            if errno == EMFILE {
                throw BenchFailure("this process may not open more sockets; raise its limit with ulimit -n")
            }
            throw .system("no socket")
        }
        let result = address.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return Int32(-1) }
            return Glibc.connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            if code == ECONNREFUSED {
                throw BenchFailure("no box office answers at \(name); start one with boxoffice serve")
            }
            throw BenchFailure("\(name) cannot be reached: \(String(cString: strerror(code)))")
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        if !isBlocking { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
        return descriptor
    }

    /// Raises this process's limit of open files as far as it may.
    static func allowDescriptors(for connections: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(connections) + 64))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
