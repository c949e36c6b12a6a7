// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension SegmentBuilder {
    /// What was gathered, in order: a segment of the documents that are still there, or nil where none is.
    ///
    /// A number that came twice is the later document; one that was removed afterwards is none.
    ///
    /// - Complexity: O(n log n) in documents, names and terms, O(n) in postings.
    func seal() -> Segment? {
        let order = documentsInDateOrder()
        guard !order.isEmpty else { return nil }
        var tables = SegmentTables()
        let termOrder = Self.inByteOrder(terms)
        var termRank = [UInt32](repeating: 0, count: terms.count + 1)
        for (rank, term) in termOrder.enumerated() { termRank[Int(term)] = UInt32(rank) }

        // Names that a document still has, in order, and their new numbers.
        var uses = [UInt32](repeating: 0, count: names.count)
        for document in order {
            for index in Int(ownStart[document])..<Int(ownStart[document + 1]) { uses[Int(own[index])] += 1 }
        }
        let nameOrder = namesInOrder(uses, termRank)
        var nameRank = [UInt32](repeating: .max, count: names.count)
        for (rank, name) in nameOrder.enumerated() { nameRank[Int(name)] = UInt32(rank) }

        writeDocuments(order, nameRank, uses, nameOrder, &tables)
        let usedTypes = Set(order.map { types[$0] })
        let typeOfTerm = writeNames(nameOrder, termOrder, usedTypes, &tables)
        let typeOf = order.map { types[$0] == 0 ? 0 : typeOfTerm[Int(types[$0]) - 1] }
        tables.types = typeOf.withUnsafeBufferPointer { TypeSets(typeOf: $0, types: Int(typeOfTerm.max() ?? 0)) }
        writeWords(nameOrder, order, &tables)
        tables.makeLookups()
        return Segment(tables)
    }

    // MARK: Columns

    private func writeDocuments(
        _ order: [Int], _ nameRank: [UInt32], _ uses: [UInt32], _ nameOrder: [UInt32], _ tables: inout SegmentTables
    ) {
        let count = order.count
        tables.documentStart = .zeros(nameOrder.count + 1)
        for (rank, name) in nameOrder.enumerated() {
            tables.documentStart[rank + 1] = tables.documentStart[rank] + uses[Int(name)]
        }
        var next = Array(tables.documentStart)
        let ownCount = Int(tables.documentStart[nameOrder.count])
        tables.documents = .allocate(capacity: ownCount)
        tables.own = .allocate(capacity: ownCount)
        tables.ownStart = .allocate(capacity: count + 1)
        tables.starts = .allocate(capacity: count)
        tables.daySkews = .allocate(capacity: count)
        tables.numbers = .allocate(capacity: count)
        tables.ids = IDColumn(
            documents: count, bytes: order.reduce(0) { $0 + Int(idStarts[$1 + 1] - idStarts[$1]) })
        var ownAt = 0
        for (document, source) in order.enumerated() {
            tables.ownStart[document] = UInt32(ownAt)
            for index in Int(ownStart[source])..<Int(ownStart[source + 1]) {
                let name = nameRank[Int(own[index])]
                tables.own[ownAt] = name
                ownAt += 1
                tables.documents[Int(next[Int(name)])] = UInt32(document)
                next[Int(name)] += 1
            }
            tables.starts[document] = starts[source]
            tables.daySkews[document] = daySkews[source]
            tables.numbers[document] = numbers[source]
            let idRange = Int(idStarts[source])..<Int(idStarts[source + 1])
            ids.withUnsafeBufferPointer { tables.ids.append(UnsafeBufferPointer(rebasing: $0[idRange])) }
            if isHidden[source] {
                if tables.hidden.isEmpty { tables.hidden = .zeros((count + 63) / 64) }
                tables.hidden[document >> 6] |= 1 << UInt64(document & 63)
            }
        }
        tables.ownStart[count] = UInt32(ownAt)
    }

    // MARK: Dictionaries

    /// The names' own columns, and the dictionary of whole names. Returns, by term, which type it is, + 1.
    private func writeNames(
        _ nameOrder: [UInt32], _ termOrder: [UInt32], _ usedTypes: Set<UInt32>, _ tables: inout SegmentTables
    ) -> [UInt32] {
        let lists = postings(nameOrder, terms.count, \.termsEnd, nameTerms, nameTermPlaces)
        var writer = TermTableWriter(terms: terms.count, bytes: terms.bytes.count, postings: lists.postings.count)
        var numberOfTerm = [UInt32](repeating: .max, count: terms.count + 1)
        var typeOfTerm = [UInt32](repeating: 0, count: terms.count + 1)
        var typeCount: UInt32 = 0
        terms.bytes.withUnsafeBufferPointer { bytes in
            for term in termOrder.map(Int.init) {
                let range = Int(lists.start[term])..<Int(lists.start[term + 1])
                let isType = usedTypes.contains(UInt32(term) + 1)
                guard !range.isEmpty || isType else { continue }
                numberOfTerm[term] = UInt32(writer.count)
                if isType {
                    typeCount += 1
                    typeOfTerm[term] = typeCount
                }
                writer.begin(
                    UnsafeBufferPointer(rebasing: bytes[Int(terms.starts[term])..<Int(terms.starts[term + 1])]))
                writer.append(lists.postings[range])
                writer.sortLast()
            }
        }
        tables.names = writer.finish(documentsOf: tables.documentStart, texts: nil, withKeys: false)
        tables.identities = .allocate(capacity: nameOrder.count)
        tables.nameTerms = .allocate(capacity: nameOrder.count)
        tables.nameSizes = .allocate(capacity: nameOrder.count)
        for (rank, name) in nameOrder.enumerated() {
            let built = names[Int(name)]
            tables.identities[rank] = built.identity
            tables.nameTerms[rank] = built.term == .max ? .max : numberOfTerm[Int(built.term)]
            tables.nameSizes[rank] = built.size
            if built.kind == .performer { tables.firstTitle = rank + 1 }
            if built.kind != .place { tables.firstPlace = rank + 1 }
        }
        return typeOfTerm
    }

    private func writeWords(_ nameOrder: [UInt32], _ order: [Int], _ tables: inout SegmentTables) {
        let lists = postings(nameOrder, words.count, \.wordsEnd, nameWords, nameWordPlaces)
        var inTexts = [UInt32](repeating: 0, count: words.count + 1)
        if !texts.isEmpty {
            for document in order {
                for place in textStart[document]..<textStart[document + 1] { inTexts[Int(texts[place])] += 1 }
            }
        }
        let sorted = Self.inByteOrder(words).filter {
            inTexts[Int($0)] > 0 || lists.start[Int($0)] < lists.start[Int($0) + 1]
        }
        var writer = TermTableWriter(terms: sorted.count, bytes: words.bytes.count, postings: lists.postings.count)
        tables.textStart = .zeros(sorted.count + 1)
        var next = [UInt32](repeating: 0, count: words.count + 1)
        words.bytes.withUnsafeBufferPointer { bytes in
            for (rank, word) in sorted.enumerated() {
                let term = Int(word)
                next[term] = tables.textStart[rank]
                tables.textStart[rank + 1] = tables.textStart[rank] + inTexts[term]
                writer.begin(
                    UnsafeBufferPointer(rebasing: bytes[Int(words.starts[term])..<Int(words.starts[term + 1])]))
                writer.append(lists.postings[Int(lists.start[term])..<Int(lists.start[term + 1])])
                writer.sortLast()
            }
        }
        tables.texts = .allocate(capacity: Int(tables.textStart[sorted.count]))
        if !texts.isEmpty {
            for (document, source) in order.enumerated() {
                for place in textStart[source]..<textStart[source + 1] {
                    let word = Int(texts[place])
                    tables.texts[Int(next[word])] = UInt32(document)
                    next[word] += 1
                }
            }
        }
        tables.words = writer.finish(documentsOf: tables.documentStart, texts: tables.textStart, withKeys: true)
    }

    /// The lists of names by term, each in the names' order: `start` by term, one more than there are.
    private func postings(
        _ nameOrder: [UInt32], _ count: Int, _ end: KeyPath<BuiltName, UInt32>, _ terms: [UInt32], _ places: [UInt8]
    ) -> (start: [UInt32], postings: [NamePosting]) {
        var start = [UInt32](repeating: 0, count: count + 2)
        func range(_ name: UInt32) -> Range<Int> {
            (name == 0 ? 0 : Int(names[Int(name) - 1][keyPath: end]))..<Int(names[Int(name)][keyPath: end])
        }
        let ranges = nameOrder.map(range)
        for range in ranges {
            for index in range { start[Int(terms[index]) + 2] += 1 }
        }
        for term in 0..<count { start[term + 2] += start[term + 1] }
        let postings = [NamePosting](unsafeUninitializedCapacity: Int(start[count + 1])) { postings, filled in
            for (rank, range) in ranges.enumerated() {
                for index in range {
                    let at = Int(start[Int(terms[index]) + 1])
                    postings[at] = NamePosting(rank) << Place.bits | NamePosting(places[index])
                    start[Int(terms[index]) + 1] += 1
                }
            }
            filled = Int(start[count])
        }
        return (start, postings)
    }

    // MARK: Orders

    private func namesInOrder(_ uses: [UInt32], _ termRank: [UInt32]) -> [UInt32] {
        var keyed: [(key: UInt64, identity: UInt64, name: UInt32)] = []
        keyed.reserveCapacity(names.count)
        for (number, name) in names.enumerated() where uses[number] > 0 {
            let rank = name.term == .max ? UInt64(UInt32.max) : UInt64(termRank[Int(name.term)])
            let length = UInt64(name.kind.rawValue) << 8 | UInt64(NameLengths.step(name.size))
            keyed.append((length << 32 | rank, name.identity, UInt32(number)))
        }
        keyed.sort { $0.key != $1.key ? $0.key < $1.key : $0.identity < $1.identity }
        return keyed.map(\.name)
    }

    /// The documents that are there, by start, then id, then number.
    func documentsInDateOrder() -> [Int] {
        struct Keyed {
            var start: Int64
            var key: UInt64
            var document: UInt32
        }
        let order = survivors()
        return ids.withUnsafeBufferPointer { ids in
            func id(_ document: Int) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(rebasing: ids[Int(idStarts[document])..<Int(idStarts[document + 1])])
            }
            var keyed = order.map { Keyed(start: starts[$0], key: ByteOrder.key(id($0)), document: UInt32($0)) }
            keyed.sort { left, right in
                if left.start != right.start { return left.start < right.start }
                if left.key != right.key { return left.key < right.key }
                let byID = ByteOrder.compare(id(Int(left.document)), id(Int(right.document)))
                return byID != 0 ? byID < 0 : numbers[Int(left.document)] < numbers[Int(right.document)]
            }
            return keyed.map { Int($0.document) }
        }
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

    static func inByteOrder(_ strings: ByteStringTable) -> [UInt32] {
        strings.bytes.withUnsafeBufferPointer { bytes in
            func text(_ string: UInt32) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(
                    rebasing: bytes[Int(strings.starts[Int(string)])..<Int(strings.starts[Int(string) + 1])])
            }
            var keyed: [(key: UInt64, string: UInt32)] = []
            keyed.reserveCapacity(strings.count)
            for string in 0..<UInt32(strings.count) { keyed.append((ByteOrder.key(text(string)), string)) }
            keyed.sort { left, right in
                left.key != right.key
                    ? left.key < right.key : ByteOrder.compare(text(left.string), text(right.string)) < 0
            }
            return keyed.map(\.string)
        }
    }
}
