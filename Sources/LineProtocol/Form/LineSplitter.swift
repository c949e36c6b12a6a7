// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Finds the request lines in what a socket brings, in whatever pieces it brings it.
///
/// The door calls ``next(in:at:)`` again and again with the bytes it has, carries out each step, and may stop after any
/// of them (for backpressure, for a barrier): it keeps the bytes from `position` on and comes back with them later.
/// Lines that lie whole in the bytes are handed out in place. Only the beginning of a line whose end has not come yet is
/// copied, so an idle connection owns no memory here, and no client more than ``Limits/lineBytesMax``.
///
///     received --next--> line* --next--> needsMore … --finish--> truncated? end
public struct LineSplitter: ~Copyable {
    public enum Step {
        /// A line without its ending, good until the next call and no longer than the bytes it may lie in.
        case line(UnsafeRawBufferPointer)
        /// A line of more than ``Limits/lineBytesMax`` bytes; said once, the rest is thrown away up to its line feed.
        /// The bytes are its beginning, for its tag (see ``Tag/init(ofRefusedLine:)``).
        case tooLong(UnsafeRawBufferPointer)
        /// The peer speaks HTTP or TLS: answer ``WrongProtocol/httpAnswer`` or nothing, and close. All else it sends is
        /// thrown away.
        case wrongProtocol(WrongProtocol)
        /// All bytes are used up.
        case needsMore
    }

    public enum Ending {
        case end
        /// Input ended inside this line, which is never to be executed.
        case truncated(UnsafeRawBufferPointer)
    }

    private enum State {
        /// Before anything of the first line was judged.
        case firstLine
        case lines
        /// Inside a line that was already said to be too long.
        case skipping
        /// Nothing that comes matters any more.
        case deaf
    }

    private var state = State.firstLine
    private var kept: UnsafeMutableRawBufferPointer?
    private var keptCount = 0
    // The kept line was handed out and may be forgotten at the next call.
    private var keptIsSpent = false

    public init() {}

    deinit {
        kept?.deallocate()
    }

    /// Bytes of an unfinished line that are kept here.
    public var keptBytes: Int { keptIsSpent ? 0 : keptCount }

    /// The next step in `bytes` from `position` on, which is moved past what was used.
    ///
    /// - Complexity: O(bytes used); a byte is looked at once, and those of an unfinished line are copied once.
    public mutating func next(in bytes: UnsafeRawBufferPointer, at position: inout Int) -> Step {
        if keptIsSpent {
            keptIsSpent = false
            keptCount = 0
        }
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            switch state {
            case .deaf:
                position = bytes.count
                return .needsMore
            case .skipping:
                guard let length = Self.lineFeed(in: rest) else {
                    position = bytes.count
                    return .needsMore
                }
                position += length + 1
                state = .lines
                continue
            case .firstLine:
                if beginsAsTLS(rest) {
                    state = .deaf
                    keptCount = 0
                    position = bytes.count
                    return .wrongProtocol(.tls)
                }
            case .lines:
                break
            }

            guard let length = Self.lineFeed(in: rest) else {
                position = bytes.count
                guard keep(rest) else {
                    state = .skipping
                    return tooLong(rest)
                }
                return .needsMore
            }
            position += length + 1
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<length])
            let line: UnsafeRawBufferPointer
            if keptCount == 0 {
                guard length <= Limits.lineBytesMax else {
                    state = .lines
                    return .tooLong(UnsafeRawBufferPointer(rebasing: piece[..<Limits.lineBytesMax]))
                }
                line = piece
            } else {
                guard keep(piece) else {
                    state = .lines
                    return tooLong(piece)
                }
                keptIsSpent = true
                line = keptLine
            }
            let ended = Self.withoutCarriageReturn(line)
            if state == .firstLine {
                state = .lines
                if WrongProtocol.looksLikeHTTP(ended) {
                    state = .deaf
                    position = bytes.count
                    return .wrongProtocol(.http)
                }
            }
            return .line(ended)
        }
        return .needsMore
    }

    /// What is left when input ends. A rest that would have been ignored anyway (blank, a comment) is nothing.
    public mutating func finish() -> Ending {
        let isInLine = state == .firstLine || state == .lines
        state = .deaf
        guard isInLine, keptBytes > 0 else { return .end }
        let line = Self.withoutCarriageReturn(keptLine)
        let firstByte = line.first { $0 != UInt8(ascii: " ") }
        guard let firstByte, firstByte != UInt8(ascii: "#") else { return .end }
        keptIsSpent = true
        return .truncated(line)
    }

    private var keptLine: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: kept?.baseAddress, count: keptCount)
    }

    /// The beginning of a line that grew too long: what was kept, or the first bytes of `piece` where nothing was.
    private mutating func tooLong(_ piece: UnsafeRawBufferPointer) -> Step {
        if keptCount == 0 { return .tooLong(UnsafeRawBufferPointer(rebasing: piece.prefix(Limits.lineBytesMax))) }
        keptIsSpent = true
        return .tooLong(keptLine)
    }

    /// A TLS record of type handshake (22), version 3.x: no request begins so, for both bytes are control characters.
    private borrowing func beginsAsTLS(_ rest: UnsafeRawBufferPointer) -> Bool {
        switch keptCount {
        case 0: rest.count >= 2 && rest[0] == 0x16 && rest[1] == 0x03
        case 1: keptLine[0] == 0x16 && rest[0] == 0x03
        default: false
        }
    }

    /// Keeps `piece` behind what is kept; false, and nothing kept anew, where the line becomes too long.
    private mutating func keep(_ piece: UnsafeRawBufferPointer) -> Bool {
        let count = keptCount + piece.count
        guard count <= Limits.lineBytesMax else { return false }
        if count > kept?.count ?? 0 {
            var capacity = 256
            while capacity < count { capacity *= 2 }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
            if keptCount > 0 { larger.copyMemory(from: keptLine) }
            kept?.deallocate()
            kept = larger
        }
        if let kept, !piece.isEmpty {
            UnsafeMutableRawBufferPointer(rebasing: kept[keptCount...]).copyMemory(from: piece)
        }
        keptCount = count
        return true
    }

    private static func withoutCarriageReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let last = line.last, last == UInt8(ascii: "\r") else { return line }
        return UnsafeRawBufferPointer(rebasing: line.dropLast())
    }

    /// Where the first line feed is, looked for eight bytes at a time.
    ///
    /// - Complexity: O(bytes before it)
    @inline(__always)
    private static func lineFeed(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var index = 0
        while index + 8 <= bytes.count {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            // Of these bits the lowest is exact, and it is the first line feed's.
            let found = LineScan.zeroBytes(word ^ 0x0A0A_0A0A_0A0A_0A0A)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] == 0x0A { return index }
            index += 1
        }
        return nil
    }
}

/// Protocols that somebody may speak to this port by mistake.
public enum WrongProtocol: Sendable, Equatable {
    case http, tls

    /// The whole answer to an HTTP request.
    public static var httpAnswer: StaticString {
        """
        HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 81\r\n\
        Connection: close\r\n\r\n\
        This port speaks the Box Office line protocol, not HTTP; try: nc HOST PORT, HELP\n
        """
    }

    /// Whether a first line ends in ` HTTP/x.y`, as no request in this protocol would by chance.
    static func looksLikeHTTP(_ line: UnsafeRawBufferPointer) -> Bool {
        let start = line.count - 9
        guard start >= 0 else { return false }
        var matches = true
        (" HTTP/" as StaticString).withUTF8Buffer { expected in
            for index in 0..<6 where line[start + index] != expected[index] { matches = false }
        }
        let digits: ClosedRange<UInt8> = UInt8(ascii: "0")...UInt8(ascii: "9")
        return matches && digits.contains(line[start + 6]) && line[start + 7] == UInt8(ascii: ".")
            && digits.contains(line[start + 8])
    }
}
