// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("What the books are made of")
struct LedgerColumnTests {
    @Test("a column holds what was put in it, over every edge of its chunks")
    func columns() {
        var column = ChunkedColumn<UInt32>(chunkShift: 2)
        for count in 0..<200 {
            #expect(column.count == count)
            column.append(UInt32(count))
            column[count / 2] += 1
        }
        var expected = (0..<200).map { UInt32($0) }
        for count in 0..<200 { expected[count / 2] += 1 }
        for index in 0..<200 { #expect(column[index] == expected[index]) }
        column.removeLast()
        column.append(7)
        #expect(column[199] == 7)
        column.removeAll()
        #expect(column.count == 0)
        column.append(repeating: 3, count: 9)
        #expect((0..<9).allSatisfy { column[$0] == 3 })
    }

    @Test("a window keeps numbers for life while values come and go", arguments: 1...8)
    func windows(seed: UInt64) {
        var random = Seeded(seed)
        var window = ChunkedWindow<UInt64>(startingAt: seed * 3, chunkShift: 2)
        var first = seed * 3
        var values: [UInt64] = []
        for step in 0..<2_000 as Range<UInt64> {
            let grows = step / 300 % 2 == 0 ? random.next() % 3 > 0 : random.next() % 3 == 0
            if grows || values.isEmpty {
                window.append(step)
                values.append(step)
            } else {
                window.removeFirst()
                values.removeFirst()
                first += 1
            }
            #expect(window.start == first && window.count == values.count)
            if let last = values.last { #expect(window[window.end - 1] == last && window[first] == values[0]) }
            #expect(!window.contains(first &- 1) && !window.contains(window.end))
        }
        for (index, value) in values.enumerated() { #expect(window[first + UInt64(index)] == value) }
        window.removeAll()
        #expect(window.count == 0)
        window.append(1)
        #expect(window[window.start] == 1)
    }

    @Test("a table finds every number while it grows, and none that is not there")
    func tables() {
        var table = IndexTable()
        // Hashes that collide: what a number stands for decides.
        func hash(_ number: Int) -> UInt32 { UInt32(number % 97) &* 0x9E37_79B1 }
        for number in 0..<3_000 {
            table.insert(hash: hash(number), number)
            if number % 101 == 0 {
                for earlier in 0...number {
                    #expect(table.find(hash: hash(earlier), where: { $0 == earlier }) == earlier)
                }
            }
            #expect(table.find(hash: hash(number + 1), where: { $0 == number + 1 }) == nil)
        }
        #expect(table.count == 3_000)
        table.removeAll()
        #expect(table.find(hash: hash(5), where: { $0 == 5 }) == nil)
    }

    @Test(
        "a table made for a number of entries, and one that grew to it, find the same", arguments: [0, 1, 409, 100_000])
    func sizedTables(count: Int) {
        func hash(_ number: Int) -> UInt32 { UInt32(truncatingIfNeeded: Mix.finalize(UInt64(number))) }
        var grown = IndexTable()
        var sized = IndexTable(for: count)
        for number in 0..<count {
            grown.insert(hash: hash(number), number)
            sized.insert(hash: hash(number), number)
        }
        var found = 0
        for number in 0..<(count + 1_000) {
            let expected = number < count ? number : nil
            let isFound =
                grown.find(hash: hash(number), where: { $0 == number }) == expected
                && sized.find(hash: hash(number), where: { $0 == number }) == expected
            if isFound { found += 1 }
        }
        #expect(found == count + 1_000)
        #expect(grown.count == count && sized.count == count)
        // Sixteen bytes a number, and a first page.
        #expect(grown.bytesAllocated <= 16 * count + 8_192)
    }

    @Test("thousands of equal hashes are found, however little sense they make")
    func equalHashes() {
        var table = IndexTable()
        for number in 0..<5_000 { table.insert(hash: number % 2 == 0 ? 0xFFFF_FFFF : 0xFFFF_FE00, number) }
        for number in stride(from: 0, to: 5_000, by: 7) {
            let hash: UInt32 = number % 2 == 0 ? 0xFFFF_FFFF : 0xFFFF_FE00
            #expect(table.find(hash: hash, where: { $0 == number }) == number)
            #expect(table.find(hash: hash ^ 0x8000_0000, where: { $0 == number }) == nil)
        }
        table.removeAll()
        #expect(table.count == 0 && table.find(hash: 0xFFFF_FFFF, where: { _ in true }) == nil)
    }

    @Test("a name is found by its bytes, and the empty name is nobody")
    func names() {
        var table = NameTable()
        for number in 1...500 {
            let name = Array("buyer \(number)".utf8)
            #expect(table.find(name.span) == nil)
            table.add(name.span)
            #expect(table.find(name.span) == number)
        }
        for number in 1...500 {
            let name = Array("buyer \(number)".utf8)
            #expect(table.find(name.span) == number)
            let kept = table.text(number)
            #expect(kept.count == name.count)
            #expect(kept.indices.allSatisfy { kept[$0] == name[$0] })
        }
        let empty: [UInt8] = []
        #expect(table.find(empty.span) == 0)
        let nobody = table.text(0)
        #expect(nobody.count == 0)
    }

    @Test("items of a hold get a stretch that fits, and stretches are used again")
    func slab() {
        #expect(
            [1, 2, 3, 4, 5, 8, 9, 64, 65, 100].map { ItemSlab.sizeClass(for: $0) } == [0, 1, 2, 2, 3, 3, 4, 6, 7, 7])
        var slab = ItemSlab()
        let first = slab.allocate(sizeClass: 2)
        let second = slab.allocate(sizeClass: 2)
        #expect(second == first + 4)
        slab.release(first, sizeClass: 2)
        slab.release(second, sizeClass: 2)
        #expect(slab.allocate(sizeClass: 2) == second)
        #expect(slab.allocate(sizeClass: 2) == first)
        #expect(slab.allocate(sizeClass: 3) == second + 4)
    }

    @Test("entries come out by time, whatever the lanes they went through", arguments: 1...8)
    func queue(seed: UInt64) {
        var random = Seeded(seed)
        var queue = DueQueue()
        var expected: [UInt64] = []
        var now: Int64 = 0
        for step in 0..<3_000 as Range<UInt64> {
            now += Int64(random.next() % 5)
            if random.next() % 500 == 0 {
                queue.removeAll()
                expected = []
            }
            // Asked at each step, as every request does: what is remembered of the front must not outlast it.
            let front = queue.earliest()?.entry
            #expect(front.map { UInt64($0.due + 1_000) << 32 | $0.subject } == expected.first)
            if random.next() % 5 < 3 {
                // Twenty durations: more than there are lanes, so that the heap has work.
                let duration = Int64(random.next() % 20) * 100 - 100
                queue.add(DueQueue.Entry(due: now + duration, subject: step), duration: duration)
                expected.append(UInt64(now + duration + 1_000) << 32 | step)
                expected.sort()
            } else if let (entry, lane) = queue.earliest() {
                #expect(UInt64(entry.due + 1_000) << 32 | entry.subject == expected[0])
                expected.removeFirst()
                queue.removeEarliest(of: lane)
            } else {
                #expect(expected.isEmpty)
            }
        }
    }

    @Test("a long life of holds leaves no memory behind")
    func reuse() {
        let desk = Desk().openGala()
        desk.checksEverything = false
        var bytes = 0
        for round in 0..<400 {
            for _ in 0..<10 { desk("RELEASE \(desk("HOLD gala best=2", as: "ada").hold)", as: "ada") }
            desk.advance(seconds: 86_401)
            if round == 100 { bytes = desk.ledger.figures.bytes }
        }
        #expect(desk.ledger.figures.bytes == bytes)
        #expect(desk.ledger.figures.holdsRemembered <= 20)
    }
}
