// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// By condition, which of its documents are there ready made, as sets, and which terms are left to go through. Reused
/// from query to query.
struct Covers {
    /// Neighbouring terms of a range of the condition.
    struct Rest {
        var range: Int
        var low: Int
        var high: Int
    }

    /// What testing a document against bits costs less than going through them, and what a list costs less than names.
    static let wordsAtOnce = 256
    static let listed = 3
    /// So few documents, counted name by name, are gone through as they are.
    static let dividedMin = 512

    private var setStarts: [Int] = []
    private var listStarts: [Int] = []
    private var restStarts: [Int] = []
    private(set) var sets: [DenseSet] = []
    private(set) var lists: [DocumentList] = []
    private(set) var rests: [Rest] = []

    mutating func removeAll() {
        setStarts.removeAll(keepingCapacity: true)
        listStarts.removeAll(keepingCapacity: true)
        restStarts.removeAll(keepingCapacity: true)
        sets.removeAll(keepingCapacity: true)
        lists.removeAll(keepingCapacity: true)
        rests.removeAll(keepingCapacity: true)
        setStarts.append(0)
        listStarts.append(0)
        restStarts.append(0)
    }

    /// Adds the next condition, which so many documents meet, name by name.
    mutating func append(_ condition: Condition, _ estimate: Int, _ tables: SegmentTables) {
        switch condition.ready {
        // All that it may be besides begins with the same letters.
        case .set(let set): sets.append(set)
        case .list(let list): lists.append(list)
        case nil where condition.weight > 0 && estimate > Self.dividedMin: divide(condition, tables)
        case nil:
            for (number, range) in condition.ranges.enumerated() {
                rests.append(Rest(range: number, low: range.low, high: range.high))
            }
        }
        setStarts.append(sets.count)
        listStarts.append(lists.count)
        restStarts.append(rests.count)
    }

    private mutating func divide(_ condition: Condition, _ tables: SegmentTables) {
        // The names that are what was typed, or begin so, may be among those of its words.
        var covered: TermRange?
        for (number, range) in condition.ranges.enumerated() {
            if range.isName {
                if let covered, isOfSame(covered, range, tables) { continue }
                rests.append(Rest(range: number, low: range.low, high: range.high))
                continue
            }
            let words = range.low..<range.high
            if !range.isForgiven, range.prefixBytes > 0 || words.count == 1, let run = tables.ready.run(words) {
                let typedBytes = range.prefixBytes > 0 ? range.prefixBytes : tables.words[range.low].count
                let documents = run.isWhole(typedBytes: typedBytes) ? tables.ready.documents(run) : nil
                if documents != nil || run.coversNames(typedBytes: typedBytes) { covered = range }
                if let documents {
                    append(documents)
                    continue
                }
            }
            // Run by run of words without documents of their own.
            var from = range.low
            tables.ready.forEach(in: words) { run in
                if let documents = tables.ready.documents(run) { append(documents) }
                if from < Int(run.low) { rests.append(Rest(range: number, low: from, high: Int(run.low))) }
                from = Int(run.high)
            }
            if from < range.high { rests.append(Rest(range: number, low: from, high: range.high)) }
        }
    }

    /// Whether a range of names is of the same text as one of words: begins with it, or is just that.
    private func isOfSame(_ words: TermRange, _ names: TermRange, _ tables: SegmentTables) -> Bool {
        if words.prefixBytes > 0 { return names.prefixBytes == words.prefixBytes }
        return names.high == names.low + 1 && ByteOrder.areEqual(tables.words[words.low], tables.names[names.low])
    }

    private mutating func append(_ documents: ReadyDocuments) {
        switch documents {
        case .set(let set):
            let first = setStarts[setStarts.count - 1]
            if !sets[first...].contains(where: { $0.words == set.words }) { sets.append(set) }
        case .list(let list):
            let first = listStarts[listStarts.count - 1]
            if !lists[first...].contains(where: { $0.isSame(list) }) { lists.append(list) }
        }
    }

    /// Where in ``sets`` a condition's are, in ``lists``, and in ``rests``.
    @inline(__always)
    func sets(of condition: Int) -> Range<Int> { setStarts[condition]..<setStarts[condition + 1] }

    @inline(__always)
    func lists(of condition: Int) -> Range<Int> { listStarts[condition]..<listStarts[condition + 1] }

    @inline(__always)
    func rests(of condition: Int) -> Range<Int> { restStarts[condition]..<restStarts[condition + 1] }

    /// The one set that has all documents of the condition.
    @inline(__always)
    func whole(_ condition: Int) -> DenseSet? {
        let sets = sets(of: condition)
        guard sets.count == 1, lists(of: condition).isEmpty, rests(of: condition).isEmpty else { return nil }
        return self.sets[sets.lowerBound]
    }

    /// What putting all documents into a set costs.
    func cost(_ condition: Int, _ ranges: [TermRange], _ tables: SegmentTables) -> Int {
        var ready = sets(of: condition).count * (tables.documentCount / Self.wordsAtOnce)
        for index in lists(of: condition) { ready += lists[index].count / Self.listed }
        return rests(of: condition).reduce(ready) { cost, index in
            let rest = rests[index]
            let table = tables.dictionary(ranges[rest.range])
            let names = Int(table.postingStart[rest.high] - table.postingStart[rest.low])
            return cost + PartMatcher.namesWork * names + table.documents(low: rest.low, high: rest.high)
        }
    }
}
