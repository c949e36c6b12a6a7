// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a query asks of one segment: any of the conjunctions, and the documents whose id was typed.
struct SegmentPlan {
    var conditions: [Condition] = []
    var conjunctions: [Conjunction] = []
    /// The conditions that are filters: part of every conjunction.
    var filters: [Int] = []
    var named: [Int] = []
    /// The whole name that is all that was typed; -1 where there is none, or errors are forgiven.
    var entireName = -1
    /// Letters of all words together; 0 where filters are all that is asked.
    var typedLetters = 0
    var typedWords = 0
    var isForgiving = false
    /// How many bits the number of all documents has.
    var documentsLog = 0
    var isText: Bool { typedLetters > 0 }
    /// The type's number in the segment; nil where any will do, -1 where the segment has none of that type.
    var type: Int?
}

/// The plans for all segments, and what finding the terms cost.
struct QueryPlans {
    var segments: [SegmentPlan] = []
    var work = 0
    /// Whether the only word is merely how names begin without their spaces.
    var isWrittenTogether = false
    /// Typing errors of some words were no longer looked for.
    var isPartial = false
    /// Of what some word may mean in a part of the index, only the best was looked for.
    var isCut = false
    /// A word was taken for several, of which the dictionary as a whole said which: words that other documents have may
    /// change that.
    var isSplit = false
}

/// Turns a query into conditions on the terms of each segment.
struct QueryPlanner {
    /// In longer queries, words wrongly apart are no longer looked for pair by pair, nor words wrongly together.
    static let pairedWordsMax = 8
    static let splitWordsMax = 4

    private var forgiving = ForgivingLookup()
    private var splitting = WordSplitting()

    /// A word of punctuation counts where some document is named so, and is passed over elsewhere ("Simon & Garfunkel");
    /// a query of nothing else that names nothing is the asker's mistake.
    func settlePunctuation(_ query: inout PreparedQuery, _ parts: [PublishedPart]) throws(SearchProblem) {
        if query.hasPunctuation {
            query.words.removeAll { word in
                word.kind == .punctuation && !parts.contains { $0.tables.words.find(word.bytes) != nil }
            }
        }
        guard query.isText, query.words.isEmpty else {
            if let last = query.words.indices.last { query.words[last].isLast = true }
            return
        }
        throw .onlyPunctuation
    }

    mutating func plans(
        _ query: PreparedQuery, _ parts: [PublishedPart], _ documents: Int, _ forgiveness: Forgiveness,
        spent: Int = 0, known: [Bool]? = nil
    ) -> QueryPlans {
        var plans = QueryPlans()
        // The first plans for a query, and not those for more errors.
        if spent == 0 { forgiving.forget() }
        plans.work = spent
        let places = Self.places(query)
        // What each word weighs depends on all segments.
        var segments = parts.map { begun(query, $0.tables) }
        weigh(&segments, places, parts, documents)
        let forgiven = forgiveness > .none ? self.forgiven(query, parts, segments, places, forgiveness, known) : []
        plans.isWrittenTogether = forgiveness > .none && isWrittenTogether(query, parts)
        let ways = splits(query, parts, forgiven, &plans)
        plans.isSplit = ways.contains { !$0.isEmpty }
        for (number, part) in parts.enumerated() {
            if forgiveness > .none { forgive(query, part.tables, forgiven, places, &segments[number], &plans) }
            finish(&segments[number], query, part.tables, forgiven, places, ways, &plans)
            segments[number].documentsLog = Self.log(documents)
        }
        plans.segments = segments
        return plans
    }

    /// What the words of a query weigh at present, and which of them there are: with the documents, what an answer
    /// depends on.
    func weights(_ query: PreparedQuery, _ parts: [PublishedPart], _ documents: Int) -> [Int] {
        let places = Self.places(query)
        var segments = parts.map { begun(query, $0.tables) }
        weigh(&segments, places, parts, documents)
        return [Self.log(documents)] + (segments.first?.conditions[Self.all(places)].map(\.weight) ?? [])
            + places.map { isThere($0, parts, segments) ? 1 : 0 }
    }

    /// Whether the only word of a query is neither a word, nor the beginning of one, nor a whole name, but merely how names
    /// begin that are written without their spaces: "detectt" of "Detect Theatre".
    func isWrittenTogether(_ query: PreparedQuery, _ parts: [PublishedPart]) -> Bool {
        guard query.words.count == 1, query.words[0].kind == .letters else { return false }
        return parts.allSatisfy { part in
            let own = [
                part.tables.words(beginningWith: query.joined), part.tables.name(query.joined),
            ].compactMap { $0 }
            return !part.hasDocument(Condition(ranges: own))
        }
    }

    private static func log(_ documents: Int) -> Int { Int.bitWidth - documents.leadingZeroBitCount }

    // MARK: Words

    /// Where the conditions of each word are, in the plans of all segments alike: behind those of the filters.
    private static func places(_ query: PreparedQuery) -> [Range<Int>] {
        var end = query.locationWords.count + (query.performerID.isEmpty ? 0 : 1)
        return query.words.map { word in
            let start = end
            end += word.kind == .ideographs ? word.grams.count : 1
            return start..<end
        }
    }

    private static func all(_ places: [Range<Int>]) -> Range<Int> {
        (places.first?.lowerBound ?? 0)..<(places.last?.upperBound ?? 0)
    }

    /// A plan with the conditions of filters and words.
    private func begun(_ query: PreparedQuery, _ tables: SegmentTables) -> SegmentPlan {
        var plan = SegmentPlan()
        plan.conditions = filters(query, tables)
        plan.filters = Array(plan.conditions.indices)
        plan.conditions.reserveCapacity(plan.conditions.count + query.words.count + 1)
        for word in query.words {
            switch word.kind {
            case .ideographs:
                for (place, gram) in word.grams.enumerated() {
                    plan.conditions.append(
                        Condition(
                            ranges: Self.ranges(tables.word(gram, space: TermSpace.gram)),
                            typed: place == 0 ? word.bytes : []))
                }
            case .punctuation:
                plan.conditions.append(Condition(ranges: Self.ranges(tables.word(word.bytes)), typed: word.bytes))
            case .letters:
                plan.conditions.append(
                    word.isLast && word.letters.count > 2 ? beginning(word.bytes, tables) : short(word, tables))
                plan.conditions[plan.conditions.count - 1].typed = word.bytes
            }
        }
        return plan
    }

    /// Those that are there.
    private static func ranges(_ one: TermRange?, _ other: TermRange? = nil) -> [TermRange] {
        switch (one, other) {
        case (let one?, let other?): [one, other]
        case (let only?, nil), (nil, let only?): [only]
        case (nil, nil): []
        }
    }

    /// The condition of what words and names begin with. Where words alone say all, as with very frequent ones, names are
    /// merely counted.
    private func beginning(_ text: [UInt8], _ tables: SegmentTables) -> Condition {
        let (words, names) = (tables.words(beginningWith: text), tables.names(beginningWith: text))
        guard let words, let names, let run = tables.ready.run(words.low..<words.high),
            run.coversNames(typedBytes: text.count)
        else { return Condition(ranges: Self.ranges(words, names)) }
        return Condition(
            ranges: [words], readyFrequency: tables.names.documents(low: names.low, high: names.high))
    }

    /// The condition of a finished word, or of one or two letters: itself, and whatever begins with it.
    private func short(_ word: QueryWord, _ tables: SegmentTables) -> Condition {
        var condition = Condition(ranges: Self.ranges(tables.word(word.bytes), tables.name(word.bytes)))
        guard word.isLast else { return condition }
        condition.isShort = true
        let beginning = tables.words(beginningWith: word.bytes)
        condition.beginning = beginning.map { $0.low..<$0.high } ?? 0..<0
        let names = tables.names(beginningWith: word.bytes)
        condition.beginningNames = names.map { $0.low..<$0.high } ?? 0..<0
        condition.ready = tables.ready.documents(beginnings: condition.beginning, typedBytes: word.bytes.count)
        if condition.ready != nil {
            // Name by name, as where nothing is ready made: a word weighs the same however the index is divided.
            condition.readyFrequency = [beginning, names].compactMap { $0 }.reduce(0) {
                $0 + tables.dictionary($1).documents(low: $1.low, high: $1.high)
            }
            return condition
        }
        for case var range? in [beginning, names] {
            range.quality = Ranking.shortPrefixQuality
            range.prefixBytes = 0
            range.isFlat = true
            condition.ranges.append(range)
        }
        return condition
    }

    /// Which errors are forgiven in each word: in words that no document has, if there are any, rather than in others.
    /// Where `known` is given, it says which words there are: what these parts have may be less, or gone.
    private func forgiven(
        _ query: PreparedQuery, _ parts: [PublishedPart], _ plans: [SegmentPlan], _ places: [Range<Int>],
        _ forgiveness: Forgiveness, _ known: [Bool]?
    ) -> [Forgiveness] {
        let isMissing = query.words.enumerated().map { number, word in
            word.kind == .letters && word.letters.count > 2
                && !(known?[number] ?? isThere(places[number], parts, plans))
        }
        guard isMissing.contains(true) else { return isMissing.map { _ in forgiveness } }
        return isMissing.map { $0 ? forgiveness : forgiveness == .all ? .one : .none }
    }

    /// Whether some document has the word as it was typed, whose conditions these are.
    private func isThere(_ word: Range<Int>, _ parts: [PublishedPart], _ plans: [SegmentPlan]) -> Bool {
        parts.indices.contains { part in word.contains { parts[part].hasDocument(plans[part].conditions[$0]) } }
    }

    /// Adds to the conditions of words what they may mean with typing errors forgiven.
    private mutating func forgive(
        _ query: PreparedQuery, _ tables: SegmentTables, _ forgiven: [Forgiveness], _ places: [Range<Int>],
        _ plan: inout SegmentPlan, _ plans: inout QueryPlans
    ) {
        for (number, word) in query.words.enumerated()
        where forgiven[number] > .none && word.kind == .letters && word.letters.count > 2 {
            let place = places[number].lowerBound
            if plans.work > SearchLimits.workMax / 4 * 3 {
                plans.isPartial = true
                return
            }
            if plans.isWrittenTogether {
                // What no word but only a name without its spaces begins with may well be an error.
                for range in plan.conditions[place].ranges.indices {
                    plan.conditions[place].ranges[range].quality = 800
                }
            }
            if !word.isLast {
                // Words before the last were finished, unless few documents say so.
                plan.conditions[place].ranges += beginning(word.bytes, tables).ranges
            }
            let beginnings = plan.conditions[place].ranges.first { !$0.isName && $0.prefixBytes > 0 }
            let meanings = forgiving.terms(for: word, in: tables, forgiven[number], work: &plans.work)
            plans.isCut = plans.isCut || forgiving.wasCut
            for range in meanings {
                if let beginnings, (beginnings.low..<beginnings.high).contains(range.low) { continue }
                plan.conditions[place].ranges.append(range)
            }
        }
    }

    /// Rare words weigh more, as they were typed: what errors are forgiven does not matter. Documents that were replaced
    /// count until their part is merged: the steps of a weight are so coarse that this is seldom seen.
    private func weigh(
        _ plans: inout [SegmentPlan], _ places: [Range<Int>], _ parts: [PublishedPart], _ documents: Int
    ) {
        for condition in Self.all(places) {
            var frequency = 0
            for part in parts.indices { frequency += plans[part].conditions[condition].frequency(parts[part].tables) }
            let weight = Ranking.rarity(documents: documents, frequency: frequency)
            for part in parts.indices { plans[part].conditions[condition].weight = weight }
        }
    }

    // MARK: Segments

    /// Says what is asked of a segment, where its conditions are known.
    private mutating func finish(
        _ plan: inout SegmentPlan, _ query: PreparedQuery, _ tables: SegmentTables, _ forgiven: [Forgiveness],
        _ places: [Range<Int>], _ ways: [[[WordSplitting.Piece]]], _ plans: inout QueryPlans
    ) {
        plans.work += 8 + 8 * query.words.count
        plan.typedLetters = query.typedLetters
        plan.typedWords = query.words.count
        plan.isForgiving = !forgiven.isEmpty
        if !query.typeJoined.isEmpty { plan.type = tables.names.find(query.typeJoined, space: TermSpace.type) ?? -1 }
        guard query.isText else {
            if !plan.filters.isEmpty {
                plan.conjunctions = [Conjunction(conditions: plan.filters, scale: 0, scatteredScale: 0)]
            }
            return
        }
        // Word by word.
        plan.add(Array(Self.all(places)), scale: Ranking.wordsScale, scattered: Ranking.scatteredScale)
        // All words as one name, finished or not.
        let canBeJoined = Self.canBeJoined(query)
        if canBeJoined, query.words.count > 1 || query.words.contains(where: { $0.kind == .ideographs }) {
            let joined = Self.ranges(tables.word(query.joined), tables.names(beginningWith: query.joined))
            if !joined.isEmpty {
                plan.add(
                    [plan.add(Condition(ranges: joined, weight: 1))], scale: Ranking.joinedScale,
                    scattered: Ranking.joinedScale)
            }
        }
        if canBeJoined, forgiven.isEmpty { plan.entireName = tables.names.find(query.joined) ?? -1 }
        if canBeJoined, !forgiven.isEmpty { respace(query, tables, forgiven, places, ways, &plan, &plans) }
        if plan.filters.isEmpty { plan.named = tables.documents(withID: query.typed) }
    }

    /// Words of punctuation are in no joined form, so that beside others they must be found as words.
    private static func canBeJoined(_ query: PreparedQuery) -> Bool {
        query.words.count == 1 || !query.words.contains { $0.kind == .punctuation }
    }

    /// By word, the ways in which it is several that were written wrongly together.
    private mutating func splits(
        _ query: PreparedQuery, _ parts: [PublishedPart], _ forgiven: [Forgiveness], _ plans: inout QueryPlans
    ) -> [[[WordSplitting.Piece]]] {
        guard Self.canBeJoined(query), query.words.count <= Self.splitWordsMax else { return [] }
        return forgiven.indices.map { place in
            let word = query.words[place]
            guard word.kind == .letters, forgiven[place] > .none else { return [] }
            return splitting.ways(word, parts, &forgiving, forgiven[place], &plans.work)
        }
    }

    /// Words that were written wrongly apart, pair by pair, and wrongly together.
    private mutating func respace(
        _ query: PreparedQuery, _ tables: SegmentTables, _ forgiven: [Forgiveness], _ places: [Range<Int>],
        _ ways: [[[WordSplitting.Piece]]], _ plan: inout SegmentPlan, _ plans: inout QueryPlans
    ) {
        func others(_ without: Range<Int>) -> [Int] {
            places.indices.filter { !without.contains($0) }.flatMap { Array(places[$0]) }
        }
        let weights = places.map { plan.conditions[$0.lowerBound].weight }
        if query.words.count > 1, query.words.count <= Self.pairedWordsMax {
            for pair in 0..<(query.words.count - 1) {
                let errors = max(forgiven[pair], forgiven[pair + 1])
                guard errors > .none else { continue }
                let bytes = query.words[pair].bytes + query.words[pair + 1].bytes
                var ranges = Self.ranges(tables.word(bytes), tables.name(bytes))
                if errors >= .two, query.words[pair].kind == .letters, query.words[pair + 1].kind == .letters {
                    // "ter savage" of Cutter-Savage.
                    var word = query.words[pair + 1]
                    word.bytes = bytes
                    word.letters = query.words[pair].letters + word.letters
                    ranges += forgiving.terms(containing: word, in: tables, work: &plans.work)
                    plans.isCut = plans.isCut || forgiving.wasCut
                }
                guard !ranges.isEmpty else { continue }
                let joined = plan.add(Condition(ranges: ranges, weight: max(weights[pair], weights[pair + 1])))
                plan.add(
                    [joined] + others(pair..<(pair + 2)), scale: Ranking.joinedScale, scattered: Ranking.respacedScale)
            }
        }
        for (place, ways) in ways.enumerated() {
            for pieces in ways {
                let ranges = pieces.map {
                    WordSplitting.terms(of: $0, query.words[place], tables, &forgiving, &plans.work)
                }
                if ranges.contains(where: \.isEmpty) { continue }
                let conditions = ranges.map { plan.add(Condition(ranges: $0, weight: weights[place])) }
                let isMistyped = pieces.contains(where: \.isMistyped)
                plan.add(
                    conditions + others(place..<(place + 1)),
                    scale: isMistyped ? Ranking.mistypedScale : Ranking.joinedScale,
                    scattered: isMistyped ? Ranking.mistypedScale : Ranking.respacedScale)
            }
        }
    }

    private func filters(_ query: PreparedQuery, _ tables: SegmentTables) -> [Condition] {
        var conditions: [Condition] = []
        for (place, word) in query.locationWords.enumerated() {
            var ranges: [TermRange?] = []
            if place == query.locationWords.count - 1 {
                ranges.append(tables.words(beginningWith: word, places: Place.anyLocation))
            } else if var range = tables.word(word) {
                range.places = Place.anyLocation
                ranges.append(range)
            }
            // "newyork" is New York.
            if query.locationWords.count == 1 {
                ranges.append(tables.name(query.locationJoined, places: Place.anyLocation))
            }
            conditions.append(Condition(ranges: ranges.compactMap { $0 }))
        }
        if !query.performerID.isEmpty {
            let ranges = [
                tables.name(query.performerID, space: TermSpace.performerID, places: Place.performer),
                tables.name(query.performerJoined, places: Place.performer),
            ]
            conditions.append(Condition(ranges: ranges.compactMap { $0 }))
        }
        return conditions
    }
}

extension SegmentPlan {
    fileprivate mutating func add(_ condition: Condition) -> Int {
        conditions.append(condition)
        return conditions.count - 1
    }

    /// Adds what can be met at all: no word of it is missing from the dictionary.
    fileprivate mutating func add(_ own: [Int], scale: Int, scattered: Int) {
        if own.contains(where: { conditions[$0].isEmpty }) || filters.contains(where: { conditions[$0].isEmpty }) {
            return
        }
        let scattered = isForgiving ? scattered * Ranking.later / 1000 : scattered
        conjunctions.append(Conjunction(conditions: own + filters, scale: scale, scatteredScale: scattered))
    }
}
