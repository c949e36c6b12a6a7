// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Makes one segment of several, without the texts they came from: dictionaries are merged in their order, postings are
/// renumbered.
enum SegmentMerge {
    /// The merged segment, or nil where all documents are gone.
    ///
    /// - Complexity: O(terms × parts + postings)
    static func merge(_ parts: [SegmentPart]) -> Segment? {
        let order = documents(of: parts)
        guard !order.isEmpty else { return nil }
        var renumbered = parts.map { [UInt32](repeating: .max, count: $0.segment.tables.documentCount) }
        for (document, source) in order.enumerated() {
            renumbered[Int(source.part)][Int(source.document)] = UInt32(document)
        }
        var tables = mergedDictionary(parts, renumbered)
        var idBytes = 0
        for source in order { idBytes += parts[Int(source.part)].segment.tables.id(Int(source.document)).count }
        tables.starts = .allocate(capacity: order.count)
        tables.days = .allocate(capacity: order.count)
        tables.numbers = .allocate(capacity: order.count)
        tables.ids = .allocate(capacity: idBytes)
        tables.idStart = .allocate(capacity: order.count + 1)
        var idAt = 0
        for (document, source) in order.enumerated() {
            let from = parts[Int(source.part)].segment.tables
            let index = Int(source.document)
            tables.starts[document] = from.starts[index]
            tables.days[document] = from.days[index]
            tables.numbers[document] = from.numbers[index]
            tables.idStart[document] = UInt32(idAt)
            for byte in from.id(index) {
                tables.ids[idAt] = byte
                idAt += 1
            }
        }
        tables.idStart[order.count] = UInt32(idAt)
        tables.makeLookups()
        return Segment(tables)
    }

    private struct Source {
        var start: Int64
        var part: UInt32
        var document: UInt32
    }

    /// The documents that are there, by start, id and number. Each part is in order already, which the sort makes use of.
    private static func documents(of parts: [SegmentPart]) -> [Source] {
        var order: [Source] = []
        order.reserveCapacity(parts.reduce(0) { $0 + $1.liveCount })
        for (number, part) in parts.enumerated() {
            for document in 0..<part.segment.tables.documentCount where !part.isDead(document) {
                order.append(
                    Source(
                        start: part.segment.tables.starts[document], part: UInt32(number), document: UInt32(document)))
            }
        }
        let tables = parts.map(\.segment.tables)
        order.sort { left, right in
            if left.start != right.start { return left.start < right.start }
            let (one, other) = (tables[Int(left.part)], tables[Int(right.part)])
            let byID = ByteOrder.compare(one.id(Int(left.document)), other.id(Int(right.document)))
            if byID != 0 { return byID < 0 }
            return one.numbers[Int(left.document)] < other.numbers[Int(right.document)]
        }
        return order
    }

    private static func mergedDictionary(_ parts: [SegmentPart], _ renumbered: [[UInt32]]) -> SegmentTables {
        let tables = parts.map(\.segment.tables)
        let none = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
        let postingCount = tables.reduce(0) { $0 + $1.postings.count }
        let postings = UnsafeMutableBufferPointer<Posting>.allocate(capacity: postingCount)
        var (termBytes, termStart, postingStart) = ([UInt8](), [UInt32](), [UInt32]())
        termBytes.reserveCapacity(tables.reduce(0) { $0 + $1.termBytes.count })
        termStart.reserveCapacity(tables.reduce(1) { $0 + $1.termCount })
        postingStart.reserveCapacity(termStart.capacity)
        var at = [Int](repeating: 0, count: tables.count)
        var postingAt = 0
        while true {
            // The least of the terms that the parts have come to.
            var least = -1
            for part in 0..<tables.count where at[part] < tables[part].termCount {
                if least < 0 || ByteOrder.compare(tables[part].term(at[part]), tables[least].term(at[least])) < 0 {
                    least = part
                }
            }
            guard least >= 0 else { break }
            let text = tables[least].term(at[least])
            let first = postingAt
            var runs = 0
            for part in least..<tables.count
            where at[part] < tables[part].termCount && ByteOrder.areEqual(tables[part].term(at[part]), text) {
                let before = postingAt
                let (start, end) = (tables[part].postingStart[at[part]], tables[part].postingStart[at[part] + 1])
                renumbered[part].withUnsafeBufferPointer { renumbered in
                    for posting in tables[part].postings[Int(start)..<Int(end)] {
                        let document = renumbered[Int(posting >> 8)]
                        guard document != .max else { continue }
                        postings[postingAt] = document << 8 | posting & 0xFF
                        postingAt += 1
                    }
                }
                if postingAt > before { runs += 1 }
                at[part] += 1
            }
            if postingAt == first { continue }
            if runs > 1 { postings[first..<postingAt].sort() }
            termStart.append(UInt32(termBytes.count))
            postingStart.append(UInt32(first))
            termBytes.append(contentsOf: text)
        }
        termStart.append(UInt32(termBytes.count))
        postingStart.append(UInt32(postingAt))
        return SegmentTables(
            termBytes: copy(termBytes), termStart: copy(termStart), postingStart: copy(postingStart),
            postings: shrink(postings, to: postingAt), starts: .init(start: nil, count: 0),
            days: .init(start: nil, count: 0), numbers: none, ids: .init(start: nil, count: 0), idStart: none)
    }

    private static func copy<Element: BitwiseCopyable>(_ array: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let table = UnsafeMutableBufferPointer<Element>.allocate(capacity: array.count)
        _ = table.initialize(from: array)
        return table
    }

    /// Gives back what removed documents left over.
    private static func shrink(
        _ table: UnsafeMutableBufferPointer<Posting>, to count: Int
    ) -> UnsafeMutableBufferPointer<Posting> {
        if count == table.count { return table }
        let smaller = UnsafeMutableBufferPointer<Posting>.allocate(capacity: count)
        _ = smaller.initialize(from: table[..<count])
        table.deallocate()
        return smaller
    }
}
