// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the names that complete what was typed.
struct NameCompletion {
    /// Names of one segment that are compared; what begins with one letter may be more.
    static let comparedMax = 50_000

    let parts: [PublishedPart]
    let limit: Int

    private struct Candidate {
        var part: Int
        var name: UInt32
        /// The term that it is shown and told apart by: a place's city may be it.
        var term: UInt32
        var places: UInt8
        var worth: Int
        var documents: Int
    }

    func complete(
        _ query: PreparedQuery, _ plans: QueryPlans, _ matcher: inout PartMatcher
    ) -> [SearchSuggestion] {
        var candidates: [Candidate] = []
        for part in parts.indices { gather(part, query, plans, &matcher, &candidates) }
        candidates.sort { one, other in
            if one.worth != other.worth { return one.worth > other.worth }
            let order = ByteOrder.compare(text(one), text(other))
            // Of the places of one city the one where most takes place.
            return order != 0 ? order < 0 : one.documents > other.documents
        }
        var (seen, found): (Set<[UInt8]>, [SearchSuggestion]) = ([], [])
        for candidate in candidates {
            if found.count == limit { break }
            guard let suggestion = suggestion(candidate), seen.insert(Array(text(candidate))).inserted else { continue }
            found.append(suggestion)
        }
        return found
    }

    private func gather(
        _ part: Int, _ query: PreparedQuery, _ plans: QueryPlans, _ matcher: inout PartMatcher,
        _ candidates: inout [Candidate]
    ) {
        let tables = parts[part].tables
        // What begins so; frequent names first.
        let range = tables.names.beginning(with: query.joined)
        var compared = 0
        var begun: Set<UInt32> = []
        for term in range {
            for index in Int(tables.names.postingStart[term])..<Int(tables.names.postingStart[term + 1]) {
                let posting = tables.names.postings[index]
                let places = UInt8(truncatingIfNeeded: posting & Place.mask) & Place.searched
                compared += 1
                if places == 0 || compared > Self.comparedMax { continue }
                if compared < limit { begun.insert(posting >> Place.bits) }
                add(part, posting >> Place.bits, UInt32(term), places, bonus: 400, tables, &candidates)
            }
        }
        guard compared < limit, (query.words.last?.letters.count ?? 0) > 2 else { return }
        // What has all the words, in whatever place.
        var work = 0
        let plan = plans.segments[part]
        if plan.conjunctions.isEmpty { return }
        matcher.begin(plan, tables, mayList: false, work: &work)
        for record in 0..<matcher.fits.own.count where matcher.fits.own[record] > 0 {
            let name = matcher.fits.names[record]
            if begun.contains(name) { continue }
            let places: UInt8 =
                switch tables.kind(Int(name)) {
                case .performer: Place.performer
                case .title: Place.title
                case .place: Place.venue
                }
            add(
                part, name, tables.nameTerms[Int(name)], places, bonus: Int(matcher.fits.own[record]) / 4, tables,
                &candidates)
        }
    }

    private func add(
        _ part: Int, _ name: UInt32, _ term: UInt32, _ places: UInt8, bonus: Int, _ tables: SegmentTables,
        _ candidates: inout [Candidate]
    ) {
        let documents = tables.documentCount(ofName: Int(name))
        let frequent = 16 * (Int.bitWidth - documents.leadingZeroBitCount)
        candidates.append(
            Candidate(part: part, name: name, term: term, places: places, worth: bonus + frequent, documents: documents)
        )
    }

    private func text(_ candidate: Candidate) -> UnsafeBufferPointer<UInt8> {
        candidate.term == .max
            ? UnsafeBufferPointer(start: nil, count: 0) : parts[candidate.part].tables.names[Int(candidate.term)]
    }

    /// The name in one of its documents that is there and not hidden.
    private func suggestion(_ candidate: Candidate) -> SearchSuggestion? {
        let part = parts[candidate.part]
        let tables = part.tables
        let name = Int(candidate.name)
        for index in Int(tables.documentStart[name])..<Int(tables.documentStart[name + 1]) {
            let document = Int(tables.documents[index])
            if part.isDead(document) { continue }
            if !tables.hidden.isEmpty, tables.hidden[document >> 6] >> UInt64(document & 63) & 1 != 0 { continue }
            let field: SearchSuggestion.Field
            if candidate.places & Place.performer != 0 {
                let first = Int(tables.ownStart[document])
                let own = (first..<Int(tables.ownStart[document + 1])).firstIndex { tables.own[$0] == candidate.name }
                field = .performer((own ?? first) - first)
            } else if candidate.places & Place.title != 0 {
                field = .title
            } else {
                field = candidate.places & Place.venue != 0 ? .venue : .city
            }
            return SearchSuggestion(
                number: tables.numbers[document], field: field, documents: candidate.documents)
        }
        return nil
    }
}
