// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What a KeyTable is made of: a queue of entries, the bytes of their replies, and an index. Each grows by pieces.

/// Entries in the order in which they came, by a serial number that counts on for ever.
struct KeyEntries: Sendable {
    private static let chunkLength = 1_024
    /// The first of these may be given back already (empty), up to `firstChunk`.
    private var chunks: [[KeyTable.Entry]] = []
    private var firstChunk = 0
    /// The serial of the first entry of `chunks[0]`: a multiple of the chunk length.
    private var base: UInt64 = 0
    private(set) var firstSerial: UInt64 = 0
    private(set) var nextSerial: UInt64 = 0

    var count: Int { Int(nextSerial - firstSerial) }
    var isEmpty: Bool { count == 0 }
    var first: KeyTable.Entry? { isEmpty ? nil : self[firstSerial] }

    subscript(serial: UInt64) -> KeyTable.Entry {
        let place = Int(serial - base)
        return chunks[place / Self.chunkLength][place % Self.chunkLength]
    }

    mutating func append(_ entry: KeyTable.Entry) -> UInt64 {
        if Int(nextSerial - base) == chunks.count * Self.chunkLength {
            var chunk: [KeyTable.Entry] = []
            chunk.reserveCapacity(Self.chunkLength)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(entry)
        defer { nextSerial += 1 }
        return nextSerial
    }

    mutating func removeFirst() {
        firstSerial += 1
        guard Int(firstSerial - base) == (firstChunk + 1) * Self.chunkLength else { return }
        chunks[firstChunk] = []
        firstChunk += 1
        if firstChunk >= 64, firstChunk * 2 >= chunks.count {
            chunks.removeFirst(firstChunk)
            base += UInt64(firstChunk * Self.chunkLength)
            firstChunk = 0
        }
    }
}

/// Bytes of kept replies, in chunks that are given back when the last reply in them is forgotten.
struct KeyBodies: Sendable {
    struct Place: Sendable, BitwiseCopyable {
        var chunk: UInt64
        var offset: UInt32
        var length: UInt32
    }

    /// A reply lies in one chunk: larger than the largest record.
    private static let chunkBytes = Limits.recordBytesMax * 2
    private var chunks: [[UInt8]] = []
    private var firstChunk = 0
    private var base: UInt64 = 0

    mutating func append(_ body: Span<UInt8>) -> Place {
        if chunks.isEmpty || chunks[chunks.count - 1].count + body.count > Self.chunkBytes {
            var chunk: [UInt8] = []
            chunk.reserveCapacity(Self.chunkBytes)
            chunks.append(chunk)
        }
        let last = chunks.count - 1
        let offset = chunks[last].count
        body.withUnsafeBufferPointer { chunks[last].append(contentsOf: $0) }
        return Place(
            chunk: base + UInt64(last), offset: UInt32(truncatingIfNeeded: offset),
            length: UInt32(truncatingIfNeeded: body.count))
    }

    func withBytes<Result>(at place: Place, _ body: (Span<UInt8>) -> Result) -> Result {
        let chunk = chunks[Int(place.chunk - base)]
        return body(chunk.span.extracting(Int(place.offset)..<(Int(place.offset) + Int(place.length))))
    }

    /// Gives back what lies in chunks before the one of `place`; everything where it is nil.
    mutating func removeAll(before place: Place?) {
        guard let place else {
            base += UInt64(chunks.count)
            chunks = []
            firstChunk = 0
            return
        }
        while base + UInt64(firstChunk) < place.chunk {
            chunks[firstChunk] = []
            firstChunk += 1
        }
        if firstChunk >= 64, firstChunk * 2 >= chunks.count {
            chunks.removeFirst(firstChunk)
            base += UInt64(firstChunk)
            firstChunk = 0
        }
    }
}

/// Serials by scope: open addressing in many small segments, each of which doubles on its own.
struct KeyIndex: Sendable {
    private static let segmentBits: UInt64 = 10
    /// A slot: 32 bits of the scope, the lowest of them set, above the low 32 bits of a serial. 0 is free.
    private var segments: [[UInt64]] = Array(repeating: [], count: 1 << Int(segmentBits))
    private var counts: [Int32] = Array(repeating: 0, count: 1 << Int(segmentBits))

    private static func segment(of question: KeyQuestion) -> Int {
        Int(question.scopeHigh >> (64 - segmentBits))
    }

    private static func tag(of question: KeyQuestion) -> UInt64 {
        (question.scopeLow | 1) & 0xFFFF_FFFF
    }

    private static func home(of tag: UInt64, mask: Int) -> Int {
        Int(tag >> 1) & mask
    }

    private static func serial(_ slot: UInt64, in entries: KeyEntries) -> UInt64 {
        let low = UInt32(truncatingIfNeeded: slot)
        return entries.firstSerial + UInt64(low &- UInt32(truncatingIfNeeded: entries.firstSerial))
    }

    /// The slot that holds the entry of this scope.
    private func slot(of question: KeyQuestion, in entries: KeyEntries) -> Int? {
        let segment = Self.segment(of: question)
        guard !segments[segment].isEmpty else { return nil }
        let mask = segments[segment].count - 1
        let tag = Self.tag(of: question)
        var at = Self.home(of: tag, mask: mask)
        while segments[segment][at] != 0 {
            let slot = segments[segment][at]
            if slot >> 32 == tag {
                let other = entries[Self.serial(slot, in: entries)].question
                if other.scopeHigh == question.scopeHigh, other.scopeLow == question.scopeLow { return at }
            }
            at = (at + 1) & mask
        }
        return nil
    }

    func find(_ question: KeyQuestion, in entries: KeyEntries) -> UInt64? {
        slot(of: question, in: entries).map {
            Self.serial(segments[Self.segment(of: question)][$0], in: entries)
        }
    }

    /// Enters the entry of a serial. An older entry of the same scope, which has ended, is found no more.
    mutating func enter(_ serial: UInt64, in entries: KeyEntries) {
        let question = entries[serial].question
        let segment = Self.segment(of: question)
        let value = Self.tag(of: question) << 32 | serial & 0xFFFF_FFFF
        if let at = slot(of: question, in: entries) {
            segments[segment][at] = value
            return
        }
        if (Int(counts[segment]) + 1) * 4 > segments[segment].count * 3 { grow(segment) }
        Self.insert(value, into: &segments[segment])
        counts[segment] += 1
    }

    private static func insert(_ value: UInt64, into slots: inout [UInt64]) {
        let mask = slots.count - 1
        var at = home(of: value >> 32, mask: mask)
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = value
    }

    private mutating func grow(_ segment: Int) {
        var grown = Array(repeating: UInt64(0), count: max(8, segments[segment].count * 2))
        for slot in segments[segment] where slot != 0 { Self.insert(slot, into: &grown) }
        segments[segment] = grown
    }

    /// Removes the entry of a serial, unless a later one of its scope has taken its slot.
    mutating func remove(_ serial: UInt64, in entries: KeyEntries) {
        let question = entries[serial].question
        let segment = Self.segment(of: question)
        guard var hole = slot(of: question, in: entries),
            segments[segment][hole] & 0xFFFF_FFFF == serial & 0xFFFF_FFFF
        else { return }
        // What was pushed along by this slot moves back, so that no search ends too early.
        let mask = segments[segment].count - 1
        var at = (hole + 1) & mask
        while segments[segment][at] != 0 {
            let home = Self.home(of: segments[segment][at] >> 32, mask: mask)
            if (at - home) & mask >= (at - hole) & mask {
                segments[segment][hole] = segments[segment][at]
                hole = at
            }
            at = (at + 1) & mask
        }
        segments[segment][hole] = 0
        counts[segment] -= 1
    }
}
