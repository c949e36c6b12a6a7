// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import LoadBench

/// A daemon of a few lines: it answers each request line with what a closure says, in order, or not at all.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: Int32

    /// `answer` is given the request and its number, from 0 over all connections; nil closes the connection.
    /// An answer is sent in pieces of so many bytes.
    init(pieceBytes: Int = .max, _ answer: @escaping @Sendable (String, Int) -> String?) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int in
                guard bind(listener, address, length) == 0, listen(listener, 64) == 0,
                    getsockname(listener, address, &length) == 0
                else { return 0 }
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
        try #require(port != 0, "no port to listen on")
        self.port = port
        let counter = Counter()
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread { Self.serve(connection, counter, pieceBytes, answer) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(
        _ connection: Int32, _ counter: Counter, _ pieceBytes: Int, _ answer: (String, Int) -> String?
    ) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { return }
            bytes += chunk[..<count]
            while let feed = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: bytes[..<feed], as: UTF8.self)
                bytes.removeFirst(feed + 1)
                guard let reply = answer(line, counter.next()) else { return }
                var out = Array(reply.utf8)[...]
                while !out.isEmpty {
                    let piece = Array(out.prefix(pieceBytes))
                    out = out.dropFirst(piece.count)
                    _ = send(connection, piece, piece.count, Int32(MSG_NOSIGNAL))
                    if !out.isEmpty { usleep(200) }
                }
            }
        }
    }
}

/// Counts from 0, for many threads.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    func next() -> Int {
        lock.withLock {
            value += 1
            return value - 1
        }
    }

    var count: Int { lock.withLock { value } }
}

@Suite("The generator, against a daemon of a few lines")
struct GeneratorTests {
    /// The right answer to `HOLD event seat`.
    private static func right(_ request: String) -> String {
        "OK hold=H7QK seats=\(request.split(separator: " ").last ?? "") total=4500\n"
    }

    private func run(
        _ plan: LoadPlan, seats: Int = 2_000, pieceBytes: Int = .max,
        _ answer: @escaping @Sendable (String, Int) -> String?
    ) throws -> RunResult {
        let server = try ScriptedServer(pieceBytes: pieceBytes, answer)
        let supply = SeatSupply(events: [Array("e".utf8)], grid: SeatSupply.Grid(atLeast: seats))
        let endpoint = try Endpoint(host: "127.0.0.1", port: server.port)
        var generator = try Generator(
            HoldWorkload(supply: supply, keys: KeyWriter(prefix: nil)), plan: plan, endpoint: endpoint)
        try generator.run(StopSignal()) { _ in }
        return generator.result
    }

    private func closed(_ connections: Int, depth: Int, tasks: Int) -> LoadPlan {
        LoadPlan(
            scenario: .hold, connections: connections, pace: .closed(depth: depth), length: .tasks(tasks),
            warmUpSeconds: 0)
    }

    private func open(_ rate: Double, tasks: Int) -> LoadPlan {
        LoadPlan(
            scenario: .hold, connections: 3, pace: .open(tasksPerSecond: rate), length: .tasks(tasks), warmUpSeconds: 0)
    }

    @Test("a closed loop has so many under way on each connection, and counts every answer", arguments: [1, 7, 64])
    func closedLoop(depth: Int) throws {
        let result = try run(closed(3, depth: depth, tasks: 1_000)) { request, _ in Self.right(request) }
        #expect(result.wrong == 0 && result.answers >= 1_000 && result.depth == depth)
        #expect(result.outcomes == [Outcome(code: "OK", count: result.answers)])
        #expect(result.latency.count == result.answers)
        #expect(result.timeline.counts.reduce(0, +) == result.answers)
        #expect(!result.isExhausted && result.unanswered == 0)
    }

    @Test("a planted wrong answer is found, is not counted as right, and is shown")
    func plantedWrongAnswer() throws {
        let planted = "OK hold=H7QK seats=s9/9/9 total=4500"
        let result = try run(closed(2, depth: 4, tasks: 500)) { request, number in
            number == 137 ? planted + "\n" : Self.right(request)
        }
        #expect(result.wrong == 1)
        #expect(result.firstWrong?.answer == planted && result.firstWrong?.operation == "hold")
        #expect(result.answers == result.latency.count)
        let report = BenchReport(server: "x", address: "y", runs: [result])
        #expect(report.hasWrongAnswers)
        #expect(
            ResultTable([result], hasColour: false).text.contains("1 wrong answers, the first to hold: not the seat"))
        #expect(ResultTable([result], hasColour: false).text.contains(planted))
    }

    @Test("an answer with a body where none belongs is one wrong answer, however many lines it has")
    func wrongBody() throws {
        let result = try run(closed(1, depth: 2, tasks: 50)) { request, number in
            number == 9 ? "* event e\n* row s1\nOK seq=1\n" : Self.right(request)
        }
        #expect(result.wrong == 1 && result.firstWrong?.answer == "* event e")
    }

    @Test("answers in pieces are put together")
    func pieces() throws {
        let result = try run(closed(2, depth: 3, tasks: 60), pieceBytes: 7) { request, _ in Self.right(request) }
        #expect(result.wrong == 0 && result.answers >= 60)
    }

    @Test("a supply that ends, ends the run")
    func exhausted() throws {
        let result = try run(closed(2, depth: 8, tasks: 1_000_000), seats: 100) { request, _ in Self.right(request) }
        #expect(result.isExhausted && result.wrong == 0 && result.answers == 100)
        #expect(ResultTable([result], hasColour: false).text.contains("no fresh seat was left"))
    }

    @Test("a thousand wrong answers end a run")
    func givingUp() throws {
        let result = try run(closed(2, depth: 8, tasks: 1_000_000), seats: 100_000) { _, _ in "ERR INTERNAL\n" }
        #expect(result.wrong >= 1_000 && result.wrong < 2_000 && result.answers == 0)
        #expect(result.outcomes.map(\.code) == ["INTERNAL"])
    }

    @Test("a connection that is closed is said")
    func closedConnection() throws {
        #expect(throws: BenchFailure.self) {
            try run(closed(1, depth: 1, tasks: 100)) { request, number in number == 50 ? nil : Self.right(request) }
        }
        #expect(throws: BenchFailure.self) {
            _ = try Generator(
                HoldWorkload(
                    supply: SeatSupply(events: [[65]], grid: SeatSupply.Grid(atLeast: 1)),
                    keys: KeyWriter(prefix: nil)),
                plan: closed(1, depth: 1, tasks: 1), endpoint: Endpoint(host: "127.0.0.1", port: 1))
        }
    }

    @Test("an answer that nobody asked for is said")
    func unasked() throws {
        #expect(throws: BenchFailure.self) {
            try run(closed(1, depth: 1, tasks: 100)) { request, _ in Self.right(request) + Self.right(request) }
        }
    }

    @Test("an open loop asks on schedule though nothing is answered, and a wait counts from when a request was due")
    func openLoop() throws {
        // Three connections; the first answer of each comes only with its last request.
        let tasks = 300
        let rate = 3_000.0
        let lines = Lines()
        let result = try run(open(rate, tasks: tasks)) { request, _ in
            lines.add(request, releaseAt: tasks / 3)
        }
        #expect(result.answers == tasks && result.wrong == 0 && result.unanswered == 0)
        // The first request waited for the last one to become due.
        let leastMicroseconds = Double(tasks - 3) / rate * 1e6
        #expect(result.latency.max >= leastMicroseconds * 0.999)
        #expect(result.latency.p50 >= leastMicroseconds * 0.45, "half of them waited half of it")
        #expect(result.rate == rate && result.depth == nil)
    }

    @Test("a request that is sent late, because its connection has no room, has waited since it was due")
    func sentLate() throws {
        var plan = open(1_000, tasks: 60)
        plan.connections = 1
        plan.openTasksMax = 16
        // All requests are due within 60 ms, but only 16 of them may be under way in the first 300.
        let lines = Lines()
        let result = try run(plan) { request, number in
            if number == 15 { usleep(300_000) }
            return number < 16 ? lines.add(request, releaseAt: 16) : Self.right(request)
        }
        #expect(result.answers == 60 && result.wrong == 0)
        #expect(result.latency.p50 >= 0.2e6, "those behind the first 16 waited too")
    }

    @Test("what an open loop never got an answer to counts with its wait")
    func unanswered() throws {
        var plan = open(1_000, tasks: 60)
        plan.patienceSeconds = 0.3
        let result = try run(plan) { request, number in number < 20 ? Self.right(request) : "" }
        #expect(result.answers <= 20 && result.answers + result.unanswered == 60)
        #expect(result.latency.count == 60 && result.latency.max >= 0.3e6)
        #expect(ResultTable([result], hasColour: false).text.contains("does not keep this rate"))
    }

    /// Keeps the answers of each thread (that is, connection) back until it has had so many requests.
    private final class Lines: @unchecked Sendable {
        private let lock = NSLock()
        private var waiting: [ObjectIdentifier: [String]] = [:]

        func add(_ request: String, releaseAt count: Int) -> String {
            lock.withLock {
                let connection = ObjectIdentifier(Thread.current)
                waiting[connection, default: []].append(GeneratorTests.right(request))
                guard let answers = waiting[connection], answers.count == count else { return "" }
                waiting[connection] = []
                return answers.joined()
            }
        }
    }
}
