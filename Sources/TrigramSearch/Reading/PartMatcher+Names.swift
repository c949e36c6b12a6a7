// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The names that have all words of a conjunction: few, though each word may be in tens of thousands.
extension PartMatcher {
    /// More names than this that have the one word that is asked for are not noted one by one.
    static let notedMax = 512
    /// What noting a name in a set of names costs, with all that comes of it.
    static let markingWork = 2

    /// Where one word is all that is asked for, and very many names have it.
    struct ListedWord {
        var conjunction: Int
        var condition: Int
    }

    /// Decides which names are noted, and notes them.
    mutating func chooseNames(_ mayList: Bool, _ work: inout Int) {
        /// Whether all that is noted is compared with the conditions that are not.
        var comparesAll = false
        for conjunction in 0..<flat.count {
            let words = longWords(conjunction)
            guard words.count < 2 else { continue }
            let texts = flat.texts(conjunction)
            if let word = words.first {
                if mayList, list == nil, texts.count == 1, postings(word) > Self.notedMax {
                    list = ListedWord(conjunction: conjunction, condition: word)
                } else {
                    isLazy[word] = false
                }
            }
            for index in texts where flat.isShort[Int(flat.members[index])] {
                let short = Int(flat.members[index])
                // What merely begins with two letters is cheaper to ask of the names that have the other word.
                if let word = words.first, postings(short) > 4 * postings(word) {
                    comparesAll = true
                } else {
                    isLazy[short] = false
                }
            }
        }
        let noted = noteLazy()
        for condition in noted { fill(condition, &work) }
        if let first = lazy.first {
            comparesAll = comparesAll || fits.count <= Self.notedMax && !plan.filters.isEmpty
            for record in 0..<fits.count {
                // What is not paid for is looked up once a document needs it.
                if comparesAll, work < limit {
                    probe(record, &work)
                } else {
                    fits.setFit(record, first, NameFits.unknown)
                }
            }
        }
        for conjunction in 0..<flat.count {
            let words = longWords(conjunction)
            if words.count > 1, !lazy.isEmpty { touchWhole(words, &work) }
        }
        work += fits.count * (4 + flat.members.count) / 8
        ownMax = fits.weigh(flat, tables)
        work += fits.unfinishedCount * Self.ownTermsWork
        if let list {
            let most = fitMax[list.condition]
            ownMax = max(ownMax, most * (flat.scales[list.conjunction] + Ranking.coverage) / 1000)
        }
        isCut = isCut || work >= limit
    }

    /// Gathers in ``lazy`` the conditions whose names are not noted; returns the others that matter.
    @discardableResult
    mutating func noteLazy() -> [Int] {
        lazy.removeAll(keepingCapacity: true)
        var noted: [Int] = []
        for member in flat.members {
            let condition = Int(member)
            if isLazy[condition], !lazy.contains(condition) { lazy.append(condition) }
            if !isLazy[condition], !noted.contains(condition) { noted.append(condition) }
        }
        return noted
    }

    /// The words of a conjunction that a name must have to meet it alone: where they are frequent, what was typed of the
    /// last word too, be it but one or two letters. Names that merely begin so are looked at only where a word is rare.
    private func longWords(_ conjunction: Int) -> [Int] {
        let texts = flat.texts(conjunction).map { Int(flat.members[$0]) }
        let long = texts.filter { !flat.isShort[$0] }
        return long.isEmpty || flat.isRare[conjunction] ? long : texts
    }

    /// Notes the names that have all of these words, and compares them with all conditions: of the names of the rarest
    /// word, those that are among the names of each other word.
    private mutating func touchWhole(_ words: [Int], _ work: inout Int) {
        let order = words.sorted {
            let (one, other) = (postings($0), postings($1))
            return one != other ? one < other : $0 < $1
        }
        marked.removeAll()
        var names = candidates
        candidates = []
        names.removeAll(keepingCapacity: true)
        visitNames(of: order[0], &work) { name in
            if marked.insertNew(Int(name)) { names.append(name) }
        }
        for condition in order.dropFirst() where !names.isEmpty {
            var kept = 0
            if Self.markingWork * postings(condition) < Self.ownTermsWork * names.count {
                marked.removeAll()
                visitNames(of: condition, &work) { marked.insert(Int($0)) }
                for name in names where marked.contains(Int(name)) {
                    names[kept] = name
                    kept += 1
                }
            } else {
                if work >= limit {
                    isCut = true
                    break
                }
                lookAhead(names)
                for name in names where fit(ofName: name, condition, &work) > 0 {
                    names[kept] = name
                    kept += 1
                }
            }
            names.removeLast(names.count - kept)
        }
        candidates = names
        if isCut { return }
        if work + notingAll < limit, notingAll < 2 * Self.ownTermsWork * lazy.count * names.count {
            return noteAll(&work)
        }
        lookAhead(names)
        for name in names { _ = record(name, &work) }
    }

    /// Calls `body` with each name that has a term of the condition, as often as it has one.
    @inline(__always)
    func visitNames(of condition: Int, _ work: inout Int, _ body: (UInt32) -> Void) {
        for range in plan.conditions[condition].ranges {
            let table = tables.dictionary(range)
            let (postings, places) = (table.postings, UInt32(range.places))
            let (first, end) = (Int(table.postingStart[range.low]), Int(table.postingStart[range.high]))
            work += 4 + Self.markingWork * (end - first)
            for index in first..<end where postings[index] & places != 0 { body(postings[index] >> Place.bits) }
        }
    }

    /// Has what will be compared with conditions brought near: the terms of these names.
    func lookAhead(_ names: [UInt32]) {
        if names.count < 4 { return }
        for name in names {
            tables.nameWords.prefetchStart(name)
            tables.nameOwnTerms.prefetchStart(name)
        }
        for name in names {
            tables.nameWords.prefetchTerms(name)
            tables.nameOwnTerms.prefetchTerms(name)
        }
    }

    /// Has what the score of these documents depends on brought near.
    mutating func lookAhead(documents: [Int]) {
        for document in documents {
            tables.ownStart.prefetch(document)
            tables.starts.prefetch(document)
            tables.numbers.prefetch(document)
        }
        for document in documents { tables.own.prefetch(Int(tables.ownStart[document])) }
        ownNames.removeAll(keepingCapacity: true)
        for document in documents {
            for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
                fits.prefetch(tables.own[index])
                ownNames.append(tables.own[index])
            }
        }
        lookAhead(ownNames)
    }

    /// The slice's documents of a name, and the first of them that is not over.
    struct NameRun {
        var documents: Range<Int>
        var next: Int
    }

    /// Where the documents of these names are, some at a time; has what their scores depend on brought near.
    func lookAhead(_ names: [UInt32], from now: UInt32) -> [NameRun] {
        for name in names { tables.documentStart.prefetch(Int(name)) }
        for name in names { tables.documents.prefetch(Int(tables.documentStart[Int(name)])) }
        let runs = names.map { name in
            let own = documents(of: Int(name))
            return NameRun(
                documents: own, next: Self.first(now, tables.documents, own.lowerBound, own.upperBound))
        }
        for run in runs {
            for index in [run.next - 1, run.next] where run.documents.contains(index) {
                tables.starts.prefetch(Int(tables.documents[index]))
                tables.numbers.prefetch(Int(tables.documents[index]))
            }
        }
        return runs
    }

    /// What noting the names of all conditions costs.
    private var notingAll: Int {
        lazy.reduce(0) { $0 + Self.notingWork * postings($1) + plan.conditions[$1].ranges.count }
    }

    /// Notes the names of all conditions: nothing is to be looked up any more.
    private mutating func noteAll(_ work: inout Int) {
        guard let first = lazy.first else { return }
        for record in 0..<fits.count where fits.fit(record, first) == NameFits.unknown { fits.setFit(record, first, 0) }
        for condition in lazy { fill(condition, &work) }
        lazy.removeAll(keepingCapacity: true)
    }

    /// Notes the names of all conditions, where so many documents are left to be judged that this costs less than to look
    /// their names up one by one.
    mutating func noteAll(forDocuments count: Int, _ work: inout Int) {
        let cost = notingAll
        if cost < count * SearchRun.judgingWork, work + cost < limit { noteAll(&work) }
    }

    // MARK: What was meant

    /// Whether a document was found by a name that has all of the text alone. Where one word is all that was typed, nothing
    /// else speaks for the name: then only if the error in it is a likely one.
    func hasLikelyName(_ work: inout Int) -> Bool {
        for conjunction in 0..<flat.count where flat.typedWords == 1 && flat.texts(conjunction).count == 1 {
            let condition = Int(flat.members[flat.texts(conjunction).lowerBound])
            for range in plan.conditions[condition].ranges where range.isLikely {
                let table = tables.dictionary(range)
                for index in Int(table.postingStart[range.low])..<Int(table.postingStart[range.high])
                where UInt8(truncatingIfNeeded: table.postings[index] & Place.mask) & range.places != 0 {
                    if isFound(table.postings[index] >> Place.bits, &work) { return true }
                }
            }
        }
        for record in 0..<fits.own.count where fits.own[record] > 0 {
            guard flat.typedWords > 1 || meetsSeveral(record) else { continue }
            if isFound(fits.names[record], &work) { return true }
        }
        return false
    }

    /// Whether a name meets all of a conjunction of more than one word.
    private func meetsSeveral(_ record: Int) -> Bool {
        (0..<flat.count).contains { conjunction in
            let texts = flat.texts(conjunction)
            return texts.count > 1 && texts.allSatisfy { fits.fit(record, Int(flat.members[$0])) > 0 }
        }
    }

    /// Whether a document of the name was found.
    private func isFound(_ name: UInt32, _ work: inout Int) -> Bool {
        for index in documents(of: Int(name)) {
            work += 1
            if found.contains(Int(tables.documents[index])) { return true }
        }
        return false
    }
}
