// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a query asks of one segment: any of the conjunctions, and the documents whose id was typed.
struct SegmentPlan {
    var conjunctions: [Conjunction] = []
    var named: [Int] = []
    /// The type's number in the segment, + 1; nil where any will do, 0 where the segment has none of that type.
    var type: UInt32?
}

/// The plans for all segments, and what finding the terms cost.
struct QueryPlans {
    var segments: [SegmentPlan] = []
    var work = 0
    /// Typing errors of some words were no longer looked for.
    var isPartial = false
}

/// Turns a query into conditions on the terms of each segment.
struct QueryPlanner {
    /// In longer queries, words wrongly apart are no longer looked for pair by pair, nor words wrongly together.
    static let pairedWordsMax = 8
    static let splitWordsMax = 4
    /// Letters of each half of a word that is taken apart.
    static let splitLettersMin = 3

    private var forgiving = ForgivingLookup()

    /// A word of punctuation counts where some document is named so, and is passed over elsewhere ("Simon & Garfunkel");
    /// a query of nothing else that names nothing is the asker's mistake.
    func settlePunctuation(_ query: inout PreparedQuery, _ parts: [PublishedPart]) throws(SearchProblem) {
        query.words.removeAll { word in
            word.kind == .punctuation && !parts.contains { $0.tables.exact(word.bytes) != nil }
        }
        guard query.isText, query.words.isEmpty else {
            if let last = query.words.indices.last { query.words[last].isLast = true }
            return
        }
        throw .onlyPunctuation
    }

    mutating func plans(
        _ query: PreparedQuery, _ parts: [PublishedPart], _ documents: Int, isForgiving: Bool
    ) -> QueryPlans {
        var plans = QueryPlans()
        // Conditions by segment and word; what a word weighs depends on all segments.
        var words: [[[TermGroup]]] = []
        for part in parts {
            words.append(
                query.words.map { groups(for: $0, part.tables, isForgiving: isForgiving, &plans) })
        }
        weigh(&words, parts, documents)
        for (number, part) in parts.enumerated() {
            plans.segments.append(plan(query, part.tables, words[number], isForgiving: isForgiving, &plans))
        }
        return plans
    }

    // MARK: Words

    /// The conditions of one word: one, or one for each pair of ideographs.
    private mutating func groups(
        for word: QueryWord, _ tables: SegmentTables, isForgiving: Bool, _ plans: inout QueryPlans
    ) -> [TermGroup] {
        plans.work += 4
        switch word.kind {
        case .ideographs:
            return word.grams.map { gram in
                TermGroup(ranges: [tables.exact(gram, space: TermSpace.gram)].compactMap { $0 })
            }
        case .punctuation:
            return [TermGroup(ranges: [tables.exact(word.bytes)].compactMap { $0 })]
        case .letters:
            // Words before the last were finished, unless few documents say so.
            let mayBeUnfinished = word.isLast || (isForgiving && word.letters.count > 2)
            guard mayBeUnfinished, word.letters.count > 2 else {
                return [short(word, tables, mayBeUnfinished: mayBeUnfinished)]
            }
            var group = TermGroup(ranges: [tables.beginning(with: word.bytes)].compactMap { $0 })
            if isForgiving {
                if plans.work > SearchLimits.workMax / 2 {
                    plans.isPartial = true
                } else {
                    let beginnings = group.ranges.first.map { $0.low..<$0.high } ?? 0..<0
                    group.ranges += forgiving.terms(for: word, in: tables, work: &plans.work)
                        .filter { !beginnings.contains($0.low) }
                }
            }
            return [group]
        }
    }

    /// The condition of a finished word, or of one or two letters: itself, and whatever begins with it.
    private func short(_ word: QueryWord, _ tables: SegmentTables, mayBeUnfinished: Bool) -> TermGroup {
        var group = TermGroup(ranges: [tables.exact(word.bytes)].compactMap { $0 })
        guard mayBeUnfinished, var beginning = tables.beginning(with: word.bytes) else { return group }
        group.bitmap = tables.prefixes.bitmap(low: beginning.low, high: beginning.high)
        if group.bitmap == nil {
            beginning.quality = Ranking.shortPrefixQuality
            beginning.prefixBytes = 0
            beginning.isFlat = true
            group.ranges.append(beginning)
        }
        return group
    }

    /// Rare words weigh more. Documents that were replaced count until their part is merged: the steps of a weight are
    /// so coarse that this is seldom seen.
    private func weigh(_ words: inout [[[TermGroup]]], _ parts: [PublishedPart], _ documents: Int) {
        guard let first = words.first else { return }
        for word in first.indices {
            for group in first[word].indices {
                var frequency = 0
                for part in parts.indices { frequency += words[part][word][group].frequency(parts[part].tables) }
                let weight = Ranking.rarity(documents: documents, frequency: frequency)
                for part in parts.indices { words[part][word][group].weight = weight }
            }
        }
    }

    // MARK: Segments

    private func plan(
        _ query: PreparedQuery, _ tables: SegmentTables, _ words: [[TermGroup]], isForgiving: Bool,
        _ plans: inout QueryPlans
    ) -> SegmentPlan {
        var plan = SegmentPlan()
        let filters = self.filters(query, tables)
        if !query.typeJoined.isEmpty {
            plan.type =
                tables.exact(query.typeJoined, space: TermSpace.type)
                .map { UInt32($0.low - tables.typeTerms.lowerBound + 1) } ?? 0
        }
        guard query.isText else {
            if !filters.isEmpty { plan.conjunctions = [Conjunction(groups: filters, scale: 0)] }
            return plan
        }
        func add(_ ranges: [TermRange?], scale: Int) {
            let group = TermGroup(ranges: ranges.compactMap { $0 }, weight: 1)
            if !group.ranges.isEmpty {
                plan.conjunctions.append(Conjunction(groups: [group] + filters, scale: scale))
            }
        }
        // All of a name; then all words as one, finished or not; then word by word. Words of punctuation are in no
        // joined form, so that beside others they must be found as words.
        let canBeJoined = query.words.count == 1 || !query.words.contains { $0.kind == .punctuation }
        if canBeJoined { add([tables.exact(query.joined, places: Place.anyWhole)], scale: Ranking.wholeScale) }
        if canBeJoined, query.words.count > 1 || query.words.contains(where: { $0.kind == .ideographs }) {
            add([tables.beginning(with: query.joined)], scale: Ranking.joinedScale)
        }
        if isForgiving, canBeJoined, query.words.count > 2, query.words.count <= Self.pairedWordsMax {
            for pair in 0..<(query.words.count - 1) {
                guard let joined = tables.exact(query.words[pair].bytes + query.words[pair + 1].bytes) else { continue }
                let weight = max(words[pair].first?.weight ?? 1, words[pair + 1].first?.weight ?? 1)
                var groups = [TermGroup(ranges: [joined], weight: weight)]
                for word in words.indices where word != pair && word != pair + 1 { groups += words[word] }
                plan.conjunctions.append(Conjunction(groups: groups + filters, scale: Ranking.joinedScale))
            }
        }
        if isForgiving, canBeJoined, query.words.count <= Self.splitWordsMax {
            for (place, word) in query.words.enumerated() where word.kind == .letters {
                for halves in halves(of: word, tables, weight: words[place].first?.weight ?? 1) {
                    var groups = halves
                    for other in words.indices where other != place { groups += words[other] }
                    plan.conjunctions.append(Conjunction(groups: groups + filters, scale: Ranking.joinedScale))
                }
            }
        }
        plan.conjunctions.append(Conjunction(groups: words.flatMap { $0 } + filters, scale: Ranking.wordsScale))
        if filters.isEmpty { plan.named = tables.documents(withID: query.typed) }
        return plan
    }

    /// The ways in which a word is two words of the dictionary, one behind the other ("mahlersymphony").
    private func halves(of word: QueryWord, _ tables: SegmentTables, weight: Int) -> [[TermGroup]] {
        var found: [[TermGroup]] = []
        var bytes = 0
        for (place, letter) in word.letters.enumerated() {
            if place >= Self.splitLettersMin, word.letters.count - place >= Self.splitLettersMin,
                let left = tables.exact(Array(word.bytes[..<bytes])),
                let right = tables.exact(Array(word.bytes[bytes...]))
            {
                found.append([TermGroup(ranges: [left], weight: weight), TermGroup(ranges: [right], weight: weight)])
            }
            bytes += UTF8Text.length(letter)
        }
        return found
    }

    private func filters(_ query: PreparedQuery, _ tables: SegmentTables) -> [TermGroup] {
        var groups: [TermGroup] = []
        for (place, word) in query.locationWords.enumerated() {
            var ranges: [TermRange?] = []
            if place == query.locationWords.count - 1 {
                ranges.append(tables.beginning(with: word, space: TermSpace.locationWord))
            } else {
                ranges.append(tables.exact(word, space: TermSpace.locationWord))
            }
            // "newyork" is New York.
            if query.locationWords.count == 1 {
                ranges.append(tables.exact(query.locationJoined, space: TermSpace.locationWhole))
            }
            groups.append(TermGroup(ranges: ranges.compactMap { $0 }))
        }
        if !query.performerID.isEmpty {
            let ranges = [
                tables.exact(query.performerID, space: TermSpace.performerID),
                tables.exact(query.performerJoined, places: Place.wholePerformer),
            ]
            groups.append(TermGroup(ranges: ranges.compactMap { $0 }))
        }
        return groups
    }
}
