// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What is asked of one document without looking for others: whether a change of it may have changed an answer, and which
/// of its words were meant.
extension PartMatcher {
    /// Whether one document meets the plan, found by its own names: what a change of it could have changed. In doubt,
    /// yes.
    mutating func couldMeet(_ document: Int, _ plan: SegmentPlan, _ tables: SegmentTables) -> Bool {
        self.plan = plan
        self.tables = tables
        flat.take(plan)
        if plan.named.contains(document) { return true }
        var ignored = 0
        return plan.conjunctions.contains { conjunction in
            conjunction.conditions.allSatisfy { condition in
                if let ready = plan.conditions[condition].ready, ready.contains(document) { return true }
                for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1])
                where fit(ofName: tables.own[index], condition, &ignored) > 0 {
                    return true
                }
                return couldHaveText(document, plan.conditions[condition])
            }
        }
    }

    /// The words by which a document meets the plan, where a typed one is none of its own but stands for another.
    mutating func words(of document: Int, _ plan: SegmentPlan, _ tables: SegmentTables) -> [UInt8]? {
        self.plan = plan
        self.tables = tables
        flat.take(plan)
        var bestWords: (fit: Int, words: [UInt8])?
        for conjunction in plan.conjunctions {
            var (fits, words): (Int, [UInt8]) = (0, [])
            for condition in conjunction.conditions where plan.conditions[condition].weight > 0 {
                guard let (fit, term) = bestTerm(document, condition) else {
                    words = []
                    break
                }
                fits += fit * plan.conditions[condition].weight
                // A word of ideographs is named once, by its first pair.
                if term.first == TermSpace.gram { continue }
                if !words.isEmpty { words.append(0x20) }
                words += term
            }
            if !words.isEmpty, fits > bestWords?.fit ?? 0 { bestWords = (fits, words) }
        }
        return bestWords?.words
    }

    /// The term of a document that meets a condition best; what was typed where that is it, or its beginning.
    func bestTerm(_ document: Int, _ number: Int) -> (fit: Int, term: [UInt8])? {
        let condition = plan.conditions[number]
        var found: (fit: Int, term: [UInt8])?
        for range in condition.ranges {
            let table = tables.dictionary(range)
            for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
                let name = tables.own[index]
                for entry in range.isName ? tables.nameOwnTerms[name] : tables.nameWords[name] {
                    let term = Int(entry >> Place.bits)
                    guard term >= range.low, term < range.high else { continue }
                    let fit = fit(entry, term, range, number, table)
                    guard fit > found?.fit ?? 0 else { continue }
                    let isTyped = !condition.typed.isEmpty && !range.isForgiven
                    found = (fit, isTyped ? condition.typed : Array(table[term]))
                }
            }
        }
        // As without what is ready made: not where only the description begins so.
        if found == nil, condition.ready != nil, beginsInName(document, number) {
            found = (Ranking.shortPrefixQuality, condition.typed)
        }
        return found
    }

    func couldHaveText(_ document: Int, _ condition: Condition) -> Bool {
        guard tables.texts.count > 0, condition.weight > 0 else { return false }
        var terms = 0
        for range in condition.ranges where !range.isName {
            terms += range.high - range.low
            if terms > 256 { return true }
            for term in range.low..<range.high {
                let end = Int(tables.textStart[term + 1])
                let index = Self.first(UInt32(document), tables.texts, Int(tables.textStart[term]), end)
                if index < end, tables.texts[index] == UInt32(document) { return true }
            }
        }
        return false
    }
}
