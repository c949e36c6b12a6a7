// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A word that thousands of documents have is in hundreds of names all over memory, and two typed letters begin thousands
// of words. What such words and beginnings find is kept ready made, as bits where it is very much and else as a list, so
// that it is a condition like any other: combined a word of 64 documents at a time, and counted.

/// A run of neighbouring words: one, or all that begin alike.
struct ReadyRun: BitwiseCopyable {
    enum Form: UInt8 {
        /// Put together from what is ready made of its parts: that costs little more.
        case parts
        case set
        case list
    }

    /// How names count that begin as the words do, written without their spaces ("a b" begins with "ab").
    enum Names: UInt8 {
        /// They must be looked for besides, unless enough is typed (``ReadyRun/namesFrom``).
        case apart
        /// They are among the documents: right only for the shortest text by which just these words begin.
        case among
    }

    var low: UInt32
    var high: UInt32
    /// Which set or list it is.
    var place: UInt32
    var documents: UInt32
    var form: Form
    var names: Names
    /// Bytes of the shortest text by which just these words begin.
    var bytes: UInt8
    /// From so many typed bytes on, all names that begin so have one of the words: none must be looked for besides.
    var namesFrom: UInt8

    @inline(__always)
    func isOf(_ words: Range<Int>) -> Bool { Int(low) == words.lowerBound && Int(high) == words.upperBound }

    /// Whether its documents are just those of the words and of the names that begin with so many bytes of them.
    @inline(__always)
    func isWhole(typedBytes: Int) -> Bool {
        form != .parts && (names == .among ? typedBytes == Int(bytes) : coversNames(typedBytes: typedBytes))
    }

    /// Whether the words alone say as much as the names that begin so with that many bytes.
    @inline(__always)
    func coversNames(typedBytes: Int) -> Bool { typedBytes >= Int(namesFrom) }

    /// Whether it has documents of its own, and of no names but those of its words.
    var isPure: Bool { form != .parts && names == .apart }
}

/// The runs of a segment that are ready made, and what is known of those that are not.
struct ReadyRuns: @unchecked Sendable {
    /// In order; of those that begin with the same word, the longest first.
    private var runs = UnsafeMutableBufferPointer<ReadyRun>(start: nil, count: 0)
    private var bits = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)
    private var wordsEach = 0
    private var starts = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var gaps = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private var blocks = 0

    init() {}

    init(_ tables: SegmentTables) {
        var maker = ReadyRunsMaker(tables)
        maker.make()
        runs = .copying(maker.runs.sorted { $0.low != $1.low ? $0.low < $1.low : $0.high > $1.high })
        bits = .copying(maker.bits)
        wordsEach = maker.wordsEach
        starts = .copying(maker.starts)
        gaps = .copying(maker.gaps)
        blocks = maker.blocks
    }

    var byteCount: Int {
        runs.count * MemoryLayout<ReadyRun>.stride + 8 * bits.count + 4 * starts.count + gaps.count
    }

    func deallocate() {
        runs.deallocate()
        bits.deallocate()
        starts.deallocate()
        gaps.deallocate()
    }

    /// The run of just these words.
    ///
    /// - Complexity: O(log runs).
    func run(_ words: Range<Int>) -> ReadyRun? {
        for index in first(from: words.lowerBound)..<runs.count {
            if Int(runs[index].low) != words.lowerBound || Int(runs[index].high) < words.upperBound { return nil }
            if Int(runs[index].high) == words.upperBound { return runs[index] }
        }
        return nil
    }

    /// The documents of the words, and of the names that begin as they do with so many bytes, where they are ready made.
    func documents(beginnings words: Range<Int>, typedBytes: Int) -> ReadyDocuments? {
        guard let run = run(words), run.isWhole(typedBytes: typedBytes) else { return nil }
        return documents(run)
    }

    func documents(_ run: ReadyRun) -> ReadyDocuments? {
        guard run.form != .parts else { return nil }
        if run.form == .set, let base = bits.baseAddress {
            return .set(
                DenseSet(words: UnsafePointer(base + Int(run.place) * wordsEach), documents: Int(run.documents)))
        }
        guard let starts = starts.baseAddress, let gaps = gaps.baseAddress else { return nil }
        return .list(
            DocumentList(
                starts: UnsafePointer(starts + Int(run.place) * (blocks + 1)), gaps: UnsafePointer(gaps),
                blocks: blocks, count: Int(run.documents)))
    }

    /// Calls `body` with the longest ready made runs within these words, in order.
    @inline(__always)
    func forEach(in words: Range<Int>, _ body: (ReadyRun) -> Void) {
        var from = words.lowerBound
        var index = first(from: from)
        while index < runs.count, Int(runs[index].low) < words.upperBound, from < words.upperBound {
            let run = runs[index]
            index += 1
            guard run.isPure, Int(run.low) >= from, Int(run.high) <= words.upperBound else { continue }
            body(run)
            from = Int(run.high)
        }
    }

    /// The first run that does not begin before the word.
    private func first(from word: Int) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(runs[middle].low) < word { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
