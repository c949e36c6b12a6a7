// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Columns captured while they change")
struct ColumnSnapshotTests {
    @Test("a column is captured as it was at the cut, whatever is written meanwhile", arguments: 1...40)
    func columns(seed: UInt64) throws {
        var random = Seeded(seed)
        var column = ChunkedColumn<UInt32>(chunkShift: 2)
        let count = Int(random.next() % 60)
        for index in 0..<count { column.append(UInt32(index)) }
        let expected = (0..<count).map { column[$0] }
        let capture = StateCapture()
        column.beginCapture(into: capture, as: .seatOwners)
        var isDone = false
        while !isDone {
            for _ in 0..<(random.next() % 5) {
                switch random.next() % 3 {
                case 0: column.append(99)
                default: if column.count > 0 { column[Int(random.next() % UInt64(column.count))] = 77 }
                }
            }
            isDone = !column.captureNext()
        }
        for index in 0..<column.count { column[index] = 55 }
        var restored = ChunkedColumn<UInt32>(chunkShift: 2)
        try forEachImage(of: capture) { first, bytes in
            let fits = restored.restore(first: first, bytes)
            #expect(fits)
        }
        let isRestored = restored.isRestored(count: UInt64(count))
        #expect(isRestored)
        let values = (0..<restored.count).map { restored[$0] }
        #expect(values == expected)
    }

    /// Chunks of one block each, and of several.
    @Test(
        "a window is captured as it was at the cut, though values leave it meanwhile", arguments: 1...60,
        [(scale: UInt64(1), shift: 2), (scale: UInt64(150), shift: 11)])
    func windows(seed: UInt64, size: (scale: UInt64, shift: Int)) throws {
        var random = Seeded(seed)
        let start = random.next() % 30
        var window = ChunkedWindow<UInt64>(startingAt: start, chunkShift: size.shift)
        for step in 0..<(random.next() % 60 * size.scale) { window.append(step) }
        for _ in 0..<(random.next() % 20 * size.scale) where window.count > 0 { window.removeFirst() }
        let range = window.start..<window.end
        let expected = range.map { window[$0] }
        let capture = StateCapture()
        window.beginCapture(into: capture, as: .traces)
        var isDone = false
        while !isDone {
            for _ in 0..<(random.next() % 6) {
                switch random.next() % 4 {
                case 0: window.append(1_000)
                case 1: for _ in 0..<size.scale where window.count > 0 { window.removeFirst() }
                default: if window.count > 0 { window[window.start + random.next() % UInt64(window.count)] = 2_000 }
                }
            }
            isDone = !window.captureNext()
        }
        while window.count > 0 { window.removeFirst() }
        for _ in 0..<40 { window.append(3_000) }
        var restored = ChunkedWindow<UInt64>(startingAt: 0, chunkShift: size.shift)
        restored.beginRestore(start: range.lowerBound, end: range.upperBound)
        try forEachImage(of: capture) { first, bytes in
            let fits = restored.restore(first: first, bytes)
            #expect(fits)
        }
        let bounds = [restored.start, restored.end]
        #expect(bounds == [range.lowerBound, range.upperBound])
        let values = range.map { restored[$0] }
        #expect(values == expected)
        // It goes on like any window.
        restored.append(7)
        while restored.count > 1 { restored.removeFirst() }
        let end = restored.end
        #expect(end == range.upperBound + 1)
    }

    private func forEachImage(
        of capture: StateCapture, _ body: (UInt64, UnsafeRawBufferPointer) -> Void
    ) throws {
        capture.finishPage()
        for piece in capture.takePieces() {
            try piece.forEachFrame { frame in
                try SnapshotContent.forEachImage(in: frame) { (image) throws(RecordError) in
                    body(image.first, UnsafeRawBufferPointer(rebasing: frame[image.range]))
                }
            }
        }
    }
}
