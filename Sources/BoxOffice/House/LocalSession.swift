// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// A conversation with a house in the same process: for embedders, test rigs and tools that need no socket.
///
///     let house = try await House.open(.init(directory: "/var/lib/boxoffice"))
///     let session = LocalSession(house)
///     let lines = await session.request("HOLD gala best=2")   // ["OK hold=H… seats=…"]
///
/// Requests are lines of the protocol and go the very way that those of a TCP connection go. Calls may overlap: replies
/// come in the order of the calls. Once the house is closed, every request is refused with `DRAINING`.
public actor LocalSession {
    private let house: House
    private let desk: Desk
    private let conversation: Conversation
    private let output = Collected()
    private var waiting: [Waiting] = []
    private var lines: [String] = []
    private var partial: [UInt8] = []

    /// Where the conversation leaves its bytes until the actor takes them, in the same call.
    private final class Collected: ConversationOutput {
        var bytes: [UInt8] = []
        var isOver = false

        func conversation(_ conversation: Conversation, writes written: Span<UInt8>) {
            written.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }

        func conversationIsOver(_ conversation: Conversation, lingering: Bool) { isOver = true }
        func conversationChangedAppetite() {}
    }

    /// A conversation of its own with `house`, as the operator: `AS` acts for a buyer.
    public init(_ house: House) {
        let wakes = WakeRelay()
        self.house = house
        desk = Desk(house: house) { wakes.wake() }
        conversation = desk.open(output)
        wakes.session = self
        house.admit(self)
    }

    deinit { house.dismiss(ObjectIdentifier(self)) }

    /// Sends one request line, without its line feed, and returns the lines of its reply: items first, then the one that
    /// begins with `OK` or `ERR`. A blank line or a comment has no reply, and the result is empty; so it is after `QUIT`.
    public func request(_ line: String) async -> [String] {
        await requests([line])[0]
    }

    /// Sends several request lines at once and returns their replies, in order: one durable write serves many of them.
    public func requests(_ lines: [String]) async -> [[String]] {
        var replies = [[String]](repeating: [], count: lines.count)
        let asked = lines.indices.filter { Self.hasReply(lines[$0]) }
        guard !asked.isEmpty, !output.isOver else { return replies }
        if house.isClosed {
            for index in asked { replies[index] = refusalOfClosed(lines[index]) }
            return replies
        }
        let answers = await withCheckedContinuation { continuation in
            waiting.append(Waiting(lines: asked.map { lines[$0] }, continuation: continuation))
            var bytes: [UInt8] = []
            for index in asked {
                bytes.append(contentsOf: lines[index].utf8.lazy.filter { $0 != UInt8(ascii: "\n") })
                bytes.append(UInt8(ascii: "\n"))
            }
            bytes.withUnsafeBytes { conversation.receive($0) }
            desk.finishTick()
            takeOutput()
        }
        for (index, answer) in zip(asked, answers) { replies[index] = answer }
        return replies
    }

    /// Whether a request line has a reply: a blank line and a comment have none.
    public static func hasReply(_ line: String) -> Bool {
        let text = line.unicodeScalars.drop { $0 == " " }
        return text.contains { $0 != " " && $0 != "\r" && $0 != "\n" } && text.first != "#"
    }

    /// Who waits for the replies to these lines.
    private struct Waiting {
        let lines: [String]
        var replies: [[String]] = []
        let continuation: CheckedContinuation<[[String]], Never>
    }

    fileprivate func collect() {
        desk.collect()
        takeOutput()
    }

    /// The house is closed: what it still answered is taken, and nobody waits for the rest.
    func houseIsClosed() {
        collect()
        for unanswered in waiting {
            let missing = unanswered.lines.dropFirst(unanswered.replies.count)
            unanswered.continuation.resume(
                returning: unanswered.replies + missing.map(refusalOfClosed))
        }
        waiting = []
    }

    /// What a line is answered with once the house is closed, in the form that was asked for.
    private func refusalOfClosed(_ line: String) -> [String] {
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        reply.error(.draining, retry: .later)
        reply.field(.hint, "the house is closed: open it again")
        reply.end()
        let body = reply.span.extracting(ReplyWriter.frameHeaderBytes...)
        let tag = Array(line.utf8).withUnsafeBytes { Tag(ofRefusedLine: $0) }
        var bytes: [UInt8] = []
        if conversation.isJSON {
            JSONRenderer.render(body, tag: tag, to: &bytes)
        } else {
            TextRenderer.render(body, tag: tag, to: &bytes)
        }
        return [String(decoding: bytes.dropLast(), as: UTF8.self)]
    }

    private func takeOutput() {
        for byte in output.bytes {
            guard byte == UInt8(ascii: "\n") else {
                partial.append(byte)
                continue
            }
            let line = String(decoding: partial, as: UTF8.self)
            partial.removeAll(keepingCapacity: true)
            lines.append(line)
            guard Self.endsReply(line), !waiting.isEmpty else { continue }
            waiting[0].replies.append(lines)
            lines = []
            if waiting[0].replies.count == waiting[0].lines.count {
                let done = waiting.removeFirst()
                done.continuation.resume(returning: done.replies)
            }
        }
        output.bytes.removeAll(keepingCapacity: true)
        if output.isOver {
            for unanswered in waiting { unanswered.continuation.resume(returning: unanswered.replies) }
            waiting = []
        }
    }

    /// Whether a line is the last of its reply, in text or JSON, tagged or not.
    public static func endsReply(_ line: String) -> Bool {
        line.hasPrefix("{") ? line.contains("\"ok\":") : untagged(line).hasPrefix("OK") || isRefusal(line)
    }

    /// Whether a line is the last of a refusal, in text or JSON, tagged or not.
    public static func isRefusal(_ line: String) -> Bool {
        line.hasPrefix("{") ? line.contains("\"ok\":false") : untagged(line).hasPrefix("ERR ")
    }

    private static func untagged(_ line: String) -> Substring {
        guard line.hasPrefix("@"), let space = line.firstIndex(of: " ") else { return line[...] }
        return line[line.index(after: space)...]
    }
}

/// Carries the wake-up of a shard's thread to the session's actor; it exists before the session does.
private final class WakeRelay: @unchecked Sendable {
    /// Set once, before the first request and so before the first wake-up.
    weak var session: LocalSession?

    func wake() {
        guard let session else { return }
        Task { await session.collect() }
    }
}
