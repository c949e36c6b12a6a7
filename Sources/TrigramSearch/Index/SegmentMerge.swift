// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Makes one segment of several, without the texts they came from: names and dictionaries are merged in their order,
/// lists are renumbered.
enum SegmentMerge {
    /// The merged segment, or nil where all documents are gone.
    ///
    /// - Complexity: O((terms + names) × parts + postings), and O(n log n) in documents.
    static func merge(_ parts: [SegmentPart]) -> Segment? {
        let order = documents(of: parts)
        guard !order.isEmpty else { return nil }
        let from = parts.map(\.segment.tables)
        var renumbered = from.map { [UInt32](repeating: .max, count: $0.documentCount) }
        for (document, source) in order.enumerated() {
            renumbered[Int(source.part)][Int(source.document)] = UInt32(document)
        }
        var tables = SegmentTables()
        let names = mergedNames(from, renumbered, &tables)
        writeDocuments(order, from, names, &tables)
        let typeOf = writeNameTerms(order, from, names, &tables)
        tables.types = typeOf.of.withUnsafeBufferPointer { TypeSets(typeOf: $0, types: typeOf.count) }
        writeWords(from, names, renumbered, &tables)
        tables.makeLookups()
        return Segment(tables)
    }

    private struct Source {
        var start: Int64
        var part: UInt32
        var document: UInt32
    }

    /// The documents that are there, by start, id and number. Each part is in order already: they are merged two by two.
    private static func documents(of parts: [SegmentPart]) -> [Source] {
        let tables = parts.map(\.segment.tables)
        func isBefore(_ left: Source, _ right: Source) -> Bool {
            if left.start != right.start { return left.start < right.start }
            let (one, other) = (tables[Int(left.part)], tables[Int(right.part)])
            let byID = ByteOrder.compare(one.id(Int(left.document)), other.id(Int(right.document)))
            if byID != 0 { return byID < 0 }
            return one.numbers[Int(left.document)] < other.numbers[Int(right.document)]
        }
        var runs = parts.enumerated().map { number, part in
            (0..<part.segment.tables.documentCount).filter { !part.isDead($0) }.map {
                Source(start: part.segment.tables.starts[$0], part: UInt32(number), document: UInt32($0))
            }
        }
        while runs.count > 1 {
            // The two shortest first, so that the base is gone through once.
            runs.sort { $0.count > $1.count }
            let (left, right) = (runs.removeLast(), runs.removeLast())
            var merged: [Source] = []
            merged.reserveCapacity(left.count + right.count)
            var (at, other) = (0, 0)
            while at < left.count || other < right.count {
                if other == right.count || at < left.count && isBefore(left[at], right[other]) {
                    merged.append(left[at])
                    at += 1
                } else {
                    merged.append(right[other])
                    other += 1
                }
            }
            runs.append(merged)
        }
        return runs.first ?? []
    }

    // MARK: Names

    /// By part, the new number of each name that a document still has.
    private static func mergedNames(
        _ from: [SegmentTables], _ documents: [[UInt32]], _ tables: inout SegmentTables
    ) -> [[UInt32]] {
        var numbers = from.map { [UInt32](repeating: .max, count: $0.nameCount) }
        var uses = from.map { [UInt32](repeating: 0, count: $0.nameCount) }
        for part in from.indices {
            for document in 0..<from[part].documentCount where documents[part][document] != .max {
                for index in Int(from[part].ownStart[document])..<Int(from[part].ownStart[document + 1]) {
                    uses[part][Int(from[part].own[index])] += 1
                }
            }
        }
        func text(_ part: Int, _ name: Int) -> UnsafeBufferPointer<UInt8>? {
            let term = from[part].nameTerms[name]
            return term == .max ? nil : from[part].names[Int(term)]
        }
        func order(_ left: (part: Int, name: Int), _ right: (part: Int, name: Int)) -> Int {
            let kinds = (from[left.part].kind(left.name).rawValue, from[right.part].kind(right.name).rawValue)
            if kinds.0 != kinds.1 { return kinds.0 < kinds.1 ? -1 : 1 }
            let (one, other) = (from[left.part].nameSizes[left.name], from[right.part].nameSizes[right.name])
            let steps = (NameLengths.step(one), NameLengths.step(other))
            if steps.0 != steps.1 { return steps.0 < steps.1 ? -1 : 1 }
            switch (text(left.part, left.name), text(right.part, right.name)) {
            case (let one?, let other?):
                let byText = ByteOrder.compare(one, other)
                if byText != 0 { return byText }
            // Names without a text come last.
            case (.some, nil): return -1
            case (nil, .some): return 1
            case (nil, nil): break
            }
            let identities = (from[left.part].identities[left.name], from[right.part].identities[right.name])
            return identities.0 == identities.1 ? 0 : identities.0 < identities.1 ? -1 : 1
        }
        var at = [Int](repeating: 0, count: from.count)
        func skip(_ part: Int) {
            while at[part] < uses[part].count, uses[part][at[part]] == 0 { at[part] += 1 }
        }
        for part in from.indices { skip(part) }
        var (identities, sizes, starts): ([UInt64], [NameSize], [UInt32]) = ([], [], [0])
        while true {
            var least = -1
            for part in from.indices where at[part] < uses[part].count {
                if least < 0 || order((part, at[part]), (least, at[least])) < 0 { least = part }
            }
            guard least >= 0 else { break }
            let name = at[least]
            var total: UInt32 = 0
            for part in least..<from.count
            where at[part] < uses[part].count && (part == least || order((part, at[part]), (least, name)) == 0) {
                numbers[part][at[part]] = UInt32(identities.count)
                total += uses[part][at[part]]
                at[part] += 1
                skip(part)
            }
            switch from[least].kind(name) {
            case .performer:
                tables.firstTitle = identities.count + 1
                tables.firstPlace = identities.count + 1
            case .title: tables.firstPlace = identities.count + 1
            case .place: break
            }
            identities.append(from[least].identities[name])
            sizes.append(from[least].nameSizes[name])
            starts.append((starts.last ?? 0) + total)
        }
        tables.identities = .copying(identities)
        tables.nameSizes = .copying(sizes)
        tables.documentStart = .copying(starts)
        return numbers
    }

    // MARK: Documents

    private static func writeDocuments(
        _ order: [Source], _ from: [SegmentTables], _ names: [[UInt32]], _ tables: inout SegmentTables
    ) {
        let count = order.count
        let ownCount = Int(tables.documentStart[tables.nameCount])
        var next = Array(tables.documentStart)
        tables.documents = .allocate(capacity: ownCount)
        tables.own = .allocate(capacity: ownCount)
        tables.ownStart = .allocate(capacity: count + 1)
        tables.starts = .allocate(capacity: count)
        tables.daySkews = .allocate(capacity: count)
        tables.numbers = .allocate(capacity: count)
        tables.ids = IDColumn(
            documents: count, bytes: order.reduce(0) { $0 + from[Int($1.part)].id(Int($1.document)).count })
        var ownAt = 0
        for (document, source) in order.enumerated() {
            let (part, index) = (Int(source.part), Int(source.document))
            let old = from[part]
            tables.ownStart[document] = UInt32(ownAt)
            for place in Int(old.ownStart[index])..<Int(old.ownStart[index + 1]) {
                let name = names[part][Int(old.own[place])]
                tables.own[ownAt] = name
                ownAt += 1
                tables.documents[Int(next[Int(name)])] = UInt32(document)
                next[Int(name)] += 1
            }
            tables.starts[document] = old.starts[index]
            tables.daySkews[document] = old.daySkews[index]
            tables.numbers[document] = old.numbers[index]
            tables.ids.append(old.id(index))
            if !old.hidden.isEmpty, old.hidden[index >> 6] >> UInt64(index & 63) & 1 != 0 {
                if tables.hidden.isEmpty { tables.hidden = .zeros((count + 63) / 64) }
                tables.hidden[document >> 6] |= 1 << UInt64(document & 63)
            }
        }
        tables.ownStart[count] = UInt32(ownAt)
    }

    // MARK: Dictionaries

    /// Goes through the terms of several dictionaries in order; `body` is told in which of them each is.
    private static func forEachTerm(_ dictionaries: [TermTable], _ body: ([(part: Int, term: Int)]) -> Void) {
        var at = [Int](repeating: 0, count: dictionaries.count)
        var found: [(part: Int, term: Int)] = []
        while true {
            var least = -1
            for part in dictionaries.indices where at[part] < dictionaries[part].count {
                if least < 0 || ByteOrder.compare(dictionaries[part][at[part]], dictionaries[least][at[least]]) < 0 {
                    least = part
                }
            }
            guard least >= 0 else { return }
            let text = dictionaries[least][at[least]]
            found.removeAll(keepingCapacity: true)
            for part in least..<dictionaries.count
            where at[part] < dictionaries[part].count && ByteOrder.areEqual(dictionaries[part][at[part]], text) {
                found.append((part, at[part]))
                at[part] += 1
            }
            body(found)
        }
    }

    /// The names that the term has in the part and that still are, by their new numbers.
    private static func append(
        _ entry: (part: Int, term: Int), _ dictionary: TermTable, _ names: [[UInt32]], to postings: inout [NamePosting]
    ) {
        for index in Int(dictionary.postingStart[entry.term])..<Int(dictionary.postingStart[entry.term + 1]) {
            let posting = dictionary.postings[index]
            let name = names[entry.part][Int(posting >> Place.bits)]
            if name != .max { postings.append(name << Place.bits | posting & Place.mask) }
        }
    }

    /// The dictionary of whole names; returns by document which type it has, + 1, and how many there are.
    private static func writeNameTerms(
        _ order: [Source], _ from: [SegmentTables], _ names: [[UInt32]], _ tables: inout SegmentTables
    ) -> (of: [UInt32], count: Int) {
        let dictionaries = from.map(\.names)
        var writer = TermTableWriter(
            terms: dictionaries.reduce(0) { $0 + $1.count }, bytes: dictionaries.reduce(0) { $0 + $1.bytes.count },
            postings: dictionaries.reduce(0) { $0 + $1.postings.count })
        let types = from.map { $0.types.typeOf(documents: $0.documentCount) }
        var isUsed = from.map { [Bool](repeating: false, count: $0.types.typeCount + 1) }
        for source in order { isUsed[Int(source.part)][Int(types[Int(source.part)][Int(source.document)])] = true }
        var newType = isUsed.map { [UInt32](repeating: 0, count: $0.count) }
        var newTerm = dictionaries.map { [UInt32](repeating: .max, count: $0.count) }
        var typeCount: UInt32 = 0
        var postings: [NamePosting] = []
        forEachTerm(dictionaries) { entries in
            postings.removeAll(keepingCapacity: true)
            let first = entries[0]
            let isType = dictionaries[first.part][first.term][0] == TermSpace.type
            var isThere = false
            for entry in entries {
                if isType {
                    // Types are the first terms of the dictionary.
                    isThere = isThere || isUsed[entry.part][entry.term + 1]
                } else {
                    append(entry, dictionaries[entry.part], names, to: &postings)
                }
            }
            guard isThere || !postings.isEmpty else { return }
            if isType { typeCount += 1 }
            for entry in entries {
                newTerm[entry.part][entry.term] = UInt32(writer.count)
                if isType { newType[entry.part][entry.term + 1] = typeCount }
            }
            writer.begin(dictionaries[first.part][first.term])
            writer.append(postings)
            writer.sortLast()
        }
        tables.names = writer.finish(documentsOf: tables.documentStart, texts: nil, withKeys: false)
        tables.nameTerms = .allocate(capacity: tables.nameCount)
        for part in from.indices {
            for (old, name) in names[part].enumerated() where name != .max {
                let term = from[part].nameTerms[old]
                tables.nameTerms[Int(name)] = term == .max ? .max : newTerm[part][Int(term)]
            }
        }
        let typeOf = order.map { newType[Int($0.part)][Int(types[Int($0.part)][Int($0.document)])] }
        return (typeOf, Int(typeCount))
    }

    private static func writeWords(
        _ from: [SegmentTables], _ names: [[UInt32]], _ documents: [[UInt32]], _ tables: inout SegmentTables
    ) {
        let dictionaries = from.map(\.words)
        let terms = dictionaries.reduce(0) { $0 + $1.count }
        var writer = TermTableWriter(
            terms: terms, bytes: dictionaries.reduce(0) { $0 + $1.bytes.count },
            postings: dictionaries.reduce(0) { $0 + $1.postings.count })
        var (textStart, texts): ([UInt32], [UInt32]) = ([0], [])
        texts.reserveCapacity(from.reduce(0) { $0 + $1.texts.count })
        textStart.reserveCapacity(terms + 1)
        var postings: [NamePosting] = []
        forEachTerm(dictionaries) { entries in
            postings.removeAll(keepingCapacity: true)
            let firstText = texts.count
            for entry in entries {
                append(entry, dictionaries[entry.part], names, to: &postings)
                let old = from[entry.part]
                if old.texts.isEmpty { continue }
                for index in Int(old.textStart[entry.term])..<Int(old.textStart[entry.term + 1]) {
                    let document = documents[entry.part][Int(old.texts[index])]
                    if document != .max { texts.append(document) }
                }
            }
            guard !postings.isEmpty || texts.count > firstText else { return }
            if entries.count > 1 { texts[firstText...].sort() }
            textStart.append(UInt32(texts.count))
            writer.begin(dictionaries[entries[0].part][entries[0].term])
            writer.append(postings)
            writer.sortLast()
        }
        tables.textStart = .copying(textStart)
        tables.texts = .copying(texts)
        tables.words = writer.finish(documentsOf: tables.documentStart, texts: tables.textStart, withKeys: true)
    }
}
