// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// A plain connection beside the load: it makes what a run needs, looks at it and clears it away.
final class ControlConnection {
    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var readFrom = 0

    /// Requests sent before their replies are read.
    private static let window = 64
    /// A reply that takes longer is given up: making an event of 250,000 seats takes a fraction of it.
    private static let patienceSeconds = 120

    init(_ endpoint: Endpoint) throws(BenchFailure) {
        descriptor = try endpoint.connect(isBlocking: true)
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The replies to requests, in their order; each is its lines.
    func ask(_ requests: [String]) throws(BenchFailure) -> [[String]] {
        var replies: [[String]] = []
        while replies.count < requests.count {
            let part = requests[replies.count..<min(requests.count, replies.count + Self.window)]
            try send(part.map { $0 + "\n" }.joined())
            for _ in part { replies.append(try reply()) }
        }
        return replies
    }

    /// The reply to one request, which must be OK.
    func must(_ request: String) throws(BenchFailure) -> [String] {
        let reply = try ask([request]).first ?? []
        guard let last = reply.last, last.hasPrefix("OK") else { throw Self.refused(request, reply) }
        return reply
    }

    /// As ``must(_:)``, for many.
    func must(_ requests: [String]) throws(BenchFailure) {
        for (request, reply) in zip(requests, try ask(requests)) where reply.last?.hasPrefix("OK") != true {
            throw Self.refused(request, reply)
        }
    }

    private static func refused(_ request: String, _ reply: [String]) -> BenchFailure {
        BenchFailure("\(request) was refused: \(reply.last ?? "")")
    }

    private func reply() throws(BenchFailure) -> [String] {
        var lines: [String] = []
        while true {
            let line = try line()
            lines.append(line)
            if !line.hasPrefix("* ") { return lines }
        }
    }

    private func line() throws(BenchFailure) -> String {
        var searched = readFrom
        while true {
            if let feed = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { readFrom = feed + 1 }
                return String(decoding: bytes[readFrom..<feed], as: UTF8.self)
            }
            bytes.removeFirst(readFrom)
            readFrom = 0
            searched = bytes.count
            try readMore()
        }
    }

    private func readMore() throws(BenchFailure) {
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            repeat {
                count = max(-1, recv(descriptor, buffer.baseAddress, buffer.count, 0))
            } while count < 0 && errno == EINTR
            count = max(0, count)
        }
        guard !chunk.isEmpty else { throw BenchFailure("the box office closed the connection, or does not answer") }
        bytes += chunk
    }

    private func send(_ text: String) throws(BenchFailure) {
        let out = Array(text.utf8)
        var sent = 0
        while sent < out.count {
            let count = out[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("the box office closed the connection") }
            sent += count
        }
    }
}
