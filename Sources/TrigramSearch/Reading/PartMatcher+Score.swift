// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How well one document meets a plan.
extension PartMatcher {
    /// How well the document's description meets a condition.
    mutating func textFit(_ document: Int, _ condition: Int, _ work: inout Int) -> UInt16 {
        if !hasTextSet[condition], textCounts[condition] > 512 {
            let terms = plan.conditions[condition].ranges.reduce(0) { $0 + ($1.isName ? 0 : $1.high - $1.low) }
            if terms > 4 {
                textSets[condition].removeAll()
                for range in plan.conditions[condition].ranges {
                    insertTexts(range, range.low..<range.high, into: textSets[condition], &work)
                }
                hasTextSet[condition] = true
            }
        }
        if hasTextSet[condition], !textSets[condition].contains(document) { return 0 }
        var fit: UInt16 = 0
        for range in plan.conditions[condition].ranges where !range.isName {
            let worth = range.isForgiven ? Ranking.forgivenTextFit : Ranking.textFit
            if worth <= fit { continue }
            for term in range.low..<range.high {
                let (first, end) = (Int(tables.textStart[term]), Int(tables.textStart[term + 1]))
                if first == end { continue }
                work += 4
                let index = Self.first(UInt32(document), tables.texts, first, end)
                if index < end, tables.texts[index] == UInt32(document) {
                    fit = worth
                    break
                }
            }
        }
        return fit
    }

    /// 1…1000: how well a document's texts meet the plan, and more where one of them is all that was typed; 0 where they do
    /// not.
    mutating func score(_ document: Int, work: inout Int) -> Int {
        wholeNames.removeAll(keepingCapacity: true)
        if hasNamed, plan.named.contains(document) { return Ranking.named }
        let count = best.count
        work += 8 * count
        for condition in 0..<count { best[condition] = 0 }
        var score = 0
        for index in Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1]) {
            score = max(score, entireWorth(ofName: tables.own[index]))
            let record = record(tables.own[index], &work)
            if record < 0 { continue }
            let worth = max(record < fits.own.count ? Int(fits.own[record]) : 0, listedWorth(record))
            if worth > 0 { wholeNames.append((tables.nameKey(Int(tables.own[index])), worth)) }
            score = max(score, worth)
            for condition in 0..<count { best[condition] = max(best[condition], fits.fit(record, condition)) }
        }
        for condition in 0..<count {
            if flat.isShort[condition], best[condition] < UInt16(Ranking.shortPrefixQuality),
                let ready = plan.conditions[condition].ready, ready.contains(document)
            {
                let isNamed = !hasTexts || beginsInName(document, condition)
                best[condition] = max(best[condition], isNamed ? UInt16(Ranking.shortPrefixQuality) : Ranking.textFit)
            }
            if hasTexts, textCounts[condition] > 0, best[condition] < Ranking.textFit {
                best[condition] = max(best[condition], textFit(document, condition, &work))
            }
        }
        for filter in plan.filters where best[filter] == 0 { return 0 }
        for conjunction in 0..<flat.count {
            var (sum, weights) = (0, 0)
            for index in flat.texts(conjunction) {
                let condition = Int(flat.members[index])
                if best[condition] == 0 {
                    sum = 0
                    break
                }
                sum += Int(best[condition]) * flat.weights[condition]
                weights += flat.weights[condition]
            }
            if sum > 0 { score = max(score, max(1, sum / weights * flat.scatteredScales[conjunction] / 1000)) }
        }
        return score
    }

    /// What a name is worth that is all that was typed; 0 where it is not.
    @inline(__always)
    func entireWorth(ofName name: UInt32) -> Int {
        guard plan.entireName >= 0, Int(tables.nameTerms[Int(name)]) == plan.entireName else { return 0 }
        return Ranking.entire(tables.kind(Int(name)))
    }

    /// Whether a name of the document has a word that begins with the one or two letters of the condition, or begins so
    /// itself; else only the description has.
    func beginsInName(_ document: Int, _ condition: Int) -> Bool {
        let (words, names) = (flat.beginnings[condition], flat.beginningNames[condition])
        func begins(_ entries: UnsafeBufferPointer<UInt32>, _ terms: Range<Int>) -> Bool {
            entries.contains {
                terms.contains(Int($0 >> Place.bits)) && UInt8(truncatingIfNeeded: $0) & Place.searched != 0
            }
        }
        return tables.own[Int(tables.ownStart[document])..<Int(tables.ownStart[document + 1])].contains {
            begins(tables.nameWords[$0], words) || begins(tables.nameOwnTerms[$0], names)
        }
    }

    /// The best score of a document whose words are not all in one name.
    func scatteredBound() -> Int {
        var bound = 0
        for conjunction in plan.conjunctions {
            var (sum, weights, texts) = (0, 0, 0)
            for condition in conjunction.conditions where plan.conditions[condition].weight > 0 {
                let weight = plan.conditions[condition].weight
                var fit = fitMax[condition]
                if textCounts[condition] > 0 { fit = max(fit, Int(Ranking.textFit)) }
                if plan.conditions[condition].isShort { fit = max(fit, Ranking.shortPrefixQuality) }
                sum += fit * weight
                weights += weight
                texts += 1
            }
            if texts == 1 {
                // One name has the one condition; only what is no name's is scattered.
                let condition = conjunction.conditions.first { plan.conditions[$0].weight > 0 } ?? 0
                sum = textCounts[condition] > 0 ? Int(Ranking.textFit) * weights : 0
                if plan.conditions[condition].isShort { sum = max(sum, Ranking.shortPrefixQuality * weights) }
            }
            if weights > 0 { bound = max(bound, sum / weights * conjunction.scatteredScale / 1000) }
        }
        return bound
    }
}
