// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing
internal import TrigramSearch

/// Answers `SEARCH`: the index finds and ranks documents; what sells (state, price, free seats) is read live.
struct Searches {
    let reader: HouseReader

    func search(_ request: Request, in batch: RequestBatch, at now: Instant, to reply: inout ReplyWriter) {
        var query = SearchQuery(
            words: batch.string(.words, of: request) ?? "", location: batch.string(.location, of: request) ?? "",
            performer: batch.string(.performer, of: request) ?? "", type: batch.string(.type, of: request) ?? "",
            limit: Int(batch.slot(.limit, of: request)?.value ?? 20), nowMilliseconds: now.milliseconds)
        query.cursor = batch.string(.after, of: request)
        if let (from, until) = batch.pair(.date, of: request) {
            query.firstDay = from == .min ? nil : Self.day(from)
            query.lastDay = until == .max ? nil : Self.day(until) - 1
        }
        query.sort = SearchSort(rawValue: UInt8(clamping: batch.slot(.sort, of: request)?.value ?? 0)) ?? .relevance
        query.foldsTours = batch.slot(.tours, of: request)?.value == 1
        query.seesHidden = request.role == .operator && !request.actsForBuyer
        let wanted = Wanted(
            prices: batch.pair(.price, of: request).map { ($0.0, $0.1) },
            onlyFree: batch.slot(.free, of: request).map { $0.value == 1 })
        query.filterMark = wanted.mark
        reader.house.refreshDemand(at: now)
        do throws(SearchProblem) {
            let result: SearchResult
            if query.sort == .price {
                result = try byPrice(query, wanted)
            } else if wanted.isAnything {
                result = try reader.search.search(query)
            } else {
                result = try reader.search.search(query) { wanted.admits(reader.event(number: $0)) }
            }
            var count: Int64 = 0
            for (place, hit) in result.hits.enumerated() {
                // The index may have an event that was published since this reader caught up.
                guard let event = reader.event(number: hit.number) else { continue }
                write(event, hit, query.foldsTours ? result.tours[place] : nil, to: &reply)
                count += 1
            }
            reply.line(.ok)
            reply.field(.count, count)
            reply.field(.total, Int64(result.total))
            if result.isPartial { reply.field(.partial, true) }
            if let did = result.did { reply.field(.did, did) }
            if let cursor = result.cursor { reply.field(.after, cursor) }
        } catch {
            reply.error(.badArgument)
            reply.field(.argument, Self.argument(of: error))
            reply.field(.hint, error.hint)
        }
    }

    /// What a query asks of an event beside its document.
    private struct Wanted {
        /// Lowest price, and one past the highest.
        var prices: (Int64, Int64)?
        var onlyFree: Bool?

        var isAnything: Bool { prices == nil && onlyFree == nil }

        /// Another number for other wishes, 0 for none.
        var mark: UInt64 {
            let free: UInt64 = onlyFree.map { $0 ? 2 : 1 } ?? 0
            guard let (lowest, end) = prices else { return free }
            let (low, high) = (UInt64(bitPattern: lowest), UInt64(bitPattern: end))
            return (low &* 0x9E37_79B9_7F4A_7C15 ^ high &+ 4) &* 0xBF58_476D_1CE4_E5B9 ^ free
        }

        func admits(_ event: PublishedEvent?) -> Bool {
            guard let event, !event.isForgotten.load(ordering: .relaxed) else { return false }
            if let onlyFree, (event.freeCount > 0 && event.state == .onSale) != onlyFree { return false }
            if let (lowest, end) = prices {
                return event.currentFacts().prices.contains { $0.map { $0 >= lowest && $0 < end } ?? false }
            }
            return true
        }
    }

    /// Cheapest first, by id where prices are equal, those without a price last; amounts of different currencies are not
    /// compared: one currency comes after the other, by their codes. The index knows no prices, so all that match are
    /// sorted here, up to its bound of candidates.
    private func byPrice(_ query: SearchQuery, _ wanted: Wanted) throws(SearchProblem) -> SearchResult {
        let cursor: SearchCursor? =
            if let text = query.cursor { try SearchCursor(text: text, of: query) } else { nil }
        let found = try reader.search.candidates(query, limit: SearchLimits.candidatesMax) {
            wanted.admits(reader.event(number: $0))
        }
        var priced: [Priced] = []
        priced.reserveCapacity(found.hits.count)
        for hit in found.hits {
            guard let event = reader.event(number: hit.number) else { continue }
            let price = event.lowestPrice
            priced.append(
                Priced(
                    currency: price == nil ? Self.noCurrency : event.currentFacts().currency, price: price ?? .max,
                    event: event, score: hit.score))
        }
        priced.sort { one, other in
            if one.currency != other.currency { return one.currency < other.currency }
            return one.price != other.price
                ? one.price < other.price : one.event.idBytes.lexicographicallyPrecedes(other.event.idBytes)
        }
        let tours = query.foldsTours ? fold(&priced) : []
        var first = 0
        if let cursor {
            // The event that the page before ended with says which currency that was in.
            guard let last = reader.event(id: cursor.id.span) else { throw .badCursor }
            let currency = cursor.key == .max ? Self.noCurrency : last.currentFacts().currency
            first =
                priced.firstIndex { entry in
                    if entry.currency != currency { return entry.currency > currency }
                    return entry.price != cursor.key
                        ? entry.price > cursor.key : cursor.id.lexicographicallyPrecedes(entry.event.idBytes)
                } ?? priced.count
        }
        let page = priced[first...].prefix(query.limit)
        var result = SearchResult(
            hits: page.map { SearchHit(number: $0.event.number, score: $0.score) },
            tours: Array(tours.dropFirst(first).prefix(query.limit)),
            total: query.foldsTours ? priced.count : found.total, isPartial: found.isPartial)
        if let first = result.hits.first { result.did = try reader.search.did(for: first, of: found, query) }
        if let last = page.last, first + page.count < priced.count {
            result.cursor =
                SearchCursor(
                    after: last.price, id: String(decoding: last.event.idBytes, as: UTF8.self), of: query
                ).text
        }
        return result
    }

    private struct Priced {
        var currency: String
        var price: Int64
        var event: PublishedEvent
        var score: Int
    }

    /// Leaves of each tour what comes first, and tells what it stands for.
    private func fold(_ priced: inout [Priced]) -> [SearchTour] {
        var tours: [SearchTour] = []
        var places: [UInt64: Int] = [:]
        var kept: [Priced] = []
        for entry in priced {
            guard let tour = reader.search.tour(of: entry.event.number) else { continue }
            if let place = places[tour.key] {
                tours[place].dates += 1
                tours[place].lastStartsMilliseconds = max(
                    tours[place].lastStartsMilliseconds, tour.startsMilliseconds)
            } else {
                places[tour.key] = kept.count
                kept.append(entry)
                tours.append(SearchTour(dates: 1, lastStartsMilliseconds: tour.startsMilliseconds))
            }
        }
        priced = kept
        return tours
    }

    /// Sorts behind every code.
    private static let noCurrency = "~"

    /// Answers `SUGGEST`: names that complete what was typed, as they are printed now.
    func suggest(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        let typed = batch.string(.words, of: request) ?? ""
        let limit = Int(batch.slot(.limit, of: request)?.value ?? 10)
        do throws(SearchProblem) {
            var count: Int64 = 0
            for suggestion in try reader.search.suggest(typed, limit: limit) {
                guard let (name, kind) = printed(suggestion) else { continue }
                reply.line(.suggestion)
                reply.field(.name, name)
                reply.field(.type, kind)
                reply.field(.count, Int64(suggestion.documents))
                count += 1
            }
            reply.line(.ok)
            reply.field(.count, count)
        } catch {
            reply.error(.badArgument)
            reply.field(.argument, Self.argument(of: error))
            reply.field(.hint, error.hint)
        }
    }

    private func printed(_ suggestion: SearchSuggestion) -> (name: String, kind: StaticString)? {
        guard let event = reader.event(number: suggestion.number) else { return nil }
        let facts = event.currentFacts()
        let names = reader.house.names(for: facts)
        switch suggestion.field {
        case .title: return (facts.title, "event")
        case .venue: return names.venue.map { ($0.name, "venue") }
        case .city: return names.venue.map { ($0.city, "city") }
        case .performer(let place):
            return names.performers.indices.contains(place) ? (names.performers[place].name, "performer") : nil
        }
    }

    private func write(
        _ event: PublishedEvent, _ hit: SearchHit, _ tour: SearchTour?, to reply: inout ReplyWriter
    ) {
        let facts = event.currentFacts()
        let venue = reader.house.catalogue.withLock { $0.venues[facts.venueID] }
        reply.line(.event)
        reply.field(.id, facts.id)
        reply.field(.title, facts.title)
        reply.field(.venue, facts.venueID)
        if let city = venue?.city, !city.isEmpty { reply.field(.city, city) }
        reply.field(.starts, facts.starts)
        if let price = event.lowestPrice { reply.field(.price, price) }
        if !facts.currency.isEmpty { reply.field(.currency, facts.currency) }
        reply.field(.free, Int64(event.freeCount))
        if let tour {
            reply.field(.dates, Int64(tour.dates))
            if tour.dates > 1 { reply.field(.until, Instant(milliseconds: tour.lastStartsMilliseconds)) }
        }
        // Demand may lift a perfect fit above 1.
        reply.field(.score, thousandths: Int64(min(1000, hit.score)))
    }

    private static func day(_ milliseconds: Int64) -> Int32 {
        let day: Int64 = 86_400_000
        let quotient = milliseconds / day
        return Int32(clamping: milliseconds % day < 0 ? quotient - 1 : quotient)
    }

    private static func argument(of problem: SearchProblem) -> StaticString {
        switch problem {
        case .queryTooLong, .tooManyWords, .onlyPunctuation: "words"
        case .emptyLocation: "location"
        case .emptyType: "type"
        case .datesReversed: "date"
        case .badLimit: "limit"
        case .badCursor, .cursorOfAnotherQuery: "after"
        case .orderUnknown: "sort"
        }
    }
}

extension RequestBatch {
    /// The two values of an argument that is a range.
    func pair(_ argument: Argument, of request: Request) -> (Int64, Int64)? {
        let count = Int(request.argumentCount)
        for index in 0..<count where slot(at: index, of: request).argument == argument {
            guard index + 1 < count, slot(at: index + 1, of: request).argument == argument else { return nil }
            return (slot(at: index, of: request).value, slot(at: index + 1, of: request).value)
        }
        return nil
    }
}
