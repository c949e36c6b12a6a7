// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// An event and what `VIEW` said of it before the run.
struct Scenery: Sendable {
    var event: [UInt8]
    /// All lines of the reply, each with its line feed.
    var reply: [UInt8]
    var lineCount: Int

    init(event: [UInt8], lines: [String]) {
        self.event = event
        reply = lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
        lineCount = lines.count
    }
}

/// `VIEW event`. While nobody books, each reply must be the same, byte for byte; else it must have the same lines, with
/// other seat maps.
struct ViewWorkload: Workload {
    struct State: BitwiseCopyable {
        var event: Int32 = 0
        /// Bytes, and lines, of the reply that were seen.
        var offset: Int32 = 0
        var lines: Int32 = 0
    }

    private let sceneries: [Scenery]
    private let isStill: Bool
    private var begun = 0

    /// `isStill` says that nobody changes the events while they are looked at.
    init(_ sceneries: [Scenery], isStill: Bool) {
        self.sceneries = sceneries
        self.isStill = isStill
    }

    static var idle: State { State() }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        guard !sceneries.isEmpty else { return nil }
        task = State(event: Int32(truncatingIfNeeded: begun % sceneries.count))
        begun += 1
        requests.append("VIEW ")
        requests.append(sceneries[Int(task.event)].event)
        requests.endLine()
        return 0
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        let isLast = !line.has("* ")
        let offset = Int(task.offset)
        task.offset += Int32(truncatingIfNeeded: line.count + 1)
        task.lines += 1
        if isStill {
            let reply = sceneries[Int(task.event)].reply
            let expected = reply.span
            guard offset + line.count < expected.count, expected[offset + line.count] == UInt8(ascii: "\n"),
                line.isSame(as: expected, at: offset)
            else { return .wrong("another view than before the run, though nobody changed the event") }
            return isLast ? .done : .goesOn
        }
        if !isLast {
            guard task.lines > 1 || (line.has("* event ") && line.has(sceneries[Int(task.event)].event, at: 8)) else {
                return .wrong("a view begins with its event")
            }
            return .goesOn
        }
        guard line.has("OK seq="), Int(task.lines) == sceneries[Int(task.event)].lineCount else {
            return .wrong("a view with other lines than before the run")
        }
        return .done
    }
}

extension Span where Element == UInt8 {
    /// Whether these are the bytes of `other` at `offset`: what `has` says, for long lines.
    fileprivate func isSame(as other: Span<UInt8>, at offset: Int) -> Bool {
        guard offset >= 0, other.count - offset >= count else { return false }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                guard let one = mine.baseAddress, let two = theirs.baseAddress else { return mine.isEmpty }
                return memcmp(one, two + offset, mine.count) == 0
            }
        }
    }
}
