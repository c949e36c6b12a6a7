// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What is left to do of one column's capture.
struct ColumnCapture: ~Copyable {
    private let sink: StateCapture
    private let kind: SnapshotContent.Kind
    /// The elements to capture, by number.
    private let start: UInt64
    private let end: UInt64
    /// Log 2 of the elements in a block.
    private let shift: UInt64
    private let firstBlock: UInt64
    /// A bit for each block from the first: taken.
    private var taken: [UInt64]

    /// Bytes that are copied at once before a change: little enough that a booking, which touches some ten columns, costs
    /// a few microseconds more.
    private static var blockBytes: Int { 4_096 }

    /// Log 2 of the elements in a block of a column.
    static func blockShift(chunkShift: Int, stride: Int) -> Int {
        var shift = 0
        while shift < chunkShift, stride << (shift + 1) <= blockBytes { shift += 1 }
        return shift
    }

    init(sink: StateCapture, kind: SnapshotContent.Kind, start: UInt64, end: UInt64, shift: Int) {
        self.sink = sink
        self.kind = kind
        self.start = start
        self.end = end
        self.shift = UInt64(shift)
        firstBlock = start &>> UInt64(shift)
        let blocks = start == end ? 0 : (end - 1) &>> UInt64(shift) - firstBlock + 1
        taken = Array(repeating: 0, count: Int((blocks + 63) / 64))
    }

    mutating func takeBeforeChange(_ block: UInt64, _ memory: UnsafeRawPointer, stride: Int) {
        let before = sink.bytesCopied
        _ = take(block, memory, stride: stride)
        sink.noteCopyBeforeChange(bytes: sink.bytesCopied - before)
    }

    /// Copies a block, if it was not taken yet. Returns whether it was copied now.
    mutating func take(_ block: UInt64, _ memory: UnsafeRawPointer, stride: Int) -> Bool {
        let bit = Int(block - firstBlock)
        let mask: UInt64 = 1 << UInt64(bit % 64)
        guard taken[bit / 64] & mask == 0 else { return false }
        taken[bit / 64] |= mask
        let blockStart = block &<< shift
        let first = max(start, blockStart)
        let last = min(end, (block + 1) &<< shift)
        sink.take(
            kind, first: first,
            UnsafeRawBufferPointer(
                start: memory + Int(first - blockStart) * stride, count: Int(last - first) * stride),
            elementBytes: stride)
        return true
    }
}
