// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The texts of an event as one run of bytes: id, venue, title, type, performers (joined by commas), description, each
/// behind its 2-byte length. It is how they are journalled and how they are kept, so that an event of a large archive
/// costs its bytes and no objects.
enum EventTexts {
    enum Part: Int, CaseIterable {
        case id, venue, title, type, performers, description

        /// The argument of EVENT ADD and EVENT SET that it comes from.
        var argument: Argument {
            switch self {
            case .id: .event
            case .venue: .venue
            case .title: .title
            case .type: .type
            case .performers: .performers
            case .description: .description
            }
        }

        var bytesMax: Int {
            switch self {
            case .id, .venue, .type: Limits.idBytesMax
            case .title: Limits.nameBytesMax
            case .performers: Limits.performersPerEventMax * (Limits.idBytesMax + 1)
            case .description: Limits.descriptionBytesMax
            }
        }
    }

    /// Adds the next part to a run.
    static func append(_ part: Span<UInt8>, to texts: inout [UInt8]) {
        texts.append(UInt8(truncatingIfNeeded: part.count))
        texts.append(UInt8(truncatingIfNeeded: part.count >> 8))
        for index in part.indices { texts.append(part[index]) }
    }

    /// Where a part lies in a run that `isWellFormed` accepted.
    static func range(of part: Part, in texts: Span<UInt8>) -> Range<Int> {
        var at = 0
        for _ in 0..<part.rawValue { at += 2 + length(texts, at) }
        let count = length(texts, at)
        return (at + 2)..<(at + 2 + count)
    }

    @_lifetime(copy texts)
    static func id(of texts: Span<UInt8>) -> Span<UInt8> {
        texts.extracting(range(of: .id, in: texts))
    }

    static func string(_ part: Part, of texts: Span<UInt8>) -> String {
        texts.extracting(range(of: part, in: texts)).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    private static func length(_ texts: Span<UInt8>, _ at: Int) -> Int {
        Int(texts[at]) | Int(texts[at + 1]) << 8
    }

    /// Whether bytes from a record are the texts of an event: six parts that fill them, none past its limit, an id.
    static func isWellFormed(_ texts: Span<UInt8>) -> Bool {
        var at = 0
        for part in Part.allCases {
            guard at + 2 <= texts.count else { return false }
            let count = length(texts, at)
            guard count <= part.bytesMax, at + 2 + count <= texts.count else { return false }
            if part == .id, count == 0 { return false }
            at += 2 + count
        }
        return at == texts.count
    }
}
