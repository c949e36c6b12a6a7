// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension SegmentBuilder {
    /// What was gathered, in order: a segment of the documents that are still there, or nil where none is.
    ///
    /// A number that came twice is the later document; one that was removed afterwards is none.
    ///
    /// - Complexity: O(n log n) in documents and terms, O(n) in postings.
    func seal() -> Segment? {
        let order = documentsInDateOrder()
        guard !order.isEmpty else { return nil }

        // How often each term occurs, in documents that are there.
        var frequency = [UInt32](repeating: 0, count: terms.count)
        streamTerms.withUnsafeBufferPointer { stream in
            frequency.withUnsafeMutableBufferPointer { frequency in
                for document in order {
                    for place in streamStarts[document]..<streamStarts[document + 1] {
                        frequency[Int(stream[place])] += 1
                    }
                }
            }
        }
        let sorted = termsInByteOrder(frequency)

        // Dictionary, and where each term's postings begin.
        let byteCount = sorted.reduce(0) { $0 + Int(terms.starts[Int($1) + 1] - terms.starts[Int($1)]) }
        let termBytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: byteCount)
        let termStart = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: sorted.count + 1)
        let postingStart = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: sorted.count + 1)
        var next = [UInt32](repeating: 0, count: terms.count)
        var (byteAt, postingAt) = (0, UInt32(0))
        terms.bytes.withUnsafeBufferPointer { bytes in
            for (rank, term) in sorted.enumerated() {
                termStart[rank] = UInt32(byteAt)
                postingStart[rank] = postingAt
                next[Int(term)] = postingAt
                postingAt += frequency[Int(term)]
                for byte in bytes[Int(terms.starts[Int(term)])..<Int(terms.starts[Int(term) + 1])] {
                    termBytes[byteAt] = byte
                    byteAt += 1
                }
            }
        }
        termStart[sorted.count] = UInt32(byteAt)
        postingStart[sorted.count] = postingAt

        // Documents in date order put themselves behind each of their terms, so that every list is in order.
        let postings = UnsafeMutableBufferPointer<Posting>.allocate(capacity: Int(postingAt))
        streamTerms.withUnsafeBufferPointer { stream in
            streamPlaces.withUnsafeBufferPointer { places in
                next.withUnsafeMutableBufferPointer { next in
                    for (document, source) in order.enumerated() {
                        for place in streamStarts[source]..<streamStarts[source + 1] {
                            let term = Int(stream[place])
                            postings[Int(next[term])] = Posting(document) << 8 | Posting(places[place])
                            next[term] += 1
                        }
                    }
                }
            }
        }
        return Segment(makeTables(order, termBytes, termStart, postingStart, postings))
    }

    private func makeTables(
        _ order: [Int], _ termBytes: UnsafeMutableBufferPointer<UInt8>,
        _ termStart: UnsafeMutableBufferPointer<UInt32>, _ postingStart: UnsafeMutableBufferPointer<UInt32>,
        _ postings: UnsafeMutableBufferPointer<Posting>
    ) -> SegmentTables {
        let idBytes = order.reduce(0) { $0 + Int(idStarts[$1 + 1] - idStarts[$1]) }
        var tables = SegmentTables(
            termBytes: termBytes, termStart: termStart, postingStart: postingStart, postings: postings,
            starts: .allocate(capacity: order.count), days: .allocate(capacity: order.count),
            numbers: .allocate(capacity: order.count), ids: .allocate(capacity: idBytes),
            idStart: .allocate(capacity: order.count + 1))
        var idAt = 0
        for (document, source) in order.enumerated() {
            tables.starts[document] = starts[source]
            tables.days[document] = days[source]
            tables.numbers[document] = numbers[source]
            tables.idStart[document] = UInt32(idAt)
            for place in Int(idStarts[source])..<Int(idStarts[source + 1]) {
                tables.ids[idAt] = ids[place]
                idAt += 1
            }
        }
        tables.idStart[order.count] = UInt32(idAt)
        tables.makeLookups()
        return tables
    }

    /// The documents that are there, by start, then id, then number.
    private func documentsInDateOrder() -> [Int] {
        var order = survivors()
        ids.withUnsafeBufferPointer { ids in
            func id(_ document: Int) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(rebasing: ids[Int(idStarts[document])..<Int(idStarts[document + 1])])
            }
            var keyed = order.map { (start: starts[$0], document: UInt32($0)) }
            keyed.sort { left, right in
                if left.start != right.start { return left.start < right.start }
                let byID = ByteOrder.compare(id(Int(left.document)), id(Int(right.document)))
                return byID != 0 ? byID < 0 : numbers[Int(left.document)] < numbers[Int(right.document)]
            }
            order = keyed.map { Int($0.document) }
        }
        return order
    }

    /// The documents that no later one and no removal replaced.
    private func survivors() -> [Int] {
        let isAscending = zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
        if isAscending, removals.isEmpty { return Array(0..<count) }
        // By number, and within one number by time: a document as often as it came, a removal behind what it removes.
        var steps = numbers.enumerated().map { (number: $1, time: UInt64($0) << 1 | 1, document: $0) }
        steps += removals.map { (number: $0.number, time: UInt64($0.before) << 1, document: -1) }
        steps.sort { $0.number != $1.number ? $0.number < $1.number : $0.time < $1.time }
        var alive: [Int] = []
        for (place, step) in steps.enumerated() where step.document >= 0 {
            if place + 1 == steps.count || steps[place + 1].number != step.number { alive.append(step.document) }
        }
        return alive.sorted()
    }

    private func termsInByteOrder(_ frequency: [UInt32]) -> [UInt32] {
        terms.bytes.withUnsafeBufferPointer { bytes in
            func text(_ term: UInt32) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(
                    rebasing: bytes[Int(terms.starts[Int(term)])..<Int(terms.starts[Int(term) + 1])])
            }
            var keyed: [(key: UInt64, term: UInt32)] = []
            keyed.reserveCapacity(terms.count)
            for term in 0..<UInt32(terms.count) where frequency[Int(term)] > 0 {
                keyed.append((ByteOrder.key(text(term)), term))
            }
            keyed.sort { left, right in
                left.key != right.key
                    ? left.key < right.key : ByteOrder.compare(text(left.term), text(right.term)) < 0
            }
            return keyed.map(\.term)
        }
    }
}
